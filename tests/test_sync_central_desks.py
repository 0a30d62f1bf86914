"""A dead desk that never reached the centre, whose ticket has run out: what it left is let in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync import question
from sync.central.answers import Refusal
from sync.central.desks import EPOCHS_AHEAD
from sync.question import Question
from sync.ticket import EPOCH_ZERO
from tests.centre_world import HandDesk, LocalCentre, local

__all__ = ["local"]
DESK = 731


def unmet(local: LocalCentre) -> HandDesk:
    """A desk set up by a ticket on a stick; the centre has not heard of its keys."""
    issued, _ = local.centre.enrolment.issue("0101", DESK, window="1", urls=("http://x",))
    return HandDesk(issued, "http://x", 1)


def asked(local: LocalCentre, desk: HandDesk) -> bytes:
    """The question in its second place."""
    asks = Question(
        server=desk.ticket.server_id,
        desk=desk.desk,
        epoch=desk.epoch,
        cursor=0,
        incarnation="",
        enrol=question.enrolment(desk.ticket.code, desk.keys),
        scans=(),
        at=local.clock.now(),
    )
    return question.seal(asks, desk.keys, list(desk.ticket.age_recipients))


def made_anew(local: LocalCentre) -> None:
    """An operator lets the desk be restored: `desk-code --restore`."""
    local.centre.enrolment.issue("0101", DESK, window="1", urls=("http://x",), restore=True)


def test_a_ticket_that_ran_out_lets_in_what_a_dead_desk_left(local: LocalCentre) -> None:
    """Only while the desk is being made anew, and only by what the dead device signed."""
    desk = unmet(local)
    desk.note(2)
    file = asked(local, desk)
    local.clock.wall += timedelta(days=30)
    with pytest.raises(Refusal, match="code-refused"):
        local.centre.enrol(file)

    made_anew(local)
    with pytest.raises(Refusal, match="code-refused"):
        local.centre.enrolment.enrol(question.enrolment(desk.ticket.code, desk.keys))
    assert local.centre.enrol(file).status == 201
    assert local.accept(desk.seal(1, 2)).status == 201


def test_a_revoked_ticket_lets_nobody_in(local: LocalCentre) -> None:
    """Voided after a theft, it stays void when the desk is made anew."""
    desk = unmet(local)
    file = asked(local, desk)
    local.centre.store.desks.revoke(DESK, local.clock.now())
    local.clock.wall += timedelta(days=1)
    made_anew(local)

    with pytest.raises(Refusal, match="code-refused"):
        local.centre.enrol(file)


def test_a_copied_disk_may_go_on_under_another_number_at_once(local: LocalCentre) -> None:
    """Tickets of one second have epochs of their own, later ones higher; by the clock after it."""
    second = local.clock.wall
    given = []
    for number in range(101, 101 + EPOCHS_AHEAD + 20):
        local.clock.wall = second
        issued, _ = local.centre.enrolment.issue("0101", number, window="1", urls=("http://x",))
        given.append(issued.epoch)
    first, last = given[0], int((second - EPOCH_ZERO).total_seconds()) + EPOCHS_AHEAD

    assert given[:EPOCHS_AHEAD] == list(range(first, first + EPOCHS_AHEAD))
    assert max(given) == last  # no further ahead of the clock
    again, _ = local.centre.enrolment.issue("0101", 120, window="1", urls=("http://x",))
    assert again.epoch == last
    local.clock.wall = second
    once_more, _ = local.centre.enrolment.issue("0101", 120, window="1", urls=("http://x",))
    assert once_more.epoch == last + 1  # a desk's own epochs always grow
    local.clock.wall = second + timedelta(hours=1)
    later, _ = local.centre.enrolment.issue("0101", 121, window="1", urls=("http://x",))
    assert later.epoch == int((local.clock.wall - EPOCH_ZERO).total_seconds())
