"""A request as a person reads it: every answered field under its section, every paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forms.check import PlacedField, documents_for, visible_fields
from forms.condition import is_given
from forms.doubt import AS_OF
from forms.duty import duty_for, duty_text
from forms.facts import typed_rows
from forms.kinds import kind_of
from forms.papers import DEFECTS
from forms.placing import typed_at
from mfc_desk.intake.powers import shown_power
from mfc_desk.screens.listing import POWER_TONES
from mfc_desk.screens.wording import count_text
from mfc_desk.widgets.pairs_page import Heading, Line, Pair, Remark

if TYPE_CHECKING:
    from datetime import date

    from forms.catalogue import Catalogue
    from forms.spec import Field, Service

FORM_WORDS = {"original": "подлинник", "copy": "копия"}


def answer_text(placed: PlacedField, typed: object) -> str:
    """An answer as it is printed; what does not read stands as typed."""
    return _text_of(placed.field, typed)


def _text_of(field: Field, typed: object) -> str:
    if field.type == "repeat":
        rows = typed_rows(typed)
        cells = (
            ", ".join(_text_of(cell, row[cell.name]) for cell in field.rows if cell.name in row)
            for row in rows
        )
        return "; ".join(f"{number}) {text}" for number, text in enumerate(cells, start=1))
    try:
        kind = kind_of(field)
        return kind.show(kind.read(typed))
    except ValueError:
        return str(typed)


def request_lines(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, Any],
    today: date,
    accepted_on: date | None = None,
) -> tuple[Line, ...]:
    """All sections with their answers, how long a representative may act, the papers, what about
    all this is to be checked.
    """
    lines: list[Line] = []
    heading = ""
    placed_fields = visible_fields(service, catalogue, document, today, accepted_on)
    for placed in placed_fields:
        typed = typed_at(document, placed)
        if not is_given(typed):
            continue
        if placed.section.label != heading:
            heading = placed.section.label
            lines.append(Heading(heading))
        lines.append(Pair(placed.field.label, answer_text(placed, typed)))
    power = shown_power(document, today)
    if power is not None:
        lines += [
            Heading("Срок полномочий"),
            Pair(power.holder, power.text, POWER_TONES[power.state]),
        ]
    papers = list(_papers(service, document))
    if papers:
        lines += [Heading("Документы"), *papers]
    unsure = list(_unsure(service, document, placed_fields, today))
    if unsure:
        lines += [Heading(f"Требует проверки, {AS_OF} {catalogue.as_of}"), *unsure]
    return tuple(lines)


def _unsure(
    service: Service, document: Mapping[str, Any], fields: Sequence[PlacedField], today: date
) -> Iterator[Pair]:
    """What the catalogue is not sure of, each at the fact it belongs to."""
    duty = duty_for(service, document, today)
    yield from _told(
        ("Услуга", service.verify),
        ("Срок", service.term.verify),
        ("Госпошлина или плата", duty.verify if duty is not None else ""),
        *((placed.field.label, placed.field.verify) for placed in fields),
        *((spec.title, spec.verify) for spec in documents_for(service, document, today)),
    )


def _told(*facts: tuple[str, str]) -> Iterator[Pair]:
    return (Pair(label, verify, "$warning") for label, verify in facts if verify)


def draft_lines(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, Any],
    today: date,
    accepted_on: date | None = None,
) -> tuple[Line, ...]:
    """The same of what is not registered yet, with what it will cost.

    `accepted_on` is the day of the request it amends.
    """
    cost = duty_text(duty_for(service, document, accepted_on or today))
    lines = request_lines(service, catalogue, document, today, accepted_on)
    return (*lines, Heading("К оплате"), Pair("Пошлина", cost))


def _papers(service: Service, document: Mapping[str, Any]) -> Iterator[Remark]:
    titles = {spec.name: spec.title for spec in service.documents}
    for entry in document.get("documents") or []:
        title = titles.get(entry.get("name"), str(entry.get("name")))
        if entry.get("promised"):
            yield Remark(
                "…", f"{title} — донесёт до {promised_text(entry['promised'])}", "$warning"
            )
            continue
        sheets = count_text(int(entry.get("sheets") or 1), "лист", "листа", "листов")
        fate = "возвращён" if entry.get("returned") else "в деле"
        form = FORM_WORDS.get(str(entry.get("form")), "")
        if entry.get("defect"):
            yield Remark("✗", f"{title} — {DEFECTS.get(entry['defect'], '?')}", "$error")
            continue
        yield Remark("✓", f"{title} — {form}, экз. {entry.get('copies', 1)}, {sheets}, {fate}")


def promised_text(promised: object) -> str:
    """A day as it is read: 2026-11-30 becomes 30.11.2026, else as typed."""
    year, _, rest = str(promised).partition("-")
    month, _, day = rest.partition("-")
    return f"{day}.{month}.{year}" if day else str(promised)
