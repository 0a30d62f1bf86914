"""Contacts corrected on the card: in force for the next request, journalled, put back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.errors import NotAllowed, NothingToRecord, UnknownApplicant
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import document, register
from tests.test_desk_applicants import applicant_of, two_records

NEW, NEWER = "+79000007711", "+79000007722"


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def test_a_correction_is_in_force_and_is_taken_back(made: DeskHome) -> None:
    """The card, the search and the next request have it; the request keeps its own."""
    with made.login() as desk:
        number = register(desk).number.text
        person = applicant_of(desk, number)
        old = desk.contacts.now(person)

        desk.contacts.correct(person, {"phone": "8 900 000-77-11", "fact_address": ""})

        card = desk.applicants.card(person)
        assert ("Телефон", NEW) in card.contacts
        assert ("Телефон", old["phone"]) in card.contacts_before
        assert desk.applicants.get(person)["phone"] == NEW
        assert [row.phone_tail for row in desk.applicants.search("образц")] == ["7711"]
        assert desk.find.card(number).record["applicant"]["phone"] == old["phone"]
        (change,) = card.changes
        assert (change.what, change.latest) == ("Телефон", True)
        assert check_desk(desk).faults == ()

        desk.contacts.correct(person, {"phone": NEWER, "email": "a@example.org"})
        assert desk.contacts.undo(person).what == "Телефон, Электронная почта"
        assert desk.contacts.now(person) == old | {"phone": NEW}
        desk.contacts.undo(person)
        assert desk.contacts.now(person) == old
        with pytest.raises(NothingToRecord, match="нечего"):
            desk.contacts.undo(person)
        assert check_desk(desk).faults == ()


def test_an_amended_request_does_not_bring_the_old_phone_back(made: DeskHome) -> None:
    """Its own old phone was corrected on the card; a phone that is new in it counts."""
    with made.login() as desk:
        typed = document(desk, "payments-ref")
        number = desk.intake.register_document(typed).number.text
        person = applicant_of(desk, number)
        desk.contacts.correct(person, {"phone": NEW})
        desk.contacts.correct(person, {"phone": NEWER})
        typed["applicant"] = typed["applicant"] | {"birth_place": "с. Учебное"}
        desk.handling.amend_document(number, typed)
        assert desk.contacts.now(person)["phone"] == NEWER
        assert desk.applicants.get(person)["birth_place"] == "с. Учебное"
        told = "+79000007733"
        typed["applicant"] = typed["applicant"] | {"phone": told}
        desk.handling.amend_document(number, typed)
        assert desk.contacts.now(person)["phone"] == told
        with pytest.raises(NothingToRecord, match="назвал другие"):
            desk.contacts.undo(person)
        assert check_desk(desk).faults == ()


def test_merged_records_keep_the_history_of_both(made: DeskHome) -> None:
    """Joined, the corrections of both stand on one card; parted, each has its own."""
    with made.login() as desk:
        one, other = (applicant_of(desk, number) for number in two_records(desk))
        desk.contacts.correct(one, {"phone": NEW})
        desk.contacts.correct(other, {"phone": NEWER})
        desk.applicants.merge(one, other)
        card = desk.applicants.card(one)
        assert len(card.changes) == 2
        assert ("Телефон", NEWER) in card.contacts  # the record served last
        assert ("Телефон", NEW) in card.contacts_before
        desk.contacts.correct(one, {"email": "a@example.org"})
        desk.applicants.split(other)
        assert desk.contacts.now(one)["phone"] == NEW
        assert desk.contacts.now(other)["phone"] == NEWER
        assert desk.contacts.now(other)["email"] == "a@example.org"
        assert len(desk.contacts.changes(one)) == 1
        assert check_desk(desk).faults == ()


def test_what_does_not_read_is_named_whole_and_changes_nothing(made: DeskHome) -> None:
    """All at once, by their names; an administrator corrects nobody."""
    with made.login() as desk:
        person = applicant_of(desk, register(desk, notify="email", email="a@b.org").number.text)
        before = desk.contacts.now(person)
        with pytest.raises(NothingToRecord) as refused:
            desk.contacts.correct(person, {"phone": "12", "email": "нет", "shoes": "42"})
        assert all(word in str(refused.value) for word in ("Телефон", "почты", "shoes"))
        with pytest.raises(NothingToRecord, match="Адрес регистрации"):
            desk.contacts.correct(person, {"address": ""})
        with pytest.raises(NothingToRecord, match="не убрать"):
            desk.contacts.correct(person, {"email": None})
        with pytest.raises(NothingToRecord, match="уже такие"):
            desk.contacts.correct(person, before)
        with pytest.raises(UnknownApplicant):
            desk.contacts.correct("nobody", {"phone": NEW})
        assert desk.contacts.now(person) == before
        desk.operators.add("admin", "Админ А. А.", Role.ADMINISTRATOR, "correct horse")
    with made.login("admin", "correct horse") as desk, pytest.raises(NotAllowed):
        desk.contacts.correct(person, {"phone": NEW})


def test_a_doubtful_contact_hinders_no_other_and_is_taken_with_a_word(made: DeskHome) -> None:
    """A foreign phone was taken with a reason: the dialog gives all contacts back, it stays."""
    foreign = "+380000000012"
    with made.login() as desk:
        typed = document(desk, phone=foreign)
        typed["overrides"] = {"applicant.phone": "другого телефона нет"}
        person = applicant_of(desk, desk.intake.register_document(typed).number.text)
        shown = desk.contacts.now(person)
        change = desk.contacts.correct(person, shown | {"email": "a@example.org"})
        assert (change.what, change.doubts) == ("Электронная почта", ())
        change = desk.contacts.correct(person, {"phone": "+380000000013"})
        assert "иностранный номер" in change.doubts[0]
        assert desk.contacts.now(person)["phone"] == "+380000000013"
        assert desk.contacts.now(person)["email"] == "a@example.org"
        assert check_desk(desk).faults == ()


def test_a_contact_that_was_put_back_counts_when_an_amendment_names_it(made: DeskHome) -> None:
    """Taken back on the card, then told by the applicant; what the request had all along does not.

    A phone of before the first correction, told anew, counts too.
    """
    with made.login() as desk:
        typed = document(desk)
        number = desk.intake.register_document(typed).number.text
        person = applicant_of(desk, number)
        first = desk.contacts.now(person)["phone"]
        desk.contacts.correct(person, {"phone": NEW})
        later = document(desk, "payments-ref", phone=NEW)
        second = desk.intake.register_document(later).number.text
        desk.contacts.undo(person)
        later["applicant"] = later["applicant"] | {"birth_place": "с. Учебное"}
        desk.handling.amend_document(second, later)
        assert desk.contacts.now(person)["phone"] == first
        typed["applicant"] = typed["applicant"] | {"phone": NEW}
        desk.handling.amend_document(number, typed)
        assert desk.contacts.now(person)["phone"] == NEW
        assert check_desk(desk).faults == ()


def test_what_begins_from_an_old_block_has_the_corrected_contacts(made: DeskHome) -> None:
    """The next request of a visit, a waiting entry, a refused request; what is new in it stays."""
    with made.login() as desk:
        typed = document(desk)
        refused = document(desk, "payments-ref")
        number = desk.intake.register_document(typed).number.text
        person = applicant_of(desk, number)
        given = refused | {"documents": []}
        turning = desk.refusals.give(given, desk.refusals.proposal(given))
        desk.contacts.correct(person, {"phone": NEW, "email": "a@example.org"})

        for begun in (
            desk.intake.begin("payments-ref", given=typed),
            desk.intake.begin("payments-ref", typed["applicant"]),
            desk.refusals.resume(turning),
        ):
            block = desk.intake.open(begun.id).document["applicant"]
            assert (block["phone"], block["email"]) == (NEW, "a@example.org")
        told = dict(typed["applicant"]) | {"phone": NEWER}
        assert desk.intake.begin("soc-card", told).document["applicant"]["phone"] == NEWER
