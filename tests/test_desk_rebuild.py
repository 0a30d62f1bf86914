"""A desk whose disk died, made anew from its second place and a real centre."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.cli.backup import recovery_key
from mfc_desk.desk import Desk
from mfc_desk.errors import AttachmentRefused, NotSetUp, RebuildRefused
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.recovery.rebuild import Rebuilt, Source, rebuild
from mfc_desk.recovery.returned_scans import fetch_scan
from mfc_desk.recovery.second_place import WRITE_EVERY
from mfc_desk.recovery.taking_over import SKIPPED_NUMBERS, Person
from mfc_desk.recovery.unjournalled import FOLDER
from mfc_desk.setup.setup import set_up
from mfc_desk.store.unjournalled import rows
from sync import ticket as tickets
from sync.carrier import OUTGOING
from sync.central.answers import PROBLEM, TICKET, Refusal
from sync.clock import SystemClock
from sync.entries import decode
from sync.errors import TicketInvalid, Unreachable
from sync.failpoint import EXIT_STATUS
from sync.ids import SystemRandom
from sync.keys import CentreKeys, DeviceKeys
from sync.unjournalled import read, seal
from tests.answering_server import Said, serving
from tests.centre_process import CentreProcess, shared_centre
from tests.command_line import mfc_desk
from tests.desk_home import CHEAP, IVANOVA, PASSWORD, DeskHome
from tests.linked_desk import LinkedDesk, linked_desk
from tests.paper_world import pages_text
from tests.taking_requests import SERVICES, register

__all__ = ["shared_centre"]

NUMBERS = count(8101)
PNG = b"\x89PNG\r\n\x1a\n" + b"a scan" * 50
WHO = Person("ivanova", "", PASSWORD)


@pytest.fixture
def linked(shared_centre: CentreProcess, tmp_path: Path) -> Iterator[LinkedDesk]:
    """A desk with two requests at the centre, answered, and two in the second place alone."""
    (tmp_path / "card").mkdir()
    with linked_desk(tmp_path, shared_centre, next(NUMBERS)) as linked:
        desk = linked.desk
        desk.operators.add("petrov", "Петров П. П.", Role.SPECIALIST, PASSWORD)
        register(desk, 2)
        desk.second_place.choose(str(tmp_path / "card"))
        assert linked.exchange().error is None
        register(desk, 2, seed=50)
        desk.second_place.keep()
        yield linked


def ticket_of(linked: LinkedDesk, *, restore: bool = True) -> bytes:
    """A new ticket of the same desk."""
    words = ("desk-code", "0101", str(linked.desk.desk_no), "--url", linked.centre.url)
    file = linked.made.home.root.parent / "again.mfct"
    linked.centre.command(*words, "--out", str(file), *(["--restore"] if restore else []))
    return file.read_bytes()


def die(linked: LinkedDesk) -> None:
    """The disk is gone."""
    linked.desk.close()
    shutil.rmtree(linked.made.home.root)


def again(linked: LinkedDesk, ticket: bytes, folder: Path | None, who: Person = WHO) -> Rebuilt:
    """Make the desk anew where it was."""
    made = linked.made
    return rebuild(
        made.home, Source(ticket), who, SystemClock(), SystemRandom(), place=folder, cost=CHEAP
    )


def opened(linked: LinkedDesk) -> Desk:
    """The desk on today's clock."""
    return DeskHome(linked.made.home, SystemClock(), SystemRandom()).login()  # type: ignore[arg-type]


def test_dead_disk_loses_nothing(linked: LinkedDesk, tmp_path: Path) -> None:
    """Requests, statuses, official numbers; what only the second place had is applied once."""
    before = linked.on_desk()
    known = {row.number: linked.desk.find.card(row.number) for row in linked.desk.find.recent(9)}
    assert len(linked.at_centre()) == 2
    die(linked)

    made = again(linked, ticket_of(linked), tmp_path / "card")

    assert (made.requests, made.left_files, made.missing_scans) == (4, (), 0)
    with opened(linked) as desk:
        assert sorted(row.number for row in desk.find.recent(9)) == before
        assert desk.exchange.run_once().error is None
        assert desk.exchange.summary().text == "4 из 4 подтверждено центром"
        for number, card in known.items():
            found = desk.find.card(number)
            assert found.row.number == number
            assert found.row.official_no or not card.row.official_no
            assert card.row.official_no in (None, found.row.official_no)
        assert check_desk(desk).faults == ()
        assert desk.second_place.view().folder == str(tmp_path / "card")
        fresh = register(desk, 1, seed=90)[0].number
        assert fresh.counter == 4 + SKIPPED_NUMBERS + 1
        desk.second_place.keep()
        epochs = {item.name.split("-")[1] for item in (tmp_path / "card" / OUTGOING).iterdir()}
        assert epochs == {str(desk.device.epoch)}
        assert desk.exchange.run_once().error is None
    assert linked.at_centre() == sorted([*before, fresh.text])
    assert linked.centre.lines("quarantine") == []
    assert linked.centre.verify()["faults"] == []


def test_a_desk_made_anew_prints_the_same_bytes(linked: LinkedDesk, tmp_path: Path) -> None:
    """Receipt, application, consent, label, act of comparing; a further one is the next copy."""
    with linked.made.login("petrov") as other:  # who comes back locked and with another role
        number = register(other, 1, seed=70)[0].number.text
    desk = linked.desk
    assert linked.exchange().error is None
    act = desk.reconciliation.compare().number
    wanted = [(number, "receipt"), (number, "application"), (number, "consent")]
    wanted += [(number, "case_label"), (act, "reconciliation_act")]
    for at, (subject, paper) in enumerate(wanted):
        desk.papers.save(subject, paper, tmp_path / f"{at}.pdf")
    before = [desk.papers.render(subject, paper) for subject, paper in wanted]
    assert (tmp_path / "1.pdf").read_bytes() == before[1]
    assert kept_papers(desk) == wanted[1:]
    assert linked.exchange().error is None
    die(linked)

    again(linked, ticket_of(linked), tmp_path / "card")

    with opened(linked) as desk:
        assert desk.exchange.run_once().error is None
        assert [desk.papers.render(subject, paper) for subject, paper in wanted] == before
        for at, (subject, paper) in enumerate(wanted):
            desk.papers.save(subject, paper, tmp_path / f"{at}-again.pdf")
            assert "КОПИЯ № 2" in "".join(pages_text((tmp_path / f"{at}-again.pdf").read_bytes()))
        assert desk.papers.enqueue(number, "application").copy == 3
        assert desk.reconciliation.compare().number > act
        assert check_desk(desk).faults == ()


def kept_papers(desk: Desk) -> list[tuple[str, str]]:
    """Number and kind of each paper whose words the journal holds."""
    rows = [row.data for row in desk.journal.entries(0, 100_000) if row.data is not None]
    bodies = [entry.body for entry in map(decode, rows) if entry.kind == "paper.kept"]
    return [(body["subject"], body["paper"]) for body in bodies]


def test_passwords_went_with_the_disk(linked: LinkedDesk, tmp_path: Path) -> None:
    """Who restores keeps the accounts and says a new name on stdin; the others wait for theirs."""
    ticket_of(linked)
    die(linked)
    words = ["restore", "--from-centre", "--ticket", str(tmp_path / "again.mfct")]
    words += ["--operator", "novikova", "--second-place", str(tmp_path / "card")]
    mfc_desk(linked.made.home.root, *words, stdin="Новикова Н. Н.\n".encode())

    made = DeskHome(linked.made.home, SystemClock(), SystemRandom())  # type: ignore[arg-type]
    with made.login("novikova") as desk:
        assert desk.operator.name == "Новикова Н. Н."
        assert {one.login: one.locked for one in desk.operators.list()} == {
            "ivanova": True,
            "novikova": False,
            "petrov": True,
        }
        assert check_desk(desk).faults == ()
        desk.operators.add("petrov", "Петров П. П.", Role.SPECIALIST, "another good one")
    with made.login("petrov", "another good one") as desk:
        assert desk.operator.role is Role.SPECIALIST


def test_scans_come_back_or_are_named(linked: LinkedDesk, tmp_path: Path) -> None:
    """One is at the centre, one in the second place; damaged there or in neither is told of."""
    desk = linked.desk
    number = desk.find.recent(1)[0].number
    damaged = None
    for n in range(4):
        page = tmp_path / f"page{n}.png"
        page.write_bytes(PNG + bytes([n]))
        scan = desk.attachments.add(number, page)
        if n == 0:
            assert linked.exchange().error is None
        if n in {1, 2}:
            desk.second_place.keep()
        if n == 2:
            damaged = tmp_path / "card" / "scans" / f"{scan.sha256}.age"
    with desk.db.atomic():  # its entry is in the second place, its file is not
        desk.record("access", {"what": "search"})
    desk.second_place.keep()
    (tmp_path / "card" / "scans" / f"{scan.sha256}.age").unlink()
    assert damaged is not None
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    die(linked)

    made = again(linked, ticket_of(linked), tmp_path / "card")

    assert (made.missing_scans, made.damaged_scans) == (2, (damaged.name,))
    with opened(linked) as desk:
        assert desk.exchange.run_once().scans == 1
        faults = check_desk(desk).faults
        assert len(faults) == 2
        assert all("приложите снова" in fault.text for fault in faults)


@pytest.fixture
def unmet(shared_centre: CentreProcess, tmp_path: Path) -> Iterator[LinkedDesk]:
    """A desk set up from a file whose centre has never heard of it; two requests in its card."""
    (tmp_path / "card").mkdir()
    with linked_desk(tmp_path, shared_centre, next(NUMBERS)) as linked:
        register(linked.desk, 2)
        linked.desk.second_place.choose(str(tmp_path / "card"))
        linked.desk.second_place.keep()
        yield linked


def test_desk_the_centre_never_met_comes_back_too(unmet: LinkedDesk, tmp_path: Path) -> None:
    """What enrols it stands in the second place, and goes before its batches."""
    before = unmet.on_desk()
    die(unmet)

    made = again(unmet, ticket_of(unmet), tmp_path / "card")

    assert (made.requests, made.left_files) == (2, ())
    with opened(unmet) as desk:
        assert sorted(row.number for row in desk.find.recent(9)) == before
        desk.second_place.keep()
        assert list((tmp_path / "card" / OUTGOING).glob("*.mfcq")) == []
        assert check_desk(desk).faults == ()
    assert unmet.at_centre() == before


def test_batches_of_a_stranger_are_left_only_when_told(unmet: LinkedDesk, tmp_path: Path) -> None:
    """Without that question nothing is enrolled unasked; told to, it ends and names the files."""
    outgoing = tmp_path / "card" / OUTGOING
    (question,) = outgoing.glob("*.mfcq")
    question.unlink()
    batches = sorted(one.name for one in outgoing.iterdir())
    ticket = ticket_of(unmet)
    die(unmet)
    with pytest.raises(RebuildRefused, match=r"carry in .* --leave-refused") as refused:
        again(unmet, ticket, tmp_path / "card")
    assert batches[0] in str(refused.value)

    source, clock, random = Source(ticket), SystemClock(), SystemRandom()
    card, home = tmp_path / "card", unmet.made.home
    made = rebuild(home, source, WHO, clock, random, place=card, leave_refused=True, cost=CHEAP)

    assert (made.requests, list(made.refused_files)) == (0, batches)
    with opened(unmet) as desk:
        desk.second_place.keep()
    assert set(batches) <= {one.name for one in outgoing.iterdir()}


def test_busy_centre_is_asked_again(linked: LinkedDesk, tmp_path: Path) -> None:
    """Nothing is noted and nothing enrolled: the same call later loses nothing."""
    busy, said = Refusal("busy", retry_after=5).answer(), Said()
    said.set(busy.status, busy.body, PROBLEM)
    ticket = ticket_of(linked)
    with serving(said) as port:
        url, file = f"http://127.0.0.1:{port}", tmp_path / "busy.mfct"
        words = ("desk-code", "0101", str(linked.desk.desk_no), "--url", url, "--restore")
        linked.centre.command(*words, "--out", str(file))
        die(linked)
        with pytest.raises(Unreachable, match="повторите ту же команду"):
            again(linked, file.read_bytes(), tmp_path / "card")
    assert {path for _, path, *_ in said.asked} == {"/v1/batches"}

    made = again(linked, ticket, tmp_path / "card")
    assert (made.requests, made.left_files) == (4, ())


def test_what_answers_for_the_centre_gives_it_no_other_keys(
    linked: LinkedDesk, tmp_path: Path
) -> None:
    """A ticket handed over by a person says whom to trust; one by net with its place does not."""
    said, file = Said(), tmp_path / "handed-over.mfct"
    stranger = CentreKeys.generate(SystemRandom())
    with serving(said) as port:
        url = f"http://127.0.0.1:{port}"
        words = ("desk-code", "0101", str(linked.desk.desk_no), "--url", url, "--restore")
        linked.centre.command(*words, "--out", str(file))
        forged = replace(
            tickets.read(file.read_bytes()),
            signing_keys=(stranger.public,),
            age_recipients=(stranger.recipient,),
        )
        said.set(201, tickets.write(forged, stranger), TICKET)
        die(linked)
        with pytest.raises(RebuildRefused, match="чужим билетом"):
            again(linked, file.read_bytes(), None)
    assert {path for _, path, *_ in said.asked} == {"/v1/enrol"}


AT_EACH_STEP = [
    "refill.committed",
    *(
        pytest.param(point, marks=pytest.mark.full)
        for point in (
            "rebuild.handed-in",
            "rebuild.keys-placed",
            "rebuild.fetched",
            "rebuild.uncommitted",
            "rebuild.enrolled",
            "refill.uncommitted",
            "rebuild.refilled",
            "rebuild.local",
            "rebuild.filled",
            "rebuild.moved",
        )
    ),
]


@pytest.mark.parametrize("point", AT_EACH_STEP)
def test_killed_anywhere_the_same_command_goes_on(
    linked: LinkedDesk, tmp_path: Path, point: str
) -> None:
    """Dead at every step; run again it ends with everything in place and nothing in quarantine."""
    before = linked.on_desk()
    ticket = tmp_path / "again.mfct"
    ticket_of(linked)
    die(linked)
    words = ["restore", "--from-centre", "--ticket", str(ticket), "--operator", "ivanova"]
    words += ["--second-place", str(tmp_path / "card"), "--json"]
    words += ["--recovery-key", str(recovery_file(linked))]

    mfc_desk(linked.made.home.root, *words, code=EXIT_STATUS, fail=f"{point}:1")
    told = json.loads(mfc_desk(linked.made.home.root, *words).stdout)

    assert (told["requests"], told["confirmed"], told["left_files"]) == (4, 4, [])
    assert not (linked.made.home.root / "rebuild.part").exists()
    with opened(linked) as desk:
        assert check_desk(desk).faults == ()
    assert linked.at_centre() == before
    assert linked.centre.lines("quarantine") == []


def test_by_a_dictated_code_without_a_second_place(linked: LinkedDesk) -> None:
    """What the centre has comes back; numbers of what was on the dead disk alone are not used."""
    die(linked)
    done = linked.centre.lines("desk-code", "0101", str(linked.desk.desk_no), "--restore")[0]
    source = Source(None, linked.centre.url, str(done["code"]))
    made = rebuild(linked.made.home, source, WHO, SystemClock(), SystemRandom(), cost=CHEAP)

    assert made.requests == 2
    with opened(linked) as desk:
        assert register(desk, 1, seed=90)[0].number.counter > 4


def test_ordinary_ticket_gives_nothing_back(linked: LinkedDesk, tmp_path: Path) -> None:
    """It is refused before it is used up; and one for restoring makes no empty desk."""
    ordinary, restoring = ticket_of(linked, restore=False), ticket_of(linked)
    die(linked)
    with pytest.raises(RebuildRefused, match="--restore"):
        again(linked, ordinary, tmp_path / "card")
    made = linked.made
    with pytest.raises(TicketInvalid, match="restore --from-centre"):
        set_up(made.home, restoring, IVANOVA, PASSWORD, SystemClock(), SystemRandom(), CHEAP)
    assert again(linked, restoring, tmp_path / "card").requests == 4


def test_standing_desk_is_not_replaced_by_mistake(linked: LinkedDesk, tmp_path: Path) -> None:
    """--replace is said, and the old one is moved aside whole; without a link nothing changes."""
    ticket = ticket_of(linked)
    linked.desk.close()
    with pytest.raises(RebuildRefused, match="--replace"):
        again(linked, ticket, tmp_path / "card")
    linked.centre.stop()
    try:
        made, clock, random = linked.made, SystemClock(), SystemRandom()
        with pytest.raises(Unreachable):
            rebuild(made.home, Source(ticket), WHO, clock, random, replace_desk=True, cost=CHEAP)
    finally:
        linked.centre.restart()
    linked.made.login().close()
    done = rebuild(made.home, Source(ticket), WHO, clock, random, replace_desk=True, cost=CHEAP)
    assert done.moved_to is not None
    DeskHome(type(made.home)(done.moved_to), made.clock, made.random).login().close()


def test_nothing_begun_is_no_desk(linked: LinkedDesk, tmp_path: Path) -> None:
    """Refused at once, the folder is as empty as before."""
    die(linked)
    with pytest.raises(RebuildRefused):
        again(linked, ticket_of(linked, restore=False), None)
    with pytest.raises(NotSetUp):
        opened(linked)
    assert not (tmp_path / "desk").exists()


def recovery_file(linked: LinkedDesk) -> Path:
    """The key that opens what is local, as the centre wrote it."""
    return linked.centre.home / "recovery-key.txt"


def test_what_is_local_comes_back_with_the_recovery_key(linked: LinkedDesk, tmp_path: Path) -> None:
    """Drafts, settings, papers that wait, and the key of scans the centre has; shown afterwards."""
    desk = linked.desk
    number = desk.find.recent(1)[0].number
    page = tmp_path / "page.png"
    page.write_bytes(PNG)
    scan = desk.attachments.add(number, page)
    assert linked.exchange().error is None
    draft = desk.intake.begin(SERVICES[0])
    desk.intake.save(draft)
    desk.settings.save(replace(desk.settings.load(), theme="dark", autolock_minutes=7))
    waiting = [job for job in desk.print_queue.open() if job.state == "waiting"]
    assert waiting
    assert desk.second_place.due(desk.clock.now() + WRITE_EVERY)
    desk.second_place.keep()
    assert not desk.second_place.due(desk.clock.now() + WRITE_EVERY)
    ticket_of(linked)
    die(linked)
    words = ["restore", "--from-centre", "--ticket", str(tmp_path / "again.mfct")]
    words += ["--operator", "ivanova", "--second-place", str(tmp_path / "card"), "--json"]
    words += ["--recovery-key", str(recovery_file(linked))]

    told = json.loads(mfc_desk(linked.made.home.root, *words).stdout)

    assert (told["drafts"], told["papers"], told["local"]) == (1, len(waiting), True)
    with opened(linked) as desk:
        assert [one.id for one in desk.intake.drafts()] == [draft.id]
        kept = desk.settings.load()
        assert (kept.theme, kept.autolock_minutes) == ("dark", 7)
        assert kept.second_place == str(tmp_path / "card")
        states = {job.state for job in desk.print_queue.open()}
        assert states == {"held"}
        with pytest.raises(AttachmentRefused, match="есть в центре"):
            desk.attachments.content(scan.sha256)
        fetch_scan(desk, scan.sha256)
        assert desk.attachments.content(scan.sha256) == PNG
        view = desk.restored.view()
        assert view is not None
        assert (view.lacks, "черновики (1)" in view.text) == ((), True)
        desk.second_place.keep()
        (local,) = (tmp_path / "card" / FOLDER).iterdir()
        assert str(desk.device.epoch) in local.name
        assert check_desk(desk).faults == ()


def test_what_is_local_can_be_brought_later_and_is_nobody_elses(
    linked: LinkedDesk, tmp_path: Path
) -> None:
    """Made anew without the key, with another key, from a forged file; then rightly."""
    desk, card = linked.desk, tmp_path / "card"
    desk.intake.save(desk.intake.begin(SERVICES[0]))
    desk.second_place.keep()
    (file,) = (card / FOLDER).iterdir()
    genuine, sealed = file.read_bytes(), read(file.read_bytes())
    stranger, recipient = DeviceKeys.generate(SystemRandom()), ticket_in_use(desk)
    assert recipient is not None
    where = {"server": sealed.server, "desk": sealed.desk, "epoch": sealed.epoch}
    forged = seal(
        rows(desk.db),
        stranger,
        recipient.recovery_recipient,
        at=sealed.at,
        **where,  # type: ignore[arg-type]
    )
    ticket = ticket_of(linked)
    die(linked)
    made, clock, random = linked.made, SystemClock(), SystemRandom()
    with pytest.raises(RebuildRefused, match="Ключ восстановления не открывает"):
        rebuild(
            made.home, Source(ticket), WHO, clock, random, place=card, recovery=stranger.identity
        )
    again_made = again(linked, ticket, card)
    assert again_made.report is not None
    assert (again_made.report.local_at, again_made.local_waits) == (None, True)
    identity = recovery_key(recovery_file(linked))
    with opened(linked) as desk:
        desk.second_place.keep()
        assert file.exists()
        view = desk.restored.view()
        assert view is not None
        assert "--bring-back" in view.lacks[0].text
        file.write_bytes(forged)
        assert not desk.restored.bring_local(card, identity)
        assert desk.intake.drafts() == ()
        file.write_bytes(genuine)
        assert desk.restored.bring_local(card, identity)
        assert len(desk.intake.drafts()) == 1
        assert desk.restored.bring_local(card, identity)
        assert len(desk.intake.drafts()) == 1
        view = desk.restored.view()
        assert view is not None
        assert view.lacks == ()
        desk.second_place.keep()
        assert not file.exists()
