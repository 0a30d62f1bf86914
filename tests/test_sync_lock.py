"""A lock file has one holder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sync.lock import LockFile

TAKE = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from sync.lock import LockFile
lock = LockFile(Path({path!r}))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """A second taker is refused until the first gives it back."""
    one, other = LockFile(tmp_path / "x.lock"), LockFile(tmp_path / "x.lock")

    assert one.take()
    assert not one.take()
    assert not other.take()
    assert (one.held, other.held) == (True, False)
    one.release()
    one.release()
    with other:
        assert other.take()
    assert one.take()
    one.release()


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    """A killed holder leaves no lock behind, though the file stays."""
    path = tmp_path / "x.lock"
    script = TAKE.format(root=str(Path(__file__).parent.parent), path=str(path))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert not LockFile(path).take()
    finally:
        process.kill()
        process.communicate()

    with LockFile(path) as lock:
        assert lock.take()
