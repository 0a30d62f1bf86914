"""How long a receipt takes, against bare pages of the same text, and the papers of a day."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from pathlib import Path

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from bench.ground.desk import cached
from bench.ground.printed_day import print_day
from bench.report import Row, goal, in_turn, ratio, row
from printing import fonts
from printing.page import LEFT, PAGE_HEIGHT, PAGE_WIDTH, TOP, Page
from printing.receipt import lay_out, render
from printing.sample_papers import PERSON, SERVICE, receipt_of

ROUNDS = 60
COLD_ROUNDS = 9
DAY = 150
REGISTERS = 12

_COLD = """
import sys, time
start, busy = time.perf_counter(), time.process_time()
import pickle
known = pickle.load(sys.stdin.buffer)
from printing.receipt import render
render(known)
print(time.perf_counter() - start, time.process_time() - busy)
"""

SAMPLE = receipt_of(PERSON, SERVICE, 8)


def run(rounds: int = ROUNDS, cold_rounds: int = COLD_ROUNDS, requests: int = DAY) -> Row:
    """Return times of a receipt with eight documents, of the bare pages and of platypus.

    Then of all papers of a day of so many requests, on a real desk.
    """
    pages = lay_out(SAMPLE)
    acts = {
        "receipt": lambda: render(SAMPLE),
        "bare": lambda: bare(pages),
        "platypus": lambda: platypus(pages),
    }
    taken = in_turn(acts, rounds)
    cold, busy = zip(*(first() for _ in range(cold_rounds)), strict=True)
    day = print_day(cached(requests))
    rates = [1 / seconds for seconds in taken["receipt"]]
    rows = [row(name, [1000 * s for s in samples], "ms") for name, samples in taken.items()]
    times = ratio(taken["receipt"], taken["bare"])
    return {
        "question": "a receipt of two copies with eight documents and a barcode, as PDF bytes; "
        "the papers of a day, queued, rendered, written durably and journalled one by one",
        "rows": [
            *rows,
            row("receipts", rates, "1/s"),
            row("first", [1000 * seconds for seconds in cold], "ms"),
            row("first, processor time", [1000 * seconds for seconds in busy], "ms"),
            row("the day", [day.seconds], "s"),
            row("the day, processor time", [day.busy], "s"),
            row("a paper of the day", [1000 * seconds for seconds in day.steps], "ms"),
        ],
        "ratio": {
            "receipt/bare": times,
            "receipt/platypus": ratio(taken["receipt"], taken["platypus"]),
        },
        "day": day.papers,
        "bytes": {"receipt": len(render(SAMPLE)), "bare": len(bare(pages)), "day": day.size},
        "goals": [
            goal("≤ 3 × the bare page", times, 3.0),
            goal("≥ 60 receipts/s", sorted(rates)[len(rates) // 2], 60.0, at_most=False),
            goal("first one ≤ 150 ms", 1000 * sorted(cold)[len(cold) // 2], 150.0),
            goal(f"the papers of {requests} requests ≤ 20 s", day.seconds, 20.0),
            goal(
                f"≥ {REGISTERS} registers among them",
                day.papers["transfer_register"],
                REGISTERS,
                at_most=False,
            ),
        ],
    }


def bare(pages: tuple[Page, ...]) -> bytes:
    """Return two copies of the words of `pages` where they belong: no layout, no lines, no bars."""
    fonts.register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), pageCompression=1, invariant=1)
    for page in (*pages, *pages):
        text = canvas.beginText()
        for placed in page:
            for run in placed.piece.runs:
                text.setFont(run.font, run.size)
                text.setTextOrigin(LEFT + run.x, PAGE_HEIGHT - TOP - placed.y - run.y)
                text.textOut(run.text)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def platypus(pages: tuple[Page, ...]) -> bytes:
    """Return two copies of the same words as reportlab's paragraphs, a table for the documents."""
    fonts.register()
    style = ParagraphStyle("body", fontName=fonts.REGULAR, fontSize=10, leading=12)
    cells = [
        [Paragraph(text, style) for text in (d.title, d.props, d.form, d.note)]
        for d in SAMPLE.documents
    ]
    in_table = {text for d in SAMPLE.documents for text in (d.title, d.props, d.form, d.note)}
    words = [run.text for page in pages for placed in page for run in placed.piece.runs]
    flow: list[Flowable] = []
    for _ in range(2):
        flow += [Paragraph(text, style) for text in words if text not in in_table]
        flow.append(Table(cells))
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1).build(flow)
    return out.getvalue()


def first() -> tuple[float, float]:
    """Return seconds from a fresh interpreter's first import of ours to the first paper.

    The first number is the clock's, the second the processor's, which neighbours do not lengthen.
    """
    done = subprocess.run(
        [sys.executable, "-c", _COLD],
        input=pickle.dumps(SAMPLE),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    wall, busy = done.stdout.split()
    return float(wall), float(busy)
