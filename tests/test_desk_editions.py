"""The catalogue changes while requests live: each is read and amended by the one it belongs to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mfc_desk.catalogues.published import _kept, copy_to
from mfc_desk.desk import Desk
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.handling.card import CardScreen
from mfc_desk.store import requests
from mfc_desk.store.papers import kept
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import TODAY, document
from tests.paper_world import pages_text, squeezed
from tests.screen_world import at_work
from tests.test_desk_catalogues import SLUG, begun, edition


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A desk with a request of the edition 2026.12, whose service then left the catalogue."""
    made = set_up_home(tmp_path_factory.mktemp("editions") / "desk")
    with made.login() as desk:
        desk.catalogues.install(edition(made, "2026.12", 7))
        taken(desk)
        for n in (1, 2):
            desk.catalogues.install(without(made, f"2027.0{n}"))
        assert SLUG not in desk.catalogue.services
    return made


def taken(desk: Desk) -> str:
    """Register the service with its question of this edition answered; the number."""
    typed = document(desk, SLUG)
    typed["answers"]["asked_7"] = "ответ на вопрос"
    return desk.intake.register_document(typed).number.text


def without(made: DeskHome, name: str) -> Path:
    """An edition of the catalogue that has the service no more, in no situation either."""
    folder = made.home.root.parent / name
    version = copy_to(made.home, folder).version
    head = folder / "catalogue.toml"
    head.write_text(head.read_text("utf-8").replace(version, name), "utf-8")
    (folder / "services" / f"{SLUG}.toml").unlink(missing_ok=True)
    (folder / "situations.toml").write_text("", "utf-8")
    return folder


def number_of(desk: Desk) -> str:
    (row,) = desk.find.recent()
    return row.number


def test_the_papers_of_a_service_that_left_the_catalogue_are_whole(first: DeskHome) -> None:
    """Two catalogues later its edition is kept: application, label, register of the day."""
    with first.login() as desk:
        number = number_of(desk)
        assert {"application", "case_label"} <= set(desk.papers.of_number(number))
        said = squeezed("".join(pages_text(desk.papers.render(number, "application"))))
        assert squeezed("Вопрос 2026.12") in said
        assert squeezed("ответ на вопрос") in said
        card = desk.find.card(number)
        assert card.service_title != SLUG
        assert card.row.service_short != SLUG

        (register,) = desk.day_papers.form(TODAY)

        assert number in (kept(desk.db, register.number, "transfer_register") or "")


async def test_the_card_of_a_service_that_left_the_catalogue_shows_its_answers(
    first: DeskHome,
) -> None:
    """Under the labels they were typed under."""
    async with at_work(first) as hands:
        with first.login() as desk:
            number = number_of(desk)
        hands.app.post_message(DeskScreen.Go(f"card:{number}"))
        await hands.screen(CardScreen)
        await hands.until(lambda: "ответ на вопрос" in hands.says(), "the answer")
        assert "Вопрос 2026.12" in hands.says()


def test_a_request_is_amended_by_its_own_edition_when_its_service_left(first: DeskHome) -> None:
    """What the centre returned must not be lost with the service."""
    with first.login() as desk:
        number = number_of(desk)
        draft = desk.handling.begin(number).draft
        assert draft.service_version == 7
        draft.document["answers"]["asked_7"] = "другой ответ"
        desk.intake.save(draft)
        draft = desk.handling.begin(number).draft

        assert desk.handling.amend(draft).version == 2

        assert desk.find.card(number).record["answers"]["asked_7"] == "другой ответ"


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up and works by the edition 2026.12."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        desk.catalogues.install(edition(made, "2026.12", 7))
    return made


def test_an_amendment_is_checked_and_journalled_by_the_edition_it_was_filled_under(
    made: DeskHome,
) -> None:
    """The catalogue switches while it is being filled: no question comes that nobody saw."""
    with made.login() as desk:
        number = taken(desk)
        draft = desk.handling.begin(number).draft
        draft.document["answers"]["asked_7"] = "другой ответ"
        desk.intake.save(draft)
        desk.catalogues.install(renamed(made))
        assert "asked_7" not in {one.name for one in desk.catalogue.services[SLUG].fields}

        desk.handling.amend(draft)

        stored = requests.by_number(desk.db, number)
        assert stored is not None
        assert (stored.service_version, stored.catalogue_digest) == (7, draft.catalogue_digest)
        assert json.loads(stored.body)["record"]["answers"]["asked_7"] == "другой ответ"


def renamed(made: DeskHome) -> Path:
    """The next edition: the question has another name and must be answered."""
    folder = edition(made, "2027.01", 8)
    file = folder / "services" / f"{SLUG}.toml"
    text = file.read_text("utf-8").replace('name = "asked_7"', 'name = "asked_anew"')
    file.write_text(
        text.replace('label = "Вопрос 2027.01"', 'label = "Вопрос 2027.01"\nrequired = true'),
        "utf-8",
    )
    return folder


def test_a_refusal_names_the_defects_of_the_form_that_was_filled(made: DeskHome) -> None:
    """Not those of a catalogue that came meanwhile; its entry names the edition."""
    with made.login() as desk:
        draft = begun(desk, "Анна")
        draft.document |= document(desk, SLUG)
        draft.document["answers"]["asked_7"] = "да"
        desk.intake.save(draft)
        own = desk.intake.catalogue_of(draft)
        desk.catalogues.install(renamed(made))
        assert desk.refusals.proposal(draft.document) != ()

        assert desk.refusals.proposal(draft.document, own) == ()

        draft.document["applicant"]["birth_date"] = ""
        defects = desk.refusals.proposal(draft.document, own)
        given = desk.refusals.give(draft.document, defects, draft_id=draft.id, catalogue=own)
        assert given.body["catalogue"] == own.digest
        assert given.body["service_version"] == 7


def test_another_edition_never_stands_in_silently(made: DeskHome) -> None:
    """A desk made anew has not the edition of its requests: the card and `show` say so."""
    with made.login() as desk:
        number = taken(desk)
        stored = requests.by_number(desk.db, number)
        assert stored is not None
        assert desk.find.card(number).stands_in == ""
        desk.catalogues.install(renamed(made))
        assert desk.find.card(number).stands_in == ""
        shutil.rmtree(made.home.catalogues / stored.catalogue_digest)
    _kept.cache_clear()
    with made.login() as desk:
        card = desk.find.card(number)
        assert "2027.01" in card.stands_in
        assert card.stands_in == desk.find.stands_in(number)
        assert desk.papers.render(number, "application")
        desk.catalogues.install(without(made, "2027.02"))
        told = desk.find.card(number).stands_in
        assert "в нынешней этой услуги нет" in told


def test_a_request_without_a_draft_keeps_its_edition_too(tmp_path: Path) -> None:
    """Taken by `intake` under the packaged catalogue, which the next program replaces."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        assert not desk.catalogues.is_kept(desk.catalogue.digest)
        number = desk.intake.register_document(document(desk)).number.text
        assert desk.catalogues.is_kept(desk.find.card(number).catalogue_digest)
