"""`situations` on the command line, and the countdown to a registration in the header."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.errors import PROBLEMS, USAGE
from mfc_desk.exchange.views import LinkView
from mfc_desk.screens.wording import link_words
from tests.command_line import answers, mfc_desk
from tests.desk_home import set_up_home

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def told(home: Path, *words: str) -> Any:
    """What a command answers as JSON."""
    done = mfc_desk(home, *words, "--json")
    return json.loads(done.stdout)


def test_situations_are_listed_and_shown(tmp_path: Path) -> None:
    """The nine by name; one with its services, their order and conditions."""
    every = told(tmp_path, "situations", "list")
    assert len(every) == 9
    birth = told(tmp_path, "situations", "show", "birth")
    assert birth["steps"][0]["service"] == "zags-birth"
    assert birth["steps"][-1]["when"] == "родителям до 36 лет"
    words = mfc_desk(tmp_path, "situations", "show", "birth").stdout.decode()
    assert "каждая услуга — отдельное обращение" in words
    missing = mfc_desk(tmp_path, "situations", "show", "wedding", code=USAGE)
    assert "wedding" in missing.stderr.decode()


def test_a_complex_request_is_worked_out_or_refused(tmp_path: Path) -> None:
    """Order, limits and the day to forward by; what cannot be in it is named with its reason."""
    plan = told(tmp_path, "situations", "complex", "soc-card", "payments-ref")
    assert [part["service"] for part in plan["parts"]] == ["soc-card", "payments-ref"]
    assert plan["limit_on"] == max(part["office_on"] for part in plan["parts"])
    refused = mfc_desk(tmp_path, "situations", "complex", "soc-card", "passport-rf", code=PROBLEMS)
    assert "passport-rf — нужна личная явка" in refused.stderr.decode()
    mfc_desk(tmp_path, "situations", "complex", "soc-card", code=PROBLEMS)
    mfc_desk(tmp_path, "situations", "complex", "soc-card", "no-such", code=USAGE)


def test_a_complex_request_is_registered_by_the_command_line(tmp_path: Path) -> None:
    """The sample goes through `intake` as it is; one that is wrong names everything, exit 5."""
    home = set_up_home(tmp_path / "desk").home.root
    chosen = ("mnogodet-cert", "soc-card", "zhku-subsidy")
    sample = mfc_desk(home, "situations", "example", *chosen).stdout
    document = json.loads(sample)
    document["complex"][1]["answers"] = {}
    bad = json.dumps({**document, "ref": "second"}).encode()

    taken, refused = answers(
        mfc_desk(home, "intake", "-", stdin=sample + bad + b"\n", code=PROBLEMS)
    )

    assert {part["service"] for part in taken["parts"]} == set(chosen)
    first, second, _ = taken["parts"]
    assert second["after"] == [first["number"]]
    assert taken["limit_on"] == max(part["office_on"] for part in taken["parts"])
    assert refused["ref"] == "second"
    assert {one["path"].rpartition(".")[0] for one in refused["problems"]} == {"complex.1.answers"}
    mfc_desk(home, "situations", "example", "soc-card", "passport-rf", code=PROBLEMS)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=30), "до 22.11 18:00"),
        (timedelta(hours=3, minutes=55), "до 15:55, 3 ч 55 м"),
        (timedelta(minutes=12), "до 12:12, 12 м"),
        (timedelta(hours=-1), "до 11:00, срок прошёл"),
    ],
)
def test_the_header_counts_down_to_the_deadline(left: timedelta, words: str) -> None:
    """Four hours before the end of the office's next working day it shows what is left."""
    view = LinkView(
        online=False,
        since=None,
        unsent=3,
        on_this_disk_only=0,
        deadline=NOON + left,
        next_try=None,
        last_contact=None,
        clock_skew_s=None,
        frozen=None,
        last_error=None,
        progress=None,
    )

    assert link_words(view, UTC, NOON).waiting == f"не отправлено 3 · {words}"
