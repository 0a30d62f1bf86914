"""What lets a paper lie in an archive: PDF/A metadata, the meaning of its grey, clean streams.

ISO 19005-1 level B asks for XMP metadata that agree with the properties, an output intent where
colours are grey by device, and a line end before `endstream`, which reportlab does not write.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from reportlab.pdfbase.pdfdoc import (
    XMP,
    NoEncryption,
    PDFArray,
    PDFDate,
    PDFDictionary,
    PDFDocument,
    PDFInfo,
    PDFName,
    PDFStream,
    PDFString,
)

_GAMMA = 0x0233  # 2.2 as u8Fixed8
_D50 = (0xF6D6, 0x10000, 0xD32D)  # s15Fixed16
_HEADER = 128

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">\
<xmp:CreatorTool>MFC Desk</xmp:CreatorTool><xmp:CreateDate>{made}</xmp:CreateDate>\
<xmp:ModifyDate>{made}</xmp:ModifyDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">\
<pdf:Producer>MFC Desk</pdf:Producer></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\
<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_MADE = "2000-01-01T00:00:00+00:00"
"""The moment reportlab writes into every invariant file."""
_ESCAPED = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
"""As `html.escape` does, whose module costs a first paper 5 ms."""


class _Ended(bytes):
    """A stream with a line end after it, which its length does not count."""

    def __len__(self) -> int:
        return super().__len__() - 1


class _Plain(NoEncryption):
    """No encryption; ends every stream with a line."""

    def encode(self, stream: bytes | str) -> bytes:
        data = stream.encode("latin-1") if isinstance(stream, str) else stream
        return _Ended(data + b"\n")


_PLAIN = _Plain()


class _Properties(PDFInfo):
    """The file's properties without those that would be empty: nobody is named in them."""

    def format(self, document: PDFDocument) -> bytes:
        made = PDFDate(ts=vars(document)["_timeStamp"])
        known = {
            "Title": PDFString(self.title),
            "CreationDate": made,
            "ModDate": made,
            "Creator": PDFString(self.creator),
            "Producer": PDFString(self.producer),
        }
        written: bytes = PDFDictionary(known).format(document)
        return written


def for_archive(document: PDFDocument, title: str) -> None:
    """Make `document` as PDF/A-1b wants it, as far as the page's content allows."""
    document.encrypt = _PLAIN
    properties = _Properties()
    properties.title, properties.creator, properties.producer = title, "MFC Desk", "MFC Desk"
    document.info = properties
    catalog: Any = vars(document)["Catalog"]
    text = _XMP.format(title=title.translate(_ESCAPED), made=_MADE)
    catalog.Metadata = XMP(creator=lambda _: text.encode())
    profile = PDFStream(dictionary=PDFDictionary({"N": 1}), content=_grey())
    intent = PDFDictionary(
        {
            "Type": PDFName("OutputIntent"),
            "S": PDFName("GTS_PDFA1"),
            "OutputConditionIdentifier": PDFString("Grey gamma 2.2"),
            "Info": PDFString("Grey gamma 2.2"),
            "DestOutputProfile": document.Reference(profile),  # type: ignore[no-untyped-call]
        }
    )
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
    catalog.OutputIntents = PDFArray([intent])


@cache
def _grey() -> bytes:
    """Return an ICC profile (version 2) of a grey printer with gamma 2.2."""
    name = b"Grey gamma 2.2\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    parts = [
        (b"desc", described),
        (b"cprt", b"text" + bytes(4) + b"No copyright\0"),
        (b"wtpt", b"XYZ " + bytes(4) + struct.pack(">3I", *_D50)),
        (b"kTRC", b"curv" + bytes(4) + struct.pack(">IH", 1, _GAMMA)),
    ]
    table, body = struct.pack(">I", len(parts)), b""
    start = _HEADER + 4 + 12 * len(parts)
    for sign, part in parts:
        table += sign + struct.pack(">II", start + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(
        ">I4sI4s4s4s6H4s",
        start + len(body),
        b"\0\0\0\0",
        0x02100000,
        b"prtr",
        b"GRAY",
        b"XYZ ",
        2000,
        1,
        1,
        0,
        0,
        0,
        b"acsp",
    )
    head += bytes(4 * 7) + struct.pack(">3I", *_D50)
    return head + bytes(_HEADER - len(head)) + table + body
