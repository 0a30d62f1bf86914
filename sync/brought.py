"""What the desk makes of the centre's answers on a carrier, which may be old ones."""

from __future__ import annotations

from dataclasses import replace

from sync import advance
from sync.advance import Step
from sync.feed import FeedPage
from sync.receipt import CLOSED, REVOKED, SAFE, STORED
from sync.steps import Brought, Finish, Frozen, KeepPage, KeepReceipt, Kept, Rewind, State

CLOSING = {REVOKED: Frozen.REVOKED, CLOSED: Frozen.EPOCH_CLOSED}
FOREIGN, PAST, KNOWN, GAP, BEHIND = "foreign", "past", "known", "gap", "behind"
"""Why what a carrier brought changes nothing: another desk's, of a life of the centre that is
over, here already, after something that is not here, or of entries this journal lacks."""


def receipt_brought(state: State, found: Brought) -> Step:
    """A receipt from a carrier, maybe an old one: where the centre's stream stood when it wrote.

    The heads decide as over the net. Only a life of the centre that is new here may take back
    what an earlier one signed for; the same carrier again changes nothing.
    """
    receipt, kept = found.receipt, state.kept
    new_life = kept.incarnation not in {"", receipt.incarnation}
    why = _in_vain(kept, found, new_life)
    if why:
        return state, (Finish(why),)
    parted = Frozen.FORK if found.ours != receipt.head else None
    stop = CLOSING.get(receipt.level) or parted
    if stop:
        return advance.freeze(state, stop)
    state = advance.reincarnated(state, receipt.incarnation)
    met = replace(state.kept, bound=True)
    if receipt.to == kept.acked or (receipt.to < kept.acked and not new_life):
        return replace(state, kept=met), (Finish(KNOWN),)
    state = replace(state, kept=replace(met, acked=receipt.to))
    if receipt.to < kept.acked:
        return state, (Rewind(receipt.to), Finish())
    return state, (KeepReceipt(receipt, found.raw), Finish())


def _in_vain(kept: Kept, found: Brought, new_life: bool) -> str | None:
    """Why a receipt from a carrier is passed over, if it is."""
    level = found.receipt.level
    if not advance.ours(kept, found.receipt) or level not in {STORED, SAFE, *CLOSING}:
        return kept.frozen or FOREIGN
    if kept.frozen or (new_life and found.past):
        return kept.frozen or PAST
    lacking = found.ours is None and level not in CLOSING
    return BEHIND if lacking else None  # the centre itself gives back what is missing here


def page_brought(state: State, page: FeedPage) -> Step:
    """A feed page from a carrier: it must go on where this desk stands, in the same life."""
    kept = state.kept
    if kept.frozen or not advance.ours(kept, page):
        return state, (Finish(kept.frozen or FOREIGN),)
    if page.incarnation != kept.incarnation:
        return state, (Finish(PAST),)
    if page.to <= kept.cursor:
        return state, (Finish(KNOWN),)
    if page.after > kept.cursor:
        return state, (Finish(GAP),)
    rest = replace(page, after=kept.cursor, events=page.events[kept.cursor - page.after :])
    return replace(state, kept=replace(kept, cursor=page.to)), (KeepPage(rest), Finish())
