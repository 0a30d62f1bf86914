"""Every paper in every variant, from synthetic data: to look at, to show, to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from printing import narrow_sheet, receipt, visit_act
from printing.kinds import KINDS
from printing.narrow import NarrowLine, Roll
from printing.narrow_papers import receipt_lines, visit_act_lines
from printing.samples import LONG, USUAL
from printing.sheet import Marks


class Exhibit(NamedTuple):
    """A paper of the gallery: the name of its file, and what prints it."""

    file: str
    print: Callable[[], bytes]


_MARKS: Mapping[str, Marks] = {
    "copy-2": Marks(copy=2),
    "training": Marks(training=True),
    "draft": Marks(draft=True),
}


def gallery() -> Iterator[Exhibit]:
    """Yield the usual and the long paper of each kind at 12 and 16 pt, marked ones, narrow ones."""
    for code, kind in KINDS.items():
        for variant, papers in (("usual", USUAL), ("long", LONG)):
            for size, large in ((12, False), (16, True)):
                yield Exhibit(
                    f"{code}-{variant}-{size}pt.pdf",
                    partial(kind.render, papers[code], large=large),
                )
        for name, marks in _MARKS.items():
            yield Exhibit(
                f"{code}-usual-{name}.pdf", partial(kind.render, USUAL[code], marks=marks)
            )
    for roll in Roll:
        for variant, papers in (("usual", USUAL), ("long", LONG)):
            yield from _narrow(roll, variant, papers)


def _narrow(roll: Roll, variant: str, papers: Mapping[str, Any]) -> Iterator[Exhibit]:
    width = f"{roll.width:.0f}mm"
    taken, act = papers[receipt.CODE], papers[visit_act.CODE]
    lines: list[tuple[str, str, list[NarrowLine]]] = [
        (
            receipt.CODE,
            "Расписка",
            [line for name in receipt.COPIES for line in receipt_lines(taken, roll, copy=name)],
        ),
        (
            visit_act.CODE,
            "Акт выезда",
            [line for name in visit_act.COPIES for line in visit_act_lines(act, roll, copy=name)],
        ),
    ]
    for code, title, known in lines:
        yield Exhibit(
            f"{code}-{variant}-{width}.pdf",
            partial(narrow_sheet.render, known, roll, title=title),
        )
