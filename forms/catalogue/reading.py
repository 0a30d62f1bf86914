"""Reading services, sections, fields, documents, terms and duties out of TOML tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import cast

from forms.catalogue.language import read_condition, read_constraints
from forms.catalogue.table import Table
from forms.kinds import KINDS
from forms.spec import (
    Choice,
    DocumentForm,
    DocumentSource,
    DocumentSpec,
    Duty,
    DutyKind,
    Exemption,
    Field,
    IdentityDocument,
    Offline,
    Section,
    Service,
    Severity,
    Term,
    TermStart,
    TermUnit,
)

Lists = Mapping[str, tuple[Choice, ...]]

APPLICANTS = ("person", "sole-trader", "organisation", "representative", "legal-representative")
OFFICES = ("district", "flagship", "mobile", "home")
_TYPES = (*KINDS, "repeat")
_WITH_CHOICES = ("select_one", "select_multiple")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BLOCK_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_DOCUMENT_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_PAIR = 2


def read_service(table: Table, slug: str, lists: Lists) -> Service:
    """Read one service file; the slug it names must be that of the file."""
    if table.text("slug", required=True) not in ("", slug):
        table.wrong("slug", f"не совпадает с именем файла {slug}.toml")
    applicants = table.words("applicants", APPLICANTS)
    if not applicants:
        table.wrong("applicants", f"нет заявителей. Допустимо: {', '.join(APPLICANTS)}")
    offline = table.word("offline", ("full", "deferred", "online-only"))
    why = table.text("offline_why")
    if offline != "full" and not why:
        table.wrong("offline_why", f"нет причины, а offline = «{offline}»")
    scans_first, scans_first_why = table.flag("scans_first"), table.text("scans_first_why")
    if scans_first is not bool(scans_first_why):
        table.wrong(
            "scans_first_why", "причина пишется тогда и только тогда, когда scans_first = true"
        )
    service = Service(
        slug=slug,
        version=table.whole("version", required=True, least=1, default=1),
        title=table.text("title", required=True),
        short=table.text("short", required=True),
        group=table.text("group"),
        authority=table.text("authority", required=True),
        keywords=table.words("keywords"),
        applicants=applicants,
        offices=table.words("offices", OFFICES) or OFFICES,
        offline=cast("Offline", offline),
        offline_why=why,
        extraterritorial=table.flag("extraterritorial"),
        cross_region=table.flag("cross_region"),
        appointment=table.flag("appointment"),
        scans_first=scans_first,
        scans_first_why=scans_first_why,
        limits=table.text("limits"),
        note=table.text("note"),
        result=table.text("result", required=True),
        verify=table.text("verify"),
        min_age=table.whole("min_age"),
        expired_identity=cast(
            "Severity", table.word("expired_identity", ("error", "warning"), "error")
        ),
        popularity=table.whole("popularity"),
        valid_from=table.day("valid_from"),
        valid_to=table.day("valid_to"),
        superseded_by=table.text("superseded_by"),
        term=_read_term(table),
        duties=tuple(_read_duty(one) for one in table.tables("duty")),
        sections=tuple(read_sections(table, lists)),
        documents=tuple(_read_document(one) for one in table.tables("document")),
    )
    if service.valid_from and service.valid_to and service.valid_to < service.valid_from:
        table.wrong("valid_to", "раньше, чем valid_from")
    table.close()
    return service


def read_sections(table: Table, lists: Lists, *, block: bool = False) -> list[Section]:
    """Read the sections of a service or of a block; names of a block's fields may hold a dot."""
    sections: list[Section] = []
    for number, one in enumerate(table.tables("section"), start=1):
        fields = tuple(_read_field(field, lists, block=block) for field in one.tables("field"))
        if not fields:
            one.wrong("field", "в разделе нет ни одного поля")
        name = one.text("name") or f"section-{number}"
        sections.append(Section(name, one.text("label", required=True), fields))
        one.close()
    if not sections:
        table.wrong("section", "нет ни одного раздела")
    return sections


def _read_field(table: Table, lists: Lists, *, block: bool = False) -> Field:
    name = table.text("name", required=True)
    if name and not (_BLOCK_NAME if block else _NAME).fullmatch(name):
        table.wrong("name", f"«{name}»: имя поля — латинские строчные буквы, цифры и _")
    kind = table.word("type", _TYPES)
    required, required_when = table.raw("required"), None
    if isinstance(required, dict | list):
        required_when = read_condition(table, "required")
    elif required is not None and not isinstance(required, bool):
        table.wrong("required", "нужно true, false или условие")
    rows = tuple(_read_field(one, lists) for one in table.tables("field"))
    if (kind == "repeat") is not bool(rows):
        table.wrong("field", "строки [[…field.field]] бывают у типа repeat и нужны ему")
    least, most = table.whole("min"), table.whole("max")
    if any(row.type == "repeat" for row in rows):
        table.wrong("field", "в строке повтора другого повтора не бывает")
    if most and most < least:
        table.wrong("max", "меньше, чем min")
    field = Field(
        name=name,
        label=table.text("label", required=True),
        type=kind,
        hint=table.text("hint"),
        required=required is True,
        required_when=required_when,
        required_message=table.text("required_message"),
        choices=_read_choices(table, lists, kind),
        relevant=read_condition(table, "relevant"),
        constraints=read_constraints(table),
        max_length=table.whole("max_length"),
        same_as=table.text("same_as"),
        default=table.text("default"),
        example=table.text("example"),
        verify=table.text("verify"),
        rows=rows,
        min_rows=least,
        max_rows=most,
    )
    table.close()
    return field


def _read_choices(table: Table, lists: Lists, kind: str) -> tuple[Choice, ...]:
    value = table.raw("choices")
    if kind not in _WITH_CHOICES:
        if value is not None:
            table.wrong("choices", f"у типа {kind} вариантов не бывает")
        return ()
    if value is None:
        table.wrong("choices", f"нет вариантов, а тип {kind}")
        return ()
    if isinstance(value, str):
        if value not in lists:
            known = ", ".join(sorted(lists))
            table.wrong("choices", f"списка «{value}» нет. Есть: {known}")
        return lists.get(value, ())
    return read_choice_list(table, "choices", value)


def read_choice_list(table: Table, key: str, value: object) -> tuple[Choice, ...]:
    """Read [["code", "label"], …]: codes and labels are unique, labels hold no semicolon."""
    pairs = value if isinstance(value, list) else []
    choices: list[Choice] = []
    for pair in pairs:
        if (
            not isinstance(pair, list)
            or len(pair) != _PAIR
            or not all(isinstance(one, str) and one.strip() for one in pair)
        ):
            table.wrong(key, '«вариант» пишется так: ["код", "Название"]')
            continue
        choices.append(Choice(pair[0], pair[1]))
    if not choices:
        table.wrong(key, "список вариантов пуст")
    codes, labels = set[str](), set[str]()
    for choice in choices:
        if choice.code in codes:
            table.wrong(key, f"код «{choice.code}» повторяется")
        if choice.label.casefold() in labels:
            table.wrong(key, f"название «{choice.label}» повторяется")
        if ";" in choice.label:
            table.wrong(key, f"в названии «{choice.label}» не бывает точки с запятой")
        codes.add(choice.code)
        labels.add(choice.label.casefold())
    return tuple(choices)


def _read_document(table: Table) -> DocumentSpec:
    name = table.text("name", required=True)
    if name and not _DOCUMENT_NAME.fullmatch(name):
        table.wrong("name", f"«{name}»: имя документа — латинские строчные буквы, цифры, _ и -")
    spec = DocumentSpec(
        name=name,
        title=table.text("title", required=True),
        form=cast("DocumentForm", table.word("form", ("original", "copy"), "original")),
        by=cast("DocumentSource", table.word("by", ("applicant", "smev"), "applicant")),
        returned=table.flag("returned"),
        required=table.flag("required"),
        relevant=read_condition(table, "relevant"),
        hint=table.text("hint"),
        verify=table.text("verify"),
    )
    if spec.by == "smev" and spec.required:
        table.wrong("required", "документ из СМЭВ нельзя требовать (210-ФЗ, ст. 7)")
    table.close()
    return spec


def _read_term(service: Table) -> Term:
    table = service.table("term")
    if table is None:
        service.wrong("term", "нет срока услуги [term]")
        return Term(1, "working", "registration")
    term = Term(
        days=table.whole("days", required=True, default=1),
        unit=cast("TermUnit", table.word("unit", ("working", "calendar", "month"))),
        starts=cast(
            "TermStart",
            table.word("starts", ("mfc-acceptance", "registration", "authority-receipt")),
        ),
        transfer_days=table.whole("transfer_days"),
        rolls=not table.flag("fixed"),
        verify=table.text("verify"),
    )
    table.close()
    return term


def _read_duty(table: Table) -> Duty:
    kind = table.word("kind", ("duty", "fee", "free"), "duty")
    kopecks = table.whole("kopecks") if "kopecks" in table.data else None
    percent = table.text("percent")
    duty = Duty(
        kind=cast("DutyKind", kind),
        variant=table.text("variant", required=True),
        label=table.text("label"),
        kopecks=0 if kind == "free" else kopecks,
        percent=percent,
        of=table.text("of"),
        at_least_of=table.text("at_least_of"),
        times=table.text("times"),
        min_kopecks=table.whole("min_kopecks"),
        max_kopecks=table.whole("max_kopecks"),
        relevant=read_condition(table, "relevant"),
        exempt=_read_exempt(table),
        basis=table.text("basis"),
        valid_from=table.day("valid_from"),
        valid_to=table.day("valid_to"),
        verify=table.text("verify"),
    )
    if kopecks is None and not percent and kind != "free" and not duty.verify:
        table.wrong("kopecks", "нет суммы. Укажите kopecks, percent или verify")
    if duty.valid_from and duty.valid_to and duty.valid_to < duty.valid_from:
        table.wrong("valid_to", "раньше, чем valid_from")
    if percent and not _is_number(percent):
        table.wrong("percent", "нужна доля вида 0.0002")
    if bool(percent) is not bool(duty.of):
        table.wrong("of", "percent и of пишутся вместе")
    table.close()
    return duty


def _read_exempt(table: Table) -> tuple[Exemption, ...]:
    """Read who pays less: texts, who pays nothing, or tables with what is paid and when."""
    value = table.data.get("exempt")
    if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
        return tuple(Exemption(one) for one in table.words("exempt"))
    found = []
    for one in table.tables("exempt"):
        found.append(
            Exemption(
                one.text("title", required=True),
                one.whole("kopecks"),
                one.day("valid_from"),
                one.day("valid_to"),
            )
        )
        one.close()
    return tuple(found)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False


def read_identity(table: Table) -> IdentityDocument:
    """Read one kind of identity document of identity.toml."""
    types = tuple(KINDS)
    found = IdentityDocument(
        name=table.text("name", required=True),
        title=table.text("title", required=True),
        code=table.text("code", required=True),
        series=_pattern(table, "series"),
        number=_pattern(table, "number"),
        series_type=table.word("series_type", types, "document_series"),
        number_type=table.word("number_type", types, "document_number"),
        series_example=table.text("series_example"),
        number_example=table.text("number_example"),
        needs_code=table.flag("needs_code"),
        verify=table.text("verify"),
    )
    if not found.number:
        table.wrong("number", "нет образца номера")
    table.close()
    return found


def _pattern(table: Table, key: str) -> str:
    pattern = table.text(key)
    try:
        re.compile(pattern)
    except re.error:
        table.wrong(key, f"«{pattern}» — не регулярное выражение")
        return ""
    return pattern
