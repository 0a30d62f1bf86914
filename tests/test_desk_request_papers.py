"""Papers of a request and of a day: what they say, kept as printed first, copies afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from forms.example import example
from forms.names import short_name
from mfc_desk.__main__ import main
from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import DONE, REFUSED, USAGE, UnknownNumber
from mfc_desk.intake.receipt_content import receipt_anew
from mfc_desk.papers.papers import UnknownPaper
from mfc_desk.papers.request_papers import taken
from mfc_desk.store import papers, requests
from printing.fonts import drawable
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.intake_world import TODAY, document, register
from tests.paper_world import pages_text, squeezed


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def text_of(desk: Desk, number: str, paper: str) -> str:
    return squeezed("".join(pages_text(desk.papers.render(number, paper))))


def promising(desk: Desk) -> dict[str, Any]:
    """A document whose first paper is to be brought later."""
    typed = document(desk)
    typed["documents"][0] |= {"promised": "2026-11-30"}
    return typed


def changed_catalogue(desk: Desk, slug: str) -> None:
    """The catalogue of a year later: the service has another name and another authority."""
    service = replace(desk.catalogue.services[slug], title="Новое имя", authority="Новый орган")
    desk.catalogue = replace(desk.catalogue, services={**desk.catalogue.services, slug: service})


def test_the_papers_say_what_was_journalled(made: DeskHome) -> None:
    """Every answer stands on the application; label and consent name the person."""
    with made.login() as desk:
        slugs = sorted(row.slug for row in desk.intake.services() if row.way == "begin")
        for seed in range(5):
            service = desk.catalogue.services[slugs[seed % len(slugs)]]
            typed = example(service, desk.catalogue, TODAY, seed)
            number = desk.intake.register_document(typed).number.text
            stored = requests.by_number(desk.db, number)
            assert stored is not None
            one = taken(desk, stored)
            assert one is not None
            said = text_of(desk, number, "application")
            for placed in one.fields:
                if placed.path.startswith("answers.") and placed.path in one.shown:
                    assert squeezed(drawable(placed.field.label)) in said
                    assert squeezed(drawable(one.shown[placed.path])) in said
            assert squeezed(drawable(one.service.authority)) in said
            label = text_of(desk, number, "case_label")
            assert squeezed(number) in label
            assert squeezed(short_name(one.record["applicant"])) in label
            held = desk.papers.of_number(number)
            assert held[:2] == ("receipt", "application")
            if "consent" in held:
                consent = text_of(desk, number, "consent")
                assert squeezed(one.text("applicant.id_document.issuer")) in consent
                assert squeezed(desk.office.address) in consent
            assert "memo" not in held
            with pytest.raises(UnknownPaper):
                desk.papers.render(number, "memo")


def test_a_memo_is_there_when_something_was_promised(made: DeskHome) -> None:
    """It names the paper, the day, where to bring it."""
    with made.login() as desk:
        number = desk.intake.register_document(promising(desk)).number.text
        assert "memo" in desk.papers.of_number(number)
        said = text_of(desk, number, "memo")
        assert "Донеситедо30.11.2026" in said
        assert squeezed(desk.office.address) in said


def test_a_year_later_the_same_paper_is_a_copy(made: DeskHome, tmp_path: Path) -> None:
    """The catalogue changed since: the words stay, «КОПИЯ № 2» is added, the journal has both."""
    with made.login() as desk:
        number = register(desk).number.text
        first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
        desk.papers.save(number, "application", first)
        plain = desk.papers.render(number, "application")
        changed_catalogue(desk, "soc-card")
        desk.papers.save(number, "application", second)

        assert first.read_bytes() == plain == desk.papers.render(number, "application")
        before, after = ("".join(pages_text(one.read_bytes())) for one in (first, second))
        assert "Новое имя" not in after
        assert "КОПИЯ № 2" in after
        assert "КОПИЯ" not in before
        assert after.replace("КОПИЯ № 2", "").split() == before.split()
        jobs = [job for job in desk.find.card(number).papers if job.paper == "application"]
        assert [job.copy for job in jobs] == [1, 2]
        assert check_desk(desk).clean
        with desk.worker_copy() as other:
            assert sha256(other.papers.render(number, "application")).digest() == (
                sha256(plain).digest()
            )


def test_an_amended_request_has_an_application_of_its_own(made: DeskHome) -> None:
    """What was printed before stays kept; the paper after it says what was put right."""
    with made.login() as desk:
        typed = document(desk)
        number = desk.intake.register_document(typed).number.text
        desk.papers.enqueue(number, "application")
        typed["applicant"]["surname"] = "Исправленная"
        desk.handling.amend_document(number, typed)

        assert "Исправленная" in text_of(desk, number, "application")
        before = papers.kept(desk.db, number, "application")
        assert before is not None
        assert "Исправленная" not in before


def test_what_was_only_looked_at_is_not_kept(made: DeskHome) -> None:
    """A preview fixes nothing: the first printing does."""
    with made.login() as desk:
        number = register(desk).number.text
        desk.papers.render(number, "application")
        assert papers.kept(desk.db, number, "application") is None
        desk.papers.enqueue(number, "application")
        assert papers.kept(desk.db, number, "application") is not None


def test_refusals_and_referrals_have_their_papers(made: DeskHome) -> None:
    """Every defect with its ground and its remedy; where to go, and what to take along."""
    with made.login() as desk:
        typed = document(desk)
        typed["documents"] = []
        proposal = desk.refusals.proposal(typed)
        refused = desk.refusals.give(typed, proposal)
        assert desk.papers.of_number(refused.number) == ("refusal",)
        said = text_of(desk, refused.number, "refusal")
        for defect in refused.body["defects"]:
            for text in (defect["text"], defect["fix"], defect["ground"]):
                assert squeezed(text) in said
        assert squeezed(refused.body["appeal"]) in said
        with pytest.raises(UnknownPaper):
            desk.papers.render(refused.number, "application")
        sent = desk.referrals.give("soc-card", to="Флагманский офис", why="нет оборудования")
        assert "Флагманскийофис" in text_of(desk, sent.number, "referral")
        with pytest.raises(UnknownNumber):
            desk.papers.render("00001-000001-00-3", "refusal")


def test_registers_take_every_case_once(made: DeskHome, tmp_path: Path) -> None:
    """One register an authority; a later one holds only what came since; reprints are copies."""
    with made.login() as desk:
        numbers = [register(desk, slug, 0).number.text for slug in ("soc-card", "egrn-info")]
        first = desk.day_papers.form(TODAY)
        assert sum(one.cases for one in first) == 2
        assert len({one.authority for one in first}) == len(first)
        assert desk.day_papers.form(TODAY) == ()
        later = register(desk, "soc-card", 0).number.text
        (second,) = desk.day_papers.form(TODAY)
        assert second.cases == 1
        every = desk.day_papers.registers(TODAY)
        assert [one.number for one in every] == sorted(one.number for one in (*first, second))
        said = [text_of(desk, one.number, "transfer_register") for one in every]
        for number in (*numbers, later):
            assert sum(squeezed(number) in text for text in said) == 1
        desk.papers.save(second.number, "transfer_register", tmp_path / "1.pdf")
        desk.papers.save(second.number, "transfer_register", tmp_path / "2.pdf")
        assert "КОПИЯ № 2" in pages_text((tmp_path / "2.pdf").read_bytes())[0]
        assert desk.day_papers.form(date(2026, 11, 20)) == ()
        assert check_desk(desk).clean


def test_the_application_names_who_took_it(made: DeskHome) -> None:
    """A colleague who prints it later does not become the one who accepted it."""
    with made.login() as desk:
        number = register(desk).number.text
        took = desk.operator.name
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
    with made.login("petrov", "petrov's words") as desk:
        said = text_of(desk, number, "application")

    assert squeezed(f"работник {took} подпись") in said
    assert squeezed("Петров П. С.") not in said


def test_a_receipt_made_again_names_who_took_the_request(
    made: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And has the edition of its texts, not that of the day it is printed again."""
    with made.login() as desk:
        old = register(desk).number.text
        monkeypatch.setattr("mfc_desk.intake.registration.EDITION", 2)
        new = register(desk, seed=2).number.text
        took = desk.operator.name
        desk.operators.add("petrov", "Петров П. С.", Role.SPECIALIST, "petrov's words")
    with made.login("petrov", "petrov's words") as desk:
        desk.db.execute("DELETE FROM paper_content")
        # the journal of that epoch does not name him: he came with another ticket
        monkeypatch.setattr("mfc_desk.store.operators.as_of", lambda *_: None)

        def said(number: str) -> tuple[str, int]:
            stored = requests.by_number(desk.db, number)
            assert stored is not None
            receipt = json.loads(receipt_anew(desk, stored) or "")
            return receipt["worker_signs"], receipt["edition"]

        assert [said(old), said(new)] == [(took, 1), (took, 2)]
        desk.db.execute("DELETE FROM operator WHERE login = 'ivanova'")
        assert said(old) == ("ivanova", 1)


def test_a_paper_whose_end_went_with_a_disk_is_fixed_anew(made: DeskHome, tmp_path: Path) -> None:
    """Half of its words is no paper; it stops no other in the queue."""
    with made.login() as desk:
        desk.settings.save(
            replace(desk.settings.load(), printer="", out_folder=str(tmp_path / "out"))
        )
        number = register(desk).number.text
        desk.papers.save(number, "application", tmp_path / "first.pdf")
        desk.db.execute("UPDATE paper_snapshot SET content = substr(content, 1, 50)")
        desk.papers.enqueue(number, "application")

        desk.print_queue.run()

        assert desk.print_queue.open() == ()
        said = papers.kept(desk.db, number, "application")
        assert said is not None
        assert json.loads(said)
        assert papers.is_journalled(desk.db, number, "application")
        assert check_desk(desk).clean


def test_nothing_is_formed_when_the_act_of_the_day_is_a_file_already(
    made: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`day-papers` is refused with the day as it was."""
    with made.login() as desk:
        register(desk)
        act = tmp_path / f"closing-{desk.day_papers.closing_number(TODAY)}.pdf"
    act.write_bytes(b"theirs")
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    words = ["--home", str(made.home.root), "--operator", "ivanova"]

    day = TODAY.isoformat()
    assert main([*words, "day-papers", "--date", day, "--out", str(tmp_path)]) == REFUSED

    with made.login() as desk:
        assert desk.day_papers.registers(TODAY) == ()
    assert act.read_bytes() == b"theirs"


def test_the_command_line_prints_them(
    made: DeskHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`print --paper` by its short names, `day-papers` into a folder; a wrong name is refused."""
    with made.login() as desk:
        number = register(desk).number.text
        today = desk.centre_now().astimezone(desk.zone).date()
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    out = tmp_path / "out"
    out.mkdir()

    def run(*words: str) -> int:
        return main(["--home", str(made.home.root), *words])

    for name in ("application", "consent", "label"):
        assert run("print", number, "--paper", name, "--out", str(out / f"{name}.pdf")) == DONE
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    large = out / "large.pdf"
    assert run("print", number, "--large", "--out", str(large)) == DONE
    with made.login() as desk:
        assert large.read_bytes() == desk.papers.render(number, large=True)
        assert large.read_bytes() != desk.papers.render(number)
    assert run("print", number, "--paper", "memo", "--out", str(out / "memo.pdf")) == USAGE
    assert not (out / "memo.pdf").exists()
    capsys.readouterr()
    out = tmp_path / "new" / "papers"  # a folder that is not there is made
    assert run("day-papers", "--date", today.isoformat(), "--out", str(out), "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    kinds = [one["paper"] for one in told["papers"]]
    assert kinds == ["transfer_register", "day_close", "issue_journal"]
    assert all(Path(one["file"]).is_file() for one in told["papers"])
    before = {file: file.read_bytes() for file in out.iterdir()}
    (out / "extra").write_bytes(b"")
    next(one for one in out.iterdir() if one.name.startswith("register")).unlink()
    assert run("day-papers", "--date", today.isoformat(), "--out", str(out)) == REFUSED
    assert "--replace" in capsys.readouterr().err
    assert not [one for one in out.iterdir() if one.name.startswith("register")]  # nor half of it
    assert run("day-papers", "--date", today.isoformat(), "--out", str(out), "--replace") == DONE
    assert {one.name for one in out.iterdir()} == {one.name for one in before} | {"extra"}
    with pytest.raises(SystemExit):
        run("day-papers", "--date", "вчера", "--out", str(out))
    assert "день пишется так" in capsys.readouterr().err
