"""A draft on paper, and the consent that was printed and signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mfc_desk.__main__ import main
from mfc_desk.audit import check_desk
from mfc_desk.errors import DONE, USAGE, UnknownDraft, UnknownNumber
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.intake_world import SURNAME, document, register
from tests.paper_world import pages_text


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path_factory.mktemp("draft") / "desk")


def test_a_draft_says_that_it_is_one(made: DeskHome, tmp_path: Path) -> None:
    """What was typed stands on it, no number, nothing in the queue; half-typed papers are left."""
    path = tmp_path / "draft.pdf"
    with made.login() as desk:
        draft = desk.intake.begin("soc-card")
        desk.papers.save_draft(draft.id, path)  # nothing was typed yet
        draft.document |= document(desk)
        draft.document["documents"].append({"name": "half"})
        desk.intake.save(draft)
        desk.papers.save_draft(draft.id, path, replace=True)
        assert desk.print_queue.open() == ()
        desk.intake.discard(draft.id)
        with pytest.raises(UnknownDraft):
            desk.papers.save_draft(draft.id, path, replace=True)
    said = "".join(pages_text(path.read_bytes()))
    assert "ЧЕРНОВИК" in said
    assert SURNAME in said
    assert "Принято МФЦ: № ____" in said
    assert "00317" not in said


def test_a_signed_consent_is_recorded(made: DeskHome) -> None:
    """For notices, for a year, with its request; the journal gives it again."""
    with made.login() as desk:
        number = register(desk).number.text
        given = desk.consents.signed(number)
        assert (given.purpose, given.state) == ("notify", "given")
        assert (given.until - given.given_at.date()).days == 365
        person = desk.applicants.of_number(number)
        assert [one.id for one in desk.consents.of(person)] == [given.id]
        assert given.body["request"] == desk.find.card(number).request_id
        with pytest.raises(UnknownNumber):
            desk.consents.signed("00001-000001-00-3")
        assert check_desk(desk).clean


def test_the_command_line_writes_a_draft(
    made: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`print --draft last --out`; to a printer it does not go."""
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    out = tmp_path / "draft.pdf"

    def run(*words: str) -> int:
        return main(["--home", str(made.home.root), "print", *words])

    assert run("--draft", "last", "--out", str(out)) == USAGE
    with made.login() as desk:
        desk.intake.begin("soc-card")
    assert run("--draft", "last", "--out", str(out)) == DONE
    assert out.read_bytes().startswith(b"%PDF")
    assert run("--draft", "last", "--printer", "office") == USAGE
