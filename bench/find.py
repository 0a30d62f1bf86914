"""How long a search takes while a text is typed, over 100 000 requests.

`python -m bench.find 1000000` asks the same of a desk of so many (it is grown for half an hour).
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Mapping
from random import Random
from statistics import quantiles

from bench.ground.desk import cached
from bench.report import Row, goal, rounded, row
from forms.names import fold
from mfc_desk.desk import Desk
from mfc_desk.handling.find import RequestRow

REQUESTS = 100_000
ROUNDS = 300
WARM_UP = 10
LIMIT = 50  # lines of the search screen
GOAL_MS = 20.0

Typed = Mapping[str, str]


def run(requests: int = REQUESTS, rounds: int = ROUNDS) -> Row:
    """Return milliseconds of a search by kind of query; the kinds take turns."""
    random = Random(317)
    with cached(requests).login() as desk:
        known = _known(desk, random)
        taken: dict[str, list[float]] = {}
        cut: dict[str, int] = {}
        gc.collect()
        gc.freeze()
        for turn in range(-WARM_UP, rounds):
            for kind, text in typed(random.choice(known), random).items():
                start = time.perf_counter()
                found = desk.find.page(text, limit=LIMIT)
                seconds = time.perf_counter() - start
                if turn >= 0:
                    taken.setdefault(kind, []).append(1000 * seconds)
                    cut[kind] = cut.get(kind, 0) + (not found.complete)
        gc.unfreeze()
    p99 = {kind: _p99(samples) for kind, samples in taken.items()}
    return {
        "question": f"one search while typing, {requests} requests, the {LIMIT} newest lines",
        "requests": requests,
        "rows": [row(kind, samples, "ms") for kind, samples in taken.items()],
        "p99": p99,
        "interrupted after 15 ms, of 100": {k: rounded(100 * n / rounds) for k, n in cut.items()},
        "goals": [
            goal(f"p99 ≤ 20 ms at 100 000 requests: {kind}", value, GOAL_MS)
            for kind, value in p99.items()
        ],
    }


def _known(desk: Desk, random: Random) -> list[tuple[RequestRow, str]]:
    """Requests from all the years, each with the phone of its applicant, to be looked for."""
    newest = desk.find.recent(1)[0].rid
    found = []
    for _ in range(200):
        line = desk.find.recent(1, before=random.randint(2, newest + 1))[0]
        record = desk.find.card(line.number).record
        phone = record["applicant"].get("phone") or (record["representative"] or {})["phone"]
        found.append((line, phone))
    return found


def typed(known: tuple[RequestRow, str], random: Random) -> Typed:
    """What a specialist types to find one request, by kind; all of it finds something."""
    line, phone = known
    words = fold(line.applicant_short).replace(".", " ").replace('"', " ").split()
    surname = max(words, key=len)
    digits = "".join(c for c in line.number if c.isdigit())
    return {
        "number": line.number,
        "number, first half": digits[: random.randint(6, 10)],
        "number, last 4 digits": digits[-4:],
        "phone, first 7 digits": phone[2:9],
        "phone, last 4 digits": phone[-4:],
        "phone, last 2 digits": phone[-2:],
        "surname, 1 letter": surname[:1],
        "surname, 2 letters": surname[:2],
        "surname, 3 letters": surname[:3],
        "surname, whole": surname,
        "surname and initial": f"{surname} {words[-1][:1]}",
        "two beginnings": f"{surname[:3]} {words[-1][:1]}",
        "nobody": f"{surname[:3]}ъщ",
        "nothing typed": "",
    }


def _p99(samples: list[float]) -> float:
    return rounded(quantiles(samples, n=100, method="inclusive")[98])


if __name__ == "__main__":
    json.dump(run(int(sys.argv[1])), sys.stdout, ensure_ascii=False, indent=1)
