"""The services of one visit as lines: how far each is, what is asked about it, by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfc_desk.screens.intake.bundles import COMPLEX
from mfc_desk.screens.intake.service import AVAILABILITY_TONES
from mfc_desk.screens.wording import count_text, day_text
from mfc_desk.widgets.rows import Cell, Row

if TYPE_CHECKING:
    from mfc_desk.intake.bundle_steps import BundleStep

MARKS = {
    "new": ("○", "muted"),
    "filling": ("●", "warn"),
    "ready": ("✓", "accent"),
    "registered": ("✓", "good"),
}


def step_row(step: BundleStep, kind: str) -> Row:
    """Mark, service, order, what is said of it; conditions below."""
    mark, tone = ("–", "muted") if step.off else MARKS[step.state]
    row = step.row
    order = f"после {', '.join(str(one + 1) for one in step.after)}" if step.after else "сразу"
    said, said_tone = _state_words(step, kind)
    when = "" if step.question else step.when  # the question says it
    when = f"✓ {step.when}" if step.fits and step.when else when
    parts = [step.unfit, _asked(step), when, row.why if row else ""]
    if step.limits is not None:
        parts.insert(0, step.limits.text)
    elif row is not None:
        parts.append(row.term_text)
    name = f"{step.place + 1}. {row.short if row else step.service}"
    return Row(
        str(step.place),
        (
            Cell(mark, tone),
            Cell(name, "muted" if step.off else "strong"),
            Cell(order),
            Cell(said, said_tone),
        ),
        note=" · ".join(part for part in parts if part),
    )


def _asked(step: BundleStep) -> str:
    """The question of a step and its answer; that it is optional where nothing is asked."""
    if not step.question or step.state == "registered":
        return "по желанию" if step.optional else ""
    answer = {True: " Да", False: " Нет", None: ""}[step.answer]
    return step.question + answer


def _state_words(step: BundleStep, kind: str) -> tuple[str, str]:
    """What stands at the right of a service: how far it is, or what it waits for."""
    if step.row is None:
        return "нет в каталоге", "bad"
    if step.state != "new":
        return _done_words(step)
    if step.off:
        return ("не нужна" if step.answer is False else "не подходит"), "muted"
    if step.question and step.answer is None:
        return "спросите", "warn"
    if kind == COMPLEX and step.limits is not None:
        return f"до {day_text(step.limits.office_on)}", ""
    return step.row.availability, AVAILABILITY_TONES.get(step.row.availability, "")


def _done_words(step: BundleStep) -> tuple[str, str]:
    if step.state == "registered":
        return f"принято …{(step.number or '')[6:]}", "good"
    if step.state == "ready":
        return "заполнено", "accent"
    return count_text(step.problems, "замечание", "замечания", "замечаний"), "warn"
