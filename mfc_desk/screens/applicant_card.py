"""Карточка заявителя: who it is, what was asked and brought before, consents, doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from mfc_desk.screens.ask_line import AskLineScreen
from mfc_desk.screens.choose import ChooseScreen
from mfc_desk.screens.confirm import ConfirmScreen
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.listing import request_rows, turning_rows
from mfc_desk.screens.person_lines import person_lines, row_words
from mfc_desk.screens.steps import ServiceChosen
from mfc_desk.screens.wording import count_text, typed_day
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import PairsPage
from mfc_desk.widgets.rows import Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.applicants import ApplicantRow
    from mfc_desk.desk import Desk


class ApplicantCardScreen(DeskScreen[None]):
    """One person, whole."""

    HELP = (
        "Карточка заявителя.\nСлева контакты, документы, согласия; справа всё, за чем заявитель "
        "обращался, Enter открывает. Ctrl+N начинает для него новое обращение. Если один человек "
        "записан дважды, Ctrl+D объединяет записи: история обеих сохраняется и видна вместе, "
        "Ctrl+Z разъединяет их снова. Ctrl+G записывает согласие на обработку данных на одну цель, "
        "Ctrl+O отзывает его."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "begin", "Новое обращение", key_display="Ctrl+N", id="begin"),
        Binding("ctrl+d,ctrl+в", "merge", "Объединить", key_display="Ctrl+D", id="merge"),
        Binding("ctrl+z,ctrl+я", "split", "Разъединить", key_display="Ctrl+Z", id="split"),
        Binding("ctrl+g,ctrl+п", "consent", "Согласие", key_display="Ctrl+G", id="consent"),
        Binding("ctrl+o,ctrl+щ", "withdraw", "Отозвать", key_display="Ctrl+O", id="withdraw"),
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of what there is: doubles to join, records to part, consents in force."""
        there = {
            "merge": self.card.alike,
            "split": self.card.merged,
            "withdraw": [one for one in self.card.consents if one.state == "given"],
        }
        if action in there:
            return bool(there[action])
        return super().check_action(action, parameters)

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        key = event.key
        self.post_message(self.Go(key if key.startswith("turning:") else f"card:{key}"))

    def action_begin(self) -> None:
        """Another request of theirs; everything known goes over."""
        self.post_message(ServiceChosen("", dict(self.card.block)))

    @work
    async def action_merge(self) -> None:
        """Join one of the doubles to this card."""
        other = await self._choose("Кто из них тот же человек?", self.card.alike)
        if other is None:
            return
        question = (
            f"{self.card.name}\nи\n{row_words(other)}\nодин и тот же заявитель? Обращения обоих "
            "будут видны на одной карточке; ничего не теряется, разъединить можно (Ctrl+Z)."
        )
        if await self.app.push_screen_wait(
            ConfirmScreen("Объединить записи", question, "Объединить", "Нет")
        ):
            with said_on(self):
                self.desk.applicants.merge(self.card.id, other.id)
                self.redraw()

    @work
    async def action_split(self) -> None:
        """Part a record that was joined by mistake."""
        other = await self._choose("Какую запись отделить?", self.card.merged)
        if other is not None:
            with said_on(self):
                self.desk.applicants.split(other.id)
                self.redraw()

    async def _choose(self, title: str, rows: tuple[ApplicantRow, ...]) -> ApplicantRow | None:
        chosen = await self.app.push_screen_wait(
            ChooseScreen(title, [(row.id, row_words(row)) for row in rows])
        )
        return next((row for row in rows if chosen and row.id == chosen[0]), None)

    @work
    async def action_consent(self) -> None:
        """A consent: what for, and until when."""
        purposes = self.desk.catalogue.choices("people.consent")
        chosen = await self.app.push_screen_wait(
            ChooseScreen("Согласие: на что", [(one.code, one.label) for one in purposes])
        )
        if not chosen:
            return
        until = await self.app.push_screen_wait(
            AskLineScreen("Согласие", "До какого дня оно действует?", mask="00.00.0000")
        )
        day = typed_day(until or "")
        if until and day is None:
            self.notify("День не читается: наберите его как 31.12.2027.", severity="warning")
        elif day is not None:
            with said_on(self):
                self.desk.consents.give(self.card.id, chosen[0], day)
                self.redraw()

    @work
    async def action_withdraw(self) -> None:
        """The applicant takes a consent back."""
        given = [one for one in self.card.consents if one.state == "given"]
        chosen = await self.app.push_screen_wait(
            ChooseScreen("Какое согласие отозвать?", [(one.id, one.purpose_title) for one in given])
        )
        if chosen:
            with said_on(self):
                self.desk.consents.withdraw(chosen[0])
                self.redraw()


def _of_one(line: Row) -> Row:
    """A line of a list of requests without the name: time and service, number and state below."""
    at, number, _, service, state = line.cells
    return Row(line.key, (at, service), f"{number.text} · {state.text}")
