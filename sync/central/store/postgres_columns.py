"""Columns of many rows as PostgreSQL takes them at least cost: one text each, parted by the server.

psycopg builds an array value by value in Python, which was most of the centre's own time in a
projection; and most columns of its rows hold one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

TYPES = {
    "desk": "int4",
    "epoch": "int8",
    "seq": "int8",
    "row": "int8",
    "n": "int8",
    "size": "int8",
    "version": "int8",
    "service_version": "int8",
    "leaf": "bytea",
}
"""Of the columns that are inserted by many rows; the others are text."""

BETWEEN, NONE = "\x1f", "\x1e"  # no entry, no JSON holds them
PARTED = "string_to_array(%s, chr(31), chr(30))"
STATEMENTS = 128  # kept at most; a dozen are in use


class Column(NamedTuple):
    """How a column stands in the statement, and the value that goes with it."""

    place: str
    value: Any


def column_of(name: str, values: Sequence[Any]) -> Column:
    """Write the values of a column down, one at least."""
    kind, first = TYPES.get(name, "text"), values[0]
    if values.count(first) == len(values):
        if isinstance(first, bytes):
            return Column("%b::bytea", first)
        # numbers as text: psycopg prepares a statement anew for each width of a number
        return Column(f"%s::{kind}", str(first) if isinstance(first, int) else first)
    if kind == "text":
        place, value = texts_of(values)
        return Column(f"unnest({place})", value)
    if kind == "bytea":
        shown = ['"\\\\x' + one.hex() + '"' if one is not None else "NULL" for one in values]
    else:
        shown = [str(one) if one is not None else "NULL" for one in values]
    return Column(f"unnest(%s::{kind}[])", f"{{{','.join(shown)}}}")


def texts_of(values: Sequence[str | None]) -> Column:
    """Write several texts, not all None, down as an array."""
    lacking = values.count(None)
    text = BETWEEN.join([NONE if one is None else one for one in values])
    whole = text and text.count(BETWEEN) == len(values) - 1 and text.count(NONE) == lacking
    return Column(PARTED, text) if whole else Column("%s::text[]", list(values))


@lru_cache(STATEMENTS)
def inserting(table: str, columns: tuple[str, ...], places: tuple[str, ...], ending: str) -> str:
    """The statement that inserts columns which stand so; rows that are all the same are one."""
    return (
        f"INSERT INTO {table}({', '.join(columns)}) SELECT {', '.join(places)} {ending}"
    ).rstrip()
