"""QR codes a page can draw (ISO/IEC 18004), level M, of exactly the bytes given."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from printing.page import Piece, Rule

QUIET_MODULES = 4
"""Blank modules a reader needs on each side."""


class QrCode(NamedTuple):
    """The modules of a code, rows from the top, True for black; without the quiet zone."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def modules(self) -> int:
        """Return how many modules a side has."""
        return len(self.rows)


def qr_code(content: bytes) -> QrCode:
    """Return the code of `content` in byte mode, without a note on its encoding (ECI).

    Raises ValueError for more than 2 331 bytes.
    """
    import segno  # noqa: PLC0415  # 20 ms that only a code needs

    made = segno.make_qr(content, error="m", mode="byte", boost_error=False)
    return QrCode(tuple(tuple(bool(module) for module in row) for row in made.matrix))


def qr_piece(code: QrCode, module: float, *, x: float = 0.0) -> Piece:
    """Return `code` with modules of `module` points, its quiet zone included, from `x`."""
    side = (code.modules + 2 * QUIET_MODULES) * module
    return Piece(side, rules=list(_bars(code, module, x)), tag="")


def _bars(code: QrCode, module: float, x: float) -> Iterator[Rule]:
    for number, row in enumerate(code.rows):
        y = (QUIET_MODULES + number + 0.5) * module
        at = QUIET_MODULES
        for black, run in groupby(row):
            length = len(list(run))
            if black:
                yield Rule(x + at * module, y, x + (at + length) * module, y, module)
            at += length
