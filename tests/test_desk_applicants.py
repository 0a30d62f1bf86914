"""One card per person: what is known, doubles found and merged without losing history, consents."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.people import organisation, snils, sole_trader
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import CannotMerge, NothingToRecord, UnknownApplicant
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, register


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def applicant_of(desk: Desk, number: str) -> str:
    """The id of the applicant of a request."""
    return desk.applicants.of_number(number)


def two_records(desk: Desk) -> tuple[str, str]:
    """The numbers of two requests of one person, the second without СНИЛС, with another phone."""
    first = document(desk, "payments-ref", seed=1, surname="Ёлкина")
    second = document(desk, "egrn-info", seed=1, surname="Елкина", phone="+7 900 000-77-77")
    second["applicant"].pop("snils", None)
    return (
        desk.intake.register_document(first).number.text,
        desk.intake.register_document(second).number.text,
    )


def test_card_has_everything_of_one_person(made: DeskHome) -> None:
    """Requests newest first, contacts each once, papers, refusals; the look is journalled."""
    with made.login() as desk:
        numbers = [register(desk, seed=3).number.text for _ in range(2)]
        typed = document(desk, seed=3)
        typed["documents"] = []
        refused = desk.refusals.give(typed, desk.refusals.proposal(typed))
        register(desk, seed=9)
        card = desk.applicants.card(applicant_of(desk, numbers[0]))
        assert [row.number for row in card.requests] == numbers[::-1]
        assert [one.id for one in card.turnings] == [refused.id]
        assert [label for label, _ in card.contacts].count("Телефон") == 1
        assert {one.number for one in card.papers} == {numbers[1]}
        assert len({(one.title, one.details) for one in card.papers}) == len(card.papers) > 0
        assert card.merged == card.alike == ()
        assert desk.journal.entries(0, 1000)[-1].kind == "access"
        with pytest.raises(UnknownApplicant):
            desk.applicants.card("nobody")


def test_doubles_are_found_and_merged_and_parted_again(made: DeskHome) -> None:
    """Same folded name and birth date; merged, search finds both names and leads to one card."""
    with made.login() as desk:
        first, second = two_records(desk)
        one, other = applicant_of(desk, first), applicant_of(desk, second)
        assert one != other
        card = desk.applicants.card(one)
        assert [row.id for row in card.alike] == [other]
        assert [row.double for row in desk.applicants.search("елк")] == [True, True]
        known = desk.applicants.get(one)["snils"]

        desk.applicants.merge(one, other)

        card = desk.applicants.card(other)
        assert card.id == one
        assert {row.number for row in card.requests} == {first, second}
        assert [row.id for row in card.merged] == [other]
        assert card.alike == ()
        assert {name.split()[0] for name in card.names} == {"Ёлкина", "Елкина"}
        assert ("Телефон", "+79000007777") in card.contacts
        assert [row.id for row in desk.applicants.search("елк")] == [one]
        assert [row.id for row in desk.applicants.search("77-77")] == [one]
        # what was told last is carried over, whichever record it was told under
        assert desk.applicants.get(one)["surname"] == "Елкина"
        assert desk.applicants.get(one)["snils"] == known  # the later request did not need it
        assert [row.double for row in desk.applicants.search("елк")] == [False]
        assert check_desk(desk).faults == ()

        desk.applicants.split(other)

        assert [row.number for row in desk.applicants.card(one).requests] == [first]
        assert [row.number for row in desk.applicants.card(other).requests] == [second]
        with pytest.raises(CannotMerge):
            desk.applicants.split(other)
        assert check_desk(desk).faults == ()


def test_two_people_of_one_name_and_day_are_no_doubles(made: DeskHome) -> None:
    """A person has one СНИЛС for life: two different ones are two people."""
    with made.login() as desk:
        numbers = []
        for number in (1, 2):
            typed = document(desk, "payments-ref", 1, surname="Ёлкина", snils=snils(number))
            numbers.append(desk.intake.register_document(typed).number.text)
        cards = [desk.applicants.card(applicant_of(desk, number)) for number in numbers]
        assert cards[0].id != cards[1].id
        assert cards[0].alike == cards[1].alike == ()


def test_amended_number_keeps_the_card_or_makes_its_own(made: DeskHome) -> None:
    """A corrected СНИЛС moves the only request's card; a shared card stays with the others."""
    with made.login() as desk:
        typed = document(desk, "payments-ref", 1, surname="Ёлкина")
        lone = desk.intake.register_document(typed).number.text
        person = applicant_of(desk, lone)
        typed["applicant"] = typed["applicant"] | {"snils": snils(7)}
        desk.handling.amend_document(lone, typed)
        assert applicant_of(desk, lone) == person
        assert desk.applicants.get(person)["snils"].startswith(snils(7)[:11])
        assert len(desk.applicants.search("")) == 1

        second = desk.intake.register_document(typed).number.text
        for again in (8, 9):
            typed["applicant"] = typed["applicant"] | {"snils": snils(again)}
            desk.handling.amend_document(lone, typed)
        assert applicant_of(desk, second) == person
        assert applicant_of(desk, lone) != person
        assert [row.number for row in desk.applicants.card(person).requests] == [second]
        assert check_desk(desk).faults == ()


def test_a_refused_person_is_found_without_any_request(made: DeskHome) -> None:
    """Who was only refused has a card too, and what was typed comes back."""
    with made.login() as desk:
        typed = document(desk, seed=4)
        typed["documents"] = []
        desk.refusals.give(typed, desk.refusals.proposal(typed))
        (row,) = desk.applicants.search("образц")
        assert desk.applicants.get(row.id)["snils"] == desk.applicants.card(row.id).block["snils"]


def test_organisations_and_sole_traders_have_cards(made: DeskHome) -> None:
    """Found by their names and numbers; a person is not merged with an organisation."""
    with made.login() as desk:
        ids = []
        for block in (organisation(1), sole_trader(2, date(2026, 11, 21))):
            typed: dict[str, Any] = {
                "service": "egrn-info",
                "applicant": block,
                "answers": {},
                "documents": [],
            }
            given_back = desk.refusals.give(
                typed, [one for one in desk.refusals.proposal(typed) if one.code == "R03"]
            )
            ids.append(desk.applicants.of_number(given_back.number))
        cards = [desk.applicants.card(one) for one in ids]
        assert cards[0].block["kind"] == "organisation"
        assert cards[1].block["kind"] == "sole-trader"
        assert [row.id for row in desk.applicants.search(cards[0].name[4:12])] == [ids[0]]
        with pytest.raises(CannotMerge, match="организацию"):
            desk.applicants.merge(ids[0], ids[1])
        with pytest.raises(CannotMerge):
            desk.applicants.merge(ids[0], ids[0])


def test_consent_is_for_one_purpose_until_a_day_and_can_be_withdrawn(made: DeskHome) -> None:
    """In force to its last day; over after it; withdrawn when the applicant says; all replays."""
    with made.login() as desk:
        person = applicant_of(desk, register(desk).number.text)
        consent = desk.consents.give(person, "notify", date(2026, 11, 22))
        assert consent.state == "given"
        assert consent.body["operator_address"] == desk.office.address
        other = desk.consents.give(person, "survey", date(2027, 11, 22))
        made.clock.pass_(2 * 86400)
        assert {one.purpose: one.state for one in desk.consents.of(person)} == {
            "notify": "over",
            "survey": "given",
        }
        desk.consents.withdraw(other.id)
        assert desk.applicants.card(person).consents[0].state == "withdrawn"
        with pytest.raises(NothingToRecord, match="отозвано"):
            desk.consents.withdraw(other.id)
        with pytest.raises(NothingToRecord, match="цель"):
            desk.consents.give(person, "everything", date(2027, 1, 1))
        with pytest.raises(NothingToRecord, match="раньше"):
            desk.consents.give(person, "photo", date(2026, 11, 1))
        assert check_desk(desk).faults == ()


PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=8)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A desk with a request of each of five people."""
    made = set_up_home(tmp_path_factory.mktemp("five") / "desk")
    with made.login() as desk:
        for seed in range(5):
            register(desk, "payments-ref", seed, surname=f"Образцова{'абвгд'[seed]}")
    return made


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(acts=PAIRS)
def test_no_request_is_lost_whatever_is_merged_and_parted(
    five: DeskHome, acts: list[tuple[int, int, bool]]
) -> None:
    """Any order of merges and partings: every request is on one card, every name finds it."""
    with five.login() as desk:
        numbers = [row.number for row in desk.find.recent(10)]
        ids = [record_of(desk, number) for number in numbers]
        for left, right, merging in acts:
            one, other = ids[left], ids[right]
            if merging:
                try:
                    desk.applicants.merge(one, other)
                except CannotMerge:
                    assert desk.applicants.card(one).id == desk.applicants.card(other).id
            else:
                for record in desk.applicants.card(one).merged[:1]:
                    desk.applicants.split(record.id)
        cards = {desk.applicants.card(one).id: desk.applicants.card(one) for one in ids}
        listed = sorted(row.number for card in cards.values() for row in card.requests)
        assert listed == sorted(numbers)
        for number, one in zip(numbers, ids, strict=True):
            row = desk.find.row(number)
            surname = row.applicant_short.split()[0]
            found = [found.id for found in desk.applicants.search(surname)]
            assert found == [desk.applicants.card(one).id]
        assert check_desk(desk).faults == ()
        for one in ids:
            while merged := desk.applicants.card(one).merged:
                desk.applicants.split(merged[-1].id)


def record_of(desk: Desk, number: str) -> str:
    """The id of a request's own record: the request that made it known."""
    return desk.find.card(number).request_id
