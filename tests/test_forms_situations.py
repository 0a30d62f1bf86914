"""Life situations and the complex request: what goes together, in which order, by when."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forms.calendar import Calendar
from forms.catalogue import PACKAGED, CatalogueError, load
from forms.condition import Clause, Condition
from forms.facts import Facts
from forms.situations import ComplexRules, Situation, Step, Visit, fits, order_of, plan

CATALOGUE = load()
CARD = CATALOGUE.service("soc-card")  # 14 calendar days from registration
EGRN = CATALOGUE.service("egrn-info")  # 3 working days from receipt, a leg of one day
TODAY = date(2026, 11, 20)

NINE = [
    "Рождение ребёнка",
    "Многодетная семья",
    "Оформление наследства",
    "Перемена имени",
    "Приобретение жилья",
    "Смена места жительства",
    "Я — автомобилист",
    "Я потерял документы",
    "Я оплачиваю налоги",
]


def test_the_nine_situations_of_the_city_are_there() -> None:
    """By their titles, each with services in an order that can be done."""
    assert [one.title for one in CATALOGUE.situations] == NINE
    for situation in CATALOGUE.situations:
        done: list[str] = []
        for step in situation.steps:
            assert set(step.after) <= set(done)
            done.append(step.service)
        assert situation.verify


def test_birth_comes_before_what_needs_its_record() -> None:
    """The record of birth first, then registration, policy and benefits, in parallel."""
    birth = CATALOGUE.situation("birth")
    assert birth is not None
    assert birth.steps[0].service == "zags-birth"
    assert all(step.after == ("zags-birth",) for step in birth.steps[1:])
    young = birth.step("young-parents")
    assert young is not None
    assert (young.optional, young.when) == (True, "родителям до 36 лет")
    assert birth.step("hunting") is None
    assert CATALOGUE.situation("no-such") is None


def test_every_step_is_decided_by_data_or_asked_plainly() -> None:
    """No step that is for some applicants only is left to guessing."""
    for situation in CATALOGUE.situations:
        for step in situation.steps:
            if step.optional or step.when:
                assert step.relevant is not None or step.ask, (situation.name, step.service)
            if step.ask:
                assert step.question == step.ask
                assert len(step.ask) < 70  # under the service at 80 columns
    assert Step("snils").question == ""
    assert Step("snils", optional=True).question == "Нужна эта услуга?"


def test_services_are_put_after_those_they_need() -> None:
    """The order of the situations, kept where nothing is told; only chosen services wait."""
    ordered = order_of(["phone-lgota", "soc-card", "mnogodet-cert"], CATALOGUE.situations)

    assert ordered == (
        ("mnogodet-cert", ()),
        ("phone-lgota", ("mnogodet-cert",)),
        ("soc-card", ("mnogodet-cert",)),
    )
    assert order_of(["soc-card", "egrn-info"], CATALOGUE.situations) == (
        ("soc-card", ()),
        ("egrn-info", ()),
    )


def test_situations_that_contradict_each_other_make_no_circle() -> None:
    """The first told order holds."""
    told = (
        Situation("a", "А", (Step("one"), Step("two", ("one",)))),
        Situation("b", "Б", (Step("two"), Step("three", ("two",)), Step("one", ("three",)))),
    )

    assert order_of(["one", "two", "three"], told) == (
        ("one", ()),
        ("two", ("one",)),
        ("three", ("two",)),
    )


def test_the_limit_of_a_sequential_service_begins_with_its_input() -> None:
    """Parallel terms run from today; a sequential one from the day the result is in the office."""
    found = plan([(EGRN, ()), (CARD, ("egrn-info",))], TODAY, Calendar())
    first, second = found.parts

    assert (first.parallel, second.parallel) == (True, False)
    assert first.deadlines.office_on == date(2026, 11, 27)
    assert second.deadlines.starts == date(2026, 11, 30)  # registered the next working day
    assert second.deadlines.authority_on == date(2026, 12, 14)
    assert found.forward_by == date(2026, 11, 23)  # within one working day after a Friday
    assert found.limit_on == date(2026, 12, 14)


def test_parallel_services_share_the_longest_limit() -> None:
    """Independent services do not wait for each other."""
    found = plan([(CARD, ()), (EGRN, ())], TODAY, Calendar())

    assert all(part.parallel for part in found.parts)
    assert found.limit_on == max(part.deadlines.office_on for part in found.parts)


def test_what_needs_presence_stays_out_by_rule() -> None:
    """Named exclusions, services on the spot, services nobody receives through another."""
    rules = CATALOGUE.complex_rules

    assert "личная явка" in rules.refusal(CATALOGUE.service("passport-rf"))
    assert rules.refusal(CARD) == ""
    assert "сразу" in rules.refusal(replace(CARD, offline="online-only"))
    assert "личное присутствие" in rules.refusal(replace(CARD, applicants=("person",)))
    assert ComplexRules().refusal(CARD) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("situations.toml", 'name = "taxes"', 'name = "birth"', "имя ситуации повторяется"),
        ("situations.toml", 'after = ["zags-birth"]', 'after = ["inn"]', "шага «inn» выше нет"),
        ("situations.toml", "optional = true", "optoinal = true", "Может быть, optional?"),
        ("situations.toml", '"zags-birth"', '"zags-brith"', "«zags-brith» в каталоге нет"),
        ("complex.toml", '"fan-id"', '"fan-idd"', "«fan-idd» в каталоге нет"),
        ("complex.toml", '"fan-id"', '"bankruptcy"', "названа дважды"),
        ("offices.toml", 'name = "home"', 'name = "mobile"', "повторяется"),
        ("speech.toml", '["потерял", "потеряла", ', '["потерял"] #', "хотя бы два слова"),
    ],
)
def test_a_wrong_bundle_is_refused_by_name(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    """Each mistake is named with its file."""
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(CatalogueError) as refusal:
        load(folder)
    assert {one.file for one in refusal.value.mistakes} == {file}
    assert words in str(refusal.value)


def test_a_folder_may_go_without_situations(tmp_path: Path) -> None:
    """An office of its own catalogue needs no life situations, no regions, no rules of speech."""
    folder = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    for name in ("situations", "complex", "offices", "calendar", "speech"):
        (folder / f"{name}.toml").unlink()
    bare = load(folder)

    assert bare.situations == ()
    assert bare.search("соцкарта")[0].slug == "soc-card"
    assert bare.complex_rules.excluded == {}


def test_a_step_is_weighed_only_by_what_is_known() -> None:
    """True, false, or not to be told: one unknown fact decides nothing the others do not."""
    clauses = (Clause("applicant.age", "lt", (36,)), Clause("office.kind", "is", ("mobile",)))
    both = Step("soc-card", relevant=Condition((clauses,)))
    either = Step("soc-card", relevant=Condition(tuple((one,) for one in clauses)))
    young = Facts(CARD, {"applicant": {"birth_date": "2000-01-01"}}, TODAY)
    old = Facts(CARD, {"applicant": {"birth_date": "1950-01-01"}}, TODAY)
    for person, kind, on_both, on_either in (
        (None, "mobile", None, True),
        (None, "district", False, None),
        (young, "mobile", True, True),
        (old, "mobile", False, True),
        (old, "district", False, False),
    ):
        visit = Visit({}, person, {"kind": kind})
        assert fits(both, visit) is on_both
        assert fits(either, visit) is on_either
    assert fits(Step("soc-card"), Visit({}, old, {})) is None


def test_a_condition_that_nobody_can_weigh_is_a_mistake(tmp_path: Path) -> None:
    """An unknown name, an answer of another situation, a condition without words: all named."""
    folder = tmp_path / "catalogue"
    shutil.copytree(PACKAGED, folder)
    with (folder / "situations.toml").open("a", encoding="utf-8") as file:
        file.write("""
[[situation]]
name = "wrong"
title = "Ошибочная"

[[situation.step]]
service = "soc-card"
relevant = { "applicant.shoe" = 1, "zags-birth.sex" = "f", "office.kind" = "mobile" }
""")
    with pytest.raises(CatalogueError) as refused:
        load(folder)
    told = "\n".join(str(one) for one in refused.value.mistakes)
    assert len(refused.value.mistakes) == 3
    assert all(word in told for word in ("applicant.shoe", "zags-birth.sex", "when"))
