"""The papers an applicant hands over, against those the service asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from forms.duty import EXEMPTION
from forms.facts import Facts
from forms.kinds.dates import Day
from forms.pasted import tidy
from forms.placing import asked_papers
from forms.problem import Problem
from forms.spec import DocumentSpec, Field, Service

_KEYS = frozenset({"name", "form", "copies", "sheets", "returned", "details", "promised", "defect"})
_DAY = Day(Field("promised", "", "date"))
DEFECTS = {
    "expired": "утратил силу",
    "unreadable": "повреждён, не читается",
    "corrected": "исправления не заверены",
    "contradictory": "сведения недостоверны или противоречивы",
    "unfit": "не соответствует требованиям",
}
"""What the specialist sees to be wrong with a paper that lies on the table."""
_USUAL = ("name", "form", "copies", "sheets", "returned")
_FORMS = {"original": "подлинник", "copy": "копия"}
_MOST, _LONGEST_DETAILS = 999, 250


def check_papers(
    service: Service, document: Mapping[str, object], today: date, facts: Facts
) -> tuple[list[dict[str, object]], list[Problem]]:
    """Give the papers of the record and all that is wrong with them.

    One entry: {name, form original|copy, copies, sheets, returned, details, promised, defect};
    promised is the day by which the applicant brings a paper that is not here yet, defect one of
    DEFECTS.
    """
    asked = {spec.name: spec for spec in asked_papers(service, facts)}
    known = service.paper_of
    given = document.get("documents")
    papers: list[dict[str, object]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, entry in enumerate(given if isinstance(given, list) else []):
        path = f"documents.{number}"
        name = entry.get("name") if isinstance(entry, Mapping) else None
        spec = known.get(name) if isinstance(name, str) else None
        if spec is None or not isinstance(entry, Mapping):
            listed = ", ".join(known)
            text = f"такого документа в этой услуге нет. Документы услуги: {listed}"
            problems.append(Problem(path, "Документ", "error", "document.unknown", text))
            continue
        seen.add(spec.name)
        if spec.name not in asked:
            continue  # not asked for with these answers: stays in the draft, not in the record
        problems.extend(_wrong(entry, spec, path, today))
        papers.append(_kept(entry, spec))
    problems.extend(_missing(asked, seen))
    return papers, problems


def confirm_papers(
    service: Service, given: object, today: date, facts: Facts
) -> list[dict[str, object]] | None:
    """Give the papers of a record that are right and as it keeps them, or None."""
    if given is not None and type(given) is not list:
        return None
    papers: list[dict[str, object]] = []
    seen: set[str] = set()
    for number, entry in enumerate(given or ()):
        name = entry.get("name") if type(entry) is dict else None
        spec = service.paper_of.get(name) if type(name) is str else None
        if spec is None or not (spec.relevant is None or spec.relevant.holds(facts)):
            return None
        usual = tuple(entry) == _USUAL and _usual(entry, spec)
        if not usual and (
            list(entry.items()) != list(_kept(entry, spec).items())
            or any(True for _ in _wrong(entry, spec, f"documents.{number}", today))
        ):
            return None
        seen.add(spec.name)
        papers.append(dict(entry))
    for spec in service.documents:
        demanded = spec.required and spec.by == "applicant" and spec.name not in seen
        if demanded and (spec.relevant is None or spec.relevant.holds(facts)):
            return None
    return papers


def _usual(entry: Mapping[str, object], spec: DocumentSpec) -> bool:
    """Tell whether nothing is to be said of a paper without details, promise and defect."""
    copies, sheets = entry["copies"], entry["sheets"]
    return (
        entry["form"] == spec.form
        and (type(copies) is int and 1 <= copies <= _MOST)
        and (type(sheets) is int and 1 <= sheets <= _MOST)
        and type(entry["returned"]) is bool
    )


def _missing(asked: Mapping[str, DocumentSpec], seen: set[str]) -> Iterator[Problem]:
    for spec in asked.values():
        if spec.required and spec.by == "applicant" and spec.name not in seen:
            text = "нужен и не представлен. Примите его или отметьте, когда заявитель его донесёт"
            if spec.relevant is not None and EXEMPTION in spec.relevant.names:
                text = "не представлен, а им подтверждают льготу. Примите его или снимите льготу"
            yield Problem(f"documents.{spec.name}", spec.title, "error", "document.missing", text)


def _wrong(
    entry: Mapping[str, object], spec: DocumentSpec, path: str, today: date
) -> Iterator[Problem]:
    if not entry.keys() <= _KEYS:
        for key in sorted(entry.keys() - _KEYS):
            yield Problem(f"{path}.{key}", spec.title, "error", "unknown-key", f"лишнее: {key}")
    yield from _not_in_form(entry.get("form", spec.form), spec, path)
    for key, words in (("copies", "экземпляров"), ("sheets", "листов")):
        if not _counts(entry.get(key, 1)):
            text = f"число {words} — от 1 до {_MOST}"
            yield Problem(path, spec.title, "error", f"document.{key}", text)
    if not isinstance(entry.get("returned", False), bool):
        text = "отметьте: возвращён или остался в деле"
        yield Problem(path, spec.title, "error", "document.returned", text)
    details = entry.get("details", "")
    if not isinstance(details, str) or len(details) > _LONGEST_DETAILS:
        text = f"реквизиты — до {_LONGEST_DETAILS} знаков"
        yield Problem(path, spec.title, "error", "document.details", text)
    if entry.get("defect") is not None:
        yield _defective(entry["defect"], spec, path)
    if entry.get("promised") is not None:
        yield from _late(entry["promised"], spec, path, today)


def _not_in_form(form: object, spec: DocumentSpec, path: str) -> Iterator[Problem]:
    if not isinstance(form, str) or form not in _FORMS:
        text = "отметьте: подлинник или копия"
        yield Problem(path, spec.title, "error", "document.form", text)
    elif spec.form == "original" and form == "copy" and spec.by == "applicant":
        text = "нужен подлинник, отмечена копия"
        yield Problem(f"documents.{spec.name}", spec.title, "error", "document.form", text)


def _defective(defect: object, spec: DocumentSpec, path: str) -> Problem:
    if not isinstance(defect, str) or defect not in DEFECTS:
        text = f"недостаток — один из: {', '.join(DEFECTS)}"
        return Problem(path, spec.title, "error", "document.defect", text)
    text = f"{DEFECTS[defect]}. Нужен другой документ"
    return Problem(f"documents.{spec.name}", spec.title, "error", f"document.{defect}", text)


def _counts(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= _MOST


def _late(promised: object, spec: DocumentSpec, path: str, today: date) -> Iterator[Problem]:
    place = f"{path}.promised"
    try:
        day = _DAY.read(promised)
    except ValueError as refusal:
        yield Problem(place, spec.title, "error", "document.promised", str(refusal))
        return
    if day < today:
        text = "день, к которому заявитель донесёт документ, уже прошёл"
        yield Problem(place, spec.title, "error", "document.promised", text)


def _kept(entry: Mapping[str, object], spec: DocumentSpec) -> dict[str, object]:
    kept: dict[str, object] = {
        "name": spec.name,
        "form": entry.get("form", spec.form),
        "copies": entry.get("copies", 1),
        "sheets": entry.get("sheets", 1),
        "returned": entry.get("returned", spec.returned),
    }
    details = entry.get("details")
    if isinstance(details, str) and details.strip():
        kept["details"] = tidy(details)
    if isinstance(entry.get("defect"), str) and entry["defect"] in DEFECTS:
        kept["defect"] = entry["defect"]
    if entry.get("promised") is not None:
        try:
            kept["promised"] = _DAY.store(_DAY.read(entry["promised"]))
        except ValueError:
            kept["promised"] = entry["promised"]
    return kept
