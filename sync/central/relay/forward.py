"""Carries what a relay holds to the centre, and brings back what the centre says (sync.md, 10).

One thread, one connection: data before questions, questions before scans, each stream in the
order of its entries. The desks' own signatures speak for them; a replay of one gains nothing.
"""

from __future__ import annotations

import base64
import binascii
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from sync import batch, envelope
from sync.blobs import CUTS, Sender, Sent
from sync.central.blobs import BlobPlace
from sync.central.relay.scans import Upstream, as_blob
from sync.central.relay.store import Asked, Held, RelayStore
from sync.clock import Clock
from sync.engine import DAMAGED_IN_TRANSIT, PASSING, RETRY_AFTER_LIMIT, SERVER_FULL_PAUSE
from sync.errors import (
    BadFormat,
    BadSignature,
    Refused,
    ScanDamaged,
    StoreFailure,
    Unreachable,
)
from sync.http import batch_headers
from sync.ids import Random
from sync.wire import Answer, Wire, json_of

PAUSE_FIRST, PAUSE_LIMIT = 0.5, 30.0
IDLE_SECONDS = 5.0
STORE_SECONDS = 5.0
ATTENDED = timedelta(minutes=10)
"""A desk that asked so lately is there and waits for answers."""
REMEMBERED = timedelta(days=14)
ASK_EVERY = timedelta(minutes=1)
"""Each question is a way there and back, which over a satellite costs more than its bytes."""
ASK_SELDOM = timedelta(minutes=5)
WORD_EVERY = timedelta(minutes=10)
PARKED_FOR = timedelta(seconds=30)
REFUSED_KEPT = timedelta(days=90)
MOST_BATCH, LEAST_BATCH = batch.Limits().sealed, 8 * 1024
"""What is taken from desks: what arrives whole or not at all must fit between two cuts."""
TRIES = 3
GATEWAY = frozenset({502, 503, 504})
"""Answered where nothing stands behind an address; of two things in a row: the centre is down."""
CUTS_MIDWAY = frozenset({"cut", "timeout"})

BATCHES, QUESTIONS, SCANS = "batches", "questions", "scans"
"""Lanes: of a device, of a scan. What is put off in one does not hold up the others."""

log = logging.getLogger("sync.relay")


@dataclass(frozen=True)
class PutOff:
    """Until when (seconds of the clock that only goes on), and how often in a row by now."""

    until: float
    times: int


class Forwarder:
    """The way from a relay's store to the centre. `run` belongs in a thread of its own."""

    def __init__(
        self,
        store: RelayStore,
        place: BlobPlace,
        connect: Callable[[], Wire],
        clock: Clock,
        random: Random,
        *,
        tell: Callable[[], None] = lambda: None,
        broken: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._connect = connect
        self._wire = connect()
        self._clock = clock
        self._random = random
        self._tell = tell
        self._broken = broken
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failures = 0
        self.most_bytes = MOST_BATCH
        self._cut: dict[int, int] = {}
        self._eager: set[str] = set()
        self._put_off: dict[tuple[str, str], PutOff] = {}
        self._nobody: set[tuple[str, str]] = set()
        """What a gateway refused, for nothing stands behind it, since anything went through."""
        self._doubtful: set[str] = set()
        self._upstream = Upstream(lambda: self._wire)
        self._sender = Sender(self._upstream, clock, sleep=time.sleep)
        self._sending: Iterator[Sent] | None = None
        self._place = place
        self.online: bool | None = None
        self.since: datetime | None = None

    def wake(self) -> None:
        """Something came in."""
        self._wake.set()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Carry until `stop`; a link that is not there is waited for."""
        ended = False
        try:
            self._store.let_go_before(self._clock.now() - REFUSED_KEPT)
            while not self._stopping.is_set():
                self._stopping.wait(self._round())
            ended = True
        finally:
            self._wire.close()
            if not ended:
                log.critical("forwarding broke", exc_info=sys.exc_info())
                self._broken()

    def _round(self) -> float:
        """Carry all there is; return how long to wait before trying again, after a failure."""
        self._wake.clear()
        try:
            while not self._stopping.is_set() and self.step():
                self._reached()
            self._store.checkpoint()
        except Unreachable as error:
            return self._failed(error)
        except StoreFailure as error:
            log.error("store failed", extra={"code": error.code})  # noqa: TRY400
            return STORE_SECONDS
        self._wake.wait(self._idle())
        return 0.0

    def _idle(self) -> float:
        """Seconds until something is to be tried again, at most those of an idle look."""
        now = self._clock.monotonic()
        ends = [one.until - now for one in self._put_off.values() if one.until > now]
        return min([IDLE_SECONDS, *ends])

    def _reached(self) -> None:
        if self._nobody:  # a gateway answered, not the centre
            return
        self._failures = 0
        if self.online is not True:
            self.online, self.since = True, self._clock.now()
            log.info("upstream reached")

    def _failed(self, error: Unreachable) -> float:
        """Wait with jitter, half a second doubling to half a minute."""
        if self.online is not False:
            self.online, self.since = False, self._clock.now()
            log.warning("upstream lost", extra={"code": error.kind})
        self._sending = None
        if error.kind in CUTS:  # the kept connection may be half dead
            self._wire.close()
            self._wire = self._connect()
        wait = self._jittered(self._failures)
        self._failures += 1
        self._tell()
        return max(wait, min(error.retry_after, SERVER_FULL_PAUSE))

    def step(self) -> bool:
        """Carry one thing; False when there is nothing to carry. Raises Unreachable."""
        return self._enrol() or self._batch() or self._word() or self._page() or self._slice()

    def _enrol(self) -> bool:
        """Pass on who a desk is, sealed to the centre."""
        now = self._clock.now()
        waits = self._waiting(QUESTIONS)
        for asked in self._store.waiting("enrol", since=now - REMEMBERED, before=now - ASK_SELDOM):
            if asked.body is None or asked.caller.key in waits:
                continue
            headers, body = {"Content-Type": "application/age"}, asked.body
            self._pass_on(asked, partial(self._wire.exchange, "POST", asked.target, headers, body))
            return True
        return False

    def _batch(self) -> bool:
        """Pass on the next batch."""
        held = self._store.next_batch(self._clock.now() - PARKED_FOR, self._waiting(BATCHES))
        if held is None:
            return False
        if not _whole(held):
            log.error("batch damaged here", extra={"desk": held.caller.desk, "seq": held.first})
            self._store.drop(held.number)
            return True
        try:
            answer = self._wire.exchange("POST", "/v1/batches", batch_headers(held.data), held.data)
        except Unreachable as error:
            self._was_cut(held, error)
            raise
        except Refused as error:
            if self._passes(BATCHES, held.caller.key, error):
                return True
            self._store.refused(held.number, error.status, error.problem, self._clock.now())
            self._doubtful.add(held.caller.key)
            log.warning(
                "batch refused",
                extra={"desk": held.caller.desk, "seq": held.first, "status": error.status},
            )
        else:
            self._went(BATCHES, held.caller.key)
            self._placed(held, answer)
        self._tell()
        return True

    def _was_cut(self, held: Held, error: Unreachable) -> None:
        """A batch this link is cut in again and again must be sealed smaller by its desk."""
        if error.kind not in CUTS_MIDWAY:
            return
        tries = self._cut.get(held.number, 0) + 1
        self._cut = {held.number: tries}
        if tries < TRIES or len(held.data) <= LEAST_BATCH:
            return
        self.most_bytes = max(LEAST_BATCH, len(held.data) // 2)
        problem = {"code": "too-large", "max_bytes": self.most_bytes}
        now = self._clock.now()
        self._store.refused(held.number, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem, now)

    def _placed(self, held: Held, answer: Answer) -> None:
        """What the centre made of a batch: a receipt, or kept aside."""
        if answer.status == HTTPStatus.ACCEPTED:
            self._store.parked(held.number, self._clock.now())
            self._doubtful.add(held.caller.key)
            return
        to = _receipted_to(answer.body)
        self._store.delivered(held, answer.body, to, self._clock.now())
        if 2 * len(held.data) > self.most_bytes:
            self.most_bytes = min(MOST_BATCH, self.most_bytes * 5 // 4)
        self._eager.add(held.caller.key)

    def _word(self) -> bool:
        """Ask how far a stream is, where that may be news for its desk."""
        now = self._clock.now()
        asked = self._one("stream", self._doubtful, WORD_EVERY, now)
        if asked is None:
            return False

        def keep(answer: Answer) -> None:
            try:
                text = json_of(answer.body).get("receipt")
                word = base64.b64decode(str(text), validate=True)
            except (binascii.Error, ValueError) as error:
                raise Unreachable("garbage") from error
            self._store.keep_word(asked.caller, _receipted_to(word), word, now)

        self._pass_on(asked, lambda: self._signed("GET", asked), keep)
        return True

    def _page(self) -> bool:
        """Fetch the next page of a feed for a desk that has not got it yet."""
        now = self._clock.now()
        asked = self._one("feed", self._eager, ASK_EVERY, now)
        if asked is None:
            return False

        def keep(answer: Answer) -> None:
            body = answer.body if answer.status == HTTPStatus.OK else None
            if body is not None and not body.startswith(envelope.Form.FEED.magic):
                raise Unreachable("garbage")
            self._store.answer(asked.caller, "feed", now, answer.status, body)

        self._pass_on(asked, lambda: self._signed("GET", asked), keep)
        return True

    def _one(self, act: str, first: set[str], every: timedelta, now: datetime) -> Asked | None:
        """The next question to pass on: at once for some devices, else now and then."""
        waits = self._waiting(QUESTIONS)
        while ready := first - waits:
            key = ready.pop()
            first.discard(key)
            asked = self._store.asked(key, act)
            if asked is not None and asked.answer is None:
                return asked
        lately = self._store.waiting(act, since=now - ATTENDED, before=now - every)
        others = self._store.waiting(act, since=now - REMEMBERED, before=now - ASK_SELDOM)
        return next((one for one in [*lately, *others] if one.caller.key not in waits), None)

    def _signed(self, method: str, asked: Asked) -> Answer:
        return self._wire.exchange(method, asked.target, {"MFC-Signature": asked.signature})

    def _pass_on(
        self,
        asked: Asked,
        send: Callable[[], Answer],
        keep: Callable[[Answer], None] | None = None,
    ) -> None:
        """Make a request in a desk's name and keep the answer, a refusal too."""
        try:
            answer = send()
        except Refused as error:
            if self._passes(QUESTIONS, asked.caller.key, error):
                return
            text = envelope.compact(error.problem)
            now = self._clock.now()
            self._store.answer(asked.caller, asked.act, now, error.status, text)
        else:
            self._went(QUESTIONS, asked.caller.key)
            if keep is None:
                now = self._clock.now()
                self._store.answer(asked.caller, asked.act, now, answer.status, answer.body)
            else:
                keep(answer)
        self._tell()

    def _slice(self) -> bool:
        """Pass on a slice of the smallest scan; whatever comes in goes before the next one."""
        if self._sending is None:
            scan = self._store.next_scan(self._waiting(SCANS))
            if scan is None:
                return False
            self._upstream.carry(scan)
            self._sending = self._sender.run([as_blob(scan, self._place)])
        scan = self._upstream.scan
        try:
            sent = next(self._sending, None)
        except Refused as error:
            self._sending = None
            if not self._passes(SCANS, scan.sha256, error):
                self._store.scan_answered(scan, None, error.status)
            return True
        except ScanDamaged:  # gone or spoilt here: its desk has it
            self._sending = None
            self._store.scan_answered(scan, None, HTTPStatus.GONE)
            return True
        self._went(SCANS, scan.sha256)
        if sent is None:
            self._sending = None
        elif sent.whole:
            self._store.scan_answered(scan, self._upstream.receipt, None)
            self._place.remove(scan.sha256)
            self._tell()
        return True

    def _waiting(self, lane: str) -> set[str]:
        """The devices (scans: hashes) that are put off in a lane."""
        now = self._clock.monotonic()
        return {key for (of, key), one in self._put_off.items() if of == lane and one.until > now}

    def _went(self, lane: str, key: str) -> None:
        """The centre took something."""
        self._put_off.pop((lane, key), None)
        self._nobody.clear()

    def _passes(self, lane: str, key: str, error: Refused) -> bool:
        """Whether a refusal passes by itself: this lane is put off then, the others go on.

        Raises Unreachable where it is the centre that is in trouble, not this one thing.
        """
        after = error.problem.get("retry_after")
        asked = min(after, RETRY_AFTER_LIMIT) if isinstance(after, float) else 0.0
        if error.status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise Unreachable("server-full", retry_after=max(asked, SERVER_FULL_PAUSE)) from error
        if error.status not in PASSING and error.problem.get("code") != DAMAGED_IN_TRANSIT:
            self._put_off.pop((lane, key), None)
            return False
        before = self._put_off.get((lane, key))
        times = before.times if before else 0
        wait = max(asked, self._jittered(times))
        self._put_off[lane, key] = PutOff(self._clock.monotonic() + wait, times + 1)
        log.warning("put off", extra={"lane": lane, "key": key, "status": error.status})
        if error.status in GATEWAY:
            self._nobody.add((lane, key))
            if len(self._nobody) > 1:
                self._nobody.clear()
                raise Unreachable("server-error") from error
        return True

    def _jittered(self, times: int) -> float:
        """Half a second doubling to half a minute, in seconds."""
        most = min(PAUSE_LIMIT, PAUSE_FIRST * 2.0 ** min(times, 10))
        return most / 2 + self._random.below(int(most * 500) + 1) / 1000


def _whole(held: Held) -> bool:
    """Whether a batch is still what its desk signed."""
    try:
        batch.read_header(held.data).envelope.verify(held.caller.public)
    except (BadFormat, BadSignature):
        return False
    return True


def _receipted_to(data: bytes) -> int:
    """The position a receipt of the centre is for; only a desk can tell whether it is genuine."""
    try:
        opened = envelope.unpack(envelope.Form.RECEIPT, data)
        return envelope.whole_of(opened.header, "to")
    except BadFormat as error:
        raise Unreachable("garbage") from error
