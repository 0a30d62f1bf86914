"""Every question of every service that must be answered, and every number with arithmetic.

Documents of all the branches together show each of them: none is left out by chance.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from forms.check import check, visible_fields
from forms.example import complete, example
from forms.people import inn12
from tests.catalogue_branches import CATALOGUE, SLUGS, branches, closed, day_of, filled, opened
from tests.test_forms_services import CHECKED, _broken, _numbers

SEEDS = 12
WAY = "delivery.way"
"""Asked with an answer that stands there already: the office."""


@cache
def documents(slug: str) -> tuple[dict[str, Any], ...]:
    """Whole documents of a service: plain and full ones, each branch open and closed."""
    service = CATALOGUE.service(slug)
    made: list[dict[str, Any]] = [
        copy.deepcopy(example(service, CATALOGUE, day_of(service), seed)) for seed in range(SEEDS)
    ]
    for whole in made[:2]:  # the same with everything answered, what need not be too
        full = copy.deepcopy(whole)
        full["applicant"].setdefault("inn", inn12(7))
        complete(service, CATALOGUE, full, day_of(service), Random(slug), wanted=1.0)
        made.append(full)
    young = copy.deepcopy(made[0])  # somebody of sixteen, where that is a way to come
    young["applicant"]["birth_date"] = str(day_of(service) - timedelta(days=16 * 366))
    young["applicant"].get("id_document", {})["issued"] = str(day_of(service) - timedelta(days=400))
    young = filled(young)
    if not problems(young):
        made.append(young)
    for branch in branches(slug):
        made.append(filled(opened(branch)))
        shut = closed(branch)
        if shut is not None:
            made.append(shut)
    return tuple(made)


def problems(document: dict[str, Any]) -> dict[str, str]:
    """Codes of the problems of a document by path."""
    service = CATALOGUE.service(document["service"])
    found = check(service, CATALOGUE, document, day_of(service)).problems
    return {problem.path: problem.code for problem in found}


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The same without what stands under a path."""
    lame = copy.deepcopy(document)
    *holders, last = path.split(".")
    block = lame
    for key in holders:
        block = block[key]
    block.pop(last, None)
    return lame


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_each_required_answer_of_every_branch_taken_out_is_named(slug: str) -> None:
    """No question that some branch requires is missed, and nothing else is complained of there."""
    service = CATALOGUE.service(slug)
    tried: set[str] = set()
    for document in documents(slug):
        assert problems(document) == {}
        for placed in visible_fields(service, CATALOGUE, document, day_of(service)):
            wanted = placed.field.required and not placed.field.default
            if not wanted or (placed.path in tried and not placed.path.startswith("answers.")):
                continue
            tried.add(placed.path)
            assert problems(without(document, placed.path)).get(placed.path) == "required"
    needed = {
        field.same_as or f"answers.{field.name}"
        for field in service.fields
        if (field.required or field.required_when is not None) and not field.default
    }
    assert needed - {WAY} <= tried, needed - tried


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_each_number_of_every_branch_broken_by_a_digit_is_refused(slug: str) -> None:
    """Wherever arithmetic can see it; every such question of the service is met."""
    tried: set[str] = set()
    for document in documents(slug):
        for field, path in _numbers(document):
            tried.add(path if path.startswith(("applicant", "representative")) else field.name)
            assert problems(_with_broken(document, path, field.type))[path] in (
                "unreadable",
                "constraint.bank",
            )
    needed = set(_numbers_asked(slug))
    assert needed <= tried, needed - tried


def _with_broken(document: dict[str, Any], path: str, kind: str) -> dict[str, Any]:
    lame = copy.deepcopy(document)
    *holders, last = path.split(".")
    block: Any = lame
    for key in holders:
        block = block[int(key)] if isinstance(block, list) else block[key]
    block[last] = _broken(str(block[last]), kind)
    return lame


def _numbers_asked(slug: str) -> Iterator[str]:
    """Names of the questions and columns with arithmetic; a number asked elsewhere by its path."""
    for field in CATALOGUE.service(slug).fields:
        cells = field.rows or (field,)
        for cell in cells:
            bank = any(rule.operator == "bank" for rule in cell.constraints)
            if cell.type in CHECKED and (bank or cell.type != "bank_account"):
                yield cell.same_as or cell.name
