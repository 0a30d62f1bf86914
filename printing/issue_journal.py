"""The journal of results given out: a line a result, signed by who received it (domain 3.8)."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from printing import fonts
from printing.letterhead import title
from printing.office_paper import OfficePaper, head_of, ruled, sheets, style_of
from printing.page import LANDSCAPE, Page, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "issue_journal"
_SHARES = (8, 21, 32, 25, 29, 24, 27, 25, 21, 17, 20, 20, 25)


@dataclass(frozen=True, slots=True)
class IssuedResult:
    """One result given out; what is empty is written by hand, `sign` always is."""

    dt: str
    case: str
    fio: str
    service: str
    result: str
    outcome: str
    to: str
    id_ok: str
    way: str
    sign: str = ""
    worker: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueJournal(OfficePaper):
    """The results of `period`; papers.json, "issue_journal". `empty` lines follow for the hand."""

    period: str
    results: tuple[IssuedResult, ...]
    empty: int = 0


def render(paper: IssueJournal, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF. Raises UnknownEdition."""
    return sheets(
        lay_out(paper, large=large),
        [""],
        f"Журнал выдачи · {paper.period}",
        title=f"Журнал выдачи результатов, {paper.period}",
        marks=marks,
        frame=LANDSCAPE,
    )


def lay_out(paper: IssueJournal, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(LANDSCAPE, large=large)
    known = [astuple(one) for one in paper.results] + [("\n",) + ("",) * 11] * paper.empty
    rows = [(str(at), *row) for at, row in enumerate(known, 1)]
    pieces = [
        *head_of(paper, style),
        *title(words.title, f"{words.subtitle}, {paper.period}", style),
        *ruled(words.blocks[0].rows, _SHARES, rows, style, centred="n"),
    ]
    return paginate(pieces, style.frame.room)
