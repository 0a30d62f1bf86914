"""The decisions of the centre, without a store: any history of deliveries ends right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.batch import heads
from sync.central.intake import (
    Decision,
    Device,
    Span,
    Standing,
    Stream,
    Verdict,
    admit,
    decide,
    parting,
    place,
)

SERVER = "s-1"
FIRST = b"\0" * 32


def span_of(entries: list[bytes], first: int, to: int) -> tuple[Span, list[bytes]]:
    """The claim of a batch of entries first…to, and its heads from `first - 1` on."""
    chain = [FIRST, *heads(FIRST, entries)] if entries else [FIRST]
    inside = chain[first - 1 : to + 1]
    return Span(SERVER, 1, 10, first, to, inside[0], inside[-1]), inside


class Model:
    """A centre that keeps whole heads in a list: what `decide` is told comes from it."""

    def __init__(self) -> None:
        self.chain = [FIRST]

    @property
    def stream(self) -> Stream:
        return Stream(len(self.chain) - 1, self.chain[-1])

    def deliver(self, span: Span, inside: list[bytes]) -> Decision:
        known = self.chain[span.to] if span.to < len(self.chain) else None
        decision = place(self.stream, span, known)
        if decision is None:
            decision = decide(self.stream, span, inside, self.chain[span.first - 1 : span.to + 1])
        if decision.verdict is Verdict.NEW:
            assert len(self.chain) - (span.first - 1) - 1 == decision.skip
            self.chain += inside[decision.skip + 1 :]
        return decision


entries_lists = st.lists(st.binary(min_size=1, max_size=3), min_size=1, max_size=12)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[tuple[bool, int, int]]]:
    """Two branches that share a beginning, and spans of either in any order."""
    shared = draw(st.lists(st.binary(min_size=1, max_size=2), max_size=6))
    ours = shared + draw(entries_lists)
    theirs = shared + draw(entries_lists)
    spans = []
    for _ in range(draw(st.integers(1, 12))):
        other = draw(st.booleans())
        branch = theirs if other else ours
        first = draw(st.integers(1, len(branch)))
        spans.append((other, first, draw(st.integers(first, len(branch)))))
    return ours, theirs, spans


@given(deliveries())
def test_the_stream_is_always_a_prefix_of_one_branch(
    history: tuple[list[bytes], list[bytes], list[tuple[bool, int, int]]],
) -> None:
    """Whatever comes in whatever order, the centre holds a prefix of one branch, and says why not.

    A batch is a duplicate, or new, exactly when the branch it comes from runs through the stream.
    """
    ours, theirs, spans = history
    model = Model()
    for other, first, to in spans:
        branch = theirs if other else ours
        before = list(model.chain)
        span, inside = span_of(branch, first, to)
        whole = [FIRST, *heads(FIRST, branch)]

        decision = model.deliver(span, inside)

        assert model.chain[: len(before)] == before
        fits = whole[: len(before)] == before[: len(whole)]
        match decision.verdict:
            case Verdict.PARKED:
                assert first > len(before)
            case Verdict.DUPLICATE:
                assert to < len(before)
                assert whole[to] == before[to]
            case Verdict.NEW:
                assert fits
                assert model.chain == whole[: to + 1]
            case Verdict.FORK:
                assert first <= len(before)
                assert not fits or whole[: to + 1] != before[: to + 1]
                if decision.since is not None:
                    assert whole[decision.since - 1] == before[decision.since - 1]
                    assert whole[decision.since] != before[decision.since]
            case verdict:
                raise AssertionError(verdict)


@given(entries_lists, st.data())
def test_any_cut_of_one_journal_arrives_whole(entries: list[bytes], data: st.DataObject) -> None:
    """Overlapping spans of one journal never meet a refusal and end at its head."""
    model = Model()
    reached = 0
    while reached < len(entries):
        first = data.draw(st.integers(1, reached + 1))
        to = data.draw(st.integers(first, len(entries)))
        decision = model.deliver(*span_of(entries, first, to))
        assert decision.verdict in {Verdict.NEW, Verdict.DUPLICATE}
        reached = max(reached, to)
    assert model.chain == [FIRST, *heads(FIRST, entries)]


def test_admission_asks_server_device_and_standing_in_this_order() -> None:
    """The header alone tells another centre's, a stranger's and a dismissed desk's batch."""
    span, _ = span_of([b"a"], 1, 1)
    active = Device(1, 10, Standing.ACTIVE)

    assert admit(SERVER, active, span) is None
    assert admit("s-2", active, span) is Verdict.WRONG_SERVER
    assert admit(SERVER, None, span) is Verdict.UNKNOWN_KEY
    assert admit(SERVER, Device(2, 10, Standing.ACTIVE), span) is Verdict.UNKNOWN_KEY
    assert admit(SERVER, Device(1, 11, Standing.ACTIVE), span) is Verdict.UNKNOWN_KEY
    assert admit(SERVER, Device(1, 10, Standing.REVOKED), span) is Verdict.REVOKED
    assert admit(SERVER, Device(1, 10, Standing.REPLACED), span) is Verdict.EPOCH_CLOSED


def test_parting_is_unknown_before_the_batch() -> None:
    """Branches that part before the batch begins are looked for by the desk, with /heads."""
    assert parting(5, [b"x", b"y"], [b"z", b"w"]) is None
    assert parting(5, [b"x", b"y"], []) is None
    assert parting(5, [b"x", b"y"], [b"x", b"w"]) == 5
