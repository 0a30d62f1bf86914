"""The register of cases handed to an authority: two copies, one comes back (domain 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from printing import fonts
from printing.blocks import paragraph
from printing.fonts import BOLD
from printing.letterhead import title
from printing.office_paper import (
    NOTHING,
    OfficePaper,
    facts,
    head_of,
    ruled,
    sheets,
    signed,
    signers,
    style_of,
)
from printing.page import LANDSCAPE, Page, lines_piece, paginate
from printing.sheet import ORIGINAL, Marks
from printing.wording import wording

CODE = "transfer_register"
COPIES = ("экземпляр органа", "экземпляр МФЦ")
_SHARES = (7, 27, 24, 32, 54, 17, 9, 12, 30, 30)


@dataclass(frozen=True, slots=True)
class TransferCase:
    """One case; `fio` is surname and initials, `ais` the centre's number when known."""

    case: str
    ais: str
    fio: str
    service: str
    accepted: str
    docs: int
    sheets: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRegister(OfficePaper):
    """What goes to one authority; papers.json, "transfer_register".

    `number` holds digits and dashes; `formed` day and time; `authority` with its address.
    """

    number: str
    formed: str
    authority: str
    cases: tuple[TransferCase, ...]
    worker_signs: str = ""


def render(paper: TransferRegister, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
    """Return the PDF of both copies. Raises NotANumber, UnknownEdition."""
    return sheets(
        lay_out(paper, large=large),
        COPIES,
        f"Реестр № {paper.number}",
        title=f"Реестр передачи дел № {paper.number}",
        marks=marks,
        frame=LANDSCAPE,
    )


def lay_out(paper: TransferRegister, *, large: bool = False) -> tuple[Page, ...]:
    """Return the pages of one copy as data. Raises as `render`."""
    fonts.register()
    words = wording(CODE, paper.edition)
    style = style_of(LANDSCAPE, large=large)
    block = words.blocks[0]
    known: Mapping[str, str | None] = asdict(paper)
    rows = [
        (
            str(at),
            case.case,
            case.ais or NOTHING,
            case.fio,
            case.service,
            case.accepted,
            str(case.docs),
            str(case.sheets),
            "",
            case.note,
        )
        for at, case in enumerate(paper.cases, 1)
    ]
    totals = block.totals.format(
        cases=len(paper.cases),
        docs=sum(case.docs for case in paper.cases),
        sheets=sum(case.sheets for case in paper.cases),
    )
    labels = [(name, words.head[name]) for name in ("number", "formed", "authority")]
    table = ruled(block.rows, _SHARES, rows, style, centred="n docs sheets") if rows else []
    if table:
        table[-1] = table[-1]._replace(keep=True)
    subtitle = words.subtitle.format(authority=paper.authority)
    pieces = [
        *head_of(paper, style, number=paper.number, labels=words.head),
        *title(f"{words.title} № {paper.number}", subtitle, style),
        *facts(labels, known, style),
        *table,
        lines_piece([totals], BOLD, style.body, gap=0.3 * style.body, keep=True),
        *paragraph(words.more["footer"], style.label, style, keep=True),
    ]
    roles = signers(words.signatures, paper.worker_signs, stamp=0)
    return paginate(signed(pieces, roles, style), style.frame.room)
