"""Жизненная ситуация или комплексный запрос: its services in order, and what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.intake.bundle_rows import step_row
from mfc_desk.screens.intake.bundles import COMPLEX, complex_choice
from mfc_desk.screens.intake.offers import offer
from mfc_desk.screens.intake.steps import StepWanted
from mfc_desk.screens.wording import count_text, day_text
from mfc_desk.widgets.rows import Column, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.bundle_steps import Bundle, BundleStep

WORDS = {
    COMPLEX: "Один запрос на все услуги (210-ФЗ, ст. 15.1): МФЦ действует за заявителя без "
    "доверенности, заявления подписывает работник МФЦ. Заполните каждую услугу, потом "
    "зарегистрируйте все сразу: Ctrl+S. Это не жизненная ситуация.",
    "situation": "Подсказка, что и в каком порядке нужно: каждая услуга — отдельное обращение со "
    "своим номером и подписью заявителя. Это не комплексный запрос; сделать из подходящих услуг "
    "комплексный: Ctrl+K.",
}


class BundleScreen(DeskScreen[None]):
    """Enter opens a service; Ctrl+S registers a complex request, all of it or nothing."""

    HELP = (
        "Услуги одного визита по порядку. ○ не начата, ● с замечаниями, ✓ заполнена или принята, – "
        "не подходит этому заявителю по возрасту или ответам (условие стоит под услугой; открыть "
        "её всё равно можно). «Спросите» — программа не знает, нужна ли услуга: вопрос стоит под "
        "ней, Пробел отмечает ответ: да, нет, не спрошено. "
        "«После 1» — нужен результат первой услуги, «сразу» — идёт независимо. Enter открывает "
        "услугу: данные заявителя и общие документы уже перенесены. Комплексный запрос "
        "регистрируется целиком (Ctrl+S), передаётся в органы не позднее следующего рабочего дня; "
        "срок зависимой услуги начинается, когда готов результат предыдущей."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s,ctrl+ы", "register", "Зарегистрировать всё", key_display="Ctrl+S", id="register"
        ),
        Binding("space", "answer", "Да / нет", key_display="Пробел", id="answer"),
        Binding("ctrl+k,ctrl+л", "complex", "Комплексный", key_display="Ctrl+K", id="complex"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, bundle_id: str) -> None:
        """A bundle of this desk. Raises UnknownBundle."""
        super().__init__(desk)
        self.bundle: Bundle = desk.bundles.get(bundle_id)

    def body(self) -> ComposeResult:
        """Title, what it is, services, the limits of a complex request."""
        yield TitleLine()
        with Vertical(classes="panel") as panel:
            whole = self.bundle.kind == COMPLEX
            panel.border_title = "Комплексный запрос" if whole else "Жизненная ситуация"
            yield Static(WORDS[self.bundle.kind], classes="question muted")
            yield RowList(
                Column(1), Column(share=3), Column(10), Column(share=2), empty="", notes=True
            )
            yield Static(id="bundle-limits")

    def on_mount(self) -> None:
        """Stand on the first service that is left."""
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """As it stands now."""
        super().redraw()
        self.bundle = bundle = self.desk.bundles.get(self.bundle.id)
        title = self.query_one(TitleLine)
        who = bundle.applicant or "заявитель ещё не указан"
        title.left = " · ".join(part for part in (bundle.title, who) if part)
        title.right = f"осталось {len(bundle.left)} из {len(bundle.steps)}"
        rows = self.query_one(RowList)
        shown = len(rows.rows)
        rows.show([step_row(step, bundle.kind) for step in bundle.steps], keep=True)
        open_steps = [step.place for step in bundle.left if step.state in ("new", "filling")]
        if not shown and open_steps:
            rows.cursor = open_steps[0]
        self.query_one("#bundle-limits", Static).update(self._limits())

    def _limits(self) -> Content:
        bundle = self.bundle
        if bundle.forward_by is None or bundle.limit_on is None:
            return Content("")
        unsure = " (предварительно)" if bundle.provisional else ""
        return Content.assemble(
            ("Передать в органы до ", "$muted"),
            (day_text(bundle.forward_by), "bold"),
            (" · все результаты до ", "$muted"),
            (day_text(bundle.limit_on) + unsure, "bold"),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a complex request is registered whole; only a situation is made into one."""
        if action == "register":
            return self.bundle.kind == COMPLEX and bool(self.bundle.left)
        if action in ("complex", "answer"):
            return self.bundle.kind != COMPLEX
        return super().check_action(action, parameters)

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        step = self.bundle.steps[int(event.key)]
        if step.number:
            self.post_message(self.Go(f"card:{step.number}"))
        elif step.row is None:
            self.notify("Этой услуги нет в каталоге рабочего места.", severity="warning")
        else:
            self._open(step)

    @work
    async def _open(self, step: BundleStep) -> None:
        """The form of a service; one that is not simply begun asks first."""
        if step.draft_id is None and step.row is not None and step.row.way != "begin":
            answer = await offer(self.app, self.desk, step.row, None)
            if answer != "begin":
                if answer:
                    self.post_message(self.Go(answer))
                return
        with said_on(self):
            draft = self.desk.bundles.draft(self.bundle.id, step.place)
            self.post_message(StepWanted(draft, draft.step, draft.field))

    def action_answer(self) -> None:
        """Turn the answer to the question under the cursor: yes, no, not asked."""
        step = self.bundle.steps[self.query_one(RowList).cursor]
        if not step.question or step.state != "new":
            self.notify("Об этой услуге спрашивать не нужно.")
            return
        turned = {None: True, True: False, False: None}[step.answer]
        with said_on(self):
            self.desk.bundles.answer(self.bundle.id, step.place, turned)
            self.redraw()

    def action_register(self) -> None:
        """One act for all the services: numbers, journal, receipts."""
        with said_on(self):
            given = self.desk.bundles.register(self.bundle.id)
            words = count_text(len(given), "обращение", "обращения", "обращений")
            numbers = ", ".join(one.number.text for one in given)
            self.notify(f"{words}: {numbers}", title="Комплексный запрос принят", timeout=12)
            self.post_message(self.Go("print"))
            self.redraw()
            self.refresh_bindings()

    @work
    async def action_complex(self) -> None:
        """A complex request of the services of this situation that may be in one."""
        fit = tuple(
            step.service
            for step in self.bundle.left
            if step.row is not None and not step.refusal and (step.wanted or not step.optional)
        )
        chosen = await self.app.push_screen_wait(complex_choice(self.desk, fit))
        if chosen:
            with said_on(self):
                bundle = self.desk.bundles.begin_complex(chosen)
                self.post_message(self.Go(f"bundle:{bundle.id}"))
