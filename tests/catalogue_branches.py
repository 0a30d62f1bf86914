"""Ways to make a condition of a form hold, and to make it fail, by changing a document.

Of a service's own questions and papers, and of the blocks all services share.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from forms import people
from forms.catalogue import Catalogue, load
from forms.check import visible_fields
from forms.condition import Clause, Condition
from forms.duty import EXEMPTION
from forms.example import complete, example
from forms.spec import Field, Service

CATALOGUE: Catalogue = load()
TODAY = date(2026, 11, 21)
SLUGS = sorted(CATALOGUE.services)


_OTHER = {EXEMPTION: ("",), "applicant.sex": ("f", "m")}


@dataclass(frozen=True)
class Branch:
    """One table of one condition: what it opens, by its name; a field of a block by its path."""

    slug: str
    kind: str  # field, paper or block
    name: str
    table: int


def day_of(service: Service) -> date:
    """Today, or the last day a service that has ended was rendered."""
    return min(TODAY, service.valid_to or TODAY)


def condition_of(service: Service, branch: Branch) -> Condition:
    """Give the condition a branch belongs to."""
    if branch.kind == "block":
        fields = (one for path, one in block_fields() if path == branch.name and one.relevant)
        found = next(fields).relevant
    else:
        things = service.fields if branch.kind == "field" else service.documents
        found = next(one.relevant for one in things if one.name == branch.name)
    assert found is not None
    return found


def branches(slug: str) -> Iterator[Branch]:
    """List every table of every condition of the form and of its papers."""
    service = CATALOGUE.service(slug)
    for kind, things in (("field", service.fields), ("paper", service.documents)):
        for one in things:
            for number in range(len(one.relevant.any_of) if one.relevant else 0):
                yield Branch(slug, kind, one.name, number)


def block_fields() -> Iterator[tuple[str, Field]]:
    """Every field of the shared blocks with its path."""
    for block, sections in CATALOGUE.blocks.items():
        prefix = "applicant" if block == "organisation" else block
        for section in sections:
            for field in section.fields:
                yield f"{prefix}.{field.name}", field


def block_branches(slug: str) -> Iterator[Branch]:
    """List every table of every condition of the blocks that a service can take both ways."""
    for path, field in block_fields():
        if path.startswith("representative.") and not _represents(slug):
            continue
        for number, table in enumerate(field.relevant.any_of if field.relevant else ()):
            if all(_may(slug, clause) for clause in table):
                yield Branch(slug, "block", path, number)


def _represents(slug: str) -> bool:
    return any("representative" in one for one in CATALOGUE.service(slug).applicants)


def _may(slug: str, clause: Clause) -> bool:
    """Whether a service can be answered so, and otherwise too."""
    service = CATALOGUE.service(slug)
    if clause.name == "applicant.kind":
        return set(clause.values) < set(service.kinds)
    if clause.name == "delivery.way":
        codes = _codes(service, clause.name)
        return bool(codes & set(clause.values)) and bool(codes - set(clause.values))
    return "person" in service.kinds


def _codes(service: Service, path: str) -> set[str]:
    """What a field of a block may be answered by at a service."""
    placed = visible_fields(service, CATALOGUE, example(service, CATALOGUE, day_of(service)))
    return {one.code for it in placed if it.path == path for one in it.field.choices}


def opened(branch: Branch, seed: int = 0) -> dict[str, Any]:
    """A document whose answers make the branch hold; what it opens is left unanswered.

    A person's own data stay in the blocks: their numbers bear check digits.
    """
    service = CATALOGUE.service(branch.slug)
    document: dict[str, Any] = copy.deepcopy(example(service, CATALOGUE, day_of(service), seed))
    _hold(service, document, condition_of(service, branch).any_of[branch.table])
    return document if branch.kind == "block" else without(document, branch)


def without(document: dict[str, Any], branch: Branch) -> dict[str, Any]:
    """Take out what a branch was answered by."""
    block, _, key = branch.name.rpartition(".") if branch.kind == "block" else ("", "", branch.name)
    (document[block or "answers"] or {}).pop(key, None)
    return document


def closed(branch: Branch, seed: int = 0) -> dict[str, Any] | None:
    """A complete document in which no table of the condition holds, None when one always does."""
    service = CATALOGUE.service(branch.slug)
    document: dict[str, Any] = copy.deepcopy(example(service, CATALOGUE, day_of(service), seed))
    for table in condition_of(service, branch).any_of:
        if not _break(service, document, table[0]):
            return None
    return filled(without(document, branch))


def filled(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with everything answered that is asked now."""
    service = CATALOGUE.service(document["service"])
    made = copy.deepcopy(document)
    complete(service, CATALOGUE, made, day_of(service), Random("filled"))
    return made


def _hold(service: Service, document: dict[str, Any], table: tuple[Clause, ...]) -> None:
    fields = {field.name: field for field in service.fields}
    for clause in table:
        field = fields.get(clause.name)
        if field is not None and field.relevant is not None:
            _hold(service, document, field.relevant.any_of[0])
        _put(service, document, clause.name, _fitting(service, clause))


def _break(service: Service, document: dict[str, Any], clause: Clause) -> bool:
    if clause.operator == "given":
        if clause.name == "representative":
            if document["applicant"]["kind"] == "organisation":
                return False
            document["representative"] = None
            return True
        return False
    value = _other(service, clause)
    if value is None:
        return False
    _put(service, document, clause.name, value)
    return True


def _fitting(service: Service, clause: Clause) -> object:
    """A value that passes the clause."""
    wanted = clause.values[0]
    if clause.operator == "not":
        return _other(service, Clause(clause.name, "is", clause.values))
    if clause.name == "delivery.way":
        return next(one for one in clause.values if one in _codes(service, clause.name))
    if clause.operator in ("lt", "gt") and isinstance(wanted, int):
        return wanted - 1 if clause.operator == "lt" else wanted + 1
    return wanted


def _other(service: Service, clause: Clause) -> object:
    """A value that fails an `is`, or passes it when the clause is `not`."""
    field = next((one for one in service.fields if one.name == clause.name), None)
    if clause.operator == "not":
        return clause.values[0]
    if isinstance(clause.values[0], bool):
        return not clause.values[0]
    if clause.name == "applicant.kind":
        return next((kind for kind in service.kinds if kind not in clause.values), None)
    if clause.name == "delivery.way":
        return next(iter(sorted(_codes(service, clause.name) - set(clause.values))), None)
    if clause.name in _OTHER:
        return next(one for one in _OTHER[clause.name] if one not in clause.values)
    assert field is not None, clause
    return next((one.code for one in field.choices if one.code not in clause.values), None)


def _put(service: Service, document: dict[str, Any], name: str, value: object) -> None:
    """Answer a field, or make the applicant another one."""
    if name == "representative":
        if document["representative"] is None:
            document["representative"] = _representative(service)
    elif name == "applicant.kind":
        _come_as(service, document, str(value))
    elif name == "applicant.age":
        assert isinstance(value, int)
        born = day_of(service) - timedelta(days=value * 366)
        document["applicant"]["birth_date"] = born.isoformat()
    elif "." in name:
        block, key = name.split(".")
        if block == "representative" and document[block] is None:
            document[block] = _representative(service)
        document[block][key] = value
    else:
        field = next(one for one in service.fields if one.name == name)
        many = field.type == "select_multiple"
        if field.same_as:
            block, key = field.same_as.split(".", 1)
            document[block][key] = value
        else:
            document["answers"][name] = [value] if many else value


def _representative(service: Service) -> dict[str, Any]:
    """Somebody with a power, by law where nobody else may come."""
    by_law = {} if "representative" in service.applicants else {"kind": "law"}
    return people.representative(77, day_of(service)) | by_law


def _come_as(service: Service, document: dict[str, Any], kind: str) -> None:
    day = day_of(service)
    makers = {
        "organisation": lambda: people.organisation(5),
        "sole-trader": lambda: people.sole_trader(5, day),
        "person": lambda: people.person(5, day),
    }
    document["applicant"] = makers[kind]()
    if kind == "organisation":
        document["representative"] = people.representative(6, day)
