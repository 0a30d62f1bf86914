"""`referral`, `waiting`, `payment`, `promises`, `applicant`, `consents`, called in this process."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.__main__ import main
from mfc_desk.cli.frame import Call
from mfc_desk.errors import DONE, PROBLEMS, REFUSED, USAGE
from tests.desk_home import PASSWORD, DeskHome, StandingClock, set_up_home
from tests.intake_world import document, register

WHY = "Сведения выдаёт только действующая связь с реестром."
PERSON = {"kind": "person", "surname": "Образцова", "name": "Мария", "phone": "+7 900 000-00-07"}


class Hand:
    """A person at the command line of one desk; `says` is what the last command answered."""

    def __init__(
        self,
        made: DeskHome,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.made = made
        self._patch, self._captured = monkeypatch, capsys
        self.says = ""
        monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)

    def does(self, *words: str, typed: object = None, code: int = DONE) -> Any:
        """Run a command and expect its exit code; give its answer as JSON, None without one."""
        text = "" if typed is None else json.dumps(typed)
        stdin = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
        self._patch.setattr("sys.stdin", stdin)
        got = main(["--home", str(self.made.home.root), *words, "--json"])
        captured = self._captured.readouterr()
        assert got == code, captured.err
        self.says = captured.err
        return json.loads(captured.out) if captured.out else None


@pytest.fixture
def hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Hand:
    """A desk that is set up, and who calls its commands."""
    return Hand(set_up_home(tmp_path / "desk"), monkeypatch, capsys)


def test_a_referral_is_given_from_a_line(hand: Hand) -> None:
    """It has a number that `show` knows; what lacks something is answered with its reason."""
    line = {"service": "egrn-info", "to": "Флагманский офис", "why": WHY, "applicant": PERSON}
    given = hand.does("referral", "-", typed={**line, "ref": 7})
    assert given["ref"] == 7
    assert hand.does("show", given["number"])["to"] == "Флагманский офис"
    lacking = hand.does("referral", "-", typed={**line, "to": ""}, code=PROBLEMS)
    assert "куда" in lacking["text"]
    hand.does("referral", "-", typed={**line, "service": "no-such"}, code=USAGE)
    hand.does("referral", "-", typed={"service": "egrn-info"}, code=USAGE)


def test_the_waiting_list_by_commands(hand: Hand) -> None:
    """Put, listed, ended once."""
    line = {"service": "egrn-info", "why": WHY, "applicant": PERSON, "remind_on": "2099-01-01"}
    put = hand.does("waiting", "put", "-", typed=line)
    (row,) = hand.does("waiting", "list")
    assert (row["number"], row["remind_on"]) == (put["number"], "2099-01-01")
    hand.does("waiting", "put", "-", typed={**line, "remind_on": "завтра"}, code=USAGE)
    hand.does("waiting", "put", "-", typed={**line, "applicant": None}, code=PROBLEMS)

    assert hand.does("waiting", "end", put["number"], "--taken")["how"] == "done"

    assert hand.does("waiting", "list") == []
    hand.does("waiting", "end", put["number"], code=USAGE)


def test_payments_and_promises_by_commands(hand: Hand) -> None:
    """A payment is noted and corrected; a paper that was promised comes once."""
    with hand.made.login() as desk:
        typed = document(desk, "passport-rf")
        typed["documents"][0] |= {"promised": "2026-11-30"}
        name = typed["documents"][0]["name"]
        number = desk.intake.register_document(typed).number.text
    paid = {"way": "window", "kopecks": 35_000, "paid_on": "2026-11-20", "document": "чек № 7"}
    hand.does("payment", "note", number, "-", typed=paid, code=REFUSED)
    assert "reason" in hand.says
    noted = hand.does("payment", "note", number, "-", typed={**paid, "reason": "банк"})
    assert (noted["reason"], bool(noted["difference"])) == ("банк", True)
    right = {**paid, "kopecks": 150_000, "replaces": noted["id"]}
    hand.does("payment", "note", number, "-", typed=right)
    assert [one["kopecks"] for one in hand.does("payment", "list", number)] == [150_000]
    hand.does("payment", "note", number, "-", typed={**paid, "way": "exempt"}, code=REFUSED)
    hand.does("payment", "note", number, "-", typed={**paid, "kopecks": "350"}, code=USAGE)
    hand.does("payment", "note", number, "-", typed={**paid, "paid_on": 20}, code=USAGE)

    (promise,) = hand.does("promises", "list", number)
    assert (promise["name"], promise["due"]) == (name, "2026-11-30")
    assert hand.does("promises", "brought", number, name)["brought_at"]
    hand.does("promises", "brought", number, name, code=REFUSED)


def test_applicants_are_joined_and_parted_and_their_consents_kept(hand: Hand) -> None:
    """By the ids that `applicant of` tells."""
    with hand.made.login() as desk:
        first = register(desk).number.text
        second = register(desk, seed=3).number.text
    one, other = (hand.does("applicant", "of", number)["id"] for number in (first, second))
    hand.does("applicant", "merge", one, other)
    assert [row["id"] for row in hand.does("applicant", "of", second)["merged"]] == [other]
    hand.does("applicant", "merge", one, other, code=REFUSED)
    hand.does("applicant", "part", other)
    assert hand.does("applicant", "of", second)["id"] == other
    hand.does("applicant", "part", other, code=REFUSED)

    given = hand.does("consents", "signed", first)
    assert [row["state"] for row in hand.does("consents", "list", first)] == ["given"]
    hand.does("consents", "withdraw", given["id"])
    assert [row["state"] for row in hand.does("consents", "list", first)] == ["withdrawn"]
    hand.does("consents", "withdraw", given["id"], code=REFUSED)


def test_contacts_are_corrected_by_commands(hand: Hand) -> None:
    """From the input, never a word of a command; taken back once."""
    with hand.made.login() as desk:
        number = register(desk).number.text
    old = hand.does("applicant", "contacts", number)["contacts"]
    done = hand.does("applicant", "correct", number, "-", typed={"phone": "+7 900 000-77-11"})
    assert [one["after"] for one in done["changes"]] == ["+79000007711"]
    hand.does("applicant", "correct", number, "-", typed={"phone": "12"}, code=REFUSED)
    hand.does("applicant", "correct", number, "-", typed={"phone": 12}, code=USAGE)
    told = hand.does("applicant", "contacts", number)
    assert told["contacts"] == old | {"phone": "+79000007711"}
    assert {"label": "Телефон", "value": old["phone"]} in told["before"]
    hand.does("applicant", "undo", number)
    assert hand.does("applicant", "contacts", number)["contacts"] == old
    hand.does("applicant", "undo", number, code=REFUSED)

    with hand.made.login() as desk:
        typed = document(desk, seed=5) | {"documents": []}
        refused = desk.refusals.give(typed, desk.refusals.proposal(typed)).number
    spelt = refused.replace("-", "")
    hand.does("applicant", "correct", spelt, "-", typed={"phone": "+7 900 000-77-12"})
    assert hand.does("applicant", "contacts", refused)["contacts"]["phone"] == "+79000007712"
    hand.does("applicant", "of", "00317-999999-00-0", code=USAGE)


def test_services_are_found_and_shown_by_commands(hand: Hand) -> None:
    """By words in any form; a service whole: tariff by date, exemptions, who and where."""
    assert hand.does("catalogue", "list", "соцкарту", "потеряла")[0]["slug"] == "soc-card"
    assert hand.does("catalogue", "list", "родила")[0]["slug"] == "zags-birth"
    assert hand.does("catalogue", "list", "ыыыы") == []
    shown = hand.does("catalogue", "show", "driver-license")
    ended = [one for one in shown["tariff"] if one["valid_to"] == "2025-08-31"]
    assert len(ended) == 3
    assert all(one["exempt"] for one in ended)


def test_the_sums_of_the_catalogue_are_of_the_day_here(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past midnight in Moscow, the day before in Greenwich: the tariff is the new one."""
    late = StandingClock(datetime(2025, 8, 31, 22, 0, tzinfo=UTC))
    with monkeypatch.context() as there:
        there.setenv("TZ", "Europe/Moscow")
        time.tzset()
        there.setattr(Call, "clock", late)
        shown = hand.does("catalogue", "show", "driver-license")["duty"]
        listed = {one["slug"]: one["duty"] for one in hand.does("catalogue", "list")}
    time.tzset()
    assert shown.startswith("от 3 200,00 ₽")
    assert listed["driver-license"] == shown
