"""Several services of one visit: a life situation step by step, a complex request as a whole."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.catalogue import PACKAGED
from forms.example import complex_example
from forms.people import inn12
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import ComplexRefused, IntakeRefused, UnknownBundle
from mfc_desk.intake.bundle_steps import Bundle
from mfc_desk.intake.drafts import Draft
from mfc_desk.store import bundles as stored
from sync.entries import decode
from sync.failpoint import EXIT_STATUS
from tests.desk_home import DeskHome, set_up_home
from tests.faults import status_killed_at
from tests.intake_world import TODAY, document, register

THREE = ["soc-card", "egrn-info", "payments-ref"]
SITUATION = """
[[situation]]
name = "trial"
title = "Учебная ситуация"
keywords = ["проба"]

[[situation.step]]
service = "payments-ref"

[[situation.step]]
service = "soc-card"
after = ["payments-ref"]
when = "если положена"

[[situation.step]]
service = "egrn-info"
optional = true
"""


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk whose catalogue has a situation of services that are in it."""
    made = set_up_home(tmp_path / "desk")
    shutil.copytree(PACKAGED, made.home.catalogue)
    with (made.home.catalogue / "situations.toml").open("a", encoding="utf-8") as file:
        file.write(SITUATION)
    return made


def fill(desk: Desk, bundle: Bundle, place: int, **applicant: Any) -> Draft:
    """Fill a step with a document that passes; the applicant is that of the visit."""
    draft = desk.bundles.draft(bundle.id, place)
    carried = dict(draft.document["applicant"])
    filled = document(desk, bundle.steps[place].service)
    draft.document |= {key: filled[key] for key in ("answers", "documents", "delivery")}
    draft.document["applicant"] = filled["applicant"] | {
        key: carried[key] for key in ("surname", "birth_date") if key in carried
    }
    draft.document["applicant"] |= applicant
    desk.intake.save(draft)
    return draft


def bodies(desk: Desk) -> list[dict[str, Any]]:
    """Bodies of the journal's registrations, in order."""
    rows = desk.journal.entries(0, 1000)
    return [decode(row.data or b"").body for row in rows if row.kind == "request.register"]


def test_a_complex_request_is_planned_with_order_and_limits(made: DeskHome) -> None:
    """The sequential service waits for its input; all is forwarded within one working day."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(THREE)

        assert [step.service for step in bundle.steps] == ["egrn-info", "payments-ref", "soc-card"]
        assert [step.after for step in bundle.steps] == [(), (), (1,)]
        assert bundle.forward_by == date(2026, 11, 23)  # taken on Saturday 21.11
        limits = [step.limits.office_on for step in bundle.steps if step.limits]
        assert limits == [date(2026, 11, 27), date(2026, 11, 23), date(2026, 12, 8)]
        assert bundle.limit_on == max(limits)


def test_the_days_of_a_complex_request_stand(made: DeskHome) -> None:
    """Opened days later they are those of the day it was begun, then of the day it was taken."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(["egrn-info", "soc-card"])
        for place in range(2):
            fill(desk, bundle, place)
        made.clock.pass_(2 * 86400)
        then = desk.bundles.get(bundle.id)
        assert (then.forward_by, then.limit_on) == (bundle.forward_by, bundle.limit_on)
        assert bundle.forward_by == date(2026, 11, 23)

        desk.bundles.register(bundle.id)

        assert bodies(desk)[0]["complex"]["forward_by"] == "2026-11-24"
        taken = desk.bundles.get(bundle.id)
        made.clock.pass_(5 * 86400)
        later = desk.bundles.get(bundle.id)
        assert taken.forward_by == later.forward_by == date(2026, 11, 24)
        assert taken.limit_on == later.limit_on
        assert later.limit_on is not None
        assert bodies(desk)[1]["complex"]["limit_on"] == later.limit_on.isoformat()


def test_a_complex_request_is_remembered_until_it_stands_in_registers(made: DeskHome) -> None:
    """One working day to hand it over; a lone request has none, a withdrawn part is left out."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(THREE)
        for place in range(3):
            fill(desk, bundle, place)
        numbers = [one.number.text for one in desk.bundles.register(bundle.id)]
        register(desk)
        desk.handling.withdraw(numbers[2], "передумал")
        (row,) = [row for row in desk.board.attention() if row.kind == "forward"]
        assert row.number == numbers[0]
        assert "передать в органы до 23.11" in row.text
        assert "срок прошёл" not in row.text
        assert [one.numbers for one in desk.day_papers.to_forward()] == [tuple(numbers[:2])]
        made.clock.pass_(3 * 86400)
        (row,) = [row for row in desk.board.attention() if row.kind == "forward"]
        assert "срок прошёл" in row.text

        desk.day_papers.form(date(2026, 11, 21))

        assert desk.day_papers.to_forward() == ()


def test_services_that_need_presence_are_refused_with_their_reason(made: DeskHome) -> None:
    """Each one is named; one service alone is no complex request."""
    with made.login() as desk:
        with pytest.raises(ComplexRefused, match=r"Паспорт.*личная явка.*Примите их отдельно"):
            desk.bundles.begin_complex(["soc-card", "passport-rf"])
        with pytest.raises(ComplexRefused, match="две услуги или больше"):
            desk.bundles.begin_complex(["soc-card", "soc-card"])
        assert desk.bundles.refusal("soc-card") == ""


def test_the_applicant_and_the_papers_are_given_once(made: DeskHome) -> None:
    """What the first service was told stands in the next; its application does not."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(THREE)
        first = desk.bundles.draft(bundle.id, 0)
        filled = document(desk, "egrn-info")
        first.document |= filled
        desk.intake.save(first)

        second = desk.bundles.draft(bundle.id, 1)
        assert second.document["applicant"] == first.document["applicant"]
        names = {paper["name"]: paper for paper in second.document["documents"]}
        own = {one.name for one in desk.catalogue.service("payments-ref").documents}
        assert set(names) <= own
        assert "identity" in names
        assert not any("Заявление" in title for title in names)
        assert desk.bundles.draft(bundle.id, 1).id == second.id
        assert desk.bundles.get(bundle.id).applicant.startswith("Образцова")


def test_a_complex_request_is_registered_whole_and_replayed(made: DeskHome) -> None:
    """Numbers, one link in the journal, receipts, drafts gone; the check of the desk is clean."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(THREE)
        drafts = [fill(desk, bundle, place) for place in range(3)]
        assert [step.state for step in desk.bundles.get(bundle.id).steps] == ["ready"] * 3
        with pytest.raises(ComplexRefused, match="вместе"):
            desk.intake.register(drafts[0])

        given = desk.bundles.register(bundle.id)

        numbers = [one.number.text for one in given]
        told = [body["complex"] for body in bodies(desk)]
        assert [(one["id"], one["place"], one["of"]) for one in told] == [
            (bundle.id, place, 3) for place in (1, 2, 3)
        ]
        assert told[2]["after"] == [given[1].request_id]
        assert told[0]["forward_by"] == "2026-11-23"
        assert bodies(desk)[2]["deadlines"]["office_on"] == told[2]["limit_on"] == "2026-12-08"
        assert desk.bundles.beside(given[1].request_id) == tuple(numbers)
        assert desk.intake.drafts() == ()
        assert all(one.papers for one in given)
        assert [step.number for step in desk.bundles.get(bundle.id).steps] == numbers
        assert check_desk(desk).faults == ()
        with pytest.raises(ComplexRefused, match="уже зарегистрирован"):
            desk.bundles.register(bundle.id)


def test_a_complex_request_is_registered_from_one_document(made: DeskHome) -> None:
    """The applicant and shared papers once; order, limits and link as from the screens."""
    with made.login() as desk:
        whole = whole_document(desk, "soc-card", "payments-ref", "egrn-info")
        card, ref, _ = whole["complex"]
        shared = [one for one in ref["documents"] if one["name"] == "identity"]
        assert shared
        ref["documents"] = [one for one in ref["documents"] if one not in shared]

        taken = desk.bundles.register_document(whole)

        assert card["service"] == "soc-card"
        parts = [(one.service.slug, one.after, one.office_on) for one in taken.parts]
        first = taken.parts[0].registered.number.text
        assert parts == [
            ("payments-ref", (), date(2026, 11, 23)),
            ("soc-card", (first,), date(2026, 12, 8)),
            ("egrn-info", (), date(2026, 11, 27)),
        ]
        assert (taken.forward_by, taken.limit_on) == (date(2026, 11, 23), date(2026, 12, 8))
        told = [body["complex"] for body in bodies(desk)]
        assert [(one["id"], one["place"], one["of"]) for one in told] == [
            (taken.id, place, 3) for place in (1, 2, 3)
        ]
        papers = [{one["name"] for one in body["record"]["documents"]} for body in bodies(desk)]
        assert all("identity" in names for names in papers)
        numbers = tuple(one.registered.number.text for one in taken.parts)
        assert desk.bundles.beside(taken.parts[2].registered.request_id) == numbers
        assert [one.numbers for one in desk.day_papers.to_forward()] == [numbers]
        assert check_desk(desk).faults == ()


def test_every_mistake_of_a_complex_document_is_named_at_once(made: DeskHome) -> None:
    """Of the whole, of each part, of the applicant once; nothing is registered."""
    with made.login() as desk:
        whole = whole_document(desk, "soc-card", "payments-ref")
        whole["applicant"] |= {"surname": "", "snils": "900-100-200 94"}
        whole["colour"] = "red"
        card, ref = whole["complex"]
        card["answers"]["request"] = "sideways"
        ref["documents"] = []
        ref["shoe_size"] = 42
        whole["complex"] += [
            {"service": "passport-rf", "answers": {}},
            {"service": "no-such"},
            {"service": "soc-card"},
            7,
        ]

        with pytest.raises(IntakeRefused) as refused:
            desk.bundles.register_document(whole)

        found = [(one.path, one.code) for one in refused.value.problems]
        assert len(found) == len(set(found))
        assert {
            ("colour", "unknown-key"),
            ("applicant.surname", "required"),
            ("applicant.snils", "unreadable"),
            ("complex.0.answers.request", "unreadable"),
            ("complex.1.shoe_size", "unknown-key"),
            ("complex.1.documents.application", "document.missing"),
            ("complex.2.service", "complex.excluded"),
            ("complex.3.service", "unknown-service"),
            ("complex.4.service", "complex.twice"),
            ("complex.5", "shape"),
        } <= set(found)
        for wrong in (None, [], [{"service": "soc-card", "answers": None, "documents": 3}]):
            with pytest.raises(IntakeRefused):
                desk.bundles.register_document({"complex": wrong, "applicant": 4, "delivery": []})
        assert bodies(desk) == []
        assert desk.db.execute("SELECT count(*) FROM complex_part").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("second", "codes"),
    [
        ("no-such", {"unknown-service"}),  # named right, it is the second
        ("soc-card", {"complex.twice", "complex.few"}),
        ("passport-rf", {"complex.excluded", "complex.few"}),
    ],
)
def test_another_service_is_asked_for_where_one_would_be_left(
    made: DeskHome, second: str, codes: set[str]
) -> None:
    """Whoever mends what is named hears nothing new, and nobody adds what is there already."""
    with made.login() as desk:
        whole = whole_document(desk, "soc-card", "payments-ref")
        whole["complex"][1] = {"service": second, "answers": {}}

        with pytest.raises(IntakeRefused) as refused:
            desk.bundles.register_document(whole)

        assert {one.code for one in refused.value.problems} == codes


def whole_document(desk: Desk, *slugs: str) -> dict[str, Any]:
    """A complex request of services as one document that passes."""
    services = [desk.catalogue.service(slug) for slug in slugs]
    made: dict[str, Any] = complex_example(services, desk.catalogue, TODAY)
    return made


def test_an_amended_part_keeps_its_place_in_the_complex_request(made: DeskHome) -> None:
    """By the draft and by a document: the new version is the same part of the same whole."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(["soc-card", "payments-ref"])
        for place in range(2):
            fill(desk, bundle, place)
        first, second = desk.bundles.register(bundle.id)
        amending = desk.handling.begin(second.number.text).draft
        amending.document["applicant"]["phone"] = "+7 900 000-77-11"
        desk.handling.amend(amending)
        again = dict(desk.find.card(second.number.text).record)
        again["applicant"] = {**again["applicant"], "phone": "+7 900 000-77-12"}
        desk.handling.amend_document(second.number.text, again)

        versions = [
            entry.body["complex"]
            for row in desk.journal.entries(0, 1000)
            if (entry := decode(row.data or b"")).request_id == second.request_id
            and entry.kind in ("request.register", "request.amend")
        ]
        assert len(versions) == 3
        assert versions[0] == versions[1] == versions[2]
        beside = (first.number.text, second.number.text)
        assert desk.bundles.beside(second.request_id) == beside
        assert check_desk(desk).faults == ()


def test_nothing_of_a_complex_request_is_registered_by_half(made: DeskHome) -> None:
    """An unfilled service, another person, a situation: all refused, no number is taken."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(["soc-card", "payments-ref"])
        fill(desk, bundle, 0)
        with pytest.raises(ComplexRefused, match="«Социальная карта» не заполнена"):
            desk.bundles.register(bundle.id)
        other = fill(desk, bundle, 1, surname="Примерова")
        with pytest.raises(ComplexRefused, match="разные заявители"):
            desk.bundles.register(bundle.id)
        other.document["answers"].pop("code_word", None)
        desk.intake.save(other)
        with pytest.raises(ComplexRefused, match="«Социальная карта»: замечаний 1"):
            desk.bundles.register(bundle.id)
        situation = desk.bundles.begin_situation("trial")
        with pytest.raises(ComplexRefused, match="по одной"):
            desk.bundles.register(situation.id)

        assert bodies(desk) == []
        assert desk.db.execute("SELECT count(*) FROM complex_part").fetchone()[0] == 0


def test_a_failure_in_the_middle_registers_nothing(
    made: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second service breaks: the first is not registered either, the drafts are whole."""
    with made.login() as desk:
        bundle = desk.bundles.begin_complex(["soc-card", "payments-ref"])
        for place in range(2):
            fill(desk, bundle, place)
        real = stored.add_part
        calls: list[str] = []

        def fail(db: Any, request_id: str, body: Any) -> None:
            calls.append(request_id)
            if len(calls) == 2:
                raise ComplexRefused
            real(db, request_id, body)

        monkeypatch.setattr(stored, "add_part", fail)
        with pytest.raises(ComplexRefused):
            desk.bundles.register(bundle.id)
        monkeypatch.undo()

        assert bodies(desk) == []
        assert len(desk.intake.drafts()) == 2
        assert len(desk.bundles.register(bundle.id)) == 2
        assert check_desk(desk).faults == ()


def test_a_situation_goes_step_by_step(made: DeskHome) -> None:
    """Each service is a request of its own, without a link in the journal."""
    with made.login() as desk:
        assert [one.name for one in desk.bundles.situations("проба")] == ["trial"]
        bundle = desk.bundles.begin_situation("trial")
        assert bundle.title == "Учебная ситуация"
        assert [(step.when, step.optional) for step in bundle.steps] == [
            ("", False),
            ("если положена", False),
            ("", True),
        ]
        assert bundle.limit_on is None

        taken = desk.intake.register(fill(desk, bundle, 0))
        then = desk.bundles.get(bundle.id)
        assert then.steps[0].number == taken.number.text
        assert [step.service for step in then.left] == ["soc-card", "egrn-info"]
        assert desk.bundles.of_request(taken.request_id) == then
        assert "complex" not in bodies(desk)[0]
        assert desk.bundles.beside(taken.request_id) == ()
        following = desk.bundles.draft(bundle.id, 1)
        assert following.document["applicant"]["surname"] == "Образцова"
        with pytest.raises(UnknownBundle, match="уже принята"):
            desk.bundles.draft(bundle.id, 0)
        assert check_desk(desk).faults == ()


def test_what_was_thrown_away_can_be_begun_again(made: DeskHome) -> None:
    """A discarded draft leaves its step new; an unknown bundle is said so."""
    with made.login() as desk:
        bundle = desk.bundles.begin_situation("trial")
        draft = desk.bundles.draft(bundle.id, 0)
        assert desk.bundles.of_draft(draft.id) == (bundle.id, "situation")
        desk.intake.discard(draft.id)

        assert desk.bundles.get(bundle.id).steps[0].state == "new"
        assert desk.bundles.draft(bundle.id, 0).id != draft.id
        with pytest.raises(UnknownBundle):
            desk.bundles.get("no-such")
        with pytest.raises(UnknownBundle):
            desk.bundles.begin_situation("no-such")


def test_what_the_desk_cannot_know_is_asked_and_remembered(made: DeskHome) -> None:
    """A question a step; «нет» takes it out of what is left, data says more than a question."""
    with made.login() as desk:
        bundle = desk.bundles.begin_situation("birth")
        by_slug = {one.service: one for one in bundle.steps}
        assert by_slug["zags-birth"].question == ""
        assert by_slug["snils"].question == "СНИЛС ребёнка не пришёл на «Госуслуги»?"
        assert by_slug["mnogodet-cert"].question == "Третий и последующий ребёнок?"
        snils, income = by_slug["snils"].place, by_slug["edinoe-posobie"].place

        desk.bundles.answer(bundle.id, snils, answer=False)
        desk.bundles.answer(bundle.id, income, answer=True)
        desk.bundles.begin_situation("taxes")  # what was answered is not swept away

        then = {one.service: one for one in desk.bundles.get(bundle.id).steps}
        assert (then["snils"].off, then["snils"].wanted) == (True, False)
        assert (then["edinoe-posobie"].off, then["edinoe-posobie"].wanted) == (False, True)
        assert then["snils"] not in desk.bundles.get(bundle.id).left
        desk.bundles.answer(bundle.id, snils, answer=None)
        assert not desk.bundles.get(bundle.id).steps[snils].off
        with pytest.raises(UnknownBundle):
            desk.bundles.answer(bundle.id, 77, answer=True)

        draft = desk.bundles.draft(bundle.id, by_slug["zags-birth"].place)
        draft.document["applicant"] = document(desk, birth_date="1996-03-12")["applicant"]
        draft.document["answers"]["children_count"] = 3
        desk.intake.save(draft)
        then = {one.service: one for one in desk.bundles.get(bundle.id).steps}
        assert (then["mnogodet-cert"].question, then["mnogodet-cert"].wanted) == ("", True)
        assert (then["young-parents"].question, then["young-parents"].wanted) == ("", True)


def test_a_question_beside_a_condition_stands_until_it_is_answered(made: DeskHome) -> None:
    """Sixteen years are needed for a licence and do not give one; a known ИНН settles the other."""
    with made.login() as desk:
        change = desk.bundles.begin_situation("name-change")
        draft = desk.bundles.draft(change.id, 0)
        draft.document["applicant"] = document(desk, birth_date="1996-03-12")["applicant"]
        desk.intake.save(draft)
        licence = next(
            one for one in desk.bundles.get(change.id).steps if one.service == "driver-license"
        )
        assert (licence.fits, licence.question) == (True, "Есть водительское удостоверение?")
        assert not licence.wanted

        taxes = desk.bundles.begin_situation("taxes")
        assert taxes.steps[0].fits is None  # nobody is known yet
        draft = desk.bundles.draft(taxes.id, 1)
        draft.document["applicant"] = document(desk)["applicant"]
        draft.document["applicant"].pop("inn", None)
        desk.intake.save(draft)
        assert desk.bundles.get(taxes.id).steps[0].fits
        draft.document["applicant"]["inn"] = inn12(5)
        desk.intake.save(draft)
        assert desk.bundles.get(taxes.id).steps[0].off


def test_steps_are_switched_by_what_is_known(made: DeskHome) -> None:
    """Nothing is switched before somebody is entered; then by age and by answers; words stay."""
    with made.login() as desk:
        bundle = desk.bundles.begin_situation("birth")
        by_slug = {one.service: one for one in bundle.steps}
        assert {one.fits for one in bundle.steps} == {None}
        assert not any(one.off for one in bundle.steps)

        draft = desk.bundles.draft(bundle.id, by_slug["zags-birth"].place)
        draft.document["applicant"] = document(desk, birth_date="1956-03-12")["applicant"]
        draft.document["answers"]["children_count"] = 1
        desk.intake.save(draft)
        now = desk.bundles.get(bundle.id)
        then = {one.service: one for one in now.steps}
        assert then["young-parents"].off
        assert then["young-parents"].when == "родителям до 36 лет"
        assert then["mnogodet-cert"].fits is None  # the second answer is not known
        assert then["young-parents"] not in now.left
        assert then["edinoe-posobie"].fits is None  # its condition is words only

        draft.document["applicant"]["birth_date"] = "1996-03-12"
        draft.document["answers"]["children_count"] = 3
        desk.intake.save(draft)
        then = {one.service: one for one in desk.bundles.get(bundle.id).steps}
        assert then["young-parents"].fits
        assert then["mnogodet-cert"].fits

        draft.document["applicant"]["birth_date"] = "1956-03-12"
        desk.intake.save(draft)
        newborn = desk.bundles.draft(bundle.id, by_slug["young-parents"].place)
        newborn.document["applicant"] = document(desk, birth_date="2026-11-01")["applicant"]
        desk.intake.save(newborn)
        then = {one.service: one for one in desk.bundles.get(bundle.id).steps}
        assert then["young-parents"].fits is False  # still weighed by the parent
        desk.intake.discard(newborn.id)

        child = desk.bundles.begin_situation("name-change")
        draft = desk.bundles.draft(child.id, 0)
        draft.document["applicant"] = document(desk, birth_date="2016-03-12")["applicant"]
        desk.intake.save(draft)
        then = {one.service: one for one in desk.bundles.get(child.id).steps}
        assert then["passport-rf"].unfit == "с 14 лет, заявителю 10"
        assert then["passport-rf"].off
        assert then["driver-license"].fits is False
        assert not then["zags-name"].off  # begun already: its own check says what is wrong


def test_a_step_killed_while_its_draft_begins_leaves_no_draft_of_no_step(made: DeskHome) -> None:
    """Draft and tie are one act: both are there or neither, and the step is begun anew once."""
    with made.login() as desk:
        bundle = desk.bundles.begin_situation("trial")

    def begin() -> None:
        with made.login() as other:
            other.bundles.draft(bundle.id, 0)

    assert status_killed_at("draft.untied", begin) == EXIT_STATUS
    with made.login() as desk:
        assert desk.intake.drafts() == ()
        draft = desk.bundles.draft(bundle.id, 0)
        assert desk.bundles.of_draft(draft.id) == (bundle.id, "situation")
        assert desk.bundles.draft(bundle.id, 0).id == draft.id
        assert [one.id for one in desk.intake.drafts()] == [draft.id]
        assert check_desk(desk).faults == ()
