"""The power a representative acts by, as the cards say it: its term, and that it ends soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forms.names import full_name
from forms.persons import Power, power_of

SOON = timedelta(days=30)
"""How long before its end a power is warned of."""
MAY_RECEIVE = "receive"


@dataclass(frozen=True)
class ShownPower:
    """A power on a day; state: good | ending | over | void. `text` is its term in words.

    `receives`: whether its holder may be handed the result. `holder` is the representative's name.
    """

    holder: str
    power: Power
    state: str
    text: str
    receives: bool


def shown_power(
    record: Mapping[str, Any], today: date, result_on: date | None = None
) -> ShownPower | None:
    """Return the power of a record's representative, None when there is none.

    One that ends before `result_on`, the day the result waits in the office, is ending too.
    """
    representative = record.get("representative")
    if not isinstance(representative, Mapping):
        return None
    power = power_of(representative)
    scope = (representative.get("power") or {}).get("scope") or ()
    state, words = _state(power, today, result_on)
    return ShownPower(
        holder=full_name(representative),
        power=power,
        state=state,
        text=words,
        receives=MAY_RECEIVE in scope,
    )


def printed_term(representative: Mapping[str, Any]) -> str:
    """Return until when a representative's power holds, as papers say it; "" without an end."""
    power = power_of(representative)
    if power.last is None:
        return ""
    term = f"действует до {power.last:%d.%m.%Y}"
    return term if power.named else f"{term} (срок не назван: один год, ГК РФ, ст. 186)"


def _state(power: Power, today: date, result_on: date | None) -> tuple[str, str]:
    if power.void:
        return "void", "ничтожна: даты выдачи нет (ГК, ст. 186)"
    if power.last is None:
        return "good", "срок не ограничен"
    term = f"до {power.last:%d.%m.%Y}"
    if not power.named:
        term += ", срок не назван: один год"
    left = (power.last - today).days
    if left < 0:
        return "over", f"{term}. Срок кончился, нужна новая"
    if result_on is not None and power.last < result_on:
        return "ending", f"{term}: кончится раньше, чем готов результат {result_on:%d.%m.%Y}"
    if left <= SOON.days:
        return "ending", f"{term}: " + ("последний день" if left == 0 else f"осталось дней {left}")
    return "good", term
