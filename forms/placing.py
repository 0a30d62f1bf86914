"""Which fields a document shows, in order, each shaped by the answers around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from forms.doubt import doubt
from forms.facts import Facts, at_path
from forms.spec import Constraint, DocumentSpec, Field, IdentityDocument, Section, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field where it stands: its section, its dotted path, itself as asked here and now."""

    section: Section
    path: str
    field: Field


def visible_fields(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, object],
    today: date | None = None,
) -> tuple[PlacedField, ...]:
    """List the fields to ask: applicant, representative when there is one, form, delivery.

    Each field comes resolved: `required` tells whether it is now, choices and the shapes of an
    identity document's series and number are those of this service and that document.
    Without today a condition on the applicant's age does not hold.
    """
    return place(service, catalogue, document, Facts(service, document, today))


def place(
    service: Service, catalogue: Catalogue, document: Mapping[str, object], facts: Facts
) -> tuple[PlacedField, ...]:
    """Do the work of visible_fields with facts at hand."""
    twins = {field.same_as: field for field in service.fields if field.same_as}
    placed: list[PlacedField] = []
    for section, prefix in _sections(service, catalogue, document, facts):
        for field in section.fields:
            if field.same_as or not facts.relevant(field):
                continue
            path = f"{prefix}.{field.name}"
            asked = _asked(path, field, service, catalogue, facts, twins.get(path))
            if asked is not None:
                placed.append(PlacedField(section, path, asked))
    return tuple(placed)


def _sections(
    service: Service, catalogue: Catalogue, document: Mapping[str, object], facts: Facts
) -> Iterator[tuple[Section, str]]:
    """Walk the sections in the order they are asked, each with the prefix of its paths."""
    organisation = facts.fact("applicant.kind") == "organisation"
    for section in catalogue.blocks["organisation" if organisation else "applicant"]:
        yield section, "applicant"
    if isinstance(document.get("representative"), Mapping):
        for section in catalogue.blocks["representative"]:
            yield section, "representative"
    for section in service.sections:
        yield section, "answers"
    for section in catalogue.blocks["delivery"]:
        yield section, "delivery"


def _asked(
    path: str,
    field: Field,
    service: Service,
    catalogue: Catalogue,
    facts: Facts,
    twin: Field | None,
) -> Field | None:
    """Give the field as it is asked here and now, or None when it is not."""
    asked = _shaped(path, field, service, catalogue, facts)
    if asked is None:
        return None
    if twin is not None and facts.relevant(twin):
        asked = _joined(asked, twin, facts)
    required = facts.required(asked)
    return asked if required is asked.required else replace(asked, required=required)


def documents_for(
    service: Service, document: Mapping[str, object], today: date | None = None
) -> tuple[DocumentSpec, ...]:
    """List the papers this service asks for with these answers, those of СМЭВ too."""
    facts = Facts(service, document, today)
    return tuple(
        spec for spec in service.documents if spec.relevant is None or spec.relevant.holds(facts)
    )


def applicant_kinds(service: Service) -> tuple[str, ...]:
    """List who may be the applicant of a service, without the ways to be represented."""
    return service.kinds


def _joined(source: Field, twin: Field, facts: Facts) -> Field:
    """Ask the source as strictly as the field of the form that stands for it."""
    return replace(
        source,
        required=source.required or facts.required(twin),
        choices=twin.choices or source.choices,
        constraints=source.constraints + twin.constraints,
        hint=twin.hint or source.hint,
    )


def _shaped(
    path: str, field: Field, service: Service, catalogue: Catalogue, facts: Facts
) -> Field | None:
    """Fit a field of a block to the service and to the chosen identity document."""
    if path == "applicant.kind":
        choices = tuple(one for one in field.choices if one.code in service.kinds)
        default = field.default if field.default in service.kinds else service.kinds[0]
        return replace(field, choices=choices, default=default)
    holder, _, part = path.partition(".id_document.")
    if part not in ("series", "number", "code"):
        return field
    kind = facts.fact(f"{holder}.id_document.kind")
    chosen = catalogue.identity.get(kind) if isinstance(kind, str) else None
    return field if chosen is None else _fitted(part, field, chosen)


def _fitted(part: str, field: Field, chosen: IdentityDocument) -> Field | None:
    if part == "code":
        return replace(field, required=True) if chosen.needs_code else None
    pattern, kind, example = (
        (chosen.series, chosen.series_type, chosen.series_example)
        if part == "series"
        else (chosen.number, chosen.number_type, chosen.number_example)
    )
    if not pattern:
        return None
    message = f"не похоже на: {chosen.title.lower()}" + (f", образец {example}" if example else "")
    message += f"{doubt(chosen.verify)}. Проверьте по документу"
    shape = Constraint("pattern", pattern, message, "warning" if chosen.verify else "error")
    shaped = replace(field, type=kind, required=True, constraints=(*field.constraints, shape))
    return replace(shaped, verify=chosen.verify) if chosen.verify else shaped


def typed_at(document: Mapping[str, object], placed: PlacedField) -> object:
    """Give what was typed into a placed field, or its default."""
    typed = at_path(document, placed.path)
    return typed if typed not in (None, "", [], ()) else placed.field.default
