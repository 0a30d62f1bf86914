"""Новое обращение, шаг 4: the papers this form and these answers require."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from forms.doubt import UNSURE
from forms.names import short_name
from forms.spec import DocumentSpec
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.form.draft_keeper import DraftKeeper
from mfc_desk.screens.intake.open_papers import OpenPapers
from mfc_desk.screens.intake.paper_details import PaperDetailsScreen
from mfc_desk.screens.intake.paper_rows import paper_row
from mfc_desk.screens.intake.steps import StepWanted, step_text
from mfc_desk.screens.wording import day_text
from mfc_desk.widgets.rows import Column, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


class DocumentsScreen(DeskScreen[None]):
    """The list; Space takes a paper in, Enter opens it."""

    HELP = (
        "Новое обращение, шаг 4 из 5: документы.\nСписок составлен по услуге и ответам. Пробел "
        "отмечает, что документ принят; + и - меняют число листов; Enter открывает подробности: "
        "подлинник или копия, экземпляры, реквизиты, возвращён или остаётся в деле. «Донесёт до» "
        "(Ctrl+D) записывает срок, к которому заявитель принесёт недостающее; недостаток документа "
        "отмечают в подробностях; Ctrl+R называет все недостатки сразу и отказывает в приёме. "
        "То, что МФЦ запросит само по СМЭВ, показано и с заявителя не требуется."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Принят", key_display="Пробел", id="turn"),
        Binding("ctrl+pagedown", "leave('check')", "Проверка", key_display="Ctrl+PgDn", id="next"),
        Binding("ctrl+d,ctrl+в", "promise", "Донесёт до", key_display="Ctrl+D", id="promise"),
        Binding("enter", "open", "Подробно", key_display="Enter", id="open", priority=True),
        Binding("escape", "back", "К форме", key_display="Esc", id="back"),
        Binding("plus,equals_sign", "sheets(1)", "Листов больше", key_display="+", id="more"),
        Binding("minus", "sheets(-1)", "Листов меньше", key_display="-", id="fewer"),
        Binding("ctrl+r,ctrl+к", "leave('refuse')", "Отказать", key_display="Ctrl+R", id="refuse"),
        Binding("f12", "leave('check')", "Проверить всё", show=False, id="check"),
        Binding("ctrl+pageup", "back", "К форме", show=False, id="previous"),
    ]

    def __init__(self, desk: Desk, draft: Draft, field: str | None = None) -> None:
        """`field`: a documents.… path to stand at."""
        super().__init__(desk)
        self.draft = draft
        self._at = field.partition(".")[2] if field else ""
        self.service = desk.intake.service_of(draft)
        today = desk.centre_now().astimezone(self.tz).date()
        self.papers = OpenPapers(self.service, draft, today)
        self.keeper = DraftKeeper(self, desk.intake, draft, lambda _at: None)

    def body(self) -> ComposeResult:
        """Title, list, totals."""
        yield TitleLine()
        with Vertical(classes="panel") as panel:
            panel.border_title = "Документы"
            yield RowList(
                Column(1),
                Column(),
                Column(9, from_width=70),
                Column(3, right=True),
                Column(3, right=True),
                Column(21),
                empty="Документы от заявителя не нужны.",
            )
        yield Static(id="hint")

    def on_mount(self) -> None:
        """Draw and stand at the paper that was asked for."""
        title = self.query_one(TitleLine)
        who = short_name(self.draft.document.get("applicant") or {})
        title.left, title.right = f"{self.service.short} · {who}", step_text("documents")
        self.draft.step = "documents"
        self.redraw_papers()
        rows = self.query_one(RowList)
        self.set_focus(rows)
        keys = [row.key for row in rows.rows]
        name = self.papers.name_at(self._at)
        if name in keys:
            rows.cursor = keys.index(name)

    def redraw_papers(self) -> None:
        """The list as the draft holds it now."""
        shown = sorted(self.papers.asked, key=lambda spec: spec.by == "smev")
        self.query_one(RowList).show([paper_row(spec, self.papers) for spec in shown])
        self._say()

    @on(RowList.Moved)
    def _say(self) -> None:
        spec = self._here(any_source=True)
        words = "экз. и листов — в столбцах справа"
        if spec is not None:
            unsure = f"{UNSURE}: {spec.verify}" if spec.verify else ""
            words = " · ".join(part for part in (unsure, spec.title, spec.hint) if part)
        self.query_one("#hint", Static).update(words)

    def _here(self, *, any_source: bool = False) -> DocumentSpec | None:
        key = self.query_one(RowList).key
        spec = self.papers.spec(key) if key else None
        return spec if spec is None or any_source or spec.by == "applicant" else None

    def _changed(self) -> None:
        self.keeper.touched()
        self.redraw_papers()

    def action_turn(self) -> None:
        """The paper is here, or not."""
        spec = self._here()
        if spec is None:
            return
        entry = self.papers.entry(spec.name)
        if entry is None or entry.get("promised"):
            self.papers.accept(spec.name)
        else:
            self.papers.drop(spec.name)
        self._changed()
        self.query_one(RowList).action_move(1)

    def action_sheets(self, step: int) -> None:
        """More or fewer sheets."""
        spec = self._here()
        if spec is not None:
            self.papers.add_sheets(spec.name, step)
            self._changed()

    @work
    async def action_open(self) -> None:
        """The paper in detail."""
        spec = self._here()
        if spec is None:
            return
        entry = self.papers.entry(spec.name) or self.papers.accept(spec.name)
        answer = await self.app.push_screen_wait(PaperDetailsScreen(spec.title, entry))
        if answer is not None:
            self.papers.accept(spec.name).update(answer)
            self.papers.entry(spec.name)
        self._changed()

    @work
    async def action_promise(self) -> None:
        """The applicant brings it later."""
        spec = self._here()
        if spec is None:
            return
        today = self.desk.centre_now().astimezone(self.tz).date()
        question = f"{spec.title}.\nДо какого дня заявитель донесёт? Сегодня {day_text(today)}."
        day = await self.app.push_screen_wait(
            AskLineScreen("Донесёт до", question, mask="00.00.0000")
        )
        if day:
            self.papers.promise(spec.name, day)
            self._changed()

    def action_leave(self, step: str) -> None:
        """Another step of the same request."""
        self.keeper.dirty = True
        self.keeper.save()
        self.post_message(StepWanted(self.draft, step))

    def leaving(self) -> None:
        """Save before the screen goes away."""
        self.keeper.save()

    def action_back(self) -> None:
        """Back to the form."""
        self.action_leave("form")
