"""The day so far and what needs a person: the two panels of the first screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action, may
from mfc_desk.handling.find import RequestRow
from mfc_desk.handling.returned import labelled
from mfc_desk.intake.powers import SOON, shown_power
from mfc_desk.store import (
    acting_powers,
    drafts,
    exchange,
    messages,
    print_queue,
    request_acts,
    requests,
    search,
    turned_away,
)
from sync.clock import from_iso, iso

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.handling.follow_ups import Promise
    from mfc_desk.intake.drafts import DraftRow

HOURS = 24
CLOSE = timedelta(hours=4)
"""A registration deadline nearer than this needs attention."""
_SHORT_FROM = 6


@dataclass(frozen=True)
class BoardView:
    """Counts of one office day; `by_hour` has 24 numbers, hours of the office's clock."""

    date: date
    accepted: int
    refused: int
    issued: int
    drafts: int
    by_hour: tuple[int, ...]


@dataclass(frozen=True)
class AttentionRow:
    """One thing that waits for a person.

    kind: message | returned | deadline | forward | scan | waiting | promised | power | draft |
    print.
    """

    kind: str
    text: str
    number: str | None
    draft_id: str | None
    at: datetime | None
    turning_id: str | None = None
    message_id: int | None = None


class Board:
    """The use cases of looking at the day."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def today(self) -> BoardView:
        """Return the counts of today; zeros for a role that may not see requests."""
        desk = self._desk
        day = desk.centre_now().astimezone(desk.zone).date()
        by_hour = [0] * HOURS
        open_drafts = refused = issued = 0
        if may(desk.operator.role, Action.FIND):
            open_drafts = drafts.count(desk.db)
            issued = request_acts.count_on(desk.db, day.isoformat(), request_acts.ISSUE)
            refused = turned_away.count_on(desk.db, day.isoformat(), turned_away.REFUSAL)
            for accepted_at in search.accepted_on(desk.db, day.isoformat()):
                by_hour[from_iso(accepted_at).astimezone(desk.zone).hour] += 1
        return BoardView(
            date=day,
            accepted=sum(by_hour),
            refused=refused,
            issued=issued,
            drafts=open_drafts,
            by_hour=tuple(by_hour),
        )

    def attention(self, limit: int = 20) -> tuple[AttentionRow, ...]:
        """Return what needs a person: returned requests, close deadlines, prints, drafts."""
        if not may(self._desk.operator.role, Action.FIND):
            return ()
        rows = [
            *self._messages(limit),
            *self._returned(limit),
            *self._deadlines(limit),
            *self._scans(limit),
            *self._forwarding(),
            *self._waiting(limit),
            *self._promised(limit),
            *self._powers(limit),
            *self._prints(limit),
            *self._drafts(limit),
        ]
        return tuple(rows[:limit])

    def recent(self, limit: int = 50, before: int | None = None) -> tuple[RequestRow, ...]:
        """Return the newest requests, or those older than `before` (a rid)."""
        return self._desk.find.recent(limit, before)

    def _returned(self, limit: int) -> list[AttentionRow]:
        rows = []
        for status in exchange.returned(self._desk.db, limit):
            stored = requests.by_id(self._desk.db, status.request_id)
            if stored is None:
                continue
            found = labelled(self._desk, stored, status.problems)
            words = [f"{problem.label or problem.path}: {problem.text}" for problem in found]
            why = "; ".join(words) or status.reason or "причина не указана"
            verb = "возвращено" if status.outcome == exchange.REJECTED else "на разборе"
            rows.append(
                AttentionRow(
                    kind="returned",
                    text=f"{_short(stored.number)} {verb}: {why}",
                    number=stored.number,
                    draft_id=None,
                    at=from_iso(status.at).astimezone(self._desk.zone),
                )
            )
        return rows

    def _messages(self, limit: int) -> list[AttentionRow]:
        return [
            AttentionRow(
                kind="message",
                text=f"Сообщение центра: {one.text}",
                number=None,
                draft_id=None,
                at=from_iso(one.at).astimezone(self._desk.zone),
                message_id=one.id,
            )
            for one in messages.unread_messages(self._desk.db, limit)
        ]

    def _deadlines(self, limit: int) -> list[AttentionRow]:
        desk = self._desk
        if desk.training:
            return []
        before = iso(desk.centre_now() + CLOSE)
        rows = []
        for due in exchange.due_soon(desk.db, before=before, limit=limit):
            by = from_iso(due.register_by).astimezone(desk.zone)
            left = _left(by - desk.centre_now())
            rows.append(
                AttentionRow(
                    kind="deadline",
                    text=f"{_short(due.number)} зарегистрировать до {by:%d.%m %H:%M}, {left}",
                    number=due.number,
                    draft_id=None,
                    at=by,
                )
            )
        return rows

    def _scans(self, limit: int) -> list[AttentionRow]:
        by_request: dict[str, list[str]] = {}
        for number, name in self._desk.attachments.damaged(limit):
            by_request.setdefault(number, []).append(name)
        texts = {
            number: "вложение повреждено, приложите снова: " + ", ".join(names)
            for number, names in by_request.items()
        }
        wanted = self._desk.attachments.wanted(limit)
        texts |= dict.fromkeys(wanted, "приложите скан: иначе центр не зарегистрирует")
        return [
            AttentionRow(
                kind="scan",
                text=f"{_short(number)} {text}",
                number=number,
                draft_id=None,
                at=None,
            )
            for number, text in texts.items()
        ]

    def _forwarding(self) -> list[AttentionRow]:
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        return [
            AttentionRow(
                kind="forward",
                text=f"комплексный запрос {', '.join(map(_short, one.numbers))} передать в органы "
                f"до {one.by:%d.%m}{', срок прошёл' if one.by < today else ''}: нет в реестре",
                number=one.numbers[0],
                draft_id=None,
                at=None,
            )
            for one in self._desk.day_papers.to_forward()
        ]

    def _promised(self, limit: int) -> list[AttentionRow]:
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        by_request: dict[str, list[Promise]] = {}
        for one in self._desk.promises.due(limit):
            by_request.setdefault(one.number, []).append(one)
        return [
            AttentionRow(
                kind="promised",
                text=f"{_short(number)} {ones[0].applicant} "
                f"{'не донёс' if ones[0].due < today else 'донесёт'} до {ones[0].due:%d.%m}: "
                + ", ".join(one.title for one in ones),
                number=number,
                draft_id=None,
                at=None,
            )
            for number, ones in by_request.items()
        ]

    def _powers(self, limit: int) -> list[AttentionRow]:
        """Powers that end within SOON, or have ended, of requests that go on."""
        today = self._desk.centre_now().astimezone(self._desk.zone).date()
        rows = []
        for one in acting_powers.ending(self._desk.db, (today + SOON).isoformat(), limit):
            stored = requests.by_id(self._desk.db, one.request_id)
            shown = shown_power(json.loads(stored.body)["record"], today) if stored else None
            if shown is None:
                continue
            rows.append(
                AttentionRow(
                    kind="power",
                    text=f"{_short(one.number)} {shown.holder} действует {shown.text}",
                    number=one.number,
                    draft_id=None,
                    at=None,
                )
            )
        return rows

    def _waiting(self, limit: int) -> list[AttentionRow]:
        return [
            AttentionRow(
                kind="waiting",
                text=f"{one.applicant} · {one.body['phone']} · {one.service_title}: "
                f"{one.body['why']}",
                number=one.number,
                draft_id=None,
                at=None,
                turning_id=one.id,
            )
            for one in self._desk.waiting.due(limit)
        ]

    def _prints(self, limit: int) -> list[AttentionRow]:
        rows = []
        for job in print_queue.in_states(
            self._desk.db, (print_queue.FAILED, print_queue.UNKNOWN), limit
        ):
            what = "не напечатано" if job.state == print_queue.FAILED else "возможно, напечатано"
            rows.append(
                AttentionRow(
                    kind="print",
                    text=f"{_short(job.subject)} {what}: {job.error or 'причина неизвестна'}",
                    number=job.subject if job.request_id else None,
                    draft_id=None,
                    at=from_iso(job.at).astimezone(self._desk.zone),
                )
            )
        return rows

    def _drafts(self, limit: int) -> list[AttentionRow]:
        return [
            AttentionRow(
                kind="draft",
                text=" · ".join(filter(None, (row.applicant, row.title, _draft_text(row)))),
                number=None,
                draft_id=row.id,
                at=row.saved_at,
            )
            for row in self._desk.intake.drafts(limit)
        ]


def _draft_text(row: DraftRow) -> str:
    return f"исправление {_short(row.amends)}" if row.amends else "черновик"


def _short(number: str) -> str:
    return "…" + number[_SHORT_FROM:]


def _left(left: timedelta) -> str:
    if left < timedelta(0):
        return "срок прошёл"
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"{hours} ч {minutes} м" if hours else f"{minutes} м"
