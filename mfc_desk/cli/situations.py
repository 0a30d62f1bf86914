"""`situations`: life situations, and what a complex request of some services would come to."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mfc_desk.cli.frame import Call, Commands, command, group
from mfc_desk.errors import DONE, ComplexRefused, UnknownBundle, UnknownService

if TYPE_CHECKING:
    from forms.catalogue import Catalogue


def add(commands: Commands) -> None:
    """Add the group."""
    situations = group(commands, "situations", help="жизненные ситуации и комплексный запрос")
    command(situations, "list", help="показать жизненные ситуации", run=run_list)
    showing = command(situations, "show", help="показать услуги ситуации по порядку", run=run_show)
    showing.add_argument("name", metavar="NAME", help="обозначение ситуации")
    planning = command(
        situations, "complex", help="рассчитать комплексный запрос (210-ФЗ, ст. 15.1)", run=run_plan
    )
    planning.add_argument("slugs", metavar="SLUG", nargs="+", help="обозначения услуг")
    sample = command(
        situations, "example", help="образец комплексного запроса для intake", run=run_example
    )
    sample.add_argument("slugs", metavar="SLUG", nargs="+", help="обозначения услуг")
    sample.add_argument("--seed", metavar="N", type=int, default=0, help="другой образец")


def _catalogue(call: Call) -> Catalogue:
    from mfc_desk.catalogues.published import catalogue_of

    return catalogue_of(call.home)


def run_list(call: Call, _arguments: argparse.Namespace) -> int:
    """Print a line a situation: each service of one becomes a request of its own."""
    rows = [
        {
            "name": one.name,
            "title": one.title,
            "services": [step.service for step in one.steps],
            "verify": one.verify,
        }
        for one in _catalogue(call).situations
    ]
    text = "\n".join(
        f"{row['name']:<14} {row['title']}: услуг {len(row['services'])}" for row in rows
    )
    call.answer(rows, text)
    return DONE


def run_show(call: Call, arguments: argparse.Namespace) -> int:
    """Print the services of a situation in order, with what each waits for and whom it fits."""
    catalogue = _catalogue(call)
    situation = catalogue.situation(arguments.name)
    if situation is None:
        raise UnknownBundle(
            f"Жизненной ситуации «{arguments.name}» в каталоге нет: situations list."
        )
    steps = [
        {
            "service": step.service,
            "short": catalogue.services[step.service].short
            if step.service in catalogue.services
            else None,
            "after": list(step.after),
            "optional": step.optional,
            "when": step.when,
            "decided": step.relevant is not None,
            "ask": step.ask if step.relevant is not None else step.question,
            "complex": _refusal(catalogue, step.service),
        }
        for step in situation.steps
    ]
    lines = [f"{situation.title}: каждая услуга — отдельное обращение"]
    lines += [_step_line(number, step) for number, step in enumerate(steps, start=1)]
    call.answer(
        {"name": situation.name, "title": situation.title, "steps": steps}, "\n".join(lines)
    )
    return DONE


def _refusal(catalogue: Catalogue, slug: str) -> str | None:
    service = catalogue.services.get(slug)
    return catalogue.complex_rules.refusal(service) if service else None


def _step_line(number: int, step: dict[str, Any]) -> str:
    said = [
        f"после {', '.join(step['after'])}" if step["after"] else "сразу",
        "по желанию" if step["optional"] else "",
        step["when"] + (" (решается по данным)" if step["decided"] else ""),
        f"спросить: «{step['ask']}»" if step["ask"] else "",
    ]
    name = step["short"] or "нет в каталоге"
    return f"{number:>2}. {step['service']:<16} {name}: {', '.join(one for one in said if one)}"


def _chosen(catalogue: Catalogue, slugs: Sequence[str]) -> list[str]:
    """The services of a complex request, each once. Raises UnknownService, ComplexRefused."""
    from forms.situations import LEAST

    chosen = list(dict.fromkeys(slugs))
    if any(slug not in catalogue.services for slug in chosen):
        raise UnknownService
    refused = [f"{slug} — {why}" for slug in chosen if (why := _refusal(catalogue, slug))]
    if refused or len(chosen) < LEAST:
        raise ComplexRefused(
            f"В комплексный запрос не входят: {'; '.join(refused)}."
            if refused
            else "В комплексном запросе две услуги или больше. Добавьте услугу."
        )
    return chosen


def run_example(call: Call, arguments: argparse.Namespace) -> int:
    """Print a complex request of made-up people that `intake` takes as it is."""
    from forms.example import complex_example

    catalogue = _catalogue(call)
    services = [catalogue.services[slug] for slug in _chosen(catalogue, arguments.slugs)]
    today = call.clock.now().astimezone().date()
    try:
        made = complex_example(services, catalogue, today, arguments.seed)
    except ValueError as error:
        raise ComplexRefused(f"Образца нет: {error}. Выберите другие услуги.") from error
    call.say(json.dumps(made, ensure_ascii=False))
    return DONE


def run_plan(call: Call, arguments: argparse.Namespace) -> int:
    """Print the order, the limits and the day to forward by, counted from today."""
    from forms.situations import order_of, plan

    catalogue = _catalogue(call)
    chosen = _chosen(catalogue, arguments.slugs)
    ordered = [
        (catalogue.services[slug], after) for slug, after in order_of(chosen, catalogue.situations)
    ]
    today = call.clock.now().astimezone().date()
    found = plan(ordered, today, catalogue.calendar(), as_of=catalogue.as_of)
    parts: list[dict[str, Any]] = [
        {
            "service": part.service.slug,
            "after": [found.parts[one].service.slug for one in part.after],
            "office_on": part.deadlines.office_on.isoformat(),
            "provisional": part.deadlines.provisional,
        }
        for part in found.parts
    ]
    lines = ["Один комплексный запрос; это не жизненная ситуация."]
    lines += [
        f"{number:>2}. {part['service']:<16} "
        f"{'после ' + ', '.join(part['after']) if part['after'] else 'сразу'}, "
        f"в МФЦ до {_day(part['office_on'])}{' (предварительно)' if part['provisional'] else ''}"
        for number, part in enumerate(parts, start=1)
    ]
    lines.append(
        f"Передать в органы до {found.forward_by:%d.%m.%Y}, "
        f"все результаты до {found.limit_on:%d.%m.%Y}."
    )
    call.answer(
        {
            "parts": parts,
            "forward_by": found.forward_by.isoformat(),
            "limit_on": found.limit_on.isoformat(),
        },
        "\n".join(lines),
    )
    return DONE


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d.%m.%Y}"
