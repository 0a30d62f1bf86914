"""Code 128 of the digits of a number, as bars a page can draw (ISO/IEC 15417).

Made here and not by `reportlab.graphics`, whose import alone costs 80 ms of the first paper of
a day; the tests hold the bars against reportlab's and against a real decoder.
"""

from __future__ import annotations

from typing import NamedTuple

from printing.errors import NotANumber

# Widths of bar, space, bar, … of the symbols 0…105, in modules; each symbol is 11 modules wide.
_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232"
)
_SYMBOLS = _WIDTHS.split()
_STOP = "2331112"
_START_B = 104
_START_C = 105
_CODE_C = 99
_DIGIT_ZERO_B = 16
_CHECK = 103

LONGEST = 24
"""Digits a barcode beside the head of a paper has room for."""

QUIET_MODULES = 10
"""Blank modules a reader needs on each side."""


class Bar(NamedTuple):
    """One black bar: its left edge and its width, in modules."""

    left: int
    width: int


class Barcode(NamedTuple):
    """The bars of one number and their width without the quiet zones, in modules."""

    bars: tuple[Bar, ...]
    modules: int


def digits_of(number: str) -> str:
    """Return the digits of a printed number: `00317-000428-51-4` gives `00317000428514`.

    Raises:
        NotANumber: something else than digits, dashes, dots and spaces, or no digit at all.
    """
    digits = number.translate({ord(mark): None for mark in "-. \u00a0\u2011"})
    if not (digits.isascii() and digits.isdecimal()):
        raise NotANumber
    return digits


def code128(digits: str) -> Barcode:
    """Return the bars of `digits`: two to a symbol, an odd first one on its own.

    Raises:
        NotANumber: `digits` is empty, holds something else, or is longer than `LONGEST`.
    """
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > LONGEST:
        raise NotANumber
    odd = len(digits) % 2
    symbols = [_START_B, _DIGIT_ZERO_B + int(digits[0]), _CODE_C] if odd else [_START_C]
    symbols += [int(digits[at : at + 2]) for at in range(odd, len(digits), 2)]
    check = symbols[0] + sum(at * symbol for at, symbol in enumerate(symbols))
    symbols.append(check % _CHECK)
    bars: list[Bar] = []
    left = 0
    for at, width in enumerate("".join(_SYMBOLS[symbol] for symbol in symbols) + _STOP):
        if at % 2 == 0:
            bars.append(Bar(left, int(width)))
        left += int(width)
    return Barcode(tuple(bars), left)
