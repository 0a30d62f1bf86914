"""How the parts of a store reach their tables: one act at a time on one connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sync.database import translate_errors

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Tables")


class Statements(Protocol):
    """A connection that takes many rows at once."""

    def executemany(self, sql: str, rows: Sequence[Sequence[object]], /) -> Any:
        """Run one statement for each row."""


class SqlDatabase(Protocol):
    """What the parts need of a database; their SQL is what SQLite and PostgreSQL both speak.

    `?` stands for a value. Inside `atomic` everything is one transaction.
    """

    @property
    def conn(self) -> Statements:
        """The connection of the act."""

    def execute(self, sql: str, params: Sequence[object] = (), /) -> Any:
        """Run a statement; the answer has `fetchone`, `fetchall` and `rowcount`."""

    def atomic(self) -> AbstractContextManager[object]:
        """One transaction; inside another one a savepoint."""


class Tables:
    """Part of the store: a database, and what makes an act alone with a connection of it."""

    def __init__(self, db: SqlDatabase, alone: AbstractContextManager[object]) -> None:
        self.db = db
        self.alone = alone


def act(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a method one act: alone with a connection, the database's errors translated."""

    @wraps(method)
    def wrapped(tables: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with tables.alone, translate_errors():
            return method(tables, *args, **kwargs)

    return wrapped
