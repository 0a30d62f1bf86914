"""Opening the desk's one file, and what is done while the disk is filling."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mfc_desk.durable import store_failure, write_durably
from mfc_desk.errors import DiskAlmostFull
from mfc_desk.paths import Home
from mfc_desk.store import (
    acting_powers,
    acts,
    applicants,
    attachments,
    bundles,
    centre_keys,
    consents,
    contacts,
    device,
    drafts,
    exchange,
    follow_ups,
    operators,
    papers,
    payees,
    print_queue,
    printed_papers,
    published_catalogues,
    reconciliations,
    refill,
    request_acts,
    requests,
    second_place,
    settings,
    turned_away,
    unjournalled,
)
from sync import exchange_tables, journal
from sync.database import Database, DiskFull, open_database
from sync.errors import Damaged, StoreFailure, WrongKey

APPLICATION_ID = 0x4D464344
"""«MFCD» in the header of the file: a database of another program is told by it."""
MIGRATIONS = (
    journal.migrations,
    exchange_tables.migrations,
    acts.migrations,
    device.migrations,
    operators.migrations,
    settings.migrations,
    requests.migrations,
    applicants.migrations,
    drafts.migrations,
    bundles.migrations,
    papers.migrations,
    print_queue.migrations,
    exchange.migrations,
    turned_away.migrations,
    consents.migrations,
    request_acts.migrations,
    attachments.migrations,
    follow_ups.migrations,
    payees.migrations,
    reconciliations.migrations,
    published_catalogues.migrations,
    centre_keys.migrations,
    second_place.migrations,
    refill.migrations,
    contacts.migrations,
    printed_papers.migrations,
    unjournalled.migrations,
    acting_powers.migrations,
)
REPLAYED = (
    operators,
    requests,
    applicants,
    turned_away,
    bundles,
    consents,
    request_acts,
    attachments,
    follow_ups,
    acting_powers,
    papers,
    contacts,
    printed_papers,
)
"""Store modules whose tables follow from the journal (`apply_entry`, `REPLAYED`)."""
CAPTURE_BYTES = 200 * 1024 * 1024
BALLAST_BYTES = 16 * 1024 * 1024
_BLOCK = 1024 * 1024
_NOT_OURS = (
    "Пароль верен, а база desk.db его ключом не открывается: файл повреждён или подменён."
    " Верните его из копии: `mfc-desk restore ФАЙЛ`."
)
T = TypeVar("T")


def schema_version() -> int:
    """How many migrations this program knows: it only grows."""
    return sum(len(part._migrations) for part in MIGRATIONS)  # noqa: SLF001  # no public count


def open_store(home: Home, key: bytes, database: Path | None = None) -> Database:
    """Open the database of `home`, or another `database` file; raises those of sync.database."""
    return open_database(
        database or home.database,
        key=key,
        migrations=MIGRATIONS,
        application_id=APPLICATION_ID,
        schema_name=f"schema-{schema_version()}",
    )


def open_own(home: Home, key: bytes) -> Database:
    """Open the database of a desk that is set up, with the key its slots gave for a password.

    Raises as `open_store`, never WrongKey: the password was right, so it is the file that is not
    what it was. An empty file is not made a new store of.
    """
    try:
        if home.database.stat().st_size == 0:
            raise Damaged(_NOT_OURS)
        return open_store(home, key)
    except WrongKey as error:
        raise Damaged(_NOT_OURS) from error
    except OSError as error:
        raise store_failure(error) from error


def free_bytes(folder: Path) -> int:
    """What the disk of `folder` still takes; raises StoreFailure when it is not there."""
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise store_failure(error) from error


def require_room(home: Home, free: Callable[[Path], int] = free_bytes) -> None:
    """Raise DiskAlmostFull when a new request should not be begun: under 200 MB are left."""
    if free(home.root) < CAPTURE_BYTES:
        raise DiskAlmostFull


def keep_ballast(home: Home, free: Callable[[Path], int] = free_bytes) -> bool:
    """Lay the 16 MB aside while there is room for them; whether they lie there now."""
    if home.ballast.exists() and home.ballast.stat().st_size == BALLAST_BYTES:
        return True
    if free(home.root) < CAPTURE_BYTES + BALLAST_BYTES:
        return False
    try:
        # Random: a file system that compresses would keep nothing back for zeros.
        write_durably(home.ballast, os.urandom(_BLOCK) * (BALLAST_BYTES // _BLOCK))
    except StoreFailure:
        return False
    return True


def with_ballast(home: Home, act: Callable[[], T]) -> T:
    """Do `act`; when the disk is full, give the ballast up and do it once more.

    `act` is one whole transaction. Raises DiskFull when that was not enough.
    """
    try:
        return act()
    except DiskFull:
        if not home.ballast.exists():
            raise
        try:
            home.ballast.unlink()
        except OSError as error:
            raise store_failure(error) from error
        return act()
