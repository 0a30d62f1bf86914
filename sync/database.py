"""The one door to SQLite: SQLCipher under sqlite-utils (sync.md, 2).

sqlite-utils takes a driver named pysqlite3 where there is one, so SQLCipher's takes that name
before the import. Without it a failed write can be lost in silence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlcipher3
from sqlcipher3 import dbapi2
from sqlcipher3.dbapi2 import DatabaseError, Error, IntegrityError, OperationalError

sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = dbapi2

import sqlite_utils  # noqa: E402 - the driver is put under it first

from sync.errors import (  # noqa: E402
    Busy,
    Damaged,
    DiskFull,
    ForeignFile,
    StoreFailure,
    TooNew,
    UnfitDriver,
    WrongKey,
)

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "Busy",
    "Damaged",
    "Database",
    "DatabaseError",
    "DiskFull",
    "Error",
    "ForeignFile",
    "IntegrityError",
    "Migrations",
    "OperationalError",
    "StoreFailure",
    "TooNew",
    "UnfitDriver",
    "WrongKey",
    "copy_verified",
    "open_database",
    "self_test",
    "translate_errors",
]

KEY_BYTES = 32
BUSY_SECONDS = 10.0
CACHE_KIB = 32 * 1024
PLAIN_HEADER = b"SQLite format 3\x00"
WAL_RESET_FIXED = (3, 51, 3)
WITHDRAWN = (3, 52, 0)
# How files of others begin; asked only after a key has failed, for a salt may look like any.
FOREIGN_MAGIC: tuple[bytes, ...] = (
    PLAIN_HEADER,
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"MZ",
)
FOREIGN_MAGIC += (b"\x7fELF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"MFC")
PRIMARY_CODE = 0xFF


class Database(sqlite_utils.Database):
    """A database whose transactions take the write lock when they begin.

    One connection a thread. Iterate `query` to its end: it reads lazily.
    """

    def __init__(self, connection: Any, path: Path) -> None:
        super().__init__(connection, execute_plugins=False)
        self.path = path

    @contextmanager
    def atomic(self) -> Iterator[Database]:
        """One transaction (BEGIN IMMEDIATE); inside another one, a savepoint.

        SQLite's errors come out translated. An I/O error at COMMIT closes the connection: whether
        the act is on disk is unknown, and a second fsync would lie (sync.md, 12).
        """
        with translate_errors():
            if self.conn.in_transaction:
                with super().atomic():
                    yield self
                return
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self._roll_back()
                raise
            try:
                self.conn.execute("COMMIT")
            except Error as error:
                self._roll_back()
                if _primary(error) == dbapi2.SQLITE_IOERR:
                    self.close()
                raise

    def _roll_back(self) -> None:
        """Undo; never hides the error that is on its way."""
        with suppress(Error):
            self.rollback()

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """One statement; SQLite's errors come out translated, of a read from a dead disk too."""
        with translate_errors():
            return super().execute(*args, **kwargs)

    def checkpoint(self, *, truncate: bool = False) -> bool:
        """Move the WAL into the file; returns whether all of it went.

        PASSIVE when idle, TRUNCATE at lock and exit.
        """
        mode = "TRUNCATE" if truncate else "PASSIVE"
        with translate_errors():
            busy, pages, moved = self.conn.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return not busy and pages == moved

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """All rows of a SELECT, read at once."""
        with translate_errors():
            return list(self.query(sql, list(params)))

    def faults(self) -> tuple[str, ...]:
        """What SQLCipher and SQLite find wrong with the file, in their words.

        SQLCipher's check reads the file past its WAL, where a page torn by a power cut during a
        checkpoint is still whole. So the WAL goes into the file first; while that is impossible
        (a reader, a full disk) SQLite's check alone reads every page, through the WAL.
        """
        found: list[str] = []
        checks = ["integrity_check", "foreign_key_check"]
        with suppress(StoreFailure):
            checks = [*(["cipher_integrity_check"] if self.checkpoint() else []), *checks]
        for check in checks:
            try:
                found += [f"{check}: {row[0]}" for row in self.conn.execute(f"PRAGMA {check}")]
            except DatabaseError as error:
                found.append(f"{check}: {error}")
        return tuple(text for text in found if text != "integrity_check: ok")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


Migration = TypeVar("Migration", bound=Callable[[Database], None])


class Migrations(sqlite_utils.Migrations):
    """A named set of migrations, applied in the order written. Never edit an applied one."""

    def __call__(
        self, *, name: str | None = None, transactional: bool = True
    ) -> Callable[[Migration], Migration]:
        """Register a function as the next migration of the set."""
        return super().__call__(name=name, transactional=transactional)  # type: ignore[return-value]


def self_test() -> None:
    """Check that the driver is SQLCipher, sqlite-utils uses it, and it has the WAL-reset fix.

    Raises UnfitDriver.
    """
    if vars(sqlite_utils.utils)["sqlite3"] is not sqlcipher3:
        raise UnfitDriver("Библиотека SQLite подменена другой. Переустановите программу.")
    version = dbapi2.sqlite_version_info
    if version < WAL_RESET_FIXED or version == WITHDRAWN:
        raise UnfitDriver(
            f"Версия SQLite {dbapi2.sqlite_version} теряет данные. Нужна 3.51.3 или новее."
        )
    with sqlite_utils.Database(memory=True, execute_plugins=False) as db:
        if db.execute("PRAGMA cipher_version").fetchone() is None:
            raise UnfitDriver("В библиотеке SQLite нет шифрования. Переустановите программу.")


def open_database(
    path: Path,
    *,
    key: bytes | None,
    migrations: Sequence[Migrations],
    application_id: int,
    schema_name: str,
) -> Database:
    """Open a file, or create it, and bring it to this program's schema.

    `key` is 32 raw bytes (None: not encrypted, the centre may), `migrations` all sets of the file
    in order, `application_id` the number in its header, `schema_name` names the copy made beside
    a file before it is changed. Raises WrongKey, ForeignFile, TooNew, Damaged, DiskFull, Busy.
    """
    self_test()
    with translate_errors():
        db = Database(_connect(path, key), path)
        try:
            _check_owner(db, application_id, encrypted=key is not None)
            _prepare(db)
            _migrate(db, migrations, application_id, schema_name, key)
            _check_header(path, encrypted=key is not None)
        except BaseException:
            db.close()
            raise
    return db


def copy_verified(db: Database, target: Path, key: bytes | None) -> None:
    """A whole copy of an open database under the same key, checked before it gets its name.

    Raises Damaged when the copy does not hold, DiskFull.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    with translate_errors():
        copy = _connect(part, key)
        try:
            db.conn.backup(copy)
            found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        finally:
            copy.close()
    if found != ["ok"]:
        part.unlink()
        raise Damaged
    part.replace(target)


class translate_errors(ContextDecorator):  # noqa: N801 - used as a function is
    """Turn SQLite's errors into ours, once. IntegrityError and SQL mistakes pass as they are.

    No generator: it stands around every statement.
    """

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, Error) or isinstance(error, IntegrityError):
            return
        ours = _translated(error)
        if ours is not None:
            raise ours from error


def _translated(error: Error) -> StoreFailure | None:
    kinds: dict[int, type[StoreFailure]] = {
        dbapi2.SQLITE_FULL: DiskFull,
        dbapi2.SQLITE_CORRUPT: Damaged,
        dbapi2.SQLITE_NOTADB: WrongKey,
        dbapi2.SQLITE_BUSY: Busy,
        dbapi2.SQLITE_LOCKED: Busy,
        dbapi2.SQLITE_IOERR: Damaged,
    }
    if isinstance(error, dbapi2.ProgrammingError) and "closed database" in str(error):
        # `atomic` closed it when a COMMIT failed; whoever holds it meets this and not a bug
        return StoreFailure("База закрыта: диск не записал данные. Запустите программу снова.")
    primary = _primary(error)
    if primary == dbapi2.SQLITE_READONLY:
        return StoreFailure("База открыта только для чтения: проверьте права на папку и диск.")
    if primary == dbapi2.SQLITE_CANTOPEN:
        return StoreFailure("База не открывается: нет папки или прав на неё.")
    kind = kinds.get(primary)
    if kind is Damaged and primary == dbapi2.SQLITE_IOERR:
        return Damaged("Диск не записал данные. Закройте программу, проверьте диск и место на нём.")
    return kind() if kind else None


def _primary(error: Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & PRIMARY_CODE


def _connect(path: Path, key: bytes | None) -> Any:
    # ours to keep on one thread at a time; a screen's worker may close what another opened
    connection = dbapi2.connect(str(path), timeout=BUSY_SECONDS, check_same_thread=False)
    if key is not None:
        if len(key) != KEY_BYTES:
            connection.close()
            raise WrongKey
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_log=off")  # it writes to stderr, over the screen
    return connection


def _check_owner(db: Database, application_id: int, *, encrypted: bool) -> None:
    """The first read: fails here when the key is wrong or the file is another program's."""
    try:
        tables = db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except DatabaseError as error:
        if _primary(error) != dbapi2.SQLITE_NOTADB:
            raise
        foreign = not encrypted or _looks_foreign(db.path)
        raise (ForeignFile if foreign else WrongKey) from error
    if tables and db.execute("PRAGMA application_id").fetchone()[0] != application_id:
        raise ForeignFile


def _looks_foreign(path: Path) -> bool:
    """Whether a file shows what it is: with SQLCipher a wrong key and such a file look alike."""
    with path.open("rb") as file:
        start = file.read(len(PLAIN_HEADER))
    return start.startswith(FOREIGN_MAGIC) or start.isascii()


def _prepare(db: Database) -> None:
    db.execute("PRAGMA journal_mode=WAL").fetchone()
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")
    db.execute("PRAGMA wal_autocheckpoint=0").fetchone()
    db.execute("PRAGMA trusted_schema=OFF")
    # a page read again is decrypted and verified again: 2 MB of cache made searches 4 times slower
    db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")


def _migrate(
    db: Database,
    migrations: Sequence[Migrations],
    application_id: int,
    schema_name: str,
    key: bytes | None,
) -> None:
    _refuse_newer(db, migrations)
    if not any(part.pending(db) for part in migrations):
        return
    if db.table_names():
        copy_verified(db, db.path.with_name(f"{db.path.name}.before-{schema_name}"), key)
    with db.atomic():
        _refuse_newer(db, migrations)  # another process may have been quicker
        for part in migrations:
            part.apply(db)
        db.execute(f"PRAGMA application_id={application_id:d}")


def _refuse_newer(db: Database, migrations: Sequence[Migrations]) -> None:
    """A migration this program does not know was applied by a newer one."""
    known = {part.name: {one.name for one in part._migrations} for part in migrations}  # noqa: SLF001
    table = db.table(Migrations.migrations_table)
    if not table.exists():
        return
    for row in table.rows:
        if row["name"] not in known.get(row["migration_set"], set()):
            raise TooNew


def _check_header(path: Path, *, encrypted: bool) -> None:
    with path.open("rb") as file:
        start = file.read(len(PLAIN_HEADER))
    if encrypted and start == PLAIN_HEADER:
        raise UnfitDriver("База оказалась незашифрованной. Переустановите программу.")
