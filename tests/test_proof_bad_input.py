"""Bad input met by the whole program: a sentence, an exit code, nothing lost or half done."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import forms.catalogue
from mfc_desk.audit import check_desk
from mfc_desk.errors import DONE, NO_LINK, PROBLEMS, STORE
from tests.centre_process import CentreProcess, shared_centre
from tests.command_line import ROOT, answers, mfc_desk
from tests.desk_home import PASSWORD, set_up_home
from tests.faults import LIES, LyingCentre
from tests.linked_desk import linked_desk
from tests.taking_requests import document_of, register

__all__ = ["shared_centre"]
SENTENCES = re.compile(r"[А-ЯЁ][^\n]*[а-яё][^\n]*[.!](\nЧто делать: [А-ЯЁ][^\n]*[.!])?")


@pytest.mark.slow
@pytest.mark.parametrize("lie", ["page of a hotel", "500", "garbage", "nothing"])
def test_sync_with_a_lying_centre_is_exit_three(
    tmp_path: Path, shared_centre: CentreProcess, lie: str
) -> None:
    """HTML, 500, garbage and nothing instead of the centre: no link, in words, and all is kept."""
    number = 1101 + list(LIES).index(lie)
    with linked_desk(tmp_path, shared_centre, number) as linked, LyingCentre(LIES[lie]) as liar:
        register(linked.desk, 2)
        linked.link.target = liar.port
        done = mfc_desk(
            linked.made.home.root, "sync", "--operator", "ivanova", "--json", code=NO_LINK
        )
        (told,) = answers(done)

        assert SENTENCES.fullmatch(done.stderr.decode().strip())
        assert b"\n" in done.stderr.strip()  # what happened, and the way on
        assert told["unsent"] == 2
        assert told["summary"] == "0 из 2 подтверждено центром"
        assert check_desk(linked.desk).faults == ()
        linked.link.target = shared_centre.port
        assert linked.exchange().error is None
        assert linked.at_centre() == linked.on_desk()


@pytest.mark.slow
def test_intake_on_a_full_disk_is_exit_four(tmp_path: Path) -> None:
    """The disk fills while a file is taken in: answered lines are kept, the next one is not."""
    made = set_up_home(tmp_path / "desk")
    with made.login() as desk:
        register(desk, 1)
        lines = "\n".join(json.dumps(document_of(desk, "soc-card", n)) for n in range(40))
    room = sum(file.stat().st_size for file in made.home.root.glob("desk.db*")) + 150_000

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    home = str(made.home.root)
    done = subprocess.run(
        [sys.executable, "-m", "mfc_desk", "--home", home, "--operator", "ivanova", "intake", "-"],
        cwd=ROOT,
        env={**os.environ, "MFC_DESK_PASSWORD": PASSWORD},
        input=lines.encode(),
        capture_output=True,
        preexec_fn=little_room,
        check=False,
        timeout=240,
    )
    given = [json.loads(line)["number"] for line in done.stdout.splitlines()]

    assert done.returncode == STORE
    assert SENTENCES.fullmatch(done.stderr.decode().strip())
    assert 1 < len(given) < 40
    with made.login() as desk:
        assert {row.number for row in desk.find.recent(100)} >= set(given)
        assert len(desk.find.recent(100)) == 1 + len(given)
        assert check_desk(desk).faults == ()
        register(desk, 1)


@pytest.mark.slow
def test_damaged_catalogue_is_named_whole_and_the_desk_works_on(tmp_path: Path) -> None:
    """Every mistake of a published catalogue is listed, and the desk takes requests without it."""
    made = set_up_home(tmp_path / "desk")
    packaged = Path(forms.catalogue.__file__).parent
    shutil.copytree(packaged, made.home.catalogue, ignore=shutil.ignore_patterns("*.py*"))
    services = sorted((made.home.catalogue / "services").glob("*.toml"))
    services[0].write_text("title = [", "utf-8")
    services[1].write_text('colour = "red"\n' + services[1].read_text("utf-8"), "utf-8")
    services[2].write_text(services[2].read_text("utf-8").replace('type = "', 'type = "x'), "utf-8")

    done = mfc_desk(made.home.root, "catalogue", "check", str(made.home.catalogue), code=PROBLEMS)
    named = (done.stdout + done.stderr).decode()

    assert all(file.name in named for file in services[:3])
    with made.login() as desk:
        document = json.dumps(document_of(desk, "soc-card", 1))
    taken = mfc_desk(
        *(made.home.root, "intake", "-", "--operator", "ivanova"),
        stdin=document.encode(),
        code=DONE,
    )
    assert "number" in answers(taken)[0]
