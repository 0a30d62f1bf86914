"""What every test shares."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

# Animations would make snapshots depend on the speed of the machine.
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
# The packaged PostgreSQL asks for it when it is imported, and warns where there is none.
if not os.access(os.environ.get("XDG_RUNTIME_DIR", ""), os.W_OK):
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="mfc-run-")

# Processes that share the suite and those that tests start keep their byte code, as an installation
# does: where that is forbidden each of them compiles a thousand modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# On a busy machine drawing an example may take long: that says nothing of what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

MOST_PROCESSES = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Processes that share the whole suite; tests asked for by name stay in one (0: this one)."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    # one more than there are cores: much of a test is waiting for another process
    return min((os.cpu_count() or 1) + 1, MOST_PROCESSES)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL for the session; started by the first test that asks for it."""
    from tests.postgres_server import PostgresServer  # noqa: PLC0415 - few tests need it

    with tempfile.TemporaryDirectory(prefix="mfc-pg-") as folder:
        server = PostgresServer(Path(folder))
        yield server
        server.stop()
