"""What a record of a service may hold and must hold, block by block, found out once a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from forms.condition import Condition
from forms.constraints import Weighing, weighing
from forms.duty import EXEMPTION
from forms.facts import BLOCK_DAYS, Facts
from forms.kept import Kept, kept_by
from forms.kinds import kind_of
from forms.placing import Plan, Step, joined
from forms.spec import Field

_AGE = "applicant.age"  # counted, whatever a block asks by that name
Holds = Callable[[Facts], bool]
"""Tells whether a condition holds."""


class Part(NamedTuple):
    """What may stand under one key of a block.

    place: where among the keys of the block. kept None: a block of its own, `inner`, or what is
    weighed when all other answers are known, `late`. as_read: conditions look at the value read,
    not at what is written. plain: a quick look, see `Kind.plain`.
    """

    place: int
    name: str
    kept: Kept | None
    plain: Callable[[str], object] | None = None
    relevant: Holds | None = None
    rules: tuple[Weighing, ...] = ()
    as_read: bool = True
    inner: dict[str, Any] | None = None
    late: Step | None = None


class Wanted(NamedTuple):
    """An answer that may not be missing: where it is asked, and where it is demanded there."""

    name: str
    relevant: Holds | None
    demanded: Holds | None


class Block(NamedTuple):
    """A block as asked of one kind of person: what may stand there, what must, what depends."""

    parts: Mapping[str, Part]
    always: frozenset[str]
    sometimes: tuple[Wanted, ...]
    bending: tuple[Step, ...]


class _OddFormError(Exception):
    """A form whose records are not told right by a walk over their keys."""


class RecordBlocks:
    """The blocks of the records of one service, each shape made at the first record that has it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._service = plan.service
        self._blocks: dict[tuple[str, str | None], Block | None] = {}

    def of(self, name: str, given: object) -> Block | None:
        """Give a block as this kind of person and their identity document shape it."""
        kind = None
        if type(given) is not dict:
            return None
        if name == "applicant" and given.get("kind") == "organisation":
            name = "organisation"
        elif name in ("applicant", "representative"):
            paper = given.get("id_document")
            kind = paper.get("kind") if type(paper) is dict else None
            if type(kind) is not str or kind not in self._plan.identity:
                return None
        key = name, kind
        if key not in self._blocks:
            try:
                self._blocks[key] = self._made(name, kind)
            except _OddFormError:
                self._blocks[key] = None
        return self._blocks[key]

    def _made(self, name: str, kind: str | None) -> Block:
        """Find out what may and what must stand in a block beside one identity document."""
        parts: dict[str, Part] = {}
        always: set[str] = set()
        sometimes: list[Wanted] = []
        bending: list[Step] = []
        for place, step in enumerate(self._steps(name)):
            if _odd(step, kind):
                raise _OddFormError
            field, bent = self._asked(step, kind), bends(step)
            if field is None:
                continue
            fact = field.name if step.placed.keys[0] == "answers" else step.placed.path
            relevant, demanded = self._holds(field.relevant), self._holds(field.required_when)
            if bent or field.type == "repeat":
                part = Part(place, fact, None, late=step)
            else:
                rules = tuple(weighing(rule) for rule in field.constraints)
                reader = kind_of(field)
                kept, plain = kept_by(reader), reader.plain()
                part = Part(place, fact, kept, plain, relevant, rules, _as_read(step, field))
            _put(parts, step.placed.keys, part)
            if bent:
                bending.append(step)
            elif field.required or field.default:
                if relevant is None:
                    always.add(fact)
                else:
                    sometimes.append(Wanted(fact, relevant, None))
            elif demanded is not None:
                sometimes.append(Wanted(fact, relevant, demanded))
        return Block(parts, frozenset(always), tuple(sometimes), tuple(bending))

    def _steps(self, name: str) -> Iterable[Step]:
        plan = self._plan
        if name == "representative":
            return plan.represented
        if name in plan.applicants:
            return plan.applicants[name]
        return [step for step in plan.rest if step.placed.keys[0] == name]

    def _asked(self, step: Step, kind: str | None) -> Field | None:
        """Give a field as it is asked beside an identity document, None where it is not."""
        chosen = self._plan.identity[kind] if step.part and kind is not None else None
        field = self._plan.shaped(step, chosen)
        if field is None or step.twin is None or bends(step):
            return field
        return joined(field, step.twin, strict=step.twin.required)

    def _holds(self, condition: Condition | None) -> Holds | None:
        """Prepare a condition to be weighed by what was met."""
        if condition is None:
            return None
        if len(condition.any_of) == 1 and len(condition.any_of[0]) == 1:
            (test,) = condition.any_of[0]
            field, passes, name = self._service.field_of.get(test.name), test.passes, test.name
            if field is not None and not field.same_as and field.type != "repeat":
                return lambda facts: passes(facts.known.get(name))
        return condition.holds


def plain_names(plan: Plan) -> Iterable[str]:
    """Names conditions look at that are nothing where a walk has not met them.

    Not those of repeats and of what bends, which are found out late, nor what stands for others.
    """
    service = plan.service
    steps = (*chain.from_iterable(plan.applicants.values()), *plan.represented, *plan.rest)
    bent = {step.placed.path for step in steps if bends(step)}
    bent |= {"applicant.kind", "delivery.way", _AGE}
    asked: list[Field] = []
    for step in steps:
        asked += (step.placed.field, *step.placed.field.rows)
    conditions = [one.relevant for one in asked] + [one.required_when for one in asked]
    conditions += [one.relevant for one in service.documents]
    conditions += [one.relevant for one in service.duties]
    for name in {name for one in conditions if one is not None for name in one.names}:
        field = service.field_of.get(name)
        if field is not None:
            if not field.same_as and field.type != "repeat":
                yield name
        elif name in plan.known and name not in bent:
            yield name


def bends(step: Step) -> bool:
    """Tell whether other answers decide how a field is asked."""
    twin = step.twin
    if twin is not None and (twin.relevant is not None or twin.required_when is not None):
        return True
    return step.placed.path == EXEMPTION


def _odd(step: Step, kind: str | None) -> bool:
    """Tell whether conditions see a field of a block otherwise than a walk does."""
    if step.placed.keys[0] == "answers":
        return False
    shapeless = bool(step.part) and kind is None
    return shapeless or step.placed.field.type == "repeat" or step.placed.path == _AGE


def _as_read(step: Step, field: Field) -> bool:
    """Tell whether conditions look at an answer as it is read: in a block only at some days."""
    path = step.placed.path
    if step.placed.keys[0] == "answers":
        return True
    if path.rpartition(".")[2] not in BLOCK_DAYS:
        return False
    if field.type != "date":
        raise _OddFormError
    return True


def _put(parts: dict[str, Part], keys: tuple[str, ...], part: Part) -> None:
    """Put a part where its keys lead; the keys of a block stand together."""
    for key in keys[1:-1]:
        if key not in parts:
            parts[key] = Part(part.place, "", None, inner={})
        inner = parts[key].inner
        if inner is None or key != next(reversed(parts)):
            raise _OddFormError
        parts = inner
    if keys[-1] in parts:
        raise _OddFormError
    parts[keys[-1]] = part
