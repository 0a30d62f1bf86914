"""Карточка обращения: answers, deadlines, history, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from forms.duty import duty_text, of_snapshot
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.handling.follow_ups import CardFollowUps, follow_up_lines
from mfc_desk.screens.handling.request_text import request_lines
from mfc_desk.screens.listing import PAPER_STATES, POWER_TONES, STATE_TONES
from mfc_desk.screens.papers.papers_of import PapersOfScreen
from mfc_desk.screens.papers.save_as import ask_file
from mfc_desk.screens.wording import SCAN_WANTED, day_text, full_moment, span_text
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import Line, Pair, PairsPage, Remark
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.handling.find import Card

TONES = {
    "good": "$success",
    "warn": "$warning",
    "bad": "$error",
    "muted": "$muted",
    "": "$foreground",
}


class CardScreen(CardFollowUps, PapersOfScreen):
    """One request, whole."""

    HELP = (
        "Карточка обращения.\nСлева ответы, справа сроки, ход и бумаги. Возвращённое центром "
        "показывает причину по каждому полю; Ctrl+R открывает форму, где эти поля отмечены. "
        "Исправление — новая редакция: прежняя остаётся в журнале. Ctrl+D записывает выдачу "
        "результата, Ctrl+X — отзыв заявления, Ctrl+A — вложения. "
        "Ctrl+E печатает расписку ещё раз с отметкой о повторе; Ctrl+S сохраняет её в файл "
        "PDF. Ctrl+B печатает и другие бумаги: заявление, "
        "согласие, ярлык дела, памятку; Ctrl+O открывает карточку заявителя, Ctrl+G отмечает "
        "оплату пошлины, Ctrl+N — документ, который заявитель обещал и донёс."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,ctrl+к", "amend", "Исправить", key_display="Ctrl+R", id="amend"),
        Binding("ctrl+e,ctrl+у", "print", "Печатать снова", key_display="Ctrl+E", id="print"),
        Binding("ctrl+o,ctrl+щ", "person", "Заявитель", key_display="Ctrl+O", id="person"),
        Binding("ctrl+n,ctrl+т", "brought", "Донёс", key_display="Ctrl+N", id="brought"),
        Binding("ctrl+g,ctrl+п", "payment", "Оплата", key_display="Ctrl+G", id="payment"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
        Binding("ctrl+s,ctrl+ы", "save", "В файл", key_display="Ctrl+S", id="save"),
    ]

    def __init__(self, desk: Desk, number: str) -> None:
        """By the printed number."""
        super().__init__(desk)
        self.number = number

    @property
    def paper_number(self) -> str:
        """The number of this card."""
        return self.number

    def body(self) -> ComposeResult:
        """Answers at the left; deadlines, history and papers at the right."""
        yield TitleLine()
        with Horizontal(id="card"):
            with Page(id="answers") as answers:
                answers.border_title = "Обращение"
                yield PairsPage(id="answers-text")
            with Vertical(id="side"):
                with Vertical(classes="panel", id="deadlines") as deadlines:
                    deadlines.border_title = "Состояние и сроки"
                    yield PairsPage(id="state", label=15)
                with Vertical(classes="panel", id="history") as history:
                    history.border_title = "Ход"
                    yield RowList(Column(12), Column(), Column(10), empty="", id="history-rows")

    def on_mount(self) -> None:
        """Stand on the answers, to scroll them."""
        self.set_focus(self.query_one("#answers"))

    def redraw(self) -> None:
        """Everything again."""
        super().redraw()
        self.card = card = self.desk.find.card(self.number)
        self.refresh_bindings()
        title = self.query_one(TitleLine)
        title.left = f"{card.row.number} · {card.row.applicant_short}"
        title.right = card.row.service_short
        self.query_one("#state", PairsPage).lines = self._state(card)
        edition = self.desk.catalogues.edition(card.service, card.catalogue_digest)
        day = card.row.accepted_at.date()
        if edition is not None:
            self.query_one("#answers-text", PairsPage).lines = request_lines(
                edition.service, edition.catalogue, card.record, day
            )
        self.query_one("#history-rows", RowList).show(
            [
                Row(
                    str(i),
                    (
                        Cell(f"{row.at.astimezone(self.tz):%d.%m %H:%M}", "muted"),
                        Cell(row.text),
                        Cell(row.by, "muted"),
                    ),
                )
                for i, row in enumerate(card.history)
            ]
        )

    def _limits(self, card: Card) -> list[Line]:
        """The days of the result, and the requests of the complex request this one is part of."""
        unsure = ", предварительно" if card.deadlines.get("provisional") else ""
        lines: list[Line] = [
            Pair(label, day_text(day) + unsure)
            for label, day in (
                ("Срок в органе", card.authority_on),
                ("Выдача в МФЦ", card.office_on),
            )
            if day is not None
        ]
        beside = self.desk.bundles.beside(card.request_id)
        if beside:
            place = f"{beside.index(card.row.number) + 1} из {len(beside)}"
            lines.append(Pair("Комплексный", f"{place}: {', '.join(beside)}"))
        return lines

    def _state(self, card: Card) -> tuple[Line, ...]:
        row = card.row
        lines: list[Line] = [Remark("●", row.state_text, f"bold {TONES[STATE_TONES[row.state]]}")]
        if card.stands_in:
            lines.append(Remark("!", card.stands_in, "$warning"))
        if card.scan_wanted:
            lines.append(Remark("!", f"{SCAN_WANTED}: {card.scan_wanted}", "$warning"))
        if card.reason:
            lines.append(Remark("✗", card.reason, "$error"))
        lines.extend(
            Remark("✗", f"{problem.label or problem.path}: {problem.text}", "$error")
            for problem in card.problems
        )
        if row.state in ("accepted", "sent", "held") and not self.desk.training:
            left = card.register_by - self.desk.centre_now()
            late = left.total_seconds() < 0
            words = "срок прошёл" if late else f"осталось {span_text(left)}"
            by = full_moment(card.register_by, self.tz)
            lines.append(Pair("Регистрация до", f"{by}, {words}", "$error" if late else ""))
        if card.progress:
            lines.append(Pair("Ведомство", card.progress))
        if card.version > 1:
            lines.append(Pair("Редакция", f"{card.version}-я"))
        lines += self._limits(card)
        lines.append(Pair("Пошлина", duty_text(of_snapshot(card.duty))))
        if card.power:
            lines.append(Pair("Полномочия", card.power.text, POWER_TONES[card.power.state]))
        lines += follow_up_lines(self.desk, self.number)
        for job in card.papers:
            words, colour = PAPER_STATES[job.state]
            error = f": {job.error}" if job.error else ""
            which = f", копия {job.copy}" if job.copy > 1 else ""
            lines.append(Pair(job.title, words + which + error, colour))
        return tuple(lines)

    @on(RowList.Chosen)
    def _whole(self, event: RowList.Chosen) -> None:
        """A line of the history that does not fit its column."""
        event.stop()
        if self.card is not None:
            self.notify(self.card.history[int(event.key)].text, title="Ход", timeout=10)

    def action_print(self) -> None:
        """Print what failed once more; else queue a further receipt, which is marked so."""
        jobs = self.desk.find.card(self.number).papers
        failed = [job for job in jobs if job.state in ("failed", "unknown")]
        with said_on(self):
            if failed:
                self.desk.print_queue.retry(failed[-1].id)
            elif not any(job.state == "waiting" for job in jobs):
                self.desk.papers.enqueue(self.number, "receipt", None)
            self.notify("Расписка в очереди печати.", title="Печать")
            self.post_message(self.Go("print"))
            self.redraw()

    @work
    async def action_save(self) -> None:
        """Write the receipt as a PDF where the specialist says."""
        where = await ask_file(self, "Сохранить PDF", f"расписка-{self.number}.pdf")
        if where is None:
            return
        with said_on(self):
            self.desk.papers.save(self.number, "receipt", where, replace=True)
            self.notify(str(where), title="Сохранено")
