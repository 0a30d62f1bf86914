"""What was paid for a request against its duty: less, more, for another line of the tariff."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from forms.duty import duty_for
from forms.money import rubles
from mfc_desk.store import requests
from sync.clock import from_iso

if TYPE_CHECKING:
    from forms.spec import Service
    from mfc_desk.desk import Desk

EXEMPT = "exempt"


def difference(
    desk: Desk, request: requests.StoredRequest, notes: Sequence[tuple[str, int]]
) -> str:
    """Say in what the notes (way, kopecks) in force do not fit the duty of a request, or "".

    Nothing is said while the sum of the duty is not known.
    """
    body = json.loads(request.body)
    duty: Mapping[str, Any] | None = body["duty"]
    paid = sum(kopecks for _, kopecks in notes)
    due = _due(duty)
    if due is None:
        return ""
    why = duty.get("exemption") if duty else None
    exempt = any(way == EXEMPT for way, _ in notes)
    if exempt and due and why:
        return f"отмечено, что не платится, а по льготе «{why}» платится {rubles(due)}"
    if exempt and due:
        return (
            f"отмечена льгота, а в обращении её нет и пошлина {rubles(due)}: выберите льготу в "
            "обращении (Исправить), сумма изменится по тарифу"
        )
    if paid == due or (not paid and exempt):
        return ""
    if not due:
        return f"оплачено {rubles(paid)}, а " + (
            f"по льготе «{why}» не платится" if why else "услуга бесплатна"
        )
    words = (
        f"оплачено {rubles(paid)} из {rubles(due)}, не хватает {rubles(due - paid)}"
        if paid < due
        else f"оплачено {rubles(paid)}, это больше пошлины {rubles(due)} на {rubles(paid - due)}"
    )
    other = _other_line(desk, request, body, paid)
    return f"{words}; {other}" if other else words


def _due(duty: Mapping[str, Any] | None) -> int | None:
    """What is to be paid, kopecks; None when the sum is to be asked."""
    if duty is None or duty["kind"] == "free":
        return 0
    due: int | None = duty["kopecks"]
    return due


def _other_line(
    desk: Desk, request: requests.StoredRequest, body: Mapping[str, Any], paid: int
) -> str:
    """The line of the tariff that costs what was paid, when it is not that of the request."""
    edition = desk.catalogues.edition(request.service, request.catalogue_digest)
    if edition is None:
        return ""
    duty = body["duty"]
    accepted_on = from_iso(request.accepted_at).astimezone(desk.zone).date()
    full = _full(edition.service, body["record"], accepted_on)
    if duty.get("exemption") and paid == full:
        return f"столько платят без льготы «{duty['exemption']}»"
    for line in edition.service.duties:
        if line.kopecks != paid or line.variant == duty["variant"]:
            continue
        label = line.label or line.variant
        if line.valid_on(accepted_on):
            return f"столько стоит «{label}», а в обращении «{duty['label'] or duty['variant']}»"
    for line in edition.service.duties:
        if line.kopecks == paid and line.valid_to is not None and line.valid_to < accepted_on:
            return f"столько платили до {line.valid_to:%d.%m.%Y}, тариф с тех пор другой"
    return ""


def _full(service: Service, record: Mapping[str, Any], on: date) -> int | None:
    duty = duty_for(service, record, on)
    return duty.full_kopecks if duty is not None else None
