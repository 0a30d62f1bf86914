"""What accepting is compared with: a bare endpoint that takes JSON and writes a row each.

`python -m bench.ground.bulk FILE` serves it: Starlette on uvicorn over SQLite (WAL, FULL), one
commit a request, nothing checked. It stands for the bulk endpoint of a document database, of which
none runs here (CouchDB's `_bulk_docs` was measured elsewhere: speed.md).
"""

from __future__ import annotations

import json
import socket
import sqlite3  # noqa: TID251 - bare: none of what ours has around it
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


@dataclass(frozen=True)
class Bulk:
    """A running endpoint: its process id and its address."""

    pid: int
    url: str

    def post(self, session: requests.Session, file: Path) -> None:
        """Send a file of documents; raises when it is not taken."""
        headers = {"Content-Type": "application/json"}
        answer = session.post(self.url, file.read_bytes(), headers=headers, timeout=SECONDS)
        answer.raise_for_status()


@contextmanager
def bare_bulk(database: Path) -> Iterator[Bulk]:
    """Run it over a database file of its own."""
    words = [sys.executable, "-m", "bench.ground.bulk", str(database)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            yield Bulk(process.pid, f"http://127.0.0.1:{int(told)}/bulk")
        finally:
            process.terminate()


def documents(entries: Sequence[bytes], file: Path) -> Path:
    """Write entries, which are JSON, as the body of one request."""
    file.write_bytes(b"[" + b",".join(entries) + b"]")
    return file


def main() -> None:
    """Serve until SIGTERM; print the port."""
    db = sqlite3.connect(sys.argv[1], check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE document(id TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def store(data: bytes) -> list[str]:
        found = {one["id"]: json.dumps(one, ensure_ascii=False) for one in json.loads(data)}
        with db:
            db.executemany("INSERT OR REPLACE INTO document VALUES (?, ?)", found.items())
        return list(found)

    async def bulk(request: Request) -> JSONResponse:
        return JSONResponse(await run_in_threadpool(store, await request.body()), 201)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    app = Starlette(routes=[Route("/bulk", bulk, methods=["POST"])])
    config = uvicorn.Config(app, http="h11", log_level="critical", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
