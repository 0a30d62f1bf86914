"""Карточка заявителя: who it is, what was asked and brought before, consents, doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from mfc_desk.screens.applicants.applicant_acts import ApplicantActs
from mfc_desk.screens.applicants.person_lines import person_lines
from mfc_desk.screens.intake.steps import ServiceChosen
from mfc_desk.screens.listing import request_rows, turning_rows
from mfc_desk.screens.wording import count_text
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import PairsPage
from mfc_desk.widgets.rows import Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


class ApplicantCardScreen(ApplicantActs):
    """One person, whole."""

    HELP = (
        "Карточка заявителя.\nСлева контакты, документы, согласия; справа всё, за чем заявитель "
        "обращался, Enter открывает. Ctrl+N начинает для него новое обращение. Если один человек "
        "записан дважды, Ctrl+D объединяет записи: история обеих сохраняется и видна вместе. "
        "Ctrl+R исправляет телефон, почту и адреса: следующее обращение начнётся с них, принятые "
        "остаются как были. Ctrl+Z возвращает прежние контакты или разъединяет записи. "
        "Ctrl+G записывает согласие на обработку данных на одну цель, Ctrl+O отзывает его."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "begin", "Новое обращение", key_display="Ctrl+N", id="begin"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, applicant_id: str) -> None:
        """By the id of any of the applicant's records; whoever looks is journalled."""
        super().__init__(desk)
        self.card = desk.applicants.card(applicant_id)

    def body(self) -> ComposeResult:
        """The person at the left, the history at the right."""
        yield TitleLine()
        with Horizontal(id="card"):
            with Page(id="answers") as page:
                page.border_title = "Заявитель"
                yield PairsPage(label=18)
            with Vertical(classes="panel", id="side") as side:
                side.border_title = "Обращения"
                yield RowList(
                    Column(11),
                    Column(),
                    empty="Обращений ещё не было. Ctrl+N начинает первое.",
                    notes=True,
                )

    def on_mount(self) -> None:
        """Stand on the history."""
        self._draw()
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """Everything again: a consent or a merge has changed it."""
        super().redraw()
        if self.query(RowList):
            self.card = self.desk.applicants.card(self.card.id)
            self._draw()

    def _draw(self) -> None:
        card, now = self.card, self.desk.clock.now()
        title = self.query_one(TitleLine)
        title.left = card.name
        title.right = ""
        if card.alike:
            found = count_text(
                len(card.alike), "похожая запись", "похожие записи", "похожих записей"
            )
            title.right = f"{found}: Ctrl+D"
        self.query_one(PairsPage).lines = person_lines(card, self.desk.catalogue, self.tz)
        lines = [*request_rows(card.requests, self.tz, now)]
        lines += turning_rows(card.turnings, self.tz, now)
        self.query_one(RowList).show([_of_one(line) for line in lines])
        self.refresh_bindings()

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        key = event.key
        self.post_message(self.Go(key if key.startswith("turning:") else f"card:{key}"))

    def action_begin(self) -> None:
        """Another request of theirs; everything known goes over."""
        self.post_message(ServiceChosen("", dict(self.card.block)))


def _of_one(line: Row) -> Row:
    """A line of a list of requests without the name: time and service, number and state below."""
    at, number, _, service, state = line.cells
    return Row(line.key, (at, service), f"{number.text} · {state.text}")
