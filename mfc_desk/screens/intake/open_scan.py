"""A scan shown by the system's viewer: opened in a thread, for it may come from the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mfc_desk.errors import DeskError
from mfc_desk.papers.viewer import Viewer
from mfc_desk.recovery.returned_scans import open_scan
from mfc_desk.screens.failures import said_on
from sync.errors import SyncError

if TYPE_CHECKING:
    from mfc_desk.intake.attachments import Attachment
    from mfc_desk.screens.desk_screen import DeskScreen

SUFFIXES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tiff",
}
NO_VIEWER = "Скан: mfc-desk attach НОМЕР --save SHA256 --out ФАЙЛ."
_NAME_DIGITS = 16


class ScanOpener:
    """Opens scans for one screen, one at a time; what was shown goes with the screen."""

    def __init__(self, screen: DeskScreen[Any]) -> None:
        """For the screen it says failures on."""
        self._screen = screen
        self._viewer = Viewer()
        self._busy = False

    def open(self, one: Attachment) -> None:
        """Begin; the whole name is said meanwhile, its cell may be narrow."""
        if not self._busy:
            self._busy = True
            self._screen.notify(one.name, title="Открываю…", timeout=6)
            self._screen.app.run_worker(lambda: self._read(one), thread=True)

    def clear(self) -> None:
        """Nothing readable stays behind."""
        self._viewer.clear()

    def _read(self, one: Attachment) -> None:
        data = b""
        failure: DeskError | SyncError | None = None
        try:
            with self._screen.desk.worker_copy() as copy:
                data = open_scan(copy, one.sha256, lambda: not self._screen.is_attached)
        except (DeskError, SyncError) as error:
            failure = error
        self._screen.app.call_from_thread(self._show, one, data, failure)

    def _show(self, one: Attachment, data: bytes, failure: DeskError | SyncError | None) -> None:
        self._busy = False
        if not self._screen.is_current:
            return
        with said_on(self._screen, beside="" if failure else NO_VIEWER):
            if failure is not None:
                raise failure
            self._viewer.show(data, f"scan-{one.sha256[:_NAME_DIGITS]}", SUFFIXES[one.mime])
