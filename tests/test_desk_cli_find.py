"""`find`, `show`, `print` and `sync` as processes: what they tell and what they never take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mfc_desk.errors import DONE, NO_LINK, REFUSED, USAGE
from mfc_desk.papers.papers import TITLES
from mfc_desk.paths import Home
from mfc_desk.setup.setup import set_up
from sync.clock import SystemClock
from sync.entries import decode
from sync.ids import SystemRandom
from tests.centre_process import CentreProcess
from tests.command_line import ROOT, mfc_desk
from tests.desk_home import CHEAP, IVANOVA, PASSWORD, DeskHome, set_up_home
from tests.intake_world import SURNAME, register
from tests.paper_world import pages_text, squeezed


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def number(made: DeskHome) -> str:
    """The number of the one request on the desk."""
    with made.login() as desk:
        return register(desk, phone="+7 900 000-12-34").number.text


def test_a_request_is_found_by_number_and_by_words_from_stdin(made: DeskHome, number: str) -> None:
    """The number may stand in the command; names and phones come by the standard input."""
    home = made.home.root
    by_number = json.loads(mfc_desk(home, "find", number, "--json").stdout)
    by_tail = json.loads(mfc_desk(home, "find", number[-6:], "--json").stdout)
    by_name = json.loads(mfc_desk(home, "find", "--json", stdin=SURNAME.encode()).stdout)
    by_phone = mfc_desk(home, "find", stdin=b"12-34\n").stdout.decode()

    assert by_number == by_tail == by_name
    assert by_number[0]["number"] == number
    assert by_number[0]["state"] == "accepted"
    assert number in by_phone
    assert "Ничего" in mfc_desk(home, "find", stdin="Никого".encode()).stdout.decode()


def test_words_in_the_command_are_refused_and_not_repeated(made: DeskHome, number: str) -> None:
    """Other users of the computer see commands: a name is never taken from one, nor said back."""
    done = mfc_desk(made.home.root, "find", SURNAME, code=USAGE)

    assert SURNAME not in done.stderr.decode() + done.stdout.decode()
    assert "Имя и телефон" in done.stderr.decode()


def test_an_unknown_number_is_a_usage_error(made: DeskHome, number: str) -> None:
    """With the way on."""
    home = made.home.root
    for words in (("find", "99-99"), ("show", "1"), ("print", "1", "--out", "/tmp/never.pdf")):
        said = mfc_desk(home, *words, code=USAGE).stderr.decode()
        assert "омер" in said
    mfc_desk(home, "find", "1", "--limit", "0", code=USAGE)
    mfc_desk(home, "print", number, code=USAGE)


def test_a_card_is_shown_and_the_look_is_journalled(made: DeskHome, number: str) -> None:
    """Everything of the request, as data and as text."""
    home = made.home.root
    told = json.loads(mfc_desk(home, "show", number, "--json").stdout)
    text = mfc_desk(home, "show", number.replace("-", "")).stdout.decode()

    assert told["number"] == number
    assert told["record"]["applicant"]["surname"] == SURNAME
    assert told["history"][0]["text"] == "принято"
    for part in (number, SURNAME, "Кодовое слово", "Зарегистрировать до: 23.11.2026 18:00"):
        assert part in text
    with made.login() as desk:
        rows = desk.journal.entries(0, 100)
    kinds = [decode(row.data).kind for row in rows if row.data is not None]
    assert kinds.count("access") == 2


def test_a_receipt_is_written_to_a_file(made: DeskHome, number: str, tmp_path: Path) -> None:
    """Whole, with the number and the applicant."""
    out = tmp_path / "receipt.pdf"

    told = json.loads(mfc_desk(made.home.root, "print", number, "--out", str(out), "--json").stdout)

    assert told == {"file": str(out), "number": number, "state": "printed"}
    page = squeezed(pages_text(out.read_bytes())[0])
    assert squeezed(number) in page
    assert SURNAME in page
    nowhere = tmp_path / "no" / "receipt.pdf"
    said = mfc_desk(made.home.root, "print", number, "--out", str(nowhere), code=REFUSED)
    assert "не записан" in said.stderr.decode()


def test_a_vanished_printer_is_a_sentence_and_the_paper_stays_queued(
    made: DeskHome, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1, nothing lost."""
    monkeypatch.setenv("PATH", "/nowhere")

    done = mfc_desk(made.home.root, "print", number, "--printer", "attic", code=REFUSED)

    said = done.stdout.decode()
    assert "Осталось в очереди печати: Ждёт «attic», можно отправить на другой." in said
    assert "На компьютере нет службы" in said
    with made.login() as desk:
        assert [job.state for job in desk.print_queue.open()] == ["waiting", "waiting"]


def test_without_a_centre_sync_says_so_and_loses_nothing(made: DeskHome, number: str) -> None:
    """Exit 3; the sentence says that it will be tried again."""
    done = mfc_desk(made.home.root, "sync", code=NO_LINK)

    assert "0 из 1 подтверждено центром" in done.stdout.decode()
    assert "отправка повторится" in done.stderr.decode()


@contextmanager
def linked_home(folder: Path) -> Iterator[tuple[CentreProcess, Path]]:
    """A centre and a desk of it, both on the clock of this computer."""
    centre = CentreProcess.start(folder / "central")
    try:
        home = Home(folder / "desk")
        ticket = centre.ticket(317)
        set_up(home, ticket, IVANOVA, PASSWORD, SystemClock(), SystemRandom(), CHEAP)
        yield centre, home.root
    finally:
        centre.kill()


@pytest.mark.slow
def test_sync_sends_what_intake_took_and_status_counts_it(tmp_path: Path) -> None:
    """intake, sync, status, show: the official number stands on the request."""
    with linked_home(tmp_path) as (centre, home):
        example = mfc_desk(home, "catalogue", "example", "soc-card").stdout
        (taken,) = [json.loads(mfc_desk(home, "intake", "-", stdin=example).stdout)]

        told = json.loads(mfc_desk(home, "sync", "--json").stdout)

        assert (told["error"], told["summary"]) == (None, "1 из 1 подтверждено центром")
        status = json.loads(mfc_desk(home, "status", "--json").stdout)
        assert (status["requests"], status["confirmed"], status["unsent"]) == (1, 1, 0)
        shown = json.loads(mfc_desk(home, "show", taken["number"], "--json").stdout)
        (exported,) = centre.export()
        assert shown["official_no"] == exported["official_no"]
        assert exported["number"] == taken["number"]


@pytest.mark.slow
def test_watching_sends_a_request_registered_meanwhile(tmp_path: Path) -> None:
    """`sync --watch` runs beside other commands and ends by an interrupt with success."""
    with linked_home(tmp_path) as (centre, home):
        watcher = subprocess.Popen(
            [sys.executable, "-m", "mfc_desk", "--home", str(home), "sync", "--watch", "--json"],
            stdout=subprocess.PIPE,
            env={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
            cwd=ROOT,
        )
        try:
            assert watcher.stdout is not None
            assert json.loads(watcher.stdout.readline())["error"] is None
            example = mfc_desk(home, "catalogue", "example", "egrn-info").stdout
            mfc_desk(home, "intake", "-", stdin=example)
            # A round that came due before the request, or before its answer, has a line too.
            assert any(json.loads(line)["confirmed"] == 1 for line in watcher.stdout)
            assert len(centre.export()) == 1
        finally:
            watcher.send_signal(2)
            watcher.communicate(timeout=240)
        assert watcher.returncode == DONE


def test_the_queue_and_the_printers_are_reached_without_a_screen(
    made: DeskHome, number: str, tmp_path: Path
) -> None:
    """List, hold, release, choose a printer, print; a wrong id or paper is a sentence."""
    home = made.home.root
    (job,) = json.loads(mfc_desk(home, "queue", "list", "--json").stdout)
    assert (job["request_number"], job["state"]) == (number, "waiting")
    held = json.loads(mfc_desk(home, "queue", "hold", str(job["id"]), "--json").stdout)
    assert held["state"] == "held"
    mfc_desk(home, "queue", "hold", str(job["id"]), code=REFUSED)
    mfc_desk(home, "queue", "release", str(job["id"]))
    set_ = mfc_desk(home, "printers", "set", "receipt", "--printer", "office", "--copies", "2")
    assert "office" in set_.stdout.decode()
    assert "Принтера «office» сейчас нет" in set_.stderr.decode()
    label = mfc_desk(home, "printers", "set", "label", "--printer", "office")
    assert label.stdout.decode().startswith("label: office")
    wrong = mfc_desk(home, "printers", "set", "telegram", "--copies", "2", code=REFUSED)
    said = wrong.stderr.decode()
    assert "«telegram» нет. Какие есть: receipt, application, consent, payment, label," in said
    assert not [code for code in TITLES if "_" in code and code in said]
    assert "label: office" in mfc_desk(home, "printers", "list").stdout.decode().splitlines()
    listed = json.loads(mfc_desk(home, "printers", "list", "--json").stdout)
    assert listed["papers"]["receipt"]["copies"] == 2
    out = tmp_path / "out"
    default = ("printers", "default", "--folder", str(out))
    mfc_desk(home, *default, "--thermal", "lp0", code=REFUSED)
    mfc_desk(home, *default, "--model", "no such", code=USAGE)
    told = json.loads(mfc_desk(home, *default, "--roll", "80", "--json").stdout)
    assert (told["default"], told["thermal_roll"]) == ("folder", 80)
    sent = mfc_desk(home, "queue", "redirect", str(job["id"]), "--printer", "folder", "--json")
    assert json.loads(sent.stdout)["chosen"] == "folder"
    assert sent.stderr == b""
    mfc_desk(home, "queue", "run")
    assert [one.name for one in out.iterdir()] == [f"receipt-{number}-1.pdf"]
    mfc_desk(home, "queue", "redirect", str(job["id"]), code=REFUSED)  # it came out
    with made.login() as desk:
        desk.db.execute("UPDATE print_job SET state = 'unknown'")
    for act in ("redirect", "retry"):
        refused = mfc_desk(home, "queue", act, str(job["id"]), code=REFUSED)
        assert "--not-in-tray" in refused.stderr.decode()
    mfc_desk(home, "queue", "retry", str(job["id"]), "--not-in-tray")
