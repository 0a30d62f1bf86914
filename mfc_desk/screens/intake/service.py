"""Новое обращение, шаг 1: the service, found as one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.intake.services import ServiceRow
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.intake.bundles import situation_row
from mfc_desk.screens.intake.offers import offer
from mfc_desk.widgets.finder import Finder
from mfc_desk.widgets.rows import Cell, Column, Row, RowList

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

SERVICES_FIRST = 3
AVAILABILITY_TONES = {
    "офлайн": "good",
    "отложенно": "warn",
    "нужна связь": "bad",
    "только флагман": "bad",
    "по записи": "warn",
    "не в этом офисе": "bad",
    "не действует": "muted",
}


def service_row(row: ServiceRow) -> Row:
    """Short name, availability, term and duty; the full title and the authority below."""
    why = f" — {row.why}" if row.why else ""
    return Row(
        key=row.slug,
        cells=(
            Cell(row.short, "strong"),
            Cell(row.availability, AVAILABILITY_TONES.get(row.availability, "")),
            Cell(row.duty_text),
        ),
        note=f"{row.term_text}{why} · {row.title} · {row.authority}",
    )


class ServiceScreen(DeskScreen[str | None]):
    """Answers with the slug of the service."""

    HELP = (
        "Новое обращение, шаг 1 из 5: услуга.\nВведите несколько букв любых слов названия, органа "
        "или жизненной ситуации, в любом порядке. Без текста сверху стоят услуги, которые берут "
        "чаще. Ещё до выбора видно срок, пошлину и можно ли принять обращение здесь и сейчас:\n"
        "офлайн — можно без связи; отложенно — примем, данные запросят после связи; "
        "нужна связь, по записи, только флагман, не в этом офисе — просто так не принять: причина "
        "рядом, а Enter предложит лист ожидания или направление.\nНужно сразу несколько услуг — "
        "Ctrl+G: жизненные ситуации и комплексный запрос."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+g,ctrl+п", "go('bundles')", "Несколько услуг", key_display="Ctrl+G", id="bundles"
        ),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, applicant: dict[str, Any] | None = None) -> None:
        """`applicant`: the one it is for, when that is known already."""
        super().__init__(desk)
        self._applicant = applicant
        self._services: dict[str, ServiceRow] = {}

    def body(self) -> ComposeResult:
        """One input and the list."""
        with Vertical(classes="panel", id="services") as panel:
            panel.border_title = "Новое обращение · шаг 1 из 5 · услуга"
            yield Finder(
                Column(share=3),
                Column(14),
                Column(share=3),
                placeholder="название, орган или ситуация: соцкарта, паспорт, прописка…",
                empty="Такой услуги в каталоге нет. Сотрите часть слова или попробуйте иначе.",
                notes=True,
            )

    def on_mount(self) -> None:
        """The most used first; the index of words is made behind the first picture."""
        self._draw("")
        self.call_after_refresh(self.desk.catalogue.prepare_search)

    @on(Finder.Asked)
    def _asked(self, event: Finder.Asked) -> None:
        self._draw(event.text)

    def _draw(self, text: str) -> None:
        self._services = {row.slug: row for row in self.desk.intake.services(text)}
        rows = [service_row(row) for row in self._services.values()]
        if text.strip():  # a situation stands after the first services, never in their place
            said = [situation_row(one) for one in self.desk.bundles.situations(text)]
            rows[SERVICES_FIRST:SERVICES_FIRST] = said
        self.query_one(Finder).show(rows)

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        if event.key not in self._services:
            self.post_message(self.Go(event.key))
        elif self._services[event.key].way == "begin":
            self.dismiss(event.key)
        else:
            self._offer(self._services[event.key])

    @work
    async def _offer(self, row: ServiceRow) -> None:
        """Not simply begun: the list stays below, for another service."""
        answer = await offer(self.app, self.desk, row, self._applicant)
        if answer == "begin":
            self.dismiss(row.slug)
        elif answer:
            self.post_message(self.Go(answer))
