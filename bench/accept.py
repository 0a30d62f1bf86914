"""From a sealed batch on the desk's disk to a durable commit in the centre, over HTTP.

Signature, chain, encryption and envelope are checked; a receipt comes back verified. The centre
registers requests behind that, a slice at a time when nothing comes in; bursts are shorter than
its patience, so they measure the accepting alone, `sustained` measures both together. In turn with
the bursts the same requests go as JSON to a bare endpoint that checks nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import requests

from bench.ground.bulk import bare_bulk, documents
from bench.ground.centre import BenchCentre, on_processor
from bench.ground.stores import POSTGRESQL, STORES, servers
from bench.report import Row, goal, ratio, row
from bench.wire import register_entries
from sync.http import CentreClient

COUNTS = (1, 10, 100, 500)
BURST = 10  # batches a burst: with the warm-up under the quarter of a second the centre waits
WARM_UP = 3
ROUNDS = 7
SUSTAINED_S = 4.0
SUSTAINED = 100  # batches at most: sealing them takes longer than sending
WALL_GOAL, CORE_GOAL = 30_000.0, 50_000.0


def run(
    counts: Iterable[int] = COUNTS,
    rounds: int = ROUNDS,
    seconds: float = SUSTAINED_S,
    stores: Sequence[str] = STORES,
) -> Row:
    """Return requests a second by store and batch size, of the clock and of the centre's processor.

    What PostgreSQL itself uses of the processor is not the centre's: the clock has it.
    """
    told: Row = {
        "question": "a batch of N registered requests from the desk's disk to a durable commit and "
        "a verified receipt, HTTP on loopback, SQLite WAL FULL and PostgreSQL with fsync; "
        "requests a second",
        "rows": [],
        "bytes a batch": {},
        "ratio": {},
        "goals": [],
    }
    with servers(stores) as server, tempfile.TemporaryDirectory(prefix="mfc-bench-") as folder:
        for store in stores:
            own = server if store == POSTGRESQL else None
            centre = BenchCentre(Path(folder) / store, server=own)
            _measure(centre, Path(folder) / store, store, (tuple(counts), rounds, seconds), told)
    return told


def _measure(
    centre: BenchCentre,
    folder: Path,
    store: str,
    how: tuple[tuple[int, ...], int, float],
    told: Row,
) -> None:
    """Add the rows and goals of one store."""
    counts, rounds, seconds = how
    wall: dict[int, list[float]] = {count: [] for count in counts}
    busy: dict[int, list[float]] = {count: [] for count in wall}
    files = {count: _files(centre, folder, count, WARM_UP + BURST) for count in wall}
    most = max(wall)
    bodies = _bodies(folder, most, WARM_UP + BURST)
    bare: list[tuple[float, float]] = []
    for number in range(rounds):
        for count, batches in files.items():
            with centre.running() as pid:
                took, ran = _burst(centre.desk.client(), pid, batches)
            wall[count].append(count * BURST / took)
            busy[count].append(count * BURST / ran)
        bare.append(_bare(folder / f"bare-{number}.db", bodies, most))
    many = _files(centre, folder, most, SUSTAINED, "sustained")
    with centre.running():
        sustained = _sustained(centre.desk.client(), many, seconds) * most
    told["bytes a batch"] |= {str(n): batches[-1].stat().st_size for n, batches in files.items()}
    told["rows"] += [
        *(row(f"{store}, {count} a batch", samples, "1/s") for count, samples in wall.items()),
        *(
            row(f"{store}, {count} a batch, by the centre's processor time", samples, "1/s")
            for count, samples in busy.items()
        ),
        row(f"a bare JSON endpoint, {most} rows a request", [one for one, _ in bare], "1/s"),
        row(
            f"a bare JSON endpoint, {most} rows a request, by its processor time",
            [one for _, one in bare],
            "1/s",
        ),
        row(
            f"{store}, {most} a batch, sustained {seconds:.0f} s, registering beside",
            [sustained],
            "1/s",
        ),
    ]
    told["ratio"] |= {
        f"{store}/bare": ratio(wall[most], [one for one, _ in bare]),
        f"{store}/bare, processor": ratio(busy[most], [one for _, one in bare]),
    }
    told["goals"] += [
        goal(
            f"{store}: ≥ 30 000 requests/s of the clock, {most} a batch",
            median(wall[most]),
            WALL_GOAL,
            at_most=False,
        ),
        goal(
            f"{store}: ≥ 50 000 requests/s a core of the centre, {most} a batch",
            median(busy[most]),
            CORE_GOAL,
            at_most=False,
        ),
    ]


def _files(
    centre: BenchCentre, folder: Path, count: int, batches: int, name: str = "burst"
) -> list[Path]:
    """Sealed batches of one stream on the disk, in order."""
    entries = list(islice(_registrations(), count * batches))
    files = []
    for number, data in enumerate(centre.desk.seal(entries, [count] * batches)):
        file = folder / f"{name}-{count}-{number:04d}.mfcb"
        file.write_bytes(data)
        files.append(file)
    return files


def _bodies(folder: Path, count: int, requests_made: int) -> list[Path]:
    """Requests of JSON documents on the disk, each once."""
    each = islice(_registrations(), count * requests_made)
    return [
        documents(list(islice(each, count)), folder / f"bulk-{number:04d}.json")
        for number in range(requests_made)
    ]


def _bare(database: Path, bodies: list[Path], count: int) -> tuple[float, float]:
    """The same burst at the bare endpoint; documents a second of the clock and of its processor."""
    with bare_bulk(database) as bulk, requests.Session() as session:
        session.trust_env = False
        for body in bodies[:WARM_UP]:
            bulk.post(session, body)
        ran, start = on_processor(bulk.pid), time.perf_counter()
        for body in bodies[WARM_UP:]:
            bulk.post(session, body)
        took = time.perf_counter() - start
        ran = on_processor(bulk.pid) - ran
    sent = count * (len(bodies) - WARM_UP)
    return sent / took, sent / ran


def _registrations() -> Iterator[bytes]:
    """Entries of registered requests alone, for ever: the same ones again after a while."""
    return cycle([entry for entry in register_entries() if b'"request.register"' in entry])


def _burst(client: CentreClient, pid: int, files: list[Path]) -> tuple[float, float]:
    """Send batches without a pause; seconds of the clock and of the centre's processor."""
    for file in files[:WARM_UP]:
        client.post_batch(file.read_bytes())
    ran, start = on_processor(pid), time.perf_counter()
    for file in files[WARM_UP:]:
        client.post_batch(file.read_bytes())
    took = time.perf_counter() - start
    ran = on_processor(pid) - ran
    client.close()
    return took, ran


def _sustained(client: CentreClient, files: list[Path], seconds: float) -> float:
    """Send for so many seconds; batches a second."""
    start, sent = time.perf_counter(), 0
    for file in files:
        client.post_batch(file.read_bytes())
        sent += 1
        if time.perf_counter() - start > seconds:
            break
    client.close()
    return sent / (time.perf_counter() - start)
