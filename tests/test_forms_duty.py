"""Duties by the tariff of the day and the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from forms.catalogue import load
from forms.duty import duty_for, duty_text
from forms.spec import Duty, Exemption, Field, Section
from mfc_desk.intake.services import sums_text

CATALOGUE = load()
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("slug", "answers", "text"),
    [
        ("passport-rf", {"reason": "age"}, "300,00 ₽ (требует проверки)"),
        ("passport-rf", {"reason": "lost"}, "1 500,00 ₽ (требует проверки)"),
        ("passport-rf", {"reason": "Утрата (хищение)"}, "1 500,00 ₽ (требует проверки)"),
        ("soc-card", {}, "бесплатно"),
        ("egrn-info", {"extract_kind": "cost"}, "бесплатно"),
        ("egrn-info", {"extract_kind": "main"}, "плата: сумму уточните в день приёма"),
    ],
)
def test_the_answers_choose_the_line_of_the_tariff(
    slug: str, answers: dict[str, str], text: str
) -> None:
    """A lost passport costs more, a fee whose sum is unknown is never invented."""
    duty = duty_for(CATALOGUE.service(slug), {"answers": answers}, TODAY)

    assert duty_text(duty) == text


def test_on_paper_every_sum_says_of_when_it_is() -> None:
    """What is to be checked keeps the years its source names; a sure sum has the catalogue's."""
    duty = duty_for(CATALOGUE.service("passport-rf"), {"answers": {"reason": "age"}}, TODAY)
    assert duty is not None

    assert duty_text(duty, CATALOGUE.as_of) == (
        "300,00 ₽ (сумма по состоянию на 2024–2025 годы, требует проверки)"
    )
    told = duty_text(replace(duty, verify=""), CATALOGUE.as_of)
    assert told == "300,00 ₽ (по состоянию на ноябрь 2026 года)"


def test_a_line_lives_from_its_day_to_its_day() -> None:
    """Both ends count; past the last day there is no line at all."""
    old = Duty("duty", "old", kopecks=100, valid_to=TODAY)
    new = Duty("duty", "new", kopecks=200, valid_from=TODAY + timedelta(days=1))
    service = replace(CATALOGUE.service("soc-card"), duties=(old, new))

    assert duty_for(service, {}, TODAY) == old
    assert duty_for(service, {}, TODAY + timedelta(days=1)) == new
    assert duty_for(replace(service, duties=(old,)), {}, TODAY + timedelta(days=1)) is None
    assert duty_text(None) == "бесплатно"


@pytest.mark.parametrize(
    ("price", "kopecks"), [(20_000_000_00, 4_000_00), (1_00, 5_00), (10**12, 500_000_00)]
)
def test_a_percentage_is_kept_between_its_ends(price: int, kopecks: int) -> None:
    """0,02 % of a price, not less and not more than the tariff says."""
    field = Field("price", "Цена", "money")
    duty = Duty(
        "duty", "share", percent="0.0002", of="price", min_kopecks=5_00, max_kopecks=500_000_00
    )
    service = replace(
        CATALOGUE.service("soc-card"),
        duties=(duty,),
        sections=(Section("deal", "Сделка", (field,)),),
    )
    found = duty_for(service, {"answers": {"price": price}}, TODAY)

    assert found is not None
    assert found.kopecks == kopecks
    assert duty_for(service, {"answers": {}}, TODAY) == duty


def test_an_exemption_has_its_own_sum_and_days() -> None:
    """Only the one the line has, only in its days, never more than the whole."""
    line = Duty(
        "duty",
        "usual",
        kopecks=500,
        exempt=(
            Exemption("сироты"),
            Exemption("учащиеся", 200),
            Exemption("все", 900),
            Exemption("прежние", valid_to=TODAY - timedelta(days=1)),
        ),
    )
    service = replace(CATALOGUE.service("soc-card"), duties=(line,))
    sums = {"сироты": 0, "учащиеся": 200, "все": 500, "прежние": 500, "чужие": 500, "": 500}
    for title, kopecks in sums.items():
        found = duty_for(service, {"delivery": {"exemption": title}}, TODAY)
        assert found is not None
        assert found.kopecks == kopecks, title
        assert found.full_kopecks == (500 if found.exemption else None)
    told = duty_for(service, {"delivery": {"exemption": "учащиеся"}}, TODAY)
    assert duty_text(told) == "2,00 ₽, льгота: учащиеся"
    none = duty_for(service, {"delivery": {"exemption": "сироты"}}, TODAY)
    assert duty_text(none) == "не платится: сироты"
    assert none is not None
    assert duty_text(replace(none, verify="льгота")) == "не платится: сироты (требует проверки)"


def test_an_exemption_is_of_each_document() -> None:
    """Three documents at the lesser sum; without it three at the whole."""
    line = Duty("duty", "each", kopecks=500, times="count", exempt=(Exemption("учащиеся", 200),))
    count = Field("count", "Сколько", "integer")
    service = replace(
        CATALOGUE.service("soc-card"), duties=(line,), sections=(Section("s", "Раздел", (count,)),)
    )
    document = {"answers": {"count": 3}, "delivery": {"exemption": "учащиеся"}}
    found = duty_for(service, document, TODAY)
    assert found is not None
    assert (found.kopecks, found.full_kopecks) == (600, 1500)


def test_a_list_of_services_tells_the_sums_of_the_day() -> None:
    """A line that is over, or not begun, is never what is paid; nothing left is free."""
    over = Duty("duty", "old", kopecks=100, valid_to=TODAY - timedelta(days=1))
    coming = Duty("duty", "next", kopecks=50, valid_from=TODAY + timedelta(days=1))
    now = (Duty("duty", "one", kopecks=300), Duty("duty", "two", kopecks=200))

    assert sums_text((over, *now, coming), TODAY) == "от 2,00 ₽"
    assert sums_text((over, now[0]), TODAY) == "3,00 ₽"
    assert sums_text((over,), TODAY) == "бесплатно"
    license_ = CATALOGUE.service("driver-license")
    assert sums_text(license_.duties, TODAY).startswith("от 3 200,00 ₽")
