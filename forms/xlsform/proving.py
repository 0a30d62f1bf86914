"""Whether an imported service loads, and a synthetic request of it passes its own check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

from forms.catalogue import Catalogue, Mistake
from forms.catalogue.reading import read_service
from forms.catalogue.table import Table
from forms.catalogue.wiring import wire_service
from forms.check import check, check_field
from forms.constraints import is_number
from forms.example import example
from forms.spec import Field, Service

SEEDS = range(6)
_ROUNDS, _TRIES = 4, 20
_LENGTHS = (*range(1, 21), 50)


def read(
    data: dict[str, Any], catalogue: Catalogue
) -> tuple[Service, Catalogue, tuple[Mistake, ...]]:
    """Read a service as the loader does, beside the blocks and lists of a catalogue."""
    found: list[Mistake] = []
    slug = str(data["slug"])

    def report(where: str, text: str) -> None:
        found.append(Mistake(f"services/{slug}.toml", where, text))

    service = read_service(Table(data, "", report), slug, catalogue.lists)
    blocks = {
        f"{'applicant' if block == 'organisation' else block}.{field.name}": field
        for block, sections in reversed(tuple(catalogue.blocks.items()))
        for section in sections
        for field in section.fields
    }
    wire_service(service, blocks, report)
    alone = replace(catalogue, services=MappingProxyType({slug: service}))
    return service, alone, tuple(sorted(set(found)))


def give_examples(
    data: dict[str, Any], catalogue: Catalogue, today: date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write `example` where a made-up answer does not pass, and drop a default that never can.

    Gives the names of the fields whose default was dropped, and of those that stay without an
    example.
    """
    dropped: list[str] = []
    for _ in range(_ROUNDS):
        service, alone, _ = read(data, catalogue)
        failed = _failing(service, alone, today)
        fields = {**{one.name: one for one in service.fields}, **_cells(service)}
        mended = False
        for field in (fields[name] for name in failed if name in fields):
            table = next(one for one in _tables(data) if one["name"] == field.name)
            if field.default and check_field(field, field.default, today) is not None:
                del table["default"]
                dropped.append(field.name)
                mended = True
            elif "example" not in table:
                mended = _put(table, field, today) or mended
        if not mended:
            break
    return tuple(dropped), tuple(failed)


def _failing(service: Service, catalogue: Catalogue, today: date) -> list[str]:
    """Names of the fields that a made-up answer of any seed does not pass."""
    names: dict[str, None] = {}
    for seed in SEEDS:
        made = example(service, catalogue, today, seed)
        for problem in check(service, catalogue, made, today).problems:
            names[problem.path.rpartition(".")[2]] = None
    return list(names)


def _cells(service: Service) -> dict[str, Field]:
    return {cell.name: cell for field in service.fields for cell in field.rows}


def _put(table: dict[str, Any], field: Field, today: date) -> bool:
    """Write an example into the table of a field; whether one was found."""
    for text in _candidates(field):
        if check_field(field, text, today) is None:
            table["example"] = text
            return True
    return False


def _tables(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in data["section"]:
        for field in section["field"]:
            yield field
            yield from field.get("field", ())


def _candidates(field: Field) -> Iterator[str]:
    """Answers that may pass: bounds and their neighbours, words of a pattern, lengths."""
    bounds = [
        rule.bound
        for rule in field.constraints
        if rule.operator in ("min", "max", "gt", "lt") and is_number(rule.bound)
    ]
    if field.type in ("integer", "decimal"):
        yield from _numbers(bounds, whole=field.type == "integer")
    if field.type == "date":
        for rule in field.constraints:
            if isinstance(rule.bound, str) and rule.bound[:1].isdigit():
                day = date.fromisoformat(rule.bound)
                yield from ((day + timedelta(days=step)).isoformat() for step in (0, 1, -1))
    if field.choices:
        codes = [choice.code for choice in field.choices]
        yield from codes
        yield from ("; ".join(codes[:count]) for count in range(2, len(codes) + 1))
        return
    for rule in field.constraints:
        if rule.operator == "pattern":
            yield from _spelled(str(rule.bound))
    yield from ("0" * length for length in _LENGTHS)
    yield from ("1" * length for length in _LENGTHS)  # of a number the zeros before it are nothing
    yield from ("а" * length for length in _LENGTHS)


def _numbers(bounds: Iterable[str | int], *, whole: bool) -> Iterator[str]:
    for bound in bounds:
        number = float(bound)
        steps = (0, 1, -1) if whole else (0, 0.1, -0.1, 1, -1)
        yield from (f"{round(number + step, 6):g}" for step in steps)
    numbers = [float(bound) for bound in bounds]
    if numbers:
        middle = sum(numbers) / len(numbers)
        yield str(round(middle)) if whole else f"{round(middle, 4):g}"


def _spelled(pattern: str) -> list[str]:
    """Words that a regular expression matches, by rstr, the shortest first."""
    import rstr  # noqa: PLC0415 - nothing but an import pays for it

    maker = rstr.Rstr(Random(pattern))
    found: set[str] = set()
    for _ in range(_TRIES):
        try:
            word = maker.xeger(pattern)
        except (KeyError, IndexError):  # a construct, or a set of signs, that rstr does not know
            continue
        found.add(" ".join(word.split()))
    return sorted(found, key=lambda word: (len(word), word))
