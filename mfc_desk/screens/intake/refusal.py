"""Отказ в приёме: every reason of the list, those the check found chosen, all told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from forms.names import short_name
from mfc_desk.errors import RefusalBeyondTold
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.ask_line import AskLineScreen
from mfc_desk.screens.dialogs.choose import ChooseScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.intake.open_refusal import OpenRefusal
from mfc_desk.screens.intake.steps import StepWanted, TurnedAway
from mfc_desk.screens.wording import count_text, day_text
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pairs_page import Heading, Line, PairsPage, Remark
from mfc_desk.widgets.rows import Cell, Column, Row, RowList
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


class RefusalScreen(DeskScreen[None]):
    """Reasons above, what the applicant will read below; Ctrl+S refuses."""

    HELP = (
        "Отказ в приёме документов.\nПеречень причин исчерпывающий; причины, которые нашла "
        "проверка, уже отмечены. Назовите сразу все недостатки: при повторном обращении новую "
        "причину назвать нельзя. Пробел отмечает причину, Enter дописывает недостаток своими "
        "словами. Если заявитель настаивает на приёме, вернитесь (Esc): на шаге «Проверка» "
        "замечание к документу можно оставить с причиной (Ctrl+O), кроме причин R02, R05, R07 "
        "и R10. Ctrl+S записывает отказ; введённое сохранится в нём для повторного обращения."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Отметить", key_display="Пробел", id="turn"),
        Binding("ctrl+s,ctrl+ы", "refuse", "Отказать", key_display="Ctrl+S", id="refuse"),
        Binding("escape", "back", "Назад, принять", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, draft: Draft) -> None:
        """For a draft, whatever it lacks."""
        super().__init__(desk)
        self.draft = draft
        self.catalogue = catalogue = desk.intake.catalogue_of(draft)
        self.open = OpenRefusal(
            catalogue.refusals,
            desk.refusals.proposal(draft.document, catalogue),
            desk.refusals.told_for(draft.document, catalogue),
        )

    def body(self) -> ComposeResult:
        """Title, reasons, what will be told."""
        yield TitleLine()
        with Vertical(classes="panel", id="reasons-panel") as panel:
            panel.border_title = "Причины отказа — исчерпывающий перечень"
            panel.border_subtitle = "Пробел отметить · Enter дописать"
            yield RowList(Column(1), Column(3), Column(), Column(12), id="reasons")
        with Page(id="defects") as page:
            page.border_title = "Что услышит заявитель"
            page.border_subtitle = "Tab читать дальше"
            yield PairsPage()

    def on_mount(self) -> None:
        """Stand on the first reason that is chosen."""
        title = self.query_one(TitleLine)
        who = short_name(self.draft.document.get("applicant") or {})
        service = self.desk.intake.service_of(self.draft)
        title.left, title.right = f"{service.short} · {who}", "отказ в приёме"
        self._draw()
        rows = self.query_one(RowList)
        self.set_focus(rows)
        codes = [row.key for row in rows.rows]
        first = next((code for code in codes if code in self.open.chosen), codes[0])
        rows.cursor = codes.index(first)

    def _draw(self) -> None:
        new = {defect.code for defect in self.open.new}
        told = {defect.code for defect in self.open.told.defects}
        rows = []
        for reason in self.open.reasons:
            chosen = reason.code in self.open.chosen
            mark = Cell("✗", "bad") if chosen else Cell("○", "muted")
            note = Cell("")
            if chosen and reason.code in new:
                note = Cell("новая!", "warn")
            elif reason.code in told:
                note = Cell("уже названа", "muted")
            title = Cell(reason.title, "strong" if chosen else "")
            rows.append(Row(reason.code, (mark, Cell(reason.code, "muted"), title, note)))
        self.query_one(RowList).show(rows)
        self.query_one(PairsPage).lines = self._lines()

    def _lines(self) -> tuple[Line, ...]:
        lines: list[Line] = []
        told = self.open.told
        if told.last is not None:
            numbers = ", ".join(told.numbers)
            codes = ", ".join(dict.fromkeys(defect.code for defect in told.defects))
            lines.append(
                Remark(
                    "!",
                    f"Этому заявителю уже отказано {day_text(told.last.date())}, № {numbers}; "
                    f"названы {codes}. Новую причину назвать нельзя, кроме случаев ст. 7 "
                    "210-ФЗ.",
                    "bold $warning",
                )
            )
        for reason in self.open.reasons:
            if reason.code not in self.open.chosen:
                continue
            lines.append(Heading(f"{reason.code}. {reason.title}"))
            new = self.open.new
            lines += [
                Remark("!" if defect in new else "✗", _sentence(defect.label, defect.text))
                for defect in self.open.defects_of(reason.code)
            ]
            lines.append(Remark("→", reason.fix, "$muted"))
        if not self.open.chosen:
            lines.append(Remark("·", "Ничего не отмечено: отказывать не в чем.", "$muted"))
        return tuple(lines)

    def action_turn(self) -> None:
        """The reason is one of this refusal, or not; a reason without words asks for them."""
        code = self.query_one(RowList).key
        if code is None:
            return
        if self.open.turn(code):
            self._draw()
            self.query_one(RowList).action_move(1)
        else:
            self._write(code)

    @on(RowList.Chosen)
    def _asked(self, event: RowList.Chosen) -> None:
        self._write(event.key)

    @work
    async def _write(self, code: str) -> None:
        reason = self.catalogue.refusals.reasons[code]
        question = f"{reason.title}.\nКакой документ и что в нём не так?"
        words = await self.app.push_screen_wait(
            AskLineScreen(f"{code}: недостаток", question, self.open.words_of(code))
        )
        if words is not None:
            self.open.write(code, words)
            self._draw()

    @work
    async def action_refuse(self) -> None:
        """Ask once, then number and journal the refusal."""
        defects = self.open.defects
        count = count_text(len(defects), "недостаток", "недостатка", "недостатков")
        question = (
            f"Отказать в приёме? Названо: {count}.\nВсё введённое сохранится в отказе: при "
            "повторном обращении вводить заново не придётся."
        )
        if defects and not await self.app.push_screen_wait(
            ConfirmScreen("Отказ в приёме", question, "Отказать", "Вернуться")
        ):
            return
        with said_on(self):
            allowance = None
            if self.open.new:
                allowance = await self._allowance()
                if allowance is None:
                    raise RefusalBeyondTold(self.open.new, self.open.told.numbers)
            given = self.desk.refusals.give(
                self.draft.document,
                defects,
                allowance=allowance,
                draft_id=self.draft.id,
                catalogue=self.catalogue,
            )
            self.post_message(TurnedAway(given.id))

    async def _allowance(self) -> str | None:
        """The case in which the law lets a second refusal name something new."""
        cases = self.catalogue.refusals.allowances.values()
        chosen = await self.app.push_screen_wait(
            ChooseScreen(
                "Новая причина допустима, только если", [(one.code, one.title) for one in cases]
            )
        )
        return chosen[0] if chosen else None

    def action_back(self) -> None:
        """The request may be taken after all."""
        self.post_message(StepWanted(self.draft, self.draft.step))


def _sentence(label: str, text: str) -> str:
    return f"{label}: {text}" if label else text
