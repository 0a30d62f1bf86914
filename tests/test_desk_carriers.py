"""A desk whose only way to its centre is a folder: the real programs on both sides."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mfc_desk.__main__ import main
from mfc_desk.audit import check_desk
from mfc_desk.errors import DONE, PROBLEMS, STORE, TrainingDesk
from mfc_desk.exchange.carrier_words import in_lines, out_lines
from sync.batch import packaged_dictionaries
from sync.carried import TakenOut
from sync.carrier import CATALOGUES, INCOMING, OUTGOING, Carrier
from sync.errors import CarrierGone, ExchangeRunning
from sync.lock import LockFile
from tests.centre_process import CentreProcess, centre
from tests.command_line import answers, mfc_desk
from tests.desk_home import PASSWORD, DeskHome, set_up_home
from tests.linked_desk import LinkedDesk, linked_desk
from tests.personal_data import Scanner, personal_strings
from tests.taking_requests import SERVICES, document_of
from tests.test_desk_catalogues import edition
from tests.test_desk_published import publish_as_is

__all__ = ["centre"]
REQUESTS = 3
LOGIN = ("--operator", "ivanova", "--json")


@pytest.fixture
def cut_off(tmp_path: Path, centre: CentreProcess) -> Iterator[LinkedDesk]:
    """A desk whose link is down from the first day."""
    with linked_desk(tmp_path, centre, 317) as linked:
        linked.link.take_down()
        yield linked


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_day_without_a_link_is_confirmed_by_stick_and_nothing_on_it_is_personal(
    cut_off: LinkedDesk, stick: Path, tmp_path: Path
) -> None:
    """Out, to the centre that goes on serving, back; then the whole of it once more."""
    desk, home = cut_off.desk, cut_off.made.home.root
    documents = [document_of(desk, SERVICES[n], n) for n in range(REQUESTS)]
    for document in documents:
        desk.intake.register_document(document)
    number = desk.find.recent(1)[0].number
    personal = personal_strings({"all": documents})
    scan = tmp_path / f"{personal[0]}.pdf"
    scan.write_bytes(b"%PDF-1.7\n" + " ".join(personal).encode())
    desk.attachments.add(number, scan)

    (out,) = answers(mfc_desk(home, "carry", "out", str(stick), *LOGIN))
    assert (out["batches"], out["scans"], out["failure"]) == (1, 1, None)
    view = desk.exchange.view()
    assert (view.unsent, view.carried, view.on_this_disk_only) == (REQUESTS,) * 3
    (batch,) = desk.exchange.batches()
    assert batch.state == "waiting"
    assert "передано на носитель" in batch.text
    assert desk.exchange.summary().text == f"0 из {REQUESTS} подтверждено центром"

    command = ("carry", "in", str(stick))
    (sealed,) = (stick / OUTGOING).glob("*.mfcb")
    with damaged(sealed):
        done = cut_off.centre.command(*command, check=False)
        assert done.returncode == PROBLEMS
        assert f"Не принят {sealed.name}" in done.stdout
        first = desk.carriers.take_in(stick)
        assert (first.confirmed, len(first.scans)) == (0, 1)  # the scan did not wait for it
        assert first.reconciled is not None
        assert first.reconciled.startswith(f"0 из {out['entries']} подтверждено; не отправлено")
    (taken,) = cut_off.centre.lines(*command)
    assert (taken["stored"], taken["scans"], taken["enrolled"]) == (1, 1, 0)
    assert (taken["desks"], taken["passed_over"]) == ([317], [])
    dictionaries = [one.data for one in packaged_dictionaries().values()]
    assert Scanner(personal, dictionaries).folder(stick) == []
    assert len(list(stick.rglob("*.mfc?"))) >= 5

    (receipt,) = stick.rglob("*.mfcr")
    with damaged(receipt):
        done_here = mfc_desk(home, "carry", "in", str(stick), *LOGIN, code=PROBLEMS)
        (told,) = answers(done_here)
        assert [one["file"] for one in told["damaged"]] == [receipt.name]
        assert told["unsent"] == REQUESTS
        assert told["reconciled"] == f"{out['entries']} из {out['entries']} подтверждено"
    (back,) = answers(mfc_desk(home, "carry", "in", str(stick), *LOGIN))
    assert back["confirmed"] == out["entries"]
    assert (back["damaged"], back["frozen"]) == ([], None)
    assert back["summary"] == f"{REQUESTS} из {REQUESTS} подтверждено центром"
    assert [one.state for one in desk.attachments.of_request(number)] == ["stored"]
    assert cut_off.at_centre() == cut_off.on_desk()

    again = cut_off.centre.lines(*command)[0]
    assert (again["stored"], again["enrolled"]) == (0, 0)
    twice = desk.carriers.take_in(stick)
    made = desk.reconciliation.latest()
    assert made is not None
    assert made.equal
    assert twice.reconciled is not None
    assert desk.carriers.take_in(stick).reconciled is None
    assert (twice.confirmed, twice.events, twice.damaged) == (0, 0, [])
    assert "уже есть" in " ".join(in_lines(twice))
    assert check_desk(desk).clean
    assert cut_off.at_centre() == cut_off.on_desk()


def test_published_catalogue_comes_by_stick_and_a_faulty_one_is_turned_down(
    cut_off: LinkedDesk, stick: Path
) -> None:
    """No link ever: damaged on the stick it is named and waits; whole, in use; faulty, refused."""
    desk, command = cut_off.desk, ("carry", "in", str(stick))
    cut_off.centre.command("publish", str(edition(cut_off.made, "2027.01", 8)))
    desk.carriers.out(stick)
    cut_off.centre.lines(*command)
    (archive,) = (stick / INCOMING).glob(f"*{CATALOGUES}")
    before = desk.catalogue.digest
    with damaged(archive):
        taken = desk.carriers.take_in(stick)
        assert [one.name for one in taken.damaged] == [archive.name]
        assert desk.catalogue.digest == before

    taken = desk.carriers.take_in(stick)

    assert (taken.catalogue, desk.catalogue.version) == ("2027.01", "2027.01")
    assert "2027.01" in " ".join(in_lines(taken))
    assert desk.carriers.take_in(stick).catalogue is None
    good = desk.catalogue.digest
    faulty = io.BytesIO()
    with zipfile.ZipFile(faulty, "w") as packed:
        packed.writestr("services/none.toml", "title = 1")
    publish_as_is(cut_off.centre, desk.desk_no, faulty.getvalue(), "f" * 64)
    desk.carriers.out(stick)
    cut_off.centre.lines(*command)
    (only,) = (stick / INCOMING).glob(f"*{CATALOGUES}")
    assert only.name != archive.name
    assert desk.carriers.take_in(stick).catalogue is None
    assert desk.catalogue.digest == good
    assert any("не принят" in row.text for row in desk.board.attention())
    assert check_desk(desk).clean


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """One bit of a file, flipped meanwhile."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-30] + bytes([whole[-30] ^ 1]) + whole[-29:])
    yield
    path.write_bytes(whole)


@pytest.fixture
def alone(tmp_path: Path) -> DeskHome:
    """A desk nobody answers."""
    return set_up_home(tmp_path / "alone")


def test_full_or_absent_stick_is_said_with_its_exit_code(alone: DeskHome, tmp_path: Path) -> None:
    """The command line of the desk; a disk of 64 KB, where this machine lets us mount one."""
    home = alone.home.root
    done = mfc_desk(home, "carry", "out", str(tmp_path / "none"), *LOGIN, code=STORE)
    assert "Папки нет" in done.stderr.decode()
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        with suppress(OSError), (small / "ballast").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        done = mfc_desk(home, "carry", "out", str(small), *LOGIN, code=STORE)
        assert json.loads(done.stdout)["failure"] == "carrier-full"
        assert "нет места" in done.stderr.decode()
        assert Carrier(small).names(OUTGOING) == []
        with alone.login() as desk:
            assert [row.text for row in desk.exchange.batches()] == ["2 ждут подтверждения"]
            (small / "ballast").unlink()
            assert desk.carriers.out(small).failure is None
            assert "на носитель" in desk.exchange.batches()[0].text
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_somebody_who_looks_is_told_how_far_it_is(
    alone: DeskHome, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the steps go by on one line and are wiped before the answer; else nothing."""
    words = ["--home", str(alone.home.root), "carry", "out", str(stick), *LOGIN]
    assert "записи" not in mfc_desk(alone.home.root, *words[2:]).stderr.decode()
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    near, far = os.openpty()
    with os.fdopen(far, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        assert main(words) == DONE
    said = b""
    with suppress(OSError):  # the end of what the terminal was told
        while part := os.read(near, 65536):
            said += part
    os.close(near)
    assert "записи: 2 из 2" in said.decode()


def test_training_desk_carries_nothing_and_a_running_exchange_is_not_disturbed(
    alone: DeskHome, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mfc_desk.exchange.carriers.PATIENCE_S", 0.3)
    with alone.login() as desk, LockFile(desk.home.exchange_lock) as lock:
        assert lock.take()
        with pytest.raises(ExchangeRunning, match=r"Ctrl\+T"):
            desk.carriers.take_in(stick)
        with pytest.raises(CarrierGone):
            desk.carriers.out(stick / "none")
        desk.device = replace(desk.device, ticket_file=None)
        for act in (desk.carriers.out, desk.carriers.take_in):
            with pytest.raises(TrainingDesk):
                act(stick)


def test_words_never_call_custody_delivery(alone: DeskHome, stick: Path) -> None:
    with alone.login() as desk:
        desk.intake.register_document(document_of(desk, SERVICES[0], 0))
        words = " ".join(out_lines(desk.carriers.out(stick)))
        assert "не доставка" in words
        assert "подтвержд" not in words
        stopped = out_lines(desk.carriers.out(stick, stop=lambda: True))
        assert "Остановлено" in " ".join(stopped)
        assert "Ответов центра для этого места" in in_lines(desk.carriers.take_in(stick))[0]
    assert "Нового для центра нет" in out_lines(TakenOut())[0]
