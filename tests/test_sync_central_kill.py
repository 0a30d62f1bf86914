"""A centre that dies at the worst moment: what it answered is there, the rest comes again once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
import requests

from sync import receipt
from tests.centre_process import CentreProcess
from tests.centre_world import HandDesk, desk_of
from tests.forked import ROOT
from tests.killed_centre import KilledCentre

A_DESK = 40
"""Kills the journal of one desk lives through; then a new one, so that the checks stay quick."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    """A centre the tests of this file kill in turns, each with a desk of its own."""
    process = CentreProcess.start(tmp_path_factory.mktemp("killed-centre"))
    yield process
    process.stop()


@pytest.fixture
def desk(centre: CentreProcess, request: pytest.FixtureRequest) -> HandDesk:
    """A desk enrolled at the running centre, with four requests in its journal."""
    if not centre.running:
        centre.restart()
    number = 1 + crc32(request.node.name.encode()) % 99_000
    desk = desk_of(centre.ticket(number), centre.url)
    desk.register(4)
    return desk


def dies(desk: HandDesk, data: bytes) -> None:
    """Post to a centre that dies before it answers."""
    with pytest.raises(requests.ConnectionError):
        desk.post(data)


@pytest.mark.parametrize(
    ("point", "status"),
    [("centre.append.before-commit", 201), ("centre.append.after-commit", 200)],
)
def test_a_batch_survives_the_death_of_the_centre(
    centre: CentreProcess, desk: HandDesk, point: str, status: int
) -> None:
    """Killed before the commit: 201 on the retry; after it: 200 with the receipt. Once in all."""
    data = desk.seal(1, 4)
    centre.restart(fail=f"{point}:1")
    dies(desk, data)
    assert centre.wait_for_end() == 137
    centre.restart()

    first, again = desk.post(data), desk.post(data)

    assert (first.status_code, again.status_code) == (status, 200)
    assert first.content == again.content
    assert receipt.read_verified(first.content, desk.ticket.publics).to == 4
    assert [body["outcome"] for body in desk.results(4).values()] == ["applied"] * 4
    assert len([line for line in centre.export() if line["desk"] == desk.desk]) == 4
    assert centre.verify()["faults"] == []


@pytest.mark.parametrize("point", ["centre.apply.before-commit", "centre.apply.after-commit"])
def test_outcomes_survive_the_death_of_the_centre(
    centre: CentreProcess, desk: HandDesk, point: str
) -> None:
    """Killed while it registers: after the restart each request is registered once, told once."""
    centre.restart(fail=f"{point}:1")
    desk.post(desk.seal(1, 4))
    assert centre.wait_for_end() == 137
    centre.restart()

    results = desk.results(4)

    assert [body["outcome"] for body in results.values()] == ["applied"] * 4
    assert len({body["official_no"] for body in results.values()}) == 4
    assert len(desk.events(want=100, wait=0)) == 4
    assert centre.verify()["faults"] == []


@pytest.mark.parametrize("point", ["centre.park.before-commit", "centre.park.after-commit"])
def test_a_parked_batch_survives_the_death_of_the_centre(
    centre: CentreProcess, desk: HandDesk, point: str
) -> None:
    """An early batch is parked or not, never half; all are stored once the gap closes."""
    centre.restart(fail=f"{point}:1")
    dies(desk, desk.seal(3, 4))
    assert centre.wait_for_end() == 137
    centre.restart()

    assert desk.post(desk.seal(3, 4)).status_code == 202
    assert desk.post(desk.seal(1, 2)).status_code == 201
    assert desk.stream()["have"] == 4


def test_death_between_closing_the_gap_and_the_parked_batch(
    centre: CentreProcess, desk: HandDesk
) -> None:
    """Killed right after the gap closed: the parked batch is stored at the next start."""
    assert desk.post(desk.seal(3, 4)).status_code == 202
    centre.restart(fail="centre.append.after-commit:1")
    dies(desk, desk.seal(1, 2))
    assert centre.wait_for_end() == 137
    centre.restart()

    assert desk.stream()["have"] == 4


@pytest.mark.parametrize("point", ["centre.bind.before-commit", "centre.bind.after-commit"])
def test_enrolment_survives_the_death_of_the_centre(centre: CentreProcess, point: str) -> None:
    """The same keys enrol again with the same code, whether or not the first try was kept."""
    if not centre.running:
        centre.restart()
    number = 99_001 + (point == "centre.bind.after-commit")
    desk = desk_of(centre.ticket(number), centre.url, enrolled=False)
    centre.restart(fail=f"{point}:1")
    with pytest.raises(requests.ConnectionError):
        desk.enrol()
    assert centre.wait_for_end() == 137
    centre.restart()

    assert [desk.enrol().status_code for _ in range(2)] == [201, 201]
    desk.register(1)
    assert desk.post(desk.seal(1, 1)).status_code == 201


def killed_at_random(folder: Path, kills: int, seed: int) -> None:
    """SIGKILL at any moment of a busy hour: every receipt stands, every request is there once."""
    centre = KilledCentre.start(folder)
    moments = random.Random(seed)
    for number in range(1, 1 + -(-kills // A_DESK)):
        desk = desk_of(centre.ticket(number), centre.url)
        receipted = 0
        for _ in range(min(A_DESK, kills - A_DESK * (number - 1))):
            desk.register(3)
            timer = threading.Timer(moments.uniform(0.0, 0.03), centre.kill)
            timer.start()
            try:
                answer = desk.post(desk.seal(receipted + 1, len(desk.journal)))
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                answer = None
            timer.join()
            if answer is not None:
                assert answer.status_code in {200, 201}, answer.text
                receipted = receipt.read_verified(answer.content, desk.ticket.publics).to
            centre.restart()
            told = desk.stream()
            assert told["have"] >= receipted
            assert told["head"] == desk.head(told["have"]).hex()
        if receipted < len(desk.journal):
            assert desk.post(desk.seal(receipted + 1, len(desk.journal))).status_code in {200, 201}

        results = desk.results(len(desk.journal))

        assert {body["outcome"] for body in results.values()} == {"applied"}
        assert len(desk.events(want=10_000, wait=0)) == len(desk.journal)
        numbers = [line["number"] for line in centre.export() if line["desk"] == desk.desk]
        assert len(numbers) == len(set(numbers)) == len(desk.journal)
    assert centre.verify()["faults"] == []
    centre.kill()


@pytest.mark.slow
def test_random_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """Forty kills of a centre that takes, stores and applies."""
    killed_at_random(tmp_path, 40, seed=7)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_thousand_random_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """The same for 1 000 kills."""
    killed_at_random(tmp_path, 1000, seed=2026)


def test_it_stops_in_good_order(centre: CentreProcess) -> None:
    """SIGTERM: exit code 0, the log folded into the file."""
    centre.restart()

    assert centre.stop() == 0
    wal = centre.home / "centre.db-wal"
    assert not wal.exists() or wal.stat().st_size == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the child in /proc")
def test_it_ends_with_whoever_started_it(centre: CentreProcess) -> None:
    """`--stop-with-stdin`: the parent dies of SIGKILL, the centre does not outlive it."""
    centre.stop()
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; "
            "from tests.centre_process import CentreProcess; "
            "centre = CentreProcess(Path(sys.argv[1])); centre.restart(); "
            "print(centre.process.pid, flush=True); time.sleep(600)",
            str(centre.folder),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait(60)
    parent.stdout.close()

    assert ended(child)


def ended(process: int) -> bool:
    """Whether a process ends before long; a dead one nobody reaped counts."""
    status = Path(f"/proc/{process}/stat")
    for _ in range(2400):
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        threading.Event().wait(0.05)
    return False


def test_a_second_centre_in_one_folder_is_refused(centre: CentreProcess) -> None:
    """`serve` in a folder that is being served: exit code 4 and the reason; the first goes on."""
    centre.restart()

    done = centre.command("serve", "--port", "0", check=False)

    assert done.returncode == 4
    assert "уже запущен" in done.stderr
    assert centre.running


def test_a_taken_port_is_named(centre: CentreProcess, tmp_path: Path) -> None:
    """A port somebody else listens on: exit code 1 and what to do."""
    centre.restart()
    other = CentreProcess(tmp_path)

    done = other.command("serve", "--port", str(centre.port), check=False)

    assert done.returncode == 1
    assert "--port" in done.stderr
