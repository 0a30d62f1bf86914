"""How the parts of the SQLite store reach their tables: one lock, one act at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from sync.database import Database, translate_errors

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Tables")


class Tables:
    """Part of the store: a database and the lock all parts share."""

    def __init__(self, db: Database, lock: RLock) -> None:
        self.db = db
        self.lock = lock


def act(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a method one act: under the lock, SQLite's errors translated."""

    @wraps(method)
    def alone(tables: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with tables.lock, translate_errors():
            return method(tables, *args, **kwargs)

    return alone
