"""PostgreSQL that dies under the centre: killed, restored, replaced by its standby.

A receipt is the centre's signed word that a batch is stored. Whatever happens to the servers, what
has a receipt is there, and what comes again is there once.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from sync import receipt
from sync.central.answers import Answer
from sync.central.store import postgres_access
from sync.central.store.postgres import PostgresStore
from sync.central.store.postgres_access import CONNECTIONS
from sync.errors import StoreFailure
from sync.ids import SystemRandom
from tests.centre_process import CentreProcess
from tests.centre_world import HandDesk, LocalCentre, desk_of
from tests.postgres_pair import PostgresCluster, PostgresPair
from tests.postgres_server import PostgresServer

SECONDS = 200.0
PAUSE = 0.05
WAITS_FOR_STANDBY = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def pair(postgres: PostgresServer) -> Iterator[PostgresPair]:
    """A primary and its synchronous standby, of this test alone."""
    with tempfile.TemporaryDirectory(prefix="mfc-pg-pair-") as folder:
        made = PostgresPair(Path(folder), postgres.programs)
        yield made
        made.stop()


def send(local: LocalCentre, data: bytes) -> Answer:
    """Hand a batch in until it is answered, as a desk does."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            return local.accept(data)
        except StoreFailure:
            assert time.monotonic() < until
            time.sleep(PAUSE)


def receipted(local: LocalCentre, desk: HandDesk, answer: Answer) -> int:
    """How far the desk has the centre's word, which must say what the desk has."""
    assert answer.status in {200, 201}, answer.body
    told = receipt.read_verified(answer.body, desk.ticket.publics)
    assert told.head == desk.head(told.to).hex()
    return told.to


def holds(local: LocalCentre, desk: HandDesk) -> None:
    """Every entry of the desk is there once, in order, applied and told once.

    Asked again while connections that died turn up: each failure takes one out of the pool.
    """
    for _ in range(2 * CONNECTIONS):
        try:
            kept, rows = local.kept(desk), local.rows(desk)
            events = local.centre.store.register.events(desk.desk, 0, 10_000)
            faults = local.faults()
            break
        except StoreFailure:
            continue
    else:
        raise AssertionError("the database is not there again")
    assert kept == desk.journal
    assert [row.outcome for row in rows] == ["applied"] * len(desk.journal)
    assert len({row.official_no for row in rows}) == len(desk.journal)
    assert [one.n for one in events] == list(range(1, len(events) + 1))
    assert len([one for one in events if one.kind == "entry.result"]) == len(desk.journal)
    assert faults == ()


def walreceiver(standby: PostgresCluster) -> int:
    """The process of a standby that takes in what the primary wrote."""
    with psycopg.connect(standby.url, autocommit=True) as asked:
        row = asked.execute("SELECT pid FROM pg_stat_wal_receiver").fetchone()
    assert row is not None
    return int(row[0])


def test_a_promoted_standby_has_all_that_was_receipted(pair: PostgresPair, tmp_path: Path) -> None:
    """No receipt goes out before the standby has the batch; the primary dies, nothing is lost.

    The standby hears nothing while one batch is being stored: that one must not be answered. Then
    the primary is killed and the standby promoted; the same URL leads to it.
    """
    local = LocalCentre(tmp_path, database=pair.url)
    desk = local.desk()
    desk.register(4)
    assert receipted(local, desk, send(local, desk.seal(1, 2))) == 2
    assert len(local.rows(desk)) == 2
    deaf = walreceiver(pair.standby)
    os.kill(deaf, signal.SIGSTOP)
    answers: list[Answer] = []
    sending = threading.Thread(target=lambda: answers.append(send(local, desk.seal(3, 4))))
    sending.start()
    try:
        pair.primary.wait_for(WAITS_FOR_STANDBY)
        assert answers == []
        pair.primary.die()
    finally:
        os.kill(deaf, signal.SIGCONT)
    pair.standby.promote()
    pair.standby.settings("synchronous_standby_names = ''")
    sending.join(SECONDS)

    assert receipted(local, desk, answers[0]) == 4
    assert send(local, desk.seal(3, 4)).status == 200
    holds(local, desk)
    desk.register(1)
    assert send(local, desk.seal(5, 5)).status == 201
    holds(local, desk)
    local.close()


def test_a_base_backup_put_back_is_filled_by_the_desk(pair: PostgresPair, tmp_path: Path) -> None:
    """`pg_basebackup` of this morning, both servers gone: the desk sends the rest again."""
    local = LocalCentre(tmp_path, database=pair.url)
    desk = local.desk()
    desk.register(5)
    assert receipted(local, desk, send(local, desk.seal(1, 2))) == 2
    assert len(local.rows(desk)) == 2
    morning = pair.primary.backup("morning", 5434)
    last = receipted(local, desk, send(local, desk.seal(3, 5)))
    issued = {row.official_no for row in local.rows(desk)[2:]}
    life = local.centre.store.incarnation
    pair.stop()

    morning.start()
    try:
        local.database = morning.url
        morning.settings("synchronous_standby_names = ''")
        local.reopen()
        local.centre.store.begin_new_life(SystemRandom(), 10_000)
        local.reopen()

        assert local.centre.store.incarnation != life
        assert local.stored(desk) == 2 < last
        assert receipted(local, desk, send(local, desk.seal(3, 5))) == 5
        holds(local, desk)
        assert not issued & {row.official_no for row in local.rows(desk)}
    finally:
        local.close()
        morning.die()


def supervised(centre: CentreProcess, wanted: threading.Event) -> None:
    """Start a centre that ended again, as systemd does, until the desk has a receipt."""
    until = time.monotonic() + SECONDS
    while not wanted.wait(PAUSE):
        assert time.monotonic() < until
        if not centre.running:
            centre.restart()


def killed_server(centre: CentreProcess, server: PostgresCluster, rounds: int) -> None:
    """`pg_ctl stop -m immediate` in a loop while a desk sends to the centre."""
    desk = desk_of(centre.ticket(317), centre.url)
    told, stopping, wanted = 0, threading.Event(), threading.Event()

    def keep_sending() -> None:
        nonlocal told
        while not stopping.is_set():
            if told == len(desk.journal):
                desk.register(1)
            try:
                answer = desk.post(desk.seal(told + 1, len(desk.journal)))
            except requests.RequestException:
                stopping.wait(PAUSE)
                continue
            if answer.status_code in {200, 201}:
                told = receipt.read_verified(answer.content, desk.ticket.publics).to
                wanted.set()
            else:
                assert answer.status_code in {429, 500, 503}, answer.text

    sending = threading.Thread(target=keep_sending)
    sending.start()
    try:
        for _ in range(rounds):
            wanted.clear()
            supervised(centre, wanted)
            server.die()
            server.start()
    finally:
        stopping.set()
        sending.join(SECONDS)
    centre.restart()
    answer = desk.post(desk.seal(told + 1, len(desk.journal))) if told < len(desk.journal) else None
    assert answer is None or answer.status_code in {200, 201}

    results = desk.results(len(desk.journal))

    assert [results[seq]["outcome"] for seq in sorted(results)] == ["applied"] * len(desk.journal)
    assert desk.stream()["head"] == desk.head(len(desk.journal)).hex()
    numbers = [line["number"] for line in centre.export()]
    assert len(numbers) == len(set(numbers)) == len(desk.journal) > rounds
    assert centre.verify()["faults"] == []
    desk.http.close()


@pytest.fixture
def centre(pair: PostgresPair, tmp_path: Path) -> Iterator[CentreProcess]:
    """A serving centre over the primary alone."""
    pair.primary.settings("synchronous_standby_names = ''")
    pair.standby.die()
    process = CentreProcess(tmp_path / "centre", options=("--database", pair.primary.url))
    process.folder.mkdir()
    process.add_office()
    process.restart()
    yield process
    process.stop()


@pytest.mark.slow
def test_a_database_that_dies_again_and_again_loses_nothing(
    centre: CentreProcess, pair: PostgresPair
) -> None:
    """Three deaths of the server under a serving centre."""
    killed_server(centre, pair.primary, 3)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_database_that_dies_forty_times_loses_nothing(
    centre: CentreProcess, pair: PostgresPair
) -> None:
    """The same forty times."""
    killed_server(centre, pair.primary, 40)


def test_a_restarted_server_costs_one_failure(
    pair: PostgresPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection of the pool is dead then; the first one found so has the others renewed.

    Of one that was away for long too: the pool has not begun to try every other minute.
    """
    monkeypatch.setattr(postgres_access, "RECONNECT_SECONDS", 1.0)
    pair.primary.settings("synchronous_standby_names = ''")
    local = LocalCentre(tmp_path, database=pair.url)
    desk = local.desk()
    store = local.centre.store
    assert isinstance(store, PostgresStore)
    together = threading.Barrier(CONNECTIONS)

    def take_one() -> None:
        with store.snapshot():
            together.wait(SECONDS)

    taking = [threading.Thread(target=take_one) for _ in range(CONNECTIONS)]
    for one in taking:
        one.start()
    for one in taking:
        one.join(SECONDS)
    assert together.n_waiting == 0
    assert not together.broken
    pair.primary.die()
    pair.primary.start()

    failed = 0
    for _ in range(2 * CONNECTIONS):
        try:
            assert store.streams.stream(desk.desk, desk.epoch) is not None
        except StoreFailure:
            failed += 1
    assert failed == 1

    pair.primary.die()
    with pytest.raises(StoreFailure):
        store.streams.stream(desk.desk, desk.epoch)
    until = time.monotonic() + SECONDS
    while store._db._pool.get_stats()["pool_size"]:
        assert time.monotonic() < until
        time.sleep(PAUSE)
    pair.primary.start()
    assert store.streams.stream(desk.desk, desk.epoch) is not None
    local.close()


def test_backends_that_are_killed_lose_and_double_nothing(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """`pg_terminate_backend` of every connection of the centre while it stores and applies."""
    url = postgres.database()
    local = LocalCentre(tmp_path, database=url)
    desk = local.desk()
    desk.register(12)
    name = url.partition("?")[0].rpartition("/")[2]
    kills, moments = threading.Semaphore(0), random.Random(2026)
    ended, killed = threading.Event(), 0

    def kill_them() -> None:
        nonlocal killed
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
            while kills.acquire() and not ended.wait(moments.uniform(0, 0.02)):
                killed += len(
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                        [name],
                    ).fetchall()
                )

    killing = threading.Thread(target=kill_them)
    killing.start()
    told = 0
    try:
        for seq in range(1, 13):
            kills.release(3)
            told = receipted(local, desk, send(local, desk.seal(told + 1, seq)))
            with contextlib.suppress(StoreFailure):
                local.projector.run_all()
    finally:
        ended.set()
        kills.release()
        killing.join(SECONDS)

    assert killed
    assert told == 12
    holds(local, desk)
    local.close()
