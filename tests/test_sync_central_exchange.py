"""A desk and a real centre process: enrolment, batches, receipts, feed."""

from __future__ import annotations

from itertools import count

import pytest

from sync import receipt
from tests.centre_process import CentreProcess, shared_centre
from tests.centre_world import HandDesk, desk_of

__all__ = ["shared_centre"]

NUMBERS = count(101)


@pytest.fixture
def desk(shared_centre: CentreProcess) -> HandDesk:
    """A freshly enrolled desk."""
    return desk_of(shared_centre.ticket(next(NUMBERS)), shared_centre.url)


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
