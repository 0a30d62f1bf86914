"""Search as you type: what is put into the index, what a typed text asks of it, and the pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from forms.names import fold
from sync.database import Database, OperationalError, translate_errors

PATIENCE_S = 0.015
"""How long one search may run before it is interrupted (speed.md, `find`)."""

_WORD = re.compile(r"[^\W_]+")
_NUMBER_LIKE = re.compile(r"[\d\s\-–—.…()+№]+")
_STEPS_BETWEEN_LOOKS = 200  # a line read from a cold disk takes half a millisecond and few steps
_PHONE_DIGITS = 11
_SHORTEST_TAIL = 2
_DESK_DIGITS = 5
_NUMBER_DIGITS = 14
_AFTER_DIGITS = ":"
"""Follows every digit and the dash in order: the end of a range of texts with one beginning."""


@dataclass(frozen=True)
class RequestLine:
    """One line of a list of requests, with what the centre has said of it so far."""

    rid: int
    id: str
    number: str
    applicant: str
    service: str
    accepted_at: str
    register_by: str
    epoch: int
    seq: int
    outcome: str | None
    official_no: str | None
    result: str | None = None
    closed: str | None = None
    """The kind of the act that ended it: a withdrawal or an issue."""


def words(text: str) -> list[str]:
    """Return the words of a text, folded, as the index and a question see them."""
    return _WORD.findall(fold(text))


def indexed_text(
    texts: Iterable[str], digit_groups: Iterable[str], tails: Iterable[str] = ()
) -> str:
    """Return the folded words of `texts`, and each group of digits readable from both ends.

    A tail («…51-4», the last four of a phone) is found as a prefix of the reversed digits, which
    are kept as a word of their own with `r` before them. `tails` are kept reversed only: request
    numbers all begin alike, and FTS5 would gather every one before it gives the newest.
    """
    found = [word for text in texts for word in words(text)]
    for group in digit_groups:
        digits = _digits(group)
        if digits:
            found += [digits, f"r{digits[::-1]}"]
    found += [f"r{digits[::-1]}" for digits in tails]
    return " ".join(dict.fromkeys(found))


def number_groups(digits: str) -> tuple[str, ...]:
    """Return the digit groups a request number ends with: whole, without check, counter only.

    Args:
        digits: 14 digits, desk (5), counter (6), random (2), check (1): sync.md §3.
    """
    return digits, digits[:-1], digits[:-3]


def phone_digits(phone: str) -> str:
    """Return the ten significant digits of a Russian phone, however it is written."""
    digits = _digits(phone)
    return digits[1:] if len(digits) == _PHONE_DIGITS and digits[0] in "78" else digits


def people_groups(people: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the digit groups people are found by: phone, СНИЛС, ИНН, ОГРН, ОГРНИП."""
    groups = []
    for person in people:
        groups.append(phone_digits(str(person.get("phone") or "")))
        groups += [str(person.get(name) or "") for name in ("snils", "inn", "ogrn", "ogrnip")]
    return groups


def expression(typed: str, *, exact: bool = False) -> str | None:
    """Return the FTS5 expression for a typed text, or None when it asks for nothing.

    Every word must be there, each as a beginning (`exact`: whole); digits also as a tail.
    """
    if _NUMBER_LIKE.fullmatch(typed):
        digits = _digits(typed)
        if not digits:
            return None
        forms = {digits, phone_digits(digits)}
        if typed.lstrip().startswith("+7"):
            forms = {digits[1:]} if digits[1:] else forms
        return _any(sorted(forms), exact=exact)
    terms = [
        _any([word], exact=exact) if word.isdigit() else _term(word, exact=exact)
        for word in words(typed)
    ]
    return " AND ".join(terms) or None


def _any(digit_forms: list[str], *, exact: bool) -> str:
    terms = [_term(digits, exact=exact) for digits in digit_forms]
    terms += [
        _term(f"r{digits[::-1]}", exact=False)
        for digits in digit_forms
        if len(digits) >= _SHORTEST_TAIL
    ]
    return f"({' OR '.join(terms)})"


def _term(word: str, *, exact: bool) -> str:
    return f'"{word}"' if exact else f'"{word}"*'


def number_beginning(typed: str) -> str:
    """Return the digits a number may begin with when nothing but digits is typed, else ``""``."""
    digits = _digits(typed)
    looks_like = _NUMBER_LIKE.fullmatch(typed) and not typed.lstrip().startswith("+")
    return digits if looks_like and len(digits) <= _NUMBER_DIGITS else ""


def _digits(text: str) -> str:
    return "".join(character for character in text if "0" <= character <= "9")


LINE = (
    "SELECT r.rid, r.id, r.number, r.applicant, r.service, r.accepted_at, r.register_by, r.epoch, "
    "r.seq, s.outcome, s.official_no, s.result, (SELECT max(a.kind) FROM request_act AS a "
    "WHERE a.request_id = r.id AND a.kind IN ('request.withdraw', 'result.issue')) "
    "FROM request AS r "
    "LEFT JOIN request_status AS s ON s.request_id = r.id "
)


@translate_errors()
def matching(
    db: Database,
    match: str,
    *,
    limit: int,
    before: int | None,
    patience: float = PATIENCE_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[list[RequestLine], bool]:
    """Return requests matching an FTS5 expression, newest first, and whether all were looked at.

    A query that runs longer than `patience` seconds is interrupted; the lines found until then are
    right and newest, and the answer says False.
    """
    sql = (
        LINE + "WHERE r.rid IN (SELECT rowid FROM request_fts WHERE request_fts MATCH ? "  # noqa: S608
        "AND rowid < ? ORDER BY rowid DESC LIMIT ?) ORDER BY r.rid DESC"
    )
    found: list[RequestLine] = []
    with interrupted_after(db, patience, monotonic) as interrupted:
        try:
            for row in db.execute(sql, [match, before or _NEWEST, limit]):
                found.append(RequestLine(*row))  # noqa: PERF401 - rows before an interrupt are kept
        except OperationalError:
            if not interrupted():
                raise
            return found, False
    return found, True


_NEWEST = 2**62


@contextmanager
def interrupted_after(
    db: Database, seconds: float, monotonic: Callable[[], float]
) -> Iterator[Callable[[], bool]]:
    """Interrupt the statement that still runs after so long; ask the given whether it was."""
    end = monotonic() + seconds

    def late() -> int:
        return int(monotonic() > end)

    db.conn.set_progress_handler(late, _STEPS_BETWEEN_LOOKS)
    try:
        yield lambda: bool(late())
    finally:
        db.conn.set_progress_handler(None, 0)


@translate_errors()
def by_number(db: Database, number: str) -> RequestLine | None:
    """Return the line of the request printed with this number."""
    row = db.execute(LINE + "WHERE r.number = ?", [number]).fetchone()
    return RequestLine(*row) if row else None


@translate_errors()
def by_number_beginning(
    db: Database, digits: str, *, limit: int, before: int | None
) -> list[RequestLine]:
    """Return requests whose number begins with these digits, newest first.

    Counters of a desk grow with its requests, so its numbers are read from the end of the index.
    """
    lines: list[RequestLine] = []
    for (desk_no,) in db.execute("SELECT desk_no FROM number_counter").fetchall():
        desk = f"{desk_no:0{_DESK_DIGITS}d}"
        if not (desk.startswith(digits) or digits.startswith(desk)):
            continue
        begin = _dashed(max(desk, digits, key=len))
        rows = db.execute(
            LINE + "WHERE r.number >= ? AND r.number < ? AND r.rid < ? "
            "ORDER BY r.number DESC LIMIT ?",
            [begin, begin + _AFTER_DIGITS, before or _NEWEST, limit],
        ).fetchall()
        lines += [RequestLine(*row) for row in rows]
    return sorted(lines, key=lambda line: line.rid, reverse=True)[:limit]


def _dashed(digits: str) -> str:
    parts = (digits[:5], digits[5:11], digits[11:13], digits[13:])
    return "-".join(part for part in parts if part)


@translate_errors()
def by_request_id(db: Database, request_id: str) -> RequestLine | None:
    """Return the line of one request."""
    row = db.execute(LINE + "WHERE r.id = ?", [request_id]).fetchone()
    return RequestLine(*row) if row else None


@translate_errors()
def by_official_number(db: Database, official_no: str) -> list[RequestLine]:
    """Return requests the centre registered under this number."""
    rows = db.execute(
        LINE + "WHERE r.id IN (SELECT request_id FROM request_status WHERE official_no = ?) "  # noqa: S608
        "ORDER BY r.rid DESC",
        [official_no],
    ).fetchall()
    return [RequestLine(*row) for row in rows]


@translate_errors()
def newest(db: Database, *, limit: int, before: int | None) -> list[RequestLine]:
    """Return the newest requests, or those older than `before`."""
    rows = db.execute(
        LINE + "WHERE r.rid < ? ORDER BY r.rid DESC LIMIT ?", [before or _NEWEST, limit]
    ).fetchall()
    return [RequestLine(*row) for row in rows]


@translate_errors()
def of_day(db: Database, day: str, *, limit: int) -> list[RequestLine]:
    """Return the newest requests accepted on a day of the office (ISO date)."""
    rows = db.execute(LINE + "WHERE r.day = ? ORDER BY r.rid DESC LIMIT ?", [day, limit]).fetchall()
    return [RequestLine(*row) for row in rows]


@translate_errors()
def accepted_on(db: Database, day: str) -> list[str]:
    """Return the acceptance times (ISO, the office's offset) of a day's requests."""
    rows = db.execute("SELECT accepted_at FROM request WHERE day = ?", [day]).fetchall()
    return [accepted_at for (accepted_at,) in rows]
