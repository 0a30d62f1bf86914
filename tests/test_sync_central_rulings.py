"""Amendments at the centre: one base, one successor; what operators say reaches the feed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.central.__main__ import main
from sync.central.errors import NothingToChoose, UnknownDesk, UnknownRequest, UsageError
from sync.central.rulings import Rulings, read_reasons
from sync.entries import decode
from tests.centre_stores import local
from tests.centre_world import HandDesk, LocalCentre, record

__all__ = ["local"]


def deliver(centre: LocalCentre, desk: HandDesk) -> list[tuple[str, str | None]]:
    """Send what is not sent; outcome and reason of every entry so far."""
    assert centre.accept(desk.seal(centre.stored(desk) + 1, len(desk.journal))).status == 201
    return [(row.outcome, row.reason) for row in centre.rows(desk)]


def number_of(entry: bytes) -> str:
    return str(decode(entry).body["number"])


def states(centre: LocalCentre, entry: bytes) -> list[str]:
    known = Rulings(centre.centre).request(number_of(entry))
    return [one.state for one in known.versions]


def feed(centre: LocalCentre, desk: HandDesk) -> list[tuple[str, dict[str, Any]]]:
    events = centre.centre.store.register.events(desk.desk, 0, 1000)
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    return [(event.kind, json.loads(event.body)) for event in events]


def invalid() -> dict[str, Any]:
    document = record(7)
    document["applicant"]["surname"] = ""
    return document


def test_an_amendment_keeps_the_official_number(local: LocalCentre) -> None:
    """Version 2 stands on version 1 and 3 on 2; the register speaks by the newest one."""
    desk = local.desk()
    first = desk.registration(record(1))
    second = desk.amendment(first, record(2))
    third = desk.amendment(second, record(3))
    desk.journal = [first, second, third]

    assert deliver(local, desk) == [("applied", None)] * 3
    assert {row.official_no for row in local.rows(desk)} == {"90/2026-000001"}
    assert states(local, first) == ["past", "past", "effective"]
    assert [row.version for row in local.rows(desk)] == [1, 2, 3]
    assert local.faults() == ()


def test_a_rejected_registration_is_corrected_by_its_amendment(local: LocalCentre) -> None:
    """The poison has no number until it is corrected; its neighbours never waited."""
    desk = local.desk()
    poison = desk.registration(invalid())
    desk.journal = [desk.registration(record(1)), poison, desk.registration(record(2))]
    assert [outcome for outcome, _ in deliver(local, desk)] == ["applied", "rejected", "applied"]
    again = desk.amendment(poison, invalid())
    desk.journal += [again, desk.amendment(again, record(3))]

    assert [outcome for outcome, _ in deliver(local, desk)][3:] == ["rejected", "applied"]
    assert local.rows(desk)[-1].official_no == "90/2026-000003"
    assert states(local, poison) == ["past", "past", "effective"]
    assert local.faults() == ()


def test_two_amendments_of_one_base_wait_for_a_person(local: LocalCentre) -> None:
    """A copied disk amends the same version: the later one is held, both are kept and shown."""
    old = local.desk(5)
    first = old.registration(record(1))
    old.journal = [first, old.amendment(first, record(2))]
    deliver(local, old)
    new = local.desk(5, seed=2)
    rival = new.amendment(first, record(3))
    follower = new.amendment(rival, record(4))
    new.journal = [new.entry("epoch.open", {}), first, rival, follower]

    assert deliver(local, new)[2:] == [("held", "conflict"), ("held", "conflict")]
    assert states(local, first) == ["past", "effective", "waiting", "waiting"]
    waiting = local.centre.store.notices.conflicts()
    assert [row.entry_id for row in waiting] == [
        decode(rival).entry_id,
        decode(follower).entry_id,
    ]
    assert json.loads(str(waiting[0].record)) == record(3)

    chosen = Rulings(local.centre).choose(number_of(first), str(waiting[1].entry_id))

    assert chosen.tip.entry_id == decode(follower).entry_id
    assert chosen.official_no == "90/2026-000001"
    assert local.centre.store.notices.conflicts() == ()
    settled = [body for kind, body in feed(local, new) if kind == "entry.settled"]
    assert [body["outcome"] for body in settled] == ["superseded", "superseded", "applied"]
    assert local.faults() == ()
    new.journal.append(new.amendment(follower, record(5)))
    assert deliver(local, new)[-1] == ("applied", None)
    with pytest.raises(NothingToChoose):
        Rulings(local.centre).choose(number_of(first), decode(rival).entry_id)


def test_an_amendment_of_nothing_known_is_held(local: LocalCentre) -> None:
    """Nobody's amendment, withdrawal or issue waits; one of a known request is applied."""
    desk = local.desk()
    first = desk.registration(record(1))
    known = decode(first).request_id
    stranger = desk.registration(record(2))
    desk.journal = [
        desk.amendment(stranger, record(2)),
        desk.entry("request.withdraw", {}, request=decode(stranger).request_id),
        first,
        desk.entry("request.withdraw", {}, request=known),
        desk.entry("result.issue", {}, request=known),
        desk.amendment(first, record(1), base="not an id"),
    ]

    assert deliver(local, desk) == [
        ("held", "no-base"),
        ("held", "no-base"),
        ("applied", None),
        ("applied", None),
        ("applied", None),
        ("rejected", "invalid"),
    ]
    assert local.faults() == ()


def test_amendments_come_again_in_a_new_epoch(local: LocalCentre) -> None:
    """Re-journalled versions are duplicates: no second effect, no conflict."""
    old = local.desk(5)
    first = old.registration(record(1))
    old.journal = [first, old.amendment(first, record(2))]
    deliver(local, old)
    new = local.desk(5, seed=2)
    new.journal = [new.entry("epoch.open", {}), *old.journal]

    assert [outcome for outcome, _ in deliver(local, new)] == ["applied", *["duplicate"] * 2]
    assert local.rows(new)[2].official_no == "90/2026-000001"
    assert local.faults() == ()


def test_reasons_name_fields_and_say_why() -> None:
    """A line that begins with a path is about a field, any other about the whole."""
    reasons = read_reasons(
        ["Уточните адрес.", "applicant.snils: не тот номер", "", "и телефон: да"]
    )

    assert reasons.reason == "Уточните адрес. и телефон: да"
    assert [dict(one) for one in reasons.problems] == [
        {"path": "applicant.snils", "code": "returned", "text": "не тот номер"}
    ]
    for nothing in ([], ["  "], ["a.b:"], ["a" * 3000]):
        with pytest.raises(UsageError):
            read_reasons(nothing)


def test_what_operators_say_stands_in_the_feed(
    local: LocalCentre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Return, status, ready and a message, by the commands, read from a file."""
    desk = local.desk()
    desk.register(1)
    deliver(local, desk)
    number = number_of(desk.journal[0])
    text = tmp_path / "text"
    home = ["--home", str(local.home.root)]
    if local.database is not None:
        home += ["--database", local.database]

    def run(*words: str, say: str = "") -> int:
        text.write_text(say, "utf-8")
        named = ["--file", str(text)] if say else []
        return main([words[0], *home, *words[1:], *named])

    assert run("return", number, say="answers.code_wordd: нет слова") == UsageError.exit_code
    assert "Похожие: answers.code_word," in capsys.readouterr().err
    assert run("return", number, say="answers.code_word: нет слова\nУточните.") == 0
    assert run("status", number.replace("-", ""), say="Передано в ведомство") == 0
    assert run("ready", number, "--refused") == 0
    assert run("message", "--all", say="Завтра работаем до 18:00") == 0
    assert run("request", number) == 0
    assert run("conflicts") == 0
    assert run("message", "999", say="никому") == UnknownDesk.exit_code
    assert run("return", "00999-000001-11-1", say="нет") == UnknownRequest.exit_code
    assert run("message", say="кому?") == UsageError.exit_code

    returned, status, ready, message = feed(local, desk)[1:]
    assert returned[0] == "request.returned"
    assert returned[1]["reason"] == "Уточните."
    assert returned[1]["problems"][0]["path"] == "answers.code_word"
    assert status == ("request.status", {**status[1], "text": "Передано в ведомство"})
    assert ready[1]["refused"] is True
    assert message[1]["text"] == "Завтра работаем до 18:00"
    told = capsys.readouterr().out
    assert number in told
    assert "сообщено: возвращено на исправление" in told
    assert "request.returned" not in told
    assert local.faults() == ()
