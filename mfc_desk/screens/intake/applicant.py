"""Новое обращение, шаг 2: somebody this desk has served before, or a new applicant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.applicants.applicants import ApplicantRow
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.intake.steps import Postponed, StepWanted
from mfc_desk.screens.wording import day_text
from mfc_desk.widgets.finder import Finder
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft

NEW = "new"
NAME_PARTS = ("surname", "name", "patronymic")


def applicant_row(row: ApplicantRow) -> Row:
    """Name, birth date, ends of phone and СНИЛС."""
    return Row(
        key=row.id,
        cells=(
            Cell(row.name, "warn" if row.double else "strong"),
            Cell(day_text(row.birth_date) if row.birth_date else "", "muted"),
            Cell(f"СНИЛС …{row.snils_tail}" if row.snils_tail else "", "muted"),
            Cell(f"тел. …{row.phone_tail}" if row.phone_tail else "", "muted"),
        ),
    )


def new_applicant(text: str) -> dict[str, Any]:
    """A new person; letters typed into the search become the name."""
    block: dict[str, Any] = {"kind": "person"}
    words = text.split()
    if words and all(word.replace("-", "").isalpha() for word in words):
        block.update(zip(NAME_PARTS, words, strict=False))
    return block


class ApplicantScreen(DeskScreen[None]):
    """Finds the applicant; the rest of the questions about people stands in the form."""

    HELP = (
        "Новое обращение, шаг 2 из 5: заявитель.\nИщите среди тех, кто уже обращался на это "
        "рабочее место: по фамилии и имени, телефону или СНИЛС. Нет в списке — выберите «Новый "
        "заявитель», набранное имя перейдёт в форму. Вид заявителя и представителя укажете в форме."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Отложить", key_display="Esc", id="back"),
        Binding("ctrl+o,ctrl+щ", "person", "Карточка", key_display="Ctrl+O", id="person"),
        Binding("ctrl+n,ctrl+т", "new", "Новый заявитель", key_display="Ctrl+N", id="new"),
    ]

    def __init__(self, desk: Desk, draft: Draft) -> None:
        """For a draft that has no applicant yet."""
        super().__init__(desk)
        self.draft = draft

    def body(self) -> ComposeResult:
        """One input and the list."""
        yield TitleLine()
        with Vertical(classes="panel") as panel:
            panel.border_title = "Заявитель"
            yield Finder(
                Column(share=3),
                Column(10),
                Column(11),
                Column(10),
                placeholder="фамилия и имя, телефон или СНИЛС",
                empty="",
            )

    def on_mount(self) -> None:
        """The latest ones first."""
        service = self.desk.intake.service_of(self.draft)
        title = self.query_one(TitleLine)
        title.left, title.right = service.short, "шаг 2 из 5"
        self._draw("")

    @on(Finder.Asked)
    def _asked(self, event: Finder.Asked) -> None:
        self._draw(event.text)

    def redraw(self) -> None:
        """The list again: a card opened from here may have joined two lines."""
        super().redraw()
        for finder in self.query(Finder).results(Finder):
            self._draw(finder.input.value, keep=True)

    def _draw(self, text: str, *, keep: bool = False) -> None:
        found = self.desk.applicants.search(text, 20)
        known = [applicant_row(row) for row in found]
        alike = "похожие записи: Ctrl+O, на карточке Ctrl+D объединит"
        panel = self.query_one(".panel")
        panel.border_subtitle = alike if any(row.double for row in found) else ""
        words = f"Новый заявитель: {text.strip()}" if new_applicant(text).get("surname") else ""
        new = Row(NEW, (Cell(words or "Новый заявитель", "accent"), Cell(""), Cell(""), Cell("")))
        rows = [*known, new] if text.strip() else [new, *known]
        self.query_one(Finder).show(rows, keep=keep)

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        if event.key == NEW:
            self.action_new()
        else:
            self._take(self.desk.applicants.get(event.key))

    def action_person(self) -> None:
        """The card of the person under the cursor: what was asked before, contacts, doubles."""
        key = self.query_one(RowList).key
        if key is not None and key != NEW:
            self.post_message(self.Go(f"applicant_card:{key}"))

    def action_new(self) -> None:
        """Somebody new; the form starts with the name."""
        self._take(new_applicant(self.query_one(Finder).input.value))

    def _take(self, applicant: dict[str, Any]) -> None:
        self.draft.document["applicant"] = applicant
        self.draft.section = ""
        self.desk.intake.save(self.draft)
        self.post_message(StepWanted(self.draft, "form"))

    def action_back(self) -> None:
        """Put the request aside."""
        self.post_message(Postponed(self.draft))
