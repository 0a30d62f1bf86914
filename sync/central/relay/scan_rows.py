"""Which sealed scans lie at a relay, and the centre's word for those it has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sync.central.relay.rows import Scan
from sync.central.relay.tables import RelayTables, act, look
from sync.clock import iso


class HeldScans(RelayTables):
    """Scans by desk and hash; their bytes lie in files."""

    @act
    def expect_scan(self, scan: Scan, at: datetime) -> None:
        """Note a scan that comes in, with the signature it is passed on by."""
        self.db.execute(
            "INSERT INTO scan (desk, sha256, key, size, signature, at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (desk, sha256) DO UPDATE SET key = excluded.key,"
            " whole = CASE WHEN status IS NULL THEN whole ELSE 0 END, status = NULL,"
            " signature = excluded.signature, size = excluded.size, at = excluded.at"
            " WHERE scan.key = excluded.key OR status IS NOT NULL",
            [scan.desk, scan.sha256, scan.key, scan.size, scan.signature, iso(at)],
        )

    @act
    def take_back(self, scan: Scan, at: datetime) -> None:
        """Forget the receipt of a scan its desk does not believe: it comes in anew."""
        self.db.execute(
            "UPDATE scan SET receipt = NULL, status = NULL, whole = 0, key = ?, signature = ?,"
            " size = ?, at = ? WHERE desk = ? AND sha256 = ? AND receipt IS NOT NULL",
            [scan.key, scan.signature, scan.size, iso(at), scan.desk, scan.sha256],
        )

    @look
    def scan(self, desk: int, sha: str) -> Scan | None:
        """Return what is known of a desk's scan."""
        rows = self._scans("desk = ? AND sha256 = ?", [desk, sha])
        return rows[0] if rows else None

    @look
    def scan_bytes(self, key: str, but: str) -> int:
        """Return the bytes of a device's scans the centre has not signed for, `but` that one."""
        row = self.db.execute(
            "SELECT coalesce(sum(size), 0) FROM scan"
            " WHERE key = ? AND sha256 <> ? AND receipt IS NULL AND status IS NULL",
            [key, but],
        ).fetchone()
        return int(row[0])

    @look
    def next_scan(self, but: Iterable[str] = ()) -> Scan | None:
        """Return the smallest scan that is whole here and not at the centre, `but` these."""
        rows = self._scans(
            "whole AND receipt IS NULL AND status IS NULL"
            " AND sha256 NOT IN (SELECT value FROM json_each(?))",
            [json.dumps(list(but))],
        )
        return rows[0] if rows else None

    def _scans(self, where: str, params: Sequence[object]) -> list[Scan]:
        rows = self.db.execute(
            "SELECT desk, sha256, key, size, signature, whole, receipt, status FROM scan"  # noqa: S608
            f" WHERE {where} ORDER BY size, sha256 LIMIT 1",
            list(params),
        ).fetchall()
        return [
            Scan(desk, sha, key, size, signature, bool(whole), receipt, status)
            for desk, sha, key, size, signature, whole, receipt, status in rows
        ]

    @act
    def scan_whole(self, desk: int, sha: str, size: int) -> None:
        """Note that a scan is here whole."""
        self.db.execute(
            "UPDATE scan SET whole = 1, status = NULL, size = ? WHERE desk = ? AND sha256 = ?",
            [size, desk, sha],
        )

    @act
    def scan_answered(self, scan: Scan, receipt: str | None, status: int | None) -> None:
        """Keep the centre's word for a scan, or its refusal."""
        self.db.execute(
            "UPDATE scan SET receipt = ?, status = ? WHERE desk = ? AND sha256 = ?",
            [receipt, status, scan.desk, scan.sha256],
        )
