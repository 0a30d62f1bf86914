"""Whatever stands where the centre should, the desk gets a typed answer or a typed failure."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest

from sync import feed, keys, receipt
from sync.central.answers import PROBLEM, Refusal
from sync.errors import Refused
from sync.http import KEPT_ASIDE, CentreClient, ParkedAt, Receipted, fetch_ticket, hand_in
from sync.ids import SeededRandom
from sync.ticket import Ticket, write
from tests import sync_world as world
from tests.answering_server import SOON, TIMEOUT, Call, Said, client, health, kind, serving
from tests.faults import LIES, PORTAL, LyingCentre, http_answer
from tests.free_ports import free_port
from tests.sync_world import HandClock

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


@pytest.fixture
def said() -> Said:
    return Said()


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


EVERY = [post, ask_stream, ask_feed, enrol, health]


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


@pytest.mark.parametrize("page", [b"MFCFgarbage", None], ids=["garbage", "a stranger's"])
def test_a_bad_page_takes_nothing_from_its_receipt(
    said: Said, centre: CentreClient, page: bytes | None
) -> None:
    """The receipt counts by its own signature; the feed is asked for apart."""
    stranger = keys.CentreKeys.generate(SeededRandom(8))
    forged = feed.seal_page(
        feed.FeedPage(world.SERVER, world.DESK, world.EPOCH, 0, 0, ()),
        stranger,
        world.DEVICE.recipient,
    )
    said.set(201, RECEIPT + (page or forged), "application/vnd.mfc.receipt")

    answer = centre.post_batch(b"sealed", hear=0)

    assert isinstance(answer, Receipted)
    assert (answer.receipt.to, answer.raw) == (5, RECEIPT)
    said.set(204, b"")
    assert centre.feed(0) is None
    assert [path for _, path, *_ in said.asked] == ["/v1/batches", "/v1/feed?after=0"]


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


def test_a_page_comes_with_the_receipt_and_says_where_the_feed_ends(
    said: Said, centre: CentreClient
) -> None:
    """Receipt and page in one answer: neither the page nor what follows is asked for."""
    page = feed.FeedPage(
        *(world.SERVER, world.DESK, world.EPOCH, 4, 5, (feed.FeedEvent(5, "x", {}),)), end=True
    )
    sealed = feed.seal_page(page, world.CENTRE, world.DEVICE.recipient)
    said.set(201, RECEIPT + sealed, "application/vnd.mfc.receipt")

    answer = centre.post_batch(b"x", hear=4)

    assert isinstance(answer, Receipted)
    assert answer.raw == RECEIPT
    assert centre.feed(4) == page
    assert centre.feed(5) is None
    assert [(asked[0], asked[2].get("MFC-Feed")) for asked in said.asked] == [("POST", "4")]
    said.set(204, b"")
    assert centre.feed(5) is None  # said once: the next time it is asked
    assert len(said.asked) == 2


def test_a_page_that_came_with_a_receipt_serves_its_own_cursor_only(
    said: Said, centre: CentreClient
) -> None:
    """A feed heard anew from 0 is asked for; a torn page costs no receipt, it is asked for."""
    page = feed.FeedPage(
        *(world.SERVER, world.DESK, world.EPOCH, 4, 5, (feed.FeedEvent(5, "x", {}),))
    )
    sealed = feed.seal_page(page, world.CENTRE, world.DEVICE.recipient)
    said.set(201, RECEIPT + sealed, "application/vnd.mfc.receipt")
    centre.post_batch(b"x", hear=4)
    said.set(204, b"")
    assert centre.feed(0) is None
    assert said.asked[-1][1] == "/v1/feed?after=0"

    said.set(201, RECEIPT + sealed[:-1], "application/vnd.mfc.receipt")
    centre.post_batch(b"x", hear=4)
    said.set(204, b"")
    assert centre.feed(4) is None
    assert said.asked[-1][1] == "/v1/feed?after=4"


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
            "garbage with the right type": {"altered"},
            "empty 201": {"altered"},
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
    with silent, client(f"http://127.0.0.1:{port}", timeout=SOON) as made:
        assert kind(post, made) == "no-answer"


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
    with client(f"http://127.0.0.1:{free_port()}") as made:
        assert kind(health, made) == "refused"
    for url in ("http://no-such-centre.invalid", "not an address", "http://"):
        with client(url) as made:
            assert kind(health, made) in {"dns", "no-network"}


def test_another_address_of_the_centre_is_tried(said: Said) -> None:
    """When the first address is dead the next one serves, and is then asked first."""
    said.set(204, b"")
    dead = f"http://127.0.0.1:{free_port()}"
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


def test_tickets_without_addresses_reach_nobody() -> None:
    """A ticket that names no address is a failure, not a crash."""
    ticket: Ticket = world.ticket(urls=())
    made = CentreClient(ticket, world.DEVICE, HandClock(), timeout=TIMEOUT)

    assert kind(health, made) == "dns"
    made.close()


@pytest.mark.parametrize("code", ["too-many", "broken", "busy", "server-full", "bad-digest"])
def test_handing_in_stops_at_a_refusal_that_passes(said: Said, code: str) -> None:
    """What a busy or full centre has not taken is not passed by; nothing more is sent."""
    refusal = Refusal(code).answer()
    said.set(refusal.status, refusal.body, PROBLEM)
    with serving(said) as port, pytest.raises(Refused) as caught:
        hand_in((f"http://127.0.0.1:{port}",), None, [("a", b"1"), ("b", b"2")], HandClock())

    assert (caught.value.passing, caught.value.reason) == (True, code)
    assert [body for *_, body in said.asked] == [b"1"]


@pytest.mark.parametrize("code", [*sorted(KEPT_ASIDE), "unknown-key", "bad-format"])
def test_handing_in_tells_what_was_refused(said: Said, code: str) -> None:
    """The rest is handed in all the same."""
    refusal = Refusal(code).answer()
    said.set(refusal.status, refusal.body, PROBLEM)
    with serving(said) as port:
        url = f"http://127.0.0.1:{port}"
        answers = hand_in((url,), None, [("a", b"1"), ("b", b"2")], HandClock())

    assert {name: no.reason if no else "" for name, no in answers.items()} == {"a": code, "b": code}
