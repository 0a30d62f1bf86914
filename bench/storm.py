"""An evening of all desks, then all desks at once after an outage (speed.md, `storm`).

Each desk asks for its stream, sends a batch, reads its feed, over a connection of its own. Sent
away or cut off, it waits as `sync.engine` decides. The centre is a process, killed for the outage.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.ground.centre import EnrolledDesk
from bench.ground.stores import POSTGRESQL, STORES, named, servers
from bench.project import enrolled
from bench.report import Row, goal, row
from bench.wire import register_entries
from mfc_desk.demo.centre import CentreProcess
from sync import engine
from sync.central.centre import Centre
from sync.central.home import CentreHome
from sync.clock import SystemClock
from sync.http import REQUEST_CONTEXT
from sync.ids import Random, SystemRandom
from sync.steps import Begin, Failure, Kept, Refusal, State

EVENING_DESKS, OUTAGE_DESKS = 707, 1000
REQUESTS, AFTER = 21, 3
EVENING_S = 120.0
PATIENCE_S = 120.0
P99_S = 2.0
SAID_LATER = (429, 503)


@dataclass
class Storm:
    """What a storm came to: seconds of batches that were taken, answers by status, tries."""

    taken: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    without_time: int = 0
    cut: int = 0


def run(
    evening: int = EVENING_DESKS,
    outage: int = OUTAGE_DESKS,
    seconds: float = EVENING_S,
    stores: Sequence[str] = STORES,
) -> Row:
    """Return how long batches took, who was sent away, and whether anything was lost."""
    told: Row = {
        "question": f"{evening} desks × {REQUESTS} requests in {seconds:.0f} s, then {outage} "
        f"desks × {AFTER} at once after the centre was killed; a batch until its receipt, seconds",
        "rows": [],
        "counts": {},
        "goals": [],
    }
    with servers(stores) as server, tempfile.TemporaryDirectory(prefix="mfc-bench-") as folder:
        for store in stores:
            url = server.database() if server and store == POSTGRESQL else None
            _storms(Path(folder) / store, store, url, (evening, outage, seconds), told)
    return told


def _storms(
    home: Path, store: str, url: str | None, sizes: tuple[int, int, float], told: Row
) -> None:
    evening, outage, seconds = sizes
    desks, batches = _desks(home, url, max(evening, outage), evening)
    process = CentreProcess(home)
    with named(url):
        with process:
            first = asyncio.run(_run(desks[:evening], batches, 0, process.port, spread=seconds))
            os.kill(process.pid, signal.SIGKILL)
            process.stop()
            process.start()
            began = time.perf_counter()
            second = asyncio.run(_run(desks[:outage], batches, 1, process.port, spread=0.0))
            took = time.perf_counter() - began
        lost = _lost(home, url, desks, (evening, outage))
    for name, storm in (("evening", first), ("after the outage", second)):
        told["rows"].append(row(f"{store}, {name}: a batch", storm.taken, "s"))
        told["counts"][f"{store}, {name}"] = {
            "answers": {str(status): n for status, n in sorted(storm.statuses.items())},
            "cut off": storm.cut,
        }
        p99 = sorted(storm.taken)[int(len(storm.taken) * 0.99) - 1]
        told["goals"].append(goal(f"{store}, {name}: p99 of a batch ≤ 2 s", p99, P99_S))
        told["goals"].append(
            goal(f"{store}, {name}: sent away without Retry-After", storm.without_time, 0)
        )
    told["rows"].append(row(f"{store}, after the outage: until the last desk", [took], "s"))
    told["goals"].append(goal(f"{store}: entries lost", lost, 0))


def _desks(
    home: Path, url: str | None, count: int, evening: int
) -> tuple[list[EnrolledDesk], dict[int, list[bytes]]]:
    """Enrolled desks, and what each has to send: the evening's batch and one after the outage."""
    wanted = evening * REQUESTS + count * AFTER
    entries = _entries(wanted)
    centre = Centre.open(CentreHome(home), SystemClock(), SystemRandom(), url)
    try:
        desks = [enrolled(centre, number) for number in range(1, count + 1)]
    finally:
        centre.close()
    batches = {}
    for place, desk in enumerate(desks):
        sizes = [REQUESTS, AFTER] if place < evening else [AFTER]
        own = [next(entries) for _ in range(sum(sizes))]
        sealed = desk.seal(own, sizes)
        batches[desk.ticket.desk_no] = sealed if place < evening else [b"", *sealed]
    return desks, batches


def _entries(count: int) -> Iterator[bytes]:
    """So many registrations, none twice."""
    made = register_entries(count // 70 + 1)
    return (one for one in made if b'"request.register"' in one)


async def _run(
    desks: Sequence[EnrolledDesk],
    batches: dict[int, list[bytes]],
    which: int,
    port: int,
    *,
    spread: float,
) -> Storm:
    """Let every desk come once, within so many seconds, until all are through."""
    storm, random = Storm(), SystemRandom()
    visits = [
        _visit(desk, batches[desk.ticket.desk_no][which], port, storm, random, spread)
        for desk in desks
    ]
    await asyncio.gather(*visits)
    return storm


async def _visit(
    desk: EnrolledDesk, data: bytes, port: int, storm: Storm, random: Random, spread: float
) -> None:
    await asyncio.sleep(random.below(int(spread * 1000) + 1) / 1000)
    clock, ticket = SystemClock(), desk.ticket
    kept = Kept(ticket.server_id, ticket.desk_no, ticket.epoch, bound=True)
    until = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < until:
        try:
            answer = await _exchange(desk, data, port, storm)
        except (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError):
            storm.cut += 1
            event: Failure | Refusal = Failure("cut")
        else:
            if answer is None:
                return
            event = answer
        now = clock.now()
        state, _ = engine.decide(State(kept), Begin(1), now, random)
        state, _ = engine.decide(state, event, now, random)
        kept = state.kept
        wait = (kept.next_try - now).total_seconds() if kept.next_try else 1.0
        await asyncio.sleep(wait)
    raise RuntimeError("a desk did not get through")


async def _exchange(desk: EnrolledDesk, data: bytes, port: int, storm: Storm) -> Refusal | None:
    """One exchange; None when it came to its end, else how the centre sent the desk away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        stream = f"/v1/streams/{desk.ticket.desk_no}/{desk.ticket.epoch}"
        for method, target, body in (
            ("GET", stream, b""),
            ("POST", "/v1/batches", data),
            ("GET", "/v1/feed?after=0&wait=0", b""),
        ):
            started = time.perf_counter()
            status, after = await _ask(desk, reader, writer, method, target, body)
            storm.statuses[status] += 1
            if status in SAID_LATER:
                storm.without_time += after is None
                return Refusal(status, "busy", retry_after=after or 0.0)
            if status >= 400:
                raise RuntimeError(f"{method} {target}: {status}")
            if body:
                storm.taken.append(time.perf_counter() - started)
        return None
    finally:
        writer.close()


async def _ask(
    desk: EnrolledDesk,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    target: str,
    body: bytes,
) -> tuple[int, float | None]:
    """One request on the connection: its status, and Retry-After where there is one."""
    signed = desk.keys.sign(REQUEST_CONTEXT + f"{method} {target}".encode())
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: centre\r\nContent-Length: {len(body)}\r\n"
        f"MFC-Signature: {desk.keys.key_id}:{base64.b64encode(signed).decode()}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    told = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).decode("latin-1")
    lines = told.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    if "content-length" in fields:
        await reader.readexactly(int(fields["content-length"]))
    elif fields.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    after = fields.get("retry-after")
    return int(lines[0].split(" ")[1]), float(after) if after else None


def _lost(
    home: Path,
    url: str | None,
    desks: Sequence[EnrolledDesk],
    sizes: tuple[int, int],
) -> int:
    """How many entries that were receipted the centre does not have."""
    evening, outage = sizes
    centre = Centre.open(CentreHome(home), SystemClock(), SystemRandom(), url)
    try:
        lost = 0
        for place, desk in enumerate(desks):
            stream = centre.store.streams.stream(desk.ticket.desk_no, desk.ticket.epoch)
            wanted = (REQUESTS if place < evening else 0) + (AFTER if place < outage else 0)
            lost += wanted - (stream.stream.last if stream else 0)
        return lost
    finally:
        centre.close()
