"""How many bytes a request takes on the wire: sealed, and all in all through a counting link.

`python -m bench.wire FILE` trains a dictionary from synthetic entries; a new one goes to
sync/data/zdict-N, none is ever replaced (sync/data/README.md).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import zstandard

from bench.ground.linked import Spent, linked_desk
from bench.ground.population import Population
from bench.report import Row, goal, row
from forms import catalogue as catalogues
from forms.calendar import Calendar
from forms.check import check
from forms.duty import duty_for
from forms.example import example
from forms.number import compose
from forms.term import deadlines
from mfc_desk.intake.registration import Acceptance, register_body
from sync import batch
from sync.entries import Stamp, encode
from sync.ids import SeededRandom, UuidV7
from sync.keys import CentreKeys, DeviceKeys

SIZE = 64 * 1024
TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)
EACH = 11  # documents of a service
CHECKED = 11
ZONE = ZoneInfo("Europe/Moscow")
COUNTS = (1, 10, 25, 100, 500)
GOALS = {1: 2400.0, 10: 520.0, 100: 330.0, 500: 330.0}  # sync.md, 13
FEW = 5
LINK_BITS = 64_000


def register_entries(each: int = EACH, first_seed: int = 0) -> Iterator[bytes]:
    """Entries of registered synthetic requests and what goes with them, `each` of every service.

    Bodies are those the desk writes; what is asked is checked a few times a service, who asks is
    another person each time.
    """
    random = SeededRandom(317)
    moment = NOON
    ids = UuidV7(lambda: int(moment.timestamp() * 1000), random)
    town = Population(first_seed)
    known = [list(acceptances(first_seed + n)) for n in range(min(each, CHECKED))]
    for turn in range(each):
        for sample in known[turn % CHECKED]:
            moment += timedelta(minutes=3)
            up = int((moment - NOON).total_seconds()) + 900
            stamp = Stamp(moment, "6d1f2b0c-52f4-4b3e-9a57-1d0f6f8d2c11", up, moment)
            request = ids.next()
            number = compose(random.below(999) + 1, first_seed + turn + 1, random.below(100))
            local = moment.astimezone(ZONE)
            acceptance = replace(sample, accepted_at=local, record=town.settle(sample.record))
            printed = {"request": request, "paper": "receipt", "copy": 1}
            printed["sha256"] = random.bytes(32).hex()
            for kind, body in (
                ("request.register", register_body(acceptance, number)),
                ("paper.printed", {**printed, "printer": "office"}),
            ):
                yield encode(
                    entry_id=ids.next(),
                    kind=kind,
                    request_id=request,
                    stamp=stamp,
                    operator="ivanova",
                    body=body,
                )


def acceptances(seed: int) -> Iterator[Acceptance]:
    """A checked request of every service in force, as a desk would register it."""
    catalogue = catalogues.load()
    for service in catalogue.in_force(TODAY):
        document = example(service, catalogue, TODAY, seed)
        record = check(service, catalogue, document, TODAY).record
        yield Acceptance(
            request_id="",
            service=service,
            catalogue_digest=catalogue.digest,
            record=record,
            accepted_at=NOON.astimezone(ZONE),
            register_by=NOON.astimezone(ZONE),
            operator="ivanova",
            duty=duty_for(service, record, TODAY),
            deadlines=deadlines(service, TODAY, Calendar(), catalogue.as_of, TODAY),
        )


def run(counts: Sequence[int] = COUNTS) -> Row:
    """Return bytes a request: of batch files, and of whole exchanges of a desk with its centre."""
    sizes = sealed_sizes(counts)
    spent = exchanges(counts)
    most, fewest = max(counts), min(counts)
    seconds = spent[most].total * 8 / LINK_BITS
    kept = {name: {count: size for (count, of), size in sizes.items() if of == name}
            for name in ("bare", "with dictionary")}  # fmt: skip
    return {
        "question": "N requests registered on a desk and sent in one exchange, bytes a request: "
        "the sealed batch files, and everything through the link both ways with all headers",
        "rows": [
            *(
                row(f"{count} sealed {name}", [size], "B/request")
                for name, found in kept.items()
                for count, size in found.items()
            ),
            *(row(f"{n} all in", [found.total / n], "B/request") for n, found in spent.items()),
        ],
        "exchanges": {str(count): asdict(found) for count, found in spent.items()},
        "goals": [
            *(
                goal(f"payload ≤ 330 B a request, {n} a batch", kept["with dictionary"][n], 330.0)
                for n in counts
                if n >= FEW
            ),
            *(
                goal(
                    f"all in ≤ {GOALS[n]:.0f} B a request, {n} in an exchange",
                    spent[n].total / n,
                    GOALS[n],
                )
                for n in counts
                if n in GOALS
            ),
            goal("overhead of an exchange ≤ 2.0 KB", spent[fewest].overhead, 2000.0),
            goal(f"{most} requests in ≤ 20 s at 64 kbit/s", seconds, 20.0),
            goal(f"≤ 3 round trips for {most}", spent[most].trips, 3.0),
        ],
    }


def sealed_sizes(counts: Sequence[int]) -> dict[tuple[int, str], float]:
    """Bytes a request of batch files of so many registered requests, entry `paper.printed` not."""
    dictionary = batch.current_dictionary()
    centre = CentreKeys.generate(SeededRandom(1))
    device = DeviceKeys.generate(SeededRandom(2))
    made = (e for e in register_entries(90, first_seed=10_000) if b'"request.register"' in e)
    entries = list(islice(made, max(counts)))
    sizes = {}
    for count in counts:
        for name, known in (("bare", None), ("with dictionary", dictionary)):
            sealed = batch.seal(
                entries[:count],
                server="s-7f3a",
                desk=317,
                epoch=217_123_200,
                from_seq=1,
                prev=bytes(32),
                keys=device,
                recipients=[centre.recipient],
                sealed=NOON,
                dictionary=known,
            )
            sizes[count, name] = len(sealed) / count
    return sizes


def exchanges(counts: Sequence[int]) -> dict[int, Spent]:
    """What exchanges of so many new requests cost a real desk with a real centre."""
    with (
        tempfile.TemporaryDirectory(prefix="mfc-bench-") as folder,
        linked_desk(Path(folder)) as linked,
    ):
        return {count: linked.exchange(count, seed=1000 * count) for count in counts}


def main() -> None:
    """Write a dictionary to the file named on the command line."""
    samples: list[bytes | bytearray | memoryview] = list(register_entries())
    Path(sys.argv[1]).write_bytes(zstandard.train_dictionary(SIZE, samples).as_bytes())


if __name__ == "__main__":
    main()
