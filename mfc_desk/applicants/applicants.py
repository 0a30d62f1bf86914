"""Applicants this desk has served before: found for a new form, one card each, merged when two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from forms.number import read as read_number
from mfc_desk.access.roles import Action
from mfc_desk.applicants.contacts import LABELS, ContactChange
from mfc_desk.errors import CannotMerge, UnknownApplicant, UnknownNumber
from mfc_desk.intake.powers import ShownPower, shown_power
from mfc_desk.intake.turned_away import Turning, turning_of
from mfc_desk.store import applicants, one_person, requests, turned_away
from mfc_desk.store.search import expression, words

if TYPE_CHECKING:
    from mfc_desk.applicants.consents import Consent
    from mfc_desk.desk import Desk
    from mfc_desk.handling.find import RequestRow

_FOR_LIFE = ("snils", "inn", "sex", "birth_place")
"""What one record of a person may know and another not, and no later request makes wrong."""
CARD_ROWS = 200
"""How many of an applicant's requests the card lists, the newest."""


@dataclass(frozen=True)
class ApplicantRow:
    """A line to choose an applicant by; tails are the last four digits, empty when not known.

    `double`: another line found with it looks like the same person, and is not joined.
    """

    id: str
    name: str
    birth_date: date | None
    phone_tail: str
    snils_tail: str
    double: bool = False


@dataclass(frozen=True)
class GivenPaper:
    """A paper an applicant brought: with which request, and its details as typed then."""

    title: str
    details: str
    number: str


@dataclass(frozen=True)
class ApplicantCard:
    """Everything the desk knows of one applicant, all merged records together.

    `block` is that of the request taken last, with the contacts corrected since; `names` all
    spellings. `contacts` in force and `contacts_before` are (label, value), each once, newest
    first, `changes` the corrections of them. `powers` are those others acted by. `merged` are the
    records joined into this one, `alike` those that look like the same person and are not.
    """

    id: str
    name: str
    block: dict[str, Any] = field(repr=False)
    names: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...] = field(repr=False)
    contacts_before: tuple[tuple[str, str], ...] = field(repr=False)
    changes: tuple[ContactChange, ...] = field(repr=False)
    requests: tuple[RequestRow, ...]
    turnings: tuple[Turning, ...]
    papers: tuple[GivenPaper, ...] = field(repr=False)
    powers: tuple[ShownPower, ...] = field(repr=False)
    consents: tuple[Consent, ...]
    merged: tuple[ApplicantRow, ...]
    alike: tuple[ApplicantRow, ...]


class Applicants:
    """The applicants remembered from registered requests and from refusals."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def search(self, text: str, limit: int = 20) -> tuple[ApplicantRow, ...]:
        """Return applicants by beginnings of names or by digits; without text the latest ones.

        Merged records stand as one, whichever of their names was typed.
        """
        self._desk.may(Action.FIND)
        match = expression(text)
        if match is None:
            found = [] if text.strip() else applicants.newest(self._desk.db, limit)
        else:
            fits = _fitting(text)
            found = applicants.matching(self._desk.db, match, limit, fits)
            if len(found) < limit:
                keys = [one.applicant_key for one in self._turned_away(match, limit)]
                found += [one for one in applicants.of_keys(self._desk.db, keys) if fits(one)]
        whole = self._survivors(found)[:limit]
        rows = [_row(stored) for stored in whole]
        looks = [stored.alike for stored in whole]
        numbers = {
            look: {row.snils_tail for row, its in zip(rows, looks, strict=True) if its == look}
            for look in looks
        }
        return tuple(
            replace(row, double=bool(look) and looks.count(look) > 1 and "" in numbers[look])
            for row, look in zip(rows, looks, strict=True)
        )

    def get(self, applicant_id: str) -> dict[str, Any]:
        """Return the applicant block of a document, as told last. Raises UnknownApplicant."""
        self._desk.may(Action.FIND)
        return self._block(self._records(applicant_id))

    def of_number(self, number: str) -> str:
        """Return the id of the applicant of a request, refusal, referral or waiting entry.

        `number` in any spelling. Raises UnknownNumber, UnknownApplicant when nobody can be told by
        what was entered.
        """
        self._desk.may(Action.FIND)
        try:
            number = read_number(number).text
        except ValueError as error:
            raise UnknownNumber(f"Номер не читается: {error}.") from error
        stored = requests.by_number(self._desk.db, number) or turned_away.get(self._desk.db, number)
        if stored is None:
            raise UnknownNumber
        for one in applicants.of_keys(self._desk.db, [stored.applicant_key]):
            return one_person.survivor(self._desk.db, one.id)
        raise UnknownApplicant

    def card(self, applicant_id: str) -> ApplicantCard:
        """Return the card of an applicant; the look is journalled. Raises UnknownApplicant."""
        desk = self._desk
        desk.may(Action.VIEW)
        records = self._records(applicant_id)
        survivor = records[0]
        keys = [one.same for one in records]
        with desk.db.atomic():
            desk.record("access", {"what": "applicant", "applicant": survivor.id})
        lines = one_person.requests_of(desk.db, keys, CARD_ROWS)
        bodies = [json.loads(stored.body) for stored in records]
        taken = [requests.by_id(desk.db, line.id) for line in lines]
        blocks = [json.loads(one.body)["record"]["applicant"] for one in taken if one] + bodies
        block = self._block(records)
        changes = desk.contacts.changes(survivor.id)
        in_force = _contacts([block])
        return ApplicantCard(
            id=survivor.id,
            name=survivor.name,
            block=block,
            names=tuple(dict.fromkeys(one.name for one in records)),
            contacts=in_force,
            contacts_before=_earlier(in_force, changes, blocks),
            changes=changes,
            requests=desk.find.rows_of(lines),
            turnings=tuple(
                turning_of(desk, one) for one in turned_away.of_applicants(desk.db, keys)
            ),
            papers=_papers(desk, [one for one in taken if one]),
            powers=_powers(desk, [one for one in taken if one]),
            consents=desk.consents.of(survivor.id),
            merged=tuple(_row(one) for one in records[1:]),
            alike=tuple(_row(one) for one in self._survivors(one_person.alike(desk.db, records))),
        )

    def merge(self, survivor_id: str, other_id: str) -> None:
        """Journal that two records are one applicant: both keep all they have, one card shows it.

        Raises UnknownApplicant, CannotMerge (the same record, a person with an organisation).
        """
        desk = self._desk
        desk.may(Action.INTAKE)
        survivor, other = self._records(survivor_id)[0], self._records(other_id)[0]
        if survivor.id == other.id:
            raise CannotMerge("Это уже один и тот же заявитель.")
        kinds = {json.loads(one.body).get("kind", "person") for one in (survivor, other)}
        if "organisation" in kinds and len(kinds) > 1:
            raise CannotMerge("Человека и организацию в одного заявителя не объединяют.")

        def act() -> None:
            with desk.db.atomic():
                body = {"survivor": survivor.id, "other": other.id}
                entry_id, _ = desk.record(applicants.MERGE, body)
                applicants.merge(desk.db, survivor.id, other.id, entry_id)

        desk.with_ballast(act)

    def split(self, other_id: str) -> None:
        """Journal that a merged record is an applicant of its own again. Raises CannotMerge."""
        desk = self._desk
        desk.may(Action.INTAKE)

        def act() -> None:
            with desk.db.atomic():
                if not applicants.split(desk.db, other_id):
                    raise CannotMerge("Эта запись ни с кем не объединена. Откройте карточку снова.")
                desk.record(applicants.SPLIT, {"other": other_id})

        desk.with_ballast(act)

    def _records(self, applicant_id: str) -> list[applicants.StoredApplicant]:
        """All records of an applicant, the surviving one first. Raises UnknownApplicant."""
        db = self._desk.db
        records = one_person.records(db, one_person.survivor(db, applicant_id))
        if not records:
            raise UnknownApplicant
        return records

    def _block(self, records: list[applicants.StoredApplicant]) -> dict[str, Any]:
        """The block told last; numbers and facts of birth it did not need come from before."""
        shown = one_person.shown(self._desk.db, records)
        block: dict[str, Any] = json.loads(shown.body)
        for earlier in (json.loads(one.body) for one in records if one is not shown):
            block |= {
                name: earlier[name] for name in _FOR_LIFE if earlier.get(name) and name not in block
            }
        return block

    def _survivors(
        self, found: Iterable[applicants.StoredApplicant]
    ) -> list[applicants.StoredApplicant]:
        db = self._desk.db
        whole = list(found)
        if one_person.any_merged(db):
            ids = {one.id: one_person.survivor(db, one.id) for one in whole}
            whole = [
                one if ids[one.id] == one.id else one_person.records(db, ids[one.id])[0]
                for one in whole
            ]
        return list({one.id: one for one in whole}.values())

    def _turned_away(self, match: str, limit: int) -> list[turned_away.StoredTurning]:
        return turned_away.matching(self._desk.db, match, limit)


def _contacts(blocks: Iterable[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    whole = list(blocks)
    found = [
        (label, str(block[name]))
        for name, label in LABELS.items()
        for block in whole
        if block.get(name)
    ]
    return tuple(dict.fromkeys(found))


def _earlier(
    in_force: tuple[tuple[str, str], ...],
    changes: Iterable[ContactChange],
    blocks: Iterable[dict[str, Any]],
) -> tuple[tuple[str, str], ...]:
    """What was corrected away or told with earlier requests and holds no more."""
    corrected = [
        (label, value) for one in changes for label, was, now in one.changes for value in (now, was)
    ]
    found = dict.fromkeys([*corrected, *_contacts(blocks)])
    return tuple(one for one in found if one[1] and one not in in_force)


def _papers(desk: Desk, taken: Iterable[requests.StoredRequest]) -> tuple[GivenPaper, ...]:
    """The papers brought, each title with its details once, newest first."""
    found: dict[tuple[str, str], GivenPaper] = {}
    for one in taken:
        edition = desk.catalogues.edition(one.service, one.catalogue_digest)
        titles = {spec.name: spec.title for spec in edition.service.documents} if edition else {}
        for paper in json.loads(one.body)["record"].get("documents") or []:
            if paper.get("promised"):
                continue
            title = titles.get(paper["name"], paper["name"])
            details = paper.get("details", "")
            found.setdefault((title, details), GivenPaper(title, details, one.number))
    return tuple(found.values())


def _powers(desk: Desk, taken: Iterable[requests.StoredRequest]) -> tuple[ShownPower, ...]:
    """By what others acted for the applicant, each paper once, the newest first."""
    today = desk.centre_now().astimezone(desk.zone).date()
    found: dict[tuple[str, str], ShownPower] = {}
    for one in taken:
        record = json.loads(one.body)["record"]
        shown = shown_power(record, today)
        if shown is not None:
            number = (record["representative"].get("power") or {}).get("number", "")
            found.setdefault((shown.holder, number), shown)
    return tuple(found.values())


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
