"""Why acceptance may be refused: the exhaustive list, the defects found, what was told before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from forms.problem import Problem


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the list: its legal ground, and what the applicant is to do.

    problems: codes of the check that mean it, «code» or «code@path». insist: the applicant may
    have the request taken all the same. by_hand: offered, not chosen by itself. redirect: a way
    elsewhere, not a refusal.
    """

    code: str
    title: str
    ground: str
    fix: str
    problems: tuple[str, ...] = ()
    insist: bool = False
    by_hand: bool = False
    redirect: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """A case in which a second refusal may name what the first one did not (210-ФЗ, ст. 7)."""

    code: str
    title: str
    ground: str


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing the applicant is told: reason code, what it is about, its label, the words.

    about is the path of the check (documents.certificate), empty when it was put by hand.
    """

    code: str
    about: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RefusalReasons:
    """The whole list of reasons and of allowances, by code, in the order of the file."""

    reasons: Mapping[str, Reason] = field(default_factory=lambda: MappingProxyType({}))
    allowances: Mapping[str, Allowance] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, problem: Problem) -> Reason | None:
        """Give the reason a problem of the check means; the most narrowly named one."""
        best: tuple[int, Reason] | None = None
        for reason in self.reasons.values():
            for named in reason.problems:
                code, _, path = named.partition("@")
                if not (_under(problem.code, code) and (not path or _under(problem.path, path))):
                    continue
                if best is None or len(named) > best[0]:
                    best = len(named), reason
        return best[1] if best else None

    def defects(self, problems: Iterable[Problem]) -> tuple[Defect, ...]:
        """Give every error among the problems as a defect, in the order of the reasons."""
        order = {code: place for place, code in enumerate(self.reasons)}
        found = [
            Defect(reason.code, problem.path, problem.label, _told(problem))
            for problem in problems
            if problem.severity == "error" and (reason := self.of(problem)) is not None
        ]
        return tuple(sorted(found, key=lambda defect: order[defect.code]))

    def insistable(self, problems: Iterable[Problem]) -> list[Problem]:
        """Mark the errors in spite of which the applicant may have the request taken.

        Only those of papers: what a form lacks is asked, not insisted on.
        """
        return [
            replace(problem, insistable=True)
            if problem.severity == "error"
            and problem.code.startswith("document.")
            and (reason := self.of(problem)) is not None
            and reason.insist
            else problem
            for problem in problems
        ]


def _told(problem: Problem) -> str:
    """What is wrong, without what the specialist is to do about a paper: the reason says that."""
    if problem.code.startswith("document."):
        return problem.text.partition(". ")[0]
    return problem.text


def _under(name: str, beginning: str) -> bool:
    return name == beginning or name.startswith(f"{beginning}.")


def not_told(defects: Iterable[Defect], told: Iterable[Defect]) -> tuple[Defect, ...]:
    """Give the defects that an earlier refusal did not name: new reasons, or new papers under one.

    A defect put by hand has no paper of its own, so its reason alone is compared.
    """
    codes: dict[str, set[str]] = {}
    for one in told:
        codes.setdefault(one.code, set()).add(one.about)
    return tuple(
        one
        for one in defects
        if one.code not in codes
        or (one.about and one.about not in codes[one.code] and "" not in codes[one.code])
    )
