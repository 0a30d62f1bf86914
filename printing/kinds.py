"""Every paper the office prints, by the code that the journal and the command line name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from printing import (
    application,
    case_label,
    certification,
    consent,
    day_close,
    duty_slip,
    issue_journal,
    memo,
    receipt,
    reconciliation_act,
    referral,
    refusal,
    route_sheet,
    transfer_register,
    visit_act,
)
from printing.page import Page
from printing.sheet import ORIGINAL, Marks


class Render(Protocol):
    """A paper as bytes: the same data, edition and marks give the same bytes."""

    def __call__(self, paper: Any, /, *, large: bool = False, marks: Marks = ORIGINAL) -> bytes:
        """Return the PDF."""


class LayOut(Protocol):
    """A paper as data: where every word and rule of one copy stands."""

    def __call__(self, paper: Any, /, *, large: bool = False) -> tuple[Page, ...]:
        """Return the pages."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: its name in Russian, the class of its data, what prints it."""

    title: str
    data: type
    render: Render
    lay_out: LayOut
    copies: int = 1


KINDS: Mapping[str, Kind] = {
    receipt.CODE: Kind("Расписка", receipt.Receipt, receipt.render, receipt.lay_out, 2),
    application.CODE: Kind(
        "Заявление", application.Application, application.render, application.lay_out
    ),
    consent.CODE: Kind(
        "Согласие на обработку данных", consent.Consent, consent.render, consent.lay_out, 2
    ),
    transfer_register.CODE: Kind(
        "Реестр передачи дел",
        transfer_register.TransferRegister,
        transfer_register.render,
        transfer_register.lay_out,
        2,
    ),
    route_sheet.CODE: Kind(
        "Маршрутный лист", route_sheet.RouteSheet, route_sheet.render, route_sheet.lay_out
    ),
    reconciliation_act.CODE: Kind(
        "Акт сверки",
        reconciliation_act.ReconciliationAct,
        reconciliation_act.render,
        reconciliation_act.lay_out,
        2,
    ),
    duty_slip.CODE: Kind("Квитанция", duty_slip.DutySlip, duty_slip.render, duty_slip.lay_out),
    issue_journal.CODE: Kind(
        "Журнал выдачи", issue_journal.IssueJournal, issue_journal.render, issue_journal.lay_out
    ),
    refusal.CODE: Kind(
        "Уведомление об отказе", refusal.Refusal, refusal.render, refusal.lay_out, 2
    ),
    visit_act.CODE: Kind("Акт выезда", visit_act.VisitAct, visit_act.render, visit_act.lay_out, 2),
    day_close.CODE: Kind(
        "Акт закрытия дня", day_close.DayClose, day_close.render, day_close.lay_out
    ),
    referral.CODE: Kind("Направление", referral.Referral, referral.render, referral.lay_out),
    memo.CODE: Kind("Памятка «что донести»", memo.Memo, memo.render, memo.lay_out),
    case_label.CODE: Kind(
        "Ярлык дела", case_label.CaseLabel, case_label.render, case_label.lay_out
    ),
    certification.CODE: Kind(
        "Отметка о заверении копии",
        certification.CopyMark,
        certification.render,
        certification.lay_out,
    ),
    certification.ELECTRONIC: Kind(
        "Заверительная надпись",
        certification.ElectronicMark,
        certification.render_electronic,
        certification.lay_out_electronic,
    ),
}
