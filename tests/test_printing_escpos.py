"""A stream for a thermal printer prints the lines it was made of, as another reader sees it."""

from __future__ import annotations

import pytest
import zxingcpp
from PIL import Image

from printing.codes import digits_of
from printing.escpos import Head, profiles, stream
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
from printing.narrow_papers import receipt_lines, visit_act_lines
from printing.sheet import Marks
from tests.escpos_reader import Printed, read
from tests.paper_world import NUMBER, receipt_of
from tests.test_printing_narrow import ACT


def expected(lines: tuple[NarrowLine, ...], columns: int) -> list[Printed]:
    """What a person should find on the roll."""
    out = []
    for line in lines:
        if isinstance(line, TextLine):
            out.append(Printed("text", line.text, line.bold, line.tall, int(line.centred)))
        elif isinstance(line, RuleLine):
            out.append(Printed("text", ("=" if line.heavy else "-") * columns))
        elif isinstance(line, SignLine):
            out.append(Printed("text", "_" * columns))
            out.append(Printed("text", line.caption, align=1))
        elif isinstance(line, BarcodeLine):
            out.append(Printed("barcode", line.digits, align=1))
        elif isinstance(line, QrLine):
            out.append(Printed("qr", line.text, align=1))
        elif isinstance(line, CutLine):
            out.append(Printed("cut"))
    return out


@pytest.mark.parametrize(
    ("profile", "roll"),
    [
        ("RP-F10-58mm", Roll.MM58),
        ("TH230", Roll.MM80),
        ("TM-T20II", Roll.MM80),
        ("default", Roll.MM80),
    ],
)
def test_receipt_is_read_back_line_by_line(profile: str, roll: Roll) -> None:
    """Every line, its weight and place, both codes and the cut; on 80 mm with a smaller font."""
    lines = receipt_lines(receipt_of(8), roll, copy="экземпляр заявителя", marks=Marks(copy=2))
    head = Head(profile, roll)

    found = read(stream(lines, head)).out

    wanted = [
        one if one.kind != "text" or head.page_of(one.text) else None
        for one in expected(lines, roll.columns)
    ]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        if other is None:
            assert one.kind == "picture"
            assert one.ink > 0
        else:
            drawn = other.kind == "qr" and not head.can("qrCode")
            assert one == other or (drawn and one.kind == "picture")
    in_text = sum(one.kind == "text" for one in found)
    assert in_text > (0.95 if "CP1251" in head.pages else 0.8) * len(found)


@pytest.mark.parametrize("profile", ["RP-F10-58mm", "TM-T20II", "simple"])
@pytest.mark.parametrize("roll", Roll)
def test_visit_act_is_read_back(profile: str, roll: Roll) -> None:
    """The second paper of a roll, as text and as pictures, on both widths."""
    lines = visit_act_lines(ACT, roll, copy="экземпляр заявителя")
    head = Head(profile, roll)

    found = read(stream(lines, head)).out

    wanted = expected(lines, roll.columns)
    if head.pages:
        assert found == wanted
    else:
        wanted = [one for one in wanted if one.kind != "cut"]  # it has no knife that is known
        assert {one.kind for one in found} == {"picture"}
        check_codes(found, {digits_of(ACT.number)})
    assert len(found) == len(wanted)


def check_codes(found: list[Printed], wanted: set[str]) -> None:
    """A decoder reads exactly `wanted` from the pictures: nothing of a code was cut off."""
    read_: list[str] = []
    for one in found:
        if one.kind == "picture" and one.size[1] > 48:  # higher than a line of text
            paper = Image.frombytes("1", one.size, bytes(255 - byte for byte in one.dots))
            read_ += [code.text for code in zxingcpp.read_barcodes(paper.convert("L"))]
    assert set(read_) == wanted


def test_letters_no_code_page_has_are_a_picture() -> None:
    """₽ stands in none of them; Ukrainian letters stand in the first; the rest stays text."""
    lines = (TextLine("Пошлина 300,00 ₽"), TextLine("Ґалаґан Їжак Єлисей"), TextLine("Итого"))

    found = read(stream(lines, Head("default", Roll.MM80))).out

    assert [one.kind for one in found] == ["picture", "text", "text"]
    assert found[0].size == (576, 24)
    assert [one.text for one in found[1:]] == ["Ґалаґан Їжак Єлисей", "Итого"]


@pytest.mark.parametrize("profile", ["simple", "ZJ-5870", "TM-U220"])
def test_poor_printer_gets_pictures_and_keeps_every_line(profile: str) -> None:
    """Without code pages, wide enough font or codes of its own everything is drawn."""
    roll = Roll.MM58
    lines = receipt_lines(receipt_of(3), roll)

    found = read(stream(lines, Head(profile, roll))).out

    cuts = read(stream((CutLine(),), Head(profile, roll))).out
    wanted = [one for one in expected(lines, roll.columns) if one.kind != "cut" or cuts]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.kind in {"picture", other.kind}
        assert one.size[0] <= Head(profile, roll).dots
    check_codes(found, {digits_of(NUMBER)})


def test_same_lines_are_the_same_bytes() -> None:
    """The journal keeps their hash."""
    lines = receipt_lines(receipt_of(3), Roll.MM58)
    head = Head("default", Roll.MM58)

    assert stream(lines, head) == stream(lines, head)
    assert {"default", "simple", "TM-T20II"} <= set(profiles())
