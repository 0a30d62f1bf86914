"""A computer whose CMOS battery is dead: TLS to the pinned centre works, deadlines are true.

The commands run as processes under faketime: libcrypto, Python and SQLite all live in that year.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.centre_process import CentreProcess, shared_centre
from tests.desk_home import PASSWORD, set_up_home
from tests.taking_requests import document_of
from tests.tls_front import TlsFront, certified

__all__ = ["shared_centre"]
ROOT = Path(__file__).parent.parent
YEAR = timedelta(days=365)
DEAD = "2000-01-01 00:00:00"
AHEAD = "2099-01-01 00:00:00"


@pytest.fixture(autouse=True)
def faketime() -> None:
    """Without the program the test is skipped, on CI it fails."""
    if shutil.which("faketime") is None:
        missing = pytest.fail if os.environ.get("MFC_DESK_NEED_TOOLS") else pytest.skip
        missing("faketime is not here")


@dataclass
class Fields:
    """A desk of a centre behind TLS, and commands on it under a clock of their own."""

    home: Path
    document: str

    def run(self, when: str | None, *words: str, stdin: str = "", code: int = 0) -> Any:
        """What a command answers as JSON, run at `when` by its own clock."""
        clock = ["faketime", when] if when else []
        done = subprocess.run(
            [*clock, sys.executable, "-m", "mfc_desk", "--home", str(self.home), *words, "--json"],
            capture_output=True,
            check=False,
            timeout=280,
            input=stdin.encode(),
            env={
                **os.environ,
                "MFC_DESK_PASSWORD": PASSWORD,
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
            cwd=ROOT,
        )
        assert done.returncode == code, done.stderr.decode()
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def desk(tmp_path: Path, shared_centre: CentreProcess) -> Iterator[Fields]:
    """A desk that was set up today and has a request; its centre is behind TLS."""
    now = datetime.now(UTC)
    authority = certified(tmp_path, now - YEAR, now + YEAR)
    with TlsFront(authority.context, shared_centre.port) as front:
        file = tmp_path / "ticket.mfct"
        url = f"https://127.0.0.1:{front.port}"
        ca = ("--ca", str(tmp_path / "cert.pem"))
        shared_centre.command("desk-code", "0101", "631", "--url", url, "--out", str(file), *ca)
        made = set_up_home(tmp_path / "desk", ticket=file.read_bytes(), now=now)
        with made.login() as opened:
            opened.intake.register_document(document_of(opened, "soc-card", 1))
            document = document_of(opened, "soc-card", 2)
        yield Fields(made.home.root, json.dumps(document, ensure_ascii=False))


def test_a_dead_battery_neither_stops_the_exchange_nor_moves_a_deadline(desk: Fields) -> None:
    """In 2000 by this clock: sent at the first contact, told of the clock, deadlines of today.

    A clock ahead gets no such grace: in 2099 nobody looks away from the certificate's dates.
    """
    told = desk.run(AHEAD, "sync", code=3)
    assert (told["kind"], told["unsent"]) == ("tls-clock", 1)
    assert "Проверьте дату" in told["error"]
    assert "Сверьте дату" in told["step"]

    told = desk.run(DEAD, "sync")
    assert (told["kind"], told["unsent"], told["confirmed"]) == (None, 0, 1)
    assert "отстают" in told["clock"]
    taken = desk.run(DEAD, "intake", "-", stdin=desk.document)
    shown = desk.run(DEAD, "show", taken["number"])
    accepted = datetime.fromisoformat(shown["accepted_at"])
    assert abs(accepted - datetime.now(UTC)) < timedelta(minutes=10)
    assert accepted < datetime.fromisoformat(shown["register_by"]) < accepted + timedelta(days=15)
