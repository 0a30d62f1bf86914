"""Rows of requests and of what needs attention, the same in every list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from mfc_desk.board import AttentionRow
from mfc_desk.handling.find import RequestRow
from mfc_desk.intake.turned_away import Turning
from mfc_desk.papers.paper_job import PaperJob
from mfc_desk.screens.wording import moment_text
from mfc_desk.widgets.rows import Cell, Row

ATTENTION_MARKS = {
    "message": "✉",
    "returned": "↩",
    "deadline": "!",
    "forward": "!",
    "draft": "✎",
    "print": "▤",
    "scan": "✗",
    "waiting": "◷",
    "promised": "…",
    "power": "§",
}
ATTENTION_TONES = {
    "message": "accent",
    "returned": "bad",
    "deadline": "warn",
    "forward": "warn",
    "draft": "accent",
    "print": "warn",
    "scan": "bad",
    "waiting": "warn",
    "promised": "warn",
    "power": "warn",
}
STATE_TONES = {
    "registered": "good",
    "confirmed": "good",
    "applied": "good",
    "accepted": "",
    "sent": "",
    "held": "warn",
    "rejected": "bad",
    "ready": "good",
    "withdrawn": "muted",
    "issued": "good",
}


POWER_TONES = {"good": "", "ending": "$warning", "over": "$error", "void": "$error"}
"""How the term of a representative's power is shown, by its state."""


def request_rows(rows: Iterable[RequestRow], tz: tzinfo, now: datetime) -> list[Row]:
    """Time, number, applicant, service, state."""
    return [
        Row(
            key=str(row.number),
            cells=(
                Cell(moment_text(row.accepted_at, tz, now), "muted"),
                Cell(short_number(row), "strong"),
                Cell(row.applicant_short),
                Cell(row.service_short),
                Cell(row.state_text, STATE_TONES.get(row.state, "")),
            ),
        )
        for row in rows
    ]


def turning_rows(found: Iterable[Turning], tz: tzinfo, now: datetime) -> list[Row]:
    """Refusals, referrals and waiting entries as lines of a list of requests."""
    return [
        Row(
            key=f"turning:{one.id}",
            cells=(
                Cell(moment_text(one.at, tz, now), "muted"),
                Cell("…" + one.number[6:], "strong"),
                Cell(one.applicant),
                Cell(one.service_title),
                Cell(one.text, "bad" if one.kind == "refusal" else "warn"),
            ),
        )
        for one in found
    ]


def short_number(row: RequestRow) -> str:
    """…000428-51-4."""
    return end_of(row.number)


def end_of(number: str) -> str:
    """…000428-51-4 of a number as printed."""
    return "…" + number[6:]


def attention_rows(rows: Mapping[str, AttentionRow], tz: tzinfo, now: datetime) -> list[Row]:
    """Mark, words, time; keys are those of the mapping."""
    return [
        Row(
            key=key,
            cells=(
                Cell(ATTENTION_MARKS.get(row.kind, "•"), ATTENTION_TONES.get(row.kind, "")),
                Cell(row.text),
                Cell(moment_text(row.at, tz, now) if row.at else "", "muted"),
            ),
        )
        for key, row in rows.items()
    ]


def print_job_rows(jobs: Iterable[PaperJob], tz: tzinfo, now: datetime) -> list[Row]:
    """Time, number, paper and copy, printer, state; the reason as a note."""
    rows = []
    for job in jobs:
        words, colour = PAPER_STATES[job.state]
        copy = f", копия {job.copy}" if job.copy > 1 else ""
        copy += ", крупно" if job.large else ""
        rows.append(
            Row(
                str(job.id),
                (
                    Cell(moment_text(job.at, tz, now), "muted"),
                    Cell("…" + job.request_number[6:], "strong"),
                    Cell(job.title + copy),
                    Cell(job.chosen or job.printer or "", "muted"),
                    Cell(words, _TONES[colour]),
                ),
                note=job.error or "",
            )
        )
    return rows


_TONES = {
    "$warning": "warn",
    "$primary": "accent",
    "$success": "good",
    "$error": "bad",
    "$muted": "muted",
}
PAPER_STATES = {
    "waiting": ("ждёт печати", "$warning"),
    "held": ("придержано", "$warning"),
    "printing": ("печатается", "$primary"),
    "printed": ("напечатано", "$success"),
    "failed": ("не напечатано", "$error"),
    "unknown": ("возможно, напечатано", "$warning"),
    "cancelled": ("отменено", "$muted"),
}
"""State of a printing to its words and colour."""
