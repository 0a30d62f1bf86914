"""Требуют внимания: returned requests, close deadlines, failed printings, drafts."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.board import AttentionRow
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.home import attention_place
from mfc_desk.screens.listing import attention_rows
from mfc_desk.widgets.rows import PAGE, Column, RowList


class AttentionScreen(DeskScreen[None]):
    """The whole list; Enter leads to what must be done."""

    HELP = (
        "Требуют внимания.\n✉ сообщение центра; ↩ возвращено центром — причина в карточке; "
        "! подходит срок регистрации; … не донёс документ; § кончаются полномочия представителя; "
        "◷ ждёт связи или другого дня; "
        "▤ не напечатано; ✗ вложение повреждено на диске или без него центр не зарегистрирует, "
        "Enter ведёт к вложениям; "
        "✎ черновик — Enter открывает его на том же поле, Delete удаляет."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete", "discard", "Удалить черновик", key_display="Del", id="discard"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def body(self) -> ComposeResult:
        """One list."""
        with Vertical(classes="panel") as panel:
            panel.border_title = "Требуют внимания"
            yield RowList(
                Column(2),
                Column(),
                Column(12, right=True),
                empty="Всё в порядке: возвратов нет, сроки не подходят, черновиков нет.",
            )

    def on_mount(self) -> None:
        """Stand on the list."""
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """The list again."""
        super().redraw()
        found = self.desk.board.attention(PAGE)
        self._rows: dict[str, AttentionRow] = {
            row.draft_id or row.turning_id or f"{row.kind}:{row.number or row.message_id}": row
            for row in found
        }
        now = self.desk.clock.now()
        self.query_one(RowList).show(attention_rows(self._rows, self.tz, now))

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        row = self._rows[event.key]
        if row.message_id is not None:
            self._read(row.text, row.message_id)
        else:
            self.post_message(self.Go(attention_place(row)))

    @work
    async def _read(self, text: str, message_id: int) -> None:
        """Show a message whole; once read it leaves the list."""
        screen = ConfirmScreen("Сообщение центра", text, "Прочитано", "Оставить")
        if await self.app.push_screen_wait(screen):
            with said_on(self):
                self.desk.handling.read(message_id)
                self.redraw()

    @work
    async def action_discard(self) -> None:
        """Delete the draft under the cursor, after asking."""
        key = self.query_one(RowList).key
        row = self._rows.get(key or "")
        if row is None or row.draft_id is None:
            self.notify("Удалить можно только черновик (✎).")
            return
        question = f"Удалить черновик?\n{row.text}\nВосстановить его будет нельзя."
        if await self.app.push_screen_wait(ConfirmScreen("Черновик", question, "Удалить", "Нет")):
            self.desk.intake.discard(row.draft_id)
            self.redraw()
