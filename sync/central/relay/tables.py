"""How the parts of a relay's store reach their tables: one act at a time on one connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from sync.database import Database, translate_errors

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="RelayTables")


class RelayTables:
    """Part of the store: a database, and what makes an act alone with its connection."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.lock = RLock()


def act(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """One act: nobody else's, in one transaction, failures in the words of sync.errors."""

    @wraps(method)
    def alone(store: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with store.lock, translate_errors(), store.db.atomic():
            return method(store, *args, **kwargs)

    return alone


def look(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """One look: between two acts, so that it needs no transaction of its own."""

    @wraps(method)
    def alone(store: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with store.lock, translate_errors():
            return method(store, *args, **kwargs)

    return alone
