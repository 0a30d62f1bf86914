"""Bugs planted to see that the simulator finds them: each breaks one decision or one commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sync import advance, engine, relayed
from sync.central import intake
from sync.central.intake import Decision, Verdict
from sync.central.relay.forward import Forwarder
from sync.central.store.sql_register import SqlRegister
from sync.central.store.sql_streams import SqlStreams
from sync.outbox import Outbox
from sync.steps import Ask, State
from tests.simulated_centre import CentreDiedError

Patch = pytest.MonkeyPatch


def acknowledge_by_sending(patch: Patch) -> None:
    """A batch that went out without an answer counts as delivered."""
    real = advance.fail

    def fail(state: State, *args: Any) -> advance.Step:
        if state.ask is Ask.BATCH and args[0] in {"cut", "timeout"}:
            state = replace(state, kept=replace(state.kept, acked=state.sent_to))
        return real(state, *args)

    patch.setattr(advance, "fail", fail)


def never_go_back(patch: Patch) -> None:
    """What was acknowledged once is never sent again, whatever the centre shows."""
    real = engine._compare

    def compare(state: State, found: Any, *args: Any) -> advance.Step:
        return real(state, replace(found, have=max(found.have, state.kept.acked)), *args)

    patch.setattr(engine, "_compare", compare)


def take_any_overlap(patch: Patch) -> None:
    """The centre skips what it has of a batch by number, and appends the rest unseen."""
    real = intake.decide

    def decide(stream: Any, span: Any, heads: Any, stored: Any) -> Decision:
        overlap = stream.last - (span.first - 1)
        if 0 <= overlap < len(heads) - 1:
            return Decision(Verdict.NEW, skip=overlap)
        return real(stream, span, heads, stored)

    patch.setattr(intake, "decide", decide)


def store_again(patch: Patch) -> None:
    """The centre takes a batch it has for a new one."""
    real = intake.place

    def place(stream: Any, span: Any, head_at_to: bytes | None) -> Decision | None:
        decision = real(stream, span, head_at_to)
        if decision == Decision(Verdict.DUPLICATE):
            return Decision(Verdict.NEW)
        return decision

    patch.setattr(intake, "place", place)


def answer_before_commit(patch: Patch) -> None:
    """The centre hands out a receipt, then dies before what it signed for is on its disk."""
    real = SqlStreams.append

    def append(self: SqlStreams, *args: Any, **words: Any) -> int | None:
        try:
            return real(self, *args, **words)
        except CentreDiedError as died:
            if died.point == "centre.append.before-commit":
                return 1
            raise

    patch.setattr(SqlStreams, "append", append)


def cursor_before_effects(patch: Patch) -> None:
    """The feed's cursor is one commit, what its events change another."""
    real = Outbox.keep_page

    def keep_page(self: Outbox, kept: Any, *args: Any) -> None:
        self.save(kept)
        real(self, kept, *args)

    patch.setattr(Outbox, "keep_page", keep_page)


def apply_whatever_comes(patch: Patch) -> None:
    """The register forgets which entries it has applied in another epoch."""
    patch.setattr(SqlRegister, "_earlier", lambda _register, _entry_id: None)


def hear_any_page(patch: Patch) -> None:
    """A page of the feed is applied wherever it begins."""
    real = engine._page

    def heard(state: State, page: Any, *args: Any) -> advance.Step:
        if page is not None:
            page = replace(page, after=state.kept.cursor)
        return real(state, page, *args)

    patch.setattr(engine, "_page", heard)


def hear_from_where_it_was(patch: Patch) -> None:
    """After the centre's store was restored the desk goes on in a feed that is numbered anew."""
    real = advance.reincarnated

    def reincarnated(state: State, incarnation: str) -> State:
        kept = real(state, incarnation).kept
        return replace(state, kept=replace(kept, cursor=state.kept.cursor))

    patch.setattr(advance, "reincarnated", reincarnated)


def seal_without_the_rest(patch: Patch) -> None:
    """The last entry of the journal is taken for one that went out."""
    real = Outbox.end
    patch.setattr(Outbox, "end", lambda outbox: max(0, real(outbox) - 1))


def acknowledge_by_custody(patch: Patch) -> None:
    """What a relay took counts as delivered."""
    real = relayed.in_custody

    def in_custody(state: State, to: int, *args: Any) -> advance.Step:
        return real(replace(state, kept=replace(state.kept, acked=to)), to, *args)

    patch.setattr(relayed, "in_custody", in_custody)


def hold_over_a_gap(patch: Patch) -> None:
    """What lies at a relay counts up to its last entry, whatever is missing before."""

    def custody_end(held: Any, start: int) -> int:
        return max([start, *(int(last) for _, last in held)])

    patch.setattr(relayed, "_custody_end", custody_end)


def let_go_when_cut(patch: Patch) -> None:
    """A relay takes a batch for delivered whose answer did not come."""
    patch.setattr(Forwarder, "_was_cut", lambda self, held, _error: self._store.drop(held.number))


BUGS: dict[str, Callable[[Patch], None]] = {
    bug.__name__: bug
    for bug in (
        acknowledge_by_sending,
        never_go_back,
        take_any_overlap,
        store_again,
        answer_before_commit,
        cursor_before_effects,
        apply_whatever_comes,
        hear_any_page,
        hear_from_where_it_was,
        seal_without_the_rest,
        acknowledge_by_custody,
        hold_over_a_gap,
        let_go_when_cut,
    )
}
