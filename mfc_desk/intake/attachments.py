"""Scans and photos of a request: sealed once for desk and centre, kept, sent when data is through.

The file on the disk is the file that is sent, named by its own SHA-256 (sync.md, 4 T0 and 6). What
a scan is called stands in the encrypted store alone: names of scans are names of people.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from forms.system_refusal import reason
from mfc_desk.access.roles import Action
from mfc_desk.durable import store_failure, sync_folder
from mfc_desk.errors import AttachmentRefused, RequestClosed, ScannerFailed
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.store import attachments, request_acts, requests, unjournalled
from mfc_desk.store.attachments import Stored
from sync.blobs import Blob
from sync.clock import from_iso
from sync.errors import BadFormat, StoreFailure
from sync.failpoint import reach
from sync.keys import decrypt, encrypt

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

LARGEST = 32 << 20
"""Bytes of a scan before it is sealed: some two hundred pages of a sensible scan."""
ORPHAN_SECONDS = 24 * 3600
SCAN_SECONDS = 180
MIMES = (
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "image/tiff"),
)
"""What the first bytes of each accepted kind of file are."""
_NAME_CHARS = 200
_SEALED_BY_THE_LOST = (
    "Скан запечатан ключом прежнего диска, здесь его нет: откроет центр. Ключ лежит во втором месте"
    " прежнего диска: mfc-desk second-place --bring-back --recovery-key ФАЙЛ."
)
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Attachment:
    """A scan as it is listed; `state` is waiting | sending | stored | damaged, sizes are in bytes.

    A damaged one is neither whole on this disk nor at the centre: it is attached again.
    """

    sha256: str
    name: str
    mime: str
    size: int
    sent: int
    state: str
    at: datetime
    by: str


class Attachments:
    """The use cases of scans."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(self, number: str, file: Path) -> Attachment:
        """Attach a file to a request. The file itself stays where it is.

        Raises UnknownNumber, RequestClosed, AttachmentRefused (not a scan, too large, attached
        already), DiskAlmostFull, DiskFull; nothing is attached then.
        """
        desk = self._desk
        desk.may(Action.AMEND)
        desk.require_room()
        row = desk.find.row(number)
        stored = requests.by_number(desk.db, row.number)
        if stored is None or request_acts.closed(desk.db, stored.id):
            raise RequestClosed
        data, mime = _read(file)
        plain = sha256(data).hexdigest()
        same = [o for o in attachments.of_request(desk.db, stored.id) if o.plain_sha256 == plain]
        if same and not self._lost(same[0]):
            raise AttachmentRefused("Этот файл уже приложен к обращению.")
        sealed = encrypt(data, self._recipients())
        name = sha256(sealed).hexdigest()
        self._keep(name, sealed)
        body = {
            "number": stored.number,
            "sha256": name,
            "plain_sha256": plain,
            "size": len(sealed),
            "mime": mime,
            "name": _shown_name(file),
            "at": desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds"),
            "by": desk.operator.login,
        }

        def commit() -> Stored:
            with desk.db.atomic():
                entry_id, _ = desk.record(attachments.ADD, body, request_id=stored.id)
                scan = attachments.of_body(body, request_id=stored.id, entry_id=entry_id)
                attachments.add(desk.db, scan)
                reach("blob.uncommitted")
            reach("blob.committed")
            return scan

        return self._shown(desk.with_ballast(commit))

    def _recipients(self) -> list[str]:
        """The centre's keys and this device's: either opens the file."""
        ticket = ticket_in_use(self._desk)
        return [*(ticket.age_recipients if ticket else ()), self._desk.device.keys.recipient]

    def _keep(self, name: str, sealed: bytes) -> None:
        """T0: the file is whole and durable under its name before anything refers to it."""
        path = self._desk.home.blob(name)
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(path.parent.parent)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            reach("blob.written")
            part.replace(path)
            reach("blob.renamed")
            sync_folder(path.parent)
            reach("blob.synced")
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            part.unlink(missing_ok=True)
            raise store_failure(error) from error
        if digest != name:
            path.unlink()
            raise StoreFailure("Скан прочитан с диска не таким, как записан. Проверьте диск.")
        reach("blob.checked")

    def of_request(self, number: str) -> tuple[Attachment, ...]:
        """Return the scans of a request, oldest first. Raises UnknownNumber."""
        desk = self._desk
        desk.may(Action.VIEW)
        row = desk.find.row(number)
        stored = requests.by_number(desk.db, row.number)
        found = attachments.of_request(desk.db, stored.id) if stored else []
        return tuple(self._shown(one) for one in found)

    def _shown(self, scan: Stored) -> Attachment:
        whole = scan.whole_in is not None
        state = "stored" if whole else "sending" if scan.sent else "waiting"
        if scan.damaged:
            state = "damaged"
        return Attachment(
            scan.sha256,
            scan.name,
            scan.mime,
            scan.size,
            scan.size if whole else scan.sent,
            state,
            from_iso(scan.at).astimezone(self._desk.zone),
            scan.operator,
        )

    def content(self, sha: str) -> bytes:
        """Return what a scan holds, opened with any key this desk has had; the look is journalled.

        Raises NotAllowed, AttachmentRefused when the file is not here (`returned_scans.fetch_scan`
        fetches one from the centre) or was sealed by a device whose key is lost.
        """
        desk = self._desk
        desk.may(Action.VIEW)
        scan = next((one for one in attachments.every(desk.db) if one.sha256 == sha), None)
        if scan is None:
            raise AttachmentRefused("Такого вложения нет. Откройте список заново.")
        try:
            data = decrypt(desk.home.blob(sha).read_bytes(), unjournalled.identities(desk.db))
        except FileNotFoundError as error:
            where = "Он есть в центре." if scan.whole_in is not None else "Приложите его снова."
            raise AttachmentRefused(f"Файла вложения на этом диске нет. {where}") from error
        except OSError as error:
            raise AttachmentRefused(f"Файл вложения не читается: {reason(error)}.") from error
        except BadFormat as error:
            raise AttachmentRefused(_SEALED_BY_THE_LOST) from error
        with desk.db.atomic():
            body = {"what": "attachment", "request": scan.request_id, "sha256": sha}
            desk.record("access", body, request_id=scan.request_id)
        return data

    def files(self) -> tuple[Stored, ...]:
        """Return every scan of the desk, its sealed file there or not."""
        return tuple(attachments.every(self._desk.db))

    def unsent(self, incarnation: str) -> list[Blob]:
        """Return what this life of the centre's store lacks, smallest first."""
        home = self._desk.home
        found = attachments.unsent(self._desk.db, incarnation)
        return [Blob(one.sha256, one.size, home.blob(one.sha256)) for one in found]

    def found_damaged(self, scans: Iterable[str]) -> None:
        """Note scans (SHA-256) that are not on the disk as they were sealed: each is shown."""
        with self._desk.db.atomic():
            for sha in scans:
                attachments.mark_damaged(self._desk.db, sha)

    def damaged(self, limit: int) -> tuple[tuple[str, str], ...]:
        """Return the requests whose scans must be attached again: number, name of the scan."""
        found = []
        for one in attachments.damaged(self._desk.db, limit):
            stored = requests.by_id(self._desk.db, one.request_id)
            if stored is not None:
                found.append((stored.number, one.name))
        return tuple(found)

    def wanted(self, limit: int) -> tuple[str, ...]:
        """Return the numbers of requests that have no scan and are registered with one only."""
        desk = self._desk
        slugs = [slug for slug, one in desk.catalogue.services.items() if one.scans_first]
        found = attachments.without_scan(desk.db, slugs, limit)
        return tuple(number for number in found if self.why_wanted(number))

    def why_wanted(self, number: str) -> str:
        """Say why the centre will not register a request without a scan; "" when it would, or when
        a scan is attached. Asked of the catalogue the request was taken by, as the centre does.
        """
        desk = self._desk
        stored = requests.by_number(desk.db, number)
        if stored is None or request_acts.closed(desk.db, stored.id):
            return ""
        edition = desk.catalogues.edition(stored.service, stored.catalogue_digest)
        if edition is None or not edition.service.scans_first:
            return ""
        here = attachments.of_request(desk.db, stored.id)
        return "" if here else edition.service.scans_first_why

    def _lost(self, scan: Stored) -> bool:
        """Whether neither this disk nor the centre has a scan whole."""
        path = self._desk.home.blob(scan.sha256)
        unsent = scan.damaged or scan.whole_in is None
        return unsent and not Blob(scan.sha256, scan.size, path).whole()

    def collect_orphans(self, now_s: Callable[[], float] = time.time) -> int:
        """Delete files nothing refers to, a day after they were written; return how many."""
        known = {one.sha256 for one in attachments.every(self._desk.db)}
        gone = 0
        for path in self._files():
            if path.stem not in known or path.suffix != ".age":
                try:
                    if now_s() - path.stat().st_mtime > ORPHAN_SECONDS:
                        path.unlink()
                        gone += 1
                except OSError as error:
                    raise store_failure(error) from error
        return gone

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the files: number of the request, and what."""
        desk = self._desk
        for one in attachments.every(desk.db):
            stored = requests.by_id(desk.db, one.request_id)
            where = stored.number if stored else one.request_id
            path = desk.home.blob(one.sha256)
            here = os.path.lexists(path)
            at_centre = one.whole_in is not None and not one.damaged
            if Blob(one.sha256, one.size, path).whole() or (at_centre and not here):
                continue
            if at_centre:
                yield where, "файл вложения не такой, каким был записан; в центре он есть"
            elif here:
                yield where, "файл вложения повреждён на этом диске: приложите снова"
            else:
                yield where, "файла вложения нет, и в центр он не отправлен: приложите снова"

    def _files(self) -> list[Path]:
        return [path for path in self._desk.home.blobs.glob("??/*") if path.is_file()]

    def scanned(self) -> tuple[Path, ...]:
        """Return the scans in the watched folder that are fit to attach, newest first."""
        folder = self._desk.settings.load().scan_folder
        if not folder:
            return ()
        try:
            files = [path for path in Path(folder).iterdir() if path.is_file()]
            fit = [path for path in files if path.suffix.lower() in SUFFIXES]
            return tuple(sorted(fit, key=lambda path: path.stat().st_mtime, reverse=True))
        except OSError as error:
            raise AttachmentRefused(
                f"Папка сканера не читается: {reason(error)}. Проверьте настройки (F9)."
            ) from error

    def scan(self, number: str) -> Attachment:
        """Scan a page with SANE and attach it. Takes as long as the scanner does: use a thread.

        Raises ScannerFailed, and all that `add` raises. The page never lies open on the disk
        longer than this takes, and only in a folder that is this user's alone.
        """
        program = scan_program()
        if program is None:
            raise ScannerFailed("Программы scanimage нет. Поставьте SANE или приложите файл.")
        with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder:
            page = Path(folder) / "page.png"
            try:
                with page.open("wb") as file:
                    done = subprocess.run(  # noqa: S603 - a program of the system, no words of ours
                        [program, "--format=png", "--resolution=200"],
                        stdout=file,
                        stderr=subprocess.DEVNULL,
                        timeout=SCAN_SECONDS,
                        check=False,
                    )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ScannerFailed from error
            if done.returncode != 0:
                raise ScannerFailed
            now = self._desk.clock.now().astimezone(self._desk.zone)
            named = page.rename(page.with_name(f"скан {now:%d.%m.%Y %H-%M-%S}.png"))
            return self.add(number, named)


SUFFIXES = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff"})


def scan_program() -> str | None:
    """Return where SANE's `scanimage` is, when it is installed."""
    return shutil.which("scanimage")


def _memory_folder() -> str | None:
    """A folder that is no disk, where the system has one: the page leaves no trace."""
    memory = Path("/dev/shm")  # noqa: S108 - memory, and the folder inside is made for us alone
    return str(memory) if os.access(memory, os.W_OK) else None


def _read(file: Path) -> tuple[bytes, str]:
    """Read a file and tell its kind by its first bytes; raises AttachmentRefused."""
    try:
        if file.stat().st_size > LARGEST:
            raise AttachmentRefused(f"Файл больше {LARGEST >> 20} МБ. Отсканируйте с меньшим dpi.")
        data = file.read_bytes()
    except OSError as error:
        raise AttachmentRefused(f"Файл не читается: {reason(error)}. Проверьте путь.") from error
    for beginning, mime in MIMES:
        if beginning.match(data):
            return data, mime
    raise AttachmentRefused("Это не PDF, JPEG, PNG и не TIFF. Сохраните скан в одном из них.")


def _shown_name(file: Path) -> str:
    text = "".join(character for character in file.name if character.isprintable())
    return text[:_NAME_CHARS] or "без имени"
