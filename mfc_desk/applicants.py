"""Applicants this desk has served before, found by name, phone or СНИЛС, for a new form."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mfc_desk.errors import UnknownApplicant
from mfc_desk.roles import Action
from mfc_desk.store import applicants
from mfc_desk.store.search import expression, words

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


@dataclass(frozen=True)
class ApplicantRow:
    """A line to choose an applicant by; tails are the last four digits, empty when not known."""

    id: str
    name: str
    birth_date: date | None
    phone_tail: str
    snils_tail: str


class Applicants:
    """The applicants remembered from registered requests."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def search(self, text: str, limit: int = 20) -> tuple[ApplicantRow, ...]:
        """Return applicants by beginnings of names or by digits; without text the latest ones."""
        self._desk.may(Action.FIND)
        match = expression(text)
        if match is None:
            found = [] if text.strip() else applicants.newest(self._desk.db, limit)
        else:
            fits = _fitting(text)
            found = applicants.matching(self._desk.db, match, limit, fits)
        return tuple(_row(stored) for stored in found)

    def get(self, applicant_id: str) -> dict[str, Any]:
        """Return the applicant block of a document. Raises UnknownApplicant."""
        self._desk.may(Action.FIND)
        stored = applicants.get(self._desk.db, applicant_id)
        if stored is None:
            raise UnknownApplicant
        block: dict[str, Any] = json.loads(stored.body)
        return block


def _fitting(text: str) -> Callable[[applicants.StoredApplicant], bool]:
    """Tell applicants named so from those whose representative is; digits fit anybody found."""
    typed = [word for word in words(text) if not word.isdigit()]

    def fits(stored: applicants.StoredApplicant) -> bool:
        names = words(stored.name)
        return all(any(name.startswith(word) for name in names) for word in typed)

    return fits


def _row(stored: applicants.StoredApplicant) -> ApplicantRow:
    return ApplicantRow(
        id=stored.id,
        name=stored.name,
        birth_date=date.fromisoformat(stored.birth_date) if stored.birth_date else None,
        phone_tail=stored.phone_tail,
        snils_tail=stored.snils_tail,
    )
