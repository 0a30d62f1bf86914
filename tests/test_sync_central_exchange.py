"""A desk and a real centre process: enrolment, batches, receipts, feed."""

from __future__ import annotations

import base64
import json
import random
import socket
import threading
from hashlib import sha256
from itertools import count
from urllib.parse import urlsplit

import pytest
import requests

from sync import envelope, feed, receipt, ticket
from sync.clock import from_iso
from sync.ids import SeededRandom
from sync.keys import DeviceKeys
from tests.centre_process import CentreProcess, shared_centre
from tests.centre_world import HandDesk, desk_of, problem

__all__ = ["shared_centre"]

NUMBERS = count(101)


@pytest.fixture
def desk(shared_centre: CentreProcess) -> HandDesk:
    """A freshly enrolled desk."""
    return desk_of(shared_centre.ticket(next(NUMBERS)), shared_centre.url)


def spoken(url: str, code: str, number: int) -> requests.Response:
    """Enrol by net, with nothing but an address and a dictated code."""
    keys = DeviceKeys.generate(SeededRandom(number))
    asked = {
        "code": code,
        "signing_public": keys.public.hex(),
        "age_recipient": keys.recipient,
        "hw_hint": "",
        "prev": None,
    }
    return requests.post(f"{url}/v1/enrol", json=asked, timeout=120)


def test_a_batch_becomes_requests_with_official_numbers(
    shared_centre: CentreProcess, desk: HandDesk
) -> None:
    """Enrol, batch, receipt, feed: every request gets its official number, in order."""
    desk.register(5)

    answer = desk.post(desk.seal(1, 5))

    assert answer.status_code == 201, answer.text
    got = receipt.read_verified(answer.content, desk.ticket.publics)
    assert (got.desk, got.epoch, got.to, got.level) == (desk.desk, desk.epoch, 5, "stored")
    assert got.head == desk.head(5).hex()
    results = desk.results(5)
    assert [results[seq]["outcome"] for seq in range(1, 6)] == ["applied"] * 5, results
    numbers = [results[seq]["official_no"] for seq in range(1, 6)]
    assert numbers == sorted(numbers)
    assert all(number.startswith("90/2026-") for number in numbers)
    told = desk.stream()
    assert (told["have"], told["applied_to"]) == (5, 5)
    exported = [line for line in shared_centre.export() if line["desk"] == desk.desk]
    assert [line["official_no"] for line in exported] == numbers
    assert all("record" not in line for line in exported)


def test_outcomes_come_with_the_receipt_where_they_are_asked_for(desk: HandDesk) -> None:
    """`MFC-Feed`: receipt and page in one body, also when the batch was stored before."""
    desk.register(3)
    data = desk.seal(1, 3)

    for status in (201, 200):
        answer = desk.post(data, **{"MFC-Feed": "0"})

        assert answer.status_code == status
        raw, sealed = envelope.first_of(envelope.Form.RECEIPT, answer.content)
        assert receipt.read_verified(raw, desk.ticket.publics).to == 3
        page = feed.open_page(sealed, desk.ticket.publics, [desk.keys.identity])
        assert [event.body["seq"] for event in page.events] == [1, 2, 3]
        assert page.end
    behind = desk.post(data, **{"MFC-Feed": "3"})
    assert receipt.read_verified(behind.content, desk.ticket.publics).to == 3
    assert desk.post(data, **{"MFC-Feed": "x"}).status_code == 400


def test_export_full_has_the_record(shared_centre: CentreProcess, desk: HandDesk) -> None:
    """`export --full` adds what was asked for, as the desk registered it."""
    desk.register(1)
    desk.post(desk.seal(1, 1))
    desk.results(1)

    (line,) = [line for line in shared_centre.export(full=True) if line["desk"] == desk.desk]

    assert line["record"]["service"] == line["service"] == "soc-card"


def test_a_repeated_batch_brings_the_same_receipt(desk: HandDesk) -> None:
    """201 the first time, 200 with the same bytes ever after."""
    desk.note(2)
    data = desk.seal(1, 2)

    answers = [desk.post(data) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.content for answer in answers}) == 1


def test_every_answer_tells_the_centres_time(desk: HandDesk) -> None:
    """`Server-Time` stands on answers good and bad."""
    for answer in (
        requests.get(f"{desk.url}/v1/health", timeout=120),
        requests.get(f"{desk.url}/nowhere", timeout=120),
        desk.post(b"garbage"),
        desk.get("/v1/feed?after=0"),
    ):
        assert from_iso(answer.headers["Server-Time"]).year >= 2026


def test_a_code_can_be_dictated(shared_centre: CentreProcess) -> None:
    """Enrolment by net: URL and CODE alone bring the ticket, signed by the centre of the code."""
    number = next(NUMBERS)
    code = shared_centre.spoken_code(number)
    fingerprint, _ = ticket.split_code(code)

    first = spoken(shared_centre.url, code.lower(), 1)
    again = spoken(shared_centre.url, code, 1)
    second_device = spoken(shared_centre.url, code, 2)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ticket.read(first.content, centre=fingerprint).desk_no == number
    assert second_device.status_code == 403
    assert problem(second_device)["code"] == "code-refused"


def test_keys_belong_to_one_ticket(shared_centre: CentreProcess, desk: HandDesk) -> None:
    """A device that is enrolled makes new keys for a new ticket: 409 for the old ones."""
    other = ticket.read(shared_centre.ticket(next(NUMBERS)))

    answer = desk.enrol(other.code)

    assert answer.status_code == 409
    assert problem(answer)["code"] == "key-enrolled"


@pytest.mark.parametrize(
    "asked", [b"", b"{", b"[]", b"{}", b'{"code": 1}', b"[" * 16000, b'{"code":"A","b":"\xff"}']
)
def test_a_bad_enrolment_is_a_bad_request(desk: HandDesk, asked: bytes) -> None:
    """What is no enrolment is refused with a problem."""
    answer = desk.http.post(f"{desk.url}/v1/enrol", data=asked, timeout=120)

    assert answer.status_code == 400
    assert problem(answer)["code"] == "bad-request"


def test_a_number_too_long_to_read_is_a_bad_request(desk: HandDesk) -> None:
    """Thousands of digits: Python would not read them, and the centre is not broken by it."""
    answer = desk.ask("GET", f"/v1/feed?after={'9' * 5000}")

    assert answer.status_code == 400
    assert problem(answer)["code"] == "bad-request"


@pytest.mark.parametrize("member", ["signing_public", "age_recipient"])
def test_bad_keys_are_refused(desk: HandDesk, member: str) -> None:
    """Keys that are none are refused before they are bound."""
    asked = {
        "code": desk.ticket.code,
        "signing_public": desk.keys.public.hex(),
        "age_recipient": desk.keys.recipient,
        member: "age1nothing",
    }
    answer = desk.http.post(f"{desk.url}/v1/enrol", json=asked, timeout=120)

    assert answer.status_code == 400


def test_only_the_device_reads_its_stream_and_feed(
    shared_centre: CentreProcess, desk: HandDesk
) -> None:
    """No signature, another's signature, another's stream: refused."""
    other = desk_of(shared_centre.ticket(next(NUMBERS)), shared_centre.url)
    path = f"/v1/streams/{desk.desk}/{desk.epoch}"
    signed = {"MFC-Signature": desk.signature("GET", "/v1/feed?after=1")}

    assert requests.get(desk.url + path, timeout=120).status_code == 401
    assert other.get(path).status_code == 404
    assert desk.get(path).status_code == 200
    assert desk.get(path, "HEAD").status_code == 200
    wrong = requests.get(f"{desk.url}/v1/feed?after=0", headers=signed, timeout=120)
    assert problem(wrong)["code"] == "altered"
    for text in ("", ":", "x:y", f"{desk.keys.key_id}:!!", f"{desk.keys.key_id}:AAAA"):
        headers = {"MFC-Signature": text}
        assert requests.get(desk.url + path, headers=headers, timeout=120).status_code == 401


def test_heads_tell_where_branches_part(desk: HandDesk) -> None:
    """`/heads` answers with those of the asked heads that are stored, inside batches too."""
    desk.note(5)
    desk.post(desk.seal(1, 3))
    desk.post(desk.seal(4, 5))
    path = f"/v1/streams/{desk.desk}/{desk.epoch}/heads"

    told = desk.get(f"{path}?at=0,1,3,4,5,6").json()

    assert told == {str(seq): desk.head(seq).hex() for seq in (0, 1, 3, 4, 5)}
    assert desk.get(f"{path}?at=1,x").status_code == 400
    assert desk.get(f"{path}?at={','.join('1' for _ in range(65))}").status_code == 413


def test_the_feed_comes_in_pages(desk: HandDesk) -> None:
    """Small pages follow each other without a gap; past the end there is nothing."""
    desk.note(30)
    desk.post(desk.seal(1, 30))
    assert len(desk.results(30)) == 30

    sizes, after = [], 0
    while (answer := desk.get(f"/v1/feed?after={after}&max_bytes=500")).status_code == 200:
        page = desk.opened(answer)
        sizes.append(len(page.events))
        after = page.to

    assert sum(sizes) == after == 30
    assert len(sizes) > 5
    assert answer.status_code == 204
    assert desk.get("/v1/feed?after=-1").status_code == 400


def test_a_waiting_feed_wakes_with_the_outcome(desk: HandDesk) -> None:
    """`wait` holds the answer until there is something to tell."""
    desk.register(1)
    got: list[int] = []

    def wait() -> None:
        twin = HandDesk(desk.ticket, desk.url, desk.seed)
        twin.keys = desk.keys
        got.append(len(twin.events(wait=20)))

    waiting = threading.Thread(target=wait)
    waiting.start()
    desk.post(desk.seal(1, 1))
    waiting.join(25)

    assert got == [1]


def test_damage_on_the_way_is_told_from_a_bad_batch(desk: HandDesk) -> None:
    """With `Content-Digest` a damaged body is to be sent again; without it, it is a bad batch."""
    desk.note(1)
    data = desk.seal(1, 1)
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    digest = {"Content-Digest": content_digest(data)}

    assert problem(desk.post(damaged, **digest))["code"] == "bad-digest"
    assert problem(desk.post(damaged))["code"] == "bad-format"
    assert desk.post(data, **digest).status_code == 201


def test_no_flipped_bit_of_a_header_freezes_a_desk(desk: HandDesk) -> None:
    """Wherever the header is damaged on the way, the answer asks for the same bytes again."""
    desk.note(1)
    data = desk.seal(1, 1)
    digest = {"Content-Digest": content_digest(data)}
    header_end = 8 + int.from_bytes(data[4:8], "big")
    server_at = data.index(b'"server":"') + 10

    for at in {0, 5, server_at, *range(8, header_end + 64, 23)}:
        damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        answer = desk.post(damaged, **digest)
        assert (answer.status_code, problem(answer)["code"]) == (400, "bad-digest"), at
    assert desk.post(data, **digest).status_code == 201


def content_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(sha256(data).digest()).decode()}:"


@pytest.mark.parametrize("size", [(3 << 19) + 1, 15 << 20, 64 << 20])
def test_a_giant_body_is_refused(desk: HandDesk, size: int) -> None:
    """More than 1.5 MiB is refused; much more is refused before it is sent."""
    address = urlsplit(desk.url)
    with socket.create_connection((address.hostname, address.port), timeout=120) as end:
        head = f"POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        end.sendall(head.encode())
        if size <= 16 << 20:
            end.sendall(bytes(size))
        answer = end.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413 ")


POST = b"POST /v1/batches HTTP/1.1\r\nHost: x\r\n"
SENSELESS = {
    "without a length": (POST + b"\r\n", 411),
    "chunked nonsense": (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400),
    "chunks without end": (
        POST
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + 70 * (b"40000\r\n" + bytes(1 << 18) + b"\r\n"),
        413,
    ),
    "a giant head": (POST + b"X: " + b"a" * 300_000 + b"\r\n\r\n", 400),
    "unsigned": (b"GET /v1/feed HTTP/1.1\r\nHost: x\r\n\r\n", 401),
    "another method": (b"DELETE /v1/batches HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a batch asked for": (b"GET /v1/batches HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "another address": (b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "garbage": (b"GARBAGE\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
}


@pytest.mark.parametrize("what", SENSELESS)
def test_what_is_no_request_is_refused(desk: HandDesk, what: str) -> None:
    """Without a length, oversized, misdirected and senseless heads get their status."""
    head, status = SENSELESS[what]
    address = urlsplit(desk.url)
    with socket.create_connection((address.hostname, address.port), timeout=120) as end:
        end.sendall(head)
        try:
            answer = end.recv(65536)
        except ConnectionResetError:  # hung up with part of the head unread
            answer = f"HTTP/1.1 {status} ".encode()

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_a_body_cut_short_has_no_effect(desk: HandDesk) -> None:
    """A connection that dies anywhere in a batch leaves nothing behind."""
    desk.note(1)
    data = desk.seal(1, 1)
    address = urlsplit(desk.url)
    head = f"POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    whole = head + data
    chosen = random.Random(1).sample(range(len(whole)), 40)
    for cut in [*chosen, len(head), len(whole) - 1]:
        with socket.create_connection((address.hostname, address.port), timeout=120) as end:
            end.sendall(whole[:cut])

    assert desk.stream()["have"] == 0
    assert desk.post(data).status_code == 201


def test_bytes_of_the_header_cannot_be_changed(desk: HandDesk) -> None:
    """A sample of flipped bytes over HTTP (all of them: test_sync_central_acceptance)."""
    desk.note(2)
    good = desk.seal(1, 2)
    end = len(good) - len(envelope.unpack(envelope.Form.BATCH, good).payload)
    for place in random.Random(2).sample(range(end), 60):
        damaged = bytearray(good)
        damaged[place] ^= 0x10
        assert desk.post(bytes(damaged)).status_code in {400, 401, 421}

    assert desk.stream()["have"] == 0


def test_a_revoked_desk_reads_nothing_more(shared_centre: CentreProcess, desk: HandDesk) -> None:
    """Revocation is seen by the running centre: 403 for stream and feed, deposits kept aside."""
    desk.note(2)
    assert desk.post(desk.seal(1, 1)).status_code == 201
    shared_centre.command("revoke", str(desk.desk))

    assert desk.get(f"/v1/streams/{desk.desk}/{desk.epoch}").status_code == 403
    assert desk.get("/v1/feed?after=0").status_code == 403
    assert problem(desk.post(desk.seal(2, 2)))["code"] == "revoked"
    assert desk.enrol().status_code == 403
    kept = [line for line in shared_centre.lines("quarantine") if line["desk"] == desk.desk]
    assert [(line["why"], line["from"], line["to"]) for line in kept] == [("revoked", 2, 2)]


def test_a_replaced_desk_is_told_so(shared_centre: CentreProcess, desk: HandDesk) -> None:
    """After enrolment on another computer the old one reads 410 with where its stream stands."""
    desk.note(1)
    desk.post(desk.seal(1, 1))
    desk_of(shared_centre.ticket(desk.desk), shared_centre.url, seed=9)

    answer = desk.get(f"/v1/streams/{desk.desk}/{desk.epoch}")

    assert answer.status_code == 410
    assert problem(answer)["have"] == 1
    assert desk.get("/v1/feed?after=0").status_code == 410


def test_many_desks_at_once(shared_centre: CentreProcess) -> None:
    """Five desks post at the same time; each stream is whole and verify finds nothing."""
    desks = [
        desk_of(shared_centre.ticket(next(NUMBERS)), shared_centre.url, seed=place)
        for place in range(5)
    ]
    statuses: list[int] = []

    def work(desk: HandDesk) -> None:
        for _ in range(5):
            desk.register(2)
            size = len(desk.journal)
            statuses.append(desk.post(desk.seal(size - 1, size)).status_code)

    threads = [threading.Thread(target=work, args=[desk]) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert statuses == [201] * 25
    for desk in desks:
        assert {body["outcome"] for body in desk.results(10).values()} == {"applied"}
    assert shared_centre.verify()["faults"] == []


def test_the_log_names_nobody(shared_centre: CentreProcess, desk: HandDesk) -> None:
    """One JSON object a line; no word of a record, no number, no key, no address of a peer."""
    desk.register(3)
    desk.post(desk.seal(1, 3))
    desk.results(3)
    desk.post(b"garbage")

    text = shared_centre.log.read_text("utf-8")

    lines = [json.loads(line) for line in text.splitlines()]
    assert any(line.get("path") == "/v1/batches" for line in lines)
    body = json.loads(desk.journal[0])["body"]
    applicant = body["record"]["applicant"]
    for secret in (applicant["surname"], applicant["snils"], body["number"], desk.keys.key_id):
        assert secret not in text
    assert "127.0.0.1" not in text
