"""The JSON Schema of a service takes what the check takes."""

from __future__ import annotations

import copy
import re
from datetime import date
from typing import Any

import pytest

from forms.catalogue import load
from forms.example import example
from forms.schema import json_schema

CATALOGUE = load()
TODAY = date(2026, 11, 21)
SLUGS = sorted(CATALOGUE.services)
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Walk the keywords of JSON Schema 2020-12 that the schemas use; any other one is an error."""
    for key, part in schema.items():
        if key == "additionalProperties":
            held = _others(part, value, schema)
        elif key == "if":
            held = not fits(part, value) or fits(schema["then"], value)
        else:
            held = key in NOTES or KEYWORDS[key](part, value)
        if not held:
            return False
    return True


def _of_type(names: Any, value: Any) -> bool:
    listed = names if isinstance(names, list) else [names]
    kinds = tuple(kind for name in listed for kind in TYPES[name])
    return isinstance(value, kinds) and not (isinstance(value, bool) and "boolean" not in listed)


def _properties(parts: dict[str, Any], value: Any) -> bool:
    return not isinstance(value, dict) or all(
        fits(parts[key], one) for key, one in value.items() if key in parts
    )


def _others(allowed: Any, value: Any, schema: dict[str, Any]) -> bool:
    extra = [key for key in value if key not in schema.get("properties", {})]
    return not extra if allowed is False else all(fits(allowed, value[key]) for key in extra)


KEYWORDS: dict[str, Any] = {
    "format": lambda part, value: part != "date" or bool(date.fromisoformat(value)),
    "type": _of_type,
    "const": lambda part, value: value == part,
    "enum": lambda part, value: value in part,
    "pattern": lambda part, value: re.search(part, value) is not None,
    "maxLength": lambda part, value: len(value) <= part,
    "minimum": lambda part, value: value >= part,
    "minItems": lambda part, value: len(value) >= part,
    "uniqueItems": lambda part, value: (len(set(value)) == len(value)) is part,
    "items": lambda part, value: all(fits(part, one) for one in value),
    "contains": lambda part, value: (
        not isinstance(value, list) or any(fits(part, one) for one in value)
    ),
    "properties": _properties,
    "required": lambda part, value: not isinstance(value, dict) or set(part) <= set(value),
    "anyOf": lambda part, value: any(fits(one, value) for one in part),
    "allOf": lambda part, value: all(fits(one, value) for one in part),
    "not": lambda part, value: not fits(part, value),
}


NOTES = {"$schema", "$id", "title", "description", "then"}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_example_fits_its_schema(slug: str) -> None:
    """Examples of each service are what their schema describes."""
    service = CATALOGUE.service(slug)
    schema = json_schema(service, CATALOGUE)
    for seed in range(5):
        assert fits(schema, example(service, CATALOGUE, TODAY, seed)), seed


@pytest.mark.parametrize("slug", SLUGS)
def test_a_missing_unknown_or_foreign_answer_does_not_fit(slug: str) -> None:
    """The schema refuses another service, an unknown key and a missing required answer."""
    service = CATALOGUE.service(slug)
    schema = json_schema(service, CATALOGUE)
    whole: Any = example(service, CATALOGUE, TODAY, 0)
    missing = copy.deepcopy(whole)
    asked = [one.name for one in service.fields if one.required and not one.same_as]
    for name in asked[:1]:  # fines-info asks nothing that must be answered
        del missing["answers"][name]
        assert not fits(schema, missing)
    assert not fits(schema, whole | {"service": "another"})
    assert not fits(schema, whole | {"answers": whole["answers"] | {"unknown": 1}})
    assert not fits(schema, {key: part for key, part in whole.items() if key != "applicant"})


def test_an_answer_is_required_under_its_condition() -> None:
    """The old card's number is required by the schema only when a card is replaced."""
    service = CATALOGUE.service("soc-card")
    schema = json_schema(service, CATALOGUE)
    whole: Any = example(service, CATALOGUE, TODAY, 0)
    answers = {key: part for key, part in whole["answers"].items() if key != "old_card"}

    assert fits(schema, whole | {"answers": answers | {"request": "first"}})
    assert not fits(schema, whole | {"answers": answers | {"request": "lost"}})
