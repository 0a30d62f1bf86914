"""PostgreSQL turns the centre back: deadlock, serialization failure, lock time-out.

Real ones: sessions of the test lock the same rows and tables in the other order. The centre answers
503 with `Retry-After`, the same batch is stored once afterwards; the projection goes on by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import requests

from tests.centre_served import served
from tests.centre_world import HandDesk, LocalCentre
from tests.postgres_server import PostgresServer

__all__ = ["served"]
SECONDS = 120.0
PAUSE = 0.01
PATIENT = "SET deadlock_timeout = '10min'"
"""Of the sessions of the test: whoever else is in the deadlock is turned back."""
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
SAME_PLACE = (
    'INSERT INTO batch(desk, epoch, first, skip, "to", head, header, signature, received_at, pack)'
    " SELECT desk, epoch, 2, 0, 2, head, head, head, '', head FROM stream"
)
Serve = Callable[[LocalCentre], str]


class Turned:
    """A served centre of a database whose settings are changed, and a desk that has sent once."""

    def __init__(self, folder: Path, url: str, serve: Serve, *settings: str) -> None:
        self.url = url
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(url, autocommit=True) as admin:
            for setting in settings:
                admin.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())
        self.local = LocalCentre(folder, database=url)
        self.desk: HandDesk = self.local.desk()
        self.desk.url = serve(self.local)
        self.desk.register(2)
        self.send(1)
        self.desk.results(1)

    @contextmanager
    def session(self, *statements: str) -> Iterator[psycopg.Connection]:
        """A session of somebody else, in a transaction; it ends by rolling back."""
        with psycopg.connect(self.url, autocommit=True) as made:
            for one in (PATIENT, "SET lock_timeout = 0", "BEGIN", *statements):
                made.execute(one.encode())
            yield made
            made.execute("ROLLBACK")

    def wait(self, count: int, of: str = WAITING) -> None:
        """Until so many sessions wait for a lock, or so many deadlocks are counted."""
        until = time.monotonic() + SECONDS
        with psycopg.connect(self.url, autocommit=True) as asked:
            while asked.execute(of.encode()).fetchone() != (count,):
                assert time.monotonic() < until
                time.sleep(PAUSE)

    def send(self, seq: int) -> None:
        """Send an entry until it is stored, as a desk does."""
        until = time.monotonic() + SECONDS
        while (answer := self.desk.post(self.desk.seal(seq, seq))).status_code not in {200, 201}:
            turned_back(answer)
            assert time.monotonic() < until
            time.sleep(PAUSE)

    def hold(self) -> None:
        """Turned back, the batch is sent again: both requests stand there once, applied."""
        desk = self.desk
        self.send(2)
        results = desk.results(2)
        assert [results[seq]["outcome"] for seq in sorted(results)] == ["applied"] * 2
        assert self.local.kept(desk) == desk.journal
        assert len({row.official_no for row in self.local.rows(desk)}) == 2
        assert self.local.faults() == ()
        desk.http.close()


def turned_back(answer: requests.Response) -> None:
    """503, when to come again, and a code the desk waits for by itself."""
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].isdecimal()
    assert answer.json()["retry"] == "same"


def test_lock_time_out_of_accepting(
    postgres: PostgresServer, tmp_path: Path, served: Serve
) -> None:
    """Somebody holds the stream's row for longer than the centre may wait."""
    turned = Turned(tmp_path, postgres.database(), served, "lock_timeout = '1s'")

    with turned.session("SELECT 1 FROM stream FOR UPDATE"):
        turned_back(turned.desk.post(turned.desk.seal(2, 2)))

    turned.hold()


def test_serialization_failure_of_accepting(
    postgres: PostgresServer, tmp_path: Path, served: Serve
) -> None:
    """A database set to serializable: the row that is waited for changes meanwhile."""
    turned = Turned(
        tmp_path, postgres.database(), served, "default_transaction_isolation = 'serializable'"
    )

    with (
        ThreadPoolExecutor(1) as pool,
        turned.session("UPDATE stream SET last = last") as other,
    ):
        answer = pool.submit(turned.desk.post, turned.desk.seal(2, 2))
        turned.wait(1)
        other.execute("COMMIT")
        turned_back(answer.result(SECONDS))

    turned.hold()


def test_deadlock_of_accepting(postgres: PostgresServer, tmp_path: Path, served: Serve) -> None:
    """It has the stream and wants the batch's place, somebody else the other way round.

    One statement does both: a lock on the table it would ask for before it has the stream. A third
    one keeps it from the stream until both stand where they must: it is the last that waits.
    """
    turned = Turned(tmp_path, postgres.database(), served, "deadlock_timeout = '3s'")

    with (
        ThreadPoolExecutor(2) as pool,
        turned.session("SELECT 1 FROM stream FOR UPDATE") as third,
        turned.session(SAME_PLACE) as other,
    ):
        answer = pool.submit(turned.desk.post, turned.desk.seal(2, 2))
        turned.wait(1)
        wants = pool.submit(other.execute, b"UPDATE stream SET last = last")
        turned.wait(2)
        third.execute("COMMIT")
        turned_back(answer.result(SECONDS))
        wants.result(SECONDS)
    turned.wait(1, DEADLOCKS)

    turned.hold()


def test_deadlock_of_projecting(postgres: PostgresServer, tmp_path: Path, served: Serve) -> None:
    """It has the official numbers and wants the feed, somebody else the other way round.

    A third one keeps it from the feed until both stand where they must: it joins last, so it is
    the one that is turned back.
    """
    turned = Turned(tmp_path, postgres.database(), served)

    with (
        ThreadPoolExecutor(1) as pool,
        turned.session("LOCK TABLE entry IN SHARE MODE") as third,
        turned.session("LOCK TABLE feed IN SHARE MODE") as other,
    ):
        turned.send(2)
        turned.wait(1)
        wants = pool.submit(other.execute, b"UPDATE official_counter SET last = last")
        turned.wait(2)
        third.execute("COMMIT")
        wants.result(SECONDS)  # it has the numbers: the centre was turned back

    turned.hold()
