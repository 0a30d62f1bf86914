"""A registered record as a person reads it: sections, labels, values as printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.catalogue import Catalogue
from forms.check import visible_fields
from forms.facts import at_path
from forms.kinds import kind_of
from forms.spec import Field, Service


@dataclass(frozen=True)
class ShownValue:
    """One answer: the heading it stands under, its path, its label, its value as printed."""

    section: str
    path: str
    label: str
    text: str


def shown_values(
    service: Service, catalogue: Catalogue, record: Mapping[str, Any]
) -> tuple[ShownValue, ...]:
    """Return every answer of a record in the order of the form; fields left empty are absent."""
    found = []
    for placed in visible_fields(service, catalogue, record):
        value = at_path(record, placed.path)
        for path, label, text in _texts(placed.field, placed.path, placed.field.label, value):
            found.append(ShownValue(placed.section.label, path, label, text))
    return tuple(found)


def shown_at(service: Service, catalogue: Catalogue, record: Mapping[str, Any], path: str) -> str:
    """Return one value as printed, empty when there is none."""
    for value in shown_values(service, catalogue, record):
        if value.path == path:
            return value.text
    return ""


def _texts(field: Field, path: str, label: str, value: object) -> Iterator[tuple[str, str, str]]:
    if value in (None, "", [], {}):
        return
    if field.type == "repeat":
        rows = value if isinstance(value, list) else []
        for number, row in enumerate(rows):
            for inner in field.rows:
                yield from _texts(
                    inner,
                    f"{path}.{number}.{inner.name}",
                    f"{label} {number + 1}: {inner.label}",
                    row.get(inner.name) if isinstance(row, Mapping) else None,
                )
        return
    kind = kind_of(field)
    yield path, label, kind.show(kind.read(value))
