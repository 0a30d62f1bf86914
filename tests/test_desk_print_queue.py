"""The print queue against a real scheduler: nothing is lost, nothing comes out twice by itself."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import NotAllowed, SettingRefused
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.papers.print_routes import Route
from mfc_desk.papers.print_work import (
    DOUBTFUL_THERE,
    HALF_OUT,
    KNOWN_THERE,
    MAYBE,
    PART_OUT,
    WAITS_THERE,
    JobBusy,
    PaperWhereabouts,
    PrintWork,
)
from mfc_desk.store import papers
from mfc_desk.store.connection import open_store
from mfc_desk.store.unjournalled import mark, put, rows
from printing.spool import CupsSpool, Printer, SpoolState
from sync.entries import decode
from tests.cups_server import PROGRAMS, CupsServer, needs
from tests.desk_home import DeskHome, set_up_home
from tests.intake_world import register


@pytest.fixture
def made(tmp_path: Path) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path / "desk")


@pytest.fixture
def desk(made: DeskHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk on a computer without any printing system, its folder chosen."""
    monkeypatch.setenv("PATH", "")
    with made.login() as opened:
        yield opened


@pytest.fixture
def cups(monkeypatch: pytest.MonkeyPatch) -> Iterator[CupsServer]:
    """A real scheduler with «desk», «hall», and «office» that has trays; the desk talks to it."""
    needs(*PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="cups", ignore_cleanup_errors=True) as folder:
        server = CupsServer(Path(folder), office="office")
        server.start()
        use(server.environment, monkeypatch)
        try:
            yield server
        finally:
            server.release()
            server.stop()


def use(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process's CUPS programs be those of `environment`."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def choose(desk: Desk, *, printer: str = "", out_folder: str = "") -> None:
    """Choose where papers go by default."""
    chosen = replace(desk.settings.load(), printer=printer, out_folder=out_folder)
    desk.settings.save(chosen)


def copies_journalled(desk: Desk) -> list[int]:
    """The copies that came out, as the journal says."""
    rows = desk.journal.entries(0, 1000)
    entries = [decode(row.data) for row in rows if row.data is not None]
    return [entry.body["copy"] for entry in entries if entry.kind == "paper.printed"]


def begun(desk: Desk, title: str) -> None:
    """Wait until the printer has taken a paper up."""
    for _ in range(600):
        found = PrintWork(desk).spool("desk").lookup(title)
        if found is not None and found.begun and found.state is SpoolState.PRINTING:
            return
        time.sleep(0.1)
    raise AssertionError("the printer does not begin")


def until(desk: Desk, job: PaperJob, *states: str) -> PaperJob:
    """Run the queue as the worker does until the printing is in one of these states."""
    for _ in range(1200):
        desk.print_queue.run()
        now = desk.print_queue.job(job.id)
        if now.state in states:
            return now
        time.sleep(0.1)
    raise AssertionError(f"still {now.state}")


def test_copies_are_counted_when_they_come_out(desk: Desk, tmp_path: Path) -> None:
    """Two printings ordered before the first came out are copies 1 and 2; a cancelled is none."""
    number = register(desk).number.text
    (first,) = desk.print_queue.open()
    second, third = desk.papers.enqueue(number), desk.papers.enqueue(number)
    assert [job.copy for job in desk.print_queue.open()] == [1, 2, 3]
    desk.print_queue.cancel(first.id)
    choose(desk, out_folder=str(tmp_path / "out"))

    desk.print_queue.run()

    jobs = [desk.print_queue.job(one.id) for one in (first, second, third)]
    assert [(job.state, job.copy) for job in jobs] == [
        ("cancelled", 1),
        ("printed", 1),
        ("printed", 2),
    ]
    with pytest.raises(JobBusy, match="отменено"):
        desk.print_queue.cancel(first.id)
    assert copies_journalled(desk) == [1, 2]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"receipt-{number}-1.pdf",
        f"receipt-{number}-2.pdf",
    ]
    assert check_desk(desk).faults == ()


def test_a_paper_that_two_confirm_came_out_once(desk: Desk) -> None:
    """Both saw it doubtful: who is second adds no printing."""
    register(desk)
    (job,) = desk.print_queue.open()
    desk.db.execute("UPDATE print_job SET state = 'unknown', sha256 = 'ab', title = 'a-1'")

    desk.print_queue.confirm(job.id)
    with desk.db.atomic():
        desk.print_queue.came_out_in_act(job.id, "ab", "desk")

    assert copies_journalled(desk) == [1]


def test_papers_that_came_out_since_the_second_place_was_written_do_not_return(desk: Desk) -> None:
    """By copy: a doubtful one before them is still in doubt."""
    number = register(desk).number.text
    register(desk, seed=2)
    first, other = desk.print_queue.open()
    desk.db.execute("UPDATE print_job SET state = 'unknown', sha256 = 'ab' WHERE id = 1")
    second = desk.papers.enqueue(number)
    assert second.copy == 2
    told = rows(desk.db)
    for job in (second, other):
        desk.db.execute("UPDATE print_job SET state = 'unknown', sha256 = 'ab' WHERE id > 1")
        desk.print_queue.confirm(job.id)
    desk.db.execute("DELETE FROM print_job")

    with desk.db.atomic():
        assert put(desk.db, told) == (0, 1)

    (back,) = desk.print_queue.open()
    assert (back.request_number, back.copy, back.state) == (number, first.copy, "unknown")


def test_a_held_printing_waits_for_its_release(desk: Desk, tmp_path: Path) -> None:
    """It stands in the queue and is passed over; others are printed."""
    choose(desk, out_folder=str(tmp_path / "out"))
    register(desk, seed=1)
    register(desk, seed=2)
    kept, other = desk.print_queue.open()
    desk.print_queue.hold(kept.id)

    changed = desk.print_queue.run()

    assert [job.id for job in changed] == [other.id]
    assert [job.state for job in desk.print_queue.open()] == ["held"]
    with pytest.raises(JobBusy):
        desk.print_queue.hold(kept.id)
    desk.print_queue.release(kept.id)
    desk.print_queue.run()
    assert desk.print_queue.job(kept.id).state == "printed"


def test_a_dead_roll_printer_stops_no_other(desk: Desk, tmp_path: Path) -> None:
    """Its papers wait with the reason, those of others come out; a changed route is followed."""
    choose(desk, out_folder=str(tmp_path / "out"))
    gone = f"file:{tmp_path / 'gone' / 'lp0'}"
    desk.settings.save(replace(desk.settings.load(), thermal=gone))
    desk.print_routes.save("receipt", Route(printer="thermal"))
    number = register(desk, seed=1).number.text
    register(desk, seed=2)
    application = desk.papers.enqueue(number, "application")

    first, *others = desk.print_queue.run()
    second, last = desk.print_queue.open()

    assert [job.id for job in others] == [application.id]  # the dead one was tried once
    assert desk.print_queue.job(application.id).state == "printed"
    assert (first.state, "не отвечает" in (first.error or "")) == ("waiting", True)
    assert (second.id, last.state) == (first.id, "waiting")
    label = desk.papers.enqueue(number, "case_label")
    assert (printed := desk.print_queue.print_next()) is not None
    assert printed.id == label.id

    desk.print_routes.save("receipt", Route())
    desk.print_queue.run()

    assert desk.print_queue.open() == ()
    assert desk.print_queue.job(first.id).printer == "folder"


def test_a_paper_of_a_dead_named_printer_goes_to_another(desk: Desk, tmp_path: Path) -> None:
    """Where it waits is told; a person sends it on, once, to another one or where its kind goes."""
    out = tmp_path / "out"
    choose(desk, out_folder=str(out))
    gone = f"file:{tmp_path / 'gone' / 'lp0'}"
    desk.settings.save(replace(desk.settings.load(), thermal=gone))
    number = register(desk).number.text
    desk.print_queue.cancel(desk.print_queue.open()[0].id)
    first, second, held = (desk.papers.enqueue(number, printer="thermal") for _ in range(3))
    desk.print_queue.hold(held.id)
    desk.print_queue.run()
    desk.print_queue.run()

    for job in (desk.print_queue.job(first.id), desk.print_queue.job(second.id)):
        assert (job.state, job.chosen) == ("waiting", "thermal")
        assert "можно отправить на другой" in (job.error or "")
    desk.print_queue.redirect(first.id, "folder")
    desk.print_queue.redirect(second.id)
    before = mark(desk.db)
    assert desk.print_queue.redirect(held.id, "folder").state == "held"
    assert mark(desk.db) != before  # the second place is to know of it
    desk.print_queue.run()
    desk.print_queue.run()

    states = [desk.print_queue.job(one.id).state for one in (first, second, held)]
    assert states == ["printed", "printed", "held"]
    assert copies_journalled(desk) == [1, 2]
    assert len(list(out.iterdir())) == 2
    with pytest.raises(JobBusy):
        desk.print_queue.redirect(first.id, "folder")  # it came out
    assert check_desk(desk).clean


def test_a_large_paper_is_the_same_at_every_printing(desk: Desk, tmp_path: Path) -> None:
    """16 pt from the queue, from a retry and to a file; the journal says so; no roll is so wide."""
    choose(desk, out_folder=str(tmp_path / "out"))
    number = register(desk).number.text
    usual = desk.print_queue.open()[0]
    desk.print_queue.cancel(usual.id)
    job = desk.papers.enqueue(number, "receipt", "thermal", large=True)
    desk.print_queue.run()
    failed = desk.print_queue.job(job.id)
    assert (failed.state, "Крупным" in (failed.error or "")) == ("failed", True)
    desk.print_queue.retry(job.id, "folder")
    desk.print_queue.run()

    out = (tmp_path / "out" / f"receipt-{number}-1.pdf").read_bytes()
    assert out == desk.papers.render(number, large=True)
    assert out == desk.print_queue.preview(job.id).pdf
    assert out != desk.papers.render(number)
    rows = [row.data for row in desk.journal.entries(0, 1000) if row.data is not None]
    (entry,) = [one for one in map(decode, rows) if one.kind == "paper.printed"]
    assert entry.body["large"] is True
    assert check_desk(desk).clean


def test_the_queue_survives_a_restart(made: DeskHome, tmp_path: Path) -> None:
    """What waits, is held or is doubtful is there at the next start and goes on."""
    with made.login() as desk:
        register(desk, seed=1)
        register(desk, seed=2)
        desk.print_queue.hold(desk.print_queue.open()[1].id)

    with made.login() as desk:
        assert [job.state for job in desk.print_queue.open()] == ["waiting", "held"]
        choose(desk, out_folder=str(tmp_path / "out"))
        desk.print_queue.run()
        assert [job.state for job in desk.print_queue.open()] == ["held"]


def test_a_queue_of_an_older_program_is_taken_over(made: DeskHome) -> None:
    """Its printings keep their number, copy, state and the title the spool knows them by."""
    with made.login() as desk:
        number = register(desk).number.text
        desk.papers.enqueue(number)
        desk.db.execute("DELETE FROM _sqlite_migrations WHERE migration_set = 'desk.print_queue'")
        desk.db.execute("CREATE TABLE kept AS SELECT * FROM print_job")
        desk.db.execute("DROP TABLE print_job")
        desk.db.execute("ALTER TABLE paper_content RENAME TO content")
        papers.m001_papers(desk.db)  # the table as it was then
        desk.db.execute("DROP TABLE paper_content")
        desk.db.execute("ALTER TABLE content RENAME TO paper_content")
        desk.db.execute(
            "INSERT INTO print_job (id, request_id, paper, copies, copy, state, sha256, at) "
            "SELECT id, request_id, paper, copies, copy, iif(id = 1, 'unknown', 'waiting'), "
            "iif(id = 1, 'ab', NULL), at FROM kept"
        )
        key = desk.key
    open_store(made.home, key).close()

    with made.login() as desk:
        old, waiting = desk.print_queue.open()
        assert (old.request_number, old.copy, old.state) == (number, 1, "unknown")
        assert (waiting.copy, waiting.state) == (2, "waiting")
        titles = desk.db.execute("SELECT title FROM print_job ORDER BY id").fetchall()
        assert titles == [(f"receipt-{number}-1",), (None,)]


def test_only_those_who_print_may_touch_the_queue(made: DeskHome) -> None:
    """The administrator keeps the machine and sees nobody's papers, but chooses printers."""
    with made.login() as desk:
        register(desk)
        (job,) = desk.print_queue.open()
        desk.operators.add("adminov", "Админов А. А.", Role.ADMINISTRATOR, "long admin words")
    with made.login("adminov", "long admin words") as admin:
        acts: tuple[Callable[[int], object], ...] = (
            admin.print_queue.hold,
            admin.print_queue.release,
            admin.print_queue.cancel,
            admin.print_queue.retry,
            admin.print_queue.confirm,
        )
        for act in acts:
            with pytest.raises(NotAllowed):
                act(job.id)
        admin.settings.save(replace(admin.settings.load(), out_folder=str(made.home.root)))
        assert "folder" in {one.name for one in admin.print_queue.printers()}
        admin.print_routes.save("receipt", Route(printer="desk"))


def test_routes_are_remembered_and_checked(desk: Desk) -> None:
    """A kind of paper has its printer; what makes no sense is refused with what it may be."""
    choose(desk, printer="hall")
    assert desk.print_routes.of("receipt").printer == "hall"
    desk.print_routes.save("receipt", Route(printer="desk", tray="tray-2", copies=2))
    assert desk.print_routes.of("receipt") == Route("desk", "tray-2", copies=2)
    assert desk.print_routes.copies("receipt") == 2

    for wrong in ({"copies": 21}, {"copies": -1}, {"tray": "a,sides=two"}, {"printer": "x" * 201}):
        with pytest.raises(SettingRefused):
            Route(**wrong)
    with pytest.raises(SettingRefused, match="одной стороне"):
        desk.print_routes.save("receipt", Route(duplex=True))
    with pytest.raises(SettingRefused, match="receipt"):
        desk.print_routes.save("telegram", Route())
    assert desk.print_routes.of("receipt").printer == "desk"


@pytest.mark.slow
def test_paper_goes_to_its_printer_and_tray(made: DeskHome, cups: CupsServer) -> None:
    """Trays and sides are discovered; the printer gets tray, copies and sides of the route."""
    with made.login() as desk:
        found = {printer.name: printer for printer in desk.print_queue.printers()}
        assert found["office"] == Printer(
            "office", "office у окна", trays=("tray-1", "tray-2"), duplex=True
        )
        choose(desk, printer="hall")
        desk.print_routes.save("receipt", Route("office", "tray-2", copies=3))
        number = register(desk).number.text
        (job,) = desk.print_queue.open()

        assert until(desk, job, "printed").printer == "office"

        title = f"receipt-{number}-1"
        assert [path.name for path in cups.printed(title)] == [f"{title}.3.1.pdf"]
        assert "media=A4,tray-2 " in cups.options(title)
        assert "sides=one-sided" in cups.options(title)


@pytest.mark.slow
def test_cupsd_killed_and_back_loses_and_doubles_nothing(made: DeskHome, cups: CupsServer) -> None:
    """Papers wait by themselves while it is dead; one handed over before is found, not resent."""
    with made.login() as desk:
        choose(desk, printer="desk")
        cups.run("cupsdisable", "desk")  # holds what it takes
        register(desk, seed=1)
        (before,) = desk.print_queue.open()
        desk.print_queue.run()
        assert desk.print_queue.job(before.id).state == "printing"
        cups.kill()
        register(desk, seed=2)
        during = desk.print_queue.open()[-1]
        desk.print_queue.run()
        waiting = desk.print_queue.job(during.id)
        assert (waiting.state, "не отвечает" in (waiting.error or "")) == ("waiting", True)
        assert desk.print_queue.job(before.id).state == "printing"

        cups.start()
        cups.run("cupsenable", "desk")

        assert until(desk, during, "printed").copy == 1
        assert until(desk, before, "printed").copy == 1
        assert len(list(cups.tray.glob("*.pdf"))) == 2
        assert copies_journalled(desk) == [1, 1]


@pytest.mark.slow
def test_a_job_at_the_printer_is_cancelled_there(made: DeskHome, cups: CupsServer) -> None:
    """Nothing comes out; what was begun is told; what came out cannot be cancelled."""
    with made.login() as desk:
        choose(desk, printer="desk")
        cups.hold()
        number = register(desk).number.text
        (job,) = desk.print_queue.open()
        until(desk, job, "printing")
        begun(desk, f"receipt-{number}-1")

        taken = desk.print_queue.cancel(job.id)
        assert (taken.state, taken.error) == ("cancelled", PART_OUT)

        cups.run("cupsdisable", "desk")
        job = desk.papers.enqueue(number)
        until(desk, job, "printing")
        taken = desk.print_queue.cancel(job.id)
        assert (taken.state, taken.error) == ("cancelled", None)

        cups.run("cupsenable", "desk")
        cups.release()
        again = desk.papers.enqueue(job.request_number)
        done = until(desk, again, "printed")
        assert done.copy == 1
        assert len(list(cups.tray.glob("*.pdf"))) == 1
        with pytest.raises(JobBusy):
            desk.print_queue.cancel(done.id)


@pytest.mark.slow
def test_a_paper_taken_back_while_it_was_printed_waits_for_a_person(
    made: DeskHome, cups: CupsServer, tmp_path: Path
) -> None:
    """A part may be out: it goes to another printer when somebody has looked into the tray."""
    with made.login() as desk:
        choose(desk, printer="desk", out_folder=str(tmp_path / "out"))
        cups.hold()
        number = register(desk).number.text
        (job,) = desk.print_queue.open()
        until(desk, job, "printing")
        begun(desk, f"receipt-{number}-1")

        with pytest.raises(JobBusy, match="Посмотрите в лоток"):
            desk.print_queue.redirect(job.id, "folder")

        for _ in range(3):
            desk.print_queue.run()
        doubtful = desk.print_queue.job(job.id)
        assert (doubtful.state, doubtful.error) == ("unknown", HALF_OUT)
        desk.print_queue.redirect(job.id, "folder")
        cups.release()
        assert until(desk, job, "printed").printer == "folder"
        assert list(cups.tray.glob("*.pdf")) == []
        assert copies_journalled(desk) == [1]


@pytest.mark.slow
def test_a_paper_begun_just_before_it_is_taken_back_waits_for_a_person(
    made: DeskHome, cups: CupsServer, tmp_path: Path
) -> None:
    """It waited when it was asked after and was being printed when it was cancelled."""
    with made.login() as desk:
        choose(desk, printer="desk", out_folder=str(tmp_path / "out"))
        cups.run("cupsdisable", "desk")
        cups.hold()
        register(desk)
        (job,) = desk.print_queue.open()
        until(desk, job, "printing")
        cancel = CupsSpool.cancel

        def late(spool: CupsSpool, title: str) -> bool:
            cups.run("cupsenable", "desk")
            begun(desk, title)
            return cancel(spool, title)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CupsSpool, "cancel", late)
            with pytest.raises(JobBusy, match="Посмотрите в лоток"):
                desk.print_queue.redirect(job.id, "folder")

        for _ in range(3):
            desk.print_queue.run()
        doubtful = desk.print_queue.job(job.id)
        assert (doubtful.state, doubtful.error) == ("unknown", HALF_OUT)
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_held_at_the_scheduler_it_stays_at_the_printer(made: DeskHome, cups: CupsServer) -> None:
    """A job somebody holds in CUPS is «печатается» for us until it is released there."""
    with made.login() as desk:
        choose(desk, printer="desk")
        cups.run("cupsdisable", "desk")
        register(desk)
        (job,) = desk.print_queue.open()
        desk.print_queue.run()
        cups.run("lp", "-i", "desk-1", "-H", "hold")
        cups.run("cupsenable", "desk")
        for _ in range(3):
            desk.print_queue.run()
        assert desk.print_queue.job(job.id).state == "printing"
        assert list(cups.tray.glob("*.pdf")) == []

        cups.run("lp", "-i", "desk-1", "-H", "resume")

        assert until(desk, job, "printed").copy == 1


@pytest.mark.slow
def test_doubt_is_resolved_by_the_title_without_a_second_paper(
    made: DeskHome, cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed over but not answered: the scheduler is asked by our id, and nothing is resent."""
    with made.login() as desk:
        choose(desk, printer="desk")
        cups.hold()
        use(cups.wrapped("lp", '"$REAL" "$@" >/dev/null; exit 1'), monkeypatch)
        register(desk)
        (job,) = desk.print_queue.open()
        desk.print_queue.run()
        doubtful = desk.print_queue.job(job.id)
        assert (doubtful.state, doubtful.error) == ("unknown", MAYBE)

        # impatient: the paper is still with the printer, so it is not sent again
        desk.print_queue.retry(job.id)
        desk.print_queue.run()
        assert desk.print_queue.job(job.id).error == KNOWN_THERE

        cups.release()
        assert until(desk, job, "printed").copy == 1
        assert len(list(cups.tray.glob("*.pdf"))) == 1
        assert copies_journalled(desk) == [1]


@pytest.mark.slow
def test_real_doubt_waits_for_a_person(
    made: DeskHome, cups: CupsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the scheduler knows nothing «возможно, напечатано» stays until somebody repeats it."""
    with made.login() as desk:
        choose(desk, printer="desk")
        path = os.environ["PATH"]
        dying = cups.wrapped("lp", f'kill -9 {cups.pid}; sleep 0.2; exec "$REAL" "$@"')
        use(dying, monkeypatch)
        number = register(desk).number.text
        (job,) = desk.print_queue.open()
        desk.print_queue.run()
        cups.kill()
        monkeypatch.setenv("PATH", path)
        cups.start()
        for _ in range(3):
            made.clock.pass_(600)
            desk.print_queue.run()
        assert desk.print_queue.job(job.id).state == "unknown"
        assert "возможно, напечатано" in desk.board.attention()[0].text
        assert list(cups.tray.glob("*.pdf")) == []

        desk.print_queue.retry(job.id)

        assert until(desk, job, "printed").copy == 1
        assert len(cups.printed(f"receipt-{number}-1")) == 1
        assert copies_journalled(desk) == [1]


@pytest.mark.slow
def test_a_paper_leaves_a_stopped_printer_for_another(
    made: DeskHome, cups: CupsServer, tmp_path: Path
) -> None:
    """It is taken back there first; while nobody can say where it is, nothing is sent."""
    with made.login() as desk:
        choose(desk, printer="desk", out_folder=str(tmp_path / "out"))
        cups.run("cupsdisable", "desk")
        number = register(desk).number.text
        (job,) = desk.print_queue.open()
        assert until(desk, job, "printing").error is None
        made.clock.pass_(61)
        desk.print_queue.run()
        assert desk.print_queue.job(job.id).error == WAITS_THERE

        cups.kill()
        with pytest.raises(PaperWhereabouts, match="Посмотрите в лоток"):
            desk.print_queue.redirect(job.id, "folder")
        doubtful = desk.print_queue.job(job.id)
        assert (doubtful.state, doubtful.error) == ("unknown", DOUBTFUL_THERE)
        cups.start()
        assert until(desk, job, "printing").error is None  # there it is again
        cups.kill()
        with pytest.raises(PaperWhereabouts, match="Посмотрите в лоток"):
            desk.print_queue.cancel(job.id)
        cups.start()
        moved = desk.print_queue.redirect(job.id, "folder")
        assert (moved.state, moved.chosen) == ("waiting", "folder")
        desk.print_queue.run()
        cups.run("cupsenable", "desk")
        other = desk.papers.enqueue(number, "application", "desk")

        until(desk, other, "printed")
        assert desk.print_queue.job(job.id).state == "printed"
        (out,) = (tmp_path / "out").iterdir()
        assert out.name == f"receipt-{number}-1.2.pdf"  # no old attempt is taken for this one
        assert len(list(cups.tray.glob("*.pdf"))) == 1  # the application, no receipt
        assert copies_journalled(desk) == [1, 1]
