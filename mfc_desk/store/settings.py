"""Settings of the desk as name and JSON value. Local, never journalled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sync.database import Database, Migrations

migrations = Migrations("desk.settings")


@migrations()
def m001_settings(db: Database) -> None:
    """One row a setting that differs from its default."""
    db.execute("CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")


def load(db: Database) -> dict[str, Any]:
    """Return every stored setting."""
    rows = db.execute("SELECT name, value FROM setting").fetchall()
    return {name: json.loads(value) for name, value in rows}


def save(db: Database, values: Mapping[str, Any]) -> None:
    """Insert or replace settings; call inside a transaction."""
    for name, value in values.items():
        db.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, json.dumps(value, ensure_ascii=False)],
        )
