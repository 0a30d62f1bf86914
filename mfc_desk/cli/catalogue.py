"""`catalogue`: the services this desk may take, their schemas and examples."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.authoring import add_authoring
from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, PROBLEMS, UnknownService, UsageError

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.spec import Duty, Field, Section, Service

_OFFLINE = {
    "full": "принимается целиком",
    "deferred": "принимается, результат позже",
    "online-only": "не принимается, нужна связь",
}
_REPRESENTED = {
    "representative": "представитель по доверенности",
    "legal-representative": "законный представитель",
}


def add(commands: Commands) -> None:
    """Add the group."""
    catalogue = group(commands, "catalogue", help="каталог услуг")
    listing = command(catalogue, "list", help="показать услуги, найти по словам", run=run_list)
    listing.add_argument(
        "words", metavar="WORD", nargs="*", help="что за услуга: «соцкарту потеряла», «прописка»"
    )
    showing = command(catalogue, "show", help="показать услугу целиком", run=run_show)
    checking = command(catalogue, "check", help="проверить файлы каталога", run=run_check)
    checking.add_argument("folder", metavar="DIR", nargs="?", type=Path, help="папка каталога")
    schema = command(catalogue, "schema", help="JSON Schema документа приёма", run=run_schema)
    sample = command(catalogue, "example", help="пример документа приёма", run=run_example)
    sample.add_argument("--seed", metavar="N", type=int, default=0, help="другой пример")
    for one in (showing, schema, sample):
        one.add_argument("slug", metavar="SLUG", help="обозначение услуги")
        one.add_argument(
            "--dir", dest="folder", metavar="DIR", type=Path, help="папка каталога вместо своего"
        )
    add_authoring(catalogue)


def _catalogue(call: Call) -> Catalogue:
    from mfc_desk.catalogues.published import catalogue_of

    return catalogue_of(call.home)


def _service(call: Call, arguments: argparse.Namespace) -> tuple[Catalogue, Service]:
    from forms.catalogue import load

    folder: Path | None = arguments.folder
    _require_folder(folder)
    catalogue = load(folder) if folder is not None else _catalogue(call)
    service = catalogue.services.get(arguments.slug)
    if service is None:
        raise UnknownService
    return catalogue, service


def _require_folder(folder: Path | None) -> None:
    if folder is not None and not folder.is_dir():
        raise UsageError(f"Папки нет: {folder}. Проверьте путь.")


def run_list(call: Call, arguments: argparse.Namespace) -> int:
    """Print a line a service; those that words find first, in any order and form."""
    from forms.term import term_text
    from mfc_desk.intake.services import sums_text

    today = call.clock.now().astimezone().date()
    services = _catalogue(call).search(" ".join(arguments.words))
    rows = [
        {
            "slug": one.slug,
            "version": one.version,
            "short": one.short,
            "title": one.title,
            "authority": one.authority,
            "term": term_text(one.term),
            "duty": sums_text(one.duties, today),
            "offline": one.offline,
            "offices": list(one.offices),
        }
        for one in services
    ]
    text = "\n".join(
        f"{row['slug']:<16} {row['short']}: {row['term']}, {row['duty']}" for row in rows
    )
    call.answer(rows, text or "Такой услуги нет. Назовите её иначе или короче.")
    return DONE


def run_show(call: Call, arguments: argparse.Namespace) -> int:
    """Print everything of one service."""
    from forms.term import term_text
    from mfc_desk.intake.services import sums_text

    catalogue, service = _service(call, arguments)
    told: dict[str, Any] = {
        "slug": service.slug,
        "version": service.version,
        "title": service.title,
        "short": service.short,
        "authority": service.authority,
        "applicants": list(service.applicants),
        "offices": list(service.offices),
        "offline": service.offline,
        "offline_why": service.offline_why,
        "scans_first": service.scans_first,
        "scans_first_why": service.scans_first_why,
        "term": term_text(service.term),
        "duty": sums_text(service.duties, call.clock.now().astimezone().date()),
        "tariff": [_tariff(one) for one in service.duties],
        "limits": service.limits,
        "keywords": list(service.keywords),
        "result": service.result,
        "verify": service.verify,
        "sections": [_section(one) for one in service.sections],
        "documents": [
            {
                "name": one.name,
                "title": one.title,
                "form": one.form,
                "by": one.by,
                "required": one.required,
                "conditional": one.relevant is not None,
            }
            for one in service.documents
        ],
    }
    call.answer(told, _show_text(told, _whereabouts(catalogue, service)))
    return DONE


def _tariff(duty: Duty) -> dict[str, Any]:
    """A line of the tariff, in force or not, with who pays less by it."""
    from forms.duty import duty_text

    return {
        "variant": duty.variant,
        "label": duty.label,
        "sum": duty_text(duty),
        "valid_from": duty.valid_from.isoformat() if duty.valid_from else None,
        "valid_to": duty.valid_to.isoformat() if duty.valid_to else None,
        "exempt": [one.title for one in duty.exempt],
    }


def _whereabouts(catalogue: Catalogue, service: Service) -> list[str]:
    """Who may ask for a service, where it is taken and whether without a link."""
    kinds = {one.code: one.label for one in catalogue.choices("people.kind")}
    who = [kinds.get(one, _REPRESENTED.get(one, one)) for one in service.applicants]
    places = catalogue.office_kinds
    where = [places[one].title if one in places else one for one in service.offices]
    why = f": {service.offline_why}" if service.offline_why else ""
    lines = [
        f"Кто обращается: {', '.join(who).lower()}",
        f"Где принимают: {', '.join(where).lower()}",
        f"Без связи: {_OFFLINE[service.offline]}{why}",
    ]
    if service.scans_first:
        lines.append(f"Центр регистрирует только со сканами: {service.scans_first_why}")
    lines += [f"Ограничения: {service.limits}"] if service.limits else []
    return lines + ([f"Результат: {service.result}"] if service.result else [])


def _section(section: Section) -> dict[str, Any]:
    return {"label": section.label, "fields": [_field(one) for one in section.fields]}


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "required": field.required or field.required_when is not None,
        "conditional": field.relevant is not None or field.required_when is not None,
        "choices": [choice.code for choice in field.choices],
    }


def _mark(one: dict[str, Any]) -> str:
    """«*» must be there, «?» must be there with some answers only."""
    return ("?" if one["conditional"] else "*") if one["required"] else " "


def _show_text(told: dict[str, Any], whereabouts: list[str]) -> str:
    lines = [
        f"{told['title']} ({told['slug']}, версия {told['version']})",
        f"Орган: {told['authority']}",
        f"Срок: {told['term']}",
        f"Плата: {told['duty']}",
        *(f"  {_tariff_line(one)}" for one in told["tariff"]),
        *whereabouts,
    ]
    for section in told["sections"]:
        lines.append(f"{section['label']}:")
        lines += [
            f"  {_mark(one)} {one['name']:<16} {one['label']} ({one['type']})"
            for one in section["fields"]
        ]
    lines.append("Документы:")
    lines += [
        f"  {_mark(one)} {one['name']:<16} {one['title']}"
        + (" — запрашивается по СМЭВ" if one["by"] == "smev" else "")
        for one in told["documents"]
    ]
    lines.append("* обязательно, ? обязательно при некоторых ответах")
    return "\n".join(lines)


def run_check(call: Call, arguments: argparse.Namespace) -> int:
    """Load a catalogue whole; every mistake of every file on a line of its own."""
    from forms.catalogue import CatalogueError, load
    from mfc_desk.catalogues.published import newest_folder

    folder = arguments.folder
    if folder is None:
        folder = newest_folder(call.home)
    _require_folder(folder)
    try:
        found = load(folder)
    except CatalogueError as error:
        mistakes = [
            {"file": one.file, "where": one.where, "text": one.text} for one in error.mistakes
        ]
        text = "\n".join([*map(str, error.mistakes), f"Ошибок: {len(mistakes)}."])
        call.answer({"mistakes": mistakes}, text)
        return PROBLEMS
    told = {"version": found.version, "digest": found.digest, "services": len(found.services)}
    call.answer(
        {**told, "mistakes": []},
        f"Ошибок нет: версия {found.version}, услуг {len(found.services)}, "
        f"отпечаток {found.digest[:8]}.",
    )
    return DONE


def run_schema(call: Call, arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of a service's intake document."""
    from forms.schema import json_schema

    catalogue, service = _service(call, arguments)
    call.say(json.dumps(json_schema(service, catalogue), ensure_ascii=False, indent=1))
    return DONE


def run_example(call: Call, arguments: argparse.Namespace) -> int:
    """Print a valid synthetic intake document on one line, as `intake` reads it."""
    from forms.example import example

    catalogue, service = _service(call, arguments)
    today = call.clock.now().astimezone().date()
    made = example(service, catalogue, today, arguments.seed)
    call.say(json.dumps(made, ensure_ascii=False))
    return DONE


def _tariff_line(one: dict[str, Any]) -> str:
    days = [
        f"{word} {date.fromisoformat(one[key]):%d.%m.%Y}"
        for word, key in (("с", "valid_from"), ("по", "valid_to"))
        if one[key]
    ]
    exempt = f"; льготы: {', '.join(one['exempt'])}" if one["exempt"] else ""
    when = f" ({' '.join(days)})" if days else ""
    return f"{one['label'] or one['variant']}{when}: {one['sum']}{exempt}"
