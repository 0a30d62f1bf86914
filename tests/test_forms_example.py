"""Examples are valid, synthetic and various."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from forms.catalogue import load
from forms.check import check
from forms.example import example
from forms.people import PEOPLE, person
from forms.xlsform.proving import read

CATALOGUE = load()
TODAY = date(2026, 11, 21)
SLUGS = sorted(CATALOGUE.services)


def in_force(slug: str) -> date:
    """Today, or the last day a service that has ended was rendered."""
    return min(TODAY, CATALOGUE.service(slug).valid_to or TODAY)


@pytest.mark.parametrize(
    "seeds", [range(8), pytest.param(range(8, 100), marks=pytest.mark.full)], ids=["few", "many"]
)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_example_passes_its_check(slug: str, seeds: range) -> None:
    """Seeds on days apart give documents with no problem at all."""
    service = CATALOGUE.service(slug)
    for seed in seeds:
        day = in_force(slug) - timedelta(days=seed * 2)
        checked = check(service, CATALOGUE, example(service, CATALOGUE, day, seed), day)

        assert checked.problems == (), (slug, seed)


def test_the_example_of_the_guide_passes_its_check() -> None:
    """The service docs/forms.md begins with: a number opens a question that must be answered."""
    guide = (Path(__file__).parent.parent / "docs" / "forms.md").read_text("utf-8")
    text = guide.partition("```toml\n")[2].partition("```")[0]
    service, alone, mistakes = read(tomllib.loads(text), CATALOGUE)
    made = [example(service, alone, TODAY, seed) for seed in range(20)]

    assert mistakes == ()
    assert {("school" in one["answers"], check(service, alone, one, TODAY).ok) for one in made} == {  # type: ignore[operator]
        (False, True),
        (True, True),
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_a_record_is_a_document_again(slug: str) -> None:
    """The centre checks the record a desk registered and gets the same record."""
    service = CATALOGUE.service(slug)
    day = in_force(slug)
    for seed in range(4):
        record = check(service, CATALOGUE, example(service, CATALOGUE, day, seed), day).record
        again = check(service, CATALOGUE, record, day)

        assert again.record == record
        assert again.ok


def test_the_same_seed_gives_the_same_document() -> None:
    """Examples depend on their seed and day only."""
    service = CATALOGUE.service("egrn-info")

    assert example(service, CATALOGUE, TODAY, 7) == example(service, CATALOGUE, TODAY, 7)
    assert example(service, CATALOGUE, TODAY, 7) != example(service, CATALOGUE, TODAY, 8)


def test_people_are_many_and_nobody() -> None:
    """More than forty different people, each number in a series that is never issued."""
    people = [person(seed, TODAY) for seed in range(len(PEOPLE))]
    names = {(one["surname"], one["name"], one.get("patronymic")) for one in people}
    letters = "".join(f"{one['surname']}{one['name']}" for one in people)

    assert len(names) == len(people) >= 40
    assert len({one["snils"] for one in people}) == len(people)
    assert all(str(one["snils"]).startswith("900-") for one in people)
    assert all(str(one["phone"]).startswith("+7 900 000-") for one in people)
    assert all("'series': '99" in str(one["id_document"]) for one in people)
    assert {"І", "Ї", "Ґ", "Є"} & set(letters.upper())
    assert any("-" in str(one["surname"]) for one in people)
    assert any(one.get("no_patronymic") is True for one in people)


def test_examples_show_every_way_to_come() -> None:
    """People, sole traders, organisations and representatives all occur."""
    service = CATALOGUE.service("egrn-info")
    documents = [example(service, CATALOGUE, TODAY, seed) for seed in range(60)]
    kinds = {str(one["applicant"]).split("'")[3] for one in documents}

    assert kinds == {"person", "sole-trader", "organisation"}
    assert any(one["representative"] for one in documents)
