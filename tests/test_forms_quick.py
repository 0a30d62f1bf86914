"""Quick ways for what is usual give what the long ways give."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.check import check
from forms.condition import Clause, Condition, NoFacts
from forms.constraints import _weighed, holds
from forms.facts import Facts
from forms.identifiers import read_phone, read_snils, read_subdivision_code
from forms.kinds import kind_of
from forms.pasted import bare, clean, tidy
from forms.spec import Choice, Constraint, Field
from tests.test_forms_plan import CATALOGUE, TODAY

SIGNS = " \t\n\r\x0b\x1c\x85\xa0\u2003\u200b\u00ad\u0301\ufeff-./()№–ёЁйéАAz09９²"
TEXTS = st.text(st.sampled_from(SIGNS), max_size=12)
VALUES: list[object] = [TODAY, date(1899, 12, 31), datetime(2026, 11, 21, 9), "x", 7, None, True]  # noqa: DTZ001 - the office's own clock


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_texts_are_tidied_whichever_way(text: str) -> None:
    """Texts without odd signs come out as they would by the whole way, others too."""
    invisible = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
    whole = text if text.isascii() else unicodedata.normalize("NFC", text.translate(invisible))

    assert tidy(text) == " ".join(whole.split())
    assert bare(text) == re.sub(r"[\s\-./()№]+", "", clean(text))


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1850, 1, 1), date(2100, 12, 31)))
def test_a_kept_day_is_read_as_a_typed_one(day: date) -> None:
    """2026-11-21 and 21.11.2026 are one day."""
    kind = kind_of(Field("day", "День", "date"))

    assert kind.read(day.isoformat()) == kind.read(f"{day:%d.%m.}{day.year}") == day


@pytest.mark.parametrize("typed", ["2026-W47-6", "1849-12-31", "2101-01-01", "2026-02-30"])
def test_what_is_no_day_of_ours_is_refused(typed: str) -> None:
    """A week of ISO 8601, a year out of range, a day that is not."""
    with pytest.raises(ValueError, match=r"год|дня|дата"):
        kind_of(Field("day", "День", "date")).read(typed)


@pytest.mark.parametrize("operator", ["not_after", "not_before", "before", "after"])
@pytest.mark.parametrize("bound", ["today", "1900-01-01"])
def test_days_are_weighed_whichever_way(operator: str, bound: str) -> None:
    """Before, on and after the bound; an hour of a day is its day; the rest passes."""
    rule = Constraint(operator, bound, "")
    near = [date(1900, 1, 1) + timedelta(days=off) for off in (-1, 0, 1)]
    near += [TODAY + timedelta(days=off) for off in (-1, 1)]

    for value in (*near, *VALUES):
        assert holds(rule, value, TODAY, None) is _weighed(rule, value, TODAY, None)


@pytest.mark.parametrize("value", ["a", "b", "c", "", None, True, 1, ["a", "c"], ("c",), {"a": 1}])
def test_a_clause_is_weighed_whichever_way(value: object) -> None:
    """One of the texts, the number or the flag accepted, among several chosen ones too."""

    class Known(NoFacts):
        def fact(self, name: str) -> object:  # noqa: ARG002 - one fact under any name
            return value

    listed = value if isinstance(value, list | tuple) else [value]
    among = any(one in ("a", "b") and isinstance(one, str) for one in listed) or value is True
    accepted = ("a", "b", True)

    assert Clause("x", "is", accepted).holds(Known()) is among
    assert Condition(((Clause("x", "not", accepted),),)).holds(Known()) is not among


def test_numbers_as_records_keep_them_read_back() -> None:
    """What was read once is read again as it is; what does not fit is refused all the same."""
    assert read_snils("900-100-200 93") == read_snils("90010020093") == "900-100-200 93"
    assert read_phone("+79000000000") == read_phone("8 (900) 000-00-00") == "+79000000000"
    assert read_subdivision_code("770-001") == read_subdivision_code("770001") == "770-001"
    for wrong in ("900-100-200 94", "000-000-000 00"):
        with pytest.raises(ValueError, match=r"СНИЛС|контрольное"):
            read_snils(wrong)
    for wrong in ("000-000", "775-001"):
        with pytest.raises(ValueError, match="подразделения"):
            read_subdivision_code(wrong)


def test_the_first_of_two_choices_counts() -> None:
    """A code of one choice that is the label of an earlier one means the earlier one."""
    field = Field("pick", "Выбор", "select_one", choices=(Choice("a", "b"), Choice("b", "c")))

    assert [kind_of(field).read(typed) for typed in ("a", "b", " b ", "C")] == ["a", "a", "a", "b"]


def test_a_paper_of_no_known_shape_is_named() -> None:
    """A list where a word belongs is a problem of its paper, no fault of the program."""
    service = next(one for one in CATALOGUE.services.values() if one.documents)
    papers = [{"name": service.documents[0].name, "form": ["copy"], "defect": ["expired"]}]
    found = check(service, CATALOGUE, {"documents": papers}, TODAY).problems

    assert {"document.form", "document.defect"} <= {one.code for one in found}
    assert Facts(service, {}, TODAY).fact("applicant.kind") == service.kinds[0]
