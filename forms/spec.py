"""What a catalogue file says, read and frozen: services, fields, documents, terms, duties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from forms.condition import Condition

Severity = Literal["error", "warning"]
Offline = Literal["full", "deferred", "online-only"]
TermUnit = Literal["working", "calendar", "month"]
TermStart = Literal["mfc-acceptance", "registration", "authority-receipt"]
DocumentForm = Literal["original", "copy"]
DocumentSource = Literal["applicant", "smev"]
DutyKind = Literal["duty", "fee", "free"]

_WAYS_TO_COME = ("representative", "legal-representative")


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a choice list: the code that is stored and the words that are read."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """One demand on a field's value.

    operator: not_after, not_before, before, after (bound: "today", an ISO date or a name),
    within_days_before (days before today), age_from, age_under (full years today), min, max, gt, lt
    (a number, money in kopecks; one with a fraction as a text, or the name of a number),
    min_length, pattern (a regular expression that must match whole), equals (true or false); for
    several choices min_chosen, max_chosen, alone (a code that goes with no other), apart («a; b»,
    codes of which one at most is chosen); across fields bank (the БИК field whose key an account
    must bear), sum_of («creditors.sum»: the column a sum must equal), count_of (the repeat whose
    rows a number must count), whole (in a repeat: the column of shares, «side.share» apart for each
    side, none over 1).
    """

    operator: str
    bound: str | int
    message: str
    severity: Severity = "error"
    weigh: Any = field(default=None, init=False, repr=False, compare=False)
    """How `forms.constraints` weighs a value by it, found out at the first one."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    required_when is joined to required by OR. same_as names the field of the applicant or of the
    delivery that is asked instead. rows are the fields of one row of a repeat.
    """

    name: str
    label: str
    type: str
    hint: str = ""
    required: bool = False
    required_when: Condition | None = None
    required_message: str = ""
    choices: tuple[Choice, ...] = ()
    relevant: Condition | None = None
    constraints: tuple[Constraint, ...] = ()
    max_length: int = 0
    same_as: str = ""
    default: str = ""
    example: str = ""
    verify: str = ""
    rows: tuple[Field, ...] = ()
    min_rows: int = 0
    max_rows: int = 0
    reader: Any = field(default=None, init=False, repr=False, compare=False)
    """The kind that reads it: `forms.kinds.kind_of` makes it once."""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together under one heading; the name is the path prefix of a block."""

    name: str
    label: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """A paper the service asks for. by="smev": shown, never demanded (210-ФЗ, ст. 7)."""

    name: str
    title: str
    form: DocumentForm = "original"
    by: DocumentSource = "applicant"
    returned: bool = False
    required: bool = False
    relevant: Condition | None = None
    hint: str = ""
    verify: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """How long the authority may take, days 0: at once. transfer_days: one courier leg, working."""

    days: int
    unit: TermUnit
    starts: TermStart
    transfer_days: int = 0
    rolls: bool = True
    verify: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Who pays less than the line of the tariff says: kopecks, 0: nothing."""

    title: str
    kopecks: int = 0
    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """Tell whether it is in force on a day, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """A state duty or a fee. kopecks None: the catalogue does not know the sum, it is to be asked.

    percent is a decimal fraction of the money field named by of, or of the one named by at_least_of
    when that is more, kept between min and max. times names a field to multiply by: a number of
    documents, a share in a right. exemption is the one that was chosen, full_kopecks what would be
    paid without it.
    """

    kind: DutyKind
    variant: str
    label: str = ""
    kopecks: int | None = None
    percent: str = ""
    of: str = ""
    at_least_of: str = ""
    times: str = ""
    min_kopecks: int = 0
    max_kopecks: int = 0
    relevant: Condition | None = None
    exempt: tuple[Exemption, ...] = ()
    basis: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    verify: str = ""
    exemption: str = ""
    full_kopecks: int | None = None

    def valid_on(self, day: date) -> bool:
        """Tell whether this line of the tariff is in force on a day, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the catalogue, whole.

    applicants: person, sole-trader, organisation, representative (anyone with a power),
    legal-representative (by law only). expired_identity: how a passport past its age limit counts.
    superseded_by: the slug that came instead, when the service is in force no more. scans_first:
    the centre registers a request only when its scans are there whole; scans_first_why: why the
    authority cannot begin without them, always said with it.
    """

    slug: str
    version: int
    title: str
    short: str
    authority: str
    term: Term
    applicants: tuple[str, ...]
    offices: tuple[str, ...]
    offline: Offline
    sections: tuple[Section, ...]
    documents: tuple[DocumentSpec, ...]
    offline_why: str = ""
    group: str = ""
    keywords: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    result: str = ""
    limits: str = ""
    note: str = ""
    verify: str = ""
    extraterritorial: bool = False
    cross_region: bool = False
    appointment: bool = False
    scans_first: bool = False
    scans_first_why: str = ""
    min_age: int = 0
    expired_identity: Severity = "error"
    popularity: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    superseded_by: str = ""
    kinds: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Who may be the applicant, without the ways to be represented; the first is usual."""
    fields: tuple[Field, ...] = field(init=False, repr=False, compare=False)
    """All fields of the form, in order."""
    field_of: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    """The fields of the form by their names."""
    paper_of: Mapping[str, DocumentSpec] = field(init=False, repr=False, compare=False)
    """The papers by their names."""

    def __post_init__(self) -> None:
        """Find out once what every check of a request asks."""
        kinds = tuple(kind for kind in self.applicants if kind not in _WAYS_TO_COME)
        object.__setattr__(self, "kinds", kinds or ("person",))
        found = tuple(one for section in self.sections for one in section.fields)
        object.__setattr__(self, "fields", found)
        object.__setattr__(self, "field_of", MappingProxyType({one.name: one for one in found}))
        papers = {one.name: one for one in self.documents}
        object.__setattr__(self, "paper_of", MappingProxyType(papers))

    def valid_on(self, day: date) -> bool:
        """Tell whether the service is rendered on a day, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """A kind of document that proves who a person is, with the shape of its series and number.

    series and number are regular expressions; an empty series means the document has none.
    """

    name: str
    title: str
    code: str
    series: str
    number: str
    series_type: str = "document_series"
    number_type: str = "document_number"
    series_example: str = ""
    number_example: str = ""
    needs_code: bool = False
    verify: str = ""
