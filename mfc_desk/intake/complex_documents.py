"""A complex request as one document: its applicant once, a part for each service.

{"complex": [{"service", "answers", "documents", "delivery", "overrides"}, …], "applicant",
"representative", "delivery", "overrides", "ref"}: what stands outside the parts holds for all of
them. A paper that several services ask for is named in the first that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forms.check import Checked
from forms.example import WHOLE
from forms.problem import Problem
from forms.situations import LEAST
from forms.spec import Service
from mfc_desk.intake.carrying import papers_over

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_SHARED = ("applicant", "representative", "delivery", "overrides", "ref")
_OF_PART = ("service", "answers", "documents", "delivery", "overrides")
_PEOPLE = ("applicant", "representative")
_LABEL = "Комплексный запрос"
_MISNAMED = frozenset({"shape", "unknown-service"})
"""What is wrong with a part that stays a part when it is named right."""


@dataclass(frozen=True, slots=True)
class Part:
    """A service of a complex request with its document as the check reads it."""

    service: Service
    checked: Checked


def read_parts(desk: Desk, document: Mapping[str, Any]) -> tuple[list[Part], list[Problem]]:
    """Read and check every part; give them with all that is wrong, nothing of it twice.

    A problem of a part stands under «complex.N.…», one of the people under their own path.
    """
    problems = [*_shape(document)]
    parts: list[Part] = []
    given: list[dict[str, Any]] = []
    taken: set[str] = set()
    misnamed = 0
    listed = document.get(WHOLE)
    for place, one in enumerate(listed if isinstance(listed, list) else []):
        path = f"{WHOLE}.{place}"
        service, wrong = _service(desk, one, path, taken)
        problems += wrong
        if service is None:
            misnamed += any(found.code in _MISNAMED for found in wrong)
            continue
        taken.add(service.slug)
        whole = _document(desk, document, one, given)
        given.append(whole)
        checked = desk.intake.check_document(whole)
        parts.append(Part(service, checked))
        problems += [_placed(found, path) for found in (*checked.errors, *checked.open_warnings)]
    if isinstance(listed, list) and len(taken) + misnamed < LEAST:
        text = "в комплексном запросе две услуги или больше. Добавьте услугу"
        problems.append(Problem(WHOLE, _LABEL, "error", "complex.few", text))
    return parts, list(dict.fromkeys(problems))


def _shape(document: Mapping[str, Any]) -> Iterator[Problem]:
    known = (WHOLE, *_SHARED)
    for key in document:
        if key not in known:
            text = f"такого раздела в комплексном запросе нет. Разделы: {', '.join(known)}"
            yield Problem(key, key, "error", "unknown-key", text)
    if not isinstance(document.get(WHOLE), list):
        text = "нужен список услуг, у каждой service и answers"
        yield Problem(WHOLE, _LABEL, "error", "shape", text)
    for key in ("delivery", "overrides"):
        if not isinstance(document.get(key, {}), dict):
            yield Problem(key, key, "error", "shape", "раздел записан не в том виде")


def _service(
    desk: Desk, part: object, path: str, taken: set[str]
) -> tuple[Service | None, list[Problem]]:
    """The service of a part, None when there is none to check, and what is wrong with it here."""
    if not isinstance(part, Mapping):
        return None, [Problem(path, _LABEL, "error", "shape", "нужен объект: service, answers")]
    slug = part.get("service")
    service = desk.catalogue.services.get(slug) if isinstance(slug, str) else None
    problems = [
        Problem(
            f"{path}.{key}",
            str(key),
            "error",
            "unknown-key",
            f"такого раздела в услуге запроса нет. Разделы: {', '.join(_OF_PART)}",
        )
        for key in part
        if key not in _OF_PART
    ]

    def wrong(code: str, text: str) -> None:
        problems.append(Problem(f"{path}.service", _LABEL, "error", code, text))

    if service is None:
        wrong("unknown-service", "услуги нет в каталоге: mfc-desk catalogue list")
        return None, problems
    if service.slug in taken:
        wrong("complex.twice", "услуга названа дважды. Оставьте одну")
        return None, problems
    if why := desk.catalogue.complex_rules.refusal(service):
        wrong("complex.excluded", f"не входит: {why}. Примите «{service.short}» отдельно")
        return None, problems
    return service, problems


def _document(
    desk: Desk,
    whole: Mapping[str, Any],
    part: Mapping[str, Any],
    given: list[dict[str, Any]],
) -> dict[str, Any]:
    """An intake document of a part: what holds for all, its own, papers that were given before."""
    services = desk.catalogue.services
    service = services[part["service"]]
    made: dict[str, Any] = {key: whole[key] for key in (*_PEOPLE, "ref") if key in whole}
    made["service"] = service.slug
    made["answers"] = part.get("answers", {})
    for key in ("delivery", "overrides"):
        own, shared = part.get(key, {}), whole.get(key, {})
        fits = isinstance(own, dict) and isinstance(shared, dict)
        made[key] = {**shared, **own} if fits else own
    own_papers = part.get("documents", [])
    made["documents"] = own_papers
    if isinstance(own_papers, list):
        named = {one.get("name") for one in own_papers if isinstance(one, dict)}
        for earlier in given:
            for paper in papers_over(earlier, services[earlier["service"]], service):
                if paper["name"] not in named:
                    named.add(paper["name"])
                    made["documents"] = [*made["documents"], paper]
    return made


def _placed(problem: Problem, path: str) -> Problem:
    """The problem where it stands in the whole document."""
    head = problem.path.partition(".")[0]
    return problem if head in (*_PEOPLE, "ref") else replace(problem, path=f"{path}.{problem.path}")
