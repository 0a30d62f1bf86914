"""Contacts of an applicant, corrected on the card without a request, and put back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forms.check import check_field
from forms.kinds import kind_of
from forms.spec import Field
from mfc_desk.access.roles import Action
from mfc_desk.errors import NothingToRecord, UnknownApplicant
from mfc_desk.store import applicants, contacts, one_person
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

LABELS = {
    "phone": "Телефон",
    "email": "Электронная почта",
    "address": "Адрес",
    "fact_address": "Фактический адрес",
}
"""What a contact is called, in the order they are shown."""
BY_EMAIL = "email"


@dataclass(frozen=True)
class ContactChange:
    """A correction in force; `changes` are (label, before, after), empty texts where none.

    `at` is in the office's zone. `latest`: it can be taken back, nothing has been told since.
    `doubts`: what to look at once more in what was just typed; never kept.
    """

    id: str
    at: datetime
    operator: str
    changes: tuple[tuple[str, str, str], ...] = field(repr=False)
    latest: bool
    doubts: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was corrected, without the values: «Телефон, Адрес»."""
        return ", ".join(label for label, _, _ in self.changes)


class Contacts:
    """The use cases of contacts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def fields(self, applicant_id: str) -> tuple[Field, ...]:
        """Return the fields of the catalogue an applicant's contacts are typed into.

        Raises UnknownApplicant.
        """
        desk = self._desk
        desk.may(Action.FIND)
        kind = self._held(applicant_id)[1].get("kind")
        sections = desk.catalogue.blocks["organisation" if kind == "organisation" else "applicant"]
        found = {one.name: one for section in sections for one in section.fields}
        return tuple(found[name] for name in contacts.NAMES if name in found)

    def now(self, applicant_id: str) -> dict[str, str]:
        """Return the contacts in force by name. Raises UnknownApplicant."""
        self._desk.may(Action.FIND)
        block = self._held(applicant_id)[1]
        return {name: str(block[name]) for name in contacts.NAMES if block.get(name)}

    def changes(self, applicant_id: str) -> tuple[ContactChange, ...]:
        """Return the corrections not taken back, of all merged records, newest first."""
        desk = self._desk
        desk.may(Action.FIND)
        survivor = one_person.survivor(desk.db, applicant_id)
        blocks = {one.id: json.loads(one.body) for one in one_person.records(desk.db, survivor)}
        found: list[ContactChange] = []
        for one in contacts.of_applicants(desk.db, list(blocks)):
            if one.undone_by or one.undoes:
                continue
            told = json.loads(one.changes)
            held = blocks[one.applicant_id]
            in_force = all(held.get(name) == after for name, (_, after) in told.items())
            found.append(self._change(one, latest=in_force and not found))
        return tuple(found)

    def _change(self, one: contacts.StoredChange, *, latest: bool) -> ContactChange:
        return ContactChange(
            id=one.id,
            at=from_iso(one.at).astimezone(self._desk.zone),
            operator=one.operator,
            changes=tuple(
                (LABELS.get(name, name), before or "", after or "")
                for name, (before, after) in json.loads(one.changes).items()
            ),
            latest=latest,
        )

    def correct(self, applicant_id: str, typed: Mapping[str, str | None]) -> ContactChange:
        """Journal what is typed for some contacts: None or empty takes one away.

        The next request begins with them; requests that are registered keep their own. What is
        doubtful only is recorded and comes back as `doubts`. Raises UnknownApplicant,
        NothingToRecord naming everything that does not read.
        """
        desk = self._desk
        desk.may(Action.AMEND)
        stored, block = self._held(applicant_id)
        read, doubts = self._read(applicant_id, typed, block)
        changes = {
            name: [block.get(name), value]
            for name, value in read.items()
            if (block.get(name) or None) != value
        }
        if not changes:
            raise NothingToRecord("Контакты уже такие. Исправлять нечего.")
        if block.get("notify") == BY_EMAIL and "email" in changes and not read["email"]:
            raise NothingToRecord(
                "Заявителя уведомляют по электронной почте: её можно заменить, но не убрать."
            )
        self._record(stored, changes, None)
        return replace(self.changes(applicant_id)[0], doubts=doubts)

    def undo(self, applicant_id: str) -> ContactChange:
        """Journal that the latest correction is taken back; return what it was.

        Raises UnknownApplicant, NothingToRecord when there is none, or the applicant has told
        other contacts since.
        """
        desk = self._desk
        desk.may(Action.AMEND)
        self._held(applicant_id)
        latest = next(iter(self.changes(applicant_id)), None)
        if latest is None:
            raise NothingToRecord("Исправлений контактов нет: возвращать нечего.")
        if not latest.latest:
            raise NothingToRecord(
                "После этого исправления заявитель назвал другие контакты. Исправьте их заново."
            )
        survivor = one_person.survivor(desk.db, applicant_id)
        records = {one.id: one for one in one_person.records(desk.db, survivor)}
        one = next(
            one for one in contacts.of_applicants(desk.db, list(records)) if one.id == latest.id
        )
        back = {name: [now, was] for name, (was, now) in json.loads(one.changes).items()}
        self._record(records[one.applicant_id], back, one.id)
        return latest

    def _record(
        self,
        stored: applicants.StoredApplicant,
        changes: Mapping[str, list[str | None]],
        undoes: str | None,
    ) -> None:
        desk = self._desk
        body = {
            "id": desk.ids.next(),
            "applicant_id": stored.id,
            "changes": changes,
            "undoes": undoes,
            "at": desk.centre_now().astimezone(desk.zone).isoformat(timespec="seconds"),
            "operator": desk.operator.login,
        }

        def act() -> None:
            with desk.db.atomic():
                desk.record(contacts.CHANGED, body)
                applicants.correct(desk.db, body)
                contacts.add(desk.db, body)

        desk.with_ballast(act)

    def _read(
        self, applicant_id: str, typed: Mapping[str, str | None], block: Mapping[str, Any]
    ) -> tuple[dict[str, str | None], tuple[str, ...]]:
        """Read what is not in `block` already, and name what is doubtful in it but no mistake."""
        fields = {one.name: one for one in self.fields(applicant_id)}
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        wrong = [f"{name}: такого контакта нет" for name in typed if name not in fields]
        read: dict[str, str | None] = {}
        doubts: list[str] = []
        for name, value in typed.items():
            asked = fields.get(name)
            if asked is None or (value or "").strip() == (block.get(name) or ""):
                continue
            problem = check_field(asked, value, today)
            if problem is not None:
                told = f"{problem.label}: {problem.text}"
                if problem.severity == "error":
                    wrong.append(told)
                    continue
                doubts.append(told)
            kind = kind_of(asked)
            read[name] = str(kind.store(kind.read(value))) if value and value.strip() else None
        if wrong:
            raise NothingToRecord(f"{'; '.join(wrong)}.")
        return read, tuple(doubts)

    def _held(self, applicant_id: str) -> tuple[applicants.StoredApplicant, dict[str, Any]]:
        """The record whose block goes over to a new request, and that block."""
        db = self._desk.db
        records = one_person.records(db, one_person.survivor(db, applicant_id))
        if not records:
            raise UnknownApplicant
        stored = one_person.shown(db, records)
        return stored, json.loads(stored.body)
