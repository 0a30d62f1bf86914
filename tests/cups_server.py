"""A private CUPS scheduler: real cupsd, real lp, a printer whose tray is a folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.free_ports import free_port

PROGRAMS = ("cupsd", "lp", "lpstat", "lpadmin", "cupsreject", "cupsdisable")
_SEARCH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"

_FILES = """\
ServerRoot {root}/etc
ServerBin {root}/bin
RequestRoot {root}/spool
TempDir {root}/spool/tmp
CacheDir {root}/cache
StateDir {root}/state
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
"""

_DAEMON = """\
LogLevel warn
Listen 127.0.0.1:{port}
Listen {root}/sock
Browsing No
WebInterface No
DefaultAuthType None
PreserveJobHistory Yes
PreserveJobFiles No
DirtyCleanInterval 0
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  <Limit All>
    Order deny,allow
    Allow all
  </Limit>
</Policy>
"""

_PRINTER = """\
<Printer {name}>
Info {name} у окна
DeviceURI tray:{name}
State Idle
Accepting Yes
Shared No
ErrorPolicy abort-job
</Printer>
"""

# what a driver of an office printer says: two trays, two sides, PDF taken as it is
_DRIVER = """\
*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "OFFICE.PPD"
*Manufacturer: "Test"
*Product: "(Office)"
*PSVersion: "(3010.000) 0"
*ModelName: "Office"
*ShortNickName: "Office"
*NickName: "Office"
*cupsFilter: "application/pdf 0 -"
*OpenUI *PageSize: PickOne
*DefaultPageSize: A4
*PageSize A4/A4: ""
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*DefaultPageRegion: A4
*PageRegion A4/A4: ""
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: "0 0 595 842"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: "595 842"
*OpenUI *InputSlot/Tray: PickOne
*DefaultInputSlot: Tray1
*InputSlot Tray1/Tray 1: ""
*InputSlot Tray2/Tray 2: ""
*CloseUI: *InputSlot
*OpenUI *Duplex/Sides: PickOne
*DefaultDuplex: None
*Duplex None/One: ""
*Duplex DuplexNoTumble/Long: ""
*Duplex DuplexTumble/Short: ""
*CloseUI: *Duplex
"""

# arguments: job, user, title, copies, options, file; while «hold» exists nothing comes out
_BACKEND = """\
#!/bin/sh
[ $# -eq 0 ] && {{ echo 'direct tray "Unknown" "tray"'; exit 0; }}
tray={root}/tray
n=0
while [ -e "$tray/hold" ] && [ $n -lt 2400 ]; do sleep 0.05; n=$((n+1)); done
echo "$5" > "$tray/$3.$4.$1.options"
cat ${{6:+"$6"}} > "$tray/.new.$1" && mv "$tray/.new.$1" "$tray/$3.$4.$1.pdf"
"""


def needs(*programs: str) -> None:
    """Skip the test when a program is absent; where CI promises the tools, fail instead."""
    absent = [name for name in programs if shutil.which(name, path=_SEARCH) is None]
    if not absent:
        return
    reason = f"not installed: {', '.join(absent)} (Debian: cups, cups-client, poppler-utils)"
    if os.environ.get("MFC_DESK_NEED_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)


class CupsServer:
    """A scheduler with its own files, socket and port under `root`."""

    def __init__(
        self, root: Path, printers: tuple[str, ...] = ("desk", "hall"), office: str = ""
    ) -> None:
        """`office` is the name of one more printer, with a driver that knows trays and sides."""
        self.root = root
        self.port = free_port()
        self.tray = root / "tray"
        self._process: subprocess.Popen[bytes] | None = None
        for folder in (
            "etc/ppd",
            "bin/backend",
            "bin/filter",
            "spool/tmp",
            "cache",
            "state",
            "log",
            "tray",
        ):
            (root / folder).mkdir(parents=True)
        files = _FILES.format(root=root)
        if os.geteuid() == 0:
            files += "User lp\nGroup lp\nSystemGroup root\n"
        (root / "etc/cups-files.conf").write_text(files)
        (root / "etc/cupsd.conf").write_text(_DAEMON.format(root=root, port=self.port))
        (root / "etc/printers.conf").write_text(
            "".join(_PRINTER.format(name=name) for name in (*printers, office) if name)
        )
        if office:
            (root / f"etc/ppd/{office}.ppd").write_text(_DRIVER)
        # what starts filters and backends is the installed one
        (root / "bin/daemon").symlink_to(_installed("daemon"))
        backend = root / "bin/backend/tray"
        backend.write_text(_BACKEND.format(root=root))
        backend.chmod(0o700)  # so that a scheduler of root runs it as root

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment in which CUPS programs talk to this scheduler."""
        return {"PATH": _SEARCH, "CUPS_SERVER": f"127.0.0.1:{self.port}", "HOME": str(self.root)}

    def start(self) -> None:
        """Start the scheduler and wait until it answers, a minute at most."""
        program = shutil.which("cupsd", path=_SEARCH)
        assert program is not None
        etc = self.root / "etc"
        command = [program, "-f", "-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1200):
            if self._process.poll() is not None:
                break
            if b"is running" in self.run("lpstat", "-r"):
                return
            time.sleep(0.05)
        log = self.root / "log/error"
        raise AssertionError(log.read_text() if log.exists() else "cupsd did not start")

    @property
    def pid(self) -> int:
        """Return the process of the running scheduler."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill the scheduler as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(60)
            self._process = None

    def stop(self) -> None:
        """Stop the scheduler in order."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def run(self, *command: str) -> bytes:
        """Run a CUPS program against this scheduler and return what it said."""
        done = subprocess.run(
            command,
            env={**self.environment, "LC_ALL": "C"},
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.stdout

    def hold(self) -> None:
        """Let nothing come out of the printers until `release`."""
        (self.tray / "hold").touch()

    def release(self) -> None:
        """Let the printers print."""
        (self.tray / "hold").unlink(missing_ok=True)

    def printed(self, title: str, timeout_s: float = 120.0) -> list[Path]:
        """Return the papers of that title in the tray, waiting for the first one."""
        for _ in range(int(timeout_s / 0.05)):
            found = sorted(self.tray.glob(f"{title}.*.pdf"))
            if found:
                return found
            time.sleep(0.05)
        return []

    def options(self, title: str) -> str:
        """Return the options the printer got with the paper of that title."""
        (found,) = self.tray.glob(f"{title}.*.options")
        return found.read_text()

    def wrapped(self, name: str, script: str) -> dict[str, str]:
        """Return an environment where the program `name` is `script`; `$REAL` is the real one."""
        folder = self.root / f"wrap-{len(list(self.root.glob('wrap-*')))}"
        folder.mkdir()
        real = shutil.which(name, path=_SEARCH)
        program = folder / name
        program.write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
        program.chmod(0o755)
        return {**self.environment, "PATH": f"{folder}:{_SEARCH}"}


def _installed(part: str) -> Path:
    """Return a folder of the installed CUPS, which distributions keep in one of two places."""
    for folder in (Path("/usr/lib/cups"), Path("/usr/libexec/cups")):
        if (folder / part).is_dir():
            return folder / part
    raise AssertionError(f"CUPS is installed without its {part}")


@contextmanager
def _readable_by_all() -> Iterator[None]:
    """The desk's own commands make files of this process their owner's only; CUPS needs others."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


class PdfPrinter(CupsServer):
    """A scheduler with one more printer, «pdf»: the system's cups-pdf, its papers under `root`.

    The backend runs as root only and reads its settings at one place of the system only, so it
    finds ours there through a mount of its own; the system's file stays as it is.
    """

    NAME = "pdf"
    BACKEND = Path("/usr/lib/cups/backend/cups-pdf")
    DRIVER = Path("/usr/share/ppd/cups-pdf/CUPS-PDF_noopt.ppd")

    def __init__(self, root: Path) -> None:
        """Set it up under `root`; filters and the backend run as «lp» and «nobody» there."""
        with _readable_by_all():
            self._set_up(root)

    def start(self) -> None:
        """Start it as the system would, whatever a test before did to this process."""
        with _readable_by_all():
            super().start()

    def _set_up(self, root: Path) -> None:
        CupsServer.__init__(self, root)
        # it takes PostScript; of the renderers cairo alone keeps Cyrillic letters readable
        printer = _PRINTER.format(name=self.NAME).replace(f"tray:{self.NAME}", "cups-pdf:/")
        printer = printer.replace("</", "Option pdftops-renderer pdftocairo\n</")
        with (root / "etc/printers.conf").open("a") as printers:
            printers.write(printer)
        shutil.copy(self.DRIVER, root / f"etc/ppd/{self.NAME}.ppd")
        (root / "bin/filter").rmdir()
        (root / "bin/filter").symlink_to(_installed("filter"))
        self.out = root / "out"
        self.out.mkdir()
        self.out.chmod(0o777)  # it writes as «nobody»: our jobs name no person of the system
        root.chmod(0o711)
        settings = root / "etc/cups-pdf.conf"
        settings.write_text(
            f"Out {self.out}\nAnonDirName {self.out}\nSpool {root}/handed\n"
            f"Log {root}/log\nTitlePref 1\n"
        )
        backend = root / "bin/backend/cups-pdf"
        backend.write_text(
            "#!/bin/sh\n"
            f"exec unshare -m sh -c 'mount --bind {settings} /etc/cups/cups-pdf.conf && "
            f'exec "$0" "$@"\' {self.BACKEND} "$@"\n'
        )
        backend.chmod(0o700)

    @classmethod
    def needed(cls) -> None:
        """Skip the test where the backend cannot run, saying why."""
        needs(*PROGRAMS, "gs", "pdftocairo", "pdftotext", "unshare")
        if os.geteuid() != 0:
            pytest.skip("cups-pdf cannot be called without root privileges")
        if not cls.BACKEND.exists() or not cls.DRIVER.exists():
            missing = pytest.fail if os.environ.get("MFC_DESK_NEED_TOOLS") else pytest.skip
            missing("not installed: cups-pdf (Debian: printer-driver-cups-pdf)")
        mounting = ["unshare", "-m", "mount", "--bind", "/etc/cups", "/etc/cups"]
        if subprocess.run(mounting, capture_output=True, check=False).returncode:
            pytest.skip("root may not mount here, and cups-pdf reads /etc/cups/cups-pdf.conf only")

    def came_out(self, title: str, timeout_s: float = 120.0) -> Path:
        """Return the paper of that title once it is whole."""
        paper = self.out / f"{title}.pdf"
        for _ in range(int(timeout_s / 0.1)):
            if paper.exists() and b"%%EOF" in paper.read_bytes()[-32:]:
                return paper
            time.sleep(0.1)
        raise AssertionError(f"nothing came out\n{self.logs()}")

    def logs(self) -> str:
        """Return the ends of what the scheduler and the backend wrote about it."""
        return "\n".join(path.read_text()[-1500:] for path in (self.root / "log").iterdir())
