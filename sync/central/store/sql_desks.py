"""Offices, desks, tickets and devices in SQL both databases speak."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sync import failpoint
from sync.central.intake import Standing
from sync.central.store import DeskRow, DeviceRow, OfficeRow, StreamRow, TicketRow
from sync.central.store.sql_access import Tables, act
from sync.central.store.sql_streams import stream_row
from sync.clock import from_iso, iso

DESK = "SELECT desk, office, title, window, last_epoch, feed_to FROM desk"
DEVICE = "SELECT key, desk, epoch, public, recipient, standing, enrolled_at FROM device"
DEVICE_COLUMNS = 7
WRITER = (
    "SELECT key, desk, epoch, public, recipient, standing, enrolled_at, desk, epoch, last, head, "
    "applied_to, first_head, open, safe_to FROM device JOIN stream USING (desk, epoch)"
)
"""The columns of `DEVICE`, then those of `STREAM`."""


class SqlDesks(Tables):
    """A `DeskStore`."""

    @act
    def put_office(self, office: OfficeRow) -> None:
        """Add an office or replace its description."""
        with self.db.atomic():
            self.db.execute(
                "INSERT INTO office VALUES (?, ?) "
                "ON CONFLICT (code) DO UPDATE SET data = excluded.data",
                [office.code, json.dumps(dict(office.data), ensure_ascii=False)],
            )

    @act
    def office(self, code: str) -> OfficeRow | None:
        """Return an office."""
        row = self.db.execute("SELECT code, data FROM office WHERE code = ?", [code]).fetchone()
        return OfficeRow(row[0], json.loads(row[1])) if row else None

    @act
    def offices(self) -> tuple[OfficeRow, ...]:
        """Return all offices by code."""
        rows = self.db.execute("SELECT code, data FROM office ORDER BY code").fetchall()
        return tuple(OfficeRow(code, json.loads(data)) for code, data in rows)

    @act
    def desk(self, desk: int) -> DeskRow | None:
        """Return a desk."""
        row = self.db.execute(f"{DESK} WHERE desk = ?", [desk]).fetchone()
        return DeskRow(*row) if row else None

    @act
    def desks(self) -> tuple[DeskRow, ...]:
        """Return all desks by number."""
        return tuple(DeskRow(*row) for row in self.db.execute(f"{DESK} ORDER BY desk").fetchall())

    @act
    def last_epoch(self) -> int:
        """Return the highest epoch that was given out to any desk, 0 for none."""
        (last,) = self.db.execute("SELECT coalesce(max(last_epoch), 0) FROM desk").fetchone()
        return int(last)

    @act
    def put_ticket(self, ticket: TicketRow, desk: DeskRow) -> None:
        """Keep an issued ticket and the desk it is for (its feed is left alone)."""
        with self.db.atomic():
            self.db.execute(
                "INSERT INTO desk(desk, office, title, window, last_epoch) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (desk) DO UPDATE SET office = excluded.office, "
                "title = excluded.title, window = excluded.window, "
                "last_epoch = CASE WHEN excluded.last_epoch > desk.last_epoch "
                "THEN excluded.last_epoch ELSE desk.last_epoch END",
                [desk.desk, desk.office, desk.title, desk.window, desk.last_epoch],
            )
            self.db.execute(
                "INSERT INTO ticket VALUES (?, ?, ?, ?, ?, NULL)",
                [ticket.code, ticket.desk, ticket.epoch, ticket.data, iso(ticket.valid_until)],
            )

    @act
    def ticket(self, code: str) -> TicketRow | None:
        """Return the ticket of a one-time code."""
        row = self.db.execute(
            "SELECT code, desk, epoch, data, valid_until, key FROM ticket WHERE code = ?", [code]
        ).fetchone()
        return _ticket(row) if row else None

    @act
    def ticket_of(self, device: DeviceRow) -> TicketRow | None:
        """Return the ticket a device was enrolled with."""
        row = self.db.execute(
            "SELECT code, desk, epoch, data, valid_until, key FROM ticket "
            "WHERE desk = ? AND key = ?",
            [device.desk, device.key],
        ).fetchone()
        return _ticket(row) if row else None

    @act
    def newest_ticket(self, desk: int) -> TicketRow | None:
        """Return the ticket of a desk that was issued last."""
        row = self.db.execute(
            "SELECT code, desk, epoch, data, valid_until, key FROM ticket "
            "WHERE desk = ? ORDER BY epoch DESC LIMIT 1",
            [desk],
        ).fetchone()
        return _ticket(row) if row else None

    @act
    def bind(self, ticket: TicketRow, device: DeviceRow, first_head: bytes) -> bool:
        """Bind a ticket to a device, open its stream, close the desk's earlier ones."""
        with self.db.atomic():
            self._hold(device.desk)
            newer = self.db.execute(
                "SELECT 1 FROM device WHERE desk = ? AND epoch >= ?", [device.desk, device.epoch]
            ).fetchone()
            free = self.db.execute(
                "SELECT 1 FROM ticket "
                "WHERE desk = ? AND code = ? AND key IS NULL AND valid_until = ?",
                [ticket.desk, ticket.code, iso(ticket.valid_until)],
            ).fetchone()
            if newer or not free:
                return False
            self._bind(ticket, device, first_head)
            failpoint.reach("centre.bind.before-commit")
        failpoint.reach("centre.bind.after-commit")
        return True

    def _hold(self, desk: int) -> None:
        """Let nobody else bind or revoke devices of a desk until the transaction ends."""
        self.db.execute("UPDATE desk SET last_epoch = last_epoch WHERE desk = ?", [desk])

    def _bind(self, ticket: TicketRow, device: DeviceRow, first_head: bytes) -> None:
        self.db.execute("UPDATE ticket SET key = ? WHERE code = ?", [device.key, ticket.code])
        self.db.execute(
            "UPDATE device SET standing = ? WHERE desk = ? AND standing = ?",
            [Standing.REPLACED, device.desk, Standing.ACTIVE],
        )
        self.db.execute("UPDATE stream SET open = 0 WHERE desk = ?", [device.desk])
        self.db.execute(
            "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                device.key,
                device.desk,
                device.epoch,
                device.public,
                device.recipient,
                device.standing,
                iso(device.enrolled_at),
            ],
        )
        self.db.execute(
            "INSERT INTO stream(desk, epoch, last, head, applied_to, first_head, open) "
            "VALUES (?, ?, 0, ?, 0, ?, 1)",
            [device.desk, device.epoch, first_head, first_head],
        )

    @act
    def device(self, key: str, desk: int | None = None) -> DeviceRow | None:
        """Return the device of a key id, a device of `desk` where that is said."""
        if desk is None:
            row = self.db.execute(f"{DEVICE} WHERE key = ?", [key]).fetchone()
        else:
            row = self.db.execute(f"{DEVICE} WHERE desk = ? AND key = ?", [desk, key]).fetchone()
        return _device(row) if row else None

    @act
    def writer(self, key: str, desk: int) -> tuple[DeviceRow, StreamRow] | None:
        """Return a device of a desk and the stream it alone writes."""
        row = self.db.execute(f"{WRITER} WHERE desk = ? AND key = ?", [desk, key]).fetchone()
        return (_device(row[:DEVICE_COLUMNS]), stream_row(row[DEVICE_COLUMNS:])) if row else None

    @act
    def devices(self, desk: int) -> tuple[DeviceRow, ...]:
        """Return the devices of a desk, newest epoch first."""
        rows = self.db.execute(f"{DEVICE} WHERE desk = ? ORDER BY epoch DESC", [desk]).fetchall()
        return tuple(_device(row) for row in rows)

    @act
    def revoke(self, desk: int, at: datetime) -> int:
        """Revoke a desk's devices, close its streams, void its tickets; return how many devices."""
        with self.db.atomic():
            self._hold(desk)
            revoked = self.db.execute(
                "UPDATE device SET standing = ?, revoked_at = ? WHERE desk = ? AND standing <> ?",
                [Standing.REVOKED, iso(at), desk, Standing.REVOKED],
            ).rowcount
            self.db.execute("UPDATE stream SET open = 0 WHERE desk = ?", [desk])
            self.db.execute(
                "UPDATE ticket SET valid_until = ? WHERE desk = ? AND key IS NULL", [iso(at), desk]
            )
        return int(revoked)


def _device(row: Any) -> DeviceRow:
    key, desk, epoch, public, recipient, standing, enrolled_at = row
    return DeviceRow(key, desk, epoch, public, recipient, Standing(standing), from_iso(enrolled_at))


def _ticket(row: Any) -> TicketRow:
    code, desk, epoch, data, valid_until, key = row
    return TicketRow(code, desk, epoch, data, from_iso(valid_until), key)
