"""How long a receipt takes, against bare pages of the same text, and the papers of a day."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from statistics import median

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from bench.ground.desk import ROOT, cached
from bench.ground.printed_day import print_day
from bench.report import Row, goal, in_turn, ratio, row
from printing import fonts
from printing.kept import keep
from printing.page import LEFT, PAGE_HEIGHT, PAGE_WIDTH, TOP, Page
from printing.receipt import lay_out, render
from printing.sample_papers import PERSON, SERVICE, receipt_of

ROUNDS = 60
COLD_ROUNDS = 9
FIRST_MS = 150.0
DAY = 150
REGISTERS = 12

_FRESH = """
import sys, time
text = sys.stdin.read()
start, busy = time.perf_counter(), time.process_time()
from printing.kept import kept
from printing.receipt import Receipt, render
render(kept(Receipt, text))
print(time.perf_counter() - start, time.process_time() - busy)
"""
_OPEN = """
import sys, time
from pathlib import Path
from mfc_desk.screens import work_day  # as the program does while the password is typed
from bench.ground.desk import GrownDesk
from mfc_desk.paths import Home
with GrownDesk(Home(Path(sys.stdin.read())), 0).login() as desk:
    number = desk.find.recent(limit=1)[0].number
    start, busy = time.perf_counter(), time.process_time()
    desk.papers.render(number)
    print(time.perf_counter() - start, time.process_time() - busy)
"""

SAMPLE = receipt_of(PERSON, SERVICE, 8)

Taken = tuple[float, float]


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
    fresh, at_desk = first_ones(cached(requests).home.root, cold_rounds)
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
            *first_rows("first of a fresh process, its imports among it", fresh),
            *first_rows("first at the open desk of the program", at_desk),
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
            goal("first of a fresh process ≤ 150 ms", median(wall for wall, _ in fresh), FIRST_MS),
            goal("first at an open desk ≤ 150 ms", median(wall for wall, _ in at_desk), FIRST_MS),
            goal(f"the papers of {requests} requests ≤ 20 s", day.seconds, 20.0),
            goal(
                f"≥ {REGISTERS} registers among them",
                day.papers["transfer_register"],
                REGISTERS,
                at_most=False,
            ),
        ],
    }


def first_ones(home: Path, rounds: int) -> tuple[list[Taken], list[Taken]]:
    """Return what the first receipt takes in a fresh process and at a desk just opened, in turn.

    One run of each goes before, so that byte code is kept, as an installation has it.
    """
    fresh, at_desk = [], []
    for _ in range(rounds + 1):
        fresh.append(first(_FRESH, keep(SAMPLE)))
        at_desk.append(first(_OPEN, str(home)))
    return fresh[1:], at_desk[1:]


def first_rows(name: str, taken: list[Taken]) -> list[Row]:
    """Return the rows of the clock and of the processor."""
    wall, busy = zip(*taken, strict=True)
    return [row(name, wall, "ms"), row(f"{name}, processor time", busy, "ms")]


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


def first(program: str, given: str) -> Taken:
    """Run `program` in a fresh interpreter; return the milliseconds its first paper took.

    The first number is the clock's, the second the processor's, which neighbours do not lengthen.
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=given,
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )
    wall, busy = done.stdout.split()
    return 1000 * float(wall), 1000 * float(busy)
