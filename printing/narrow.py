"""Papers for a roll of 58 or 80 mm: lines that a thermal printer and a PDF both print.

The layout is data: text that fits the roll's columns, bars, codes, lines to sign on. `printing`
turns it into the printer's own commands elsewhere; `narrow_sheet` makes a PDF of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from printing.codes import digits_of
from printing.sheet import Marks
from printing.wording import Label


class Roll(Enum):
    """A roll of thermal paper: its width and printable width in millimetres, letters in a line."""

    MM58 = (58.0, 48.0, 32)
    MM80 = (80.0, 72.0, 48)

    @property
    def width(self) -> float:
        """Return the width of the paper in millimetres."""
        return self.value[0]

    @property
    def printable(self) -> float:
        """Return the width of what the head reaches, in millimetres."""
        return self.value[1]

    @property
    def columns(self) -> int:
        """Return how many letters of the printer's font A stand in a line."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text, never wider than the roll's columns; `tall` is double height.

    `gap` asks for half a line above.
    """

    text: str
    bold: bool = False
    tall: bool = False
    centred: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line across the roll; `heavy` is a double one."""

    heavy: bool = False


@dataclass(frozen=True, slots=True)
class BarcodeLine:
    """Code 128 of `digits`, centred, 10 mm high; the number stands below as a TextLine."""

    digits: str


@dataclass(frozen=True, slots=True)
class QrLine:
    """A QR code of `text` (UTF-8, level M), centred."""

    text: str


@dataclass(frozen=True, slots=True)
class SignLine:
    """Room to sign above a line, with `caption` small below it."""

    caption: str


@dataclass(frozen=True, slots=True)
class CutLine:
    """The end of a copy: the printer cuts or a hand tears here."""


NarrowLine: TypeAlias = TextLine | RuleLine | BarcodeLine | QrLine | SignLine | CutLine


class NarrowText:
    """Makes the lines papers share, no wider than a roll."""

    def __init__(self, roll: Roll) -> None:
        """Lines have as many letters as `roll` has columns."""
        self.columns = roll.columns

    def text(
        self,
        text: str,
        *,
        bold: bool = False,
        tall: bool = False,
        centred: bool = False,
        indent: int = 0,
    ) -> Iterator[TextLine]:
        """Yield the lines of a text."""
        for line in wrap_letters(text, self.columns - indent):
            yield TextLine(" " * indent + line, bold, tall, centred)

    def fact(self, label: str, value: str) -> Iterator[TextLine]:
        """Yield a label and its value: in one line when they fit, else below each other."""
        first = True
        short = f"{label}: {value}"
        if len(short) <= self.columns and "\n" not in short:
            yield TextLine(short, gap=True)
            return
        for line in wrap_letters(f"{label}:", self.columns):
            yield TextLine(line, gap=first)
            first = False
        for line in wrap_letters(value, self.columns - 1):
            yield TextLine(f" {line}", bold=True)

    def facts(
        self, labels: Iterable[Label], known: Mapping[str, str | None]
    ) -> Iterator[NarrowLine]:
        """Yield the labels whose value is not empty, with it."""
        for name, label in labels:
            if value := known[name]:
                yield from self.fact(label, value)

    def number(self, number: str) -> Iterator[NarrowLine]:
        """Yield the bars of a number and the number in clear. Raises NotANumber."""
        yield BarcodeLine(digits_of(number))
        yield from self.text(number, bold=True, tall=True, centred=True)

    def items(self, title: str, items: Sequence[str]) -> Iterator[NarrowLine]:
        """Yield a list under its heading, nothing when it is empty."""
        if not items:
            return
        yield RuleLine()
        yield from self.text(title, bold=True)
        for item in items:
            yield from self.text(f"– {item}")

    def head(self, org: str, office: str, address: str) -> Iterator[NarrowLine]:
        """Yield whose paper it is."""
        yield from self.text(org, bold=True, centred=True)
        for text in (office, address):
            if text:
                yield from self.text(text.replace(" · ", "\n"), centred=True)
        yield RuleLine(heavy=True)

    def marked(self, marks: Marks) -> Iterator[NarrowLine]:
        """Yield «УЧЕБНЫЙ», «ЧЕРНОВИК», «КОПИЯ № 2»."""
        for words in (*marks.across, marks.above):
            if words:
                yield from self.text(words, bold=True, tall=True, centred=True)

    def signing(self, role: str, name: str) -> Iterator[NarrowLine]:
        """Yield room to sign for a role; a name that is not known is written by hand."""
        for at, line in enumerate(wrap_letters(role, self.columns)):
            yield TextLine(line, gap=at == 0)
        yield SignLine("подпись")
        if name:
            yield from self.fact("расшифровка подписи", name)
        yield SignLine("расшифровка подписи, дата" if not name else "дата")


def wrap_letters(text: str, columns: int) -> list[str]:
    """Break `text` into lines of at most `columns` letters; a longer word is cut."""
    lines: list[str] = []
    for part in text.replace("\u00a0", " ").split("\n"):
        line = ""
        for typed in part.split():
            word = typed
            if line and len(line) + 1 + len(word) <= columns:
                line = f"{line} {word}"
                continue
            if line:
                lines.append(line)
            while len(word) > columns:
                lines.append(word[:columns])
                word = word[columns:]
            line = word
        lines.append(line)
    return lines
