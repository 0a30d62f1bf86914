"""A valid synthetic document of any service, by a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from forms import people
from forms.check import check_field
from forms.facts import Facts, at_path
from forms.placing import applicant_kinds, documents_for, place
from forms.spec import Field, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue

_TRIES, _PASSES = 60, 8
_ORGANISATIONS, _TRADERS, _REPRESENTED, _OPTIONAL = 0.15, 0.15, 0.2, 0.5


def example(
    service: Service, catalogue: Catalogue, today: date, seed: int = 0
) -> dict[str, object]:
    """Give an intake document that passes check on `today`; the same seed gives the same one.

    Seed 0 is the plainest: a person who came alone, all optional fields left out.
    """
    random = Random(f"{service.slug} {seed}")
    document: dict[str, object] = {
        "service": service.slug,
        "applicant": applicant(service, today, seed),
        "representative": None,
        "answers": {},
        "documents": [],
        "delivery": {"way": "office"},
    }
    organisation = at_path(document, "applicant.kind") == "organisation"
    by_anyone = "representative" in service.applicants
    if organisation or (by_anyone and seed and random.random() < _REPRESENTED):
        document["representative"] = people.representative(seed + 1, today)
    wanted = _OPTIONAL if seed else 0.0
    for _ in range(_PASSES + len(service.fields)):  # an answer may open further fields
        if not _fill(service, catalogue, document, today, random, wanted):
            break
    document["documents"] = _papers(service, document, today, random, wanted)
    return document


def applicant(service: Service, today: date, seed: int) -> dict[str, object]:
    """Give a synthetic applicant whom the service takes."""
    random = Random(f"applicant {seed}")
    kinds = applicant_kinds(service)
    lot = random.random() if seed else 1.0
    if "organisation" in kinds and lot < _ORGANISATIONS:
        return people.organisation(seed)
    if "sole-trader" in kinds and lot < _ORGANISATIONS + _TRADERS:
        return people.sole_trader(seed, today)
    return people.person(seed, today)


def _fill(
    service: Service,
    catalogue: Catalogue,
    document: dict[str, object],
    today: date,
    random: Random,
    wanted: float,
) -> bool:
    """Answer the first fields that are open and not answered yet; tell whether there were any."""
    facts = Facts(service, document, today)
    for one in place(service, catalogue, document, facts):
        if at_path(document, one.path) is not None or one.field.default:
            continue
        key = one.path.partition(".")[0]
        if not one.field.required and (key != "answers" or random.random() >= wanted):
            continue
        _put(document, one.path, _answer(one.field, today, random, facts))
        if one.field.choices or one.field.type in ("bool", "date"):
            return True  # other fields may depend on it
    return False


def _answer(field: Field, today: date, random: Random, facts: Facts) -> object:
    """Give a JSON value that the field takes without a problem."""
    if field.type == "repeat":
        row = {cell.name: _answer(cell, today, random, facts) for cell in field.rows}
        return [row] * max(field.min_rows, 1)
    if field.example:
        return field.example
    make = _MAKERS.get(field.type, _text)
    for _ in range(_TRIES):
        value = make(field, today, random)
        if check_field(field, value, today, facts=facts) is None:
            return value
    return today.isoformat() if field.type == "date" else value


def _text(_field: Field, _today: date, _random: Random) -> object:
    return "по предъявленному документу"


def _name(_field: Field, _today: date, random: Random) -> object:
    named = random.choice(people.PEOPLE)
    return " ".join(filter(None, (named.surname, named.name, named.patronymic)))


def _day(_field: Field, today: date, random: Random) -> object:
    return (today - timedelta(days=random.randint(0, random.choice((5, 60, 600))))).isoformat()


def _one(field: Field, _today: date, random: Random) -> object:
    return random.choice(field.choices).code


def _several(field: Field, _today: date, random: Random) -> object:
    codes = [choice.code for choice in field.choices]
    chosen = set(random.sample(codes, random.randint(1, len(codes))))
    return [code for code in codes if code in chosen]


def _oms(_field: Field, _today: date, random: Random) -> object:
    from stdnum import luhn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    body = f"990{random.randrange(10**12):012d}"
    return body + str(luhn.calc_check_digit(body))


def _cadastral(_field: Field, _today: date, random: Random) -> object:
    return (
        f"99:{random.randint(1, 99):02d}:{random.randint(1, 999_999):07d}:{random.randint(1, 9999)}"
    )


_MAKERS: Mapping[str, Callable[[Field, date, Random], object]] = {
    "name": _name,
    "latin": lambda _field, _today, _random: "MARIIA OBRAZTSOVA",
    "address": lambda _field, _today, random: people.address(random),
    "date": _day,
    "select_one": _one,
    "select_multiple": _several,
    "bool": lambda _field, _today, random: random.random() < _OPTIONAL,
    "integer": lambda _field, _today, random: random.randint(1, 9),
    "decimal": lambda _field, _today, random: f"{random.randint(100, 9999) / 10}",
    "money": lambda _field, _today, random: random.randint(100, 999_999) * 100,
    "phone": lambda _field, _today, random: people.phone(random.randrange(10_000)),
    "email": lambda _field, _today, random: f"obrazets{random.randrange(1000)}@example.ru",
    "snils": lambda _field, _today, random: people.snils(random.randrange(1_000_000)),
    "inn12": lambda _field, _today, random: people.inn12(random.randrange(10**8)),
    "oms": _oms,
    "cadastral": _cadastral,
    "passport_series": lambda _field, _today, random: f"99{random.randint(1, 20):02d}",
    "passport_number": lambda _field, _today, random: f"{random.randint(100_000, 999_999)}",
    "subdivision_code": lambda _field, _today, random: f"990-{random.randint(1, 999):03d}",
}


def _papers(
    service: Service, document: Mapping[str, object], today: date, random: Random, wanted: float
) -> list[dict[str, object]]:
    return [
        {
            "name": spec.name,
            "form": spec.form,
            "copies": 1,
            "sheets": random.randint(1, 3),
            "returned": spec.returned,
        }
        for spec in documents_for(service, document, today)
        if spec.by == "applicant" and (spec.required or random.random() < wanted)
    ]


def _put(document: dict[str, object], path: str, value: object) -> None:
    block: dict[str, object] = document
    *holders, last = path.split(".")
    for key in holders:
        inner = block.setdefault(key, {})
        if isinstance(inner, dict):
            block = inner
    block[last] = value
