"""Facts that are to be checked say so wherever they are shown."""

from __future__ import annotations

import pytest

from forms.doubt import doubt, month_of


@pytest.mark.parametrize(
    ("verify", "as_of", "mark"),
    [
        ("", "ноябрь 2026 года", ""),
        ("срок", "", " (требует проверки)"),
        ("срок", "ноябрь 2026 года", " (по состоянию на ноябрь 2026 года, требует проверки)"),
        (
            "сумма по состоянию на 2024–2025 годы",
            "ноябрь 2026 года",
            " (сумма по состоянию на 2024–2025 годы, требует проверки)",
        ),
    ],
)
def test_an_unsure_fact_is_marked(verify: str, as_of: str, mark: str) -> None:
    """The mark names a time where there is room, the source's own when it has one."""
    assert doubt(verify, as_of) == mark


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2026.11.1", "ноябрь 2026 года"),
        ("2027.01.12", "январь 2027 года"),
        ("2027.13.1", "2027.13.1"),
        ("test", "test"),
        ("", ""),
    ],
)
def test_a_catalogue_is_of_a_month(version: str, told: str) -> None:
    """A version of another shape is told as it is."""
    assert month_of(version) == told
