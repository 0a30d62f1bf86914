"""Новое обращение, шаг 5: everything on one page as it will be printed, and registration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button

from forms.check import Checked, Problem
from forms.names import short_name
from mfc_desk.errors import DeskError, IntakeRefused
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.handling.request_text import draft_lines
from mfc_desk.screens.intake.bundles import COMPLEX
from mfc_desk.screens.intake.draft_paper import DraftPaper
from mfc_desk.screens.intake.steps import Accepted, Amended, StepWanted, step_text
from mfc_desk.screens.listing import end_of
from mfc_desk.screens.wording import count_text
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import PairsPage
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


def problem_row(problem: Problem, kept: str) -> Row:
    """Mark and sentence; a kept warning says why."""
    if problem.severity == "error" and not (problem.insistable and kept):
        return Row(problem.path, (Cell("✗", "bad"), Cell(problem.sentence)))
    if kept:
        return Row(
            problem.path, (Cell("✓", "muted"), Cell(f"{problem.sentence} — {kept}", "muted"))
        )
    return Row(problem.path, (Cell("!", "warn"), Cell(problem.sentence)))


class CheckScreen(DraftPaper):
    """Problems above, the page below; Enter on the button or Ctrl+S registers."""

    HELP = (
        "Новое обращение, шаг 5 из 5: проверка.\nСверху все замечания сразу, ниже обращение "
        "целиком, как оно будет напечатано. Enter на замечании ведёт к его полю; предупреждение "
        "можно оставить с причиной (Ctrl+O), как и замечание к документу, если заявитель "
        "настаивает на приёме. Ctrl+R отказывает в приёме и называет всё сразу; Ctrl+B пишет "
        "заявление в PDF с пометкой «ЧЕРНОВИК», чтобы заявитель его прочёл. "
        "«Зарегистрировать» присваивает номер, записывает "
        "обращение в журнал и ставит расписку на печать — одним действием; связь не нужна."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s,ctrl+ы", "register", "Зарегистрировать", key_display="Ctrl+S", id="register"
        ),
        Binding("ctrl+s,ctrl+ы", "amend", "Записать исправление", key_display="Ctrl+S", id="amend"),
        Binding("escape", "leave('documents')", "К документам", key_display="Esc", id="back"),
        Binding("ctrl+pageup", "leave('documents')", "К документам", show=False, id="previous"),
        Binding("ctrl+o,ctrl+щ", "keep", "Оставить с причиной", key_display="Ctrl+O", id="keep"),
        Binding("ctrl+r,ctrl+к", "leave('refuse')", "Отказать", key_display="Ctrl+R", id="refuse"),
        Binding("f12", "check", "Проверить снова", key_display="F12", id="check"),
    ]

    def __init__(self, desk: Desk, draft: Draft) -> None:
        """For a filled draft."""
        super().__init__(desk)
        self.draft = draft
        self.service = desk.intake.service_of(draft)
        self.checked: Checked | None = None

    def body(self) -> ComposeResult:
        """Title, problems, page, button."""
        yield TitleLine()
        with Vertical(classes="panel", id="problems-panel"):
            yield RowList(Column(1), Column(), empty="", id="problems")
        with Page(id="page") as page:
            page.border_title = "Обращение"
            yield PairsPage()
        words = "Записать исправление" if self.draft.amends else "Зарегистрировать"
        with Vertical(id="register-line"):
            yield Button(words, id="register", compact=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A new request is registered, an amendment of one is written to it."""
        if action in ("register", "amend"):
            return (action == "amend") == bool(self.draft.amends)
        return super().check_action(action, parameters)

    def on_mount(self) -> None:
        """Check and stand where Enter is right."""
        title = self.query_one(TitleLine)
        who = short_name(self.draft.document.get("applicant") or {})
        number = self.desk.handling.number(self.draft)
        amends = f"Исправление {end_of(number)} · " if number else ""
        title.left, title.right = f"{amends}{self.service.short} · {who}", step_text("check")
        self.draft.step = "check"
        bundle = self.desk.bundles.of_draft(self.draft.id)
        self._whole = bundle[0] if bundle and bundle[1] == COMPLEX else ""
        if self._whole:
            self.query_one("#register", Button).label = "Готово: к комплексному запросу"
        self.action_check()

    def action_check(self) -> None:
        """Check all of it."""
        self.checked = checked = self.desk.intake.check(self.draft)
        kept = self.draft.document.get("overrides") or {}
        order = sorted(checked.problems, key=lambda p: p.severity != "error")
        rows = self.query_one("#problems", RowList)
        rows.show([problem_row(problem, kept.get(problem.path, "")) for problem in order])
        left = len(checked.errors) + len(checked.open_warnings)
        panel = self.query_one("#problems-panel")
        panel.display = bool(order)
        words = count_text(left, "замечание", "замечания", "замечаний")
        panel.border_title = f"Нужно решить: {words}" if left else "Предупреждения с причинами"
        told = self.desk.refusals.told_for(self.draft.document)
        if told.last is not None:
            codes = ", ".join(dict.fromkeys(defect.code for defect in told.defects))
            panel.border_subtitle = f"уже отказано {told.last:%d.%m.%Y}: {codes}"
        today = self.desk.centre_now().astimezone(self.tz).date()
        intake = self.desk.intake
        self.query_one(PairsPage).lines = draft_lines(
            self.service,
            intake.catalogue_of(self.draft),
            self.draft.document,
            today,
            intake.accepted_on(self.draft),
        )
        button = self.query_one("#register", Button)
        button.disabled = not checked.ok
        self.set_focus(button if checked.ok else rows)

    @on(RowList.Chosen, "#problems")
    def _to_field(self, event: RowList.Chosen) -> None:
        path = event.key.removeprefix("overrides.")
        step = "documents" if path.startswith("documents") else "form"
        self.post_message(StepWanted(self.draft, step, path))

    @work
    async def action_keep(self) -> None:
        """Keep the warning under the cursor, with a reason."""
        path = self.query_one("#problems", RowList).key
        problems = self.checked.problems if self.checked else ()
        found = [
            p for p in problems if p.path == path and (p.severity == "warning" or p.insistable)
        ]
        if not found:
            self.notify(
                "Оставить с причиной можно предупреждение (!) и замечание к документу, если "
                "заявитель настаивает на приёме и закон это допускает."
            )
            return
        kept = self.draft.document.setdefault("overrides", {})
        reason = await self.app.push_screen_wait(
            AskLineScreen(
                "Заявитель настаивает" if found[0].insistable else "Оставить с причиной",
                found[0].sentence,
                kept.get(path, ""),
            )
        )
        if reason:
            kept[path] = reason
            self.desk.intake.save(self.draft)
            self.action_check()

    @on(Button.Pressed, "#register")
    def action_register(self) -> None:
        """One act: number, journal entry, receipt; a complex request is registered as a whole."""
        if self._whole:
            self.desk.intake.save(self.draft)
            self.post_message(self.Go(f"bundle:{self._whole}"))
            return
        if self.draft.amends:
            self.action_amend()
            return
        with self._refusals("Обращение не зарегистрировано, черновик цел."):
            self.post_message(Accepted(self.draft, self.desk.intake.register(self.draft)))

    def action_amend(self) -> None:
        """One act: the next version of the request."""
        with self._refusals("Исправление не записано, черновик цел."):
            self.post_message(Amended(self.desk.handling.amend(self.draft).number))

    @contextmanager
    def _refusals(self, left: str) -> Iterator[None]:
        """Say why an act was refused, and what is left as it was."""
        try:
            yield
        except IntakeRefused as refused:
            self.action_check()
            self.notify(str(refused), title=refused.title, severity="warning")
        except (DeskError, SyncError) as error:
            self.notify(f"{error} {left}", title=error.title, severity="error")

    def action_leave(self, step: str) -> None:
        """Back to an earlier step."""
        self.desk.intake.save(self.draft)
        self.post_message(StepWanted(self.draft, step))
