"""A dump of the centre's PostgreSQL database by PostgreSQL's own programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sync.central.errors import CopyFailed

VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}
"""How the programs are told where to go: a password is not for the list of processes."""
DUMP = "pg_dump"
WORDS = 200  # of its complaint


def dump(told: Mapping[str, str], snapshot: str, file: Path) -> None:
    """Dump one exported snapshot of a database into a file, and read all of it back.

    `told` says where it is (`PostgresDatabase.told`). The file appears only then. Raises
    CopyFailed; `pg_dump` must be as new as the server.
    """
    unknown = told.keys() - VARIABLES.keys()
    if unknown:
        raise CopyFailed(f"Копию не снять: pg_dump не передать {', '.join(sorted(unknown))}.")
    place = {VARIABLES[name]: value for name, value in told.items()}
    part = file.with_name(file.name + ".part")
    try:
        _run(
            [DUMP, "--format=custom", f"--snapshot={snapshot}", f"--file={part}"],
            {**os.environ, **place},
        )
        _run(["pg_restore", f"--file={os.devnull}", str(part)], dict(os.environ))
    except CopyFailed:
        part.unlink(missing_ok=True)
        raise
    part.replace(file)


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run one of PostgreSQL's programs; what `pg_restore` prints may quote data: unsaid."""
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603 - our words
    except FileNotFoundError as error:
        raise CopyFailed(
            f"Нет программы {command[0]}: поставьте клиент PostgreSQL той же версии, что сервер."
        ) from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode("utf-8", "replace").splitlines() if command[0] == DUMP else []
        said = words[0].removeprefix(f"{DUMP}: ")[:WORDS] if words else f"код {error.returncode}"
        raise CopyFailed(
            f"Программа {command[0]} отказала ({said}). Она не старше ли сервера, "
            "есть ли место и права?"
        ) from None
