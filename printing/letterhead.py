"""What every paper begins with: whose it is, the bars of its number, the thick line, its title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from printing.blocks import CHUNK, GUTTER
from printing.codes import QUIET_MODULES, code128, digits_of
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.page import (
    LEADING,
    MM,
    RISE,
    THICK,
    Piece,
    Rule,
    Run,
    Style,
    lines_piece,
    shifted,
    wrap,
)
from printing.sheet import NAME_SIZE

_MODULE = 0.4 * MM
_BAR_HEIGHT = 10 * MM
_APART = 4 * MM
_NAMED = 0.4
"""What of the letterhead its labels take at most."""


def letterhead(
    org: str,
    office: str,
    address: str,
    style: Style,
    *,
    number: str | None = None,
    aside: str = "",
    labels: Mapping[str, str] = MappingProxyType({}),
) -> list[Piece]:
    """Return the institution at the left, the bars of `number` at the right, and the line below.

    `aside` is the longest name of a copy, which the sheet prints at the top right; `labels` are
    those of org, office and office_address on papers that name them.
    """
    right = bars(number, style) if number is not None else Piece(0.0)
    room = min((rule.x0 for rule in right.rules), default=style.width)
    room -= QUIET_MODULES * _MODULE if number is not None else _beside(aside)
    known = [drawable(labels.get(name, "")) for name in ("org", "office", "office_address")]
    named = max(width_of(label, REGULAR, style.caption) for label in known)
    start = min(named + GUTTER, _NAMED * room) if named else 0.0
    parts = [
        part
        for label, text, font, size in zip(
            known,
            (org, office, address),
            (BOLD, REGULAR, REGULAR),
            (style.body, style.body, style.label),
            strict=True,
        )
        if text
        for part in _named(label, drawable(text), (font, size), style.caption, (start, room))
    ]
    left: list[Run] = []
    y = 0.0
    while parts and y + parts[0].height <= CHUNK * LEADING * style.body:
        left += shifted(parts[0], 0.0, y)[0]
        y += parts.pop(0).height
    top = Piece(max(right.height, y), [*left, *right.runs], right.rules)
    line = Piece(3.0, rules=[Rule(0.0, 3.0, style.width, 3.0, THICK)], tag="")
    return [top, *parts, line]


def _named(
    label: str, text: str, type_: tuple[str, float], small: float, room: tuple[float, float]
) -> Iterator[Piece]:
    """Yield `text`, which begins at `room[0]`, and `label` at its left on the same baselines."""
    font, size = type_
    start, end = room
    names = wrap(label, REGULAR, small, start - GUTTER) if label else []
    words = wrap(text, font, size, end - start)
    step = LEADING * size
    for at in range(0, max(len(names), len(words)), CHUNK):
        runs = [
            Run(x, number * step + RISE * size, face, height, line)
            for x, face, height, lines in ((0.0, REGULAR, small, names), (start, font, size, words))
            for number, line in enumerate(lines[at : at + CHUNK])
            if line
        ]
        yield Piece(max(len(names[at : at + CHUNK]), len(words[at : at + CHUNK])) * step, runs)


def _beside(aside: str) -> float:
    return width_of(aside, BOLD, NAME_SIZE) + _APART if aside else 0.0


def title(text: str, subtitle: str, style: Style) -> list[Piece]:
    """Return the name of the paper, centred, with what it is about below."""
    size = 1.3 * style.body
    middle = style.width / 2
    lines = wrap(drawable(text), BOLD, size, style.width)
    top = lines_piece(lines, BOLD, size, gap=style.gap, centre=middle)._replace(tag="H1")
    if not subtitle:
        return [top]
    below = wrap(drawable(subtitle), REGULAR, style.body, style.width)
    return [top, lines_piece(below, REGULAR, style.body, centre=middle)]


def bars(number: str, style: Style) -> Piece:
    """Return the bars of the number at the right edge, below the line of the copy's name."""
    code = code128(digits_of(number))
    left = style.width - (code.modules + QUIET_MODULES / 2) * _MODULE
    top = LEADING * NAME_SIZE
    rules = []
    for bar in code.bars:
        x = left + (bar.left + bar.width / 2) * _MODULE
        rules.append(Rule(x, top, x, top + _BAR_HEIGHT, bar.width * _MODULE))
    size = style.body
    wide = width_of(drawable(number), REGULAR, size)
    x = min(left + (code.modules * _MODULE - wide) / 2, style.width - wide)
    y = top + _BAR_HEIGHT + RISE * size
    height = top + _BAR_HEIGHT + LEADING * size
    return Piece(height, [Run(x, y, REGULAR, size, drawable(number))], rules)
