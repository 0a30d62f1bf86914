"""What stands before the acts: slow peers, guessed codes, a full disk, TLS, a restored copy."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import time
import warnings
from collections import namedtuple
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync import receipt
from sync.central.answers import Refusal
from sync.central.centre import Centre
from sync.central.gate import DESKS_A_SECOND, MOST_INSIDE, CodeGuesses, Crowd, DiskGauge
from sync.central.projection import Projector
from sync.central.serve import Place, listen
from sync.central.store.sqlite import SqliteStore
from sync.errors import Busy, Damaged, DiskFull
from sync.ids import SeededRandom, SystemRandom
from tests.centre_process import CentreProcess, centre
from tests.centre_served import served
from tests.centre_world import LocalCentre, catalogue, desk_of, local, problem

__all__ = ["centre", "local", "served"]

Usage = namedtuple("Usage", "total used free")


def test_codes_cannot_be_guessed_fast(centre: CentreProcess) -> None:
    """After ten wrong codes everybody waits, the right code too; nothing was bound."""
    right = desk_of(centre.ticket(1), centre.url, enrolled=False)

    answers = [right.enrol("0000-0000") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert problem(answers[-1])["code"] == "too-many"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert right.enrol().status_code == 429


def test_a_crowd_is_sent_away_to_different_moments() -> None:
    """Whoever is inside goes on; the more were sent away, the further their returns are spread."""
    now = [0.0]
    crowd = Crowd(SeededRandom(1), lambda: now[0])
    with ExitStack() as inside:
        for _ in range(MOST_INSIDE):
            crowd.check()
            inside.enter_context(crowd)
        told = []
        for _ in range(1000):
            with pytest.raises(Refusal) as refusal:
                crowd.check()
            assert refusal.value.code == "busy"
            told.append(refusal.value.retry_after or 0)
        assert max(told[:20]) <= 2 < max(told)
        assert min(told) >= 1
        assert len(set(told[-500:])) > 20
        assert max(told) <= 1000 / DESKS_A_SECOND + 2
    crowd.check()


def test_guessing_may_go_on_after_a_minute() -> None:
    """The wait ends a minute after the tenth last wrong code."""
    now = [0.0]
    guesses = CodeGuesses(lambda: now[0])
    for _ in range(10):
        guesses.check()
        guesses.missed()
    now[0] = 59.9
    with pytest.raises(Refusal):
        guesses.check()
    now[0] = 60.1
    guesses.check()


@pytest.mark.parametrize(
    ("free", "total", "full"),
    [(1 << 30, 100 << 30, True), (3 << 30, 100 << 30, False), (1 << 30, 5 << 30, False)],
)
def test_a_nearly_full_disk_is_noticed(
    monkeypatch: pytest.MonkeyPatch, free: int, total: int, full: bool
) -> None:
    """Less than 2 GiB free, or a tenth of a small disk; looked at every few seconds only."""
    looks: list[Path] = []

    def usage(folder: Path) -> Usage:
        looks.append(folder)
        return Usage(total, total - free, free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    now = [100.0]
    gauge = DiskGauge(Path(), lambda: now[0])

    assert [gauge.nearly_full() for _ in range(3)] == [full] * 3
    assert len(looks) == 1
    now[0] += 6
    gauge.nearly_full()
    assert len(looks) == 2


def test_slow_heads_are_hung_up_on(
    local: LocalCentre, served: Callable[[LocalCentre], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that does not finish a request's head is hung up on; one that waits is not."""
    monkeypatch.setattr("sync.central.serve.HEAD_SECONDS", 0.3)
    address = urlsplit(served(local))
    began = time.monotonic()
    with socket.create_connection((address.hostname, address.port), timeout=120) as end:
        end.sendall(b"GET /v1/health HTTP/1.1\r\nHo")
        assert end.recv(1000) == b""
        assert time.monotonic() - began > 0.2
    with socket.create_connection((address.hostname, address.port), timeout=120) as end:
        for _ in range(3):
            end.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert end.recv(1000).startswith(b"HTTP/1.1 204 ")
            time.sleep(0.1)
        end.sendall(b"GET /v1/hea")
        assert end.recv(1000) == b""


def test_slow_bodies_are_given_up(
    local: LocalCentre, served: Callable[[LocalCentre], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that stops coming is answered 408 and nothing is stored."""
    monkeypatch.setattr("sync.central.incoming.IDLE_SECONDS", 0.2)
    address = urlsplit(served(local))
    with socket.create_connection((address.hostname, address.port), timeout=120) as end:
        end.sendall(b"POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nMFCB")
        assert end.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_a_full_disk_refuses_before_the_body(
    local: LocalCentre, served: Callable[[LocalCentre], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 with a long `Retry-After`, while the rest goes on being answered."""
    url = served(local)
    monkeypatch.setattr(DiskGauge, "nearly_full", lambda _gauge: True)

    answer = requests.post(f"{url}/v1/batches", data=b"x", timeout=120)

    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "600")
    assert requests.get(f"{url}/v1/health", timeout=120).status_code == 204


class FailingProjector(Projector):
    """A projector whose disk fails it as often as `failures` say."""

    failures: list[Exception]

    def run_slice(self) -> int:
        if self.failures:
            raise self.failures.pop()
        return super().run_slice()


def failing(local: LocalCentre, *failures: Exception) -> None:
    """Give the centre a projector that fails so."""
    projector = FailingProjector(
        local.centre.store, catalogue(), local.centre.dictionaries, local.clock
    )
    projector.failures = list(failures)
    local.projector = projector


def test_outcomes_come_when_the_disk_has_room_again(
    local: LocalCentre, served: Callable[[LocalCentre], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a busy database delays the outcomes, and takes none away."""
    monkeypatch.setattr("sync.central.projecting.RETRY_SECONDS", 0.05)
    failing(local, DiskFull(), Busy())
    desk = local.desk()
    desk.url = served(local)
    desk.register(2)

    assert desk.post(desk.seal(1, 2)).status_code == 201
    assert [body["outcome"] for body in desk.results(2).values()] == ["applied"] * 2


def test_a_disk_that_is_full_when_the_log_is_folded_stops_nothing(
    local: LocalCentre, served: Callable[[LocalCentre], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fold waits like the projection itself; the centre goes on."""
    refused = Event()
    fold = SqliteStore.checkpoint

    def fold_later(store: SqliteStore) -> None:
        if not refused.is_set():
            refused.set()
            raise DiskFull
        fold(store)

    monkeypatch.setattr(SqliteStore, "checkpoint", fold_later)
    monkeypatch.setattr("sync.central.projecting.CHECKPOINT_SECONDS", 0.05)
    monkeypatch.setattr("sync.central.projecting.RETRY_SECONDS", 0.05)
    desk = local.desk()
    desk.url = served(local)
    assert refused.wait(120)

    desk.register(2)

    assert desk.post(desk.seal(1, 2)).status_code == 201
    assert [body["outcome"] for body in desk.results(2).values()] == ["applied"] * 2


@pytest.mark.parametrize("failure", [Busy(), DiskFull(), ValueError()])
def test_a_stored_batch_is_receipted_when_its_outcomes_cannot_be_told(
    local: LocalCentre,
    served: Callable[[LocalCentre], str],
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
) -> None:
    """The store fails the page after the batch was committed: the receipt goes out alone."""

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Centre, "page", fail)
    desk = local.desk()
    desk.url = served(local)
    desk.note(2)

    answer = desk.post(desk.seal(1, 2), **{"MFC-Feed": "0"})

    assert answer.status_code == 201
    assert receipt.read_verified(answer.content, desk.ticket.publics).to == 2


@pytest.mark.parametrize("failure", [Damaged(), ZeroDivisionError()])
def test_a_broken_projection_stops_the_centre(
    local: LocalCentre, served: Callable[[LocalCentre], str], failure: Exception
) -> None:
    """A centre that cannot register any more does not go on as if it could."""
    failing(local, failure)
    url = served(local)
    assert any(not answers(url) for _ in range(2400))


def answers(url: str) -> bool:
    """Whether a centre is there; waits a little when it is."""
    try:
        requests.get(f"{url}/v1/health", timeout=120)
    except requests.ConnectionError:
        return False
    time.sleep(0.05)
    return True


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, private


def offered(port: int, pem: Path) -> set[str]:
    """Versions of TLS the centre agrees to."""
    agreed = set()
    for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=str(pem))
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = context.maximum_version = version
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=120) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1") as end,
            ):
                agreed.add(str(end.version()))
        except ssl.SSLError:
            continue
    return agreed


def test_it_speaks_tls(tmp_path: Path) -> None:
    """With --tls-cert and --tls-key the address is https and an older protocol is refused."""
    pem, key = certificate(tmp_path)
    process = CentreProcess(
        tmp_path / "tls", options=("--tls-cert", str(pem), "--tls-key", str(key))
    )
    process.folder.mkdir()
    process.add_office()
    process.restart(wait=False)
    try:
        assert process.url.startswith("https://")
        # an answer kept would keep its connection, and the centre waits for it when it stops
        assert requests.get(f"{process.url}/v1/health", verify=str(pem), timeout=120).ok
        assert offered(process.port, pem) == {"TLSv1.2", "TLSv1.3"}
    finally:
        process.stop()


def test_a_restored_copy_lives_a_new_life(local: LocalCentre) -> None:
    """Told of the restore, the centre names a new incarnation and gives no number twice."""
    desk = local.desk()
    desk.register(2)
    assert local.accept(desk.seal(1, 1)).status == 201
    local.rows(desk)
    copy = local.folder / "copy.db"
    local.reopen(lambda: shutil.copy(local.home.database, copy))
    lost = local.accept(desk.seal(2, 2))
    given = local.rows(desk)[1].official_no
    local.reopen(lambda: shutil.copy(copy, local.home.database))
    local.centre.store.begin_new_life(SystemRandom(), 10_000)

    again = local.accept(desk.seal(2, 2))

    old = receipt.read_verified(lost.body, desk.ticket.publics)
    new = receipt.read_verified(again.body, desk.ticket.publics)
    assert again.status == 201
    assert old.incarnation != new.incarnation
    assert local.rows(desk)[1].official_no == "90/2026-010002"
    assert given == "90/2026-000002"
    assert local.faults() == ()


def test_the_log_repeats_nothing_a_stranger_wrote(
    local: LocalCentre,
    served: Callable[[LocalCentre], str],
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    """An address or a method that is none of the centre's is called `other`, whatever it says."""
    caplog.set_level("INFO", logger="sync.central")
    log = logging.getLogger("sync.central")
    log.addHandler(caplog.handler)  # a centre set up in this process keeps its lines to itself
    request.addfinalizer(lambda: log.removeHandler(caplog.handler))
    url = served(local)
    requests.get(f"{url}/v1/health", timeout=120)
    requests.get(f"{url}/v1/streams/Сидорова/9001234567", timeout=120)
    requests.request("SIDOROVA", f"{url}/v1/health?name=Сидорова", timeout=120)

    def answered() -> list[dict[str, object]]:
        found = {id(one): one for one in caplog.records if one.msg == "answered"}
        return [vars(one) for one in found.values()]

    until = time.monotonic() + 120  # a line is written after its answer went out
    while len(answered()) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert [(one["method"], one["path"]) for one in answered()] == [
        ("GET", "/v1/health"),
        ("GET", "other"),
        ("other", "/v1/health"),
    ]


def test_answers_wait_for_no_acknowledgement() -> None:
    """asyncio sets TCP_NODELAY where a socket names its protocol; accepted ones inherit it."""
    with listen(Place("127.0.0.1", 0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP
