"""All 74 services: nothing of the domain is dropped, every branch and number answered rightly."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from forms.check import Checked, check, documents_for, visible_fields
from forms.duty import EXEMPTION
from forms.example import example
from forms.facts import at_path
from forms.spec import Field, Service
from tests.catalogue_branches import (
    CATALOGUE,
    SLUGS,
    Branch,
    block_branches,
    branches,
    closed,
    day_of,
    filled,
    opened,
)

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "catalogue_facts.json").read_text("utf-8")
)
APPLICANTS = {
    "fiz": "person",
    "ip": "sole-trader",
    "yul": "organisation",
    "representative": "representative",
    "legal_representative": "legal-representative",
}
# The domain's words for codes that mean a field of the blocks: one code, asked once.
RECODED = {
    ("egrn-info", "delivery"): {"mfc": "office"},
    ("kad-prava", "delivery"): {"mfc": "office", "courier": "home"},
    ("tax-notice", "delivery"): {"mfc": "office"},
    ("zhku-debt-ref", "delivery"): {"mfc": "office"},
}


def weigh(document: dict[str, Any]) -> Checked:
    """Check a document by its service on a day the service is rendered."""
    service = CATALOGUE.service(document["service"])
    return check(service, CATALOGUE, document, day_of(service))


def said(document: dict[str, Any]) -> dict[str, str]:
    """Codes of all problems by their path."""
    return {problem.path: problem.code for problem in weigh(document).problems}


def test_there_are_74_services_with_all_their_fields_and_papers() -> None:
    """492 fields and 305 documents of domain/catalogue.json."""
    assert sorted(FACTS) == SLUGS
    assert len(SLUGS) == 74
    assert sum(len(one["fields"]) for one in FACTS.values()) == 492
    assert sum(len(one["documents"]) for one in FACTS.values()) == 305


@pytest.mark.parametrize("slug", SLUGS)
def test_a_service_says_what_the_domain_says(slug: str) -> None:
    """Who may come, what is asked and demanded, how long, how much, until when: field by field."""
    facts, service = FACTS[slug], CATALOGUE.service(slug)

    assert (service.title, service.group) == (facts["title"], facts["group"])
    assert (service.authority, service.result) == (facts["authority"], facts["result"])
    assert list(service.applicants) == [APPLICANTS[one] for one in facts["applicants"]]
    assert service.offline == facts["offline"].replace("_", "-")
    assert bool(service.offline_why) is (service.offline != "full")
    assert _flags(service) == facts["flags"]
    assert _term(service) == facts["term"]
    assert {
        key: getattr(service, key) and str(getattr(service, key))
        for key in ("valid_from", "valid_to", "superseded_by")
    } == {key: facts.get(key) or ("" if key == "superseded_by" else None) for key in _IN_FORCE}
    assert not facts["verify"] or _doubts(service)
    if "home_visit" in facts["offices"] or "mobile_office" in facts["offices"]:
        assert "home" in service.offices or "home_visit" not in facts["offices"]
        assert "mobile" in service.offices or "mobile_office" not in facts["offices"]
    assert "district" in service.offices or "any_office" not in facts["offices"]
    assert service.offices == ("flagship",) or "flagship_only" not in facts["offices"]
    assert service.keywords


_IN_FORCE = ("valid_from", "valid_to", "superseded_by")


def _flags(service: Service) -> list[str]:
    flags = {
        "extraterritorial": service.extraterritorial,
        "cross_region": service.cross_region,
        "appointment_required": service.appointment,
    }
    return [name for name, value in flags.items() if value]


def _term(service: Service) -> list[object]:
    term = service.term
    return [term.days, term.unit, term.starts.replace("-", "_")]


def _doubts(service: Service) -> bool:
    """Whether anything of the service is marked to be checked."""
    texts = [one.verify for one in service.duties]
    texts += [one.verify for one in service.documents]
    texts += [one.verify for one in service.fields]
    return bool(service.verify or service.term.verify or any(texts))


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_to_be_checked_is_marked_at_the_fact_it_belongs_to(slug: str) -> None:
    """Each `verify_what`, note and date of a sum the domain doubts: term, duty, paper, service."""
    service = CATALOGUE.service(slug)
    marked = {
        "term": service.term.verify,
        "duty": "".join(one.verify for one in service.duties),
        "document": "".join(one.verify for one in service.documents),
        "service": service.verify,
    }

    assert [told for told, fact in FACTS[slug]["verify_what"] if not marked[fact]] == []


def test_the_domain_doubts_63_services() -> None:
    """None of them lost its mark."""
    assert sum(bool(one["verify_what"]) for one in FACTS.values()) == 63


@pytest.mark.parametrize("slug", SLUGS)
def test_every_field_and_paper_of_the_domain_is_there(slug: str) -> None:
    """Names, whether they are required and conditional, codes of choices; papers in their order."""
    facts, service = FACTS[slug], CATALOGUE.service(slug)
    fields = {one.name: one for one in service.fields}

    assert [name for name in facts["fields"] if name not in fields] == []
    for name, told in facts["fields"].items():
        field = fields[name]
        shape, _, codes = told.partition(" ")
        assert field.required or field.required_when or shape[0] == "-", name
        assert field.relevant is not None or "?" not in shape, name
        known = RECODED.get((slug, name), {})
        wanted = [known.get(code, code) for code in codes.split("|") if code]
        assert not wanted or [one.code for one in field.choices] == wanted, name
    papers = []
    for one in service.documents:
        if one.relevant is not None and EXEMPTION in one.relevant.names:
            continue  # the paper of an exemption from the duty: the domain names who, not by what
        shape = ("+" if one.required else "-") + ("?" if one.relevant else "")
        ways = (" smev " if one.by == "smev" else " ") + ("return " if one.returned else "")
        papers.append(f"{shape}{ways}{one.form}: {one.title}")
    assert papers == facts["documents"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_sum_of_the_domain_is_in_the_tariff(slug: str) -> None:
    """The base and every variant stand there in kopecks; what is free is free."""
    kind, base, variants = FACTS[slug]["duty"]
    duties = CATALOGUE.service(slug).duties
    sums = {one.kopecks for one in duties if one.kopecks is not None}

    if kind == "free":
        assert {one.kind for one in duties} == {"free"}
    elif base is not None:
        assert base * 100 in sums
    else:
        assert any(one.verify for one in duties)
    asked = [sum_ for sum_ in variants if (slug, sum_) not in PARTS]
    assert [one for one in asked if one * 100 not in sums] == []
    assert all(one.verify for one in duties if one.kind != "free")


@pytest.mark.parametrize("slug", SLUGS)
def test_an_exemption_from_the_duty_is_claimed_with_its_paper(slug: str) -> None:
    """Whoever claims one is asked for what proves it; without that it is a defect of its own."""
    service = CATALOGUE.service(slug)
    titles = {one.title for duty in service.duties for one in duty.exempt}
    papers = {
        str(title): paper
        for paper in service.documents
        for table in (paper.relevant.any_of if paper.relevant else ())
        for test in table
        if test.name == EXEMPTION
        for title in test.values
    }
    assert set(papers) == titles
    for title, paper in papers.items():
        assert paper.required
        assert paper.verify
        assert paper.by == "applicant"
        claimed = filled(opened(Branch(slug, "paper", paper.name, 0)))
        assert said(claimed) == {}
        assert claimed["delivery"]["exemption"] == title
        without = [one for one in claimed["documents"] if one["name"] != paper.name]
        assert len(without) == len(claimed["documents"]) - 1
        lame = {**claimed, "documents": without}
        assert said(lame) == {f"documents.{paper.name}": "document.missing"}
        (defect,) = CATALOGUE.refusals.defects(weigh(lame).problems)
        assert (defect.code, defect.label) == ("R03", paper.title)
        assert "подтверждают льготу" in defect.text
        del lame["delivery"]["exemption"]
        assert said(lame) == {}


# Parts of a sum the domain names apart: plates, and the change of a paper passport of a vehicle.
PARTS = {("vehicle-reg", 3000), ("vehicle-reg", 525)}

BRANCHES = [branch for slug in SLUGS for branch in branches(slug)]


def _called(branch: Branch) -> str:
    return f"{branch.slug}-{branch.kind}-{branch.name}-{branch.table}"


@pytest.mark.parametrize("branch", BRANCHES, ids=_called)
def test_each_branch_taken_is_answered_rightly(branch: Branch) -> None:
    """An open branch asks its field or paper and is whole when answered; a closed one asks nothing
    and leaves what was answered out of the record.
    """
    service = CATALOGUE.service(branch.slug)
    whole = filled(opened(branch))

    assert said(whole) == {}
    assert _asks(service, whole, branch)
    shut = closed(branch)
    if shut is None:
        return
    assert said(shut) == {}
    field = next((one for one in service.fields if one.name == branch.name), None)
    if branch.kind == "field" and field is not None and field.same_as:
        return  # asked in a block for a reason of its own
    assert not _asks(service, shut, branch)
    if branch.kind == "field":
        kept = at_path(whole, f"answers.{branch.name}")
        shut["answers"][branch.name] = kept if kept is not None else "что угодно"
        record = weigh(shut)
        assert record.ok
        assert at_path(record.record, f"answers.{branch.name}") is None


def _answered_rightly(branch: Branch) -> None:
    """Asked and whole when open; when closed not asked, and what was answered is not kept."""
    service = CATALOGUE.service(branch.slug)
    whole = filled(opened(branch))

    assert said(whole) == {}
    assert _asks(service, whole, branch)
    shut = closed(branch)
    assert shut is not None
    assert said(shut) == {}
    assert not _asks(service, shut, branch)
    block, _, key = branch.name.partition(".")
    shut[block][key] = whole[block].get(key, "что угодно")
    record = weigh(shut)
    assert record.ok
    assert at_path(record.record, branch.name) is None


@cache
def _share() -> dict[str, Branch]:
    """One branch of the shared blocks for each service that can take one both ways."""
    found = {slug: list(block_branches(slug)) for slug in SLUGS}
    return {slug: its[at % len(its)] for at, (slug, its) in enumerate(found.items()) if its}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_branch_of_the_shared_blocks_is_answered_rightly(slug: str) -> None:
    """One of each service by default; the rest of them below."""
    if slug in _share():
        _answered_rightly(_share()[slug])


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_each_branch_of_the_shared_blocks_is_answered_rightly(slug: str) -> None:
    """All of them, at every service that can take them both ways."""
    for branch in block_branches(slug):
        _answered_rightly(branch)


def test_the_shared_blocks_have_conditions_of_every_kind() -> None:
    """What the share above is worth: people without a patronymic, traders, ways of delivery."""
    assert {branch.name for branch in _share().values()} == {
        "applicant.patronymic",
        "representative.patronymic",
        "applicant.ogrnip",
        "delivery.address",
    }


def _asks(service: Service, document: dict[str, Any], branch: Branch) -> bool:
    day = day_of(service)
    if branch.kind == "paper":
        return branch.name in {one.name for one in documents_for(service, document, day)}
    asked = {one.path: one.field for one in visible_fields(service, CATALOGUE, document, day)}
    if branch.kind == "block":
        return branch.name in asked
    field = next(one for one in service.fields if one.name == branch.name)
    path = field.same_as or f"answers.{branch.name}"
    return path in asked and (not field.same_as or asked[path].required)


@pytest.mark.parametrize("slug", SLUGS)
def test_each_required_column_taken_out_is_named(slug: str) -> None:
    """Children, creditors, parties: an empty cell that is required is named by row and column."""
    service = CATALOGUE.service(slug)
    for seed in range(4):
        whole = _document(slug, seed)
        for field in (one for one in service.fields if one.rows):
            for number, row in enumerate(whole["answers"].get(field.name) or []):
                for cell in field.rows:
                    if not cell.required or cell.name not in row:
                        continue
                    lame = copy.deepcopy(whole)
                    del lame["answers"][field.name][number][cell.name]
                    assert said(lame)[f"answers.{field.name}.{number}.{cell.name}"] == "required"


CHECKED = {"snils", "inn10", "inn12", "ogrn", "ogrnip", "oms", "bank_account", "uin", "rntrc"}


@pytest.mark.parametrize("slug", SLUGS)
def test_each_number_broken_in_its_check_digit_is_refused(slug: str) -> None:
    """Wherever a number with arithmetic stands, in a block, the form or a row."""
    for seed in range(6):
        whole = _document(slug, seed)
        for field, path in _numbers(whole):
            lame = copy.deepcopy(whole)
            *holders, last = path.split(".")
            block = at_path(lame, ".".join(holders))
            assert isinstance(block, dict)
            block[last] = _broken(str(block[last]), field.type)
            found = said(lame)
            assert path in found, (path, seed)
            assert found[path] in ("unreadable", "constraint.bank")


def _document(slug: str, seed: int) -> dict[str, Any]:
    service = CATALOGUE.service(slug)
    return copy.deepcopy(example(service, CATALOGUE, day_of(service), seed))


def _numbers(document: dict[str, Any]) -> Iterator[tuple[Field, str]]:
    """Walk the numbers with arithmetic that a document holds."""
    service = CATALOGUE.service(document["service"])
    for placed in visible_fields(service, CATALOGUE, document, day_of(service)):
        value = at_path(document, placed.path)
        if placed.field.type == "repeat":
            for number, row in enumerate(value if isinstance(value, list) else []):
                for cell in placed.field.rows:
                    if cell.type in CHECKED and cell.name in row and _has_key(cell, row):
                        yield cell, f"{placed.path}.{number}.{cell.name}"
        elif placed.field.type in CHECKED and value and _has_key(placed.field, document["answers"]):
            yield placed.field, placed.path


def _has_key(field: Field, answers: dict[str, Any]) -> bool:
    """Whether arithmetic can see the digit: an account has a key only beside its БИК."""
    bank = next((str(rule.bound) for rule in field.constraints if rule.operator == "bank"), "")
    return field.type != "bank_account" or bool(answers.get(bank))


def _broken(number: str, kind: str) -> str:
    """Another check digit: the ninth of an account, the last of the others."""
    at = 8 if kind == "bank_account" else len(number) - 1
    return number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]


def test_a_service_that_has_ended_says_what_came_instead() -> None:
    """The day after its last it is refused, the day before its first too."""
    service = CATALOGUE.service("posobie-0-3")
    document = _document("posobie-0-3", 0)
    after = check(service, CATALOGUE, document, date(2023, 1, 1))
    before = check(service, CATALOGUE, document, date(2022, 4, 24))

    assert [one.code for one in after.problems if one.path == "service"] == ["service.not-in-force"]
    assert any("Единое пособие" in one.text for one in after.problems)
    assert any(one.code == "service.not-in-force" for one in before.problems)
