"""Whatever stands where the centre should, the desk gets a typed answer or a typed failure."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync import feed, keys, receipt
from sync.errors import UNREACHABLE_TEXTS, Refused, Unreachable
from sync.http import CentreClient, ParkedAt, Receipted, fetch_ticket
from sync.ids import SeededRandom
from sync.ticket import Ticket, write
from tests import sync_world as world
from tests.faults import LIES, PORTAL, LyingCentre, http_answer
from tests.sync_world import HandClock

TIMEOUT = (1.0, 1.0)
RECEIPT = receipt.sign(
    receipt.Receipt(
        world.SERVER, "i-1", world.DESK, world.EPOCH, 5, "ab" * 32, "stored", world.NOON, 1
    ),
    world.CENTRE,
)
STREAM = {
    "have": 5,
    "head": "ab" * 32,
    "applied_to": 4,
    "safe_to": None,
    "incarnation": "i-1",
    "new": 1,
}


@dataclass
class Said:
    """What the next answer is, and what was asked."""

    status: int = 200
    media_type: str = "application/json"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Server-Time": "2026-11-21T13:00:00Z"})
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def set(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        self.status, self.body, self.media_type = status, body, media_type


@contextmanager
def serving(said: Said, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A real HTTP server on a thread that answers what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            said.asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", said.media_type)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = answer  # noqa: N815 - names http.server looks for

        def log_message(self, *_args: object, **_kwargs: object) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object, **_kwargs: object) -> None:
            return

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def said() -> Said:
    return Said()


@contextmanager
def client(url: str, clock: HandClock | None = None, **changes: object) -> Iterator[CentreClient]:
    ticket = world.ticket(urls=(url,), **changes)
    made = CentreClient(ticket, world.DEVICE, clock or HandClock(), timeout=TIMEOUT)
    yield made
    made.close()


@pytest.fixture
def centre(said: Said) -> Iterator[CentreClient]:
    """A client of a centre that answers what `said` holds."""
    with serving(said) as port, client(f"http://127.0.0.1:{port}") as made:
        yield made


def at(server: LyingCentre) -> str:
    return f"http://127.0.0.1:{server.port}"


def post(made: CentreClient) -> object:
    return made.post_batch(b"sealed")


def ask_stream(made: CentreClient) -> object:
    return made.stream()


def ask_feed(made: CentreClient) -> object:
    return made.feed(0)


def enrol(made: CentreClient) -> object:
    return made.enrol()


def health(made: CentreClient) -> None:
    made.health()


EVERY = [post, ask_stream, ask_feed, enrol, health]
Call = Callable[[CentreClient], object]


def kind(call: Call, made: CentreClient) -> str:
    """The kind of the failure a call ends in."""
    with pytest.raises(Unreachable) as caught:
        call(made)
    assert str(caught.value) == UNREACHABLE_TEXTS[caught.value.kind]
    assert caught.value.exit_code == 3
    return caught.value.kind


def test_a_batch_goes_out_as_it_is_and_a_receipt_comes_back(
    said: Said, centre: CentreClient
) -> None:
    """The body is the sealed bytes with their digest; progress is told; the receipt is verified."""
    said.set(201, RECEIPT, "application/vnd.mfc.receipt")
    data = bytes(range(256)) * 300
    told: list[tuple[int, int]] = []

    answer = centre.post_batch(data, lambda sent, whole: told.append((sent, whole)))

    assert isinstance(answer, Receipted)
    assert (answer.receipt.to, answer.raw) == (5, RECEIPT)
    method, path, headers, body = said.asked[0]
    assert (method, path, body) == ("POST", "/v1/batches", data)
    digest = base64.b64encode(sha256(data).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert told[-1] == (len(data), len(data))
    assert len(told) >= 5
    assert (centre.bytes_up, centre.bytes_down) == (len(data), len(RECEIPT))


def test_a_parked_batch_is_no_receipt(said: Said, centre: CentreClient) -> None:
    """202 says how far the centre is, whatever else it carries."""
    said.set(202, json.dumps({"have": 3}).encode())

    assert centre.post_batch(b"x") == ParkedAt(3)


def test_stream_and_feed_are_signed_by_the_device(said: Said, centre: CentreClient) -> None:
    """A GET carries the key's name and its signature over method and path."""
    said.set(200, json.dumps(STREAM).encode())

    found = centre.stream()

    assert (found.have, found.head.hex(), found.applied_to) == (5, "ab" * 32, 4)
    said.set(204, b"")
    assert centre.feed(17) is None
    for (_, path, headers, _), target in zip(
        said.asked, (f"/v1/streams/{world.DESK}/{world.EPOCH}", "/v1/feed?after=17"), strict=True
    ):
        key, _, signature = headers["MFC-Signature"].partition(":")
        assert (path, key) == (target, world.DEVICE.key_id)
        message = b"mfcg1\0" + f"GET {target}".encode()
        keys.verify(world.DEVICE.public, base64.b64decode(signature), message)


def test_a_feed_page_is_opened_and_verified(said: Said, centre: CentreClient) -> None:
    """A page of the centre comes as events; one of somebody else's does not."""
    page = feed.FeedPage(
        world.SERVER, world.DESK, world.EPOCH, 0, 1, (feed.FeedEvent(1, "x", {"n": 1}),)
    )
    said.set(200, feed.seal_page(page, world.CENTRE, world.DEVICE.recipient))
    assert centre.feed(0) == page

    stranger = keys.CentreKeys.generate(SeededRandom(8))
    said.set(200, feed.seal_page(page, stranger, world.DEVICE.recipient))
    assert kind(ask_feed, centre) == "garbage"


def test_an_enrolment_brings_the_ticket(said: Said, centre: CentreClient) -> None:
    """Code and public keys go up, the ticket file comes down; by net it is the same."""
    data = write(world.ticket(), world.CENTRE)
    said.set(201, data, "application/vnd.mfc.ticket")

    assert centre.enrol() == data
    asked = json.loads(said.asked[0][3])
    assert asked["code"] == "ABCD-1234"
    assert asked["signing_public"] == world.DEVICE.public.hex()
    assert asked["age_recipient"] == world.DEVICE.recipient
    url = f"http://{said.asked[0][2]['Host']}/"
    assert fetch_ticket(url, "ABCD-1234", world.DEVICE, HandClock(), timeout=TIMEOUT) == data


def test_a_refusal_is_told_from_everything_else(said: Said, centre: CentreClient) -> None:
    """A problem of the centre is a Refused with its members, on every call."""
    body = {"code": "fork", "title": "Журнал расходится.", "have": 3}
    said.set(409, json.dumps(body).encode(), "application/problem+json; charset=utf-8")
    said.headers["Retry-After"] = "7"

    for call in EVERY:
        with pytest.raises(Refused) as caught:
            call(centre)
        assert caught.value.status == 409
        assert caught.value.problem["code"] == "fork"
        assert caught.value.problem["retry_after"] == 7.0
        assert str(caught.value) == "Журнал расходится."


@pytest.mark.parametrize("call", EVERY)
@pytest.mark.parametrize("lie", sorted(LIES))
def test_whoever_answers_instead_is_a_typed_failure(call: Call, lie: str) -> None:
    """A hotel's page, 500, garbage, a torn answer, nothing: never a receipt, never a crash."""
    with LyingCentre(LIES[lie]) as liar, client(at(liar)) as made:
        assert kind(call, made) in {
            "page of a hotel": {"captive-portal"},
            "500": {"server-error"},
            "502 of a proxy": {"server-error"},
            "garbage": {"garbage"},
            "garbage with the right type": {"garbage", "captive-portal"},
            "empty 201": {"garbage", "captive-portal"},
            "torn answer": {"cut"},
            "nothing": {"cut"},
            "reset": {"cut"},
        }.get(lie, {lie})


def test_a_redirect_is_not_followed() -> None:
    """A network that sends one to its login page gets no request of ours there."""
    with LyingCentre(PORTAL) as hotel:
        answer = http_answer("302 Found", "text/plain", b"")
        moved = answer.replace(b"\r\n", f"\r\nLocation: {at(hotel)}\r\n".encode(), 1)
        with LyingCentre(moved) as liar, client(at(liar)) as made:
            assert kind(post, made) == "captive-portal"
        assert hotel.asked == 0


def test_a_forbidding_proxy_does_not_freeze_a_desk() -> None:
    """403 with a page is not the centre's 403."""
    page = http_answer("403 Forbidden", "text/html", b"<h1>Blocked by policy</h1>")

    with LyingCentre(page) as liar, client(at(liar)) as made:
        assert kind(post, made) == "captive-portal"


def test_silence_is_a_timeout() -> None:
    """A half-open connection ends by itself."""
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    with silent, client(f"http://127.0.0.1:{port}") as made:
        assert kind(post, made) == "timeout"


def test_an_endless_answer_is_garbage(said: Said, centre: CentreClient) -> None:
    """No more is read than an answer of the centre can have."""
    said.set(200, bytes(11 << 20))

    assert kind(ask_feed, centre) == "garbage"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"[" * 99_999,
        b"{}",
        json.dumps({**STREAM, "have": -1}).encode(),
        json.dumps({**STREAM, "head": "x"}).encode(),
    ],
    ids=["list", "torn", "deep", "empty", "negative", "no hash"],
)
def test_an_answer_of_another_shape_is_garbage(
    said: Said, centre: CentreClient, body: bytes
) -> None:
    """JSON that is not the stream's is told apart from a stream."""
    said.set(200, body)

    assert kind(ask_stream, centre) == "garbage"


def test_nobody_there_is_refused_and_no_name_is_dns() -> None:
    """A closed port, an unknown name and an address that is none each have their kind."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with client(f"http://127.0.0.1:{port}") as made:
        assert kind(health, made) == "refused"
    for url in ("http://no-such-centre.invalid", "not an address", "http://"):
        with client(url) as made:
            assert kind(health, made) in {"dns", "no-network"}


def test_another_address_of_the_centre_is_tried(said: Said) -> None:
    """When the first address is dead the next one serves, and is then asked first."""
    said.set(204, b"")
    with socket.create_server(("127.0.0.1", 0)) as server:
        dead = f"http://127.0.0.1:{server.getsockname()[1]}"
    with serving(said) as port:
        ticket = world.ticket(urls=(dead, f"http://127.0.0.1:{port}"))
        made = CentreClient(ticket, world.DEVICE, HandClock(), timeout=TIMEOUT)
        made.health()
        made.health()
        made.close()
    assert len(said.asked) == 2


def test_the_centres_clock_is_measured(said: Said) -> None:
    """`Server-Time` against ours gives the offset; the surest estimate stays."""
    said.set(204, b"")
    clock = HandClock()
    with serving(said) as port, client(f"http://127.0.0.1:{port}", clock) as made:
        assert made.centre_time is None
        made.health()
        assert made.centre_time is not None
        assert made.centre_time.offset == timedelta(hours=1)
        said.headers["Server-Time"] = "yesterday"
        made.health()
        assert made.centre_time.offset == timedelta(hours=1)


def test_the_environment_has_no_say(
    said: Said, centre: CentreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy nor a CA bundle of the environment comes between desk and centre."""
    said.set(204, b"")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")

    centre.health()


# TLS


@dataclass(frozen=True)
class Authority:
    """A CA of a test and a certificate of 127.0.0.1 by it."""

    ca_pem: str
    context: ssl.SSLContext


def certify(folder: Path, valid_from: datetime, valid_to: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Authority(pem.decode(), context)


NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


def test_the_tickets_authority_alone_is_trusted(tmp_path: Path, said: Said) -> None:
    """HTTPS by the CA of the ticket works; by any other one it is refused as such."""
    said.set(204, b"")
    (tmp_path / "other").mkdir()
    ours = certify(tmp_path, NOW - YEAR, NOW + YEAR)
    other = certify(tmp_path / "other", NOW - YEAR, NOW + YEAR)

    with serving(said, ours.context) as port:
        url = f"https://127.0.0.1:{port}"
        with client(url, ca_pem=ours.ca_pem) as made:
            made.health()
        for strange in (other.ca_pem, None):
            with client(url, ca_pem=strange) as made:
                assert kind(health, made) == "tls"


@pytest.mark.parametrize("years", [(-3, -1), (1, 3)])
def test_dates_that_do_not_hold_are_told_apart(
    tmp_path: Path, said: Said, years: tuple[int, int]
) -> None:
    """A certificate out of its dates points at the clock; a clock known to be wrong gets by."""
    said.set(204, b"")
    authority = certify(tmp_path, NOW + years[0] * YEAR, NOW + years[1] * YEAR)

    with serving(said, authority.context) as port:
        url = f"https://127.0.0.1:{port}"
        with client(url, ca_pem=authority.ca_pem) as made:
            assert kind(health, made) == "tls-clock"
        ticket = world.ticket(urls=(url,), ca_pem=authority.ca_pem)
        made = CentreClient(ticket, world.DEVICE, HandClock(), timeout=TIMEOUT, clock_behind=True)
        made.health()
        made.close()


def test_a_plain_server_behind_https_is_a_tls_failure(said: Said) -> None:
    """A server that does not speak TLS is named as such, not as an error of ours."""
    with serving(said) as port, client(f"https://127.0.0.1:{port}") as made:
        assert kind(health, made) in {"tls", "cut", "timeout"}


def test_tickets_without_addresses_reach_nobody() -> None:
    """A ticket that names no address is a failure, not a crash."""
    ticket: Ticket = world.ticket(urls=())
    made = CentreClient(ticket, world.DEVICE, HandClock(), timeout=TIMEOUT)

    assert kind(health, made) == "dns"
    made.close()
