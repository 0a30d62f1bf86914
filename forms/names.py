"""Names of people: as typed for paper, folded for search."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

# Search does not tell these apart; print keeps what was typed (domain.md, 4.1).
_FOLDED = str.maketrans(
    {"ё": "е", "і": "и", "ї": "и", "є": "е", "ґ": "г", "й": "и"}
    | dict.fromkeys("'’‘ʼʹ`´′\u0301", "")
)


def fold(text: str) -> str:
    """Give the form two spellings of one name share: case, Ё/Е, І/И, Ї/И, Є/Е, Ґ/Г, Й/И, marks."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(composed.translate(_FOLDED).split())


def full_name(person: Mapping[str, object]) -> str:
    """«Образцова Мария Петровна» of a person's block, or the title of an organisation's."""
    if person.get("kind") == "organisation":
        return _text(person, "title")
    parts = (_text(person, key) for key in ("surname", "name", "patronymic"))
    return " ".join(part for part in parts if part)


def short_name(person: Mapping[str, object]) -> str:
    """«Образцова М. П.» of a person's block, or the title of an organisation's."""
    if person.get("kind") == "organisation":
        return _text(person, "title")
    initials = (_text(person, key)[:1].upper() for key in ("name", "patronymic"))
    letters = " ".join(f"{initial}." for initial in initials if initial)
    return f"{_text(person, 'surname')} {letters}".strip()


def _text(person: Mapping[str, object], key: str) -> str:
    value = person.get(key)
    return value.strip() if isinstance(value, str) else ""
