"""What a paper's parts are, for screen readers: the structure tree of the PDF (ISO 32000-1, 14.7).

reportlab 5 writes no tags, so the marked content is written into its text objects and the tree is
added to its document here, the one place that knows its inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from reportlab.pdfbase.pdfdoc import (
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFObjectReference,
)

NOTHING = "/Artifact BMC"
END = "EMC"

_CELL = {"TR": "TD", "TH": "TH"}
_GROUP = {"TR": "Table", "TH": "Table", "LI": "L"}


class Marked(NamedTuple):
    """A piece on a page: its tag and the marks of its cells, None for a cell without words."""

    tag: str
    cells: tuple[int | None, ...]


def opening(tag: str, mark: int) -> str:
    """Return the operator that opens the marked content `mark` of a piece tagged `tag`."""
    return f"/{_CELL.get(tag, 'LBody' if tag == 'LI' else tag)} <</MCID {mark}>> BDC"


class _Element(PDFObject):
    """A structure element: written when the document writes its objects."""

    __slots__ = ("kids", "page", "parent", "tag")

    def __init__(self, tag: str, parent: str) -> None:
        self.tag = tag
        self.parent = parent
        self.page = ""
        self.kids: list[str] = []

    def format(self, _document: PDFDocument) -> bytes:
        out = f"<</Type/StructElem/S/{self.tag}/K[{' '.join(self.kids)}]/P {self.parent}"
        if self.page:
            out += f"/Pg {self.page}"
        if self.tag == "TH":
            out += "/A<</O/Table/Scope/Column>>"
        return f"{out}>>".encode()


class _Root(PDFObject):
    """The root of the tree, with the table from a page's marks to their elements."""

    def __init__(self) -> None:
        self.top = ""
        self.pages: list[list[str]] = []

    def format(self, _document: PDFDocument) -> bytes:
        numbers = " ".join(f"{at}[{' '.join(one)}]" for at, one in enumerate(self.pages))
        return (
            f"<</Type/StructTreeRoot/K[{self.top}]/ParentTree<</Nums[{numbers}]>>"
            f"/ParentTreeNextKey {len(self.pages)}/RoleMap<<>>>>"
        ).encode()


class StructureTree:
    """Collects what the copies of a paper are made of and hands it to reportlab's document."""

    def __init__(self, document: PDFDocument) -> None:
        """The tree begins empty."""
        self._known: dict[str, Any] = vars(document)
        self._root = _Root()
        self._count = 0
        self._home = self._refer(self._root)
        self._whole, self._root.top = self._element("Document", self._home)

    def _refer(self, part: object) -> str:
        """Make `part` an object of the document; return its reference as it is written.

        Does what `Reference` does for a new object: a receipt has two hundred elements.
        """
        known = self._known
        self._count += 1
        name = f"tag{self._count}"
        known["objectcounter"] = number = known["objectcounter"] + 1
        known["idToObjectNumberAndVersion"][name] = (number, 0)
        known["numberToId"][number] = name
        known["idToObject"][name] = part
        return f"{number} 0 R"

    def _element(self, tag: str, parent: str) -> tuple[_Element, str]:
        element = _Element(tag, parent)
        return element, self._refer(element)

    def page(self, name: str) -> None:
        """Tie the finished page `name` to its marks, which `copy` brings in the same order."""
        page: Any = self._known["idToObject"][name]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self._root.pages)
        page.Tabs = PDFName("S")
        self._root.pages.append([])

    def copy(self, pages: Sequence[tuple[str, Sequence[Marked]]]) -> None:
        """Add one copy: the pieces of each of its pages; tables and lists go over their edges."""
        part, place = self._element("Part", self._root.top)
        self._whole.kids.append(place)
        first = len(self._root.pages) - len(pages)
        for group, pieces in groupby(self._all(pages, first), _group):
            inside, where = part, place
            if group:
                inside, where = self._element(group, place)
                part.kids.append(where)
            for number, page, piece in pieces:
                inside.kids.append(self._piece(piece, where, number, page))

    def _piece(self, piece: Marked, parent: str, number: int, page: str) -> str:
        """Add a piece of `page` below `parent`, a row or an item with its cells below it."""
        marks = self._root.pages[number]
        tag = "TR" if piece.tag == "TH" else piece.tag
        element, place = self._element(tag, parent)
        inner = _CELL.get(piece.tag, "LBody" if piece.tag == "LI" else "")
        for mark in piece.cells:
            holder, where = element, place
            if inner:
                holder, where = self._element(inner, place)
                element.kids.append(where)
            if mark is not None:
                holder.page = page
                holder.kids.append(str(mark))
                marks.append(where)
        return place

    def close(self) -> None:
        """Make the document a tagged one."""
        catalog = self._known["Catalog"]
        catalog.StructTreeRoot = PDFObjectReference("tag1")
        catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _all(
        self, pages: Iterable[tuple[str, Sequence[Marked]]], first: int
    ) -> Iterator[tuple[int, str, Marked]]:
        for at, (name, pieces) in enumerate(pages):
            page = "{} {} R".format(*self._known["idToObjectNumberAndVersion"][name])
            for piece in pieces:
                yield first + at, page, piece


def _group(one: tuple[int, str, Marked]) -> str:
    return _GROUP.get(one[2].tag, "")
