"""Regions of ОКАТО: the first two digits of a Russian passport's series are the region of issue.

ОК 019-95 with the changes to 2022; the four regions of 2022 as in domain/reference.json. 67 and 74
are also the autonomous districts of Тюменская область, 09 and 39 Крым in 2014: their passports bear
numbers of their own. The list is from memory (domain/reference.json names six regions), so what
it says is marked as to be checked, and a code is only doubted: a right one costs a reason.
"""

from __future__ import annotations

from forms.doubt import doubt

_VERIFY = "перечень кодов ОКАТО, не данных ни одному региону"
_GIVEN_TO_NOBODY = frozenset({0, 2, 6, 13, 16, 31, 48, 51, 59, 62, 72})


def doubt_region(series: str) -> str:
    """Say that no region has the first two digits of a series; empty when one has."""
    if int(series[:2]) not in _GIVEN_TO_NOBODY:
        return ""
    return f"региона с кодом {series[:2]} (ОКАТО) нет{doubt(_VERIFY)}. Проверьте серию по паспорту"
