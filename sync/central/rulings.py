"""What an operator of the centre says of a request or to a desk, put into the feed of that desk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from forms.number import read as read_number
from forms.office import Office
from sync.central.centre import Centre
from sync.central.errors import NothingToChoose, UnknownDesk, UnknownRequest, UsageError
from sync.central.store import EFFECTIVE, WAITING, EntryRow, Numbering, VersionRow
from sync.clock import iso

RETURNED = "request.returned"
STATUS = "request.status"
READY = "result.ready"
MESSAGE = "message"
TEXT_CHARS = 2000
PROBLEMS = 200
DOCUMENTS = "documents."
_PATH = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_-]+)+")


@dataclass(frozen=True)
class Reasons:
    """Why a request goes back: a sentence, and what is wrong in each field (dotted path, text)."""

    reason: str
    problems: tuple[Mapping[str, str], ...]


def read_reasons(lines: Iterable[str]) -> Reasons:
    """Read reasons, one a line: «applicant.snils: не тот номер» names a field, any other does not.

    Raises UsageError when nothing is said or too much.
    """
    said: list[str] = []
    problems: list[Mapping[str, str]] = []
    for line in lines:
        path, colon, text = (part.strip() for part in line.strip().partition(":"))
        if colon and _PATH.fullmatch(path):
            problems.append({"path": path, "code": "returned", "text": read_text(text)})
        elif line.strip():
            said.append(line.strip())
    reason = " ".join(said)
    if not (said or problems) or len(problems) > PROBLEMS:
        raise UsageError("Назовите причины, по одной на строке: «путь.поля: что не так».")
    return Reasons(read_text(reason) if reason else "", tuple(problems))


def read_text(text: str) -> str:
    """Check what a person at a desk will read; raises UsageError."""
    text = " ".join(text.split())
    if not text or len(text) > TEXT_CHARS or not text.isprintable():
        raise UsageError(f"Нужен текст, не длиннее {TEXT_CHARS} знаков.")
    return text


@dataclass(frozen=True)
class KnownRequest:
    """A request the centre has heard of: its id and versions as they came."""

    request_id: str
    versions: tuple[VersionRow, ...]

    @property
    def tip(self) -> EntryRow:
        """The newest version that does not wait for a choice."""
        standing = [one.entry for one in self.versions if one.state != WAITING]
        return (standing or [one.entry for one in self.versions])[-1]

    @property
    def official_no(self) -> str | None:
        """The number the centre registered it under."""
        return next((v.entry.official_no for v in self.versions if v.entry.official_no), None)


class Rulings:
    """The acts, over an open centre."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._notices = centre.store.notices

    def request(self, number: str) -> KnownRequest:
        """Find a request by its printed number in any spelling. Raises UnknownRequest."""
        try:
            printed = read_number(number).text
        except ValueError as error:
            raise UnknownRequest(f"Номер не читается: {error}.") from error
        found = self._notices.request_id(printed)
        versions = self._notices.versions(found) if found else ()
        if found is None or not versions:
            raise UnknownRequest
        return KnownRequest(found, versions)

    def send_back(self, number: str, reasons: Reasons) -> KnownRequest:
        """Return a request to the desk that sent it, to be amended.

        Raises UnknownRequest, and UsageError for a field the service does not ask: the mark of a
        mistyped path would stand nowhere.
        """
        self._check_asked(self.request(number).tip, reasons)
        body = {"reason": reasons.reason or None, "problems": list(reasons.problems)}
        return self._tell(number, RETURNED, body)

    def _check_asked(self, tip: EntryRow, reasons: Reasons) -> None:
        """Compare the paths with the form the request was taken by, where the centre has it."""
        named = [one["path"] for one in reasons.problems]
        if not named or tip.service is None or tip.service_version is None:
            return
        catalogue = self._centre.editions().newest(tip.service, tip.service_version)
        if catalogue is None:
            return
        known = catalogue.plan(catalogue.services[tip.service]).known
        for path in named:
            if not (path.startswith(DOCUMENTS) or known & _leading(path)):
                near = get_close_matches(path, known, 3)
                hint = f" Похожие: {', '.join(near)}." if near else ""
                raise UsageError(f"Поля {path} в этой услуге нет, ничего не возвращено.{hint}")

    def say_status(self, number: str, text: str) -> KnownRequest:
        """Tell how far the authority is. Raises UnknownRequest."""
        return self._tell(number, STATUS, {"text": text})

    def say_ready(self, number: str, *, refused: bool) -> KnownRequest:
        """Tell that the result has come and may be issued. Raises UnknownRequest."""
        return self._tell(number, READY, {"refused": refused})

    def _tell(self, number: str, kind: str, body: Mapping[str, Any]) -> KnownRequest:
        known, now = self.request(number), self._centre.clock.now()
        tip = known.tip
        whole = {
            "request": known.request_id,
            "number": tip.number,
            "entry": tip.entry_id,
            "official_no": known.official_no,
            "at": iso(now),
            **body,
        }
        self._notices.tell(tip.desk, kind, _compact(whole), known.request_id, now)
        return known

    def message(self, desks: Sequence[int], text: str) -> int:
        """Tell a text to desks; return how many. Raises UnknownDesk before anything is told."""
        store, now = self._centre.store, self._centre.clock.now()
        if not desks or any(store.desks.desk(number) is None for number in desks):
            raise UnknownDesk
        for number in desks:
            self._notices.tell(number, MESSAGE, _compact({"text": text, "at": iso(now)}), None, now)
        return len(desks)

    def choose(self, number: str, entry_id: str) -> KnownRequest:
        """Make one of several amendments the version that counts.

        Raises UnknownRequest, NothingToChoose.
        """
        known, now = self.request(number), self._centre.clock.now()
        states = {one.entry.entry_id: one.state for one in known.versions}
        if WAITING not in states.values() or states.get(entry_id) not in (EFFECTIVE, WAITING):
            raise NothingToChoose
        numbering = self._numbering(known.tip.desk)
        if not self._notices.choose(known.request_id, entry_id, numbering, now):
            raise NothingToChoose
        return self.request(number)

    def _numbering(self, desk_no: int) -> Numbering:
        desks = self._centre.store.desks
        desk = desks.desk(desk_no)
        kept = desks.office(desk.office) if desk else None
        if kept is None:
            raise UnknownDesk
        office = Office.from_dict(kept.data)
        year = office.local_day(self._centre.clock.now()).year
        return Numbering(office.region or office.code, year)


def _leading(path: str) -> frozenset[str]:
    """A path and what it stands in: `answers.children.2.name` is a cell of `answers.children`."""
    ends = (at for at, sign in enumerate(path) if sign == ".")
    return frozenset([path, *(path[:end] for end in ends)])


def _compact(values: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in values.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
