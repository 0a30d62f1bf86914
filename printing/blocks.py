"""Blocks papers are made of: labelled values, tables, lists, places to sign; pieces of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from printing.fonts import BOLD, REGULAR, drawable, longest_word, width_of
from printing.page import (
    HAIR,
    LEADING,
    MM,
    RISE,
    SMALLEST,
    THIN,
    Piece,
    Rule,
    Run,
    Style,
    fitting,
    lines_piece,
    shifted,
    wrap,
)

LABEL_WIDTH = 58 * MM
GUTTER = 2 * MM
CELL = 1.1 * MM
STAMP = "М.\u00a0П."
CHUNK = 12
"""Lines that stay together; a taller cell or paragraph may go over a page's edge."""


class Column(NamedTuple):
    """A column of a table: its head, its width in millimetres, and whether it stands centred."""

    label: str
    width: float
    centred: bool = False


class Signer(NamedTuple):
    """A place to sign: who signs, the name in clear when known, whether a stamp goes there."""

    role: str
    name: str = ""
    stamp: bool = False


def paragraph(text: str, size: float, style: Style, *, keep: bool = False) -> list[Piece]:
    """Return text over the full width; a long one may go over a page's edge between its chunks."""
    lines = wrap(drawable(text), REGULAR, size, style.width)
    pieces = [
        lines_piece(lines[at : at + CHUNK], REGULAR, size) for at in range(0, len(lines), CHUNK)
    ]
    pieces[0] = pieces[0]._replace(gap=style.gap)
    pieces[-1] = pieces[-1]._replace(keep=keep)
    return pieces


def values(
    rows: Sequence[tuple[str, str]], style: Style, *, bold: Sequence[str] = ()
) -> list[Piece]:
    """Return labels with their values beside them; those named in `bold` have bold values."""
    out: list[Piece] = []
    for label, value in rows:
        out += _labelled(label, value, style, BOLD if label in bold else REGULAR)
    if out:
        out[0] = out[0]._replace(gap=style.gap)
    return out


def _labelled(label: str, value: str, style: Style, font: str) -> list[Piece]:
    """Return a label and its value on one baseline, a long value in chunks of lines."""
    labels = wrap(drawable(label), REGULAR, style.label, LABEL_WIDTH - GUTTER)
    lines = wrap(drawable(value), font, style.body, style.width - LABEL_WIDTH)
    base = RISE * style.body
    runs = [
        Run(0.0, base + at * LEADING * style.label, REGULAR, style.label, line)
        for at, line in enumerate(labels)
    ]
    below = base + (len(labels) * LEADING - RISE) * style.label
    pieces = []
    for at in range(0, len(lines), CHUNK):
        piece = lines_piece(lines[at : at + CHUNK], font, style.body, x=LABEL_WIDTH)
        if at == 0:
            height = max(piece.height, below)
            piece = Piece(height, [*runs, *piece.runs], gap=0.06 * style.body)
        pieces.append(piece)
    return pieces


def strip(
    cells: Sequence[tuple[str, str, float]], style: Style, *, font: str = REGULAR
) -> list[Piece]:
    """Return short values in one row, each below its label, each with its share of the width."""
    starts = list(accumulate((share * style.width for _, _, share in cells), initial=0.0))
    labels, below = [], []
    for label, value, share in cells:
        room = share * style.width - GUTTER
        labels.append(wrap(drawable(label), REGULAR, style.label, room))
        below.append(wrap(drawable(value), font, style.body, room))
    top = max(map(len, labels)) * LEADING * style.label
    pieces = []
    for at in range(0, max(map(len, below)), CHUNK):
        columns = [
            lines_piece(lines[at : at + CHUNK], font, style.body, x=start)
            for start, lines in zip(starts, below, strict=False)
        ]
        runs = [run for column in columns for run in column.runs]
        pieces.append(Piece(max(column.height for column in columns), runs))
    runs = []
    for start, above, lines in zip(starts, labels, below, strict=False):  # in reading order
        runs += lines_piece(above, REGULAR, style.label, x=start).runs
        under, _ = shifted(lines_piece(lines[:CHUNK], font, style.body, x=start), 0.0, top)
        runs += under
    first = Piece(top + pieces[0].height, runs, gap=0.25 * style.body)
    return [first, *pieces[1:]]


def fits(cell: tuple[str, str, float], style: Style) -> bool:
    """Tell whether the value of a cell of `strip` stands in one line."""
    _, value, share = cell
    return len(wrap(drawable(value), REGULAR, style.body, share * style.width - GUTTER)) == 1


def heading(title: str, style: Style) -> Piece:
    """Return the bold heading of a block, tied to what follows."""
    lines = wrap(drawable(title), BOLD, style.body, style.width)
    return lines_piece(lines, BOLD, style.body, gap=style.gap, keep=True)._replace(tag="H2")


def bullets(title: str, items: Sequence[str], style: Style) -> list[Piece]:
    """Return a heading and the items below it, each behind a dash."""
    indent = 1.0 * style.body
    pieces = [heading(title, style)]
    for item in items:
        lines = wrap(drawable(item), REGULAR, style.body, style.width - indent)
        cuts = [*range(0, len(lines), CHUNK), len(lines)]
        for a, b in pairwise(cuts):
            piece = lines_piece(lines[a:b], REGULAR, style.body, x=indent)
            dash = [] if a else [Run(0.0, RISE * style.body, REGULAR, style.body, "–")]
            pieces.append(piece._replace(runs=[*dash, *piece.runs], tag="LI"))
    return pieces


def boxed(text: str, style: Style) -> Piece:
    """Return a short important text in a frame."""
    edge = 1.5 * MM
    lines = lines_piece(
        wrap(drawable(text), REGULAR, style.table, style.width - 2 * edge), REGULAR, style.table
    )
    height = lines.height + 1.2 * edge
    runs, _ = shifted(lines, edge, 0.6 * edge)
    rules = [Rule(0.0, y, style.width, y, THIN) for y in (0.0, height)]
    rules += [Rule(x, 0.0, x, height, THIN) for x in (0.0, style.width)]
    return Piece(height, runs, rules, gap=style.gap)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], style: Style) -> list[Piece]:
    """Return a ruled table whose head is repeated on every page it reaches.

    A column whose longest word does not fit takes room of the others; where there is none the whole
    table is set smaller, so that a number is not shrunk beside words of full size.
    """
    texts = [[drawable(cell) for cell in row] for row in rows]
    widths, size = _fitted(columns, texts, style.table)
    edges = tuple(accumulate(widths, initial=0.0))
    head = _head(tuple(columns), edges, style)
    pieces = [head]
    repeated = (head._replace(keep=False),)
    for row in texts:
        pieces += _row(columns, edges, row, size, repeated)
    return pieces


_KEPT = 0.6
"""What a column keeps of its width at least: there may be something to write by hand."""
_WIDEST = 0.2
"""What of the table a word may ask for; a longer one is set smaller by itself."""
_SIZE_STEP = 0.5
_LEAST_TABLE = 9.0
_LEAST_HEAD = 8.0


def _fitted(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], size: float
) -> tuple[list[float], float]:
    """Return the widths of columns in points, and the size, at which the longest words fit."""
    widths = [column.width * MM for column in columns]
    room = sum(widths)
    words = [_longest(row[at] for row in rows) for at in range(len(columns))]
    least = [
        max(_KEPT * width, _longest([drawable(column.label)]) * _LEAST_HEAD + CELL)
        for width, column in zip(widths, columns, strict=True)
    ]
    while True:
        needs = [
            max(own, min(word * size, _WIDEST * room) + 2 * CELL)
            for own, word in zip(least, words, strict=True)
        ]
        if sum(needs) <= room:
            break
        if size - _SIZE_STEP < _LEAST_TABLE:
            return widths, size
        size -= _SIZE_STEP
    spare = [max(width - need, 0.0) for width, need in zip(widths, needs, strict=True)]
    wanted = sum(max(need - width, 0.0) for width, need in zip(widths, needs, strict=True))
    given = wanted / sum(spare) if wanted else 0.0
    return [
        max(width, need) - given * free
        for width, need, free in zip(widths, needs, spare, strict=True)
    ], size


def _longest(texts: Iterable[str]) -> float:
    """Return the width of the longest word in ems."""
    return max((longest_word(text, REGULAR) for text in texts), default=0.0)


@lru_cache(maxsize=64)
def _head(columns: Sequence[Column], edges: Sequence[float], style: Style) -> Piece:
    size = min(
        fitting(column.label, REGULAR, style.label, edges[at + 1] - edges[at] - CELL)
        for at, column in enumerate(columns)
    )
    cells = [
        wrap(drawable(column.label), REGULAR, size, edges[at + 1] - edges[at] - CELL)
        for at, column in enumerate(columns)
    ]
    step = LEADING * size
    height = max(map(len, cells)) * step + CELL
    runs = [
        Run(
            (edges[at] + edges[at + 1] - width_of(line, REGULAR, size)) / 2,
            (height - len(cell) * step) / 2 + number * step + RISE * size,
            REGULAR,
            size,
            line,
        )
        for at, cell in enumerate(cells)
        for number, line in enumerate(cell)
    ]
    rules = [Rule(edge, 0.0, edge, height, THIN) for edge in edges]
    rules += [Rule(0.0, y, edges[-1], y, THIN) for y in (0.0, height)]
    counts = [len(cell) for cell in cells]
    return Piece(height, runs, rules, gap=0.2 * style.body, keep=True, tag="TH", cells=counts)


def _row(
    columns: Sequence[Column],
    edges: Sequence[float],
    row: Sequence[str],
    size: float,
    head: tuple[Piece, ...],
) -> list[Piece]:
    cells = [_cell(text, edges[at + 1] - edges[at], size) for at, text in enumerate(row)]
    tallest = max(len(lines) for _, lines in cells)
    out = []
    for top in range(0, tallest, CHUNK):
        count = min(CHUNK, tallest - top)
        above = 0.5 * CELL if top == 0 else 0.0
        below = 0.5 * CELL if top + count == tallest else 0.0
        inked = max(len(lines[top : top + count]) * LEADING * own for own, lines in cells)
        height = above + inked + below
        runs = [
            Run(
                _start(columns[at], edges[at], edges[at + 1], line, own),
                above + number * LEADING * own + RISE * own,
                REGULAR,
                own,
                line,
            )
            for at, (own, lines) in enumerate(cells)
            for number, line in enumerate(lines[top : top + count])
            if line
        ]
        rules = [Rule(edge, 0.0, edge, height, THIN) for edge in edges]
        bottom = Rule(0.0, height, edges[-1], height, THIN)
        ends = top + count == tallest
        out.append(
            Piece(
                height,
                runs,
                [*rules, bottom] if ends else rules,
                head=head,
                closing=() if ends else (bottom,),
                tag="TR",
                cells=[sum(map(bool, lines[top : top + count])) for _, lines in cells],
            )
        )
    return out


def _cell(text: str, width: float, size: float) -> tuple[float, list[str]]:
    """Return the size a cell's longest word fits in, and its lines."""
    room = width - 2 * CELL
    own = fitting(text, REGULAR, size, room)
    return own, wrap(text, REGULAR, own, room)


def _start(column: Column, left: float, right: float, line: str, size: float) -> float:
    if column.centred:
        return (left + right - width_of(line, REGULAR, size)) / 2
    return left + CELL


def signatures(pairs: Sequence[Sequence[Signer]], style: Style) -> list[Piece]:
    """Return rows of one or two places to sign (signature, name in clear, date), tied together."""
    pieces = [_sign_row(pair, style) for pair in pairs]
    return [*(piece._replace(keep=True) for piece in pieces[:-1]), *pieces[-1:]]


_PARTS = (("подпись", 0.0, 0.30), ("расшифровка подписи", 0.33, 0.74), ("дата", 0.77, 1.0))


def _sign_row(pair: Sequence[Signer], style: Style) -> Piece:
    half = style.width / 2
    room = half - 3 * GUTTER
    runs: list[Run] = []
    rules: list[Rule] = []
    stamp = 2 * width_of(STAMP, REGULAR, style.label)
    roles = [
        wrap(drawable(each.role), REGULAR, style.label, room - each.stamp * stamp) for each in pair
    ]
    size = style.label
    left, right = _PARTS[1][1] * room, _PARTS[1][2] * room
    names = [wrap(drawable(signer.name), REGULAR, size, right - left) for signer in pair]
    while size > SMALLEST and max(map(len, names)) > CHUNK:  # a place to sign is never torn
        size = max(size - 1.0, SMALLEST)
        names = [wrap(drawable(signer.name), REGULAR, size, right - left) for signer in pair]
    space = max(1.5 * style.body, max(map(len, names)) * LEADING * size + 2.0)
    line_y = max(map(len, roles)) * LEADING * style.label + space
    for side in range(len(pair)):
        x = side * (half + GUTTER)
        moved, _ = shifted(lines_piece(roles[side], REGULAR, style.label), x)
        runs += moved
        if pair[side].stamp:
            mark = x + room - width_of(STAMP, REGULAR, style.label)
            runs.append(Run(mark, RISE * style.label, REGULAR, style.label, STAMP))
        foot = line_y - len(names[side]) * LEADING * size - 1.0
        moved, _ = shifted(lines_piece(names[side], REGULAR, size), x + left, foot)
        runs += moved
        for caption, start, end in _PARTS:
            rules.append(Rule(x + start * room, line_y, x + end * room, line_y, HAIR))
            width = width_of(caption, REGULAR, style.caption)
            middle = x + (start + end) * room / 2
            y = line_y + RISE * style.caption
            runs.append(Run(middle - width / 2, y, REGULAR, style.caption, caption))
    return Piece(line_y + LEADING * style.caption, runs, rules, gap=0.35 * style.body)
