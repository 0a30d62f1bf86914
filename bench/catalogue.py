"""How long the search of services takes a key, opening the largest form, loading the catalogue.

Opening is from Enter on a draft of the list to the first picture of its form, whole and with the
first field under the cursor, by the clock on the wall, without a terminal; a second and a bit lies
between two of them, as a person pauses. Beside it stand what the processor worked for it, which
other programs move less, and when the last editor stood where a key can reach it. That the
catalogue is not loaded before the first screen, tests/test_bench_catalogue.py holds. 300 services
are the city's; they are the packaged ones again and again under other names.
"""

from __future__ import annotations

import gc
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import quantiles

from bench.ground.desk import cached
from bench.ground.opened_form import openings as opened
from bench.report import Row, goal, rounded, row
from forms.catalogue import Catalogue, load
from forms.catalogue.search import ServiceIndex
from forms.check import visible_fields
from forms.example import example
from forms.spec import Service

QUERIES = Path(__file__).parent.parent / "tests" / "data" / "service_queries.toml"
CITY = 300
LOADS = 5
REQUESTS = 100
OPENINGS = 30
TODAY = date(2026, 11, 27)
SEARCH_GOAL_MS, FORM_GOAL_MS = 10.0, 100.0


def run(loads: int = LOADS, openings: int = OPENINGS) -> Row:
    """Return milliseconds of a key, of opening the largest form, of loading."""
    loading = [_ms(load) for _ in range(loads)]
    catalogue = load()
    texts = [text for text, _ in tomllib.loads(QUERIES.read_text("utf-8"))["queries"]]
    indexes = {f"{len(catalogue.services)} services": catalogue.search}
    city = ServiceIndex(_city(catalogue))
    indexes[f"{CITY} services"] = city.find  # type: ignore[assignment]  # only its time is wanted
    prepared = {"prepare, packaged": [_ms(catalogue.prepare_search)]}
    prepared["prepare, city"] = [_ms(city.prepare)]
    gc.collect()
    gc.freeze()
    keys = {name: _typing(find, texts) for name, find in indexes.items()}
    laid_out = [_ms(lambda: _lay_out_largest(catalogue)) for _ in range(openings)]
    gc.unfreeze()
    with cached(REQUESTS).copied() as grown:
        forms = opened(grown, _largest(catalogue).slug, openings)
    pictured = [1000 * one.pictured.wall for one in forms]
    rows = {f"a key, {name}": samples for name, samples in keys.items()}
    rows |= {
        "open the largest form": pictured,
        "open it, processor time": [1000 * one.pictured.worked for one in forms],
        "open it, every editor in its place": [1000 * one.at_rest.wall for one in forms],
        "lay it out": laid_out,
        "load the catalogue": loading,
    } | prepared
    return {
        "question": "search of services while typing, opening the largest form, loading",
        "rows": [row(name, samples, "ms") for name, samples in rows.items()],
        "goals": [
            *(
                goal(f"p99 of a key < 10 ms: {name}", _p99(samples), SEARCH_GOAL_MS)
                for name, samples in keys.items()
            ),
            goal("p99 of opening the largest form < 100 ms", _p99(pictured), FORM_GOAL_MS),
        ],
    }


def _typing(find: Callable[[str], object], texts: list[str]) -> list[float]:
    """Type every text letter by letter."""
    return [
        _ms(lambda letters=text[:length]: find(letters))  # type: ignore[misc]
        for text in texts
        for length in range(1, len(text) + 1)
    ]


def _largest(catalogue: Catalogue) -> Service:
    return max(catalogue.services.values(), key=lambda one: len(one.fields))


def _lay_out_largest(catalogue: Catalogue) -> None:
    """Decide which fields the largest form asks with all its answers given, without a screen."""
    service = _largest(catalogue)
    visible_fields(service, catalogue, example(service, catalogue, TODAY), TODAY)


def _city(catalogue: Catalogue) -> list[Service]:
    own = list(catalogue.services.values())
    return [
        replace(own[n % len(own)], slug=f"{own[n % len(own)].slug}-{n}", short=f"услуга{n} {n}")
        for n in range(CITY)
    ]


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)


def _p99(samples: list[float]) -> float:
    return rounded(quantiles(samples, n=100, method="inclusive")[98])
