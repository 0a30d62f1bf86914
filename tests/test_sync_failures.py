"""Every way an exchange fails, brought about for real: its code, its sentence, what to do, no loss.

One desk of a real centre stands behind a link; each case puts a real fault between them (sockets,
TLS, HTTP peers, a full disk), exchanges, takes the fault away and exchanges again.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.exchange.words import clock_notice
from sync.clock import iso
from sync.database import translate_errors
from sync.errors import UNREACHABLE_TEXTS, DiskFull, SyncError
from sync.failures import CLOCK, NEXT_STEPS, next_step, sentence
from sync.lock import LockFile
from sync.steps import Frozen
from tests.centre_process import CentreProcess, shared_centre
from tests.faults import LIES, PORTAL, LyingCentre, full_disk
from tests.free_ports import free_port
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register
from tests.tls_front import TlsFront, certified

__all__ = ["shared_centre"]
POST = b"POST /v1/batches"
SEEDS = count(1)
Bring = Callable[[LinkedDesk, pytest.MonkeyPatch, Path], AbstractContextManager[object]]


@pytest.fixture(scope="module")
def linked(
    tmp_path_factory: pytest.TempPathFactory, shared_centre: CentreProcess
) -> Iterator[LinkedDesk]:
    """The desk all cases share: each leaves it as it found it, with one request more."""
    with linked_desk(tmp_path_factory.mktemp("failing"), shared_centre, 620) as made:
        assert made.exchange().error is None
        yield made


def problem(status: int, code: str, *, after: int | None = None) -> bytes:
    """A refusal as the centre words it, whole on the wire."""
    told = {"type": f"urn:mfc-desk:{code}", "title": "Нет.", "status": status, "code": code}
    body = json.dumps(told | {"retry": "same"}, ensure_ascii=False).encode()
    lines = [
        f"HTTP/1.1 {status} No",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"Server-Time: {iso(datetime.now(UTC))}",
        "Connection: close",
    ]
    lines += [f"Retry-After: {after}"] if after is not None else []
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def elsewhere(linked: LinkedDesk, **changes: object) -> Iterator[None]:
    """The ticket leads to another address, or trusts another authority."""
    ticket = linked.desk.device.ticket
    assert ticket is not None
    other = replace(ticket, **changes)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(linked.desk.device), "ticket", other)
        yield


def peer(answer: bytes | None, instead_of: bytes = POST) -> Bring:
    """A peer that hands everything on to the centre, but answers one request itself."""

    @contextlib.contextmanager
    def bring(linked: LinkedDesk, _patch: pytest.MonkeyPatch, _folder: Path) -> Iterator[None]:
        with LyingCentre(answer, linked.centre.port, instead_of) as liar:
            linked.link.target = liar.port
            yield
            assert liar.lied
        linked.link.target = linked.centre.port

    return bring


def address(url: str) -> Bring:
    """An address where no centre is."""
    return lambda linked, _patch, _folder: elsewhere(linked, urls=(url,))


@contextlib.contextmanager
def nobody_listens(linked: LinkedDesk, _patch: object, _folder: Path) -> Iterator[None]:
    """A port that is free and stays so."""
    with elsewhere(linked, urls=(f"http://127.0.0.1:{free_port()}",)):
        yield


@contextlib.contextmanager
def full_backlog(linked: LinkedDesk, patch: pytest.MonkeyPatch, _folder: Path) -> Iterator[None]:
    """A host that takes no more connections and says nothing: the connect itself times out."""
    patch.setattr("sync.http.TIMEOUT", (0.5, 60.0))
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        stack.enter_context(elsewhere(linked, urls=(url,)))
        yield


@contextlib.contextmanager
def silence(linked: LinkedDesk, patch: pytest.MonkeyPatch, _folder: Path) -> Iterator[None]:
    """The centre gets the batch, stores it, and its answer never comes."""
    patch.setattr("sync.http.TIMEOUT", (60.0, 5.0))
    silent = Silent(linked.centre.port)
    with silent:
        linked.link.target = silent.port
        yield
        assert silent.swallowed
    linked.link.target = linked.centre.port


class Silent(LyingCentre):
    """Hands all on, but swallows the answer to a batch and leaves the connection open."""

    def __init__(self, behind: int) -> None:
        super().__init__(None, behind, POST, deliver=True)
        self.swallowed = False

    def _lie(self, near: socket.socket) -> None:
        self.swallowed = True
        near.settimeout(120)
        with contextlib.suppress(OSError):
            near.recv(1)


@contextlib.contextmanager
def cut(linked: LinkedDesk, _patch: object, _folder: Path) -> Iterator[None]:
    """The link drops in the middle of the upload."""
    linked.link.cut_after(up=900)
    yield
    linked.link.bring_up()


def tls(*, trusted: bool, first_year: int = -1, last_year: int = 1) -> Bring:
    """A TLS peer with a certificate of those years from now, by the ticket's authority or not."""

    @contextlib.contextmanager
    def bring(linked: LinkedDesk, _patch: object, folder: Path) -> Iterator[None]:
        now, year = datetime.now(UTC), timedelta(days=365)
        ours = certified(folder, now + first_year * year, now + last_year * year)
        (folder / "other").mkdir()
        other = certified(folder / "other", now - year, now + year)
        with TlsFront(ours.context, linked.centre.port) as front:
            pem = (ours if trusted else other).ca_pem
            url = f"https://127.0.0.1:{front.port}"
            with elsewhere(linked, urls=(url,), ca_pem=pem):
                yield

    return bring


@contextlib.contextmanager
def disk_full(linked: LinkedDesk, _patch: object, _folder: Path) -> Iterator[None]:
    """Not a page is left for the database, those it had given back included."""
    db = linked.desk.db
    db.execute("CREATE TABLE filler (block BLOB)")
    try:
        with full_disk(db):
            for size in (4000, 1000, 100, 10):
                with contextlib.suppress(DiskFull), translate_errors():
                    while True:
                        db.execute("INSERT INTO filler VALUES (zeroblob(?))", [size])
            yield
    finally:
        db.execute("DROP TABLE filler")


@contextlib.contextmanager
def another_exchange(linked: LinkedDesk, _patch: object, _folder: Path) -> Iterator[None]:
    """Another window of the program exchanges."""
    with LockFile(linked.desk.home.exchange_lock) as lock:
        assert lock.take()
        yield


@dataclass(frozen=True)
class Case:
    """A fault, the code it must get, words of its sentence, the exit code of `mfc-desk sync`."""

    code: str
    bring: Bring
    says: str
    exit_code: int = 3
    requests: int = 1


CASES = (
    # first: later batches would fit where these were
    Case("disk-full", disk_full, "нет места", 4, requests=40),
    Case("no-network", address("http://255.255.255.255:9"), "Нет сети"),
    Case("dns", address("http://no-such-centre.invalid"), "Адрес центра не находится"),
    Case("refused", nobody_listens, "не принимает соединение"),
    Case("timeout", full_backlog, "не ответил вовремя"),
    Case("no-answer", silence, "неизвестно, дошло ли оно"),
    Case("cut", cut, "Связь оборвалась"),
    Case("cut", peer(LIES["torn answer"]), "Связь оборвалась"),
    Case("captive-portal", peer(PORTAL, b""), "другой сайт"),
    Case("garbage", peer(LIES["garbage"]), "не разобрать"),
    Case("tls", tls(trusted=False), "сертификат центра не подходит"),
    Case("tls-clock", tls(trusted=True, first_year=-3, last_year=-1), "Проверьте дату"),
    Case("tls-clock", tls(trusted=True, first_year=1, last_year=3), "Проверьте дату"),
    Case("unknown-key", peer(problem(401, "unknown-key")), "не знает это рабочее место", 1),
    Case("revoked", peer(problem(403, "revoked")), "отозвал", 1),
    Case("fork", peer(problem(409, "fork")), "разошлись", 1),
    Case("epoch-closed", peer(problem(410, "epoch-closed")), "на другом компьютере", 1),
    Case("too-large", peer(problem(413, "too-large")), "даже одну запись", 1),
    Case("unknown-dictionary", peer(problem(415, "unknown-dictionary")), "распаковать", 1),
    Case("wrong-server", peer(problem(421, "wrong-server")), "другой центр", 1),
    Case("bad-chain", peer(problem(422, "bad-chain")), "не сходятся", 1),
    Case("bad-format", peer(problem(400, "bad-format")), "не принимает пакет", 1),
    Case("too-many", peer(problem(429, "too-many", after=1)), "просит подождать"),
    Case("server-error", peer(problem(500, "broken", after=1)), "неполадка"),
    Case("server-error", peer(problem(503, "store-failed", after=1)), "неполадка"),
    Case("server-error", peer(LIES["502 of a proxy"]), "неполадка"),
    Case("server-full", peer(problem(507, "server-full", after=600)), "кончилось место"),
    Case("unexpected", peer(problem(418, "teapot")), "обновить"),
    Case("exchange-running", another_exchange, "уже идёт", 1),
)


def failed(linked: LinkedDesk) -> tuple[str, str, str, int]:
    """Exchange: code, sentence, next step and the exit code it means."""
    try:
        result = linked.exchange()
    except SyncError as error:
        return error.code, str(error), next_step(error.code), error.exit_code
    assert result.kind is not None
    assert result.error is not None
    assert result.step is not None
    return result.kind, result.error, result.step, 3 if result.unreachable else 1


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{at:02d}-{case.code}" for at, case in enumerate(CASES, 1)]
)
def test_failure_is_named_loses_nothing_and_passes(
    linked: LinkedDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: Case
) -> None:
    """Code, sentence, next step; the request waits, then arrives once and is confirmed."""
    desk = linked.desk
    register(desk, case.requests, seed=next(SEEDS) * 10)
    before = desk.exchange.summary()

    with case.bring(linked, monkeypatch, tmp_path):
        code, said, step, exit_code = failed(linked)
    monkeypatch.undo()

    assert code == case.code
    assert case.says in said
    assert (step, exit_code) == (NEXT_STEPS[code], case.exit_code)
    assert desk.exchange.view().unsent == case.requests
    assert desk.exchange.summary().confirmed == before.confirmed
    frozen = desk.exchange.view().frozen
    assert bool(frozen) == (code in set(Frozen))
    if frozen:
        assert (frozen, desk.exchange.view().step) == (said, step)
        desk.exchange.resume()  # a person has seen to it
    after = linked.exchange()
    assert after.error is None
    assert after.step is None
    assert desk.exchange.view().unsent == 0
    assert desk.exchange.summary().confirmed == before.confirmed + case.requests


def test_a_wrong_clock_is_told_beside_an_exchange_that_works(linked: LinkedDesk) -> None:
    """An hour ahead: the exchange goes through, and the person is told what to do about it."""
    desk, clock = linked.desk, linked.made.clock
    clock.set(datetime.now(UTC))
    assert linked.exchange().error is None
    assert clock_notice(desk.exchange.view().clock_skew_s) is None
    clock.set(clock.now() + timedelta(hours=1))
    assert linked.exchange().error is None

    notice = clock_notice(desk.exchange.view().clock_skew_s)

    assert notice is not None
    assert "спешат на 1 ч" in notice
    assert next_step(CLOCK) in notice
    clock.set(datetime.now(UTC))
    assert linked.exchange().error is None


def test_after_all_of_them_both_sides_are_the_same(linked: LinkedDesk) -> None:
    """Every request of every case is at the centre once, byte by byte; the desk is whole."""
    register(linked.desk, 1, seed=next(SEEDS) * 10)
    assert linked.exchange().error is None
    assert linked.at_centre() == linked.on_desk()
    assert linked.desk.reconciliation.compare().equal
    assert check_desk(linked.desk).faults == ()


def test_every_code_has_a_sentence_and_a_next_step_of_its_own() -> None:
    """Nothing the engine or the wire can say is without them, none falls to «unexpected»."""
    for code in (*UNREACHABLE_TEXTS, *Frozen):
        assert NEXT_STEPS[code]
        assert code == "unexpected" or sentence(code) != sentence("unexpected")
    brought = {case.code for case in CASES} | {CLOCK}
    assert len(brought) >= 22


def test_the_table_in_the_docs_names_every_code() -> None:
    """docs/reliability.md lists each code with the words a person reads."""
    text = (Path(__file__).parent.parent / "docs/reliability.md").read_text("utf-8")
    for code in {*NEXT_STEPS, *UNREACHABLE_TEXTS}:
        assert f"| `{code}` |" in text, code
