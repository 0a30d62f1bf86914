"""The engine decides an exchange by the table of sync.md, 7, and acknowledges only by a receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.advance import RETRY_AFTER_LIMIT
from sync.engine import SIZE_LIMIT, decide, due
from sync.entries_page import EntriesPage
from sync.feed import FeedEvent, FeedPage
from sync.ids import SeededRandom
from sync.receipt import RELAYED, SAFE, STORED, Receipt
from sync.steps import (
    FROZEN_TEXTS,
    Ask,
    AskEntries,
    AskFeed,
    AskStream,
    Begin,
    Effect,
    Enrol,
    Enrolled,
    Event,
    Failure,
    Finish,
    Frozen,
    Given,
    KeepEntries,
    KeepPage,
    KeepReceipt,
    Kept,
    LinkUp,
    Page,
    Parked,
    Prepare,
    Prepared,
    Refusal,
    Rewind,
    Send,
    State,
    Stored,
    StreamIs,
)
from tests.sync_world import DESK, EPOCH, NOON, SERVER

HEAD = "aa" * 32
KEPT = Kept(SERVER, DESK, EPOCH, bound=True)
RAND = SeededRandom(1)


def receipt(to: int, **changes: object) -> Receipt:
    made = Receipt(SERVER, "i-1", DESK, EPOCH, to, HEAD, STORED, NOON, 1)
    return replace(made, **changes)  # type: ignore[arg-type]


def stored(to: int, *, ours: str | None = HEAD, end: int = 10, seconds: float = 0.0) -> Stored:
    return Stored(receipt(to), b"raw", ours, end, seconds)


def stream(have: int, *, same: bool = True, incarnation: str = "") -> StreamIs:
    return StreamIs(have, b"h", b"h" if same else b"x", incarnation)


def run(kept: Kept, *events: Event, end: int = 10) -> tuple[State, tuple[Effect, ...]]:
    """Feed events to a new exchange of a journal of `end` entries."""
    step = decide(State(kept), Begin(end), NOON, RAND)
    for event in events:
        step = decide(step[0], event, NOON, RAND)
    return step


def sending(kept: Kept = KEPT, to: int = 10) -> tuple[Event, ...]:
    """What leads to a batch on its way."""
    return stream(kept.acked), Prepared(kept.acked + 1, to, 10)


def page(after: int, to: int) -> FeedPage:
    events = tuple(FeedEvent(n, "entry.result", {}) for n in range(after + 1, to + 1))
    return FeedPage(SERVER, DESK, EPOCH, after, to, events)


def test_an_exchange_asks_sends_and_hears() -> None:
    """Stream, batch, receipt, feed, end: three round trips."""
    assert run(KEPT)[1] == (AskStream(),)
    assert run(KEPT, stream(0))[1] == (Prepare(1, KEPT.size, anew=False, plain=False),)
    assert run(KEPT, *sending())[1] == (Send(1),)
    state, effects = run(KEPT, *sending(), stored(10))
    assert effects == (KeepReceipt(receipt(10), b"raw"), AskFeed(0))
    assert state.kept.acked == 10
    state, effects = run(KEPT, *sending(), stored(10), Page(page(0, 3), 10))
    assert effects == (KeepPage(page(0, 3)), AskFeed(3))
    assert state.kept.cursor == 3
    assert run(KEPT, *sending(), stored(10), Page(None, 10))[1] == (Finish(),)


def unasked(kept: Kept, *events: Event, relay: bool = False) -> tuple[State, tuple[Effect, ...]]:
    """The same when the last exchange of this process came to its end with the centre."""
    step = decide(State(kept), Begin(10, relay, known=True), NOON, RAND)
    for event in events:
        step = decide(step[0], event, NOON, RAND)
    return step


def test_a_batch_goes_out_unasked_when_the_last_exchange_came_to_its_end() -> None:
    """Its own `prev` tells whether anything has changed: one round trip less."""
    kept = replace(KEPT, acked=4, incarnation="i-1")

    assert unasked(kept)[1] == (Prepare(5, KEPT.size, anew=False, plain=False),)
    assert unasked(kept, Prepared(5, 10, 10), stored(10))[1][-1] == AskFeed(0)
    assert unasked(replace(kept, acked=10))[1] == (AskStream(),)
    assert unasked(kept, relay=True)[1] == (AskStream(),)


def test_an_unasked_batch_that_meets_another_centre_is_compared_after_all() -> None:
    """A gap, another life of the store, a head that is not ours: then the stream is asked for."""
    kept = replace(KEPT, acked=4, incarnation="i-0")
    sent = Prepared(5, 10, 10)

    for met in (Parked(2), stored(10), stored(10, ours=None)):
        state, effects = unasked(kept, sent, met)
        assert effects == (AskStream(),)
        assert state.kept.acked == 4
    state, effects = unasked(kept, sent, stored(10), stream(10, incarnation="i-1"))
    assert effects == (Prepare(5, KEPT.size, anew=False, plain=False),)
    assert state.kept.incarnation == "i-1"
    assert unasked(kept, sent, Refusal(409, "fork"))[1] == (Finish(Frozen.FORK),)
    assert unasked(kept, sent, Refusal(401, "unknown-key"))[1] == (Enrol(),)


def test_a_desk_from_a_stick_enrols_first() -> None:
    """At first contact the ticket's code is shown, then the exchange goes on."""
    fresh = replace(KEPT, bound=False)

    assert run(fresh)[1] == (Enrol(),)
    state, effects = run(fresh, Enrolled())
    assert effects == (AskStream(),)
    assert state.kept.bound


def test_entries_made_meanwhile_are_sent_too() -> None:
    """What was appended while the feed was read goes out in the same exchange."""
    _, effects = run(KEPT, *sending(), stored(10), Page(None, 12))

    assert effects == (Prepare(11, 625, anew=False, plain=False),)


def test_nothing_to_send_goes_straight_to_the_feed() -> None:
    """An empty queue costs two requests."""
    kept = replace(KEPT, acked=10, cursor=4)

    assert run(kept, stream(10))[1] == (AskFeed(4),)
    assert run(kept, stream(10), Page(None, 10))[1] == (Finish(),)
    assert run(KEPT, stream(0), Prepared(1, 0, 10))[1] == (AskFeed(0),)


def test_a_lost_reply_is_asked_for_again() -> None:
    """The centre has more than is acknowledged here: the batch goes again, the receipt comes."""
    assert run(KEPT, stream(10))[1] == (Prepare(1, KEPT.size, anew=False, plain=False),)


def test_a_centre_that_went_back_gets_what_it_lacks() -> None:
    """Acknowledged goes down to what the centre shows, then up again by receipts."""
    kept = replace(KEPT, acked=8)

    state, effects = run(kept, stream(5))

    assert effects == (Rewind(5), Prepare(6, kept.size, anew=False, plain=False))
    assert state.kept.acked == 5


def test_another_life_of_the_centre_is_heard_from_the_start() -> None:
    """A restored centre numbers its feed anew; the first one met does not reset anything."""
    kept = replace(KEPT, acked=10, cursor=4)

    assert run(kept, stream(10, incarnation="i-1"))[1] == (AskFeed(4),)
    met = replace(kept, incarnation="i-1")
    assert run(met, stream(10, incarnation="i-1"))[1] == (AskFeed(4),)
    assert run(met, stream(10, incarnation="i-2"))[1] == (AskFeed(0),)


def test_a_fork_is_left_with_the_centre_in_the_life_it_lives() -> None:
    """Receipts for what both branches share are of the new life: else it would try for ever."""
    kept = replace(KEPT, acked=0, incarnation="i-1")

    state, effects = run(kept, stream(2, same=False, incarnation="i-2"))

    assert (state.kept.incarnation, state.stopping) == ("i-2", Frozen.FORK)
    assert isinstance(effects[-1], Prepare)


def test_a_stream_that_is_not_ours_freezes() -> None:
    """A fork stops uploads until a person acts."""
    state, effects = run(replace(KEPT, acked=10), stream(10, same=False))

    assert effects == (Finish(Frozen.FORK),)
    assert state.kept.frozen is Frozen.FORK
    back = run(replace(KEPT, acked=10), stream(3, same=False))[1]
    assert back == (Rewind(3), Prepare(4, KEPT.size, anew=False, plain=False))
    assert run(state.kept)[1] == (Finish(Frozen.FORK),)


def given_back(after: int, count: int, *, epoch: int = EPOCH) -> EntriesPage:
    entries = tuple(b"entry %d" % n for n in range(count))
    return EntriesPage(SERVER, DESK, epoch, after, b"p" * 32, entries, {})


AHEAD = StreamIs(12, b"h" * 32, None)


def test_a_restored_desk_takes_its_entries_back_and_goes_on() -> None:
    """A centre with more than we have is asked for the rest, which is compared again."""
    kept = replace(KEPT, acked=10)
    assert run(kept, AHEAD)[1] == (AskEntries(10),)

    given = given_back(10, 2)
    state, effects = run(kept, AHEAD, Given(given, b"p" * 32, 10))

    assert effects == (KeepEntries(given), AskStream())
    assert (state.end, state.kept.acked) == (12, 10)


@pytest.mark.parametrize(
    "given",
    [
        Given(given_back(10, 2), b"q" * 32, 10),
        Given(given_back(10, 2), b"p" * 32, 11),
        Given(given_back(10, 2), None, 9),
    ],
)
def test_what_does_not_go_on_where_we_end_is_a_fork(given: Given) -> None:
    """Another head at our end, or something saved here meanwhile: nothing is taken."""
    state, effects = run(replace(KEPT, acked=11), AHEAD, given)

    assert effects == (Finish(Frozen.FORK),)
    assert state.kept.frozen is Frozen.FORK


def test_a_fork_at_a_restored_centre_hands_in_what_is_common() -> None:
    """Receipts of the centre's new life count: the deposit ends in a freeze, not in waiting."""
    met = replace(KEPT, acked=0, incarnation="i-0")
    there = StreamIs(12, b"h" * 32, None, "i-1")
    fork = Given(given_back(10, 2), b"q" * 32, 10)
    again = Refusal(409, "fork")

    state, effects = run(
        met, there, fork, Prepared(1, 5, 10), stored(5), Prepared(6, 10, 10), again
    )

    assert effects == (Finish(Frozen.FORK),)
    assert state.kept.frozen is Frozen.FORK


@pytest.mark.parametrize("bad", [given_back(10, 0), given_back(10, 2, epoch=EPOCH - 1)])
def test_a_page_of_nothing_or_of_another_stream_is_garbage(bad: EntriesPage) -> None:
    """It changes nothing and is asked for again later."""
    state, effects = run(replace(KEPT, acked=10), AHEAD, Given(bad, b"p" * 32, 10))

    assert effects == (Finish("garbage"),)
    assert state.kept.frozen is None


def test_a_centre_that_gives_nothing_back_stops_the_desk() -> None:
    """An older centre does not know how: a person is told."""
    state, effects = run(replace(KEPT, acked=10), AHEAD, Refusal(404, "not-found"))

    assert effects == (Finish(Frozen.AHEAD),)
    assert FROZEN_TEXTS[state.kept.frozen or Frozen.FORK] == FROZEN_TEXTS[Frozen.AHEAD]


@pytest.mark.parametrize(
    "bad",
    [
        {"server": "other"},
        {"desk": 1},
        {"epoch": 1},
        {"level": RELAYED},
        {"to": 0},
        {"incarnation": "i-0"},
    ],
    ids=str,
)
def test_a_receipt_that_is_not_for_this_moves_nothing(bad: dict[str, object]) -> None:
    """Another's receipt, a relay's, or one for what is acknowledged already is no receipt."""
    wrong = replace(receipt(10), **bad)  # type: ignore[arg-type]
    kept = replace(KEPT, incarnation="i-1")
    state, effects = run(kept, *sending(), Stored(wrong, b"", HEAD, 10))

    assert effects == (Finish("garbage"),)
    assert state.kept.acked == 0


@pytest.mark.parametrize("ours", [None, "bb" * 32])
def test_a_receipt_with_another_head_freezes(ours: str | None) -> None:
    """A signed receipt for another history is a fork."""
    state, effects = run(KEPT, *sending(), stored(10, ours=ours))

    assert effects == (Finish(Frozen.FORK),)
    assert state.kept.acked == 0


def test_a_receipt_nobody_asked_for_moves_nothing() -> None:
    """A receipt is taken as the answer to a batch only."""
    assert run(KEPT, stored(10))[1] == (Finish("garbage"),)


def test_a_safe_receipt_counts_like_a_stored_one() -> None:
    """Level «safe» is more than «stored»."""
    event = Stored(receipt(10, level=SAFE), b"", HEAD, 10)

    assert run(KEPT, *sending(), event)[0].kept.acked == 10


def test_a_part_receipt_goes_on_with_the_rest() -> None:
    """What the receipt covers is acknowledged, the rest is sent again."""
    _, effects = run(KEPT, *sending(), stored(4))

    assert effects[-1] == Prepare(5, 625, anew=False, plain=False)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_passing_troubles_wait_with_jitter(status: int) -> None:
    """The same bytes go later; Retry-After is kept to."""
    state, effects = run(KEPT, *sending(), Refusal(status, retry_after=30))

    kind = "too-many" if status == 429 else "server-error"
    assert effects == (Finish(kind),)
    tries = {
        run(KEPT, *sending(), Refusal(status, retry_after=30))[0].kept.next_try for _ in range(20)
    }
    assert len(tries) > 10  # desks that were told the same do not come back as one
    for next_try in (state.kept.next_try, *tries):
        assert next_try is not None
        assert timedelta(seconds=30) <= next_try - NOON <= timedelta(seconds=45)
    assert (state.kept.failures, state.kept.acked, state.kept.frozen) == (1, 0, None)
    assert state.kept.size == KEPT.size


def test_a_full_centre_waits_ten_minutes() -> None:
    """507 is no reason to knock every few seconds."""
    state, effects = run(KEPT, *sending(), Refusal(507))

    assert effects == (Finish("server-full"),)
    assert state.kept.next_try is not None
    assert timedelta(minutes=10) <= state.kept.next_try - NOON <= timedelta(minutes=15)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, Frozen.REVOKED),
        (409, Frozen.FORK),
        (410, Frozen.EPOCH_CLOSED),
        (421, Frozen.WRONG_SERVER),
    ],
)
def test_refusals_for_a_person_freeze(status: int, why: Frozen) -> None:
    """Revoked, forked, closed, another centre: uploads stop with the reason."""
    state, effects = run(KEPT, *sending(), Refusal(status))

    assert effects == (Finish(why),)
    assert state.kept.frozen is why
    assert run(replace(KEPT, acked=10), Refusal(status))[0].kept.frozen is why


@pytest.mark.parametrize(
    ("no", "status", "why"),
    [
        (Refusal(403), 403, Frozen.REVOKED),
        (stream(3, same=False), 409, Frozen.FORK),
        (Refusal(409), 409, Frozen.FORK),
        (Refusal(410), 410, Frozen.EPOCH_CLOSED),
    ],
)
def test_what_is_unsent_is_left_with_the_centre_before_stopping(
    no: Event, status: int, why: Frozen
) -> None:
    """A desk that is told no leaves its entries for the centre's quarantine, then stops."""
    state, effects = run(KEPT, no)
    assert effects == (Prepare(1, 500, anew=False, plain=False),)
    assert state.kept.frozen is None

    for end in (Refusal(status), Parked(0)):
        state, effects = run(KEPT, no, Prepared(1, 10, 10), end)
        assert effects == (Finish(why),)
        assert (state.kept.frozen, state.kept.acked) == (why, 0)
    assert run(KEPT, no, Prepared(1, 10, 10), Failure("cut"))[0].kept.frozen is None


@pytest.mark.parametrize("status", [403, 409, 410])
def test_a_used_code_freezes(status: int) -> None:
    """At enrolment the centre's no is about the ticket."""
    state, _ = run(replace(KEPT, bound=False), Refusal(status))

    assert state.kept.frozen is Frozen.CODE_USED
    assert not state.kept.bound


def test_a_centre_that_forgot_us_is_shown_the_ticket_once() -> None:
    """An unknown key or stream leads to one enrolment, a second time to a person."""
    for refusal in (Refusal(401), Refusal(404)):
        assert run(KEPT, refusal)[1] == (Enrol(),)
        assert run(KEPT, refusal, Enrolled())[1] == (AskStream(),)
    state, _ = run(KEPT, Refusal(404), Enrolled(), Refusal(404))
    assert state.kept.frozen is Frozen.UNKNOWN_KEY
    for status in (401, 404):
        state, _ = run(replace(KEPT, bound=False), Refusal(status))
        assert (state.kept.frozen is Frozen.UNKNOWN_KEY) == (status == 401)


def test_a_centre_that_has_just_met_our_keys_did_not_get_the_signature() -> None:
    """A centre of before says 401 of a stripped header: once it knows the keys, nothing freezes."""
    for events in ((), (stream(10),)):
        kept = replace(KEPT, acked=10)
        again = (Refusal(401), Enrolled(), *events, Refusal(401))
        state, effects = run(kept, *again)
        assert effects == (Finish("altered"),)
        assert state.kept.frozen is None
        assert state.kept.failures == kept.failures + 1


def test_a_batch_refused_as_unreadable_is_resealed_once() -> None:
    """400 and 422 get the same entries sealed anew, then a person."""
    for status, why in ((400, Frozen.BAD_FORMAT), (422, Frozen.BAD_CHAIN)):
        state, effects = run(KEPT, *sending(), Refusal(status))
        assert effects == (Prepare(1, 500, anew=True, plain=False),)
        assert state.kept.frozen is None
        again = (Refusal(status), Prepared(1, 10, 10), Refusal(status))
        assert run(KEPT, *sending(), *again)[0].kept.frozen is why


def test_bytes_damaged_on_their_way_are_sent_again() -> None:
    """A body whose digest did not hold is no fault of the batch."""
    state, effects = run(KEPT, *sending(), Refusal(400, "bad-digest"))

    assert effects == (Finish("cut"),)
    assert state.kept.frozen is None


def test_an_unknown_dictionary_is_left_out() -> None:
    """415 gets a batch without a dictionary; refused again, it is for a person in the end."""
    _, effects = run(KEPT, *sending(), Refusal(415))
    assert effects == (Prepare(1, 500, anew=True, plain=True),)

    plain = Prepared(1, 10, 10)
    state, _ = run(KEPT, *sending(), Refusal(415), plain, Refusal(415), plain, Refusal(415))
    assert state.kept.frozen is Frozen.UNKNOWN_DICTIONARY


def test_a_batch_too_large_is_sealed_smaller() -> None:
    """413 at least halves it, by the centre's own limit where it names one, down to one entry."""
    _, effects = run(KEPT, *sending(), Refusal(413))
    assert effects == (Prepare(1, 5, anew=True, plain=False),)
    _, effects = run(KEPT, *sending(), Refusal(413, max_bytes=1000, size=4000))
    assert effects == (Prepare(1, 2, anew=True, plain=False),)

    state, _ = run(KEPT, *sending(to=1), Refusal(413))
    assert state.kept.frozen is Frozen.TOO_LARGE


@pytest.mark.parametrize("kind", ["cut", "timeout"])
def test_a_cut_upload_halves_the_next_batch(kind: str) -> None:
    """A link that breaks in the middle gets smaller batches, at least one entry."""
    state, _ = run(KEPT, *sending(), Failure(kind))
    assert state.kept.size == 5
    state, _ = run(KEPT, *sending(to=1), Failure(kind))
    assert state.kept.size == 1
    assert run(KEPT, Failure(kind))[0].kept.size == KEPT.size


def test_success_grows_the_batch_as_far_as_the_link_carries() -> None:
    """A quarter more each time; never more than fifteen seconds of this link, nor 2000."""
    assert run(KEPT, *sending(), stored(10))[0].kept.size == 625
    slow = run(KEPT, *sending(), stored(10, seconds=30.0))[0]
    assert slow.kept.size == 5
    kept = replace(KEPT, size=SIZE_LIMIT)
    assert run(kept, *sending(), stored(10))[0].kept.size == SIZE_LIMIT
    assert run(replace(KEPT, size=1), *sending(), stored(10))[0].kept.size == 2


def test_failures_back_off_to_fifteen_minutes_and_a_link_forgets_them() -> None:
    """Full jitter under 2 s·2^k; success or LinkUp begins anew."""
    kept = KEPT
    for failures in range(20):
        kept = run(kept, Failure("refused"))[0].kept
        assert kept.failures == failures + 1
        assert kept.next_try is not None
        assert timedelta(0) <= kept.next_try - NOON <= timedelta(seconds=min(900, 2 * 2**failures))

    state, effects = decide(State(kept), LinkUp(), NOON, RAND)
    assert (state.kept.failures, state.kept.next_try, effects) == (0, None, ())
    state, _ = run(kept, *sending(), stored(10))
    assert (state.kept.failures, state.kept.next_try) == (0, None)


def test_waiting_ends_in_time_whatever_the_clock_does() -> None:
    """Due when the moment came, and when the clock was set back beyond any wait."""
    kept = replace(KEPT, next_try=NOON)

    assert due(KEPT, NOON)
    assert due(kept, NOON)
    assert not due(kept, NOON - timedelta(seconds=1))
    assert due(kept, NOON - timedelta(days=3650))


def test_a_parked_batch_leads_to_one_more_comparison() -> None:
    """The centre went back between question and batch: compare, and wait when it repeats."""
    assert run(KEPT, *sending(), Parked(0))[1] == (AskStream(),)
    assert run(KEPT, *sending(), Parked(0), *sending(), Parked(0))[1] == (Finish("parked"),)


@pytest.mark.parametrize(
    "bad", [page(1, 3), page(0, 0), replace(page(0, 2), desk=1), replace(page(0, 2), epoch=1)]
)
def test_a_page_out_of_place_is_not_applied(bad: FeedPage) -> None:
    """Pages follow the cursor, hold something and are for this desk, or they are garbage."""
    state, effects = run(replace(KEPT, acked=10), stream(10), Page(bad, 10))

    assert effects == (Finish("garbage"),)
    assert state.kept.cursor == 0


def test_a_feed_that_is_gone_does_not_stop_uploads() -> None:
    """410 on the feed waits; it freezes nothing."""
    state, effects = run(replace(KEPT, acked=10), stream(10), Refusal(410))

    assert effects == (Finish("unexpected"),)
    assert state.kept.frozen is None


@pytest.mark.parametrize("status", [300, 402, 405, 411, 418, 599, 999])
def test_what_no_table_knows_waits(status: int) -> None:
    """An answer from the future or from elsewhere loses nothing."""
    for events in (sending(), ()):
        state, effects = run(KEPT, *events, Refusal(status))
        assert effects == (Finish("unexpected"),)
        assert state.kept.frozen is None


events = st.one_of(
    st.builds(StreamIs, st.integers(0, 12), st.just(b"h"), st.sampled_from([b"h", b"x", None])),
    st.builds(Prepared, st.integers(1, 12), st.integers(0, 12), st.integers(0, 12)),
    st.builds(
        Stored,
        st.builds(receipt, st.integers(0, 12), level=st.sampled_from([STORED, SAFE, RELAYED])),
        st.just(b"raw"),
        st.sampled_from([HEAD, None, "bb" * 32]),
        st.integers(0, 12),
        st.floats(0, 1000),
    ),
    st.builds(Parked, st.integers(0, 12)),
    st.builds(
        Page,
        st.none() | st.builds(page, st.integers(0, 4), st.integers(0, 6)),
        st.integers(0, 12),
    ),
    st.builds(Refusal, st.sampled_from([400, 401, 403, 404, 409, 410, 413, 415, 421, 422, 507])),
    st.builds(Failure, st.sampled_from(["cut", "dns", "timeout"]), st.floats(0, 10**6)),
    st.just(Enrolled()),
    st.just(LinkUp()),
    st.builds(Begin, st.integers(0, 12)),
)


@given(st.lists(events, max_size=30), st.integers(0, 99))
def test_whatever_happens_the_rules_hold(found: list[Event], seed: int) -> None:
    """Any events in any order: acknowledged rises by a fitting receipt alone, falls by Rewind."""
    rand = SeededRandom(seed)
    state, _ = decide(State(KEPT), Begin(10), NOON, rand)
    for event in found:
        before = state.kept
        state, effects = decide(state, event, NOON, rand)
        records = [effect for effect in effects if isinstance(effect, KeepReceipt | Rewind)]
        if state.kept.acked > before.acked:
            assert isinstance(event, Stored)
            assert event.ours == event.receipt.head
            assert event.receipt.level != RELAYED
            assert state.kept.acked == event.receipt.to
        assert bool(records) == (state.kept.acked != before.acked)
        if state.kept.cursor != before.cursor:
            assert isinstance(event, Page)
        assert 1 <= state.kept.size <= SIZE_LIMIT
        if state.kept.next_try is not None:
            wait = state.kept.next_try - NOON
            assert timedelta(0) <= wait <= timedelta(seconds=RETRY_AFTER_LIMIT)
        if effects:
            assert not any(isinstance(effect, Finish | Send | AskFeed) for effect in effects[:-1])
            assert not isinstance(effects[-1], KeepReceipt | KeepPage | Rewind)
        if isinstance(effects[-1] if effects else None, Finish):
            assert state.ask is Ask.NOTHING or before.frozen
