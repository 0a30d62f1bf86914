"""A paper of the queue is looked at: as text, as a picture, in a viewer that leaves no file."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from textual_image.widget import HalfcellImage

from mfc_desk.papers.viewer import NoViewer, Viewer
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.intake.attachments import AttachmentsScreen
from mfc_desk.screens.papers.preview import PreviewScreen
from mfc_desk.screens.papers.print_queue import PrintQueueScreen
from mfc_desk.widgets import pictures
from printing.preview import COLUMNS, page_texts, picture
from printing.receipt import render
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import SURNAME, register
from tests.paper_world import pages_text, receipt_of, squeezed
from tests.screen_world import SMALL, at_work, desk_of

PAPER = render(receipt_of(8))


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


def test_text_of_a_page_keeps_its_words_and_columns() -> None:
    """Nothing of the paper is missing, and cells of one row stand in one line, left to right."""
    pages = page_texts(PAPER)

    assert len(pages) == 2
    for lines, plain in zip(pages, pages_text(PAPER), strict=True):
        assert sorted(squeezed("".join(lines))) == sorted(squeezed(plain))
        assert max(map(len, lines)) < 1.6 * COLUMNS
        (row,) = (line for line in lines if "Военный билет" in line)
        assert row.index("Военный билет") < row.index("АН № 9901234") < row.index("возвращён")


def test_picture_is_the_page() -> None:
    """As wide as asked, A4 in proportion, with ink on it."""
    drawn = picture(PAPER, 1, 620)

    assert drawn.width == 620
    assert abs(drawn.height / drawn.width - 297 / 210) < 0.01
    assert min(drawn.convert("L").tobytes()) < 60


async def test_the_paper_of_a_job_is_shown_as_text(made: DeskHome) -> None:
    """Enter on the queue; pages turn; Esc leads back."""
    async with at_work(made, SMALL) as hands:
        register(desk_of(hands))
        await hands.press("ctrl+q")
        await hands.screen(PrintQueueScreen)
        await hands.press("enter")
        await hands.screen(PreviewScreen)
        await hands.until(lambda: "страница 1 из 2" in hands.says(), "the paper")
        await hands.until(lambda: "РАСПИСКА" in hands.says(), "its text")
        await hands.press("ctrl+pagedown")
        await hands.until(lambda: "страница 2 из 2" in hands.says(), "the second page")
        await hands.press("end")
        await hands.press("home")
        assert SURNAME in hands.app.screen.query_one(".paper-text").render().plain  # type: ignore[union-attr]
        await hands.press("escape")
        await hands.screen(PrintQueueScreen)


@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")
async def test_a_terminal_with_pictures_shows_the_page(
    made: DeskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What textual-image draws stands in the page; Ctrl+T changes to text."""
    monkeypatch.setattr(pictures, "_found", [HalfcellImage])
    async with at_work(made) as hands:
        register(desk_of(hands))
        await hands.press("ctrl+q")
        await hands.screen(PrintQueueScreen)
        await hands.press("enter")
        screen = await hands.screen(PreviewScreen)
        await hands.until(lambda: screen.query(HalfcellImage), "a picture")
        assert screen.query_one(HalfcellImage).size.width > 40
        await hands.press("ctrl+t")
        await hands.until(lambda: screen.query(".paper-text"), "the text")


def test_terminals_that_cannot_are_not_asked() -> None:
    """The usual ones cost nothing; tmux hides what the outer one can."""
    assert not pictures.may_show({"TERM": "xterm-256color"})
    assert not pictures.may_show({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"})
    for environment in (
        {"TERM": "xterm-kitty"},
        {"TERM": "foot"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"},
    ):
        assert pictures.may_show(environment)


def viewer_at(folder: Path, mounts: str) -> Viewer:
    """A viewer whose program copies what it is shown, and its rights, to `seen`."""
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "xdg-open"
    program.write_text(f'#!/bin/sh\n/bin/cp "$1" {folder}/seen\n')
    program.chmod(0o755)
    (folder / "run").mkdir()
    (folder / "mounts").write_text(mounts.format(run=folder / "run"))
    environment = {"XDG_RUNTIME_DIR": str(folder / "run"), "PATH": str(programs)}
    return Viewer(environment, folder / "mounts")


def test_viewer_gets_a_file_in_memory_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its owner only, named by an id; `clear` removes it."""
    viewer = viewer_at(tmp_path, "/dev/sda / ext4 rw 0 0\ntmpfs {run} tmpfs rw 0 0\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    viewer.show(PAPER, "paper-7")

    (folder,) = (tmp_path / "run").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("paper-7.pdf", 0o600)
    for _ in range(2400):
        if (tmp_path / "seen").exists() and (tmp_path / "seen").read_bytes() == PAPER:
            break
        time.sleep(0.05)
    assert (tmp_path / "seen").read_bytes() == PAPER
    viewer.clear()
    assert list(folder.iterdir()) == []


async def test_a_scan_is_opened_from_the_list_and_leaves_no_file(
    made: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter shows it as it was attached, the look is journalled; then nothing readable is left."""
    viewer = viewer_at(tmp_path, "tmpfs {run} tmpfs rw 0 0\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("mfc_desk.screens.intake.open_scan.Viewer", lambda: viewer)
    page = tmp_path / "page.png"
    page.write_bytes(b"\x89PNG\r\n\x1a\n of a passport")
    async with at_work(made, SMALL) as hands:
        desk = desk_of(hands)
        number = register(desk).number.text
        desk.attachments.add(number, page)
        hands.app.screen.post_message(DeskScreen.Go(f"attachments:{number}"))
        await hands.screen(AttachmentsScreen)
        await hands.press("enter")
        run = tmp_path / "run"
        await hands.until(lambda: list(run.glob("*/scan-*.png")), "the file in memory")
        seen = tmp_path / "seen"
        await hands.until(
            lambda: seen.exists() and seen.read_bytes() == page.read_bytes(), "the viewer's copy"
        )
        assert [row.kind for row in desk.journal.entries(0, 100)][-1] == "access"
        await hands.press("escape")
        await hands.until(lambda: not list(run.glob("*/scan-*")), "nothing left")


def test_a_link_in_the_place_of_our_folder_is_not_followed(tmp_path: Path) -> None:
    """Somebody else's link leads out of memory: nothing is written there, nothing removed."""
    viewer = viewer_at(tmp_path, "tmpfs {run} tmpfs rw 0 0\n")
    elsewhere = tmp_path / "home"
    elsewhere.mkdir()
    (elsewhere / "letter.txt").write_text("kept")
    (tmp_path / "run" / f"mfc-desk-{os.getuid()}").symlink_to(elsewhere)

    viewer.clear()
    with pytest.raises(NoViewer):
        viewer.show(b"%PDF-", "RCP-1")

    assert [one.name for one in elsewhere.iterdir()] == ["letter.txt"]


def test_a_folder_of_the_systems_viewer_stops_nothing(tmp_path: Path) -> None:
    """What was shown goes all the same."""
    viewer = viewer_at(tmp_path, "tmpfs {run} tmpfs rw 0 0\n")
    folder = tmp_path / "run" / f"mfc-desk-{os.getuid()}"
    (folder / "cache").mkdir(parents=True)
    (folder / "RCP-1.pdf").write_bytes(b"%PDF-")

    viewer.clear()

    assert [one.name for one in folder.iterdir()] == ["cache"]


def test_without_memory_nothing_is_written(tmp_path: Path) -> None:
    """A disk is no memory: the person is told to save a PDF where it may lie."""
    mounts = "/dev/sda / ext4 rw 0 0\n/dev/sdb {run} ext4 rw 0 0\n"
    viewer = viewer_at(tmp_path, mounts)

    with pytest.raises(NoViewer, match="Сохраните PDF"):
        viewer.show(PAPER, "paper-7")

    assert list((tmp_path / "run").iterdir()) == []
