"""The two databases a centre is measured over, one after the other in a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bench.ground.postgres import BenchPostgres
from sync.central.cli.commands import DATABASE_VARIABLE

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
STORES = (SQLITE, POSTGRESQL)


@contextmanager
def servers(stores: Sequence[str]) -> Iterator[BenchPostgres | None]:
    """The PostgreSQL server, where one of the stores needs it."""
    if POSTGRESQL not in stores:
        yield None
        return
    with TemporaryDirectory(prefix="mfc-pg-") as folder:
        server = BenchPostgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def named(url: str | None) -> Iterator[None]:
    """Let every process of the centre find its database where operators name it."""
    with patch.dict(os.environ, {DATABASE_VARIABLE: url} if url else {}):
        yield
