"""Enrolment by net: an address and a dictated code become a desk, or its new identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfc_desk.access.keyslots import Cost
from mfc_desk.paths import Home
from mfc_desk.recovery.reenrolment import enrol_again
from mfc_desk.setup.setup import FirstOperator, enrol
from sync.clock import Clock
from sync.http import fetch_ticket
from sync.ids import Random
from sync.ticket import Ticket, split_code

if TYPE_CHECKING:
    from mfc_desk.desk import Desk


def enrol_by_net(
    home: Home,
    url: str,
    code: str,
    operator: FirstOperator,
    password: str,
    clock: Clock,
    random: Random,
    cost: Cost | None = None,
) -> Ticket:
    """Ask the centre at `url` for the ticket of `code` (XXXXXXXX-YYYY-YYYY) and set the desk up.

    Cut anywhere, the same call with the same password ends it. Raises TicketInvalid for a code
    typed wrong or a centre that is not the one of the code, Unreachable, Refused, and what
    `set_up` raises. Waits for the net: use a thread.
    """
    fingerprint, one_time = split_code(code)
    return enrol(
        home,
        lambda keys: fetch_ticket(url, one_time, keys, clock),
        fingerprint,
        operator,
        password,
        clock,
        random,
        cost,
    )


def enrol_again_by_net(desk: Desk, url: str, code: str) -> Ticket:
    """Ask the centre at `url` for a new ticket of an open desk; raises as `enrol_again` does."""
    fingerprint, one_time = split_code(code)
    return enrol_again(
        desk,
        lambda keys: fetch_ticket(url, one_time, keys, desk.clock),
        fingerprint,
        by_net=True,
    )
