"""Checking that names inside a catalogue lead somewhere and never in a circle."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from forms.condition import Clause, Condition
from forms.constraints import SEPARATOR, is_number
from forms.duty import EXEMPTION
from forms.kinds import kind_of
from forms.spec import Constraint, Field, Service

Report = Callable[[str, str], None]

COMPUTED = frozenset({"applicant.age", "request.date", "representative"})
_COMPUTED_TYPES = {"applicant.age": "integer", "request.date": "date"}
RESERVED = frozenset({"applicant", "representative"})
_BOUND_RULES = ("not_after", "not_before", "before", "after")
_DATE_RULES = (*_BOUND_RULES, "within_days_before", "age_from", "age_under")
_DATE_TYPES = ("date", "datetime")
_NUMBER_RULES = ("min", "max", "gt", "lt")
_CHOSEN_RULES = ("min_chosen", "max_chosen", "alone", "apart")
_NUMBER_TYPES = ("integer", "decimal", "money")
# A block's field whose shape is settled by the document or the kind of applicant at hand.
_SHAPED = frozenset(
    {
        ("document_series", "passport_series"),
        ("document_number", "passport_number"),
        ("inn12", "inn10"),
    }
)
_MONEY_TYPES = ("money", "integer")
_FACTOR_TYPES = ("integer", "fraction")


def wire_fields(
    fields: tuple[Field, ...], known: Mapping[str, Field], prefix: str, report: Report
) -> None:
    """Report duplicate and reserved names, dangling and cyclic conditions, wrong constraints."""
    seen: set[str] = set()
    for field in fields:
        where = f"field «{field.name}»"
        if field.name in seen:
            report(where, "имя поля повторяется")
        if not prefix and field.name in RESERVED:
            report(where, "имя занято: так называется раздел обращения")
        seen.add(field.name)
        for key, condition in (("relevant", field.relevant), ("required", field.required_when)):
            wire_condition(condition, known, f"{where}: {key}", report)
        _wire_constraints(field, known, where, report)
        if field.same_as:
            _wire_twin(field, known, where, report)
        _wire_default(field, where, report)
        if field.rows:
            _wire_rows(field, known, where, report)
    own = {f"{prefix}{field.name}": field for field in fields}
    for circle in _circles(own):
        names_of = " → ".join(circle)
        report(f"field «{circle[0]}»: relevant", f"условия замкнуты в круг: {names_of}")


def _wire_rows(field: Field, known: Mapping[str, Field], where: str, report: Report) -> None:
    """Report the same of the columns of a repeat: they see each other and the form around."""
    names = [cell.name for cell in field.rows]
    for name in sorted({name for name in names if names.count(name) > 1}):
        report(f"{where}, field «{name}»", "имя столбца повторяется")
    seen = dict(known) | {cell.name: cell for cell in field.rows}
    for cell in field.rows:
        place = f"{where}, field «{cell.name}»"
        for key, condition in (("relevant", cell.relevant), ("required", cell.required_when)):
            wire_condition(condition, seen, f"{place}: {key}", report)
        _wire_constraints(cell, seen, place, report)
        _wire_default(cell, place, report)
        if cell.same_as:
            report(f"{place}: same_as", "у столбца не бывает")


def wire_service(service: Service, blocks: Mapping[str, Field], report: Report) -> None:
    """Report what does not hold together inside one service."""
    known = dict(blocks) | {field.name: field for field in service.fields}
    wire_fields(service.fields, known, "", report)
    _wire_twins(service, report)
    exemptions = {one.title for duty in service.duties for one in duty.exempt}
    seen: set[str] = set()
    for document in service.documents:
        where = f"document «{document.name}»"
        if document.name in seen:
            report(where, "имя документа повторяется")
        seen.add(document.name)
        wire_condition(document.relevant, known, f"{where}: relevant", report)
        _wire_exemption(document.relevant, exemptions, f"{where}: relevant", report)
    variants: set[tuple[str, object]] = set()
    for duty in service.duties:
        where = f"duty «{duty.variant}»"
        if (duty.variant, duty.valid_from) in variants:
            report(where, "вариант повторяется с той же даты")
        variants.add((duty.variant, duty.valid_from))
        wire_condition(duty.relevant, known, f"{where}: relevant", report)
        for key, name in (("of", duty.of), ("at_least_of", duty.at_least_of)):
            if name and (name not in known or known[name].type not in _MONEY_TYPES):
                report(f"{where}: {key}", f"денежного поля «{name}» нет")
        if duty.times and (duty.times not in known or known[duty.times].type not in _FACTOR_TYPES):
            report(f"{where}: times", f"целого числа или доли «{duty.times}» нет")
    if not service.documents:
        report("document", "нет ни одного документа")
    names = [section.name for section in service.sections]
    for name in sorted({name for name in names if names.count(name) > 1}):
        report(f"section «{name}»", "имя раздела повторяется")


def wire_condition(
    condition: Condition | None, known: Mapping[str, Field], where: str, report: Report
) -> None:
    """Report names that lead nowhere and values a field can never have."""
    if condition is None:
        return
    for test in (test for table in condition.any_of for test in table):
        field = known.get(test.name)
        if test.operator in ("lt", "gt", "le", "ge"):
            _wire_order(test, field, where, report)
        if field is None:
            if test.name not in COMPUTED:
                report(where, f"поля «{test.name}» нет")
            continue
        if test.operator not in ("is", "not", "all"):
            continue
        codes = {choice.code for choice in field.choices}
        for value in test.values:
            if field.type == "bool" and not isinstance(value, bool):
                report(where, f"«{test.name}» — да или нет: пишется true или false")
            elif codes and value not in codes:
                report(where, f"у поля «{test.name}» нет варианта «{value}»")


def _wire_exemption(
    condition: Condition | None, titles: Collection[str], where: str, report: Report
) -> None:
    """Report a paper of an exemption that no line of the tariff has: nobody is asked for it."""
    for test in (test for table in condition.any_of for test in table) if condition else ():
        if test.name == EXEMPTION and test.operator != "given":
            for value in test.values:
                if value not in titles:
                    report(where, f"льготы «{value}» в тарифе услуги нет")


def _wire_order(test: Clause, field: Field | None, where: str, report: Report) -> None:
    """Report a bound that is not of the kind of what it bounds."""
    kind = field.type if field else _COMPUTED_TYPES.get(test.name, "")
    dated = str(test.values[0])[4:5] == "-"
    if kind and kind not in (("date",) if dated else _NUMBER_TYPES):
        report(where, f"«{test.name}» с «{test.values[0]}» по порядку не сравнивается")


def _wire_constraints(field: Field, known: Mapping[str, Field], where: str, report: Report) -> None:
    for rule in field.constraints:
        place = f"{where}: constraint"
        if rule.operator in _DATE_RULES and field.type not in _DATE_TYPES:
            report(place, f"{rule.operator} бывает только у даты")
        elif rule.operator in _NUMBER_RULES and field.type not in _NUMBER_TYPES:
            report(place, f"{rule.operator} бывает только у числа и суммы")
        elif rule.operator in _CHOSEN_RULES and field.type != "select_multiple":
            report(place, f"{rule.operator} бывает только у нескольких вариантов")
        elif rule.operator not in _CHOSEN_RULES and field.type == "select_multiple":
            report(place, f"{rule.operator} не бывает у нескольких вариантов")
        _wire_named(rule, field, known, place, report)
        _wire_across(field, rule, known, place, report)
        bound = rule.bound
        if rule.operator not in _BOUND_RULES or not isinstance(bound, str) or bound == "today":
            continue
        if not bound[:1].isdigit() and (bound not in known or known[bound].type != "date"):
            report(place, f"{rule.operator}: поля-даты «{bound}» нет")


def _wire_named(
    rule: Constraint, field: Field, known: Mapping[str, Field], place: str, report: Report
) -> None:
    """Report a bound that names a choice or a number that is not there."""
    if rule.operator in ("alone", "apart"):
        codes = {choice.code for choice in field.choices}
        for code in str(rule.bound).split(SEPARATOR):
            if code not in codes:
                report(place, f"{rule.operator}: варианта «{code}» нет")
    if rule.operator in _NUMBER_RULES and not is_number(rule.bound):
        other = known.get(str(rule.bound))
        if other is None or other.type not in _NUMBER_TYPES:
            report(place, f"{rule.operator}: поля-числа «{rule.bound}» нет")


def _wire_across(
    field: Field, rule: Constraint, known: Mapping[str, Field], where: str, report: Report
) -> None:
    """Report a constraint that looks at other fields and finds there none of the type it needs."""
    bound = str(rule.bound)
    if rule.operator == "equals" and field.type != "bool":
        report(where, "equals бывает только у ответа «да» или «нет»")
    elif rule.operator == "bank":
        _wire_kin(field, "bank_account", bound, known.get(bound), "bic", where, report)
    elif rule.operator == "count_of":
        _wire_kin(field, "integer", bound, known.get(bound), "repeat", where, report)
    elif rule.operator == "sum_of":
        repeat, _, column = bound.partition(".")
        cells = {cell.name: cell for cell in known[repeat].rows} if repeat in known else {}
        _wire_kin(field, "money", bound, cells.get(column), "money", where, report)
    elif rule.operator == "whole":
        side, _, column = bound.rpartition(".")
        cells = {cell.name: cell for cell in field.rows}
        _wire_kin(field, "repeat", column, cells.get(column), "fraction", where, report)
        if side and side not in cells:
            report(where, f"столбца «{side}» нет")


def _wire_kin(
    field: Field,
    wanted: str,
    name: str,
    other: Field | None,
    other_type: str,
    where: str,
    report: Report,
) -> None:
    if field.type != wanted:
        report(where, f"здесь нужен тип {wanted}")
    if other is None or other.type != other_type:
        report(where, f"поля «{name}» типа {other_type} нет")


def _wire_twin(field: Field, known: Mapping[str, Field], where: str, report: Report) -> None:
    source = known.get(field.same_as)
    if source is None or "." not in field.same_as:
        report(f"{where}: same_as", f"поля «{field.same_as}» в разделах обращения нет")
    elif source.type != field.type and (source.type, field.type) not in _SHAPED:
        report(f"{where}: same_as", f"типы не совпадают: {field.type} и {source.type}")


def _wire_twins(service: Service, report: Report) -> None:
    twins = [field.same_as for field in service.fields if field.same_as]
    for path in sorted({path for path in twins if twins.count(path) > 1}):
        report(f"field «{path}»: same_as", "два поля заменены одним и тем же")


def _wire_default(field: Field, where: str, report: Report) -> None:
    for key, text in (("default", field.default), ("example", field.example)):
        if not text or field.type == "repeat":
            continue
        try:
            kind_of(field).read(text)
        except ValueError as refusal:
            report(f"{where}: {key}", f"«{text}» не подходит: {refusal}")


def _circles(fields: Mapping[str, Field]) -> Iterator[list[str]]:
    """Give each circle of relevant conditions once, from where it is entered."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> Iterator[list[str]]:
        if name in path:
            yield [*path[path.index(name) :], name]
            return
        if name in done or name not in fields:
            return
        condition = fields[name].relevant
        for needed in sorted(condition.names) if condition else ():
            yield from walk(needed, [*path, name])
        done.add(name)

    for name in fields:
        yield from walk(name, [])


def valid_slug(slug: str) -> bool:
    """Tell whether a file name may be a service's slug."""
    return re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) is not None
