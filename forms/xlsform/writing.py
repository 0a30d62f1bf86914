"""A service as the text of a catalogue file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Table

Data = Mapping[str, object]
_NESTED = ("section", "field", "document", "duty")
_WIDE = 90


def toml_text(service: Data, remark: Sequence[str]) -> str:
    """Write a service; `remark` stands above it as comments."""
    document = tomlkit.document()
    for line in remark:
        document.add(tomlkit.comment(line))
    if remark:
        document.add(tomlkit.nl())
    _fill(document, service)
    return tomlkit.dumps(document)


def _fill(table: tomlkit.TOMLDocument | Table, data: Data) -> None:
    """Keys first, then the tables below them: TOML reads keys of what was opened last."""
    for key, value in data.items():
        if key not in _NESTED and not (key == "term" and isinstance(value, Mapping)):
            table.add(key, _value(value))
    term = data.get("term")
    if isinstance(term, Mapping):
        inner = tomlkit.table()
        _fill(inner, term)
        table.add("term", inner)
    for key in _NESTED:
        rows = data.get(key)
        if isinstance(rows, list):
            table.add(key, _tables(rows))


def _tables(rows: Sequence[Data]) -> AoT:
    found = tomlkit.aot()
    for row in rows:
        table = tomlkit.table()
        _fill(table, row)
        found.append(table)
    return found


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, list | tuple):
        return _array(value)
    return value


def _inline(data: Data) -> InlineTable:
    table = tomlkit.inline_table()
    for key, value in data.items():
        table.append(key, _value(value))
    return table


def _array(values: Sequence[object]) -> Array:
    array = tomlkit.array()
    for value in values:
        array.append(_value(value))
    return array.multiline(len(str(values)) > _WIDE and bool(values))
