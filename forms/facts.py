"""What is known about a document while its conditions are weighed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from forms.condition import is_given
from forms.kinds import kind_of
from forms.kinds.dates import Day
from forms.spec import Field, Service

_DAYS = frozenset({"birth_date", "issued", "until"})  # the dates of the blocks
_DAY = Day(Field("", "", "date"))
_DEFAULTS = {"applicant.kind": "person", "delivery.way": "office"}


def at_path(document: Mapping[str, object], path: str) -> object:
    """Give what stands under a dotted path, or None."""
    found: object = document
    for key in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


def age_on(birth: date, day: date) -> int:
    """Full years on a day; one born on 29 February grows older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Facts:
    """Facts of one document: a field that is not relevant or does not read is not given.

    Names: fields of the form; applicant.…, representative.…, delivery.… paths; computed
    applicant.age (full years today) and request.date (today).
    """

    def __init__(
        self, service: Service, document: Mapping[str, object], today: date | None = None
    ) -> None:
        self._fields = {field.name: field for field in service.fields}
        self._document = document
        self._today = today
        self._known: dict[str, object] = {}

    def fact(self, name: str) -> object:
        """Give the value under a name, or None."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

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
            return _DEFAULTS.get(name)
        return self._day(value) if name.rpartition(".")[2] in _DAYS else value

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
        if not is_given(typed) or field.type == "repeat":
            return typed
        try:
            value: object = kind_of(field).read(typed)
        except ValueError:
            return None
        return value

    @staticmethod
    def _day(typed: object) -> date | None:
        try:
            return _DAY.read(typed)
        except ValueError:
            return None
