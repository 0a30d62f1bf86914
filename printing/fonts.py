"""Roboto for papers: registered once, measured, and kept to letters it can draw."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from threading import Lock

import font_roboto
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics

from printing.embedding import PaperFont

REGULAR = "Roboto"
BOLD = "Roboto-Bold"

_ALIKE = {"→": "->", "←": "<-", "↔": "<->"}
"""Signs Roboto lacks and what says the same."""

_lock = Lock()
_widths: dict[str, dict[str, float]] = {}
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def register() -> None:
    """Read both faces and make them known to reportlab; the second call does nothing."""
    if len(_widths) == len((REGULAR, BOLD)):
        return
    with _lock:
        rl_config.useA85 = 0  # streams as they are: a fifth smaller and twice as fast
        for name, file in ((REGULAR, font_roboto.Roboto), (BOLD, font_roboto.RobotoBold)):
            if name not in _widths:
                font = PaperFont(name, file)
                pdfmetrics.registerFont(font)
                _widths[name] = {
                    chr(code): width / 1000
                    for code, width in font.face.charWidths.items()
                    if chr(code).isprintable() or unicodedata.category(chr(code)) == "Zs"
                }


def width_of(text: str, font: str, size: float) -> float:
    """Return the width in points of `text`, which must have passed `drawable`."""
    return size * _ems(text, font)


@lru_cache(maxsize=8192)
def _ems(text: str, font: str) -> float:
    """Return the width of `text` in ems: a squeezed paper measures its words again."""
    return sum(map(_widths[font].__getitem__, text))


@lru_cache(maxsize=8192)
def longest_word(text: str, font: str) -> float:
    """Return the width in ems of the longest word of drawable `text`, 0 for none."""
    return max((_ems(word, font) for word in text.split()), default=0.0)


@cache
def _named(character: str) -> str:
    """Return what stands on paper for a letter Roboto lacks: its code, ‹U+1F600›."""
    return f"‹U+{ord(character):04X}›"


@lru_cache(maxsize=2048)
def drawable(text: str) -> str:
    """Return `text` composed (NFC) of letters Roboto has, unknown ones as their code; `\\n` stays.

    Nothing typed disappears silently but invisible marks (soft hyphen, joiners, controls).
    """
    known = _widths[REGULAR]
    if unicodedata.is_normalized("NFC", text) and known.keys() >= set(text):
        return text
    lines = _BREAKS.sub("\n", unicodedata.normalize("NFC", text)).replace("\t", " ").split("\n")
    return "\n".join("".join(_shown(mark, known) for mark in line) for line in lines)


def _shown(mark: str, known: dict[str, float]) -> str:
    if mark in known:
        return mark
    if mark in _ALIKE:
        return _ALIKE[mark]
    category = unicodedata.category(mark)
    if category in {"Cc", "Cf"}:
        return ""
    return " " if category.startswith("Z") else _named(mark)
