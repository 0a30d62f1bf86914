"""What happened to a request, in order: here, at the printer, at the centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mfc_desk.store import exchange, request_acts
from mfc_desk.store.exchange import RequestEvent
from mfc_desk.store.request_acts import Act
from mfc_desk.store.requests import AMEND, StoredRequest
from sync.clock import from_iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.paper_job import PaperJob

CENTRE = "центр"


@dataclass(frozen=True)
class HistoryRow:
    """One thing that happened to a request; `by` is a login or «центр»."""

    at: datetime
    text: str
    by: str


_SAID = {
    exchange.APPLIED: "зарегистрировано",
    exchange.DUPLICATE: "зарегистрировано ранее (повтор)",
    exchange.SUPERSEDED: "в центре выбрана другая редакция",
    exchange.HELD: "на разборе",
    exchange.REJECTED: "возвращено",
    "returned": "возвращено на исправление",
    "status": "ведомство",
    "ready": "результат готов",
}
_RECEIVERS = {"applicant": "заявителю", "representative": "представителю"}
_JOB_TEXT = {
    "waiting": "печать в очереди",
    "printing": "печатается",
    "held": "печать придержана",
    "printed": "напечатано",
    "failed": "печать не удалась",
    "unknown": "возможно, напечатано",
}


def history(
    desk: Desk, stored: StoredRequest, papers: tuple[PaperJob, ...]
) -> tuple[HistoryRow, ...]:
    """Return what happened to a request, oldest first; times in the office's zone."""
    zone = desk.zone
    rows = [HistoryRow(from_iso(stored.accepted_at).astimezone(zone), "принято", stored.operator)]
    rows += [
        HistoryRow(from_iso(act.at).astimezone(zone), _act_text(act), act.operator)
        for act in request_acts.of_request(desk.db, stored.id)
    ]
    rows += [
        HistoryRow(job.at, f"{job.title}: {_JOB_TEXT[job.state]}", stored.operator)
        for job in papers
    ]
    rows += [
        HistoryRow(from_iso(event.at).astimezone(zone), _said_text(event), CENTRE)
        for event in exchange.events(desk.db, stored.id)
    ]
    return tuple(sorted(rows, key=lambda row: row.at))


def _act_text(act: Act) -> str:
    if act.kind == AMEND:
        return "исправлено"
    if act.kind == request_acts.WITHDRAW:
        return f"отозвано: {act.note}"
    return f"результат выдан {_RECEIVERS.get(act.note, '')}".rstrip()


def _said_text(event: RequestEvent) -> str:
    if event.kind == "ready":
        return "отказ готов к выдаче" if event.text == exchange.REFUSED else "результат готов"
    words = _SAID.get(event.kind, event.kind)
    if not event.text:
        return words
    return f"{words}{', ' if event.text.startswith('№') else ': '}{event.text}"
