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
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from sync import batch, envelope
from sync.blobs import CUTS, Sender, Sent
from sync.central.blobs import BlobPlace
from sync.central.relay.lanes import BATCHES, QUESTIONS, SCANS, Lanes
from sync.central.relay.rows import Asked, Held
from sync.central.relay.scans import Upstream, as_blob
from sync.central.relay.store import RelayStore
from sync.clock import Clock
from sync.errors import (
    BadFormat,
    BadSignature,
    Refused,
    ScanDamaged,
    StoreFailure,
    Unreachable,
)
from sync.feed import HEAR
from sync.http import batch_headers
from sync.ids import Random
from sync.keys import AGE
from sync.refusals import SERVER_FULL_PAUSE
from sync.wire import Answer, Wire, json_of

IDLE_SECONDS = 5.0
STORE_SECONDS = 5.0
ATTENDED = timedelta(minutes=10)
"""A desk that asked so lately is there and waits for answers."""
REMEMBERED = timedelta(days=14)
ASK_EVERY = timedelta(minutes=1)
"""Each question is a way there and back, which over a satellite costs more than its bytes."""
ASK_SELDOM = timedelta(minutes=5)
WORD_EVERY = timedelta(minutes=10)
REFUSED_KEPT = timedelta(days=90)
MOST_BATCH, LEAST_BATCH = batch.Limits().sealed, 8 * 1024
"""What is taken from desks: what arrives whole or not at all must fit between two cuts."""
TRIES = 3
CUTS_MIDWAY = frozenset({"cut", "timeout"})

log = logging.getLogger("sync.relay")


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
        self._tell = tell
        self._broken = broken
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failures = 0
        self.most_bytes = MOST_BATCH
        self._cut: dict[int, int] = {}
        self._eager: set[str] = set()
        self._lanes = Lanes(clock, random)
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
        """Carry all there is and wait for more; how long to wait before trying again, if it failed.

        Whatever comes in meanwhile wakes it.
        """
        self._wake.clear()
        wait = self.carry()
        if wait is None:
            self._wake.wait(self._idle())
        return wait or 0.0

    def carry(self) -> float | None:
        """Carry all there is; seconds to wait after a failure, None when nothing is left."""
        try:
            while not self._stopping.is_set() and self.step():
                self._reached()
            self._store.checkpoint()
        except Unreachable as error:
            return self._failed(error)
        except StoreFailure as error:
            log.error("store failed", extra={"code": error.code})  # noqa: TRY400
            return STORE_SECONDS
        return None

    def _idle(self) -> float:
        """Seconds until something is to be tried again, at most those of an idle look."""
        return min(IDLE_SECONDS, self._lanes.soonest() or IDLE_SECONDS)

    def _reached(self) -> None:
        if self._lanes.doubted:  # it was not the centre that answered
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
        wait = self._lanes.jittered(self._failures)
        self._failures += 1
        self._tell()
        return max(wait, min(error.retry_after, SERVER_FULL_PAUSE))

    def step(self) -> bool:
        """Carry one thing; False when there is nothing to carry. Raises Unreachable."""
        return self._enrol() or self._batch() or self._word() or self._page() or self._slice()

    def _enrol(self) -> bool:
        """Pass on who a desk is, sealed to the centre."""
        now = self._clock.now()
        waits = self._lanes.waiting(QUESTIONS)
        for asked in self._waiting("enrol", REMEMBERED, ASK_SELDOM, now):
            if asked.body is None or asked.caller.key in waits:
                continue
            headers, body = {"Content-Type": "application/age"}, asked.body
            send = partial(self._wire.exchange, "POST", asked.target, headers, body)
            self._pass_on(asked, send, partial(self._enrolled, asked))
            return True
        return False

    def _enrolled(self, asked: Asked, answer: Answer) -> None:
        """Keep the ticket the centre gave, sealed to its desk, who sees whether it is genuine."""
        if not answer.body.startswith((AGE, envelope.Form.TICKET.magic)):
            raise BadFormat
        self._store.answer(asked, self._clock.now(), answer.status, answer.body)

    def _batch(self) -> bool:
        """Pass on the next batch."""
        held = self._store.next_batch(self._clock.now(), self._lanes.waiting(BATCHES))
        if held is None:
            return False
        if not _whole(held):
            log.error("batch damaged here", extra={"desk": held.caller.desk, "seq": held.first})
            self._store.drop(held.number)
            return True
        asked = self._wanted_page(held)
        headers = batch_headers(held.data)
        if asked is not None and asked.after is not None:
            headers[HEAR] = asked.after
        try:
            answer = self._wire.exchange("POST", "/v1/batches", headers, held.data)
        except Unreachable as error:
            self._was_cut(held, error)
            raise
        except Refused as error:
            if self._lanes.passes(BATCHES, held.caller.key, error):
                return True
            self._store.refused(held.number, error.status, error.problem, self._clock.now())
            self._doubtful.add(held.caller.key)
            log.warning(
                "batch refused",
                extra={"desk": held.caller.desk, "seq": held.first, "status": error.status},
            )
        else:
            self._placed(held, answer, asked)
        self._tell()
        return True

    def _wanted_page(self, held: Held) -> Asked | None:
        """The question for a page that may come with the receipt: a way there and back less.

        Of the last batch only, and over a link that has not just failed: the centre may hold the
        receipt back for the page.
        """
        if self._failures or not self._store.is_last(held):
            return None
        asked = self._store.asked(held.caller.key, "feed")
        return asked if asked is not None and asked.answer is None else None

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

    def _placed(self, held: Held, answer: Answer, asked: Asked | None) -> None:
        """What the centre made of a batch: a receipt, perhaps with the page asked for, or kept
        aside."""
        key = held.caller.key
        if answer.status == HTTPStatus.ACCEPTED:
            self._lanes.went(BATCHES, key)
            self._store.parked(held.number, self._clock.now())
            self._doubtful.add(key)
            return
        try:
            raw, page = envelope.first_of(envelope.Form.RECEIPT, answer.body)
            to = _receipted_to(raw)
        except BadFormat:
            self._lanes.garbled(BATCHES, key)
            return
        self._lanes.went(BATCHES, key)
        self._store.delivered(held, raw, to, self._clock.now())
        if asked is not None and page.startswith(envelope.Form.FEED.magic):
            self._store.answer(asked, self._clock.now(), HTTPStatus.OK, page)
            self._eager.discard(key)
        else:
            self._eager.add(key)
        if 2 * len(held.data) > self.most_bytes:
            self.most_bytes = min(MOST_BATCH, self.most_bytes * 5 // 4)

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
            except (binascii.Error, ValueError, Unreachable) as error:
                raise BadFormat from error
            self._store.keep_word(asked, _receipted_to(word), word, now)

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
                raise BadFormat
            self._store.answer(asked, now, answer.status, body)

        self._pass_on(asked, lambda: self._signed("GET", asked), keep)
        return True

    def _one(self, act: str, first: set[str], every: timedelta, now: datetime) -> Asked | None:
        """The next question to pass on: at once for some devices, else now and then."""
        waits = self._lanes.waiting(QUESTIONS)
        while ready := first - waits:
            key = ready.pop()
            first.discard(key)
            asked = self._store.asked(key, act)
            if asked is not None and asked.answer is None:
                return asked
        lately = self._waiting(act, ATTENDED, every, now)
        others = self._waiting(act, REMEMBERED, ASK_SELDOM, now)
        return next((one for one in [*lately, *others] if one.caller.key not in waits), None)

    def _waiting(self, act: str, asked: timedelta, every: timedelta, now: datetime) -> list[Asked]:
        """Questions asked within a time, and not put to the centre within another."""
        return self._store.waiting(act, since=now - asked, before=now - every, now=now)

    def _signed(self, method: str, asked: Asked) -> Answer:
        return self._wire.exchange(method, asked.target, {"MFC-Signature": asked.signature})

    def _pass_on(
        self,
        asked: Asked,
        send: Callable[[], Answer],
        keep: Callable[[Answer], None],
    ) -> None:
        """Make a request in a desk's name and keep the answer, a refusal too.

        `keep` raises BadFormat for an answer that makes no sense: asked again, a while later.
        """
        try:
            answer = send()
        except Refused as error:
            if self._lanes.passes(QUESTIONS, asked.caller.key, error):
                return
            text = envelope.compact(error.problem)
            self._store.answer(asked, self._clock.now(), error.status, text)
        else:
            try:
                keep(answer)
            except BadFormat:
                self._lanes.garbled(QUESTIONS, asked.caller.key)
                return
            self._lanes.went(QUESTIONS, asked.caller.key)
        self._tell()

    def _slice(self) -> bool:
        """Pass on a slice of the smallest scan; whatever comes in goes before the next one."""
        if self._sending is None:
            scan = self._store.next_scan(self._lanes.waiting(SCANS))
            if scan is None:
                return False
            self._upstream.carry(scan)
            self._sending = self._sender.run([as_blob(scan, self._place)])
        scan = self._upstream.scan
        try:
            sent = next(self._sending, None)
        except Refused as error:
            self._sending = None
            if not self._lanes.passes(SCANS, scan.sha256, error):
                self._store.scan_answered(scan, None, error.status)
            return True
        except ScanDamaged:  # gone or spoilt here: its desk has it
            self._sending = None
            self._store.scan_answered(scan, None, HTTPStatus.GONE)
            return True
        self._lanes.went(SCANS, scan.sha256)
        if sent is None:
            self._sending = None
        elif sent.whole:
            self._store.scan_answered(scan, self._upstream.receipt, None)
            self._place.remove(scan.sha256)
            self._tell()
        return True


def _whole(held: Held) -> bool:
    """Whether a batch is still what its desk signed."""
    try:
        batch.read_header(held.data).envelope.verify(held.caller.public)
    except (BadFormat, BadSignature):
        return False
    return True


def _receipted_to(data: bytes) -> int:
    """The position a receipt of the centre is for; only a desk can tell whether it is genuine.

    Raises BadFormat.
    """
    return envelope.whole_of(envelope.unpack(envelope.Form.RECEIPT, data).header, "to")
