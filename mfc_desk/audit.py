"""The check of a desk: is the file whole, the journal unbroken, and everything what it says.

The journal is replayed into an encrypted database of its own beside the desk's, under a key
nobody keeps, and the tables are compared row by row.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mfc_desk.access.keyslots import KEY_BYTES
from mfc_desk.access.roles import Action
from mfc_desk.errors import DeskError
from mfc_desk.paths import Home
from mfc_desk.store import acts, connection, inspection, operators
from sync.database import Database, IntegrityError
from sync.entries import Entry, decode
from sync.errors import EntryInvalid, StoreFailure
from sync.journal import Journal, JournalRow
from sync.outbox import proven

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_PAGE = 500
_TABLES = {
    "operator": "сотрудник",
    "request": "обращение",
    "request_version": "версия обращения",
    "request_act": "действие с обращением",
    "attachment": "вложение",
    "number_counter": "счётчик номеров",
    "service_use": "счётчик услуги",
    "applicant": "заявитель",
    "applicant_merge": "объединение заявителей",
    "contact_change": "исправление контактов заявителя",
    "consent": "согласие",
    "promised_paper": "обещанный документ к обращению",
    "payment": "отметка об оплате",
    "printed_paper": "счётчик копий бумаги",
    "charge": "УИН начисления",
    "turned_away": "отказ, направление или лист ожидания",
}


@dataclass(frozen=True)
class Fault:
    """Something that is not as it must be: `where` it is, and what, in Russian."""

    where: str
    text: str


@dataclass(frozen=True)
class Audit:
    """What a check found; `entries` of the journal and `requests` were looked at."""

    faults: tuple[Fault, ...]
    entries: int
    requests: int

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check_desk(desk: Desk) -> Audit:
    """Check everything of `desk`; takes a while (a worker's copy, not the screen's).

    Raises NotAllowed.
    """
    desk.may(Action.CHECK)
    faults: list[Fault] = []
    for part in _PARTS:
        try:
            faults += part(desk)
        except StoreFailure as error:
            faults.append(Fault("файл базы", str(error)))
            break
    entries, requests = inspection.counts(desk.db) if not _unreadable(faults) else (0, 0)
    return Audit(tuple(faults), entries, requests)


def _unreadable(faults: Iterable[Fault]) -> bool:
    return any(fault.where == "файл базы" for fault in faults)


def _file(desk: Desk) -> Iterator[Fault]:
    """Pages against their HMAC, then the structure of the database."""
    for text in desk.db.faults():
        words = f"повреждён. Восстановите его из копии: mfc-desk restore ФАЙЛ. (SQLite: {text})"
        yield Fault("файл базы", words)


def _journal(desk: Desk) -> Iterator[Fault]:
    """The hash chain of every epoch, and the heads the centre signed for."""
    for fault in desk.journal.verify(proven(desk.db)):
        yield Fault(f"журнал, эпоха {fault.epoch}, запись {fault.seq}", fault.text)


def _tables(desk: Desk) -> Iterator[Fault]:
    """Tables that follow from the journal against a replay of it."""
    with _replay_store(desk) as replayed:
        yield from _replay(desk.journal, desk.db, replayed)
        for part in connection.REPLAYED:
            for table, columns in part.REPLAYED.items():
                yield from _compare(table, columns, desk.db, replayed)


@contextmanager
def _replay_store(desk: Desk) -> Iterator[Database]:
    place = Home(desk.home.root / f"check.{desk.random.bytes(4).hex()}")
    place.root.mkdir(mode=0o700)
    try:
        with connection.open_store(place, desk.random.bytes(KEY_BYTES)) as db:
            yield db
    finally:
        shutil.rmtree(place.root, ignore_errors=True)


def _replay(journal: Journal, db: Database, replayed: Database) -> Iterator[Fault]:
    applied: set[str] = set()
    with replayed.atomic():
        for row in _rows(journal, db):
            if row.entry_id in applied or row.data is None:
                continue
            applied.add(row.entry_id)
            problem = _apply(replayed, row.data)
            if problem:
                yield Fault(f"журнал, эпоха {row.epoch}, запись {row.seq}", problem)


def _rows(journal: Journal, db: Database) -> Iterator[JournalRow]:
    """Every entry of every epoch, in order."""
    for epoch in inspection.epochs(db):
        after = 0
        while page := journal.entries(after, _PAGE, epoch):
            yield from page
            after = page[-1].seq


def _apply(db: Database, data: bytes) -> str | None:
    """Apply one entry to every table; what is wrong with it, or None."""
    try:
        entry: Entry = decode(data)
        for part in connection.REPLAYED:
            part.apply_entry(db, entry)
    except EntryInvalid:
        return "запись не читается"
    except IntegrityError:
        return "запись противоречит более ранней"
    except (KeyError, ValueError, TypeError, AttributeError):
        return "содержание записи не по форме"
    return None


def _places(desk: Desk) -> Iterator[Fault]:
    """Where each request stands in the journal against where its entry stands."""
    for number in inspection.misplaced(desk.db):
        yield Fault(f"обращение {number}", "стоит не там, где его запись в журнале")


def _compare(table: str, columns: str, db: Database, replayed: Database) -> Iterator[Fault]:
    have = inspection.digests(db, table, columns)
    follow = inspection.digests(replayed, table, columns)
    extra = {row: key for row, key in have.items() if row not in follow}
    missing = {row: key for row, key in follow.items() if row not in have}
    changed = set(extra.values()) & set(missing.values())
    name = _TABLES.get(table, table)
    for key in sorted(changed):
        yield Fault(f"{name} {key}", "строка не такая, как следует из журнала")
    for key in sorted(set(extra.values()) - changed):
        yield Fault(f"{name} {key}", "строки в журнале нет: добавлена в обход программы")
    for key in sorted(set(missing.values()) - changed):
        yield Fault(f"{name} {key}", "строки нет, а в журнале она есть: удалена в обход программы")


def _indexes(desk: Desk) -> Iterator[Fault]:
    """The search indexes against the rows they index."""
    for index in inspection.broken_indexes(desk.db):
        yield Fault(f"поиск, {index}", "указатель не сходится с обращениями")


def _papers(desk: Desk) -> Iterator[Fault]:
    """Papers marked as printed against the journal, which keeps the hash of each."""
    told = set()
    for row in _rows(desk.journal, desk.db):
        if row.kind == "paper.printed" and row.data is not None:
            with suppress(EntryInvalid):
                body = decode(row.data).body
                told.add(tuple(body.get(name) for name in ("request", "paper", "copy", "sha256")))
    for number, request_id, paper, copy, digest in inspection.printed_papers(desk.db):
        if digest is not None and (request_id, paper, copy, digest) not in told:
            yield Fault(f"бумага {paper} к обращению {number}", "в журнале напечатана не такая")


def _attachments(desk: Desk) -> Iterator[Fault]:
    """Sealed scans against their names, which are their hashes."""
    for number, text in desk.attachments.faults():
        yield Fault(f"вложение к обращению {number}", text)


def _days(desk: Desk) -> Iterator[Fault]:
    """Totals of days against the entries of those days."""
    totals: dict[tuple[str, int], tuple[int, int, bytes]] = {}
    for row in _rows(desk.journal, desk.db):
        if row.data is None:
            continue
        try:
            wall = decode(row.data).stamp.wall
        except EntryInvalid:
            continue
        key = (wall.astimezone(desk.zone).date().isoformat(), row.epoch)
        n, size, mixed = totals.get(key, (0, 0, bytes(len(row.leaf))))
        totals[key] = (n + 1, size + len(row.data), acts.xor(mixed, row.leaf))
    kept = {
        (total.day, total.epoch): (total.n, total.sum_size, total.xor_leaf)
        for total in acts.day_totals(desk.db)
    }
    for day, epoch in sorted(totals.keys() | kept.keys()):
        if totals.get((day, epoch)) != kept.get((day, epoch)):
            yield Fault(f"итог дня {day}", "не сходится с записями журнала за этот день")


def _drafts(desk: Desk) -> Iterator[Fault]:
    """Every draft can be read."""
    for draft_id, document in inspection.draft_documents(desk.db):
        try:
            sound = isinstance(json.loads(document), dict)
        except (ValueError, TypeError):
            sound = False
        if not sound:
            yield Fault(f"черновик {draft_id}", "не читается")


def _slots(desk: Desk) -> Iterator[Fault]:
    """The key slots file: whole, and for exactly the people who may log in."""
    try:
        slots = set(desk.vault.logins())
    except DeskError as error:
        yield Fault("keys.json", str(error))
        return
    allowed = {one.login for one in operators.every(desk.db) if not one.locked}
    for login in sorted(slots - allowed):
        yield Fault(f"keys.json, {login}", "есть ключ, а вход этому сотруднику закрыт")
    for login in sorted(allowed - slots):
        yield Fault(f"keys.json, {login}", "ключа нет: задайте сотруднику новый пароль")


_PARTS = (
    _file,
    _journal,
    _tables,
    _places,
    _indexes,
    _papers,
    _attachments,
    _days,
    _drafts,
    _slots,
)
