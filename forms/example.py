"""A valid synthetic document of any service, by a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from forms import people
from forms.check import check_field
from forms.condition import Facts as FactsLike
from forms.facts import Facts, RowFacts, at_path
from forms.identifiers.money import uin_check
from forms.kinds import kind_of
from forms.placing import applicant_kinds, documents_for, place
from forms.spec import Field, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue

WHOLE = "complex"
"""The member of a document whose parts are the services of a complex request."""
_TRIES, _PASSES = 60, 8
_GOOD_FOR = timedelta(days=7)
"""How long a day ahead stays ahead: an example may be made before midnight and taken after it."""
_ORGANISATIONS, _TRADERS, _REPRESENTED, _OPTIONAL = 0.15, 0.15, 0.2, 0.5


def example(
    service: Service, catalogue: Catalogue, today: date, seed: int = 0
) -> dict[str, object]:
    """Give an intake document that passes check on `today`; the same seed gives the same one.

    Days that must not have passed stay good for a week. Seed 0 is the plainest: a person who came
    alone, all optional fields left out.
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
    complete(service, catalogue, document, today, random, wanted=_OPTIONAL if seed else 0.0)
    return document


def complex_example(
    services: Sequence[Service], catalogue: Catalogue, today: date, seed: int = 0
) -> dict[str, object]:
    """Give a complex request of services as one document: the applicant once, a part for each.

    Raises ValueError when no kind of applicant may come for all of them.
    """
    kinds = [one for one in services[0].kinds if all(one in each.kinds for each in services)]
    if not kinds:
        raise ValueError("одного заявителя на все эти услуги не бывает")
    random = Random(f"complex {seed}")
    whole: dict[str, object] = {
        "applicant": _come_as(kinds[0], today, seed),
        "representative": None,
    }
    if kinds[0] == "organisation":
        whole["representative"] = people.representative(seed + 1, today)
    parts: list[dict[str, object]] = [
        {"service": one.slug, "answers": {}, "documents": [], "delivery": {"way": "office"}}
        for one in services
    ]
    for service, part in zip(services, parts, strict=True):
        document = {**part, **whole}  # what a service asks of the applicant stays for the next
        complete(service, catalogue, document, today, random)
        part["documents"] = document["documents"]
    return {WHOLE: parts, **whole}


def complete(
    service: Service,
    catalogue: Catalogue,
    document: dict[str, object],
    today: date,
    random: Random,
    *,
    wanted: float = 0.0,
) -> None:
    """Answer what a document lacks and hand over its papers; what is answered stays.

    `wanted`: the part of what need not be answered that is answered too.
    """
    for _ in range(_PASSES + len(service.fields)):  # an answer may open further fields
        if not _fill(service, catalogue, document, today, random, wanted):
            break
    document["documents"] = _papers(service, document, today, random, wanted)


def applicant(service: Service, today: date, seed: int) -> dict[str, object]:
    """Give a synthetic applicant whom the service takes."""
    random = Random(f"applicant {seed}")
    kinds = applicant_kinds(service)
    lot = random.random() if seed else 1.0
    if "organisation" in kinds and lot < _ORGANISATIONS:
        return people.organisation(seed)
    if "sole-trader" in kinds and lot < _ORGANISATIONS + _TRADERS:
        return people.sole_trader(seed, today)
    return _come_as("person" if "person" in kinds else kinds[0], today, seed)


def _come_as(kind: str, today: date, seed: int) -> dict[str, object]:
    if kind == "person":
        return people.person(seed, today)
    return people.organisation(seed) if kind == "organisation" else people.sole_trader(seed, today)


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
    looked_at = _looked_at(service)
    for one in place(service, catalogue, document, facts):
        if at_path(document, one.path) is not None or one.field.default:
            continue
        key = one.path.partition(".")[0]
        if not one.field.required and (key != "answers" or random.random() >= wanted):
            continue
        _put(document, one.path, _answer(one.field, today, random, facts))
        name = one.path.removeprefix("answers.")
        if one.field.choices or one.field.type in ("bool", "date") or name in looked_at:
            return True  # other fields may depend on it
    return False


def _looked_at(service: Service) -> frozenset[str]:
    """Give the names that decide whether another field of the form is asked or required."""
    conditions = [
        condition
        for field in service.fields
        for condition in (field.relevant, field.required_when)
        if condition is not None
    ]
    return frozenset(name for condition in conditions for name in condition.names)


def _answer(field: Field, today: date, random: Random, facts: FactsLike) -> object:
    """Give a JSON value that the field takes without a problem."""
    if field.type == "repeat":
        count = max(field.min_rows, 1)
        return [_row(field, today, random, facts) for _ in range(count)]
    if field.example:
        return kind_of(field).store(kind_of(field).read(field.example))
    make = _MAKERS.get(field.type, _text)
    for _ in range(_TRIES):
        value = make(field, today, random, facts)
        if check_field(field, value, today, facts=facts) is None:
            return value
    return today.isoformat() if field.type == "date" else value


def _row(field: Field, today: date, random: Random, facts: FactsLike) -> dict[str, object]:
    """Answer the columns of one row in their order: a column may wait for one before it."""
    row: dict[str, object] = {}
    for cell in field.rows:
        own = RowFacts(field, row, facts)
        if own.asked(cell) and (own.required(cell) or random.random() < _OPTIONAL):
            row[cell.name] = _answer(cell, today, random, own)
    return row


def _text(_field: Field, _today: date, _random: Random, _facts: FactsLike) -> object:
    return "по предъявленному документу"


def _name(_field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    named = random.choice(people.PEOPLE)
    return " ".join(filter(None, (named.surname, named.name, named.patronymic)))


def _day(field: Field, today: date, random: Random, _facts: FactsLike) -> object:
    bounds = {rule.operator: rule.bound for rule in field.constraints}
    if "age_under" in bounds or "age_from" in bounds:
        years = int(bounds.get("age_from", 0)), int(bounds.get("age_under", 18))
        days = random.randint(years[0] * 366, years[1] * 365 - 1)
        return (today - timedelta(days=days)).isoformat()
    ahead = bounds.get("not_before") == "today" or bounds.get("after") == "today"
    span = random.choice((5, 60, 600)) * (-1 if ahead else 1)
    day = today - timedelta(days=random.randint(*sorted((0, span))))
    return (day + _GOOD_FOR if ahead else day).isoformat()


def _moment(field: Field, today: date, random: Random, facts: FactsLike) -> object:
    return f"{_day(field, today, random, facts)}T{random.randint(9, 17):02d}:30"


def _whole(field: Field, _today: date, random: Random, facts: FactsLike) -> object:
    counted = next((rule.bound for rule in field.constraints if rule.operator == "count_of"), "")
    rows = facts.fact(str(counted)) if counted else None
    return len(rows) if isinstance(rows, list) and rows else random.randint(1, 9)


def _money(field: Field, _today: date, random: Random, facts: FactsLike) -> object:
    summed = next((rule.bound for rule in field.constraints if rule.operator == "sum_of"), "")
    repeat, _, column = str(summed).partition(".")
    rows = facts.fact(repeat) if summed else None
    total = sum(row[column] for row in rows) if isinstance(rows, list) else 0
    return total or random.randint(100, 999_999) * 100


def _share(_field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    return f"1/{random.randint(1, 9)}"


def _account(field: Field, _today: date, random: Random, facts: FactsLike) -> object:
    """An account whose key fits the БИК that is already there, or the teaching one."""
    bank = next((rule.bound for rule in field.constraints if rule.operator == "bank"), "")
    bic = facts.fact(str(bank)) if bank else None
    return people.account(bic if isinstance(bic, str) else people.BIC, random.randrange(10**9))


def _uin(_field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    body = f"990{random.randrange(10**16):016d}"
    return f"{body}{uin_check(body)}"


def _one(field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    return random.choice(field.choices).code


def _several(field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    codes = [choice.code for choice in field.choices]
    chosen = set(random.sample(codes, random.randint(1, len(codes))))
    return [code for code in codes if code in chosen]


def _oms(_field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    from stdnum import luhn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    body = f"990{random.randrange(10**12):012d}"
    return body + str(luhn.calc_check_digit(body))


def _cadastral(_field: Field, _today: date, random: Random, _facts: FactsLike) -> object:
    return (
        f"99:{random.randint(1, 99):02d}:{random.randint(1, 999_999):07d}:{random.randint(1, 9999)}"
    )


_MAKERS: Mapping[str, Callable[[Field, date, Random, FactsLike], object]] = {
    "name": _name,
    "latin": lambda _field, _today, _random, _facts: "MARIIA OBRAZTSOVA",
    "address": lambda _field, _today, random, _facts: people.address(random),
    "date": _day,
    "select_one": _one,
    "select_multiple": _several,
    "bool": lambda _field, _today, random, _facts: random.random() < _OPTIONAL,
    "integer": _whole,
    "decimal": lambda _field, _today, random, _facts: f"{random.randint(100, 9999) / 10}",
    "money": _money,
    "phone": lambda _field, _today, random, _facts: people.phone(random.randrange(10_000)),
    "email": lambda _field, _today, random, _facts: f"obrazets{random.randrange(1000)}@example.ru",
    "snils": lambda _field, _today, random, _facts: people.snils(random.randrange(1_000_000)),
    "inn12": lambda _field, _today, random, _facts: people.inn12(random.randrange(10**8)),
    "oms": _oms,
    "cadastral": _cadastral,
    "datetime": _moment,
    "fraction": _share,
    "file": lambda _field, _today, random, _facts: f"scan-{random.randint(1, 99):02d}.pdf",
    "bic": lambda _field, _today, _random, _facts: people.BIC,
    "bank_account": _account,
    "uin": _uin,
    "payer_code": lambda _field, _today, random, _facts: f"990{random.randrange(10**7):07d}",
    "postcode": lambda _field, _today, _random, _facts: "283001",
    "oktmo": lambda _field, _today, _random, _facts: "21701000",
    "gar": lambda _field, _today, random, _facts: str(UUID(int=random.getrandbits(128), version=4)),
    "rntrc": lambda _field, _today, _random, _facts: "1234567899",
    "unzr": lambda _field, _today, random, _facts: f"19900101-{random.randrange(10**5):05d}",
    "edrpou": lambda _field, _today, _random, _facts: "00032112",
    "inn10": lambda _field, _today, random, _facts: people.organisation(random.randrange(10**6))[
        "inn"
    ],
    "ogrn": lambda _field, _today, random, _facts: people.organisation(random.randrange(10**6))[
        "ogrn"
    ],
    "vin": lambda _field, _today, random, _facts: f"XTA990{random.randrange(10**11):011d}",
    "plate": lambda _field, _today, random, _facts: f"А{random.randint(1, 999):03d}ВС180",
    "pts": lambda _field, _today, random, _facts: f"99 НА {random.randrange(10**6):06d}",
    "sts": lambda _field, _today, random, _facts: f"99 20 {random.randrange(10**6):06d}",
    "driver_license": lambda _field, _today, random, _facts: f"99 20 {random.randrange(10**6):06d}",
    "vu_series": lambda _field, _today, _random, _facts: "99 20",
    "vu_number": lambda _field, _today, random, _facts: f"{random.randrange(10**6):06d}",
    "foreign_passport": lambda _field, _today, random, _facts: f"99 {random.randrange(10**7):07d}",
    "birth_certificate": lambda _field, _today, random, _facts: (
        f"II-ТТ № {random.randint(990_000, 999_999)}"
    ),
    "passport_series": lambda _field, _today, random, _facts: f"99{random.randint(1, 20):02d}",
    "passport_number": lambda _field, _today, random, _facts: f"{random.randint(100_000, 999_999)}",
    "subdivision_code": lambda _field, _today, random, _facts: f"990-{random.randint(1, 999):03d}",
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
