"""What the centre has registered, for other systems: one JSON object a request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sync.central.store import EntryRow, Store

ROWS = 500


def requests(store: Store, *, full: bool) -> Iterator[dict[str, Any]]:
    """Yield every version of every request, in the order they came, whatever became of it.

    `full` adds the record itself, which is personal data.
    """
    after = 0
    while rows := store.register.registered(after, ROWS):
        for _, row in rows:
            yield _line(row, full=full)
        after = rows[-1][0]


def _line(row: EntryRow, *, full: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "number": row.number,
        "official_no": row.official_no,
        "service": row.service,
        "service_version": row.service_version,
        "desk": row.desk,
        "epoch": row.epoch,
        "seq": row.seq,
        "entry": row.entry_id,
        "request": row.request_id,
        "version": row.version or 1,
        "outcome": row.outcome,
        "reason": row.reason,
        "problems": json.loads(row.problems) if row.problems and full else None,
        "accepted_at": row.accepted_at,
        "applied_at": row.applied_at,
    }
    if full:
        line["record"] = json.loads(row.record) if row.record else None
    return line
