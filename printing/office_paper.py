"""What the papers of an office share: whose they are, labels with values, who signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from printing.blocks import Column, Signer, heading, signatures, table, values
from printing.letterhead import letterhead
from printing.page import MM, PORTRAIT, Frame, Page, Piece, Style
from printing.sheet import Copy, Marks, draw
from printing.wording import EDITION, Label

BODY = 12.0
LARGE_BODY = 16.0
"""For the elderly: sizes of the body's type in points."""

NOTHING = "—"
"""Stands in an empty cell, so that nothing can be written into it later."""

BLANK = "_" * 24
"""Stands where a hand writes."""

_SIGNED = 2
"""Pieces above a place to sign that stay on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePaper:
    """The head of a paper, as text ready to be read, and the edition of its fixed texts."""

    org: str
    office: str
    office_address: str
    edition: int = EDITION


def sheets(
    pages: Sequence[Page],
    names: Sequence[str],
    foot: str,
    *,
    title: str,
    marks: Marks,
    frame: Frame = PORTRAIT,
) -> bytes:
    """Return the PDF of a paper's copies, called `names`; `title` goes into the properties."""
    copies = [Copy(name, " · ".join(part for part in (foot, name) if part)) for name in names]
    return draw(pages, copies, title=title, marks=marks, frame=frame)


def head_of(
    paper: OfficePaper,
    style: Style,
    *,
    number: str | None = None,
    names: Sequence[str] = ("",),
    labels: Mapping[str, str] = MappingProxyType({}),
) -> list[Piece]:
    """Return the letterhead; `names` are those of the copies. Raises NotANumber.

    `labels` are those of its lines, on a paper whose wording has them.
    """
    return letterhead(
        paper.org,
        paper.office,
        paper.office_address,
        style,
        number=number,
        aside=max(names, key=len),
        labels=labels,
    )


def style_of(frame: Frame, *, large: bool) -> Style:
    """Return the sizes of type of a paper on `frame`."""
    return Style(LARGE_BODY if large else BODY, frame)


def facts(
    labels: Sequence[Label], known: Mapping[str, str | None], style: Style, *, bold: str = ""
) -> list[Piece]:
    """Return the labels with their values; None leaves a row out, an empty text is a dash."""
    rows = [(label, known[name] or NOTHING) for name, label in labels if known[name] is not None]
    strong = [label for name, label in labels if name in bold.split()]
    return values(rows, style, bold=strong)


def titled(title: str, pieces: Sequence[Piece], style: Style) -> list[Piece]:
    """Return `pieces` under a heading that is never left alone at the foot of a page."""
    if not pieces:
        return []
    first = pieces[0]._replace(gap=0.1 * style.body)
    return [heading(title, style), first, *pieces[1:]]


def ruled(
    labels: Sequence[Label],
    shares: Sequence[float],
    rows: Sequence[Sequence[str]],
    style: Style,
    *,
    centred: str = "",
) -> list[Piece]:
    """Return a table over the full width; `shares` are the columns' parts of it."""
    unit = style.width / MM / sum(shares)
    columns = [
        Column(label, share * unit, centred=name in centred.split())
        for (name, label), share in zip(labels, shares, strict=True)
    ]
    return table(columns, rows, style)


def signed(pieces: Sequence[Piece], signers: Sequence[Signer], style: Style) -> list[Piece]:
    """Return `pieces` with places to sign, two in a row, on one page with what stands above.

    The last two pieces go with them: a page that opens with one short line and a place to sign
    does not show what is signed.
    """
    pairs = [signers[at : at + 2] for at in range(0, len(signers), 2)]
    above = [piece._replace(keep=True) for piece in pieces[-_SIGNED:]]
    return [*pieces[:-_SIGNED], *above, *signatures(pairs, style)]


def signers(roles: Sequence[str], *names: str, stamp: int | None = None) -> list[Signer]:
    """Return who signs: roles of the wording with the names in clear known; `stamp` says where."""
    padded = [*names, *[""] * (len(roles) - len(names))]
    return [
        Signer(role, name, stamp=at == stamp)
        for at, (role, name) in enumerate(zip(roles, padded, strict=True))
    ]
