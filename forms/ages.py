"""Full years of a person on a day."""

from __future__ import annotations

from datetime import date


def age_on(birth: date, day: date) -> int:
    """Full years on a day; one born on 29 February grows older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
