"""Commands of the desk run as processes, as a scheduler would."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from mfc_desk.errors import DONE
from tests import forked
from tests.desk_home import PASSWORD
from tests.forked import ROOT

__all__ = ["ROOT", "answers", "mfc_desk"]


def mfc_desk(
    home: Path, *words: str, stdin: bytes = b"", code: int = DONE, fail: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command on a home and expect its exit code; `fail` names a failpoint to die at."""
    done = forked.run(
        "mfc_desk",
        ("--home", str(home), *words),
        environ={**os.environ, "MFC_DESK_PASSWORD": PASSWORD, "MFC_DESK_FAIL": fail},
        stdin=stdin,
    )
    assert done.returncode == code, done.stderr.decode()
    return done


def answers(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """The JSON lines of an answer."""
    return [json.loads(line) for line in done.stdout.splitlines()]
