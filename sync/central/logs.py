"""The centre's log: one JSON object a line on stderr, numbers and codes, nobody's data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sync.clock import iso

FIELDS = (
    "desk",
    "epoch",
    "seq",
    "code",
    "bytes",
    "method",
    "path",
    "status",
    "ms",
)
FRAMES = 12


class JsonLines(logging.Formatter):
    """Writes what happened and known fields; of an exception its type and places, not its words."""

    def format(self, record: logging.LogRecord) -> str:
        """Make one line."""
        line: dict[str, object] = {
            "at": iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "event": record.msg if record.name.startswith("sync.") else record.name,
        }
        line |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["stack"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def set_up(*, quiet: bool) -> None:
    """Send the logs of the centre and of the server under it to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (
        ("sync", logging.INFO),
        ("uvicorn", logging.WARNING),
        ("psycopg", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.WARNING if quiet else level)
        logger.propagate = False


def _places(traceback: TracebackType | None) -> list[str]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{Path(code.co_filename).name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return found[-FRAMES:]
