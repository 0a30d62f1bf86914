"""How a fact the catalogue is not sure of is shown: never as certain."""

from __future__ import annotations

AS_OF = "по состоянию на"
UNSURE = "требует проверки"

_MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)


def doubt(verify: str, as_of: str = "") -> str:
    """What stands after a fact: « (по состоянию на ноябрь 2026 года, требует проверки)» or "".

    `verify` is what the catalogue says is to be checked, empty for a sure fact; `as_of` the time of
    the catalogue, empty where there is no room for it. A `verify` that names its own time keeps it.
    """
    if not verify:
        return ""
    if not as_of:
        return f" ({UNSURE})"
    return f" ({verify if AS_OF in verify else f'{AS_OF} {as_of}'}, {UNSURE})"


def month_of(version: str) -> str:
    """«ноябрь 2026 года» for the catalogue «2026.11.1»; any other version as it is."""
    year, _, rest = version.partition(".")
    month = rest.partition(".")[0]
    if not (year.isdecimal() and month.isdecimal() and 1 <= int(month) <= len(_MONTHS)):
        return version
    return f"{_MONTHS[int(month) - 1]} {int(year)} года"
