"""The language of conditions and constraints as a catalogue file writes it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from forms.catalogue import PACKAGED, Catalogue, CatalogueError, load
from forms.check import check_field

TODAY = date(2026, 11, 21)
SERVICE = """
slug = "proba"
version = 1
title = "Проба"
short = "Проба"
authority = "орган"
applicants = ["person"]
offline = "full"
result = "ответ"

[term]
days = 1
unit = "working"
starts = "registration"

[[document]]
name = "application"
title = "Заявление"

[[section]]
label = "Проба"

[[section.field]]
name = "request"
label = "Вид"
type = "select_one"
choices = [["first", "первичное"], ["lost", "утрата"]]

[[section.field]]
name = "asked"
label = "Вопрос"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue folder of the packaged blocks and no service."""
    made = Path(shutil.copytree(PACKAGED, tmp_path / "catalogue"))
    for file in (made / "services").glob("*.toml"):
        file.unlink()
    for name in ("situations.toml", "complex.toml"):  # they name services that are not here
        (made / name).unlink(missing_ok=True)
    return made


def asking(folder: Path, lines: str) -> Catalogue:
    """A catalogue whose field `asked` has these lines."""
    (folder / "services" / "proba.toml").write_text(SERVICE + lines, "utf-8")
    return load(folder)


@pytest.mark.parametrize(
    ("relevant", "words"),
    [
        ('{ "applicant.age" = { ge = 18, lt = 65 } }', ""),
        ('{ request = { is = ["lost", "first"], not = "first" } }', ""),
        ('{ "applicant.birth_date" = { le = 2008-01-01 } }', ""),
        ('{ "applicant.age" = { ge = "2008-01-01" } }', "по порядку не сравнивается"),
        ("{ request = { gt = 5 } }", "по порядку не сравнивается"),
        ('{ request = { gt = "many" } }', "сравнивает с одним числом или датой"),
        ('{ request = { all = ["nowhere"] } }', "нет варианта «nowhere»"),
        ('{ request = { is = "lost", near = 1 } }', "допустимо is, not, all"),
        ("{ request = {} }", "допустимо is, not, all"),
    ],
)
def test_several_operators_of_one_name(folder: Path, relevant: str, words: str) -> None:
    """Operators of one name are joined by AND; a bound is of the kind of what it bounds."""
    lines = f'type = "text"\nrelevant = {relevant}'
    if not words:
        assert asking(folder, lines).service("proba").fields[-1].relevant is not None
        return
    with pytest.raises(CatalogueError) as refusal:
        asking(folder, lines)

    assert [words in one.text for one in refusal.value.mistakes] == [True]


@pytest.mark.parametrize(
    ("kind", "constraint", "typed", "passes"),
    [
        ("decimal", '{ gt = "10.5", lt = 20 }', "10,5", False),
        ("decimal", '{ gt = "10.5", lt = 20 }', "10,6", True),
        ("decimal", '{ gt = "10.5", lt = 20 }', "20", False),
        ("select_multiple", '{ alone = "none" }', ["none"], True),
        ("select_multiple", '{ alone = "none" }', ["none", "a"], False),
        ("select_multiple", "{ min_chosen = 2, max_chosen = 2 }", ["a"], False),
        ("select_multiple", "{ min_chosen = 2, max_chosen = 2 }", ["a", "b"], True),
    ],
)
def test_bounds_of_numbers_and_of_choices(
    folder: Path, kind: str, constraint: str, typed: object, passes: bool
) -> None:
    """gt and lt leave their bound out; several choices are counted, and «none» stands alone."""
    choices = 'choices = [["a", "А"], ["b", "Б"], ["none", "ничего"]]\n' if "sel" in kind else ""
    lines = f'type = "{kind}"\n{choices}constraint_message = "нет"\nconstraint = {constraint}'
    asked = asking(folder, lines).service("proba").fields[-1]

    assert (check_field(asked, typed, TODAY) is None) is passes


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('type = "text"\nconstraint = { alone = "a" }', "бывает только у нескольких вариантов"),
        ('type = "text"\nconstraint = { gt = 1 }', "бывает только у числа и суммы"),
        ('type = "decimal"\nconstraint = { gt = "много" }', "gt: «много» не подходит"),
    ],
)
def test_a_constraint_that_cannot_be_is_a_mistake(folder: Path, lines: str, words: str) -> None:
    """A constraint that the type of its field cannot meet is named."""
    with pytest.raises(CatalogueError) as refusal:
        asking(folder, f'{lines}\nconstraint_message = "нет"')

    assert words in str(refusal.value)
