"""Lines of a narrow paper in the language of thermal printers (ESC/POS), by python-escpos.

Text goes in one of the printer's Cyrillic code pages; a line that none of them has, or any line of
a printer without them, goes as a picture. Bars and codes are the printer's own where it has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import font_roboto
from escpos.capabilities import CAPABILITIES
from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy
from PIL import Image, ImageDraw, ImageFont

from printing.codes import QUIET_MODULES as BARCODE_QUIET
from printing.codes import code128
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
from printing.qr import QUIET_MODULES as QR_QUIET
from printing.qr import qr_code

PAGES = ("CP1251", "CP866", "CP1125")
"""Code pages tried in this order; the first has «», – and №."""
DOTS_PER_MM = 8
HALF_LINE = b"\x1bJ\x0c"
"""Feed 12 dots: half a line of 24."""
RULE, HEAVY, SIGN = "-", "=", "_"
PLAIN = "simple"
"""The profile of a printer of which nothing is known: every line goes as a picture."""
_BAR_DOTS = 80
_QR_DOTS = 6
_MODULE_DOTS = 2


def profiles() -> tuple[str, ...]:
    """Return the printers python-escpos knows, and «default» and «simple» for the others."""
    return tuple(sorted(CAPABILITIES["profiles"]))


@dataclass(frozen=True)
class Head:
    """What a printer can do with paper of one width; `profile` is one of `profiles()`."""

    profile: str
    roll: Roll

    @cached_property
    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = CAPABILITIES["profiles"][self.profile]
        return known

    @property
    def dots(self) -> int:
        """Return how many dots stand side by side."""
        said = self._known["media"]["width"].get("pixels")
        ours = int(self.roll.printable * DOTS_PER_MM)
        return min(said, ours) if isinstance(said, int) else ours

    @cached_property
    def font(self) -> str | None:
        """Return the printer's largest font the roll's columns fit in, None when they do not."""
        fonts = self._known["fonts"]
        wide = [name for name in ("0", "1") if name in fonts]
        fit = [name for name in wide if fonts[name]["columns"] >= self.roll.columns]
        return "ab"[int(fit[0])] if fit else None

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """Return the Cyrillic code pages it has, in our order; none where the font is too wide."""
        has = set(self._known["codePages"].values())
        return tuple(page for page in PAGES if page in has) if self.font else ()

    def can(self, feature: str) -> bool:
        """Return whether it has a feature of python-escpos: qrCode, barcodeB, …"""
        return bool(self._known["features"].get(feature))

    def page_of(self, text: str) -> str | None:
        """Return the first code page that has every letter of `text`, None for a picture."""
        for page in self.pages:
            try:
                text.encode(page)
            except UnicodeEncodeError:
                continue
            return page
        return None


def stream(lines: Sequence[NarrowLine], head: Head) -> bytes:
    """Return what the printer is sent for `lines`: the same bytes for the same lines and head."""
    paper = _Paper(head)
    for line in lines:
        paper.put(line)
    return paper.bytes


class _Paper:
    def __init__(self, head: Head) -> None:
        self._head = head
        self._out = Dummy(profile=head.profile)
        # where the library does not know the width it writes a remark to standard output
        known = self._out.profile.profile_data
        width = {**known["media"]["width"], "pixels": head.dots}
        media = {**known["media"], "width": width}
        self._out.profile.profile_data = {**known, "media": media}
        self._out.hw("INIT")

    @property
    def bytes(self) -> bytes:
        out: bytes = self._out.output
        return out

    def put(self, line: NarrowLine) -> None:
        columns = self._head.roll.columns
        if isinstance(line, TextLine):
            self._text(line)
        elif isinstance(line, RuleLine):
            self._text(TextLine((HEAVY if line.heavy else RULE) * columns))
        elif isinstance(line, SignLine):
            self._out.ln(2)
            self._text(TextLine(SIGN * columns))
            self._text(TextLine(line.caption, centred=True))
        elif isinstance(line, BarcodeLine):
            self._barcode(line.digits)
        elif isinstance(line, QrLine):
            self._qr(line.text)
        elif isinstance(line, CutLine):
            self._out.cut()

    def _text(self, line: TextLine) -> None:
        if line.gap:
            self._out._raw(HALF_LINE)  # noqa: SLF001  the library has no half lines
        page = self._head.page_of(line.text)
        if page is None:
            self._image(self._picture(line))
            return
        self._out.set(
            align="center" if line.centred else "left",
            font=self._head.font,
            bold=line.bold,
            double_height=line.tall,
            normal_textsize=not line.tall,
        )
        self._out.charcode(page)
        self._out.textln(line.text)

    def _picture(self, line: TextLine) -> Image.Image:
        height = 48 if line.tall else 24
        file = font_roboto.RobotoBold if line.bold else font_roboto.Roboto
        size = 0.8 * height
        room = self._head.dots
        font = ImageFont.truetype(file, size)
        while font.getlength(line.text) > room and size > 1:
            size -= 0.5
            font = ImageFont.truetype(file, size)
        picture = Image.new("1", (room, height), 1)
        left = (room - font.getlength(line.text)) / 2 if line.centred else 0.0
        ImageDraw.Draw(picture).text((left, height / 2), line.text, 0, font, anchor="lm")
        return picture

    def _image(self, picture: Image.Image) -> None:
        self._out.image(picture, impl="bitImageRaster")

    def _barcode(self, digits: str) -> None:
        self._out.set(align="center")
        if not self._head.can("barcodeB"):
            self._image(self._bars(digits))
            return
        odd = digits[:1] if len(digits) % 2 else ""
        pairs = "".join(chr(int(digits[at : at + 2])) for at in range(len(odd), len(digits), 2))
        code = (f"{{B{odd}" if odd else "") + f"{{C{pairs}"
        # `barcode` chooses between this and a picture, and says which on standard output
        self._out._hw_barcode(  # noqa: SLF001
            code, "CODE128", _BAR_DOTS, _MODULE_DOTS, "OFF", "A", False, "B"
        )

    def _bars(self, digits: str) -> Image.Image:
        code = code128(digits)
        wide = (code.modules + 2 * BARCODE_QUIET) * _MODULE_DOTS
        picture = Image.new("1", (wide, _BAR_DOTS), 1)
        pen = ImageDraw.Draw(picture)
        for bar in code.bars:
            left = (BARCODE_QUIET + bar.left) * _MODULE_DOTS
            pen.rectangle((left, 0, left + bar.width * _MODULE_DOTS - 1, _BAR_DOTS), 0)
        return picture

    def _qr(self, text: str) -> None:
        self._out.set(align="center")
        if self._head.can("qrCode"):
            self._out.qr(text, ec=QR_ECLEVEL_M, size=_QR_DOTS, native=True)
        else:
            self._image(_qr_picture(text))


def _qr_picture(text: str) -> Image.Image:
    rows = qr_code(text.encode()).rows
    side = (len(rows) + 2 * QR_QUIET) * _QR_DOTS
    picture = Image.new("1", (side, side), 1)
    pen = ImageDraw.Draw(picture)
    for y, row in enumerate(rows, QR_QUIET):
        for x, black in enumerate(row, QR_QUIET):
            if black:
                corner = (x * _QR_DOTS, y * _QR_DOTS)
                pen.rectangle((*corner, *(at + _QR_DOTS - 1 for at in corner)), 0)
    return picture
