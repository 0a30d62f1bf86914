"""Рабочий стол: the day so far, what needs attention, the requests of today."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from mfc_desk.access.roles import Action, may
from mfc_desk.board import AttentionRow, BoardView
from mfc_desk.screens.desk_screen import DeskScreen, place_key
from mfc_desk.screens.listing import attention_rows, request_rows
from mfc_desk.screens.wording import WEEKDAYS, day_text
from mfc_desk.widgets.rows import Column, RowList

BARS = " ▁▂▃▄▅▆▇█"
RECENT = 40


def hour_bars(by_hour: tuple[int, ...]) -> tuple[str, str]:
    """Bars from the first to the last hour with a request (8 to 20 at least), and their hours."""
    busy = [hour for hour, count in enumerate(by_hour) if count]
    first, last = min([8, *busy]), max([19, *busy])
    top = max([1, *by_hour])
    cells = [BARS[-(-count * (len(BARS) - 1) // top)] * 2 for count in by_hour[first : last + 1]]
    hours = "".join(f"{hour:<4d}" for hour in range(first, last + 1, 2))
    return "".join(cells), hours


class HomeScreen(DeskScreen[None]):
    """The screen one comes back to."""

    HELP = (
        "Рабочий стол. Слева итоги дня, справа то, что ждёт решения, внизу обращения за сегодня.\n"
        "F2 начинает новое обращение. Enter открывает строку. Не отправленное стоит в верхней "
        "строке вместе со сроком регистрации: отправка идёт сама, когда появляется связь."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        place_key("f2", "intake", "Новое", "Новое обращение"),
        place_key("f3", "search", "Поиск", "Поиск обращений"),
        place_key("f4", "attention", "Внимание", "Требуют внимания"),
        place_key("f5", "exchange", "Обмен", "Обмен с центром"),
        place_key("f9", "settings", "Настройки", "Настройки"),
        Binding("escape", "back", show=False),
    ]

    def body(self) -> ComposeResult:
        """Two panels above a list."""
        with Horizontal(id="day"):
            with Vertical(classes="panel", id="today") as today:
                today.border_title = "Сегодня"
                yield Static(id="counts")
                yield Static(id="bars")
            with Vertical(classes="panel", id="attention-panel") as attention:
                attention.border_title = "Требуют внимания"
                yield RowList(
                    Column(2),
                    Column(),
                    Column(12, right=True),
                    empty="Всё в порядке.",
                    id="attention",
                )
        with Vertical(classes="panel", id="requests-panel") as requests:
            requests.border_title = "Обращения за сегодня"
            yield RowList(
                Column(5),
                Column(13),
                Column(share=4),
                Column(share=4),
                Column(share=5),
                empty="Сегодня обращений ещё не было. F2 начинает новое обращение.",
                id="requests",
            )

    def on_mount(self) -> None:
        """Start on the list."""
        self.set_focus(self.query_one("#requests"))

    def redraw(self) -> None:
        """Everything from the desk again."""
        super().redraw()
        view = self.desk.board.today()
        self.query_one(
            "#today"
        ).border_title = f"Сегодня {day_text(view.date)}, {WEEKDAYS[view.date.weekday()]}"
        self.query_one("#counts", Static).update(self._counts(view))
        bars, hours = hour_bars(view.by_hour)
        self.query_one("#bars", Static).update(
            Content.assemble((bars, "$primary"), "\n", (hours, "$muted"))
        )
        self._attention = {f"{i}": row for i, row in enumerate(self.desk.board.attention(RECENT))}
        now = self.desk.clock.now()
        self.query_one("#attention", RowList).show(attention_rows(self._attention, self.tz, now))
        requests = self.query_one("#requests", RowList)
        if may(self.desk.operator.role, Action.FIND):
            requests.show(request_rows(self.desk.find.today(RECENT), self.tz, now))
        else:
            requests.empty = f"Роль «{self.desk.operator.title}»: обращения не показываются."

    def _counts(self, view: BoardView) -> Content:
        pairs = (("принято", view.accepted), ("отказов", view.refused), ("черновики", view.drafts))
        return Content("   ").join(
            Content.assemble((f"{name} ", "$muted"), (str(count), "bold")) for name, count in pairs
        )

    @on(RowList.Chosen, "#requests")
    def _open_request(self, event: RowList.Chosen) -> None:
        self.post_message(self.Go(f"card:{event.key}"))

    @on(RowList.Chosen, "#attention")
    def _open_attention(self, event: RowList.Chosen) -> None:
        self.post_message(self.Go(attention_place(self._attention[event.key])))

    def action_back(self) -> None:
        """There is nowhere further back."""


def attention_place(row: AttentionRow) -> str:
    """Where a row of «Требуют внимания» leads."""
    if row.message_id:
        return "attention"
    if row.turning_id:
        return f"turning:{row.turning_id}"
    if row.kind == "scan":
        return f"attachments:{row.number}"
    return f"draft:{row.draft_id}" if row.draft_id else f"card:{row.number}"
