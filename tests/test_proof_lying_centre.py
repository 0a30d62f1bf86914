"""A centre that answers nonsense: the desk keeps everything and says so in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from tests.centre_process import CentreProcess, shared_centre
from tests.faults import LIES, LyingCentre
from tests.linked_desk import LinkedDesk, linked_desk
from tests.taking_requests import register

__all__ = ["shared_centre"]
RUSSIAN_SENTENCE = re.compile(r"[А-ЯЁ][а-яё ,:;—–-]+.*[.!?]")


def hold_whole(linked: LinkedDesk) -> None:
    """Nothing unproven counts as confirmed, and the desk is whole."""
    summary = linked.desk.exchange.summary()
    assert summary.confirmed + linked.desk.exchange.view().unsent <= summary.requests
    assert check_desk(linked.desk).faults == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("instead_of", "deliver", "desk_no"),
    [
        (b"", False, 501),
        (b"POST /v1/batches", False, 502),
        (b"POST /v1/batches", True, 503),
        (b"GET /v1/feed", False, 504),
    ],
    ids=["everything", "upload not delivered", "upload delivered", "feed"],
)
def test_lying_centre_takes_nothing_away(
    tmp_path: Path, shared_centre: CentreProcess, instead_of: bytes, deliver: bool, desk_no: int
) -> None:
    """A portal's page, 500, garbage, torn and empty answers: all kept, each delivered once."""
    asked_alone = instead_of == b"GET /v1/feed"  # else what is new comes with a receipt
    with linked_desk(tmp_path, shared_centre, desk_no) as linked:
        if instead_of:
            assert linked.exchange().error is None
        for n, (name, answer) in enumerate(LIES.items()):
            if not asked_alone:
                register(linked.desk, 1, seed=n)
            with LyingCentre(answer, shared_centre.port, instead_of, deliver) as liar:
                linked.link.target = liar.port
                result = linked.exchange()
                assert liar.lied, name

            assert result.unreachable, name
            assert RUSSIAN_SENTENCE.fullmatch(result.error or ""), (name, result)
            if asked_alone:
                register(linked.desk, 1, seed=n)
            else:
                assert linked.desk.exchange.view().unsent >= 1
            hold_whole(linked)
            if instead_of:
                linked.link.target = shared_centre.port
                assert linked.exchange().error is None
        linked.link.target = shared_centre.port

        assert linked.exchange().error is None
        assert linked.desk.exchange.view().unsent == 0
        assert linked.at_centre() == linked.on_desk()
        assert len(linked.on_desk()) == len(LIES)


def test_missing_centre_takes_nothing_away(tmp_path: Path, shared_centre: CentreProcess) -> None:
    """No link, and a link with nobody at its end: all kept, then all delivered."""
    with linked_desk(tmp_path, shared_centre, 505) as linked:
        register(linked.desk, 2)
        linked.link.take_down()
        assert linked.exchange().error is not None
        assert linked.desk.exchange.view().unsent == 2
        hold_whole(linked)
        linked.link.bring_up()
        linked.link.target = 1
        assert linked.exchange().error is not None
        assert linked.desk.exchange.view().unsent == 2
        hold_whole(linked)
        linked.link.target = shared_centre.port

        assert linked.exchange().error is None
        assert linked.at_centre() == linked.on_desk()
