"""A paper's data as JSON and back: what is kept of a printed paper is this, not its PDF."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def keep(paper: Any) -> str:
    """Return the data of a paper as compact JSON, the edition of its texts among them."""
    return json.dumps(_plain(paper), ensure_ascii=False, separators=(",", ":"))


def kept(data: type[T], text: str, **changes: object) -> T:
    """Return the paper `text` holds, with `changes` of its fields.

    A field that was added to the class after `text` was kept has its default. Raises TypeError
    when one without a default is missing.
    """
    known = json.loads(text)
    types: dict[str, Any] = _types(data)
    read = {name: _read(types[name], value) for name, value in known.items() if name in types}
    return data(**{**read, **changes})


def _plain(item: object) -> object:
    if isinstance(item, tuple):
        return [_plain(one) for one in item]
    if is_dataclass(item) and not isinstance(item, type):
        return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    return item


def _types(data: Any) -> dict[str, Any]:
    return _hints(data)


@cache
def _hints(data: type) -> dict[str, Any]:
    return get_type_hints(data)


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = get_origin(kind)
    if origin in {UnionType, Union}:
        return _read(next(one for one in get_args(kind) if one is not type(None)), value)
    if origin is tuple:
        inner = get_args(kind)
        if inner[-1] is ...:
            return tuple(_read(inner[0], one) for one in value)
        return tuple(_read(one, each) for one, each in zip(inner, value, strict=True))
    if is_dataclass(kind):
        types = _types(kind)
        return kind(**{name: _read(types[name], one) for name, one in value.items()})  # type: ignore[operator]
    return value
