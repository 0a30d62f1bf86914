"""Refusing acceptance: all defects at once, the exhaustive list, nothing new the second time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forms.problem import Problem
from forms.refusal import Defect, not_told
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import USAGE, IntakeRefused, NothingToRecord, RefusalBeyondTold, UnknownDraft
from mfc_desk.intake.drafts import Draft
from mfc_desk.intake.turned_away import found, get
from mfc_desk.store.turned_away import REFUSAL
from sync.entries import decode
from tests.command_line import answers, mfc_desk
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, register

CODES = [f"R{n:02d}" for n in range(1, 12)]


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def draft_of(desk: Desk, typed: dict[str, Any]) -> Draft:
    """A draft with this document in it."""
    draft = desk.intake.begin(typed["service"], typed["applicant"])
    draft.document.update(typed)
    desk.intake.save(draft)
    return draft


def four_defects(desk: Desk) -> dict[str, Any]:
    """A paper missing, one torn, the passport past its age, and a power of a year that is over."""
    typed = document(
        desk,
        birth_date="1981-08-01",
        id_document={
            "kind": "passport-rf",
            "series": "9905",
            "number": "654321",
            "issued": "2001-08-15",
            "issuer": "УВД г. Приморск",
            "code": "990-001",
        },
    )
    first, second, *_ = [
        one.name
        for one in desk.catalogue.service("soc-card").documents
        if one.required and one.by == "applicant" and one.relevant is None
    ]
    typed["documents"] = [
        one | ({"defect": "unreadable"} if one["name"] == second else {})
        for one in typed["documents"]
        if one["name"] != first
    ]
    typed["representative"] = {
        "kind": "power",
        "surname": "Примерова",
        "name": "Анна",
        "power": {"issued": "2024-01-10"},
    }
    return typed


def test_the_list_is_the_exhaustive_one_and_its_codes_of_the_check_exist(made: DeskHome) -> None:
    """R01…R11 with ground and way on; every paper's defect, missing or expired has its reason."""
    with made.login() as desk:
        known = desk.catalogue.refusals
        assert list(known.reasons) == CODES
        assert all(one.ground and one.fix for one in known.reasons.values())
        assert [one.code for one in known.reasons.values() if one.redirect] == ["R11"]
        assert len(known.allowances) == 4
        meant = {
            ("document.missing", "documents.x"): "R03",
            ("document.expired", "documents.x"): "R02",
            ("identity.expired", "applicant.id_document.issued"): "R02",
            ("document.unreadable", "documents.x"): "R09",
            ("unreadable", "applicant.snils"): "R10",
            ("power.expired", "representative.power.until"): "R05",
            ("age", "applicant.birth_date"): "R06",
            ("required", "applicant.id_document.number"): "R07",
            ("required", "answers.category"): "R10",
            ("constraint.not_after", "answers.day"): "R10",
        }
        for (code, path), reason in meant.items():
            given = known.of(Problem(path, "", "error", code, ""))
            assert given is not None
            assert given.code == reason


def test_all_defects_are_told_at_once_and_kept_word_for_word(made: DeskHome) -> None:
    """Missing, expired, unreadable, not entitled: one refusal names them; its paper has it all."""
    with made.login() as desk:
        draft = draft_of(desk, four_defects(desk))
        proposal = desk.refusals.proposal(draft.document)
        assert {"R02", "R03", "R05", "R09"} <= {one.code for one in proposal}

        given = desk.refusals.give(draft.document, proposal, draft_id=draft.id)

        body = get(desk, given.number).body
        told = [(one["code"], one["text"]) for one in body["defects"]]
        assert told == [(one.code, one.text) for one in proposal]
        assert all(one["title"] and one["ground"] and one["fix"] for one in body["defects"])
        assert "5 рабочих дней" in body["appeal"]
        (entry,) = [row for row in desk.journal.entries(0, 100) if row.kind == REFUSAL]
        assert decode(entry.data or b"").body == body
        assert desk.board.today().refused == 1
        assert desk.intake.drafts() == ()
        assert check_desk(desk).faults == ()
        with pytest.raises(UnknownDraft):
            desk.refusals.give(draft.document, proposal, draft_id=draft.id)
        assert desk.board.today().refused == 1


def test_second_refusal_names_nothing_new(made: DeskHome) -> None:
    """The same defects again: yes. Another reason or another paper: only in a case of the law."""
    with made.login() as desk:
        typed = four_defects(desk)
        all_of_them = desk.refusals.proposal(typed)
        first = desk.refusals.give(typed, [one for one in all_of_them if one.code != "R09"])
        again = desk.refusals.told_for(typed)
        assert again.numbers == (first.number,)
        with pytest.raises(RefusalBeyondTold) as beyond:
            desk.refusals.give(typed, all_of_them)
        assert [one.code for one in beyond.value.new] == ["R09"]
        assert first.number in str(beyond.value)
        desk.refusals.give(typed, [one for one in all_of_them if one.code == "R03"])
        with pytest.raises(RefusalBeyondTold):
            desk.refusals.give(typed, all_of_them, allowance="because")
        third = desk.refusals.give(typed, all_of_them, allowance="new-papers")
        assert third.body["allowance"]["code"] == "new-papers"
        assert len(third.body["earlier"]) == 2
        # somebody else, and another service, were told nothing
        assert desk.refusals.told_for(document(desk, seed=5)).numbers == ()
        assert desk.refusals.told("egrn-info", third.body["applicant"]).numbers == ()
        assert check_desk(desk).faults == ()


def test_the_same_person_is_known_without_the_number_told_first(made: DeskHome) -> None:
    """СНИЛС typed the first time and not the second: name and birth date tell."""
    with made.login() as desk:
        typed = four_defects(desk)
        desk.refusals.give(typed, desk.refusals.proposal(typed))
        typed["applicant"] = {k: v for k, v in typed["applicant"].items() if k != "snils"}
        assert len(desk.refusals.told_for(typed).numbers) == 1
        typed["applicant"]["snils"] = "900-100-200 93"  # another person of that name and day
        assert desk.refusals.told_for(typed).numbers == ()


@pytest.mark.parametrize(
    ("new", "told", "left"),
    [
        ([("R03", "documents.a")], [("R03", "documents.a")], []),
        ([("R03", "documents.b")], [("R03", "documents.a")], ["R03"]),
        ([("R03", "documents.b")], [("R03", "")], []),
        ([("R03", "")], [("R03", "documents.a")], []),
        ([("R03", ""), ("R09", "")], [("R03", "")], ["R09"]),
    ],
)
def test_what_counts_as_new(
    new: list[tuple[str, str]], told: list[tuple[str, str]], left: list[str]
) -> None:
    """A reason not told, or another paper under one that was; a reason told in general covers."""
    defects = [Defect(code, about, "", "t") for code, about in new]
    before = [Defect(code, about, "", "t") for code, about in told]
    assert [one.code for one in not_told(defects, before)] == left


def test_a_refusal_needs_reasons_of_the_list_and_a_name(made: DeskHome) -> None:
    """No defects, a reason that is none, a referral, no name: nothing is recorded."""
    with made.login() as desk:
        typed = four_defects(desk)
        before = desk.journal.position()
        for defects in (
            [],
            [Defect("R77", "", "", "так")],
            [Defect("R11", "", "", "только флагман")],
            [Defect("R03", "", "", " ")],
        ):
            with pytest.raises(NothingToRecord):
                desk.refusals.give(typed, defects)
        nameless = typed | {"applicant": {"kind": "person"}}
        with pytest.raises(NothingToRecord, match="имя"):
            desk.refusals.give(nameless, [Defect("R07", "", "", "паспорта нет")])
        assert desk.journal.position() == before


def test_applicant_may_insist_where_the_law_lets(made: DeskHome) -> None:
    """A missing paper is taken with a reason that is kept; an expired passport never is."""
    with made.login() as desk:
        typed = document(desk)
        missing = typed["documents"].pop(0)["name"]
        with pytest.raises(IntakeRefused):
            desk.intake.register_document(typed)
        typed["overrides"] = {f"documents.{missing}": "заявитель настаивает на приёме"}
        taken = desk.intake.register_document(typed)
        kept = desk.find.card(taken.number.text).record["overrides"]
        assert kept == typed["overrides"]

        expired = four_defects(desk)
        path = "applicant.id_document.issued"
        expired["overrides"] = {path: "заявитель настаивает на приёме"}
        with pytest.raises(IntakeRefused) as refused:
            desk.intake.register_document(expired)
        assert path in {one.path for one in refused.value.problems}
        assert check_desk(desk).faults == ()


def test_refused_request_begins_again_with_all_that_was_typed(made: DeskHome) -> None:
    """The refusal keeps the document; the applicant comes back and nothing is typed twice."""
    with made.login() as desk:
        draft = draft_of(desk, four_defects(desk))
        proposal = desk.refusals.proposal(draft.document)
        given = desk.refusals.give(draft.document, proposal, draft_id=draft.id)
        again = desk.refusals.resume(get(desk, given.id))
        assert again.document == draft.document
        assert desk.intake.open(again.id).document == draft.document


def test_refusals_are_found_by_name_and_number_and_stay_out_of_the_requests(
    made: DeskHome,
) -> None:
    """Search finds them beside the requests; the number is none of a request."""
    with made.login() as desk:
        typed = four_defects(desk)
        given = desk.refusals.give(typed, desk.refusals.proposal(typed))
        taken = register(desk, seed=8)
        for text in ("образц", given.number, given.number[6:12]):
            assert [one.id for one in found(desk, text)] == [given.id]
        assert [row.number for row in desk.find.search("образц")] == [taken.number.text]


def test_command_refuses_with_the_same_checks(made: DeskHome, tmp_path: Path) -> None:
    """`refuse` names all defects, remembers them, and refuses to name a new one later."""
    with made.login() as desk:
        typed = four_defects(desk)
    file = tmp_path / "refuse.jsonl"
    torn = {"code": "R08", "text": "справка: дата исправлена"}
    lines = [
        {"document": typed, "ref": 1},
        {"document": typed, "defects": [torn], "ref": 2},
        {"document": typed, "defects": [torn], "allowance": "expired-since", "ref": 3},
        {"document": typed | {"service": "no-such"}, "ref": 4},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    home = made.home.root
    done = mfc_desk(home, "refuse", str(file), code=USAGE)
    first, second, third, fourth = answers(done)
    assert {"R02", "R03", "R05", "R09"} <= {one["code"] for one in first["defects"]}
    assert second["code"] == "refusal-beyond-told"
    assert [one["code"] for one in second["new"]] == ["R08"]
    assert third["number"]
    assert fourth["code"] == "service-unknown"
    shown = mfc_desk(home, "show", first["number"]).stdout.decode()
    assert "отказ в приёме: R02, R03" in shown
    assert first["number"] in mfc_desk(home, "find", first["number"]).stdout.decode()
    mfc_desk(home, "check")
