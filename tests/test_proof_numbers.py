"""Numbers given out by desks that never met: no two alike, and a damaged one is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from forms.number import read
from mfc_desk.errors import UnknownNumber
from tests.desk_home import EPOCH, set_up_home, ticket_file
from tests.taking_requests import register


def test_numbers_of_two_desks_never_collide(tmp_path: Path) -> None:
    """Two desks of one image of the disk, enrolled apart, share no number in 120 requests."""
    given: list[str] = []
    for desk_no in (317, 318):
        ticket = ticket_file(desk_no=desk_no, epoch=EPOCH + desk_no)
        # the same seed on both: chance alone would repeat itself
        with set_up_home(tmp_path / str(desk_no), ticket=ticket, seed=7).login() as desk:
            given += [one.number.text for one in register(desk, 60)]

    assert len(set(given)) == 120
    assert {number[:5] for number in given} == {"00317", "00318"}


def test_damaged_number_is_refused(tmp_path: Path) -> None:
    """Every wrong digit and every swap of two neighbours in a printed number is noticed."""
    with set_up_home(tmp_path / "desk").login() as desk:
        numbers = [one.number for one in register(desk, 3)]
        damaged = set()
        for number in numbers:
            digits = number.digits
            for at, digit in itertools.product(range(len(digits)), "0123456789"):
                damaged.add(digits[:at] + digit + digits[at + 1 :])
            for at in range(len(digits) - 1):
                damaged.add(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
            damaged.discard(digits)

        assert len(damaged) > 350
        for text in damaged:
            with pytest.raises(ValueError, match=r"[а-яё]"):
                read(text)
            with pytest.raises(UnknownNumber):
                desk.find.row(text)
