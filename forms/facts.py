"""What is known about a document while its conditions are weighed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from forms.ages import age_on
from forms.condition import Facts as Lookup
from forms.condition import is_given
from forms.kinds import kind_of
from forms.kinds.dates import Day
from forms.spec import Field, Service

BLOCK_DAYS = frozenset({"birth_date", "issued", "until"})
"""The dates of the blocks, by the last key of their paths."""
_DAY = Day(Field("", "", "date"))


def at_path(document: Mapping[str, object], path: str) -> object:
    """Give what stands under a dotted path, or None."""
    return at_keys(document, keys_of(path))


def at_keys(document: Mapping[str, object], keys: tuple[str, ...]) -> object:
    """Do the work of at_path with the keys at hand."""
    found: object = document
    for key in keys:  # walked thirty times a document
        if type(found) is dict or isinstance(found, Mapping):  # asking a Mapping takes longer
            found = found.get(key)
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


@lru_cache(maxsize=4096)
def keys_of(path: str) -> tuple[str, ...]:
    """Give the keys of a dotted path."""
    return tuple(path.split("."))


class Facts:
    """Facts of one document: a field that is not relevant or does not read is not given.

    Names: fields of the form; applicant.…, representative.…, delivery.… paths; computed
    applicant.age (full years today) and request.date (today). `accepted_on` is the day of the
    request that the document amends.
    """

    def __init__(
        self,
        service: Service,
        document: Mapping[str, object],
        today: date | None = None,
        accepted_on: date | None = None,
    ) -> None:
        self._service = service
        self._accepted_on = accepted_on
        self._fields = service.field_of
        self._document = document
        self._today = today
        self.known: dict[str, object] = {}
        """What was found out already, by name; to be filled with nothing but what `fact` finds."""
        self._defaults = {"applicant.kind": service.kinds[0], "delivery.way": "office"}

    def fact(self, name: str) -> object:
        """Give the value under a name, or None."""
        known = self.known
        if name in known:
            return known[name]
        found = known[name] = self._find(name)
        return found

    def when_accepted(self) -> Facts:
        """Give the facts of the day the tariff is that of: today's for a new request."""
        if self._accepted_on is None:
            return self
        return Facts(self._service, self._document, self._accepted_on)

    def relevant(self, field: Field) -> bool:
        """Tell whether a field is asked at all."""
        return field.relevant is None or field.relevant.holds(self)

    def required(self, field: Field) -> bool:
        """Tell whether a field that is asked must be answered."""
        return field.required or (
            field.required_when is not None and field.required_when.holds(self)
        )

    def _find(self, name: str) -> object:
        if name == "request.date":
            return self._today
        if name == "applicant.age":
            return self._age()
        if field := self._fields.get(name):
            return self._answer(field)
        value = at_path(self._document, name)
        if name == "representative":  # an empty block is a representative not yet described
            return value
        if not is_given(value):
            return self._defaults.get(name)
        return self._day(value) if name.rpartition(".")[2] in BLOCK_DAYS else value

    def _age(self) -> int | None:
        birth = self.fact("applicant.birth_date")
        if self._today is None or not isinstance(birth, date):
            return None
        return age_on(birth, self._today)

    def _answer(self, field: Field) -> object:
        if not self.relevant(field):
            return None
        if field.same_as:
            return self.fact(field.same_as)
        typed = at_path(self._document, f"answers.{field.name}")
        if not is_given(typed):
            typed = field.default
        if field.type == "repeat":
            return [read_row(field, row) for row in typed_rows(typed)]
        return read_or_none(field, typed)

    @staticmethod
    def _day(typed: object) -> date | None:
        try:
            return _DAY.read(typed)
        except ValueError:
            return None


class RowFacts:
    """Facts of one row of a repeat: its own columns first, then those of the whole document."""

    def __init__(self, field: Field, row: Mapping[str, object], around: Lookup) -> None:
        self._row = read_row(field, row)
        self._columns = frozenset(cell.name for cell in field.rows)
        self._around = around

    def fact(self, name: str) -> object:
        """Give the value under a name, or None."""
        return self._row.get(name) if name in self._columns else self._around.fact(name)

    def asked(self, cell: Field) -> bool:
        """Tell whether a column is asked in this row."""
        return cell.relevant is None or cell.relevant.holds(self)

    def required(self, cell: Field) -> bool:
        """Tell whether a column that is asked must be answered in this row."""
        return cell.required or (cell.required_when is not None and cell.required_when.holds(self))


def typed_rows(typed: object) -> list[Mapping[str, object]]:
    """Give the rows of a repeat that are rows."""
    return [row for row in typed if isinstance(row, Mapping)] if isinstance(typed, list) else []


def read_row(field: Field, row: Mapping[str, object]) -> dict[str, object]:
    """Read the columns of one row; one that does not read is not given."""
    return {cell.name: read_or_none(cell, row.get(cell.name)) for cell in field.rows}


def read_or_none(field: Field, typed: object) -> object:
    """Read one value, or None when there is none or it does not read."""
    if not is_given(typed):
        return None
    try:
        value: object = kind_of(field).read(typed)
    except ValueError:
        return None
    return value
