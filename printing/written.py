"""A document as the bytes of its file (ISO 32000-1, 7.5): objects, table of their places, trailer.

reportlab wraps, encodes and joins every object by itself and counts its table entry by entry, a
third of the time of a receipt. The bytes here are the same; a test holds one against the other.
"""

from __future__ import annotations

import zlib
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDocument, PDFFile, PDFObject, PDFTrailer


class Ready(PDFObject):
    """A part of a document that is already as it is written."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        """`data` are the bytes of the part."""
        self.data = data

    def format(self, _document: PDFDocument) -> bytes:
        """Return the bytes."""
        return self.data


def packed(content: bytes, about: str = "") -> bytes:
    """Return a packed stream, `about` being what else its dictionary says, after its filter.

    A line end stands before `endstream`, as ISO 19005-1 asks.
    """
    data = zlib.compress(content)
    head = f"<<\n/Filter [ /FlateDecode ] /Length {len(data)}{about}\n>>\nstream\n"
    return b"%b%b\nendstream\n" % (head.encode(), data)


def whole(document: PDFDocument) -> bytes:
    """Return the file of `document`, whose fonts and outline are prepared; what its `format` does.

    References may make further objects while their owners are written, so the end is looked for.
    """
    known: dict[str, Any] = vars(document)
    catalog = document.Reference(known["Catalog"])  # type: ignore[no-untyped-call]
    properties = document.Reference(known["info"])  # type: ignore[no-untyped-call]
    names: dict[int, str] = known["numberToId"]
    objects: dict[str, Any] = known["idToObject"]
    start: bytes = PDFFile(known["_pdfVersion"]).format(document)
    parts = [start]
    offset = len(start)
    places = ["0000000000 65535 f "]
    number = 1
    while number in names:
        content: bytes = objects[names[number]].format(document)
        end = b"endobj\n" if content.endswith(b"\n") else b"\nendobj\n"
        part = b"%d 0 obj\n%b%b" % (number, content, end)
        places.append(f"{offset:010d} 00000 n ")
        parts.append(part)
        offset += len(part)
        number += 1
    table = "\n".join(("xref", f"0 {number}", *places, ""))
    trailer = PDFTrailer(
        startxref=offset,
        Size=number,
        Root=catalog,
        Info=properties,
        ID=document.ID(),
    )
    end_of_file: bytes = trailer.format(document)
    return b"".join((*parts, table.encode(), end_of_file))
