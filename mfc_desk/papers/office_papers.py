"""Papers no act of the desk fills: a visit's, a route's, marks of certification, from a document.

What a paper says is journalled under a number of its own, so that a desk that was lost and restored
prints it again word for word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from forms.number import read as read_number
from mfc_desk.access.roles import Action
from mfc_desk.errors import UsageError
from mfc_desk.papers.day_papers import beginning
from mfc_desk.papers.paper_head import paper_head
from mfc_desk.papers.papers import CERTIFIED, ELECTRONIC, OF_DOCUMENT, ROUTE, VISIT, UnknownPaper
from mfc_desk.store import papers
from printing.certification import CopyMark, ElectronicMark
from printing.kept import keep
from printing.route_sheet import RouteSheet
from printing.visit_act import VisitAct

if TYPE_CHECKING:
    from datetime import datetime

    from mfc_desk.desk import Desk

_LONGEST = 2000
_MOST = 200
_DATA: Mapping[str, type] = {
    VISIT: VisitAct,
    ROUTE: RouteSheet,
    CERTIFIED: CopyMark,
    ELECTRONIC: ElectronicMark,
}
_MISTAKES = 5


class PaperDocumentRefused(UsageError):  # noqa: N818 - says what happened
    """Документ бумаги не читается: нужен один объект JSON с полями этой бумаги."""

    title = "Документ бумаги"
    code = "paper-document"


class OfficePapers:
    """The use cases of papers made from a document."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def take(self, paper: str, document: object) -> str:
        """Fix a paper as `document` (an object of JSON) says; return the number it bears.

        The office, who works and the day are the desk's unless the document says otherwise. Raises
        UnknownPaper, PaperDocumentRefused naming every field that does not fit.
        """
        desk = self._desk
        desk.may(Action.PRINT)
        if paper not in OF_DOCUMENT:
            raise UnknownPaper
        now = desk.centre_now().astimezone(desk.zone)
        start = beginning(desk, now.date())
        while True:  # another process of the desk may take the number first
            place = len(papers.kept_beginning(desk.db, start, paper)) + 1
            content = self._content(paper, document, now, place)
            number = f"{start}{place:02d}"
            with desk.db.atomic():
                if papers.kept(desk.db, number, paper) is None:
                    desk.papers.fix_in_act(number, paper, content)
                    return number

    def _content(self, paper: str, document: object, now: datetime, place: int) -> str:
        """Return what a paper of a document says (JSON). Raises PaperDocumentRefused."""
        mistakes: list[str] = []
        known = self._known(paper, now, place)
        made = _read(_DATA[paper], document, "", known, mistakes)
        if not mistakes and isinstance(made, VisitAct) and made.number:
            try:
                read_number(made.number)
            except ValueError as error:
                mistakes.append(f"number: {error}")
        if mistakes:
            more = len(mistakes) - _MISTAKES
            listed = "; ".join(mistakes[:_MISTAKES]) + (f"; и ещё {more}" if more > 0 else "")
            raise PaperDocumentRefused(f"Документ бумаги не подходит: {listed}.")
        return keep(made)

    def _known(self, paper: str, now: datetime, place: int) -> Mapping[str, Any]:
        """Return what the desk says of a paper by itself."""
        desk = self._desk
        person = desk.operator
        of_paper: dict[str, dict[str, Any]] = {
            VISIT: {"number": "", "worker_signs": person.name},
            ROUTE: {
                "number": str(place),
                "device": f"{desk.desk_no:05d}",
                "worker": f"{person.title}, {person.name}",
                "worker_signs": person.name,
            },
            CERTIFIED: {"position": person.title, "name_initials": person.name},
            ELECTRONIC: {
                "copy_no": str(place),
                "time": f"{now:%H:%M}",
                "position": person.title,
                "fio": person.name,
            },
        }
        return {**paper_head(desk), "date": f"{now:%d.%m.%Y}", **of_paper[paper]}


@cache
def _types(data: type) -> Mapping[str, Any]:
    return get_type_hints(data)


def _read(
    data: Any, document: object, where: str, known: Mapping[str, Any], mistakes: list[str]
) -> object:
    """Return a paper, or a part of it; add what does not fit to `mistakes`, never a value."""
    if not isinstance(document, dict):
        mistakes.append(f"{where or 'документ'}: нужен объект JSON")
        return None
    values = dict(_values(data, document, where, known, mistakes))
    return None if mistakes else data(**values)


def _values(
    data: Any,
    document: Mapping[str, object],
    where: str,
    known: Mapping[str, Any],
    mistakes: list[str],
) -> Iterator[tuple[str, Any]]:
    allowed = [one for one in fields(data) if one.name != "edition"]
    names = [one.name for one in allowed]
    if any(key not in names for key in document):
        mistakes.append(
            f"{where or 'документ'}: есть незнакомые поля; знакомые: {', '.join(names)}"
        )
    for field in allowed:
        place = f"{where}.{field.name}" if where else field.name
        if field.name in document:
            kind = _types(data)[field.name]
            yield field.name, _value(kind, document[field.name], place, mistakes)
        elif field.name in known:
            yield field.name, known[field.name]
        elif field.default is MISSING:
            mistakes.append(f"{place}: нет обязательного поля")


def _value(kind: Any, value: object, where: str, mistakes: list[str]) -> Any:
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not 0 < len(value) <= _MOST:
            mistakes.append(f"{where}: нужен список, от 1 до {_MOST}")
            return ()
        part = get_args(kind)[0]
        return tuple(
            _read(part, one, f"{where}[{at}]", {}, mistakes) for at, one in enumerate(value)
        )
    if not isinstance(value, str) or len(value) > _LONGEST:
        mistakes.append(f"{where}: нужен текст не длиннее {_LONGEST} знаков")
        return ""
    return value
