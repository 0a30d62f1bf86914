"""A font read in a few strokes is the font reportlab reads number by number."""

from __future__ import annotations

import unicodedata

import font_roboto
import pytest
from reportlab.pdfbase.ttfonts import TTFontFace

from printing import fonts
from printing.embedding import USUAL
from printing.typeface import PaperFace

FILES = {fonts.REGULAR: font_roboto.Roboto, fonts.BOLD: font_roboto.RobotoBold}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_everything_read_is_what_reportlab_reads(file: str) -> None:
    """Letters, widths, places of glyphs and the metrics of the whole are the same.

    But the widths of glyphs listed without one: those reportlab keeps in thousandths among units.
    """
    theirs, ours = vars(TTFontFace(file)), vars(PaperFace(file))

    assert len(ours["charWidths"]) > 2000
    read = theirs.keys() - {"_pdfScale", "_pos", "glyphToChar", "hmetrics"}
    assert {name for name in read if theirs[name] != ours[name]} == set()
    assert len(ours["hmetrics"]) == ours["numGlyphs"]
    for mine, other in zip(ours["hmetrics"], theirs["hmetrics"], strict=True):
        assert mine[1] == other[1]
        assert mine[0] in {other[0], round(other[0] * ours["unitsPerEm"] / 1000)}


def test_subsets_are_those_of_reportlab() -> None:
    """The bytes that stand in a paper are the same."""
    codes = [0, *map(ord, USUAL + "ЇїЄєҐґ")]
    for file in FILES.values():
        assert PaperFace(file).makeSubset(codes) == TTFontFace(file).makeSubset(codes)


def test_a_font_listed_otherwise_is_read_by_reportlab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cmap of another format than 12 is not guessed at."""
    monkeypatch.setattr("printing.typeface._LONG_CMAP", 4)
    theirs, ours = vars(TTFontFace(font_roboto.Roboto)), vars(PaperFace(font_roboto.Roboto))
    assert ours["charWidths"] == theirs["charWidths"]
    assert "glyphToChar" in ours


def test_letters_that_can_be_drawn_are_those_that_show_something() -> None:
    """Controls, marks without a form and line separators are not measured; all spaces are."""
    fonts.register()
    every = map(chr, PaperFace(font_roboto.Roboto).charWidths)
    seen = {one for one in every if unicodedata.category(one)[0] != "C"} - {"\u2028", "\u2029"}
    assert {one for one in seen if fonts.drawable(one) == one} == {
        one for one in seen if unicodedata.is_normalized("NFC", one)
    }
