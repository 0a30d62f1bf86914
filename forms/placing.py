"""Which fields a document shows, in order, each shaped by the answers around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import date
from typing import TYPE_CHECKING, Any

from forms.condition import is_given
from forms.doubt import doubt
from forms.duty import EXEMPTION, exemptions
from forms.facts import Facts, at_keys, keys_of
from forms.kinds import Kind, kind_of
from forms.spec import Choice, Constraint, DocumentSpec, Field, IdentityDocument, Section, Service

if TYPE_CHECKING:
    from forms.catalogue import Catalogue


_PAIR = 2


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field where it stands: its section, its dotted path, itself as asked here and now."""

    section: Section
    path: str
    field: Field
    kind: Kind[Any] | None = dataclass_field(default=None, repr=False, compare=False)
    """What reads it, where it was found out already; a repeat has none."""
    keys: tuple[str, ...] = dataclass_field(init=False, repr=False, compare=False)
    """The keys of the path."""
    pair: bool = dataclass_field(init=False, repr=False, compare=False)
    """Whether there are two: a block and a field right in it."""

    def __post_init__(self) -> None:
        """Part the path once: every check of every document follows it."""
        object.__setattr__(self, "keys", keys_of(self.path))
        object.__setattr__(self, "pair", len(self.keys) == _PAIR)


def visible_fields(
    service: Service,
    catalogue: Catalogue,
    document: Mapping[str, object],
    today: date | None = None,
    accepted_on: date | None = None,
) -> tuple[PlacedField, ...]:
    """List the fields to ask: applicant, representative when there is one, form, delivery.

    Each field comes resolved: `required` tells whether it is now, choices and the shapes of an
    identity document's series and number are those of this service and that document.
    Without today a condition on the applicant's age does not hold. `accepted_on` is the day of the
    request a document amends: exemptions are those of its tariff.
    """
    return place(service, catalogue, document, Facts(service, document, today, accepted_on))


def place(
    service: Service, catalogue: Catalogue, document: Mapping[str, object], facts: Facts
) -> tuple[PlacedField, ...]:
    """Do the work of visible_fields with facts at hand."""
    return catalogue.plan(service).place(document, facts)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A field that may be asked. part: which part of the identity document of `holder` it is.

    plain: it is asked as the catalogue has it, whatever the answers are.
    """

    placed: PlacedField
    twin: Field | None
    holder: str
    part: str
    plain: bool


class Plan:
    """What of a service's form does not depend on the answers, found out once a catalogue."""

    def __init__(self, service: Service, catalogue: Catalogue) -> None:
        """`catalogue` keeps it, see Catalogue.plan."""
        self.service = service
        self.known = catalogue.paths | {f"answers.{field.name}" for field in service.fields}
        """Paths a document may answer."""
        self.holders = frozenset(
            path[:at] for path in self.known for at, sign in enumerate(path) if sign == "."
        )
        """Paths of the blocks those stand in."""
        self.names = {
            holder: frozenset(
                path[len(holder) + 1 :] for path in self.known if path.rpartition(".")[0] == holder
            )
            for holder in self.holders
        }
        """What each of those blocks may answer itself."""
        self.identity = catalogue.identity
        """Kinds of identity documents by name."""
        twins = {field.same_as: field for field in service.fields if field.same_as}
        blocks = catalogue.blocks
        self.applicants = {
            name: self._steps(blocks[name], "applicant", twins)
            for name in ("applicant", "organisation")
        }
        self.represented = self._steps(blocks["representative"], "representative", twins)
        self.rest = self._steps(service.sections, "answers", twins)
        self.rest += self._steps(blocks["delivery"], "delivery", twins)
        self._asked: dict[tuple[object, ...], PlacedField | None] = {}
        self.confirming: Any = None
        """What tells quickly that a document is right: `forms.confirming` makes it once."""

    def _steps(
        self, sections: Iterable[Section], prefix: str, twins: Mapping[str, Field]
    ) -> tuple[Step, ...]:
        steps = []
        for section in sections:
            for field in section.fields:
                path = f"{prefix}.{field.name}"
                if field.same_as or (path == EXEMPTION and not exemptions(self.service, None)):
                    continue
                holder, _, part = path.partition(".id_document.")
                part = part if part in ("series", "number", "code") else ""
                bends = bool(part) or path in twins or path in ("applicant.kind", EXEMPTION)
                plain = not bends and field.required_when is None
                placed = PlacedField(section, path, field, _kind(field))
                steps.append(Step(placed, twins.get(path), holder, part, plain))
        return tuple(steps)

    def place(self, document: Mapping[str, object], facts: Facts) -> tuple[PlacedField, ...]:
        """List the fields to ask, in the order they are asked."""
        organisation = facts.fact("applicant.kind") == "organisation"
        steps = self.applicants["organisation" if organisation else "applicant"]
        if isinstance(document.get("representative"), Mapping):
            steps += self.represented
        placed: list[PlacedField] = []
        for step in steps + self.rest:
            relevant = step.placed.field.relevant
            if relevant is not None and not relevant.holds(facts):
                continue
            asked = step.placed if step.plain else self.as_asked(step, facts)
            if asked is not None:
                placed.append(asked)
        return tuple(placed)

    def as_asked(self, step: Step, facts: Facts) -> PlacedField | None:
        """Give the field as it is asked here and now, or None when it is not; each shape once."""
        if step.placed.path == EXEMPTION:
            return self._exemption(step, facts)
        field, twin = step.placed.field, step.twin
        kind = facts.fact(f"{step.holder}.id_document.kind") if step.part else None
        chosen = self.identity.get(kind) if isinstance(kind, str) else None
        beside = twin is not None and facts.relevant(twin)
        strict = twin is not None and beside and facts.required(twin)
        wanted = field.required_when is not None and field.required_when.holds(facts)
        name = chosen.name if chosen is not None else ""
        key = (step, name, beside, strict, wanted)
        if key not in self._asked:
            asked = self.shaped(step, chosen)
            if asked is not None and twin is not None and beside:
                asked = joined(asked, twin, strict=strict)
            if asked is not None and wanted and not asked.required:
                asked = replace(asked, required=True)
            placed = None
            if asked is not None:
                placed = replace(step.placed, field=asked, kind=_kind(asked))
            self._asked[key] = placed
        return self._asked[key]

    def _exemption(self, step: Step, facts: Facts) -> PlacedField | None:
        """Ask for an exemption from the duty where the line of the tariff in force has any."""
        found = exemptions(self.service, facts.when_accepted())
        key = (step, *found)
        if key not in self._asked:
            choices = tuple(Choice(one.title, one.title) for one in found)
            asked = replace(step.placed.field, type="select_one", choices=choices)
            placed = replace(step.placed, field=asked, kind=_kind(asked))
            self._asked[key] = placed if found else None
        return self._asked[key]

    def shaped(self, step: Step, chosen: IdentityDocument | None) -> Field | None:
        """Fit a field of a block to the service and to the chosen identity document."""
        field = step.placed.field
        if step.placed.path == "applicant.kind":
            kinds = self.service.kinds
            choices = tuple(one for one in field.choices if one.code in kinds)
            default = field.default if field.default in kinds else kinds[0]
            return replace(field, choices=choices, default=default)
        return field if chosen is None else _fitted(step.part, field, chosen)


def _kind(field: Field) -> Kind[Any] | None:
    return None if field.type == "repeat" else kind_of(field)


def documents_for(
    service: Service, document: Mapping[str, object], today: date | None = None
) -> tuple[DocumentSpec, ...]:
    """List the papers this service asks for with these answers, those of СМЭВ too."""
    return asked_papers(service, Facts(service, document, today))


def asked_papers(service: Service, facts: Facts) -> tuple[DocumentSpec, ...]:
    """Do the work of documents_for with facts at hand."""
    return tuple(
        spec for spec in service.documents if spec.relevant is None or spec.relevant.holds(facts)
    )


def applicant_kinds(service: Service) -> tuple[str, ...]:
    """List who may be the applicant of a service, without the ways to be represented."""
    return service.kinds


def joined(source: Field, twin: Field, *, strict: bool) -> Field:
    """Ask the source as strictly as the field of the form that stands for it."""
    return replace(
        source,
        required=source.required or strict,
        choices=twin.choices or source.choices,
        constraints=source.constraints + twin.constraints,
        hint=twin.hint or source.hint,
    )


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
    typed = at_keys(document, placed.keys)
    return typed if is_given(typed) else placed.field.default
