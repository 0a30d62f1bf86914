"""Every paper says all its fields, twice the same, in both sizes, with its codes and marks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from reportlab.pdfbase.pdfdoc import PDFDocument

import printing.sheet
import printing.wording
from printing.case_label import render_all
from printing.errors import UnknownEdition
from printing.gallery import Exhibit, gallery
from printing.kept import keep, kept
from printing.kinds import KINDS
from printing.office_paper import BLANK
from printing.payment_qr import payload
from printing.route_sheet import HIDDEN
from printing.samples import LONG, USUAL
from printing.sheet import Marks
from printing.wording import wording
from tests.cups_server import needs
from tests.paper_world import pages_text, squeezed

CODES = sorted(KINDS)
BARRED = ("application", "case_label", "memo", "receipt", "transfer_register", "visit_act")
NOT_SHOWN = {"edition", "kopecks", "tech", "journal_head", "missing_until", "until"}


def leaves(item: Any) -> Iterator[str]:
    """Every text of a paper's data."""
    if is_dataclass(item):
        for field in fields(item):
            if field.name not in NOT_SHOWN:
                yield from leaves(getattr(item, field.name))
    elif isinstance(item, tuple):
        for one in item:
            yield from leaves(one)
    elif isinstance(item, str) and item not in {"", BLANK, "\n"}:
        yield item


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_long_names_and_lists_are_whole_in_both_sizes(code: str, large: bool) -> None:
    """No letter of a long paper is left out, at 12 pt and at 16 pt; pages are numbered."""
    paper = LONG[code]
    pages = pages_text(KINDS[code].render(paper, large=large))
    read = squeezed("".join(pages))

    if code != "case_label":  # a label shortens the name of a service
        words = {word for text in leaves(paper) for word in text.split()}
        assert sorted(word for word in words if word not in read and len(word) < 12) == []
    copies = KINDS[code].copies
    each = len(pages) // copies
    for at, page in enumerate(pages):
        assert f"стр. {at % each + 1} из {each}" in page


@pytest.mark.parametrize("code", CODES)
def test_the_same_data_give_the_same_bytes(code: str) -> None:
    """Rendered twice, and once more from the JSON that is kept of a printed paper."""
    kind, paper = KINDS[code], LONG[code]
    text = keep(paper)
    again: Any = kept(kind.data, text)

    assert again == paper
    assert keep(again) == text
    assert kind.render(again) == kind.render(paper) == kind.render(replace(paper))
    assert kind.render(paper, marks=Marks(copy=2)) != kind.render(paper)


@pytest.mark.parametrize("code", ["transfer_register", "duty_slip"])
def test_the_file_is_written_as_reportlab_writes_it(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Objects, their table and the trailer in a few strokes are, byte for byte, reportlab's own."""
    written = KINDS[code].render(LONG[code])
    monkeypatch.setattr(printing.sheet, "whole", PDFDocument.format)
    assert KINDS[code].render(LONG[code]) == written


@pytest.mark.parametrize("code", CODES)
def test_marks_stand_on_every_page(code: str) -> None:
    """«УЧЕБНЫЙ» and «ЧЕРНОВИК» across, «КОПИЯ» with its number above; nothing on an original."""
    kind, paper = KINDS[code], USUAL[code]
    for page in pages_text(kind.render(paper, marks=Marks(copy=3, training=True, draft=True))):
        assert "КОПИЯ № 3" in page
        assert "УЧЕБНЫЙ" in page
        assert "ЧЕРНОВИК" in page
    for page in pages_text(kind.render(paper)):
        assert not {"КОПИЯ", "УЧЕБНЫЙ", "ЧЕРНОВИК"} & set(page.split())


@pytest.mark.parametrize("code", BARRED)
@pytest.mark.parametrize("large", [False, True])
def test_bars_are_read_at_150_dpi(code: str, large: bool) -> None:
    """An independent decoder reads the number from a rendering of each copy."""
    paper = LONG[code]
    document = pypdfium2.PdfDocument(KINDS[code].render(paper, large=large))
    try:
        pictures = [page.render(scale=150 / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()
    digits = "".join(filter(str.isdecimal, paper.number))
    found = [[bars.text for bars in zxingcpp.read_barcodes(one)] for one in pictures]
    each = len(found) // KINDS[code].copies
    assert found[::each] == [[digits]] * KINDS[code].copies
    assert all(bars in ([], [digits]) for bars in found)  # a further page may bear none


@pytest.mark.full
@pytest.mark.parametrize("exhibit", gallery(), ids=lambda one: one.file)
def test_every_code_of_the_gallery_is_read_at_150_dpi(exhibit: Exhibit) -> None:
    """Under watermarks, at both sizes and on rolls: each copy bears its codes, nothing else is."""
    code, _, rest = exhibit.file.partition("-")
    paper = (LONG if rest.startswith("long") else USUAL)[code]
    roll = rest.endswith("mm.pdf")
    with pypdfium2.PdfDocument(exhibit.print()) as document:
        pictures = [page.render(scale=150 / 72).to_pil().convert("L") for page in document]
    found = sorted(one.bytes for picture in pictures for one in zxingcpp.read_barcodes(picture))
    if code == "duty_slip":
        assert found == [payload(paper.payment)]
        return
    digits = "".join(filter(str.isdecimal, getattr(paper, "number", ""))).encode()
    each = (1 + (roll and code == "receipt")) if code in BARRED else 0  # on a roll a QR as well
    assert found == [digits] * each * KINDS[code].copies


@pytest.mark.parametrize(("large", "most"), [(False, 10), (True, 8)])
def test_a_sheet_holds_ten_labels_or_eight_large_ones(large: bool, most: int) -> None:
    """Labels of many cases stand two in a row, the next on another sheet; all are read."""
    labels = [replace(USUAL["case_label"], number=f"00317-{at:06d}-51-4") for at in range(11)]
    document = pypdfium2.PdfDocument(render_all(labels, large=large))
    try:
        found = [
            {code.text for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())}
            for page in document
        ]
    finally:
        document.close()
    assert [len(page) for page in found] == [most, 11 - most]


@pytest.mark.parametrize("code", CODES)
def test_papers_are_tagged_for_screen_readers(code: str, tmp_path: Path) -> None:
    """Poppler finds the structure: headings, rows with cells; the language is Russian."""
    needs("pdfinfo")
    pdf = KINDS[code].render(USUAL[code])
    place = tmp_path / "paper.pdf"
    place.write_bytes(pdf)
    said = subprocess.run(
        ["pdfinfo", "-struct-text", str(place)], capture_output=True, text=True, check=True
    )
    plain = subprocess.run(["pdfinfo", str(place)], capture_output=True, text=True, check=True)

    assert said.stderr == plain.stderr == ""
    assert "Tagged:          yes" in plain.stdout
    assert b"/Lang (ru)" in pdf
    title = next(line for line in plain.stdout.splitlines() if line.startswith("Title:"))
    assert len(title.split(maxsplit=1)[1]) > 4
    if code != "case_label":
        assert "H1" in said.stdout
    if any(block.rows for block in wording(code, 1).blocks) and "table" in said.stdout.lower():
        assert "TD" in said.stdout
        assert "TH" in said.stdout


def test_long_registers_have_an_outline() -> None:
    """Its entries name rows and copies, never a person."""
    document = pypdfium2.PdfDocument(KINDS["transfer_register"].render(LONG["transfer_register"]))
    try:
        titles = [item.get_title() for item in document.get_toc()]
        pages = len(document)
    finally:
        document.close()
    assert pages > 4
    assert titles[0] == "экземпляр органа"
    assert "экземпляр МФЦ" in titles
    assert len([title for title in titles if title.startswith("с № ")]) >= pages - 4
    assert all("Ґалаґан" not in title for title in titles)


def test_a_route_sheet_holds_no_document_number() -> None:
    """A passport's or a СНИЛС number typed into a remark is hidden; a telephone stays."""
    stop = replace(
        USUAL["route_sheet"].stops[0],
        take="паспорт 99 20 123456, 9920 № 123456, 99 20 номер 123456, 900-000-001 17, "
        "900 000 001 17, бланк",
        phone="+7 900 000-00-00",
    )
    (page,) = pages_text(KINDS["route_sheet"].render(replace(USUAL["route_sheet"], stops=(stop,))))

    assert "123456" not in squeezed(page)
    assert "900-000-001" not in page
    assert squeezed(page).count(squeezed(HIDDEN)) == 5
    assert squeezed("+7 900 000-00-00") in squeezed(page)


@pytest.mark.parametrize("rep", [False, True])
def test_a_consent_holds_the_nine_elements(rep: bool) -> None:
    """A sheet of its own with all that ст. 9 ч. 4 asks, in the order of the law."""
    paper = LONG["consent"] if rep else USUAL["consent"]
    pages = pages_text(KINDS["consent"].render(paper))
    text = " ".join("".join(pages[: len(pages) // 2]).split())

    elements = [paper.fio, paper.address, paper.number, paper.issued, paper.issuer]
    if rep:
        known = paper.representative
        elements += [known.fio, known.address, known.doc, known.power]
    elements += [paper.operator, paper.operator_address, paper.data_list, paper.purpose]
    elements += ["сбор, запись", paper.recipients, "без использования таких средств"]
    elements += [paper.processor or "другим лицом не осуществляется", paper.valid]
    elements += ["письменного заявления", "Субъект персональных данных"]
    at = [text.find(element) for element in elements]
    assert -1 not in at
    assert at == sorted(at)
    assert len(pages) == 2
    assert "РАСПИСКА" not in text


def test_a_paper_of_an_old_edition_prints_its_old_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts changed since: new papers say the new ones, what was kept says the old."""
    old = keep(USUAL["refusal"])
    before = KINDS["refusal"].render(USUAL["refusal"])
    first = Path(printing.wording.__file__).with_name("texts") / "1.json"
    changed = json.loads(first.read_text("utf-8"))
    changed["refusal"]["blocks"][1]["text"] = "Новые слова."
    (tmp_path / "1.json").write_text(first.read_text("utf-8"), "utf-8")
    (tmp_path / "2.json").write_text(json.dumps(changed), "utf-8")
    monkeypatch.setattr(printing.wording, "_TEXTS", tmp_path)
    printing.wording._edition.cache_clear()
    try:
        new = KINDS["refusal"].render(replace(USUAL["refusal"], edition=2))
        assert "Новые слова." in pages_text(new)[0]
        assert KINDS["refusal"].render(kept(KINDS["refusal"].data, old)) == before
        with pytest.raises(UnknownEdition, match="издания 3"):
            KINDS["refusal"].render(replace(USUAL["refusal"], edition=3))
    finally:
        printing.wording._edition.cache_clear()


@pytest.mark.parametrize("code", CODES)
def test_papers_are_made_for_the_archive(code: str) -> None:
    """What PDF/A-1b asks of the file: metadata that say so, an output intent, clean streams."""
    pdf = KINDS[code].render(USUAL[code])

    assert b"<pdfaid:part>1</pdfaid:part>" in pdf
    assert b"/OutputIntents" in pdf
    assert b"/GTS_PDFA1" in pdf
    streams = pdf.split(b"endstream")[:-1]
    assert len(streams) > 3
    assert all(before.endswith(b"\n") for before in streams)
    assert b"/Author" not in pdf
