"""Contacts corrected on the card: in force for the next request, journalled, put back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.audit import check_desk
from mfc_desk.errors import NotAllowed, NothingToRecord, UnknownApplicant
from mfc_desk.roles import Role
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
