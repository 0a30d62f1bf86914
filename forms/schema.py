"""JSON Schema 2020-12 of an intake document of one service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forms.condition import Clause, Condition
from forms.papers import DEFECTS
from forms.placing import applicant_kinds
from forms.spec import Field, Section, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue

Schema = dict[str, object]
_TEXT: Schema = {"type": "string"}
_SHAPES: dict[str, Schema] = {
    "date": {"type": "string", "format": "date"},
    "bool": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": ["string", "number"]},
    "money": {"type": ["integer", "string"], "description": "число — копейки, текст — рубли"},
    "email": {"type": "string", "format": "email"},
    "snils": {"type": "string", "pattern": r"^\d{3}-?\d{3}-?\d{3}[ -]?\d{2}$"},
    "subdivision_code": {"type": "string", "pattern": r"^\d{2}[0-3]-?\d{3}$"},
    "passport_series": {"type": "string", "pattern": r"^\d{2} ?\d{2}$"},
    "passport_number": {"type": "string", "pattern": r"^\d{6}$"},
}


def json_schema(service: Service, catalogue: Catalogue) -> Schema:
    """Describe what the service takes; an answer required by a condition stands under allOf.

    The schema is necessary, not sufficient: check digits, dates against each other and the
    person's documents are weighed by forms.check.
    """
    answers = tuple(field for field in service.fields if not field.same_as)
    person = _object(_fields(catalogue.blocks["applicant"]), service)
    kinds = applicant_kinds(service)
    variants = [person] if kinds != ("organisation",) else []
    if "organisation" in kinds:
        variants.append(_object(_fields(catalogue.blocks["organisation"]), service))
    representative = _object(_fields(catalogue.blocks["representative"]), service)
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mfc-desk:{service.slug}:{service.version}:{catalogue.digest[:16]}",
        "title": service.title,
        "type": "object",
        "additionalProperties": False,
        "required": ["service", "applicant", "answers", "documents"],
        "properties": {
            "service": {"const": service.slug},
            "applicant": variants[0] if len(variants) == 1 else {"anyOf": variants},
            "representative": {"anyOf": [{"type": "null"}, representative]},
            "answers": _object([(field.name, field) for field in answers], service),
            "documents": {"type": "array", "items": _paper(service)},
            "delivery": _object(_fields(catalogue.blocks["delivery"]), service),
            "overrides": {"type": "object", "additionalProperties": _TEXT},
            "ref": {"type": ["string", "integer", "null"]},
        },
    }
    rules = [rule for field in answers if (rule := _rule(field, service)) is not None]
    return schema | ({"allOf": rules} if rules else {})


def _fields(sections: Iterable[Section]) -> list[tuple[str, Field]]:
    return [(field.name, field) for section in sections for field in section.fields]


def _object(fields: list[tuple[str, Field]], service: Service) -> Schema:
    """Describe a block; a dotted name becomes an object inside it."""
    properties: dict[str, object] = {}
    required: list[str] = []
    inner: dict[str, list[tuple[str, Field]]] = {}
    for name, field in fields:
        head, dot, rest = name.partition(".")
        if dot:
            inner.setdefault(head, []).append((rest, field))
            continue
        properties[name] = _field(field, service)
        if field.required and field.relevant is None and not field.default:
            required.append(name)
    for head, parts in inner.items():
        properties[head] = _object(parts, service)
        required.append(head)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required,
    }


def _field(field: Field, service: Service) -> Schema:
    said: Schema = {"title": field.label}
    if field.hint:
        said["description"] = field.hint
    codes = [choice.code for choice in field.choices]
    if field.type == "select_one":
        return said | {"enum": codes}
    if field.type == "select_multiple":
        return said | {"type": "array", "uniqueItems": True, "items": {"enum": codes}}
    if field.type == "repeat":
        rows = _object([(cell.name, cell) for cell in field.rows], service)
        return said | {"type": "array", "items": rows, "minItems": field.min_rows}
    shape = _SHAPES.get(field.type, _TEXT)
    return said | shape | ({"maxLength": field.max_length} if field.max_length else {})


def _paper(service: Service) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"enum": [spec.name for spec in service.documents]},
            "form": {"enum": ["original", "copy"]},
            "copies": {"type": "integer", "minimum": 1},
            "sheets": {"type": "integer", "minimum": 1},
            "returned": {"type": "boolean"},
            "details": _TEXT,
            "promised": _SHAPES["date"],
            "defect": {"enum": [*DEFECTS]},
        },
    }


def _rule(field: Field, service: Service) -> Schema | None:
    """Say when an answer becomes required, where the condition looks at answers only."""
    names = {one.name for one in service.fields if not one.same_as and one.relevant is None}
    if not field.required or field.default or field.relevant is None:
        return None
    if not field.relevant.names <= names:
        return None
    tests = (test for table in field.relevant.any_of for test in table)
    if any(test.operator in ("lt", "gt", "le", "ge") for test in tests):
        return None  # dates and fractions are texts here: JSON Schema does not order them
    then = {"properties": {"answers": {"required": [field.name]}}}
    return {"if": _condition(field.relevant), "then": then}


def _condition(condition: Condition) -> Schema:
    tables = [{"allOf": [_test(test) for test in table]} for table in condition.any_of]
    return {"anyOf": tables}


def _test(test: Clause) -> Schema:
    present: Schema = {"properties": {"answers": {"required": [test.name]}}}
    if test.operator == "given":
        return present if test.values[0] else {"not": present}
    if test.operator == "all":
        return {"allOf": [_test(Clause(test.name, "is", (one,))) for one in test.values]}
    value: Schema = {"enum": list(test.values)}
    among = {"anyOf": [value, {"type": "array", "contains": value}]}
    holds: Schema = {
        "properties": {"answers": {"required": [test.name], "properties": {test.name: among}}}
    }
    return {"not": holds} if test.operator == "not" else holds
