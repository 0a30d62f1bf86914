"""Reading situations.toml and complex.toml: which services go together, and which never do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from forms.catalogue.language import read_condition
from forms.catalogue.table import Table
from forms.situations import COMPUTED, OFFICE, OFFICE_FACTS, ComplexRules, Situation, Step
from forms.spec import Service

Report = Callable[[str, str], None]


def read_situations(table: Table) -> tuple[Situation, ...]:
    """Read life situations; each step may only need steps before it, so there are no circles."""
    situations: list[Situation] = []
    for one in table.tables("situation"):
        name = one.text("name", required=True)
        if name in {other.name for other in situations}:
            one.wrong("name", "имя ситуации повторяется")
        steps: list[Step] = []
        for step in one.tables("step"):
            read = _read_step(step)
            earlier = [other.service for other in steps]
            if read.service in earlier:
                step.wrong("service", f"услуга «{read.service}» повторяется")
            for needed in read.after:
                if needed not in earlier:
                    step.wrong("after", f"шага «{needed}» выше нет")
            steps.append(read)
        if not steps:
            one.wrong("step", "в ситуации нет ни одной услуги")
        situations.append(
            Situation(
                name=name,
                title=one.text("title", required=True),
                steps=tuple(steps),
                keywords=one.words("keywords"),
                verify=one.text("verify"),
            )
        )
        one.close()
    table.close()
    return tuple(situations)


def _read_step(table: Table) -> Step:
    step = Step(
        service=table.text("service", required=True),
        after=table.words("after"),
        optional=table.flag("optional"),
        when=table.text("when"),
        relevant=read_condition(table, "relevant"),
        ask=table.text("ask"),
    )
    if step.ask and not step.ask.endswith("?"):
        table.wrong("ask", "вопрос заявителю кончается знаком «?»")
    if step.relevant is not None and not step.when:
        table.wrong("when", "условие relevant объясняют словами в when")
    table.close()
    return step


def wire_steps(
    situations: Iterable[Situation],
    services: Mapping[str, Service],
    paths: Iterable[str],
    report: Report,
) -> None:
    """Report conditions of steps that ask what nobody knows."""
    known = {*paths, *COMPUTED, *(f"{OFFICE}.{one}" for one in OFFICE_FACTS)}
    for situation in situations:
        answers = {
            f"{step.service}.{field.name}"
            for step in situation.steps
            if step.service in services
            for field in services[step.service].fields
        }
        for step in situation.steps:
            names = step.relevant.names if step.relevant is not None else ()
            for name in sorted(name for name in names if name not in known | answers):
                where = f"situation «{situation.name}»: step {step.service}, relevant"
                report(where, f"«{name}» неизвестно: не заявитель, не офис, не ответ ситуации")


def read_complex(table: Table) -> ComplexRules:
    """Read what a complex request may not hold: [[excluded]] with services and why."""
    excluded: dict[str, str] = {}
    for one in table.tables("excluded"):
        why = one.text("why", required=True)
        for slug in one.words("services"):
            if slug in excluded:
                one.wrong("services", f"услуга «{slug}» названа дважды")
            excluded[slug] = why
        one.close()
    rules = ComplexRules(excluded, table.text("verify"))
    table.close()
    return rules


def wire_services(
    named: Iterable[str], services: Mapping[str, Service], where: str, report: Report
) -> None:
    """Report services a file names and the catalogue has not."""
    for slug in dict.fromkeys(named):
        if slug not in services:
            report(where, f"услуги «{slug}» в каталоге нет")
