"""Papers of a desk: the queue, the folder, a real CUPS, what is journalled, what is told."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mfc_desk.__main__ import main
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import DONE, REFUSED, UnknownNumber
from mfc_desk.idle import checkpoint_when_idle
from mfc_desk.intake.drafts import Draft
from mfc_desk.intake.powers import printed_term
from mfc_desk.papers.paper_files import PaperFileThere
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.papers.papers import UnknownPaper
from mfc_desk.papers.print_work import NO_PRINTER, JobBusy
from mfc_desk.store import print_queue
from printing.errors import PaperNotWritten
from sync.entries import Entry, decode
from tests.cups_server import PROGRAMS, CupsServer, needs
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.intake_world import SURNAME, document, register
from tests.paper_world import pages_text, squeezed


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk on a computer without any printing system."""
    monkeypatch.setenv("PATH", "")
    with made.login() as opened:
        yield opened


def printed(desk: Desk) -> list[Entry]:
    """The journalled printings."""
    rows = desk.journal.entries(0, 1000)
    entries = [decode(row.data) for row in rows if row.data is not None]
    return [entry for entry in entries if entry.kind == "paper.printed"]


def choose(desk: Desk, *, printer: str = "", out_folder: str = "") -> None:
    """Choose where papers go."""
    chosen = replace(desk.settings.load(), printer=printer, out_folder=out_folder)
    desk.settings.save(chosen)


def claim(desk: Desk, job: PaperJob, digest: str) -> bool:
    """Take a printing as a process does before it hands the paper over."""
    return print_queue.claim(
        desk.db,
        job.id,
        copy=1,
        title=f"receipt-{job.request_number}-1",
        printer="folder",
        sha256=digest,
        at="2026-11-21T03:00:00.000Z",
    )


def run(desk: Desk) -> tuple[PaperJob, ...]:
    """Run the queue as the worker does."""
    with desk.worker_copy() as copy:
        return copy.print_queue.run()


def test_the_receipt_says_what_was_taken_in_and_until_when(desk: Desk) -> None:
    """Applicant, service, papers, the deadline of registration, the number, the journal's head."""
    taken = register(desk)

    pdf = desk.papers.render(taken.number.text)

    pages = [squeezed(page) for page in pages_text(pdf)]
    assert len(pages) == 2
    (head,) = desk.db.execute("SELECT head FROM request").fetchone()
    for page in pages:
        for text in (
            taken.number.text,
            SURNAME,
            "Оформление и выдача социальной карты",
            "Заявление-анкета",
            "СНИЛС (сведения)",
            "не позднее 23.11.2026 18:00",
            "руководитель смены, Иванова А. П.",
            "МФЦ г. Приморск",
            head,
        ):
            assert squeezed(text) in page, text
    assert desk.papers.render(taken.number.text) == pdf
    assert len(head) == 8
    assert check_desk(desk).faults == ()


@pytest.mark.parametrize(
    ("slug", "marks"),
    [
        (
            "soc-card",
            (
                "запроса (по состоянию на ноябрь 2026 года, требует проверки)",
                "07.12.2026 (требует проверки)",
            ),
        ),
        (
            "passport-rf",
            (
                "(сумма по состоянию на 2024–2025 годы, требует проверки)",
                "(бывш. форма № 1П) (требует проверки)",
                "По состоянию на ноябрь 2026 года требует проверки: перечень документов",
                "орган (по состоянию на ноябрь 2026 года, требует проверки)",
            ),
        ),
        ("reg-residence", ("(форма № 6) (требует проверки)",)),
        ("payments-ref", ("требует проверки: точное название и срок.",)),
        ("phone-lgota", ("запроса (по состоянию на ноябрь 2026 года, требует проверки)",)),
        ("egrn-info", ("орган (по состоянию на ноябрь 2026 года, требует проверки)",)),
    ],
)
def test_what_the_catalogue_is_not_sure_of_says_so_on_paper(
    desk: Desk, slug: str, marks: tuple[str, ...]
) -> None:
    """Term, its days, sum and names of papers; each copy still takes one sheet."""
    taken = register(desk, slug)

    pages = [squeezed(page) for page in pages_text(desk.papers.render(taken.number.text))]

    assert len(pages) == 2
    for page in pages:
        for mark in marks:
            assert squeezed(mark) in page, mark


def test_a_representative_stands_on_the_receipt_with_the_power(desk: Desk) -> None:
    """Who hands the papers over is who signs."""
    seed = next(
        seed
        for seed in range(1, 50)
        if _acts_by(desk.intake.check(_draft(desk, seed)).record) == "power"
    )
    taken = register(desk, seed=seed)
    representative = desk.find.card(taken.number.text).record["representative"]

    (page, _) = (squeezed(one) for one in pages_text(desk.papers.render(taken.number.text)))

    assert squeezed(representative["surname"]) in page
    assert squeezed(representative["power"]["number"]) in page
    assert squeezed(printed_term(representative)) in page


@pytest.mark.parametrize(
    ("representative", "said"),
    [
        (
            {"kind": "power", "power": {"issued": "2026-10-01"}},
            "действует до 01.10.2027 (срок не назван: один год, ГК РФ, ст. 186)",
        ),
        (
            {"kind": "power", "power": {"issued": "2026-10-01", "until": "2029-10-01"}},
            "действует до 01.10.2029",
        ),
        ({"kind": "law", "power": {"issued": "2026-10-01"}}, ""),
    ],
)
def test_the_term_of_a_power_is_printed(representative: dict[str, object], said: str) -> None:
    """One year from its date where it names none; a birth certificate has no end."""
    assert printed_term(representative) == said


def _acts_by(record: Mapping[str, Any]) -> str:
    acting = record["representative"]
    return str(acting["kind"]) if acting else ""


def _draft(desk: Desk, seed: int) -> Draft:
    draft = desk.intake.begin("soc-card")
    draft.document = document(desk, seed=seed)
    return draft


def test_without_a_printer_the_paper_waits_and_says_why(desk: Desk) -> None:
    """Nothing fails in the specialist's face; choosing a folder is enough."""
    register(desk)

    assert run(desk) == ()
    (job,) = desk.print_queue.open()
    assert (job.state, job.error) == ("waiting", NO_PRINTER)
    assert printed(desk) == []


def test_a_folder_is_printed_to_and_the_printing_is_journalled(desk: Desk, tmp_path: Path) -> None:
    """One file a printing, its SHA-256 in the journal, nobody's name in its name."""
    choose(desk, out_folder=str(tmp_path / "out"))
    taken = register(desk)

    (job,) = run(desk)

    (file,) = (tmp_path / "out").iterdir()
    (entry,) = printed(desk)
    assert (job.state, job.printer, job.copy) == ("printed", "folder", 1)
    assert file.name == f"receipt-{taken.number.text}-1.pdf"
    assert entry.request_id == taken.request_id
    assert entry.body == {
        "request": taken.request_id,
        "paper": "receipt",
        "copy": 1,
        "sha256": sha256(file.read_bytes()).hexdigest(),
        "printer": "folder",
    }
    assert desk.print_queue.open() == ()
    assert run(desk) == ()


def test_a_second_printing_is_a_further_copy(desk: Desk, tmp_path: Path) -> None:
    """The journal counts how often the paper was given out."""
    choose(desk, out_folder=str(tmp_path / "out"))
    number = register(desk).number.text
    run(desk)

    desk.papers.enqueue(number)
    run(desk)

    assert [entry.body["copy"] for entry in printed(desk)] == [1, 2]
    first, second = sorted((tmp_path / "out").iterdir())
    assert "КОПИЯ" not in "".join(pages_text(first.read_bytes()))
    for page in pages_text(second.read_bytes()):
        assert "КОПИЯ № 2" in page
    assert [job.copy for job in desk.find.card(number).papers] == [1, 2]


def test_a_folder_that_refuses_keeps_the_paper_in_the_queue_with_the_reason(
    desk: Desk, tmp_path: Path
) -> None:
    """It stands among what needs attention and can be tried again."""
    wall = tmp_path / "wall"
    wall.write_text("a file, no folder", "utf-8")
    choose(desk, out_folder=str(wall))
    register(desk)

    (failed,) = run(desk)

    assert failed.state == "failed"
    assert "не записан" in (failed.error or "")
    (row,) = desk.board.attention()
    assert (row.kind, row.number) == ("print", failed.request_number)
    assert run(desk) == ()
    wall.unlink()
    assert desk.print_queue.retry(failed.id).state == "waiting"
    (again,) = run(desk)
    assert again.state == "printed"
    assert [entry.body["copy"] for entry in printed(desk)] == [1]


def test_a_paper_is_saved_to_a_file_whole(desk: Desk, tmp_path: Path) -> None:
    """The file is the paper; saving counts as a printing; a refusal leaves nothing."""
    number = register(desk).number.text
    out = tmp_path / "receipt.pdf"

    desk.papers.save(number, "receipt", out)

    assert out.read_bytes() == desk.papers.render(number)
    assert [entry.body["printer"] for entry in printed(desk)] == ["file"]
    assert [entry.body["copy"] for entry in printed(desk)] == [1]
    with pytest.raises(PaperNotWritten):
        desk.papers.save(number, "receipt", tmp_path / "no such folder" / "receipt.pdf")
    assert len(printed(desk)) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["desk", "receipt.pdf"]


def test_a_file_that_is_there_is_written_over_only_when_asked(
    desk: Desk, made: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line too: a refusal changes no file and counts as no printing."""
    number, theirs = register(desk).number.text, tmp_path / "theirs.pdf"
    theirs.write_bytes(b"not ours")

    with pytest.raises(PaperFileThere, match=r"theirs\.pdf"):
        desk.papers.save(number, "receipt", theirs)
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    words = ["--home", str(made.home.root), "print", number, "--out", str(theirs)]
    assert main(words) == REFUSED
    assert theirs.read_bytes() == b"not ours"
    assert printed(desk) == []

    assert main([*words, "--replace"]) == DONE
    assert theirs.read_bytes() == desk.papers.render(number)
    assert [entry.body["copy"] for entry in printed(desk)] == [1]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["desk", "theirs.pdf"]


def test_a_paper_is_not_written_over_a_folder_or_a_device(desk: Desk, tmp_path: Path) -> None:
    """It says so; the folder, the device and the journal are as they were."""
    number = register(desk).number.text
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for place in (tmp_path, Path("/"), pipe):
        with pytest.raises(PaperNotWritten, match="имя файла"):
            desk.papers.save(number, "receipt", place)
    with pytest.raises(PaperNotWritten, match="нет такой папки"):
        desk.papers.save(number, "receipt", tmp_path / "none" / "receipt.pdf")
    with pytest.raises(PaperNotWritten):
        desk.papers.save(number, "receipt", pipe / "receipt.pdf")
    for length in (250, 260):  # too long with what is added while it is written, and by itself
        with pytest.raises(PaperNotWritten):
            desk.papers.save(number, "receipt", tmp_path / f"{'a' * length}.pdf")
    assert pipe.is_fifo()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["desk", "pipe"]
    assert printed(desk) == []


def test_ctrl_c_leaves_no_half_of_a_paper(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the part nor the name that was taken for it."""
    number = register(desk).number.text

    def cut_off(part: Path, data: bytes) -> None:
        part.write_bytes(data[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr("mfc_desk.papers.paper_files.write_durably", cut_off)
    with pytest.raises(KeyboardInterrupt):
        desk.papers.save(number, "receipt", tmp_path / "receipt.pdf")
    assert [one.name for one in tmp_path.iterdir()] == ["desk"]
    assert printed(desk) == []


def test_a_job_can_be_cancelled_unless_it_is_done(desk: Desk, tmp_path: Path) -> None:
    """What is printed cannot be taken back."""
    number = register(desk).number.text
    (job,) = desk.print_queue.open()
    desk.print_queue.cancel(job.id)
    assert desk.print_queue.open() == ()
    choose(desk, out_folder=str(tmp_path / "out"))
    desk.papers.enqueue(number)
    (done,) = run(desk)
    queue = desk.print_queue
    for act in (queue.cancel, queue.retry, queue.print_job, queue.confirm):
        with pytest.raises(JobBusy):
            act(done.id)
    assert queue.job(job.id).state == "cancelled"
    assert [one.state for one in desk.find.card(number).papers] == ["printed"]
    with pytest.raises(JobBusy):
        queue.job(999)


def test_unknown_numbers_and_papers_are_refused(desk: Desk) -> None:
    """Each with what to do."""
    number = register(desk).number.text
    with pytest.raises(UnknownPaper):
        desk.papers.render(number, "telegram")
    with pytest.raises(UnknownNumber):
        desk.papers.render("1")
    with pytest.raises(UnknownNumber):
        desk.papers.enqueue("00001-000001-00-3")


def test_a_printing_cut_off_by_the_end_of_its_process_is_doubtful(
    made: DeskHome, desk: Desk, tmp_path: Path
) -> None:
    """It is not repeated by itself: a person looks at the tray, then confirms or repeats."""
    choose(desk, out_folder=str(tmp_path / "out"))
    register(desk)
    (job,) = desk.print_queue.open()
    with desk.db.atomic():
        assert claim(desk, job, "ab" * 32)

    assert run(desk) == ()
    made.clock.pass_(301)
    (doubtful,) = run(desk)
    assert doubtful.state == "unknown"
    assert "возможно, напечатано" in desk.board.attention()[0].text
    assert desk.print_queue.confirm(doubtful.id).state == "printed"
    (entry,) = printed(desk)
    assert entry.body["sha256"] == "ab" * 32


def test_two_processes_do_not_print_one_paper_twice(desk: Desk, tmp_path: Path) -> None:
    """The claim is a compare-and-set in the database."""
    choose(desk, out_folder=str(tmp_path / "out"))
    register(desk)
    (job,) = desk.print_queue.open()
    with desk.worker_copy() as other:
        with other.db.atomic():
            assert claim(other, job, "00")
        with pytest.raises(JobBusy):
            desk.print_queue.print_job(job.id)
        assert desk.print_queue.print_next() is None
    assert list((tmp_path / "out").glob("*")) == []


@pytest.fixture
def cups() -> Iterator[CupsServer]:
    """A real scheduler with the printers «desk» and «hall»."""
    needs(*PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="cups", ignore_cleanup_errors=True) as folder:
        server = CupsServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.release()
            server.stop()


def settled(desk: Desk) -> PaperJob:
    """Look after the printer until the paper is out."""
    for _ in range(1200):
        for job in run(desk):
            if job.state != "printing":
                return job
        time.sleep(0.1)
    raise AssertionError("the printer does not answer")


@pytest.mark.slow
def test_a_paper_goes_through_a_real_printer(
    made: DeskHome, cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed over it is «печатается», out of the printer it is journalled; a vanished one fails."""
    for name, value in cups.environment.items():
        monkeypatch.setenv(name, value)
    with made.login() as desk:
        assert {row.name for row in desk.print_queue.printers()} == {"desk", "hall"}
        choose(desk, printer="desk")
        number = register(desk).number.text
        assert settled(desk).state == "printed"
        (entry,) = printed(desk)
        assert (entry.body["printer"], entry.body["copy"]) == ("desk", 1)
        assert cups.printed(f"receipt-{number}-1")

        desk.papers.enqueue(number, "receipt", "attic")
        (lost,) = run(desk)
        assert (lost.state, "не найден" in (lost.error or "")) == ("failed", True)
        desk.print_queue.retry(lost.id, "hall")
        assert settled(desk).printer == "hall"
        assert [entry.body["copy"] for entry in printed(desk)] == [1, 2]


def test_the_log_goes_into_the_file_when_the_desk_is_idle(made: DeskHome, desk: Desk) -> None:
    """Not right after a save: the next one would wait for it; two quiet seconds later."""
    register(desk)
    log = Path(f"{made.home.database}-wal")
    made.clock.set(datetime.fromtimestamp(log.stat().st_mtime, UTC))
    assert not checkpoint_when_idle(desk)

    made.clock.pass_(2.5)
    assert checkpoint_when_idle(desk)

    desk.db.checkpoint(truncate=True)
    assert not checkpoint_when_idle(desk)
