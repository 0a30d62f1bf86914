"""What is found out once about a form changes no answer: every check is as on a fresh catalogue."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.catalogue import load
from forms.check import check, visible_fields
from forms.example import example

TODAY = date(2026, 11, 21)
CATALOGUE = load()
SLUGS = sorted(CATALOGUE.services)
ODD: list[Any] = ["", None, [], {}, 0, -1, True, "x", "99", "2020-01-01", ["a"], {"a": 1}, 10**9]
KINDS = [*CATALOGUE.identity, "?", None]


def leaves(block: dict[str, Any], prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a document something else may be put at."""
    found = []
    for key, value in block.items():
        found.append((*prefix, key))
        if isinstance(value, dict):
            found += leaves(value, (*prefix, key))
    return found


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An example of a service with some answers replaced, another paper shown, another who came."""
    slug = draw(st.sampled_from(SLUGS))
    service = CATALOGUE.service(slug)
    document: dict[str, Any] = copy.deepcopy(
        example(service, CATALOGUE, TODAY, draw(st.integers(0, 3)))
    )
    for _ in range(draw(st.integers(0, 4))):
        *holders, last = draw(st.sampled_from(leaves(document)))
        block = document
        for key in holders:
            block = block[key]
        block[last] = copy.deepcopy(draw(st.sampled_from(ODD)))
    if isinstance(document.get("applicant"), dict):
        document["applicant"]["kind"] = draw(st.sampled_from(["person", "organisation", "?"]))
        document["applicant"]["id_document"] = {"kind": draw(st.sampled_from(KINDS))}
    if draw(st.booleans()):
        document["representative"] = draw(st.sampled_from([{}, {"kind": "law"}, None]))
    return slug, document


@settings(max_examples=60, deadline=None)
@given(documents())
def test_a_check_is_as_on_a_catalogue_nobody_used(one: tuple[str, dict[str, Any]]) -> None:
    """Record, problems and fields, after whatever documents were checked before."""
    slug, document = one
    service, fresh = CATALOGUE.service(slug), replace(CATALOGUE)

    assert check(service, CATALOGUE, document, TODAY) == check(service, fresh, document, TODAY)
    known = visible_fields(service, CATALOGUE, document, TODAY)
    assert known == visible_fields(service, fresh, document, TODAY)


def test_another_edition_of_a_service_is_found_out_anew() -> None:
    """A service changed under the same slug is not placed as it was."""
    service = CATALOGUE.service("soc-card")
    document = example(service, CATALOGUE, TODAY)
    whole = visible_fields(service, CATALOGUE, document, TODAY)
    fewer = replace(service, sections=service.sections[:1])
    first = {f"answers.{field.name}" for field in fewer.fields}
    shown = {one.path for one in visible_fields(fewer, CATALOGUE, document, TODAY)}

    assert {path for path in shown if path.startswith("answers.")} <= first
    assert visible_fields(service, CATALOGUE, document, TODAY) == whole
