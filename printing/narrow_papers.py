"""The receipt and the visit act as lines for a roll of thermal paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from printing.codes import digits_of
from printing.narrow import CutLine, NarrowLine, NarrowText, QrLine, Roll, RuleLine
from printing.office_paper import NOTHING
from printing.receipt import CODE as RECEIPT
from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty
from printing.sheet import ORIGINAL, Marks
from printing.visit_act import CODE as VISIT_ACT
from printing.visit_act import VisitAct
from printing.wording import Block, wording


def receipt_lines(
    receipt: Receipt, roll: Roll, *, copy: str = "", marks: Marks = ORIGINAL
) -> tuple[NarrowLine, ...]:
    """Return one copy of a receipt for `roll`; `copy` names whose it is.

    Raises NotANumber, UnknownEdition.
    """
    text = NarrowText(roll)
    words = wording(RECEIPT, receipt.edition)
    parties, table, smev, missing, duty, term, offline, explained = words.blocks
    known = asdict(receipt)
    head = {"org": "", "office": "", "office_address": "", "number": ""}
    head |= {name: known[name] for name in ("official_number", "window", "worker")}
    closing = [receipt.unsure, explained.text]
    if receipt.register_by:
        closing.insert(0, offline.text.format(register_by=receipt.register_by))
    names = (receipt.applicant_signs, receipt.worker_signs)
    return tuple(
        chain(
            text.marked(marks),
            text.head(receipt.org, receipt.office, receipt.office_address),
            text.text(words.title, bold=True, tall=True, centred=True),
            text.text(words.subtitle, centred=True),
            text.number(receipt.number),
            text.text(copy, centred=True) if copy else (),
            text.facts(words.head.items(), {**head, "datetime": receipt.accepted_at}),
            [RuleLine()],
            text.facts(parties.rows, known),
            _documents(receipt.documents, table, text),
            text.items(smev.title, receipt.smev),
            text.items(missing.title.format(date=receipt.missing_until), receipt.missing),
            _duty(receipt.duty, duty, text),
            [RuleLine()],
            text.text(term.title, bold=True),
            text.facts(term.rows, known["term"]),
            [RuleLine()],
            *(text.text(line) for line in closing if line),
            _signing(words.signatures, names, text),
            _signing(words.issue_signatures, ("", ""), text),
            [QrLine(digits_of(receipt.number))],
            text.text(f"журнал {receipt.journal_head[:8]}", centred=True)
            if receipt.journal_head
            else (),
            [CutLine()],
        )
    )


def visit_act_lines(
    act: VisitAct, roll: Roll, *, copy: str = "", marks: Marks = ORIGINAL
) -> tuple[NarrowLine, ...]:
    """Return one copy of a visit act for `roll`. Raises NotANumber, UnknownEdition."""
    text = NarrowText(roll)
    words = wording(VISIT_ACT, act.edition)
    known = {name: value or NOTHING for name, value in asdict(act).items()}
    return tuple(
        chain(
            text.marked(marks),
            text.head(act.org, act.office, act.office_address),
            text.text(words.title, bold=True, tall=True, centred=True),
            text.text(f"от {act.date}", centred=True),
            text.number(act.number) if act.number else (),
            text.text(copy, centred=True) if copy else (),
            [RuleLine()],
            text.facts(words.blocks[0].rows, known),
            [RuleLine()],
            _signing(words.signatures, (act.worker_signs, act.applicant_signs), text),
            [CutLine()],
        )
    )


def _documents(
    documents: Sequence[ReceiptDocument], words: Block, text: NarrowText
) -> Iterator[NarrowLine]:
    yield RuleLine()
    yield from text.text(words.title, bold=True)
    for at, document in enumerate(documents, 1):
        yield from text.text(f"{at}. {document.title}")
        if document.props:
            yield from text.text(document.props, indent=3)
        counts = f"экз. {document.copies}, листов {document.sheets}"
        kept = f"{document.form}, {counts}, {document.note or NOTHING}"
        yield from text.text(kept, indent=3)
    sheets = sum(document.sheets for document in documents)
    yield from text.text(words.totals.format(docs=len(documents), sheets=sheets), bold=True)


def _duty(duty: ReceiptDuty | None, words: Block, text: NarrowText) -> Iterator[NarrowLine]:
    if duty is None:
        return
    yield RuleLine()
    yield from text.text(words.title, bold=True)
    known = {"duty": duty.amount, "duty_status": duty.status, "uin": duty.uin}
    yield from text.facts(words.rows, known)


def _signing(roles: Sequence[str], names: Sequence[str], text: NarrowText) -> Iterator[NarrowLine]:
    for role, name in zip(roles, names, strict=True):
        yield from text.signing(role, name)
