"""What only PostgreSQL has: rows found by desk, workers that share the work, its own errors."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from psycopg import errors

from sync.central.acceptance import Acceptance
from sync.central.answers import Refusal
from sync.central.projection import Projector
from sync.central.store.postgres import PostgresStore
from sync.central.store.postgres_access import PostgresDatabase, ours, spoken
from sync.central.store.postgres_schema import MIGRATIONS, PARTITIONED, REFERENCE
from sync.errors import Busy, DiskFull, StoreFailure
from sync.ids import SystemRandom
from tests.centre_process import CentreProcess
from tests.centre_world import HandDesk, LocalCentre, catalogue, desk_of, record
from tests.postgres_server import PostgresServer

CONFIGURATION = {"centre", "office"}
"""Small tables every node has, like those of `REFERENCE`."""
SEARCH_FOR_WORK = "WHERE applied_to < last ORDER BY desk, epoch"
"""Asks every partition which streams are behind; what is done then is done desk by desk."""
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|(?<!FOR )(?<!DO )UPDATE)\s+(\w+)")
DESK = re.compile(
    r"desk = %s|USING \(desk|\(desk,|SELECT row, request_id, entry_id, number, %s, desk"
)


class Recording(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that remembers every statement of the process."""

    said: list[str] = []

    def execute(self, query: Any, params: Any = None, **options: Any) -> Recording:
        self.said.append(str(query))
        super().execute(query, params, **options)
        return self

    def executemany(self, query: Any, params_seq: Any, *, returning: bool = False) -> None:
        self.said.append(str(query))
        super().executemany(query, params_seq, returning=returning)


@pytest.fixture
def local(postgres: PostgresServer, tmp_path: Path) -> Iterator[LocalCentre]:
    """A centre over PostgreSQL."""
    centre = LocalCentre(tmp_path, database=postgres.database())
    yield centre
    centre.close()


def another(local: LocalCentre) -> PostgresStore:
    """The same database seen by another process; its statements are remembered."""
    assert local.database is not None
    return PostgresStore.open(local.database, local.clock, SystemRandom(), cursor_factory=Recording)


def amendment(desk: HandDesk, seq: int) -> bytes:
    """An entry that amends the registration at `seq`."""
    entry = json.loads(desk.journal[seq - 1])
    body = {**entry["body"], "record": record(9), "base": entry["id"]}
    changed = json.loads(desk.entry("request.amend", body, request=entry["req"]))
    return json.dumps({**changed, "base": 1}, ensure_ascii=False).encode()


def test_every_statement_of_accepting_and_projecting_names_the_desk(local: LocalCentre) -> None:
    """So a database distributed by desk runs each on one node; the rest are reference tables."""
    desk = local.desk()
    desk.register(3)
    desk.journal.append(amendment(desk, 1))
    desk.register(2)
    store = another(local)
    accept = Acceptance(
        store,
        local.centre.keyring,
        local.centre.dictionaries,
        local.clock,
    ).accept
    projector = Projector(store, catalogue(), local.centre.dictionaries, local.clock)
    Recording.said.clear()

    assert accept(desk.seal(1, 2)).status == 201
    assert accept(desk.seal(1, 2)).status == 200
    assert accept(desk.seal(5, 6)).status == 202
    assert accept(desk.seal(2, 4)).status == 201
    fork = desk.seal(6, 7, entries=[desk.registration(record(7)) for _ in range(2)])
    with pytest.raises(Refusal, match="fork"):
        accept(fork)
    assert projector.run_all() == 6
    said = [sql for sql in dict.fromkeys(Recording.said) if TABLE.search(sql)]
    projector.close()
    store.close()

    tables = {name for sql in said for name in TABLE.findall(sql)}
    assert tables >= {*PARTITIONED, "request", "entry_key", "quarantine", "projection"}
    for sql in said:
        spread = set(TABLE.findall(sql)) - CONFIGURATION - set(REFERENCE)
        assert not spread or DESK.search(sql) or sql.endswith(SEARCH_FOR_WORK), sql


def test_the_tables_of_the_desks_are_partitioned_by_desk(local: LocalCentre) -> None:
    """Hash partitions, by `desk` and nothing else; every unique key of theirs has the desk."""
    assert local.database is not None
    with psycopg.connect(local.database) as connection:
        found = connection.execute(
            "SELECT c.relname, pg_get_partkeydef(c.oid) FROM pg_partitioned_table p "
            "JOIN pg_class c ON c.oid = p.partrelid"
        ).fetchall()
        keys = connection.execute(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indrelid "
            "WHERE i.indisunique AND c.relkind IN ('r', 'p') AND c.relnamespace = 2200"
        ).fetchall()
    assert dict(found) == dict.fromkeys(PARTITIONED, "HASH (desk)")
    whole = {*REFERENCE, "centre", "office", "published", "centre_schema"}
    assert all("(desk" in text for table, text in keys if table not in whole)


def test_two_workers_project_everything_once(local: LocalCentre) -> None:
    """Two projectors at once, four desks: every entry is applied once, every number given once."""
    desks = [local.desk(number) for number in range(1, 5)]
    for desk in desks:
        desk.register(12)
        assert local.accept(desk.seal(1, 12)).status == 201
    stores = [another(local), another(local)]
    applied: list[int] = []

    def project(store: PostgresStore) -> None:
        projector = Projector(store, catalogue(), local.centre.dictionaries, local.clock)
        while store.register.behind():
            try:
                applied.append(projector.run_slice())
            except Busy:
                continue
        projector.close()

    run_together([lambda store=store: project(store) for store in stores])
    for store in stores:
        store.close()

    rows = [row for desk in desks for row in local.rows(desk)]
    assert sum(applied) == len(rows) == 48
    assert {row.outcome for row in rows} == {"applied"}
    assert len({row.official_no for row in rows}) == 48
    assert local.faults() == ()


@pytest.mark.parametrize("events", [15, pytest.param(12_500, marks=pytest.mark.full)])
def test_a_reader_behind_eight_writers_misses_no_event(local: LocalCentre, events: int) -> None:
    """Eight processes' worth of writers put events into one desk's feed while it is read: dense."""
    desk = local.desk()
    stores = [another(local) for _ in range(8)]
    seen: list[int] = []

    def write(store: PostgresStore) -> None:
        for _ in range(events):
            store.notices.tell(desk.desk, "message", "{}", None, local.clock.now())

    def read() -> None:
        register = local.centre.store.register
        while len(seen) < 8 * events:
            after = seen[-1] if seen else 0
            seen.extend(one.n for one in register.events(desk.desk, after, 1000))

    run_together([read, *(lambda store=store: write(store) for store in stores)])
    for store in stores:
        store.close()
    assert seen == list(range(1, 8 * events + 1))


def run_together(acts: Sequence[Any]) -> None:
    """Run acts in threads of their own."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_claimed_stream_is_skipped_and_still_takes_batches(local: LocalCentre) -> None:
    """While one worker examines a stream another passes it by, and accepting does not wait."""
    desk = local.desk()
    desk.register(2)
    assert local.accept(desk.seal(1, 1)).status == 201
    store = another(local)
    (stream,) = local.centre.store.register.behind()
    with local.centre.store.register.claim(stream) as first:
        with store.register.claim(stream) as second:
            assert (first, second) == (True, False)
        answers: list[int] = []
        batch = desk.seal(2, 2)
        run_together([lambda: answers.append(local.accept(batch).status)])
        assert answers == [201]
    with store.register.claim(stream) as again:
        assert again
    store.close()


def test_many_workers_accept_one_desk(local: LocalCentre) -> None:
    """Overlapping batches of one desk through two processes at once: one journal, no fork."""
    desk = local.desk()
    desk.note(20)
    store = another(local)
    ring = local.centre.keyring
    accept = Acceptance(store, ring, local.centre.dictionaries, local.clock).accept
    batches = [desk.seal(first, first + 4) for first in range(1, 17)]

    def send(take: Any) -> None:
        for data in batches:
            take(data)

    run_together([lambda: send(accept), lambda: send(local.accept)])
    store.close()
    assert local.stored(desk) == 20
    assert local.kept(desk) == desk.journal
    assert local.why() == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.DiskFull(), DiskFull),
        (errors.UniqueViolation("a name that must not be told"), Busy),
        (errors.DeadlockDetected(), Busy),
        (psycopg.OperationalError("host secret.example"), StoreFailure),
    ],
)
def test_errors_are_ours_and_tell_no_data(error: psycopg.Error, kind: type[StoreFailure]) -> None:
    """What the driver says may hold rows or addresses: only its kind goes on."""
    told = ours(error)
    assert type(told) is kind
    assert "secret" not in str(told)
    assert "name" not in str(told)


def test_the_sql_of_both_is_spoken_as_postgresql_writes_it() -> None:
    """Placeholders, empty bytes and the one name that is a word of the language."""
    told = spoken("SELECT window, x'' FROM desk WHERE desk = ? AND window = ?")
    assert told == """SELECT "window", ''::bytea FROM desk WHERE desk = %s AND "window" = %s"""


ODD = [None, "", "NULL", "\\N", '{"а": ["б", null]}', "line\nline", "'; --", "%s ?"]
"""Texts that must stay what they are, however they are sent."""


@pytest.mark.parametrize("also", ["plain", "parted \x1f here", "none \x1e here", "\x1e"])
def test_many_rows_are_written_as_they_are(postgres: PostgresServer, also: str) -> None:
    """Nothing, emptiness, bytes, marks of our own among the texts; columns of one value too."""
    texts = [*ODD, also]
    rows = [
        (7, n, bytes([n, 0, 92, 34]) if n % 3 else None, n if n % 2 else None, text, None, "same")
        for n, text in enumerate(texts, 1)
    ]
    columns = ("desk", "n", "leaf", "version", "body", "reason", "kind")
    database = PostgresDatabase(postgres.database())
    with database as db:
        db.execute(
            "CREATE TABLE written(desk INTEGER, n BIGINT PRIMARY KEY, leaf BYTEA, version BIGINT, "
            "body TEXT, reason TEXT, kind TEXT)"
        )
        told = db.insert_columns("written", columns, rows, "RETURNING n").fetchall()
        one = [(8, 100, b"\\x00", 1 << 40, also, None, "")]
        db.insert_columns("written", columns, one, "")
        kept = db.execute("SELECT * FROM written ORDER BY n").fetchall()
        wanted = [text for text in texts if text is not None]
        found = db.find_among("written", "body", [*wanted, "absent"]).fetchall()
    database.close()
    assert [n for (n,) in told] == [row[1] for row in rows]
    assert kept == [*rows, *one]
    assert {text for (text,) in found} == set(wanted)


def test_a_database_nobody_serves_is_named(local: LocalCentre) -> None:
    """No server behind the URL: a store failure with what to check."""
    with pytest.raises(StoreFailure, match="database"):
        PostgresStore.open(
            "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", local.clock, SystemRandom()
        )


@pytest.mark.slow
def test_several_processes_serve_one_centre(postgres: PostgresServer, tmp_path: Path) -> None:
    """Two workers on one port: desks are enrolled, batches accepted, projected and told by both."""
    process = CentreProcess(tmp_path / "centre-process")
    process.folder.mkdir()
    process.options = ("--database", postgres.database())
    process.add_office()
    process.serving = ("--workers", "2")
    process.restart()
    desks = [desk_of(process.ticket(number), process.url) for number in (1, 2)]
    for desk in desks:
        desk.register(4)
        for seq in range(1, 5):
            desk.http.close()  # a new connection may reach the other worker
            assert desk.post(desk.seal(seq, seq)).status_code == 201
    for desk in desks:
        told = desk.results(4)
        assert {body["outcome"] for body in told.values()} == {"applied"}
        assert desk.stream()["applied_to"] == 4
    taken = 'mfc_requests_total{address="batches",method="POST",status="201"} 8.0'
    for _ in range(3):  # whichever worker answers, it answers for both
        assert taken in requests.get(f"{process.url}/v1/metrics", timeout=120).text
    assert process.verify()["faults"] == []
    assert process.stop() == 0


def test_a_migration_may_take_its_time(
    postgres: PostgresServer, local: LocalCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index over a region's entries takes more than the minute a statement has else."""
    timeout = "current_setting('statement_timeout')"
    unhurried = (f"DO $$ BEGIN ASSERT {timeout} = '0'; END $$",)
    monkeypatch.setattr("sync.central.store.postgres.MIGRATIONS", (*MIGRATIONS, unhurried))
    assert local.database is not None
    store = PostgresStore.open(local.database, local.clock, SystemRandom())
    try:
        with store._db as db:
            (after,) = db.execute(f"SELECT {timeout}").fetchone() or ("",)
    finally:
        store.close()
    assert after == "1min"
