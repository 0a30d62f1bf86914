"""A paper or a scan shown by the system's own viewer without a readable copy on a disk.

Viewers want a file. It lies in memory (`tmpfs`): in the user's own folder of the session
(`XDG_RUNTIME_DIR`, nobody else may enter it) or in `/dev/shm`; its name is the paper's code and
number, or digits of the scan's hash. It is removed when the preview is left, when the program
starts, and by any restart of the computer. Where there is no such memory nothing is written, and
the person is told to save a PDF.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

from mfc_desk.errors import DeskError
from printing.spool import write_durably

_VIEWERS = ("xdg-open",)
_MEMORY = ("tmpfs", "ramfs")


class NoViewer(DeskError):  # noqa: N818 - says what happened
    """Открыть бумагу нечем: нет программы для PDF или памяти для неё. Сохраните PDF в файл."""

    title = "Просмотр"
    code = "no-viewer"


class Viewer:
    """Shows papers and takes them away again."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, mounts: Path = Path("/proc/mounts")
    ) -> None:
        """`environment` names the folder and finds the viewer; `mounts` says what is memory."""
        self._environment = environment
        self._mounts = mounts

    def show(self, data: bytes, title: str, suffix: str = ".pdf") -> None:
        """Open a paper, or a scan of another kind, in the viewer of the system. Raises NoViewer."""
        folder = self._folder()
        if folder is None:
            raise NoViewer
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
            write_durably(folder / f"{title}{suffix}", data)
            shown = subprocess.Popen(  # noqa: S603  our own program, a file named by an id
                [_VIEWERS[0], str(folder / f"{title}{suffix}")],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            Thread(target=shown.wait, daemon=True).start()  # or it would stay a zombie
        except OSError as error:
            self.clear()
            raise NoViewer from error

    def clear(self) -> None:
        """Remove everything that was shown."""
        folder = self._folder()
        if folder is not None and folder.is_dir():
            for path in folder.iterdir():
                if path.is_symlink() or not path.is_dir():  # a viewer may have put a folder there
                    path.unlink(missing_ok=True)

    def _folder(self) -> Path | None:
        """Return our folder in memory, None when there is no memory to be had."""
        for place in (self._environment.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108
            path = Path(place)
            if place and path.is_dir() and os.access(path, os.W_OK) and self._in_memory(path):
                folder = path / f"mfc-desk-{os.getuid()}"
                if _ours(folder):
                    return folder
        return None

    def _in_memory(self, path: Path) -> bool:
        """Whether the file system of `path` keeps nothing on a disk, as the kernel says."""
        try:
            mounted = [line.split()[1:3] for line in self._mounts.read_text().splitlines()]
        except OSError:  # not Linux
            return False
        real = path.resolve()
        over = [(point, kind) for point, kind in mounted if real.is_relative_to(point)]
        return bool(over) and max(over, key=lambda each: len(each[0]))[1] in _MEMORY


def _ours(folder: Path) -> bool:
    """Whether a folder is ours, or still to be made: anybody may put a link into `/dev/shm`."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
