"""What the centre puts in place stays there when the power goes: names are durable too."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from sync.central.copies import copy_centre
from sync.central.home import write_private
from tests.centre_world import LocalCentre, local

__all__ = ["local"]

Check = Callable[[], list[Path]]


@pytest.fixture
def volatile(monkeypatch: pytest.MonkeyPatch) -> Check:
    """Gives the files renamed into a folder that was not synced since."""
    renamed: list[Path] = []
    replace, fsync = Path.replace, os.fsync

    def replaced(path: Path, target: Path) -> Path:
        renamed.append(Path(target))
        return replace(path, target)

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        folder = Path(f"/proc/self/fd/{descriptor}").readlink()
        renamed[:] = [one for one in renamed if one.parent.resolve() != folder]

    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(os, "fsync", synced)
    return lambda: renamed


def test_keys_are_there_after_a_power_cut(tmp_path: Path, volatile: Check) -> None:
    """Desks seal to keys they were told of: such a file must not go with the system's memory."""
    write_private(tmp_path / "keys.json", b"{}")
    assert volatile() == []


def test_scans_a_copy_makes_safe_are_there_after_a_power_cut(
    local: LocalCentre, volatile: Check
) -> None:
    """In the centre's place, and in the copy, when desks are told."""
    data = b"sealed" * 100
    sha = sha256(data).hexdigest()
    local.centre.parts.append(sha, data)
    local.centre.blobs.put(sha, local.centre.parts.path(sha))
    assert volatile() == []
    copied = copy_centre(local.centre, local.home, local.folder / "other", elsewhere=True)

    assert copied.scans == 1
    assert volatile() == []
