"""A centre of this process over each store: the same tests for SQLite and for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre_world import LocalCentre
from tests.postgres_server import PostgresServer

STORES = ("sqlite", "postgresql")


@pytest.fixture(params=STORES)
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalCentre]:
    """A centre in this process, over one store and over the other."""
    database: str | None = None
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        database = server.database()
    centre = LocalCentre(tmp_path, database=database)
    yield centre
    centre.close()
