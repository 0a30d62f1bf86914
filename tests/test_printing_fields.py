"""`pdftotext` reads every text and every value of every paper of the gallery, whole."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from forms.money import rubles
from printing.gallery import gallery
from printing.office_paper import BLANK
from printing.samples import LONG, USUAL
from printing.wording import wording
from tests.cups_server import needs
from tests.paper_world import squeezed

EXHIBITS = {exhibit.file: exhibit for exhibit in gallery()}
SHORTEST_PART = 12
"""Letters of a part of a cell that is taller than a page may hold in one."""


def read(pdf: bytes, place: Path) -> str:
    """The words as they stand in the file: a cell or a label with all its lines, one by one."""
    place.write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", str(place), "-"], capture_output=True, check=True
    )
    return squeezed(said.stdout.decode())


def texts(code: str) -> Iterator[tuple[str, str]]:
    """Every fixed text of a paper by its name, the places of values cut out."""
    words = wording(code, 1)
    known = [("subtitle", words.subtitle), *words.head.items()]
    for block in words.blocks:
        title = "list" if "{" in block.title else "block"
        known += [(title, block.title), *block.rows, ("text", block.text), ("text", block.totals)]
        known += [("check", check) for check in block.checks]
    known += [("role", role) for role in (*words.signatures, *words.issue_signatures)]
    known += words.more.items()
    for name, text in known:
        for part in re.split(r"\{[^}]*\}", text):
            if squeezed(part):
                yield name, squeezed(part)


def unsaid(code: str, paper: Any, *, roll: bool) -> set[str]:
    """Names of texts this paper rightly lacks, and why."""
    out: set[str] = set()
    if code == "receipt":
        # «when» of papers.json: rows of a request that has them
        out |= set() if paper.official_number else {"official_number"}
        out |= set() if paper.representative else {"representative", "power"}
        out |= set() if paper.missing else {"list"}
        if roll:
            # a roll is narrower than the table: a document is a few lines, and the letterhead
            # stands without the names of its lines (docs/papers.md)
            out |= {"org", "office", "office_address"}
            out |= {"n", "title", "props", "form", "copies", "sheets", "note"}
    if code == "application" and not paper.rep:
        out.add("rep")  # «when: representative»
    if code == "consent":
        # a representative's words, and one of two sentences on who processes the data
        out |= set() if paper.representative else {"rep_text"}
        out.add("no_processor" if paper.processor else "processor")
    if code == "case_label":
        out.add("title")  # it is a sticker of two lines and a bar code: no room, nothing to tell
    return out


def values(item: Any) -> Iterator[str]:
    """Every value of a paper's data as it is to be read."""
    if isinstance(item, tuple):
        for one in item:
            yield from values(one)
    elif isinstance(item, str):
        # a blank to write on is a line, and a form's line break no letter
        if item not in {"", BLANK, "\n"}:
            yield item
    elif is_dataclass(item) and not isinstance(item, type):
        for field in fields(item):
            value = getattr(item, field.name)
            if field.name == "kopecks":
                yield rubles(value)
            elif field.name == "journal_head":
                yield value[:8]  # so many of its 64 are printed
            elif field.name == "missing_until":
                yield (
                    value if getattr(item, "missing", ()) else ""
                )  # stands in the heading of that list
            elif field.name not in {"edition", "tech"}:
                # which texts it was made with is no word of it; the kind of payment is in the QR
                yield from values(value)


def stands(value: str, text: str, *, torn: bool) -> bool:
    """Whether `text` holds a value whole, or in parts one after another."""
    rest, at = squeezed(value), 0
    if rest in text:
        return True
    while torn and rest:
        size = next(
            (
                n
                for n in range(len(rest), min(SHORTEST_PART, len(rest)) - 1, -1)
                if text.find(rest[:n], at) >= 0
            ),
            0,
        )
        if not size:
            return False
        at = text.find(rest[:size], at) + size
        rest = rest[size:]
    return torn


def shown(code: str, value: str, text: str, *, roll: bool) -> bool:
    if roll and "·" in value:  # parts of the office's address stand a line each
        return all(squeezed(part) in text for part in value.split("·"))
    if code == "case_label" and squeezed(value) not in text:
        # a label has two lines for the service: what does not fit ends in «…»
        starts = [squeezed(value)[:n] + "…" in text for n in range(SHORTEST_PART, len(value))]
        return any(starts)
    # a cell of more lines than stay together goes over a page's edge, beside the other cells' parts
    return stands(value, text, torn=code in {"transfer_register", "issue_journal"})


def lacking(file: str, place: Path) -> Mapping[str, Sequence[str]]:
    """What poppler does not find in a paper of the gallery."""
    found = re.match(r"(?P<code>.+?)-(?P<which>usual|long)-(?P<how>[^.]+)", file)
    assert found is not None
    code, roll = found["code"], found["how"].endswith("mm")
    paper = {"usual": USUAL, "long": LONG}[found["which"]][code]
    text = read(EXHIBITS[file].print(), place)
    absent = unsaid(code, paper, roll=roll)
    labels = [f"{name}: {part}" for name, part in texts(code) if name not in absent]
    return {
        "labels": [one for one in labels if one.partition(": ")[2] not in text],
        "values": [one for one in values(paper) if not shown(code, one, text, roll=roll)],
        "needless": []
        if roll  # where the name of a column may be found among other words
        else [
            name
            for name in sorted(absent)
            if all(part in text for each, part in texts(code) if each == name)
        ],
    }


@pytest.mark.parametrize("file", EXHIBITS)
def test_poppler_finds_every_field_papers_name(file: str, tmp_path: Path) -> None:
    """Labels, headings, columns, roles and sentences as phrases, and every value, in all variants.

    What a variant may lack is named with its reason in `unsaid`, `values` and `shown`.
    """
    needs("pdftotext")
    assert lacking(file, tmp_path / "paper.pdf") == {"labels": [], "values": [], "needless": []}


def test_a_lost_word_is_noticed(tmp_path: Path) -> None:
    """The search itself: a value, a label and half a sentence that are not there are told."""
    text = read(EXHIBITS["transfer_register-long-12pt.pdf"].print(), tmp_path / "paper.pdf")
    service = LONG["transfer_register"].cases[0].service
    assert stands(service, text, torn=True)
    assert not stands(service, text, torn=False)
    assert not stands(f"{service} и ещё", text, torn=True)
    assert not stands(service.replace("прав", "прва"), text, torn=True)
