"""`mfc-central carry in`: take in what desks handed over on a carrier, write the answers on it."""

from __future__ import annotations

import time
from argparse import Namespace
from typing import Any

from sync.carrier import Carrier
from sync.central.carried import CarriedIn, CentreCarrier
from sync.central.cli.commands import DONE, answer, opened
from sync.central.gate import DiskGauge
from sync.central.home import CentreHome
from sync.errors import DiskFull

SOME_FAILED = 5


def carry_in(arguments: Namespace) -> int:
    """Take in a carrier; exit code 5 when files were passed over, 4 when it failed."""
    carrier = Carrier(arguments.carrier)
    carrier.check()
    with opened(arguments) as centre:
        if DiskGauge(CentreHome(arguments.home).root, time.monotonic).nearly_full():
            raise DiskFull
        found = CentreCarrier(centre).take(carrier)
    answer(arguments, told(found), "\n".join(words(found)))
    if found.failure is not None:
        raise found.failure
    return SOME_FAILED if found.passed else DONE


def told(found: CarriedIn) -> dict[str, Any]:
    """Give the result with stable keys."""
    return {
        "stored": found.stored,
        "known": found.known,
        "parked": found.parked,
        "scans": found.scans,
        "enrolled": found.enrolled,
        "applied": found.applied,
        "receipts": found.receipts,
        "pages": found.pages,
        "desks": sorted(found.desks),
        "passed_over": [
            {"file": one.name, "code": one.code, "text": one.text} for one in found.passed
        ],
    }


def words(found: CarriedIn) -> list[str]:
    """Say the result."""
    lines = [
        f"Пакетов принято: {found.stored}, были раньше: {found.known}, "
        f"ждут более ранних: {found.parked}. Сканов целиком: {found.scans}."
    ]
    lines += [f"Не принят {one.name}: {one.text}" for one in found.passed]
    if found.desks:
        desks = ", ".join(f"{desk:05d}" for desk in sorted(found.desks))
        lines.append(
            f"Ответы записаны на носитель, места: {desks}. Верните его на рабочее место и примите "
            "там: «Обмен», «Принять с носителя»."
        )
    elif found.failure is None:
        lines.append("Отвечать некому: на носителе нет ничего от рабочих мест этого центра.")
    return lines
