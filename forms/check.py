"""All problems of a request at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from forms.condition import Facts as FactsLike
from forms.condition import NoFacts, is_given
from forms.confirming import KEYS, LONGEST_REF, Confirming
from forms.constraints import weighing
from forms.facts import Facts, at_keys, at_path
from forms.kinds import Kind, kind_of
from forms.papers import check_papers
from forms.persons import check_persons
from forms.placing import PlacedField, Plan, documents_for, place, visible_fields
from forms.problem import Problem
from forms.repeats import check_rows
from forms.spec import Field, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue

__all__ = [
    "Checked",
    "PlacedField",
    "Problem",
    "check",
    "check_field",
    "documents_for",
    "visible_fields",
]

_SHAPES: Mapping[str, tuple[type, ...]] = {
    "service": (str,),
    "applicant": (dict,),
    "representative": (dict, type(None)),
    "answers": (dict,),
    "documents": (list,),
    "delivery": (dict,),
    "overrides": (dict,),
    "ref": (str, int, type(None)),
}
_NO_FACTS = NoFacts()
_NOTHING: Sequence[Problem] = ()
_NO_NAMES: frozenset[str] = frozenset()
_SHORTEST_REASON, _LONGEST_REASON = 3, 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A document after its check: the normalised record and every problem found.

    A record is a document again: checking it on the same day gives the same record and problems.
    """

    record: dict[str, object]
    problems: tuple[Problem, ...]
    overridden: frozenset[str] = frozenset()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that no reason can override, or for which none is given yet."""
        return tuple(
            problem
            for problem in self.problems
            if problem.severity == "error"
            and not (problem.insistable and problem.path in self.overridden)
        )

    @property
    def open_warnings(self) -> tuple[Problem, ...]:
        """Warnings for which no reason is given yet."""
        return tuple(
            problem
            for problem in self.problems
            if problem.severity == "warning" and problem.path not in self.overridden
        )

    @property
    def ok(self) -> bool:
        """Whether the request may be registered."""
        return not self.errors and not self.open_warnings


def check(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, object],
    today: date,
    beside: Sequence[Problem] = (),
    *,
    accepted_on: date | None = None,
) -> Checked:
    """Check a whole document, name all its problems, give the record to register.

    Answers that are not relevant are left out of the record; unknown keys are problems. `beside`:
    what is wrong though the document is right, as that this office does not take the service.
    `accepted_on`: the day the request a document amends was taken, its tariff stays that day's.
    """
    if not beside and accepted_on is None:
        confirmed = _confirmed(service, catalogue, document, today)
        if confirmed is not None:
            return Checked(confirmed, ())
    return check_whole(service, catalogue, document, today, beside, accepted_on=accepted_on)


def check_whole(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, object],
    today: date,
    beside: Sequence[Problem] = (),
    *,
    accepted_on: date | None = None,
) -> Checked:
    """Do the work of `check` for any document, a right one too: question by question."""
    shape_problems = list(_shapes(service, document))
    document = {
        key: value
        for key, value in document.items()
        if key in _SHAPES and isinstance(value, _SHAPES[key])
    }
    facts = Facts(service, document, today, accepted_on)
    placed = place(service, catalogue, document, facts)
    problems = [*shape_problems, *beside]
    if ended := not_in_force(service, catalogue, today):
        problems.append(Problem("service", "Услуга", "error", "service.not-in-force", ended))
    record: dict[str, object] = {"service": service.slug, "applicant": {}, "representative": None}
    values, found = _check_placed(placed, document, record, facts, today)
    problems.extend(found)
    problems.extend(_unknown_keys(catalogue.plan(service), document))
    problems.extend(_same_answers(service, document, values, facts))
    problems.extend(check_persons(service, document, values, today))
    papers, paper_problems = check_papers(service, document, today, facts)
    problems.extend(paper_problems)
    record.setdefault("answers", {})
    record["documents"] = papers
    record["delivery"] = record.pop("delivery", {})
    problems = catalogue.refusals.insistable(problems)
    overrides, override_problems = _overrides(document, problems)
    problems.extend(override_problems)
    if overrides:
        record["overrides"] = overrides
    if document.get("ref") is not None:
        record["ref"] = document["ref"]
    return Checked(record, tuple(problems), frozenset(overrides))


def _confirmed(
    service: Service, catalogue: Catalogue, document: Mapping[str, object], today: date
) -> dict[str, object] | None:
    """Give the record of a document that is right as it stands, None for any other."""
    if not service.valid_on(today):
        return None
    plan = catalogue.plan(service)
    if plan.confirming is None:
        plan.confirming = Confirming(plan)
    confirming: Confirming = plan.confirming
    return confirming.record(document, today)


def _check_placed(
    placed: Sequence[PlacedField],
    document: Mapping[str, object],
    record: dict[str, object],
    facts: Facts,
    today: date,
) -> tuple[dict[str, object], list[Problem]]:
    """Check every field, put what is read into the record; values by path, and all problems.

    The centre does little else: what is the same for every document was found out before.
    """
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for one in placed:
        field, kind, keys = one.field, one.kind, one.keys
        block = document.get(keys[0])
        near = one.pair and type(block) is dict
        typed = block.get(keys[1]) if near else at_keys(document, keys)  # type: ignore[attr-defined]
        if not typed and not is_given(typed):
            typed = field.default
            if not typed and not field.required:
                continue
        found, value = _check_typed(field, typed, today, one.path, facts, kind)
        if found:
            problems += found
        if value is not None:
            values[one.path] = value
            if kind is not None and not (kind.kept_as_read and type(value) is str):
                value = kind.store(value)
            _put(record, keys, value)
    return values, problems


def check_field(
    field: Field,
    typed: object,
    today: date,
    *,
    path: str = "",
    facts: FactsLike | None = None,
) -> Problem | None:
    """Check one field as it is typed; an empty one is a problem only when it is required.

    Constraints that look at other fields are weighed when facts are given.
    """
    found, _ = _check_typed(field, typed, today, path or field.name, facts)
    return found[0] if found else None


def _check_typed(
    field: Field,
    typed: object,
    today: date,
    path: str,
    facts: FactsLike | None,
    kind: Kind[Any] | None = None,
) -> tuple[Sequence[Problem], object]:
    """Read one value and weigh it; the value is None when there is none to keep."""
    if typed.isspace() if type(typed) is str and typed else not is_given(typed):
        if not field.required:
            return _NOTHING, None
        text = field.required_message or "не заполнено, поле обязательное"
        return [Problem(path, field.label, "error", "required", text)], None
    if field.type == "repeat":
        return _check_repeat(field, typed, today, path, facts or _NO_FACTS)
    kind = kind or kind_of(field)
    try:
        value = kind.read(typed)
    except ValueError as refusal:
        return [Problem(path, field.label, "error", "unreadable", str(refusal))], None
    broken = _broken(field, value, today, path, facts) if field.constraints else _NOTHING
    if kind.doubts and (doubt := kind.doubt(value)):
        broken = [*broken, Problem(path, field.label, "warning", "doubt", doubt)]
    return broken, value


def _check_repeat(
    field: Field, typed: object, today: date, path: str, facts: FactsLike
) -> tuple[list[Problem], object]:
    def check_cell(
        cell: Field, content: object, place: str, row: FactsLike
    ) -> tuple[Sequence[Problem], object]:
        return _check_typed(cell, content, today, place, row)

    problems, rows = check_rows(field, typed, path, check_cell, facts)
    if rows is not None:
        problems += _broken(field, rows, today, path, facts)
    return problems, rows


def _broken(
    field: Field, value: object, today: date, path: str, facts: FactsLike | None
) -> list[Problem]:
    """Name the constraints a value breaks."""
    found = []
    for rule in field.constraints:
        if not (rule.weigh or weighing(rule))(value, today, facts):
            code = f"constraint.{rule.operator}"
            found.append(Problem(path, field.label, rule.severity, code, rule.message))
    return found


def not_in_force(service: Service, catalogue: Catalogue, today: date) -> str:
    """Say why a service is not rendered on a day and what came instead; empty when it is."""
    if service.valid_from is not None and today < service.valid_from:
        return f"оказывается с {service.valid_from:%d.%m.%Y}, раньше её принять нельзя"
    if service.valid_to is None or today <= service.valid_to:
        return ""
    instead = catalogue.services.get(service.superseded_by)
    text = f"оказывалась до {service.valid_to:%d.%m.%Y}, больше не принимается"
    return f"{text}. Вместо неё: {instead.short}" if instead is not None else text


def _shapes(service: Service, document: Mapping[str, object]) -> Iterator[Problem]:
    for key, value in document.items():
        if key not in _SHAPES:
            known = ", ".join(KEYS)
            text = f"такого раздела в обращении нет. Разделы: {known}"
            yield Problem(key, key, "error", "unknown-key", text)
        elif not isinstance(value, _SHAPES[key]):
            yield Problem(key, key, "error", "shape", "раздел записан не в том виде")
    if document.get("service", service.slug) != service.slug:
        text = f"обращение составлено для другой услуги, проверяется «{service.short}»"
        yield Problem("service", "Услуга", "error", "service", text)
    ref = document.get("ref")
    if isinstance(ref, str) and len(ref) > LONGEST_REF:
        text = f"не больше {LONGEST_REF} знаков"
        yield Problem("ref", "ref", "error", "shape", text)


def _unknown_keys(plan: Plan, document: Mapping[str, object]) -> Iterator[Problem]:
    for part in ("applicant", "representative", "answers", "delivery"):
        block = document.get(part)
        if not isinstance(block, Mapping):
            continue
        for path in _leaves(block, part, plan):
            text = "такого поля в этой услуге нет. Уберите его или исправьте имя поля"
            yield Problem(path, path.rpartition(".")[2], "error", "unknown-key", text)


def _leaves(block: Mapping[str, object], prefix: str, plan: Plan) -> Iterator[str]:
    """Walk down to the paths that no field has."""
    names = plan.names.get(prefix, _NO_NAMES)
    for key, value in block.items():
        if key in names:
            continue
        path = f"{prefix}.{key}"
        if path in plan.known:
            continue
        if isinstance(value, Mapping) and path in plan.holders:
            yield from _leaves(value, path, plan)
        else:
            yield path


def _same_answers(
    service: Service, document: Mapping[str, object], values: Mapping[str, object], facts: Facts
) -> Iterator[Problem]:
    """An answer that is asked elsewhere may be repeated, but not contradicted."""
    for field in service.fields:
        if not field.same_as:
            continue
        path = f"answers.{field.name}"
        typed = at_path(document, path)
        if not is_given(typed) or not facts.relevant(field):
            continue
        try:
            same = kind_of(field).read(typed) == values.get(field.same_as)
        except ValueError:
            same = False
        if not same:
            text = "не совпадает с тем, что указано у заявителя. Оставьте одно значение"
            yield Problem(path, field.label, "error", "same-as", text)


def _overrides(
    document: Mapping[str, object], problems: list[Problem]
) -> tuple[dict[str, str], list[Problem]]:
    """Keep the reasons that answer a warning or an applicant who insists; empty ones do not."""
    given = document.get("overrides")
    warned = {
        problem.path: problem
        for problem in problems
        if problem.severity == "warning" or problem.insistable
    }
    kept: dict[str, str] = {}
    found: list[Problem] = []
    if not isinstance(given, Mapping):
        return kept, found
    for path, reason in given.items():
        if path not in warned:
            continue
        words = " ".join(reason.split()) if isinstance(reason, str) else ""
        if _SHORTEST_REASON <= len(words) <= _LONGEST_REASON:
            kept[path] = words
            continue
        text = "причина, по которой предупреждение снято, не указана. Напишите её словами"
        found.append(Problem(f"overrides.{path}", warned[path].label, "error", "override", text))
    return kept, found


def _put(record: dict[str, object], keys: tuple[str, ...], value: object) -> None:
    block: dict[str, Any] = record
    for key in keys[:-1]:
        inner = block.get(key)
        if type(inner) is not dict:
            inner = block[key] = {}
        block = inner
    block[keys[-1]] = value
