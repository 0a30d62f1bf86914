"""Несколько услуг за один визит: life situations, a complex request, what is being filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from forms.situations import Situation
    from mfc_desk.desk import Desk
    from mfc_desk.intake.bundle_steps import Bundle

TWO_THINGS = (
    "Это две разные вещи. Жизненная ситуация — подсказка, какие услуги нужны и в каком порядке: "
    "каждая становится отдельным обращением, заявитель подписывает каждое заявление. Комплексный "
    "запрос (210-ФЗ, ст. 15.1) — один запрос на несколько услуг: МФЦ действует за заявителя без "
    "доверенности, заявления подписывает работник МФЦ."
)
COMPLEX = "complex"
UNFINISHED = 5


def situation_row(situation: Situation) -> Row:
    """Title and how many services it may need."""
    count = f"до {len(situation.steps)} услуг"
    return Row(
        f"situation:{situation.name}",
        (Cell(situation.title, "strong"), Cell("ситуация", "accent"), Cell(count)),
        note="жизненная ситуация: услуги по порядку, каждая отдельным обращением",
    )


def bundle_row(bundle: Bundle) -> Row:
    """What is being filled: for whom, how much is left."""
    what = "комплексный" if bundle.kind == COMPLEX else "ситуация"
    title = bundle.applicant or bundle.title or "без заявителя"
    left = f"осталось {len(bundle.left)} из {len(bundle.steps)}"
    return Row(f"bundle:{bundle.id}", (Cell(title, "strong"), Cell(what, "accent"), Cell(left)))


class BundlesScreen(DeskScreen[None]):
    """Enter begins a situation or a complex request, or goes on with one."""

    HELP = (
        f"Несколько услуг за один визит.\n{TWO_THINGS} Данные заявителя вводятся один раз и "
        "переходят из услуги в услугу; документы, которые нужны нескольким услугам, отмечаются "
        "один раз."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def body(self) -> ComposeResult:
        """What the two things are, and the list."""
        with Vertical(classes="panel") as panel:
            panel.border_title = "Новое обращение · несколько услуг за один визит"
            yield Static(TWO_THINGS, classes="question muted")
            yield RowList(Column(share=3), Column(12), Column(20), empty="")

    def on_mount(self) -> None:
        """Stand on the list."""
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """The list again."""
        super().redraw()
        begun = [bundle_row(one) for one in self.desk.bundles.unfinished(UNFINISHED)]
        complex_row = Row(
            COMPLEX,
            (
                Cell("Комплексный запрос…", "strong"),
                Cell("один запрос", "accent"),
                Cell("от 2 услуг"),
            ),
        )
        situations = [situation_row(one) for one in self.desk.bundles.situations()]
        self.query_one(RowList).show([*begun, complex_row, *situations])

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        if event.key == COMPLEX:
            self._compose_complex()
        else:
            self.post_message(self.Go(event.key))

    @work
    async def _compose_complex(self) -> None:
        """Mark two services or more; those that need presence say why they cannot be in it."""
        chosen = await self.app.push_screen_wait(complex_choice(self.desk))
        if not chosen:
            return
        with said_on(self):
            bundle = self.desk.bundles.begin_complex(chosen)
            self.post_message(self.Go(f"bundle:{bundle.id}"))


def complex_choice(desk: Desk, chosen: tuple[str, ...] = ()) -> ChooseScreen:
    """The list to mark services of a complex request in, the excluded ones last."""
    rows = [(row.slug, row.short, desk.bundles.refusal(row.slug)) for row in desk.intake.services()]
    fit = [(slug, short) for slug, short, why in rows if not why]
    unfit = [(slug, f"{short} — нельзя: {why}") for slug, short, why in rows if why]
    return ChooseScreen("Услуги комплексного запроса", [*fit, *unfit], chosen, several=True)
