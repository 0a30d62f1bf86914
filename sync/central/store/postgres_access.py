"""The one door to PostgreSQL: a pool of connections, one of them a thread's own during an act."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from sync.central.store.postgres_columns import column_of, inserting, texts_of
from sync.errors import Busy, Damaged, DiskFull, StoreFailure

CONNECTIONS = 8
WAIT_SECONDS = 10.0
RECONNECT_SECONDS = 10.0
"""How long the pool tries by itself, ever more seldom; then whoever needs a connection tries."""
STATEMENT_MS = 60_000
PLACEHOLDERS = (
    (re.compile(r"\?"), "%s"),
    (re.compile(r"x''"), "''::bytea"),
    (re.compile(r'(?<!")\bwindow\b(?!")'), '"window"'),
)

PgConnection = psycopg.Connection[tuple[Any, ...]]


class PostgresDatabase:
    """A `SqlDatabase` over a pool; also what makes an act alone (`with database: …`).

    The first statement of a thread's act takes a connection, the end of the act gives it back.
    `hold` keeps one over several acts: in a transaction (`claim`), or for one consistent view.
    """

    def __init__(
        self, url: str, *, cursor_factory: type[psycopg.Cursor[tuple[Any, ...]]] | None = None
    ) -> None:
        settings: dict[str, Any] = {
            "autocommit": True,
            "options": f"-c statement_timeout={STATEMENT_MS} -c synchronous_commit=on",
        }
        if cursor_factory is not None:
            settings["cursor_factory"] = cursor_factory
        self._pool: ConnectionPool[PgConnection] = ConnectionPool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=WAIT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            kwargs=settings,
            open=False,
        )
        self._own = threading.local()
        self._url = url
        with translated():
            psycopg.connect(url).close()  # says at once what the pool tries again and again
            self._pool.open(wait=True, timeout=WAIT_SECONDS)

    @property
    def told(self) -> dict[str, str]:
        """Where the database is, by libpq's words: host, user, password, dbname…"""
        return {name: str(value) for name, value in conninfo_to_dict(self._url).items() if value}

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    # an act

    def __enter__(self) -> PostgresDatabase:
        """Begin an act; inside another one nothing is taken."""
        self._own.depth = getattr(self._own, "depth", 0) + 1
        if self._own.depth == 1:
            try:
                with translated():
                    self._own.connection = self._pool.getconn()
            except BaseException:
                self._own.depth = 0
                raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End an act; psycopg's errors become ours."""
        self._own.depth -= 1
        if self._own.depth == 0:
            connection: PgConnection = self._own.connection
            self._own.connection = None
            broken = connection.closed
            self._pool.putconn(connection)
            if broken:  # so are the others, if the server is another one now
                self._pool.drain()
        if isinstance(error, psycopg.Error):
            raise ours(error) from error

    @property
    def conn(self) -> _Many:
        """The connection of the act, for many rows at once."""
        return _Many(self._connection)

    @property
    def _connection(self) -> PgConnection:
        connection: PgConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            raise RuntimeError("a statement outside of an act")
        return connection

    def execute(self, sql: str, params: Sequence[object] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement of both databases' SQL."""
        return self._connection.execute(spoken(sql), params)

    def insert_columns(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], ending: str
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        """Insert rows by one statement: a text a column, one value where all are the same."""
        said = [
            column_of(name, values)
            for name, values in zip(columns, zip(*rows, strict=True), strict=True)
        ]
        places = tuple(one.place for one in said)
        insert = inserting(table, tuple(columns), places, ending)
        return self._connection.execute(insert, [one.value for one in said])

    def find_among(
        self, table: str, column: str, texts: Collection[str]
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        """Find which of the texts stand in a column."""
        place, value = texts_of(list(texts))
        search = f"SELECT {column} FROM {table} WHERE {column} = ANY({place})"  # noqa: S608 - names of our own
        return self._connection.execute(search, [value])

    @contextmanager
    def atomic(self) -> Iterator[PostgresDatabase]:
        """One transaction; inside another one a savepoint."""
        with self._connection.transaction():
            yield self

    @contextmanager
    def view(self) -> Iterator[None]:
        """One consistent view for several reads."""
        with self, self._connection.transaction():
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


class _Many:
    """`executemany` of a connection: the rows go in one stretch, not one by one."""

    def __init__(self, connection: PgConnection) -> None:
        self._connection = connection

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row."""
        with self._connection.cursor() as cursor:
            cursor.executemany(spoken(sql), rows)


@cache
def spoken(sql: str) -> str:
    """Return a statement of both databases' SQL as PostgreSQL writes it."""
    for pattern, text in PLACEHOLDERS:
        sql = pattern.sub(text, sql)
    return sql


@contextmanager
def translated() -> Iterator[None]:
    """Turn psycopg's errors into ours."""
    try:
        yield
    except psycopg.Error as error:
        raise ours(error) from error


def ours(error: psycopg.Error) -> StoreFailure:
    """Return our error for one of psycopg's; its text, which may hold data, stays behind."""
    match error:
        case errors.DiskFull():
            return DiskFull()
        case errors.DataCorrupted() | errors.IndexCorrupted():
            return Damaged()
        case (
            PoolTimeout()
            | errors.SerializationFailure()
            | errors.DeadlockDetected()
            | errors.UniqueViolation()  # another worker was quicker
            | errors.LockNotAvailable()
            | errors.QueryCanceled()
            | errors.TooManyConnections()
        ):
            return Busy()
        case psycopg.OperationalError():
            return StoreFailure("PostgreSQL не отвечает. Проверьте --database и работает ли он.")
    return StoreFailure("PostgreSQL отказал. Версия и права должны подходить: docs/operations.md.")
