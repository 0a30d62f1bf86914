"""All records of one applicant: those merged by hand, and those that look like the same person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mfc_desk.store.applicants import COLUMNS, StoredApplicant, alike_of, key_of
from mfc_desk.store.search import LINE, RequestLine
from sync.database import Database, translate_errors

_UP = (
    "WITH RECURSIVE up (id) AS (SELECT ? UNION SELECT m.survivor FROM applicant_merge AS m "
    "JOIN up ON m.other = up.id) "
)
_DOWN = (
    "WITH RECURSIVE down (id) AS (SELECT ? UNION SELECT m.other FROM applicant_merge AS m "
    "JOIN down ON m.survivor = down.id) "
)


@translate_errors()
def survivor(db: Database, applicant_id: str) -> str:
    """Return the id of the record that an applicant's record counts as; its own when alone."""
    row = db.execute(
        _UP + "SELECT id FROM up WHERE id NOT IN (SELECT other FROM applicant_merge)",  # noqa: S608 - constant
        [applicant_id],
    ).fetchone()
    return str(row[0]) if row else applicant_id


@translate_errors()
def any_merged(db: Database) -> bool:
    """Return whether any record counts as another's."""
    return db.execute("SELECT 1 FROM applicant_merge LIMIT 1").fetchone() is not None


@translate_errors()
def records(db: Database, survivor_id: str) -> list[StoredApplicant]:
    """Return the records that count as this one, itself first, then the one served last."""
    rows = db.execute(
        _DOWN + f"SELECT {COLUMNS} FROM down JOIN applicant AS a ON a.id = down.id "  # noqa: S608 - constant columns
        "ORDER BY a.id <> ?, (SELECT max(rid) FROM request WHERE applicant_key = a.same) DESC",
        [survivor_id, survivor_id],
    ).fetchall()
    return [StoredApplicant(*row) for row in rows]


@translate_errors()
def served_last(db: Database, keys: list[str]) -> str | None:
    """Return the key among `keys` under which a request was registered last."""
    marks = ", ".join("?" for _ in keys)
    row = db.execute(
        f"SELECT applicant_key FROM request WHERE applicant_key IN ({marks}) "  # noqa: S608 - marks
        "ORDER BY rid DESC LIMIT 1",
        keys,
    ).fetchone()
    return str(row[0]) if row else None


def shown(db: Database, records_of_one: list[StoredApplicant]) -> StoredApplicant:
    """Return the record that stands for all of one person's: the one served last."""
    last = served_last(db, [one.same for one in records_of_one])
    return next((one for one in records_of_one if one.same == last), records_of_one[0])


@translate_errors()
def requests_of(db: Database, keys: list[str], limit: int) -> list[RequestLine]:
    """Return the requests registered under these keys, newest first."""
    marks = ", ".join("?" for _ in keys)
    rows = db.execute(
        f"{LINE} WHERE r.applicant_key IN ({marks}) ORDER BY r.rid DESC LIMIT ?",
        [*keys, limit],
    ).fetchall()
    return [RequestLine(*row) for row in rows]


@translate_errors()
def alike(db: Database, records_of_one: list[StoredApplicant]) -> list[StoredApplicant]:
    """Return records of others that share a name and birth date, or СНИЛС, with one of these."""
    own = {one.id for one in records_of_one}
    found: dict[str, StoredApplicant] = {}
    for one in records_of_one:
        numbers = [f"{kind}|{_number(one.same)}" for kind in ("person", "sole-trader")]
        rows = db.execute(
            f"SELECT {COLUMNS} FROM applicant AS a "  # noqa: S608 - constant columns
            "WHERE (a.alike = ? AND a.alike <> '') OR a.same IN (?, ?)",
            [one.alike, *numbers],
        ).fetchall()
        found |= {
            row[0]: StoredApplicant(*row)
            for row in rows
            if row[0] not in own and not _two_people(one.same, row[1])
        }
    return list(found.values())


def _two_people(one: str, other: str) -> bool:
    """Whether two keys hold two СНИЛС: a person has one for life."""
    numbers = _number(one), _number(other)
    return all(numbers) and numbers[0] != numbers[1]


def _number(same: str) -> str:
    """The number part of a key, «snils:…»; empty when the key is a name."""
    number = same.partition("|")[2]
    return number if number.startswith("snils:") else ""


@translate_errors()
def keys_of(db: Database, applicant: Mapping[str, Any]) -> list[str]:
    """Return every key the person of a document's block may be known under, its own first.

    Records merged with it count, and those of the same name and birth date.
    """
    own = key_of(applicant)
    rows = db.execute(
        "SELECT id, same FROM applicant WHERE same = ? OR (alike = ? AND alike <> '')",
        [own, alike_of(applicant)],
    ).fetchall()
    keys = [own]
    for applicant_id, same in rows:
        if _two_people(own, same):
            continue
        keys += [one.same for one in records(db, survivor(db, str(applicant_id)))]
    return list(dict.fromkeys(keys))
