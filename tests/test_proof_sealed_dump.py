"""A lost PostgreSQL comes back from its sealed dump, by the commands of docs/operations.md."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from sync.keys import AGE
from tests.centre_process import CentreProcess
from tests.forked import ROOT
from tests.linked_desk import LinkedDesk, linked_desk
from tests.postgres_server import PostgresServer
from tests.taking_requests import register
from tests.test_proof_restores import finish, incidents

DESKS = (8351, 8352)
FIRST, LAST = "mfc-central copy /mnt/second --seal-to recovery", "mfc-central serve"
RESTORED = "mfc"


def commands() -> list[str]:
    """The commands of the page, comments left out; the last one, `serve`, goes on."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    (block,) = [one for one in text.split("```") if one.startswith(f"sh\n{FIRST}")]
    lines = [line.partition("#")[0].strip() for line in block.splitlines()[1:]]
    found = [line for line in lines if line]
    assert (found[0], found[-1]) == (FIRST, LAST)
    return found


@pytest.fixture
def second() -> Iterator[Path]:
    """A folder off the disk of the tests."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


class Operator:
    """Somebody at the shell of the centre's computer, with the page before them."""

    def __init__(self, server: PostgresServer, folder: Path, home: Path, second: Path) -> None:
        self._second = second
        self.at = folder / "operator"
        programs = folder / "bin"
        for made in (self.at, programs):
            made.mkdir()
        words = shlex.join([sys.executable, "-m", "sync.central"])
        program = programs / "mfc-central"
        program.write_text(f'#!/bin/sh\nexec {words} "$@" --home {shlex.quote(str(home))}\n')
        program.chmod(0o755)
        place = urlsplit(server.url(RESTORED))
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        path = os.pathsep.join([str(programs), str(server.programs), os.environ["PATH"]])
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PGHOST": query.get("host") or str(place.hostname),
            "PGPORT": query.get("port") or str(place.port or 5432),
            "PGUSER": place.username or "postgres",
            "PGPASSWORD": place.password or "",
        }

    def types(self, line: str, database: str) -> None:
        """Run one line of the page; only the names of places are this computer's own."""
        line = line.replace("/mnt/second", str(self._second))
        newest = max((one.name for one in self._second.glob("centre-*.age")), default="")
        done = subprocess.run(
            ["sh", "-ec", line.replace("centre-….age", newest)],
            cwd=self.at,
            env={**self._environ, "MFC_CENTRAL_DATABASE": database},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr.decode()[-2000:])


def taken(linked: LinkedDesk, count: int, seed: int) -> None:
    """Requests that are registered at the centre."""
    register(linked.desk, count, seed=seed)
    assert linked.exchange().error is None


def drop(server: PostgresServer, url: str) -> None:
    """A database is gone, whoever is in it."""
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        admin.execute(gone)


def test_a_lost_postgresql_comes_back_from_its_sealed_dump_and_desks_fill_the_rest(
    postgres: PostgresServer, tmp_path: Path, second: Path
) -> None:
    """copy, open-copy, createdb, pg_restore, restored, serve: all there, no number given twice."""
    copy, *restoring, _serve = commands()
    lost, new = postgres.database(), postgres.url(RESTORED)
    centre = CentreProcess(tmp_path / "centre", options=("--database", lost))
    centre.folder.mkdir()
    centre.add_office()
    centre.restart()
    operator = Operator(postgres, tmp_path, centre.home, second)
    try:
        with contextlib.ExitStack() as desks:
            linked = [desks.enter_context(linked_desk(tmp_path, centre, no)) for no in DESKS]
            for n, one in enumerate(linked):
                taken(one, 2, seed=10 * n)
            operator.types(copy, lost)
            (sealed,) = [path for path in second.iterdir() if path.is_file()]
            assert sealed.read_bytes().startswith(AGE)
            for n, one in enumerate(linked):
                taken(one, 1, seed=50 + n)
            given = {row["number"]: row["official_no"] for row in centre.export()}
            assert len(given) == 6
            centre.stop()
            drop(postgres, lost)

            (centre.home / "recovery-key.txt").rename(operator.at / "recovery-key.txt")
            for line in restoring:
                operator.types(line, new)
            assert [one.name for one in operator.at.iterdir()] == ["recovery-key.txt"]
            centre.options = ("--database", new)
            centre.restart()
            before = {row["number"]: row["official_no"] for row in centre.export()}
            assert len(before) == 4
            assert before.items() <= given.items()

            for one in linked:
                finish(one.desk)
                assert one.at_centre() == one.on_desk()
                assert len(one.on_desk()) == 3
            after = {row["number"]: row["official_no"] for row in centre.export()}
            assert before.items() <= after.items()
            anew = {after[number] for number in after.keys() - before.keys()}
            assert len(anew) == 2
            assert not anew & set(given.values())
            assert centre.verify()["faults"] == []
            assert incidents(centre, *DESKS) == []
    finally:
        centre.kill()
        drop(postgres, new)
