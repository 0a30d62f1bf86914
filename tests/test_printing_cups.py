"""Papers reach a real CUPS printer once, and every way it fails is told apart."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp

from printing.codes import digits_of
from printing.errors import PrinterMissing, PrinterUnreachable, PrintingNotInstalled, PrintRefused
from printing.receipt import render
from printing.spool import CupsSpool, PrintOptions, SpoolAnswer, SpoolState
from tests.cups_server import PROGRAMS, CupsServer, PdfPrinter, needs
from tests.paper_world import NUMBER, receipt_of

PAPER = render(receipt_of(5))


@pytest.fixture
def cups() -> Iterator[CupsServer]:
    needs(*PROGRAMS)
    # a socket's path is short or it is not at all: not under pytest's long folders
    with tempfile.TemporaryDirectory(prefix="cups", ignore_cleanup_errors=True) as folder:
        server = CupsServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.release()
            server.stop()


def spool_of(cups: CupsServer, **known: str) -> CupsSpool:
    return CupsSpool(environment={**cups.environment, **known})


def settled(spool: CupsSpool, title: str) -> SpoolAnswer | None:
    """Return what the spool says of the job once it no longer prints."""
    answer = spool.lookup(title)
    for _ in range(2400):
        if answer is None or answer.state not in {SpoolState.WAITING, SpoolState.PRINTING}:
            break
        time.sleep(0.05)
        answer = spool.lookup(title)
    return answer


@pytest.mark.parametrize("local", [False, True])
def test_paper_comes_out_as_it_was_given(cups: CupsServer, local: bool) -> None:
    """The printer gets the very bytes, over TCP and over the local socket, and the job is found."""
    known = {"CUPS_SERVER": str(cups.root / "sock")} if local else {}
    spool = spool_of(cups, **known)

    answer = spool.submit(PAPER, "0193-job-1", "desk", PrintOptions(copies=2))

    assert answer == SpoolAnswer("desk-1", SpoolState.WAITING)
    assert [path.name for path in cups.printed("0193-job-1")] == ["0193-job-1.2.1.pdf"]
    assert cups.printed("0193-job-1")[0].read_bytes() == PAPER
    assert settled(spool, "0193-job-1") == SpoolAnswer("desk-1", SpoolState.PRINTED)
    time.sleep(1.5)  # a second after it is done the scheduler puts a job away
    assert spool.lookup("0193-job-1") == SpoolAnswer("desk-1", SpoolState.PRINTED)


def test_lookup_follows_a_job(cups: CupsServer) -> None:
    """A job is found by our id while it prints and after it; an unknown id is None."""
    cups.hold()
    spool = spool_of(cups)

    spool.submit(PAPER, "job-a", "desk")
    busy = spool.lookup("job-a")

    assert busy is not None
    assert busy.state in {SpoolState.WAITING, SpoolState.PRINTING}
    assert spool.lookup("job-b") is None
    cups.release()
    assert settled(spool, "job-a") == SpoolAnswer("desk-1", SpoolState.PRINTED)


def test_printers_are_listed_with_their_trouble(cups: CupsServer) -> None:
    """Both printers are found, the default one is marked, a refusing one says so."""
    cups.run("lpadmin", "-d", "hall")
    cups.run("cupsreject", "desk")
    cups.run("cupsdisable", "hall")

    found = {printer.name: printer for printer in spool_of(cups).printers()}

    assert set(found) == {"desk", "hall"}
    assert found["desk"].text == "desk у окна"
    assert (found["desk"].default, found["hall"].default) == (False, True)
    assert found["desk"].trouble == "не принимает задания"
    assert found["hall"].trouble == "остановлен"


def test_vanished_printer_is_named(cups: CupsServer) -> None:
    """A printer removed since it was chosen is missing; nothing is printed elsewhere."""
    spool = spool_of(cups)
    cups.run("lpadmin", "-x", "desk")

    with pytest.raises(PrinterMissing, match="«desk»"):
        spool.submit(PAPER, "job-a", "desk")
    assert spool.lookup("job-a") is None


def test_refusing_printer_is_named(cups: CupsServer) -> None:
    """A printer that takes no jobs is told from one that is gone."""
    cups.run("cupsreject", "desk")

    with pytest.raises(PrintRefused, match="«desk»"):
        spool_of(cups).submit(PAPER, "job-a", "desk")


def test_printer_that_refuses_in_between_is_named(cups: CupsServer) -> None:
    """A printer that stops taking jobs after it was asked is told too, and nothing is doubted."""
    environment = cups.wrapped("lp", 'cupsreject desk; exec "$REAL" "$@"')

    with pytest.raises(PrintRefused, match="«desk»"):
        CupsSpool(environment=environment).submit(PAPER, "job-a", "desk")


def test_killed_scheduler_is_unreachable_and_comes_back(cups: CupsServer) -> None:
    """While the scheduler is dead nothing is handed over; after its restart the paper prints."""
    spool = spool_of(cups)
    cups.kill()

    with pytest.raises(PrinterUnreachable):
        spool.submit(PAPER, "job-a", "desk")
    with pytest.raises(PrinterUnreachable):
        spool.printers()
    with pytest.raises(PrinterUnreachable):
        spool.lookup("job-a")
    cups.start()
    assert spool.lookup("job-a") is None
    assert spool.submit(PAPER, "job-a", "desk").state is SpoolState.WAITING
    assert len(cups.printed("job-a")) == 1


def test_job_survives_a_killed_scheduler(cups: CupsServer) -> None:
    """A job handed over before a crash is found after the restart, so nobody prints it twice.

    With CUPS's own `DirtyCleanInterval` of 30 s it may be forgotten: then the lookup says None.
    """
    cups.run("cupsdisable", "desk")
    spool = spool_of(cups)
    answer = spool.submit(PAPER, "job-a", "desk")
    cups.kill()

    cups.start()

    assert spool.lookup("job-a") == SpoolAnswer(answer.job_id, SpoolState.WAITING)


def test_hand_over_without_an_answer_is_unknown(cups: CupsServer) -> None:
    """When `lp` never answers, the paper is not said to be lost, and the lookup finds it."""
    environment = cups.wrapped("lp", '"$REAL" "$@" >/dev/null; exec sleep 600')

    answer = CupsSpool(environment=environment, timeout_s=15.0).submit(PAPER, "job-a", "desk")

    assert answer == SpoolAnswer("desk-1", SpoolState.UNKNOWN)
    assert len(cups.printed("job-a")) == 1
    assert settled(spool_of(cups), "job-a") == SpoolAnswer("desk-1", SpoolState.PRINTED)


def test_failed_answer_after_a_hand_over_is_unknown(cups: CupsServer) -> None:
    """When `lp` hands over and then fails, nobody is told that it did not print."""
    environment = cups.wrapped("lp", '"$REAL" "$@" >/dev/null; exit 1')

    answer = CupsSpool(environment=environment).submit(PAPER, "job-a", "desk")

    assert answer == SpoolAnswer("desk-1", SpoolState.UNKNOWN)


def test_scheduler_dying_during_the_hand_over_is_unknown(cups: CupsServer) -> None:
    """When the scheduler dies in the middle, nobody can know, and the answer says so."""
    pid = cups.pid
    environment = cups.wrapped("lp", f'kill -9 {pid}; sleep 0.2; exec "$REAL" "$@"')

    answer = CupsSpool(environment=environment).submit(PAPER, "job-a", "desk")

    assert answer == SpoolAnswer(None, SpoolState.UNKNOWN)
    cups.kill()
    cups.start()
    assert spool_of(cups).lookup("job-a") is None


def test_arguments_of_lp_hold_nothing_of_the_paper(cups: CupsServer) -> None:
    """What a neighbour sees in the list of processes is our id and the printer, no more."""
    said = cups.root / "said"
    environment = cups.wrapped("lp", f'echo "$@" > {said}; exec "$REAL" "$@"')

    CupsSpool(environment=environment).submit(PAPER, "job-a", "desk")

    assert said.read_text().split() == [
        *("-U", "mfc-desk", "-d", "desk", "-n", "1", "-t", "job-a"),
        *("-o", "media=A4", "-o", "sides=one-sided", "-"),
    ]
    assert "mfc-desk" in cups.run("lpstat", "-W", "all", "-o").decode()


def test_machine_without_cups_says_so(tmp_path: Path) -> None:
    """Without the programs of CUPS the error names the way on: install them or use a folder."""
    spool = CupsSpool(environment={"PATH": str(tmp_path)})

    with pytest.raises(PrintingNotInstalled):
        spool.printers()
    with pytest.raises(PrintingNotInstalled):
        spool.submit(PAPER, "job-a", "desk")


@pytest.mark.slow
def test_the_systems_pdf_printer_prints_a_receipt() -> None:
    """Through PostScript and Ghostscript: every Russian word stays, the bars can be read."""
    PdfPrinter.needed()
    with tempfile.TemporaryDirectory(prefix="cups", ignore_cleanup_errors=True) as folder:
        cups = PdfPrinter(Path(folder))
        cups.start()
        try:
            spool = spool_of(cups)
            spool.submit(PAPER, "0193-job-1", PdfPrinter.NAME)
            printed = cups.came_out("0193-job-1").read_bytes()
            done = settled(spool, "0193-job-1")
            assert done == SpoolAnswer("pdf-1", SpoolState.PRINTED), cups.logs()
        finally:
            cups.stop()

    before, after = words_of(PAPER), words_of(printed)
    assert len(before) > 100
    assert before <= after
    assert codes_of(printed) == codes_of(PAPER) == [digits_of(NUMBER)] * 2


def codes_of(paper: bytes) -> list[str]:
    """Return what a reader makes of the codes of each page at 150 dpi."""
    document = pdfium.PdfDocument(paper)
    pictures = [page.render(scale=150 / 72).to_pil() for page in document]
    return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture)]


def words_of(paper: bytes) -> Counter[str]:
    """Return how often each run of Russian letters stands in a PDF, as pdftotext reads it."""
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=paper, capture_output=True, check=True
    )
    return Counter(re.findall("[А-Яа-яЁё]{3,}", done.stdout.decode()))
