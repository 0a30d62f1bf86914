"""Отказ, направление или запись листа ожидания: what it says, and the end of a waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from forms.names import full_name
from mfc_desk.intake.turned_away import CANCELLED, ENDED_WORDS, Turning, get
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.intake.steps import ServiceChosen, StepWanted
from mfc_desk.screens.wording import day_text, full_moment
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import Heading, Line, Pair, PairsPage, Remark
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

TITLES = {
    "refusal": "Отказ в приёме",
    "referral": "Направление",
    "waiting": "Лист ожидания",
}


class TurningScreen(DeskScreen[None]):
    """One refusal, referral or waiting entry; Ctrl+N takes the request after all."""

    HELP = (
        "Обращение, которое не было принято: отказ в приёме, направление в другой офис или запись "
        "в листе ожидания. Ctrl+N начинает обращение за этой услугой для того же заявителя (после "
        "отказа — со всем, что было введено); "
        "запись листа ожидания снимется, когда обращение будет зарегистрировано. Ctrl+D снимает "
        "её без обращения."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n,ctrl+т", "begin", "Принять обращение", key_display="Ctrl+N", id="begin"),
        Binding("ctrl+d,ctrl+в", "drop", "Снять с ожидания", key_display="Ctrl+D", id="drop"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, turning_id: str) -> None:
        """By the id or the printed number; whoever looks is journalled."""
        super().__init__(desk)
        self.turning: Turning = get(desk, turning_id)

    def body(self) -> ComposeResult:
        """Title and page."""
        yield TitleLine()
        with Page(id="turning") as page:
            page.border_title = TITLES[self.turning.kind]
            yield PairsPage(turning_lines(self.turning, self.tz), label=16)

    def on_mount(self) -> None:
        """Stand on the page, to scroll it."""
        title = self.query_one(TitleLine)
        title.left = f"{self.turning.number} · {self.turning.applicant or 'без имени'}"
        self.set_focus(self.query_one(Page))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what waits can be taken off the list."""
        if action == "drop":
            return self.turning.kind == "waiting" and not self.turning.closed
        return super().check_action(action, parameters)

    def action_begin(self) -> None:
        """The same service for the same applicant, now."""
        with said_on(self):
            if self.turning.kind == "refusal":
                draft = self.desk.refusals.resume(self.turning)
                self.post_message(StepWanted(draft, draft.step))
                return
            waits = self.turning.kind == "waiting" and not self.turning.closed
            self.post_message(
                ServiceChosen(
                    self.turning.service,
                    dict(self.turning.body["applicant"]) or None,
                    waiting=self.turning.id if waits else None,
                )
            )

    def action_drop(self) -> None:
        """The applicant needs it no more."""
        with said_on(self):
            self.desk.waiting.close(self.turning.id, CANCELLED)
            self.notify("Запись снята с ожидания.", title=TITLES["waiting"])
            self.dismiss(None)


def turning_lines(turning: Turning, tz: Any) -> tuple[Line, ...]:
    """Everything the entry says."""
    body: Mapping[str, Any] = turning.body
    lines: list[Line] = [
        Pair("Номер", turning.number),
        Pair("Когда", f"{full_moment(turning.at, tz)}, {turning.operator}"),
        Pair("Заявитель", full_name(body["applicant"]) or "не назван"),
        Pair("Услуга", turning.service_title),
        Pair("Орган", body["authority"]),
    ]
    lines += [
        Pair(label, str(body[name]))
        for name, label in (
            ("to", "Куда направлен"),
            ("why", "Почему"),
            ("phone", "Телефон"),
            ("note", "Заметка"),
        )
        if body.get(name)
    ]
    if turning.remind_on:
        lines.append(Pair("Напомнить", day_text(turning.remind_on)))
    if turning.closed:
        ended = ENDED_WORDS.get(turning.closed, turning.closed)
        lines.append(Pair("Итог", ", ".join(filter(None, (ended, turning.closed_why)))))
    if body.get("earlier"):
        lines.append(Pair("Отказано ранее", ", ".join(body["earlier"])))
    if body.get("allowance"):
        lines.append(Pair("Новая причина", body["allowance"]["title"]))
    for code in dict.fromkeys(one["code"] for one in body.get("defects", ())):
        told = [one for one in body["defects"] if one["code"] == code]
        lines.append(Heading(f"{code}. {told[0]['title']}"))
        lines += [
            Remark("✗", f"{one['label']}: {one['text']}" if one["label"] else one["text"])
            for one in told
        ]
        lines.append(Remark("→", told[0]["fix"], "$muted"))
    if body.get("bring"):
        lines += [Heading("Взять с собой"), *(Remark("·", title) for title in body["bring"])]
    return tuple(lines)
