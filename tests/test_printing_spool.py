"""A folder takes a paper whole or not at all."""

from __future__ import annotations

import resource
import stat
from pathlib import Path

import pytest

from printing.errors import PaperNotWritten, PrintError, PrintingNotInstalled
from printing.spool import FolderSpool, Spool, SpoolAnswer, SpoolState, WindowsSpool

PAPER = b"%PDF-1.4 of no person"


def test_paper_is_written_under_its_id(tmp_path: Path) -> None:
    """The file is the bytes given, named by the job, for its owner only, with nothing beside it."""
    folder = tmp_path / "out"
    spool: Spool = FolderSpool(folder)

    answer = spool.submit(PAPER, "00317-000428-51-4", "folder")

    assert answer == SpoolAnswer("00317-000428-51-4", SpoolState.PRINTED)
    assert [path.name for path in folder.iterdir()] == ["00317-000428-51-4.pdf"]
    assert (folder / "00317-000428-51-4.pdf").read_bytes() == PAPER
    assert stat.S_IMODE((folder / "00317-000428-51-4.pdf").stat().st_mode) == 0o600
    assert spool.lookup("00317-000428-51-4") == answer


def test_unknown_job_is_not_found(tmp_path: Path) -> None:
    """A folder remembers what lies in it and nothing else."""
    assert FolderSpool(tmp_path / "out").lookup("job-a") is None


def test_printing_twice_leaves_one_file(tmp_path: Path) -> None:
    """A second print of one job replaces the file."""
    spool = FolderSpool(tmp_path)
    spool.submit(b"first", "job-a")

    spool.submit(PAPER, "job-a")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [PAPER]


def test_unusable_folder_is_said(tmp_path: Path) -> None:
    """When the folder cannot be used the error gives the reason and no path."""
    (tmp_path / "taken").write_text("a file, not a folder")

    with pytest.raises(PaperNotWritten) as raised:
        FolderSpool(tmp_path / "taken").submit(PAPER, "job-a")

    assert "taken" not in str(raised.value)
    assert "Проверьте папку" in str(raised.value)


def test_failed_write_leaves_no_half_paper(tmp_path: Path) -> None:
    """When the disk takes only a part, nothing stays behind, and the job can be repeated."""
    spool = FolderSpool(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(PAPER) - 1, limits[1]))
    try:
        with pytest.raises(PaperNotWritten):
            spool.submit(PAPER, "job-a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(tmp_path.iterdir()) == []
    assert spool.submit(PAPER, "job-a").state is SpoolState.PRINTED


@pytest.mark.parametrize("title", ["", "Образцова", "../etc", "-d", "a b", "a" * 101])
def test_title_is_an_id(tmp_path: Path, title: str) -> None:
    """A name, a path or an option is no title: nothing of a person gets into a file name."""
    with pytest.raises(ValueError, match="is an id") as raised:
        FolderSpool(tmp_path).submit(PAPER, title)

    assert title == "" or title not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_windows_spool_elsewhere_says_so(tmp_path: Path) -> None:
    """The Windows shell is not asked where there is none; the file it left is cleared."""
    spool: Spool = WindowsSpool(tmp_path)

    with pytest.raises(PrintingNotInstalled):
        spool.submit(PAPER, "job-a", "")
    WindowsSpool(tmp_path).clear()

    assert list(tmp_path.iterdir()) == []


def test_every_error_has_a_sentence_of_its_own() -> None:
    """Each error has a Russian sentence, a title, a code of its own and an exit code."""
    kinds: list[type[PrintError]] = [PrintError]
    for kind in kinds:
        kinds += kind.__subclasses__()

    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.title
        assert kind.exit_code > 0
        assert str(kind()).endswith(".")
        assert not str(kind()).isascii()
