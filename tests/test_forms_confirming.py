"""A right record is confirmed without the whole check, and nothing comes out otherwise by it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.catalogue import Catalogue
from forms.check import check, check_whole
from forms.condition import Clause, Condition
from forms.confirming import Confirming
from forms.example import example
from forms.kinds import KINDS, kind_of
from forms.spec import Choice, Field, Section, Service
from tests.catalogue_branches import CATALOGUE, SLUGS, branches, closed, day_of, filled, opened

Document = dict[str, Any]
Damage = Callable[[Document, Random, date], object]

ODD: list[Any] = [
    "", " ", None, [], {}, 0, 1, -1, 1.5, 10**9, True, False, "x", "нет", "99", "0000",
    "2020-01-01", "2199-01-01", "٢٠٢٠-٠١-٠١", "01.02.2020", "  Иванов", "Ива\u200bнов", "Ivanov",
    "a" * 2500, ["a"], [{}], [{"a": 1}], {"a": 1}, "person", "organisation", "sole-trader",
    "office", "email", "home", "foreign-passport", "passport-rf", "power", "law", "+70000000000",
    "000-000-000 00",
]  # fmt: skip
SEEDS, TURNS = 3, 5
FULL_SEEDS, FULL_TURNS = 20, 60


@cache
def right(slug: str, seed: int) -> Document:
    """A record as a desk registers it."""
    service = CATALOGUE.service(slug)
    day = day_of(service)
    return check_whole(service, CATALOGUE, example(service, CATALOGUE, day, seed), day).record


def holders(value: Any) -> list[dict[str, Any] | list[Any]]:
    """Every object and list of a document, itself too."""
    found: list[Any] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found


def _spot(document: Document, random: Random) -> tuple[Any, Any]:
    holder = random.choice([one for one in holders(document) if one] or [document])
    return holder, random.choice([*holder] if isinstance(holder, dict) else range(len(holder)))


def take_out(document: Document, random: Random, _day: date) -> None:
    holder, key = _spot(document, random)
    del holder[key]


def put_odd(document: Document, random: Random, _day: date) -> None:
    holder, key = _spot(document, random)
    holder[key] = copy.deepcopy(random.choice(ODD))


def change_text(document: Document, random: Random, day: date) -> None:
    """A sign more, less or other, digits of another script, capitals, a day near another one."""
    spots = [
        (holder, key)
        for holder in holders(document)
        for key in (holder if isinstance(holder, dict) else range(len(holder)))
        if isinstance(holder[key], str) and holder[key]  # type: ignore[index]
    ]
    holder, key = random.choice(spots)
    text, at = holder[key], random.randrange(len(holder[key]))  # type: ignore[index]
    holder[key] = random.choice(  # type: ignore[index]
        [
            text[:at] + text[at + 1 :],
            text[:at] + random.choice(" -9A\u0301ё\u00a0") + text[at:],
            text[:at] + random.choice("09aё") + text[at + 1 :],
            "".join(chr(0x660 + int(one)) if one in "0123456789" else one for one in text),
            text.upper(),
            f"{text} ",
            str(day + timedelta(days=random.choice((-40000, -91, -90, -1, 0, 1, 2, 400)))),
        ]
    )


def add_key(document: Document, random: Random, _day: date) -> None:
    objects: list[dict[str, Any]] = [one for one in holders(document) if isinstance(one, dict)]
    names = ["extra", "details", "promised", "defect", "ref", "overrides", "alt_names", "inn"]
    holder = random.choice(objects)
    holder[random.choice([*names, *random.choice(objects)])] = copy.deepcopy(random.choice(ODD))


def turn_round(document: Document, random: Random, _day: date) -> None:
    """Keys or entries in another order."""
    holder = random.choice([one for one in holders(document) if len(one) > 1])
    if isinstance(holder, list):
        random.shuffle(holder)
        return
    key = random.choice([*holder])
    holder[key] = holder.pop(key)


def other_choice(document: Document, random: Random, _day: date) -> None:
    """Another answer of those a form offers, an exemption or a ref: other questions are asked."""
    service = (
        CATALOGUE.service(document.get("service", "")) if document.get("service") in SLUGS else None
    )
    answers = document.get("answers")
    fields = [one for one in service.fields if one.choices or one.type == "bool"] if service else []
    if service is None or not isinstance(answers, dict) or not fields or random.random() < 0.3:
        delivery = document.setdefault("delivery", {})
        titles = [one.title for duty in (service.duties if service else ()) for one in duty.exempt]
        if isinstance(delivery, dict):
            delivery["exemption"] = random.choice([*titles, "x"])
        document["ref"] = random.choice([7, "7", "7" * 201, True, 1.5])
        return
    field = random.choice(fields)
    codes: list[Any] = [one.code for one in field.choices] or [True, False]
    answers[field.name] = random.choice(codes)


def other_person(document: Document, random: Random, _day: date) -> None:
    """Who came, by which document, through whom, as another request says it."""
    slug, seed = random.choice(SLUGS), random.randrange(SEEDS)
    block = random.choice(["applicant", "representative", "delivery", "documents"])
    document[block] = copy.deepcopy(right(slug, seed)[block])


DAMAGES: tuple[Damage, ...] = (
    take_out, put_odd, change_text, change_text, add_key, turn_round, other_choice, other_person,
)  # fmt: skip


def assert_the_same(
    service: Service, document: Document, day: date, catalogue: Catalogue = CATALOGUE
) -> bool:
    """Compare check with the whole check, in order too; tell whether it was confirmed."""
    before = copy.deepcopy(document)
    quick, whole = (
        check(service, catalogue, document, day),
        check_whole(service, catalogue, document, day),
    )

    assert document == before
    assert quick == whole
    assert [type(one) for one in holders(quick.record)] == [
        dict if isinstance(one, dict) else list for one in holders(whole.record)
    ]
    assert json.dumps(quick.record, default=str) == json.dumps(whole.record, default=str)
    confirmed = Confirming(catalogue.plan(service)).record(document, day)
    if confirmed is None:
        return False
    own = {id(one) for one in holders(confirmed) if one}
    assert not own & {id(one) for one in holders(document)}  # a change of one leaves the other
    return True


def compare_damaged(slug: str, seeds: int, turns: int) -> None:
    service, random = CATALOGUE.service(slug), Random(slug)
    day = day_of(service)
    for seed in range(seeds):
        assert_the_same(service, example(service, CATALOGUE, day, seed), day)
        for _ in range(turns):
            document = copy.deepcopy(right(slug, seed))
            for _ in range(random.choice((1, 1, 1, 2, 4))):
                if any(document.values()):
                    random.choice(DAMAGES)(document, random, day)
            days = (day, day, day - timedelta(days=3000), day + timedelta(days=500))
            assert_the_same(service, document, random.choice(days))


def test_a_damaged_document_is_checked_whichever_way() -> None:
    """Of every service: the same record, the same problems, in the same order."""
    for slug in SLUGS:
        compare_damaged(slug, SEEDS, TURNS)


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_a_document_damaged_in_many_ways_is_checked_whichever_way(slug: str) -> None:
    """The same at length, and over every branch of the form, open and closed."""
    compare_damaged(slug, FULL_SEEDS, FULL_TURNS)
    service, random = CATALOGUE.service(slug), Random(slug)
    day = day_of(service)
    for branch in branches(slug):
        for made in (opened(branch), closed(branch)):
            if made is None:
                continue
            record = check_whole(service, CATALOGUE, filled(made), day).record
            assert_the_same(service, record, day)
            for damage in DAMAGES * 3:
                document = copy.deepcopy(record)
                damage(document, random, day)
                assert_the_same(service, document, day)


def test_the_record_of_a_right_document_is_confirmed() -> None:
    """Of every service, whoever comes: the quick way is the one that is taken."""
    for slug in SLUGS:
        service = CATALOGUE.service(slug)
        for seed in range(SEEDS):
            found = check_whole(service, CATALOGUE, right(slug, seed), day_of(service))
            confirmed = assert_the_same(service, right(slug, seed), day_of(service))
            assert confirmed == (not found.problems), (slug, seed)


SECTIONS = ["ref", "overrides", "representative", "documents", "service", "x"]


def test_each_answer_taken_out_or_chosen_anew_is_checked_whichever_way() -> None:
    """One by one, of every service; the ways to get the result are as the service offers them."""
    for slug in SLUGS:
        service, record = CATALOGUE.service(slug), right(slug, 1)
        for number, holder in enumerate(holders(record)):
            for key in holder if isinstance(holder, dict) else range(len(holder)):
                document = copy.deepcopy(record)
                del holders(document)[number][key]  # type: ignore[arg-type]
                assert_the_same(service, document, day_of(service))
        for way in ("home", "post", "email"):
            delivery = {"way": way, "address": "283001, Донецк, улица Артёма, дом 1"}
            document = {**copy.deepcopy(record), "delivery": delivery}
            assert_the_same(service, document, day_of(service))


def test_an_answer_that_is_asked_no_more_is_left_out() -> None:
    """Where a branch is closed its answer stands in its place all the same: not confirmed."""
    met = 0
    for slug in SLUGS:
        service = CATALOGUE.service(slug)
        order = [field.name for field in service.fields]
        for branch in branches(slug):
            shut = closed(branch) if branch.kind == "field" else None
            if shut is None:
                continue
            answers = filled(opened(branch))["answers"]
            record = check_whole(service, CATALOGUE, shut, day_of(service)).record
            kept = record["answers"]
            assert isinstance(kept, dict)
            if branch.name not in answers or branch.name in kept:
                continue
            both = {**kept, branch.name: answers[branch.name]}
            record["answers"] = {name: both[name] for name in order if name in both}
            assert not assert_the_same(service, record, day_of(service))
            met += 1
    assert met


@pytest.mark.parametrize("key", SECTIONS)
def test_a_section_of_any_shape_is_checked_whichever_way(key: str) -> None:
    """What no section is, and what one may be."""
    service = CATALOGUE.service("soc-card")
    for value in (*ODD, "7" * 200, "7" * 201, service.slug, {"applicant.phone": "так надо"}):
        document = {**right("soc-card", 0), key: copy.deepcopy(value)}
        assert_the_same(service, document, day_of(service))


def test_a_record_of_warnings_and_reasons_is_not_confirmed() -> None:
    """What a specialist let pass is weighed by the whole check each time."""
    service = CATALOGUE.service("soc-card")
    document = copy.deepcopy(right("soc-card", 0))
    document["applicant"]["phone"] = "+380441234567"
    document["overrides"] = {"applicant.phone": "заявитель сейчас за границей"}
    day = day_of(service)

    assert not assert_the_same(service, document, day)
    assert check(service, CATALOGUE, document, day).ok


def test_papers_that_are_no_list_are_told_where_none_is_demanded() -> None:
    """A service that demands no paper: a document without the section is right, `null` is not."""
    service = CATALOGUE.service("soc-card")
    optional = tuple(replace(one, required=False) for one in service.documents)
    service, day = replace(service, documents=optional), day_of(service)
    document = {key: value for key, value in right("soc-card", 0).items() if key != "documents"}

    assert assert_the_same(service, document, day)
    assert not assert_the_same(service, document | {"documents": None}, day)


def test_what_lies_deeper_than_any_answer_is_refused_like_any_other() -> None:
    """A desk with a defect may write anything where rows, a choice or a text are asked."""
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]
    refused = set()
    for slug in SLUGS:
        service, record = CATALOGUE.service(slug), right(slug, 0)
        day = day_of(service)
        spots = [("answers", one.name) for one in service.fields if one.type == "repeat"]
        for block, name in (*spots, ("delivery", "exemption"), ("applicant", "kind")):
            for value in (deep, [{name: deep}], {name: deep}):
                document = {**record, block: {**record[block], name: value}}
                whole = check_whole(service, CATALOGUE, document, day)
                assert check(service, CATALOGUE, document, day).problems == whole.problems
                refused |= {block} if whole.problems else set()
    assert refused == {"answers", "delivery", "applicant"}  # each is asked of some


def asked_if(name: str, operator: Any, value: int) -> Field:
    """A question that must be answered when a condition holds."""
    condition = Condition(((Clause(name, operator, (value,)),),))
    return Field("more", "Ещё", "text", required=True, relevant=condition)


ROWS = Field("children", "Дети", "repeat", rows=(Field("name", "Имя", "name"),))
PAPER = (
    Field("id_document.kind", "Вид", "select_one", choices=CATALOGUE.lists["identity.documents"]),
    Field("id_document.series", "Серия", "document_series"),
)


@pytest.mark.parametrize(
    ("block", "fields", "more", "given"),
    [
        ("applicant", (ROWS,), asked_if("applicant.children", "given", True), [{"name": "Анна"}]),
        ("applicant", (Field("age", "Лет", "integer"),), asked_if("applicant.age", "ge", 14), 5),
        ("organisation", (Field("age", "Лет", "integer"),), asked_if("applicant.age", "ge", 1), 0),
        ("organisation", PAPER, None, {"kind": "passport-rf", "series": "AB"}),
    ],
)  # fmt: skip
def test_blocks_no_edition_has_yet_are_checked_whichever_way(
    block: str, fields: tuple[Field, ...], more: Field | None, given: Any
) -> None:
    """Rows, an age and an identity document where the packaged blocks have none."""
    blocks = {**CATALOGUE.blocks, block: (*CATALOGUE.blocks[block], Section("x", "X", fields))}
    paths = CATALOGUE.paths | {f"applicant.{field.name}" for field in fields}
    catalogue = replace(CATALOGUE, blocks=blocks, paths=paths)
    for slug in SLUGS:
        service, day = CATALOGUE.service(slug), day_of(CATALOGUE.service(slug))
        if more is not None:
            service = replace(service, sections=(*service.sections, Section("y", "Y", (more,))))
        for seed in range(SEEDS):
            document = copy.deepcopy(right(slug, seed))
            assert_the_same(service, document, day, catalogue)
            document["applicant"][fields[0].name.partition(".")[0]] = given
            assert_the_same(service, document, day, catalogue)


TEXTS = st.text(
    st.sampled_from(" \t\xa0\u200b\u00ad\u0301-./()'№0019٩АБИVабнетaA@ёЁй²+:"), max_size=14
)
WORDS = [
    "Отсутствует", "Без Отчества", "Образцова", "Семён", "Нет", "9902", "0001", "000000",
    "Образцова-Иванова", "770-001", "000-000", "+79000000000", "+75000000000", "900-100-200 93",
]  # fmt: skip
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(WORDS),
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(allow_nan=False),
    st.lists(st.sampled_from(["a", "b", "c", "А"]), max_size=3),
    st.just({}),
)
CHOICES = (Choice("a", "А"), Choice("b", "a"), Choice("нет", "Б"), Choice("", "ничего"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_kept_is_what_reads_as_itself(kind: str) -> None:
    """`kept` gives what `read` gives where the record would keep the very same, None elsewhere."""
    reader = kind_of(Field("x", "X", kind, choices=CHOICES, max_length=12))

    @settings(max_examples=25, deadline=None)
    @given(VALUES)
    def compare(typed: object) -> None:
        try:
            value = reader.read(typed)
        except ValueError:
            value = None
        stored = None if value is None else reader.store(value)
        itself = type(stored) is type(typed) and stored == typed and typed not in ("", [])
        assert reader.kept(typed) == (value if itself else None)
        look = reader.plain()
        if look is not None and isinstance(typed, str) and look(typed):
            assert itself
            assert not reader.doubt(typed)
        if value is not None and stored not in ("", []):
            assert reader.kept(stored) == value

    compare()
