"""Вложения обращения: what is attached, how much of it is at the centre; add, scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mfc_desk.access.roles import Action, may
from mfc_desk.errors import DeskError
from mfc_desk.intake.attachments import Attachment, scan_program
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.intake.open_scan import ScanOpener
from mfc_desk.screens.wording import bytes_text, moment_text
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

STATES = {
    "waiting": ("ждёт отправки", "warn"),
    "sending": ("отправляется", "accent"),
    "stored": ("в центре", "good"),
    "damaged": ("повреждено", "bad"),
}
KINDS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
}
DAMAGED = "повреждено на этом диске, приложите снова: Ctrl+N"
WANTED = "без скана центр обращение не зарегистрирует"
OTHER = "other"


class AttachmentsScreen(DeskScreen[None]):
    """One list; files are sealed the moment they are attached."""

    HELP = (
        "Вложения обращения: сканы и фотографии, PDF, JPEG, PNG, TIFF до 32 МБ.\n"
        "Enter открывает вложение в программе просмотра компьютера, а если файла здесь уже нет, "
        "берёт его из центра; кто открывал, остаётся в журнале. "
        "Ctrl+N прикладывает файл: из папки сканера (Настройки, F9) или по полному пути. "
        "Ctrl+G сканирует лист, если на компьютере есть SANE. Файл шифруется сразу и уходит в "
        "центр после обращений, с того места, где связь прервалась. Сам файл остаётся, где был: "
        "удалите его, если он больше не нужен."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "add", "Приложить", key_display="Ctrl+N", id="add"),
        Binding("ctrl+g,ctrl+п", "scan", "Сканировать", key_display="Ctrl+G", id="scan"),
        Binding("enter", "open", "Открыть", key_display="Enter", id="open", priority=True),
        Binding("escape", "back", "К карточке", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, number: str) -> None:
        """By the printed number."""
        super().__init__(desk)
        self.number = number
        self.busy = False
        self._opener = ScanOpener(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only who may amend attaches; there is no key to scan without a scanner's program."""
        if action == "scan" and scan_program() is None:
            return False
        if action in ("add", "scan"):
            return may(self.desk.operator.role, Action.AMEND)
        return super().check_action(action, parameters)

    def body(self) -> ComposeResult:
        """Title and list."""
        yield TitleLine()
        with Vertical(classes="panel") as panel:
            panel.border_title = "Вложения"
            yield RowList(
                Column(12),
                Column(),
                Column(5),
                Column(10, right=True),
                Column(20),
                empty="Вложений нет. Ctrl+N прикладывает файл со сканом.",
            )

    def on_mount(self) -> None:
        """Stand on the list."""
        self.set_focus(self.query_one(RowList))

    def redraw(self) -> None:
        """The list again."""
        super().redraw()
        title, row = self.query_one(TitleLine), self.desk.find.row(self.number)
        title.left = f"{row.number} · {row.applicant_short}"
        title.right = row.service_short
        found = self.desk.attachments.of_request(self.number)
        self.query_one(RowList).show([self._row(one) for one in found])
        damaged = any(one.state == "damaged" for one in found)
        wanted = WANTED if self.desk.attachments.why_wanted(row.number) else ""
        self.query_one(".panel").border_subtitle = DAMAGED if damaged else wanted

    def _row(self, one: Attachment) -> Row:
        words, tone = STATES[one.state]
        if one.state == "sending":
            words = f"{words} {100 * one.sent // one.size} %"
        at = moment_text(one.at, self.tz, self.desk.clock.now())
        return Row(
            one.sha256,
            (
                Cell(at, "muted"),
                Cell(one.name, "strong"),
                Cell(KINDS[one.mime]),
                Cell(bytes_text(one.size)),
                Cell(words, tone),
            ),
        )

    def action_open(self) -> None:
        """Look at the scan of the row."""
        self.query_one(RowList).action_choose()

    @on(RowList.Chosen)
    def _open(self, event: RowList.Chosen) -> None:
        event.stop()
        for one in self.desk.attachments.of_request(self.number):
            if one.sha256 == event.key:
                self._opener.open(one)

    def leaving(self) -> None:
        """Nothing readable stays behind a hidden screen."""
        self._opener.clear()

    def on_unmount(self) -> None:
        """Nor behind one that was left."""
        self._opener.clear()

    @work
    async def action_add(self) -> None:
        """A file of the scanner's folder, or any other by its path."""
        files: tuple[Path, ...] = ()
        with said_on(self):
            files = self.desk.attachments.scanned()
        chosen = OTHER
        if files:
            choices = [(str(path), path.name) for path in files]
            screen = ChooseScreen("Из папки сканера", (*choices, (OTHER, "Другой файл…")))
            answer = await self.app.push_screen_wait(screen)
            if answer is None:
                return
            chosen = answer[0]
        path: str | None = chosen
        if chosen == OTHER:
            path = await self.app.push_screen_wait(
                AskLineScreen("Приложить файл", "Полный путь файла:")
            )
        if path:
            file = Path(path).expanduser()
            self._seal(lambda copy: copy.attachments.add(self.number, file))

    def action_scan(self) -> None:
        """A page from the scanner."""
        self.notify("Сканирую…", timeout=3)
        self._seal(lambda copy: copy.attachments.scan(self.number))

    def _seal(self, act: Callable[[Desk], Attachment]) -> None:
        """Seal and keep in a thread: a large scan takes a while."""
        if not self.busy:
            self.busy = True
            self.app.run_worker(lambda: self._seal_in_thread(act), thread=True)

    def _seal_in_thread(self, act: Callable[[Desk], Attachment]) -> None:
        failure: DeskError | SyncError | None = None
        try:
            with self.desk.worker_copy() as copy:
                act(copy)
        except (DeskError, SyncError) as error:
            failure = error
        self.app.call_from_thread(self._sealed, failure)

    def _sealed(self, failure: DeskError | SyncError | None) -> None:
        self.busy = False
        if failure is not None:
            self.notify(str(failure), title=failure.title, severity="error", timeout=10)
        else:
            self.notify("Приложено, зашифровано, уйдёт в центр с ближайшим обменом.", timeout=4)
        self.heard()
