"""The fixed Russian texts of every paper, by edition, so that an old paper prints its old words.

A paper's data names the edition it was made with. A text is changed by adding the next edition
(`texts/2.json`), never in a file that has printed. Edition 1 is the field's `papers.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from printing.errors import UnknownEdition

EDITION = 1
"""The edition new papers are made with."""

_TEXTS = Path(__file__).with_name("texts")

Label: TypeAlias = tuple[str, str]
"""The name of a field and the words before or above it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a paper: labels of its rows or columns, a title, a text, fixed lines to check."""

    rows: tuple[Label, ...] = ()
    title: str = ""
    text: str = ""
    totals: str = ""
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one paper; `signatures` are the roles of those who sign.

    `issue_signatures` are those of who takes and gives the result, later and on the same paper.
    """

    title: str
    subtitle: str
    head: Mapping[str, str]
    blocks: tuple[Block, ...]
    signatures: tuple[str, ...]
    issue_signatures: tuple[str, ...]
    more: Mapping[str, str]


def wording(paper: str, edition: int) -> Wording:
    """Return the texts of `paper` (its code) in `edition`. Raises UnknownEdition."""
    found = _edition(edition).get(paper)
    if found is None:
        raise UnknownEdition(paper, edition)
    return found


@cache
def _edition(edition: int) -> Mapping[str, Wording]:
    file = _TEXTS / f"{edition}.json"
    if not file.is_file():
        raise UnknownEdition("", edition)
    known: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return {code: _wording(texts) for code, texts in known.items()}


def _wording(texts: Mapping[str, Any]) -> Wording:
    return Wording(
        title=texts["title"],
        subtitle=texts.get("subtitle", ""),
        head=dict(texts.get("head", ())),
        blocks=tuple(_block(block) for block in texts["blocks"]),
        signatures=tuple(texts["signatures"]),
        issue_signatures=tuple(texts.get("issue_signatures", ())),
        more={name: text for name, text in texts.items() if isinstance(text, str)},
    )


def _block(texts: Mapping[str, Any]) -> Block:
    return Block(
        rows=tuple((name, label) for name, label in texts.get("rows", ())),
        title=texts.get("title", ""),
        text=texts.get("text", ""),
        totals=texts.get("totals", ""),
        checks=tuple(texts.get("checks", ())),
    )
