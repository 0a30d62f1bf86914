"""Who this desk is to the centre, one row an enrolment: keys, ticket, office. Local."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.clock import from_iso, iso
from sync.database import Database, Migrations
from sync.keys import DeviceKeys
from sync.ticket import Ticket, read

migrations = Migrations("desk.device")


@migrations()
def m001_device(db: Database) -> None:
    """Keys come first, before the centre is asked; the ticket makes them an enrolment."""
    db.execute("CREATE TABLE device_keys (id INTEGER PRIMARY KEY, keys BLOB NOT NULL) STRICT")
    db.execute(
        """
        CREATE TABLE device (
            epoch INTEGER PRIMARY KEY,
            keys_id INTEGER NOT NULL UNIQUE REFERENCES device_keys (id),
            server_id TEXT NOT NULL,
            desk_no INTEGER NOT NULL,
            desk_title TEXT NOT NULL,
            "window" TEXT NOT NULL,
            office TEXT NOT NULL,
            ticket BLOB,
            set_up_at TEXT NOT NULL,
            enrolled_at TEXT
        ) STRICT
        """
    )


@dataclass(frozen=True)
class Device:
    """One enrolment. `ticket_file` is None on a training desk, which never sends.

    `enrolled_at` is None until the centre has answered an enrolment with these keys.
    """

    epoch: int
    keys: DeviceKeys = field(repr=False)
    server_id: str
    desk_no: int
    desk_title: str
    window: str
    office: dict[str, Any]
    ticket_file: bytes | None = field(repr=False)
    set_up_at: datetime
    enrolled_at: datetime | None

    @property
    def ticket(self) -> Ticket | None:
        """The verified ticket, whatever its term: it is in use."""
        return read(self.ticket_file) if self.ticket_file is not None else None


def of_ticket(
    ticket: Ticket, ticket_file: bytes, keys: DeviceKeys, now: datetime, *, by_net: bool
) -> Device:
    """Return the enrolment a ticket makes; `by_net`: the centre has answered with it already."""
    return Device(
        epoch=ticket.epoch,
        keys=keys,
        server_id=ticket.server_id,
        desk_no=ticket.desk_no,
        desk_title=ticket.desk_title,
        window=ticket.window,
        office=dict(ticket.office),
        ticket_file=ticket_file,
        set_up_at=now,
        enrolled_at=now if by_net else None,
    )


def keep_keys(db: Database, keys: DeviceKeys) -> int:
    """Keep new device keys, returning their id."""
    row = db.execute(
        "INSERT INTO device_keys (keys) VALUES (?) RETURNING id", [keys.dump()]
    ).fetchone()
    return int(row[0])


def unused_keys(db: Database) -> tuple[int, DeviceKeys] | None:
    """Return keys made for an enrolment that has not come to its end, with their id."""
    row = db.execute(
        "SELECT id, keys FROM device_keys WHERE id NOT IN (SELECT keys_id FROM device) "
        "ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return (int(row[0]), DeviceKeys.load(row[1])) if row else None


def add(db: Database, device: Device, keys_id: int) -> None:
    """Keep an enrolment under keys kept before."""
    db.execute(
        'INSERT INTO device (epoch, keys_id, server_id, desk_no, desk_title, "window", office, '
        "ticket, set_up_at, enrolled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            device.epoch,
            keys_id,
            device.server_id,
            device.desk_no,
            device.desk_title,
            device.window,
            json.dumps(device.office, ensure_ascii=False),
            device.ticket_file,
            iso(device.set_up_at),
            iso(device.enrolled_at) if device.enrolled_at else None,
        ],
    )


def current(db: Database) -> Device | None:
    """Return the enrolment in use, the one of the highest epoch; None before a set-up ends."""
    row = db.execute(
        'SELECT epoch, keys, server_id, desk_no, desk_title, "window", office, ticket, set_up_at, '
        "enrolled_at FROM device JOIN device_keys ON id = keys_id ORDER BY epoch DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    epoch, keys, server_id, desk_no, desk_title, window, office, ticket, at, enrolled_at = row
    return Device(
        epoch=epoch,
        keys=DeviceKeys.load(keys),
        server_id=server_id,
        desk_no=desk_no,
        desk_title=desk_title,
        window=window,
        office=json.loads(office),
        ticket_file=ticket,
        set_up_at=from_iso(at),
        enrolled_at=from_iso(enrolled_at) if enrolled_at else None,
    )


def move_requests(db: Database, epoch: int) -> None:
    """Say of each request where its entry stands in the journal of a new epoch."""
    db.execute(
        "UPDATE request SET (epoch, seq) = (SELECT j.epoch, j.seq FROM journal AS j "
        "WHERE j.entry_id = request.entry_id AND j.epoch = ?)",
        [epoch],
    )


def mark_enrolled(db: Database, epoch: int, at: datetime) -> None:
    """The centre has answered the enrolment of this epoch; call inside a transaction."""
    db.execute(
        "UPDATE device SET enrolled_at = ? WHERE epoch = ? AND enrolled_at IS NULL",
        [iso(at), epoch],
    )
