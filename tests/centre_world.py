"""A desk held by hand, to say to a centre whatever a test needs said."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from forms import catalogue as catalogues
from forms.catalogue import Catalogue
from forms.example import example
from forms.number import compose
from sync import batch, chain, feed, ticket
from sync.central import history
from sync.central.answers import Answer, Refusal
from sync.central.centre import REQUEST_CONTEXT, Centre
from sync.central.desks import read_office
from sync.central.home import CentreHome
from sync.central.projection import Projector
from sync.central.store import EntryRow
from sync.central.verify import Fault, Verifier
from sync.entries import Stamp, decode, encode
from sync.ids import SeededRandom, SystemRandom, UuidV7
from sync.keys import DeviceKeys, key_id
from sync.ticket import Ticket
from tests.centre_process import OFFICE

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECONDS = 120


@cache
def catalogue() -> Catalogue:
    """The packaged catalogue."""
    return catalogues.load()


def record(seed: int = 0, service: str = "soc-card", today: date = TODAY) -> dict[str, Any]:
    """A document of a service that passes its check."""
    whole = catalogue()
    return dict(example(whole.services[service], whole, today, seed))


@dataclass
class HandDesk:
    """Keys, journal and ticket of one desk, and the HTTP it speaks."""

    ticket: Ticket
    url: str
    seed: int = 1
    keys: DeviceKeys = field(init=False, repr=False)
    journal: list[bytes] = field(default_factory=list, repr=False)
    http: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.random = SeededRandom(self.epoch << 80 | self.desk << 40 | self.seed)
        self.keys = DeviceKeys.generate(self.random)
        self.ids = UuidV7(lambda: int(NOON.timestamp() * 1000), self.random)
        self.counter = 0
        self.http.trust_env = False

    # the journal

    @property
    def desk(self) -> int:
        """The desk's number."""
        return self.ticket.desk_no

    @property
    def epoch(self) -> int:
        """The epoch of the ticket."""
        return self.ticket.epoch

    @property
    def key(self) -> str:
        """The id of this desk's key, as the centre names it."""
        return key_id(self.keys.public)

    def head(self, seq: int) -> bytes:
        """The head after entry `seq` of the journal."""
        first = chain.first_head(self.ticket.server_id, self.desk, self.epoch, self.keys.public)
        return [first, *batch.heads(first, self.journal[:seq])][seq] if seq else first

    def entry(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        request: str | None = None,
        base: int | None = None,
    ) -> bytes:
        """Bytes of a new entry, not in the journal yet."""
        return encode(
            entry_id=self.ids.next(),
            kind=kind,
            request_id=request,
            base=base,
            stamp=Stamp(wall=NOON + timedelta(seconds=len(self.journal)), boot="b", up=1),
            operator="op-1",
            body=body,
        )

    def registration(self, document: dict[str, Any], **changed: Any) -> bytes:
        """Bytes of a `request.register` entry of a document; `changed` members of its body."""
        self.counter += 1
        service = catalogue().services[document["service"]]
        body = {
            "number": compose(self.desk, self.counter, self.random.below(100)).text,
            "service": service.slug,
            "service_version": service.version,
            "record": document,
            "accepted_at": NOON.isoformat(),
            **changed,
        }
        return self.entry("request.register", body, request=self.ids.next())

    def amendment(self, of: bytes, document: dict[str, Any], **changed: Any) -> bytes:
        """Bytes of a `request.amend` of an earlier version, registered or amended."""
        amended = decode(of)
        body = {
            **amended.body,
            "record": document,
            "base": amended.entry_id,
            "at": NOON.isoformat(),
            **changed,
        }
        return self.entry(
            "request.amend", body, request=amended.request_id, base=(amended.base or 0) + 1
        )

    def register(self, count: int = 1) -> None:
        """Put valid requests into the journal."""
        for _ in range(count):
            self.journal.append(self.registration(record(self.counter)))

    def note(self, count: int = 1) -> None:
        """Put entries into the journal that register nothing."""
        self.journal += [self.entry("access", {"what": "open"}) for _ in range(count)]

    # batches

    def seal(
        self,
        first: int,
        to: int,
        *,
        entries: Sequence[bytes] | None = None,
        **changed: Any,
    ) -> bytes:
        """The batch of journal entries first…to; `changed` arguments of `batch.seal`."""
        arguments: dict[str, Any] = {
            "server": self.ticket.server_id,
            "desk": self.desk,
            "epoch": self.epoch,
            "from_seq": first,
            "prev": self.head(first - 1),
            "keys": self.keys,
            "recipients": list(self.ticket.age_recipients),
            "sealed": NOON,
            "level": 3,
        }
        chosen = self.journal[first - 1 : to] if entries is None else entries
        return batch.seal(chosen, **{**arguments, **changed})

    # HTTP

    def enrol(self, code: str | None = None, keys: DeviceKeys | None = None) -> requests.Response:
        """Bind keys (this desk's) to a code (the ticket's)."""
        own = keys or self.keys
        asked = {
            "code": code or self.ticket.code,
            "signing_public": own.public.hex(),
            "age_recipient": own.recipient,
            "hw_hint": "test",
            "prev": None,
        }
        return self.http.post(f"{self.url}/v1/enrol", json=asked, timeout=SECONDS)

    def post(self, data: bytes, **headers: str) -> requests.Response:
        """Post bytes as a batch."""
        return self.http.post(f"{self.url}/v1/batches", data=data, headers=headers, timeout=SECONDS)

    def signature(self, method: str, target: str) -> str:
        """The header `MFC-Signature` of a request without a body."""
        signed = self.keys.sign(REQUEST_CONTEXT + f"{method} {target}".encode())
        return f"{self.key}:{base64.b64encode(signed).decode()}"

    def get(self, target: str, method: str = "GET") -> requests.Response:
        """Ask for a signed path."""
        headers = {"MFC-Signature": self.signature(method, target)}
        return self.http.request(method, self.url + target, headers=headers, timeout=SECONDS)

    def ask(
        self, method: str, target: str, data: bytes = b"", headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Say something signed with a body."""
        signed = {"MFC-Signature": self.signature(method, target), **(headers or {})}
        return self.http.request(
            method, self.url + target, data=data, headers=signed, timeout=SECONDS
        )

    def stream(self) -> dict[str, Any]:
        """How far the centre has this desk's stream."""
        answer = self.get(f"/v1/streams/{self.desk}/{self.epoch}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def events(self, after: int = 0, wait: int = 5, *, want: int = 1) -> list[feed.FeedEvent]:
        """Events after a cursor, until `want` of them are there or nothing more comes."""
        events: list[feed.FeedEvent] = []
        while len(events) < want:
            answer = self.get(f"/v1/feed?after={after}&wait={wait}")
            if answer.status_code == 204:
                break
            assert answer.status_code == 200, answer.text
            page = self.opened(answer)
            assert (page.server, page.desk) == (self.ticket.server_id, self.desk)
            events += page.events
            after = page.to
        return events

    def opened(self, answer: requests.Response) -> feed.FeedPage:
        """A page of the feed, its signature checked."""
        return feed.open_page(answer.content, self.ticket.publics, [self.keys.identity])

    def results(self, want: int) -> dict[int, dict[str, Any]]:
        """Outcomes by sequence number of this epoch."""
        events = self.events(want=want)
        assert all(event.kind == "entry.result" for event in events)
        return {event.body["seq"]: event.body for event in events if self.owns(event)}

    def owns(self, event: feed.FeedEvent) -> bool:
        """Whether an event is about this epoch."""
        return bool(event.body["epoch"] == self.epoch)


def desk_of(ticket_bytes: bytes, url: str, *, seed: int = 1, enrolled: bool = True) -> HandDesk:
    """A desk born from a ticket file, its keys bound at the centre."""
    desk = HandDesk(ticket.read(ticket_bytes), url, seed)
    if enrolled:
        answer = desk.enrol()
        assert answer.status_code == 201, answer.text
    return desk


def problem(answer: requests.Response) -> dict[str, Any]:
    """The problem body of an answer."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert body["status"] == answer.status_code
    assert body["title"]
    return body


class HandClock:
    """A centre's clock that is moved by hand; it ticks a little at each look."""

    def __init__(self, now: datetime = NOON) -> None:
        self.wall = now

    def now(self) -> datetime:
        self.wall += timedelta(milliseconds=1)
        return self.wall

    def monotonic(self) -> float:
        return self.wall.timestamp()

    def forward(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def boot_id(self) -> str:
        return "centre"


class LocalCentre:
    """A centre in this process, without HTTP; `clock` stands at noon of the story."""

    def __init__(
        self, folder: Path, clock: HandClock | None = None, *, database: str | None = None
    ) -> None:
        self.folder = folder
        self.database = database
        self.clock = clock or HandClock()
        self.home = CentreHome(folder / "centre")
        self.centre = Centre.open(self.home, self.clock, SystemRandom(), self.database)
        file = folder / "office.toml"
        file.write_text(OFFICE, "utf-8")
        self.centre.store.desks.put_office(read_office(file))
        self.projector = Projector(
            self.centre.store, catalogue(), self.centre.dictionaries, self.clock
        )

    def desk(self, number: int = 317, *, seed: int = 1) -> HandDesk:
        """An enrolled desk."""
        self.clock.wall += timedelta(seconds=2)
        issued, _ = self.centre.enrolment.issue("0101", number, window="1", urls=("http://x",))
        desk = HandDesk(issued, "http://x", seed)
        answer = self.centre.enrolment.enrol(
            {
                "code": issued.code,
                "signing_public": desk.keys.public.hex(),
                "age_recipient": desk.keys.recipient,
            }
        )
        assert answer.status == 201
        return desk

    def accept(self, data: bytes) -> Answer:
        """What the centre answers to a batch, refusals included."""
        try:
            return self.centre.acceptance.accept(data)
        except Refusal as refusal:
            return refusal.answer()

    def rows(self, desk: HandDesk) -> tuple[EntryRow, ...]:
        """What became of the desk's entries, all that is stored applied."""
        self.projector.run_all()
        return self.centre.store.register.entries(desk.desk, desk.epoch, 0, 10_000)

    def stored(self, desk: HandDesk) -> int:
        """The last sequence number of the desk's stream."""
        row = self.centre.store.streams.stream(desk.desk, desk.epoch)
        assert row is not None
        return row.stream.last

    def kept(self, desk: HandDesk) -> list[bytes]:
        """The entries of a stream as the centre would show them."""
        rows = self.centre.store.streams.batches(desk.desk, desk.epoch, 0, 10_000)
        found: list[bytes] = []
        for row in rows:
            found += history.entries(row, self.centre.dictionaries)
        return found

    def why(self) -> list[str]:
        """Why things stand in quarantine."""
        return [row.why for row in self.centre.store.streams.quarantined()]

    def faults(self) -> tuple[Fault, ...]:
        """What `verify` finds."""
        return Verifier(self.centre.store, self.centre.dictionaries).run().faults

    def reopen(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Close and open again; `meanwhile` nobody holds the files."""
        self.centre.close()
        meanwhile()
        self.centre = Centre.open(self.home, self.clock, SystemRandom(), self.database)
        self.projector.close()
        self.projector = Projector(
            self.centre.store, catalogue(), self.centre.dictionaries, self.clock
        )

    def close(self) -> None:
        """End it."""
        self.projector.close()
        self.centre.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalCentre]:
    """A centre in this process."""
    centre = LocalCentre(tmp_path)
    yield centre
    centre.close()


def code(answer: Answer) -> str:
    """The code of a refusal."""
    return str(json.loads(answer.body)["code"])
