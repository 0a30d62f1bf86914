"""Lines for a roll of thermal paper as a PDF as wide as the roll and as long as the paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from printing import fonts
from printing.codes import QUIET_MODULES, code128
from printing.fonts import BOLD, REGULAR, drawable, width_of
from printing.narrow import (
    BarcodeLine,
    CutLine,
    NarrowLine,
    QrLine,
    Roll,
    RuleLine,
    SignLine,
    TextLine,
)
from printing.page import HAIR, MM, RISE, THICK, THIN, Frame, Page, Piece, Placed, Rule, Run
from printing.qr import qr_code, qr_piece
from printing.sheet import Copy, draw

_LINE = 3.75 * MM
_SIZE = 8.2
_TALL = 13.0
_TALL_LINE = 6.0 * MM
_GAP = 0.8 * MM
_BARS = 10.0 * MM
_QR_SIDE = 25.0 * MM
_SIGN = 9.0 * MM
_SMALL = 6.5
_EDGE = 4.0 * MM


def render(lines: Sequence[NarrowLine], roll: Roll, *, title: str) -> bytes:
    """Return the PDF of `lines`: one page a copy. Raises NotANumber."""
    pages, frame = lay_out(lines, roll)
    return draw(pages, [Copy("", "")], title=title, frame=frame)


def lay_out(lines: Sequence[NarrowLine], roll: Roll) -> tuple[tuple[Page, ...], Frame]:
    """Return the pages as data, one a copy, and the sheet that holds the longest of them."""
    fonts.register()
    width = roll.printable * MM
    copies: list[list[Piece]] = [[]]
    for line in lines:
        if isinstance(line, CutLine):
            copies.append([])
        else:
            copies[-1].append(_piece(line, width))
    pages = tuple(_column(pieces) for pieces in copies if pieces)
    longest = max((page[-1].y + page[-1].piece.height for page in pages), default=0.0)
    edge = (roll.width - roll.printable) / 2 * MM
    frame = Frame(
        roll.width * MM,
        longest + 2 * _EDGE,
        left=edge,
        right=edge,
        top=_EDGE,
        bottom=_EDGE,
        footer=0.0,
    )
    return pages, frame


def _column(pieces: Sequence[Piece]) -> Page:
    placed = []
    y = 0.0
    for at, piece in enumerate(pieces):
        y += piece.gap if at else 0.0
        placed.append(Placed(piece, y, last=at == len(pieces) - 1))
        y += piece.height
    return tuple(placed)


def _piece(line: NarrowLine, width: float) -> Piece:
    match line:
        case TextLine():
            return _text(line, width)
        case RuleLine():
            weight = THICK if line.heavy else HAIR
            return Piece(2.4 * MM, rules=[Rule(0.0, 1.2 * MM, width, 1.2 * MM, weight)], tag="")
        case BarcodeLine():
            return _bars(line.digits, width)
        case QrLine():
            code = qr_code(line.text.encode())
            module = _QR_SIDE / code.modules
            side = (code.modules + 8) * module
            return qr_piece(code, module, x=(width - side) / 2)
        case SignLine():
            run = Run(0.0, _SIGN + RISE * _SMALL, REGULAR, _SMALL, line.caption)
            return Piece(_SIGN + 1.3 * _SMALL, [run], [Rule(0.0, _SIGN, width, _SIGN, THIN)])
        case CutLine():
            return Piece(0.0, tag="")


def _text(line: TextLine, width: float) -> Piece:
    """Return a line of text, set smaller when Roboto is wider than the printer's own letters."""
    font = BOLD if line.bold else REGULAR
    body = line.text.lstrip(" ")
    text = drawable(body)
    wide = partial(width_of, text, font)
    indent = (len(line.text) - len(body)) * 0.5 * _SIZE
    size = _TALL if line.tall else _SIZE
    size = min(size, size * (width - indent) / max(wide(size), 1.0))
    x = (width - wide(size)) / 2 if line.centred else indent
    height = _TALL_LINE if line.tall else _LINE
    baseline = (height - 1.2 * size) / 2 + RISE * size
    runs = [Run(x, baseline, font, size, text)] if text else []
    return Piece(height, runs, gap=_GAP if line.gap else 0.0)


def _bars(digits: str, width: float) -> Piece:
    code = code128(digits)
    module = min(0.375 * MM, width / (code.modules + QUIET_MODULES))
    left = (width - code.modules * module) / 2
    rules = []
    for bar in code.bars:
        x = left + (bar.left + bar.width / 2) * module
        rules.append(Rule(x, 0.0, x, _BARS, bar.width * module))
    return Piece(_BARS + 1.0 * MM, rules=rules, gap=1.5 * MM, tag="")
