"""What a desk made anew, or enrolled after a fork, still lacks: shown until somebody settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import TrainingDesk
from mfc_desk.exchange.centre_keys import ticket_in_use
from mfc_desk.recovery.refill import CONTRADICTS, UNREADABLE
from mfc_desk.recovery.unjournalled import STEP, bring_back, check_key
from mfc_desk.store import refill
from sync.carrier import Carrier

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.store.refill import Report

WHY = {
    CONTRADICTS: "запись есть в центре, здесь противоречит записанному: решает оператор центра",
    UNREADABLE: "запись есть в центре, эта программа её не читает: обновите программу",
}


@dataclass(frozen=True)
class Lack:
    """One thing that did not come back: which, and where it lies or what to do."""

    name: str
    text: str


@dataclass(frozen=True)
class RestoredView:
    """`at` is when the desk was made anew in the office's time, None where only a fork was settled.

    `text` says in one sentence what came back, `lacks` what did not.
    """

    at: datetime | None
    text: str
    lacks: tuple[Lack, ...]


class Restored:
    """The use cases."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> RestoredView | None:
        """Return how this desk came back; None for one that was never away."""
        desk = self._desk
        report, left = refill.report(desk.db), refill.left(desk.db)
        if report is None and not left:
            return None
        lacks = [Lack(str(one), WHY[one.why]) for one in left]
        if report is not None:
            lacks += self._not_back(report)
        at = report.at.astimezone(desk.zone) if report else None
        return RestoredView(at, self._text(report), tuple(lacks))

    def _text(self, report: Report | None) -> str:
        if report is None:
            return "место зарегистрировано заново, записи прежней ветви взяты из центра"
        if report.local_at is None:
            return "место собрано заново из центра и второго места"
        sealed = report.local_at.astimezone(self._desk.zone)
        return (
            f"место собрано заново; черновики ({report.drafts}), бумаги очереди ({report.papers},"
            f" на паузе) и настройки — на {sealed:%d.%m.%Y %H:%M}"
        )

    def _not_back(self, report: Report) -> list[Lack]:
        lacks = [
            Lack("пакет", f"{one} второго места: ни в центре, ни здесь, только в папке")
            for one in report.refused_files
        ]
        kept = [one for one in report.left_files if one not in report.refused_files]
        lacks += [
            Lack("пакет", f"{one} второго места: центр хранит его отдельно, спросите оператора")
            for one in kept
        ]
        if report.missing_scans:
            lacks.append(Lack(f"сканы: {report.missing_scans}", "нигде нет: приложите заново"))
        if not refill.done(self._desk.db, STEP):
            lacks.append(
                Lack(
                    "черновики",
                    "и настройки, очередь печати: если у прежнего диска было второе место, верните"
                    " их оттуда: mfc-desk second-place --bring-back --recovery-key ФАЙЛ",
                )
            )
        return lacks

    def bring_local(self, folder: Path, identity: str) -> bool:
        """Put drafts, settings and papers of the lost disk here, once; whether there were any.

        Raises NotAllowed, TrainingDesk, RebuildRefused for a key that opens nothing there,
        Unreachable, Refused, a CarrierFailure.
        """
        from sync.http import CentreClient  # noqa: PLC0415 - requests costs 180 ms

        desk = self._desk
        desk.may(Action.SETTINGS)
        ticket = ticket_in_use(desk)
        if ticket is None:
            raise TrainingDesk
        carrier = Carrier(folder)
        check_key(carrier, ticket.desk_no, identity)
        client = CentreClient(ticket, desk.device.keys, desk.clock)
        try:
            return bring_back(desk.db, carrier, ticket, client, identity)
        finally:
            client.close()
