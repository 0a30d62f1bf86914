"""A training desk in a folder that is gone when the preview of a form ends."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.keyslots import Cost
from mfc_desk.access.roles import Role
from mfc_desk.catalogues.published import copy_catalogue
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.setup.setup import FirstOperator, set_up

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.clock import Clock
    from sync.ids import Random

QUICK = Cost(memory_kib=8, passes=1, lanes=1)
"""The password is random and forgotten with the folder: there is nothing to guess."""


@contextmanager
def preview_desk(catalogue: Path, clock: Clock, random: Random) -> Iterator[Desk]:
    """A desk of its own on this catalogue folder; its folder is removed at the end."""
    place = Path(tempfile.mkdtemp(prefix="mfc-desk-preview-"))
    try:
        home = Home(place / "desk")
        password = secrets.token_urlsafe(24)
        operator = FirstOperator("preview", "Просмотр формы", Role.SUPERVISOR)
        set_up(home, None, operator, password, clock, random, QUICK)
        copy_catalogue(catalogue, home.catalogue)
        with open_desk(home, operator.login, password, clock, random) as desk:
            yield desk
    finally:
        shutil.rmtree(place, ignore_errors=True)
