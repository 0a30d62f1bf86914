"""Telling quickly that a document is right as it stands: the record of a check without problems.

Most documents that are checked are records a desk has made: every answer as `forms.check` would
keep it, in its order. Such a one is confirmed by one walk over what it holds. Whatever is not
plainly right is left to the whole check, which alone says what is wrong.

The walk takes what stands in a document for asked and what does not for not asked, and weighs the
conditions by that: they go round in no circle, so where all of them agree nothing else is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from forms.constraints import Weighing, weighing
from forms.facts import Facts
from forms.kept import Rows, kept_by
from forms.kinds import kind_of
from forms.papers import confirm_papers
from forms.persons import check_persons
from forms.placing import Plan, Step
from forms.record_blocks import Block, Holds, Part, RecordBlocks, plain_names
from forms.spec import Service

KEYS = (
    "service",
    "applicant",
    "representative",
    "answers",
    "documents",
    "delivery",
    "overrides",
    "ref",
)
"""Sections of a document."""
_KEYS = frozenset(KEYS)
LONGEST_REF = 200
_NOTHING: Mapping[str, object] = {}


class _Met:
    """What a walk has met: values by the names of conditions, and what is to be weighed."""

    __slots__ = ("late", "open", "values", "weighed")

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.open: list[Holds] = []
        self.weighed: list[tuple[tuple[Weighing, ...], object]] = []
        self.late: dict[str, tuple[Step, object]] = {}


class Confirming:
    """What is found out once of a service's form to confirm its records."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._service = plan.service
        self._blocks = RecordBlocks(plan)
        self._rows: dict[Step, Rows] = {}
        self._absent = dict.fromkeys(plain_names(plan))

    def record(self, document: Mapping[str, object], today: date) -> dict[str, object] | None:
        """Give the record of a document without a problem that is kept as it stands, or None.

        It is for a service in force on that day, with nothing beside the document to weigh.
        """
        if type(document) is not dict or not _in_shape(document, self._service):
            return None
        met = _Met()
        record: dict[str, object] = {"service": self._service.slug}
        blocks = self._walked(document, record, met)
        if blocks is None:
            return None
        facts = Facts(self._service, document, today)
        facts.known = {**self._absent, **met.values}
        if "representative" not in self._service.field_of:
            facts.known["representative"] = document.get("representative")
        for name, (_, typed) in met.late.items():
            met.values[name] = typed
        if not (
            all(_whole(block, met, facts) for block in blocks)
            and all(holds(facts) for holds in met.open)
            and self._bent_right(blocks, met, facts, today)
            and _within_rules(met, facts, today)
        ):
            return None
        if any(True for _ in check_persons(self._service, document, met.values, today)):
            return None
        papers = confirm_papers(self._service, document.get("documents"), today, facts)
        if papers is None:
            return None
        delivery = record.pop("delivery")  # the papers stand before it
        record["documents"] = papers
        record["delivery"] = delivery
        if document.get("ref") is not None:
            record["ref"] = document["ref"]
        return record

    def _walked(
        self, document: Mapping[str, object], record: dict[str, object], met: _Met
    ) -> list[Block] | None:
        """Walk the blocks of a document, put what is kept into the record; None: not as kept."""
        blocks = []
        for name in ("applicant", "representative", "answers", "delivery"):
            given = document.get(name, {} if name != "representative" else None)
            if name == "representative" and given is None:
                record[name] = None
                continue
            block = self._blocks.of(name, given)
            if block is None or type(given) is not dict:
                return None
            kept = _walk(given, block.parts, met)
            if kept is None:
                return None
            blocks.append(block)
            record[name] = kept
        return blocks

    def _bent_right(self, blocks: Iterable[Block], met: _Met, facts: Facts, today: date) -> bool:
        """Tell whether repeats and what other answers bend are right, or may be missing."""
        for step, typed in met.late.values():
            if not self._late_right(step, typed, met, facts, today):
                return False
        for block in blocks:
            for step in block.bending:
                if step.placed.path not in met.values and not self._may_lack(step, facts):
                    return False
        return True

    def _late_right(self, step: Step, typed: object, met: _Met, facts: Facts, today: date) -> bool:
        """Tell whether a repeat or what the answers bend is asked, and right."""
        relevant = step.placed.field.relevant
        if relevant is not None and not relevant.holds(facts):
            return False
        placed = step.placed if step.plain else self._plan.as_asked(step, facts)
        if placed is None:
            return False
        field, value = placed.field, typed
        if field.type == "repeat":
            if step not in self._rows:
                self._rows[step] = Rows(step.placed.field)
            if not self._rows[step].right(typed, facts, today):
                return False
        else:
            value = kept_by(kind_of(field))(typed)
            if value is None:
                return False
            met.values[placed.path] = value
        return all(weighing(rule)(value, today, facts) for rule in field.constraints)

    def _may_lack(self, step: Step, facts: Facts) -> bool:
        """Tell whether a document may lack what the answers bend."""
        relevant = step.placed.field.relevant
        if relevant is not None and not relevant.holds(facts):
            return True
        placed = self._plan.as_asked(step, facts)
        return placed is None or not (placed.field.required or placed.field.default)


def _in_shape(document: Mapping[str, object], service: Service) -> bool:
    """Tell whether the sections of a document are what sections are."""
    ref = document.get("ref")
    return (
        document.keys() <= _KEYS
        and document.get("service", service.slug) == service.slug
        and isinstance(document.get("overrides", _NOTHING), dict)
        and isinstance(document.get("documents", []), list)
        and (
            ref is None
            or isinstance(ref, int)
            or (isinstance(ref, str) and len(ref) <= LONGEST_REF)
        )
    )


def _walk(
    block: Mapping[str, object], parts: Mapping[str, Part], met: _Met
) -> dict[str, object] | None:
    """Read a block key by key; what a record keeps of it, None where that is anything else."""
    kept, last = dict(block), -1
    values, weighed = met.values, met.weighed
    for key, typed in block.items():
        part = parts.get(key)
        if part is None or part[0] <= last:
            return None
        last, name, read, plain, relevant, rules, as_read, _, _ = part
        if plain is not None and type(typed) is str and plain(typed):
            value: object = typed
        elif read is not None:
            value = read(typed)
            if value is None:
                return None
            if type(typed) is list:
                kept[key] = typed.copy()
        else:
            kept[key] = found = _set_apart(part, typed, met)
            if found is None:
                return None
            continue
        values[name] = value if as_read else typed
        if relevant is not None:
            met.open.append(relevant)
        if rules:
            weighed.append((rules, value))
    return kept


def _set_apart(part: Part, typed: object, met: _Met) -> object:
    """Read a block within a block, or put what is weighed later by; a record keeps none empty."""
    if part.inner is not None:
        return _walk(typed, part.inner, met) if type(typed) is dict and typed else None
    if part.late is not None:
        met.late[part.name] = part.late, typed
    return _copied(typed)


def _whole(block: Block, met: _Met, facts: Facts) -> bool:
    """Tell whether nothing is missing in a block."""
    if not met.values.keys() >= block.always:
        return False
    for name, relevant, demanded in block.sometimes:
        if (
            name not in met.values
            and (relevant is None or relevant(facts))
            and (demanded is None or demanded(facts))
        ):
            return False
    return True


def _within_rules(met: _Met, facts: Facts, today: date) -> bool:
    """Tell whether no constraint is broken."""
    for rules, value in met.weighed:
        for weigh in rules:
            if not weigh(value, today, facts):
                return False
    return True


def _copied(value: object) -> object:
    """Copy rows as deep as rows are; what lies deeper, however deep, is not right anyway."""
    if type(value) is not list:
        return value
    return [
        {key: cell.copy() if type(cell) is list else cell for key, cell in row.items()}
        if type(row) is dict
        else row
        for row in value
    ]
