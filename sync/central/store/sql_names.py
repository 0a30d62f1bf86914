"""What a centre calls itself: chosen once, kept in its database."""

from __future__ import annotations

from sync.central.store.sql_access import SqlDatabase
from sync.clock import Clock, iso
from sync.ids import Random

ID_BYTES = 8


def identify(db: SqlDatabase, clock: Clock, random: Random) -> tuple[str, str]:
    """Read the centre's identifier and incarnation, choosing them the first time."""
    with db.atomic():
        db.execute(
            "INSERT INTO centre VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
            [f"s-{random.bytes(ID_BYTES).hex()}", new_incarnation(random), iso(clock.now())],
        )
    server, incarnation = db.execute("SELECT server_id, incarnation FROM centre").fetchone()
    return server, incarnation


def new_incarnation(random: Random) -> str:
    """Return the identifier of a new life of a store."""
    return f"i-{random.bytes(ID_BYTES).hex()}"
