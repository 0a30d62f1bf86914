"""Reading and writing a draft's document by dotted paths, and where its parts are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forms.check import PlacedField
from forms.placing import typed_at

APPLICANT_BLOCKS = ("applicant", "representative")


@dataclass(frozen=True)
class OpenSection:
    """A section of the form as the rail shows it."""

    key: str
    label: str
    fields: tuple[PlacedField, ...]


def put_at(document: dict[str, Any], path: str, typed: object) -> None:
    """Write a typed value under a path; nothing typed takes the key away."""
    block: Any = document
    *holders, last = path.split(".")
    for key in holders:
        inner = block.get(key)
        if not isinstance(inner, dict):
            inner = block[key] = {}
        block = inner
    if typed in ("", [], None):
        block.pop(last, None)
    else:
        block[last] = typed


def value_at(document: dict[str, Any], placed: PlacedField) -> object:
    """What the draft holds for a field, or the field's default."""
    return typed_at(document, placed)


def open_sections(fields: Sequence[PlacedField]) -> tuple[OpenSection, ...]:
    """Group visible fields by the section they stand in, in order."""
    groups: dict[str, list[PlacedField]] = {}
    labels: dict[str, str] = {}
    for placed in fields:
        key = f"{placed.section.name}/{placed.section.label}"
        groups.setdefault(key, []).append(placed)
        labels[key] = placed.section.label
    return tuple(OpenSection(key, labels[key], tuple(found)) for key, found in groups.items())


def is_about_people(section: OpenSection) -> bool:
    """Whether a section asks about the applicant or the representative."""
    return section.fields[0].path.partition(".")[0] in APPLICANT_BLOCKS
