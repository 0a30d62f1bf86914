"""Drafts that outlive a power cut, and registration: everything or nothing, in one fsync."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forms import people
from forms.catalogue import Catalogue
from forms.example import example
from forms.number import read as read_number
from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import (
    CatalogueChanged,
    IntakeRefused,
    NotAllowed,
    UnknownDraft,
    UnknownService,
)
from sync.database import DiskFull, OperationalError
from sync.entries import Entry, decode
from sync.errors import StoreFailure
from tests.desk_home import DESK_NO, PASSWORD, DeskHome, set_up_home
from tests.faults import full_disk, nth_statement_fails
from tests.intake_world import SURNAME, document, register, ten_mistakes

ZONE = ZoneInfo("Asia/Vladivostok")


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    """The desk, opened by its supervisor."""
    with made.login() as opened:
        yield opened


def entries(desk: Desk) -> list[Entry]:
    """Every entry of the journal."""
    rows = desk.journal.entries(0, 10_000)
    return [decode(row.data) for row in rows if row.data is not None]


def counts(desk: Desk) -> dict[str, int]:
    """How many rows each table of the desk has."""
    tables = desk.db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts_%'"
    ).fetchall()
    return {
        name: desk.db.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0] for (name,) in tables
    }


def test_a_registration_writes_journal_rows_search_applicant_and_receipt(desk: Desk) -> None:
    """Whatever a registration leaves behind tells the same of it."""
    taken = register(desk)

    entry = entries(desk)[-1]
    card = desk.find.card(str(taken.number))
    assert (entry.kind, entry.request_id) == ("request.register", taken.request_id)
    assert entry.body["number"] == card.row.number == str(taken.number)
    assert entry.body["record"] == card.record
    assert entry.body["operator"] == entry.operator == "ivanova"
    assert entry.body["catalogue"] == desk.catalogue.digest
    assert desk.find.search(SURNAME)[0].number == str(taken.number)
    assert desk.applicants.search(SURNAME)[0].name.startswith(SURNAME)
    assert [job.state for job in desk.print_queue.open()] == ["waiting"]
    assert check_desk(desk).faults == ()


def test_numbers_are_the_desks_own_and_count_up(desk: Desk) -> None:
    """Desk, counter without gaps, a check digit that holds."""
    numbers = [register(desk, seed=seed).number for seed in range(3)]

    assert [(number.desk_no, number.counter) for number in numbers] == [
        (DESK_NO, 1),
        (DESK_NO, 2),
        (DESK_NO, 3),
    ]
    assert [read_number(number.text) for number in numbers] == numbers


def test_a_request_must_be_registered_by_the_end_of_the_next_working_day(desk: Desk) -> None:
    """Taken on Saturday noon, the office is closed on Sunday: Monday 18:00 of its own zone."""
    taken = register(desk)

    assert taken.accepted_at == datetime(2026, 11, 21, 13, 0, tzinfo=ZONE)
    assert taken.register_by == datetime(2026, 11, 23, 18, 0, tzinfo=ZONE)
    assert entries(desk)[-1].body["register_by"] == "2026-11-23T18:00:00+10:00"


def test_an_overridden_warning_is_kept_with_its_reason(desk: Desk) -> None:
    """The reason stands in the record and as an entry of its own."""
    old = document(desk, birth_date="1905-01-01")
    with pytest.raises(IntakeRefused) as refused:
        desk.intake.register_document(old)
    warned = [one.path for one in refused.value.problems if one.severity == "warning"]
    reasons = dict.fromkeys(warned, "проверено по документу, ветеран")

    taken = desk.intake.register_document(
        document(desk, birth_date="1905-01-01") | {"overrides": reasons}
    )

    overrides = [entry for entry in entries(desk) if entry.kind == "override"]
    assert warned
    assert {entry.body["path"]: entry.body["reason"] for entry in overrides} == reasons
    assert {entry.request_id for entry in overrides} == {taken.request_id}


def test_a_document_with_ten_mistakes_has_all_ten_named_and_leaves_nothing(desk: Desk) -> None:
    """All defects at once (204-ФЗ); the desk is as it was."""
    spoiled, paths = ten_mistakes(desk)
    before = counts(desk)

    with pytest.raises(IntakeRefused) as refused:
        desk.intake.register_document(spoiled)

    found = {problem.path for problem in refused.value.problems}
    assert paths <= found
    assert all(problem.text for problem in refused.value.problems)
    assert counts(desk) == before


def test_a_failure_at_any_statement_leaves_nothing_and_the_next_try_succeeds(desk: Desk) -> None:
    """The n-th statement fails, for every n: all or nothing, and no number is lost."""
    register(desk, seed=1)
    before, number, n = counts(desk), None, 0
    while number is None:
        assert n < 500
        paper = document(desk, seed=2)
        with nth_statement_fails(desk.db, n), suppress(StoreFailure, OperationalError):
            number = desk.intake.register_document(paper).number
        if number is None:
            assert counts(desk) == before
        n += 1

    assert number.counter == 2
    assert check_desk(desk).faults == ()


def test_a_full_disk_refuses_the_registration_whole(desk: Desk) -> None:
    """No page is left and there is no ballast: the sentence says so, the draft stays."""
    desk.home.ballast.unlink(missing_ok=True)
    draft = desk.intake.begin("soc-card")
    draft.document = document(desk)
    desk.intake.save(draft)
    before = counts(desk)

    with full_disk(desk.db), pytest.raises(DiskFull):
        desk.intake.register(draft)

    assert counts(desk) == before
    assert desk.intake.register(draft).number.counter == 1


def test_a_registration_is_one_commit(desk: Desk) -> None:
    """One transaction begun, one commit, nothing written outside of it: exactly one fsync."""
    draft = desk.intake.begin("soc-card")
    draft.document = document(desk)
    statements: list[str] = []
    desk.db.conn.set_trace_callback(statements.append)

    desk.intake.register(draft)

    desk.db.conn.set_trace_callback(None)
    words = [sql.split()[0].upper() for sql in statements if not sql.startswith("--")]
    assert words.count("BEGIN") == words.count("COMMIT") == 1
    writes = [at for at, word in enumerate(words) if word in {"INSERT", "UPDATE", "DELETE"}]
    assert words.index("BEGIN") < min(writes)
    assert max(writes) < words.index("COMMIT")


def test_a_registered_draft_is_gone(desk: Desk) -> None:
    """It became the request; opening it says so."""
    draft = desk.intake.begin("soc-card")
    draft.document = document(desk)
    desk.intake.register(draft)

    assert desk.intake.drafts() == ()
    with pytest.raises(UnknownDraft):
        desk.intake.open(draft.id)
    with pytest.raises(UnknownDraft):
        desk.intake.register(draft)
    assert len(desk.find.recent()) == 1
    assert register(desk, seed=1).number.counter == 2


def test_a_draft_is_durable_when_save_returns(made: DeskHome, desk: Desk) -> None:
    """Another connection sees it at once, at the same step and field, as it was typed."""
    draft = desk.intake.begin("soc-card", {"kind": "person", "surname": "Обр"})
    draft.document["answers"]["code_word"] = "бер"
    draft.step, draft.section, draft.field = "form", "card", "answers.code_word"
    desk.intake.save(draft)

    with made.login() as second:
        assert second.intake.open(draft.id) == draft
        (row,) = second.intake.drafts()
        assert (row.applicant, row.title, row.step) == ("Обр", "Социальная карта", "form")
        assert row.current


def test_drafts_are_not_journalled(desk: Desk) -> None:
    """They are local: nothing half typed leaves the desk."""
    before = desk.journal.position().seq
    draft = desk.intake.begin("soc-card")
    desk.intake.save(draft)
    desk.intake.discard(draft.id)

    assert desk.journal.position().seq == before


def changed(catalogue: Catalogue, slug: str, version: int) -> Catalogue:
    """The catalogue with another version of one service."""
    services = dict(catalogue.services)
    services[slug] = replace(services[slug], version=version)
    return replace(catalogue, services=services, digest="f" * 64)


def test_a_draft_of_another_version_is_kept_and_can_be_carried_over(desk: Desk) -> None:
    """It is never opened silently under other questions; what was typed moves on request."""
    draft = desk.intake.begin("soc-card", {"kind": "person", "surname": SURNAME})
    old = desk.catalogue
    shutil.rmtree(desk.home.catalogues)  # its own version was kept, and is lost
    desk.__dict__["catalogue"] = changed(old, "soc-card", 2)

    with pytest.raises(CatalogueChanged, match="версии 1"):
        desk.intake.open(draft.id)
    assert [row.current for row in desk.intake.drafts()] == [False]
    moved = desk.intake.carry_over(draft.id)
    assert (moved.service_version, moved.document) == (2, draft.document)
    assert desk.intake.open(draft.id).catalogue_digest == "f" * 64


def test_a_draft_whose_service_left_the_catalogue_is_kept(desk: Desk) -> None:
    """The list shows it, opening says why not, nothing is deleted."""
    draft = desk.intake.begin("soc-card")
    shutil.rmtree(desk.home.catalogues)
    without = {slug: one for slug, one in desk.catalogue.services.items() if slug != "soc-card"}
    desk.__dict__["catalogue"] = replace(desk.catalogue, services=without)

    with pytest.raises(CatalogueChanged, match="больше нет"):
        desk.intake.open(draft.id)
    assert [row.id for row in desk.intake.drafts()] == [draft.id]


def test_the_most_used_service_comes_first(desk: Desk) -> None:
    """Without words the list follows what this desk does."""
    register(desk, "phone-lgota", seed=1)
    register(desk, "egrn-info", seed=1)
    register(desk, "egrn-info", seed=2)

    assert [row.slug for row in desk.intake.services()][:2] == ["egrn-info", "phone-lgota"]
    (row, *_) = desk.intake.services("карта жителя")
    assert (row.slug, row.availability) == ("soc-card", "офлайн")
    assert row.term_text.startswith("14 календарных дней")


def test_a_service_says_why_it_cannot_be_taken_here(desk: Desk) -> None:
    """Before the applicant sits down."""
    services: dict[str, Any] = dict(desk.catalogue.services)
    card = services["soc-card"]
    services["soc-card"] = replace(card, offices=("flagship",))
    services["egrn-info"] = replace(services["egrn-info"], offices=("mobile", "home"))
    services["phone-lgota"] = replace(services["phone-lgota"], appointment=True)
    desk.__dict__["catalogue"] = replace(desk.catalogue, services=services)

    found = {row.slug: row.availability for row in desk.intake.services()}

    assert found["soc-card"] == "только флагман"
    assert found["egrn-info"] == "не в этом офисе"
    assert found["phone-lgota"] == "по записи"
    assert found["payments-ref"] == "отложенно"


def test_a_sum_nobody_knows_is_never_shown_as_free(desk: Desk) -> None:
    """A service that is free for some and has a sum to be asked for others says that."""
    said = {row.slug: row.duty_text for row in desk.intake.services()}

    assert said["egrn-info"] == "плата: сумму уточните в день приёма"
    assert said["passport-rf"].startswith("от 300,00 ₽")
    assert said["phone-lgota"] == "бесплатно"


def test_an_unknown_service_is_refused(desk: Desk) -> None:
    """With the word of what to do."""
    for slug in ("no-such", None, 7):
        with pytest.raises(UnknownService, match="catalogue list"):
            desk.intake.register_document({"service": slug})


def test_an_administrator_sees_and_takes_no_requests(made: DeskHome, desk: Desk) -> None:
    """The one table of rights is asked by every use case."""
    taken = register(desk)
    desk.operators.add("admin", "Админ А. А.", Role.ADMINISTRATOR, PASSWORD)
    number = str(taken.number)

    with made.login("admin") as admin:
        for forbidden in (
            admin.intake.services,
            lambda: admin.intake.begin("soc-card"),
            lambda: admin.intake.register_document({}),
            admin.intake.drafts,
            lambda: admin.applicants.search("а"),
            lambda: admin.find.search("а"),
            lambda: admin.find.card(number),
            admin.print_queue.open,
            lambda: admin.papers.render(number),
        ):
            with pytest.raises(NotAllowed):
                forbidden()
        assert admin.board.attention() == ()
        assert admin.board.today().accepted == 0


def test_the_same_applicant_is_remembered_once_and_brought_up_to_date(desk: Desk) -> None:
    """СНИЛС tells them; the last phone wins."""
    register(desk, phone="+7 900 000-00-01")
    register(desk, "phone-lgota", phone="+7 900 000-00-02")

    found = desk.applicants.search(SURNAME)

    assert [row.phone_tail for row in found] == ["0002"]
    block = desk.applicants.get(found[0].id)
    assert block["surname"] == SURNAME
    draft = desk.intake.begin("soc-card", block)
    assert draft.document["applicant"] == json.loads(json.dumps(block))


def test_what_a_visit_gave_once_is_not_asked_again(desk: Desk) -> None:
    """«Чем ещё помочь?»: people, delivery and papers both services ask for go over."""
    today = desk.centre_now().astimezone(desk.zone).date()
    catalogue = desk.catalogue
    represented = [one for one in catalogue.in_force(today) if "representative" in one.applicants]
    titles = {
        one.slug: {paper.name: paper.title for paper in one.documents if paper.by == "applicant"}
        for one in represented
    }
    seen = 0
    for service, other in pairwise(represented):
        given = example(service, catalogue, today, 3)
        given["representative"] = people.representative(4, today)
        brought = {titles[service.slug].get(one["name"], "") for one in papers_of(given)}

        draft = desk.intake.begin(other.slug, given=given)

        assert draft.document["applicant"] == given["applicant"]
        assert draft.document["representative"] == given["representative"]
        assert draft.document["answers"] == {}
        over = {titles[other.slug][one["name"]] for one in papers_of(draft.document)}
        shared = brought & set(titles[other.slug].values())
        assert over == {title for title in shared if not title.lower().startswith("заявление")}
        assert desk.intake.open(draft.id).document == draft.document
        seen += bool(over)
    assert seen > 3


def papers_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The papers a document lists."""
    return list(document["documents"])


def test_a_way_of_delivery_another_service_has_not_is_left_out_and_named(desk: Desk) -> None:
    """Nobody finds out at the end that the courier was forgotten: the draft says it at once."""
    given = document(desk, "soc-card")
    given["delivery"] = {"way": "home", "address": "г. Приморск, ул. Учебная, д. 1"}
    of_its_duty = given["delivery"] | {"exemption": "дети-сироты"}
    begun = desk.intake.begin("soc-card", given=given | {"delivery": of_its_duty})
    assert begun.document["delivery"] == given["delivery"]
    assert begun.left_out == ()

    fitting = desk.intake.begin("soc-card", given=given)
    unfit = desk.intake.begin("egrn-info", given=given)

    assert fitting.left_out == ()
    assert fitting.document["delivery"] == given["delivery"]
    assert unfit.left_out == ("Способ получения результата",)
    assert "way" not in unfit.document["delivery"]
    assert desk.intake.open(unfit.id).left_out == ()


def test_services_of_the_same_life_situation_are_offered_first(desk: Desk) -> None:
    """Beside a service stand those of its life situations, then the rest; none is left out."""
    situation = desk.catalogue.situations[0]
    slug = situation.steps[0].service

    offered = [row.slug for row in desk.intake.services_beside(slug)]

    beside = {
        step.service for one in desk.catalogue.situations if one.step(slug) for step in one.steps
    } - {slug}
    assert beside
    assert set(offered[: len(beside)]) == beside
    assert sorted(offered) == sorted(row.slug for row in desk.intake.services())
