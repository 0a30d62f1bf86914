"""A whole request is checked at once and every problem is named."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.catalogue import load
from forms.check import Checked, check, check_field, documents_for, visible_fields
from forms.example import example
from forms.facts import at_path
from forms.people import representative, snils

CATALOGUE = load()
TODAY = date(2026, 11, 21)
SLUGS = sorted(CATALOGUE.services)


def day_of(slug: str) -> date:
    """Today, or the last day a service that has ended was rendered."""
    return min(TODAY, CATALOGUE.service(slug).valid_to or TODAY)


def document(slug: str = "soc-card", seed: int = 0, **changes: object) -> dict[str, Any]:
    """A valid document with dotted paths changed; None takes a value out."""
    service, day = CATALOGUE.service(slug), day_of(slug)
    whole: dict[str, Any] = copy.deepcopy(example(service, CATALOGUE, day, seed))
    for path, value in changes.items():
        put(whole, path.replace("__", "."), value)
    return whole


def put(whole: dict[str, Any], path: str, value: object) -> None:
    """Set or, with None, remove what stands under a path."""
    *holders, last = path.split(".")
    block = whole
    for key in holders:
        block = block.setdefault(key, {})
    if value is None:
        block.pop(last, None)
    else:
        block[last] = value


def weigh(whole: Mapping[str, object], today: date = TODAY) -> Checked:
    """Check a document by the service it names, one that has ended on its last day."""
    service = CATALOGUE.service(str(whole["service"]))
    return check(service, CATALOGUE, whole, min(today, service.valid_to or today))


def found(whole: Mapping[str, object], today: date = TODAY) -> dict[str, str]:
    """Codes of the problems by path."""
    return {problem.path: problem.code for problem in weigh(whole, today).problems}


@pytest.mark.parametrize("slug", SLUGS)
def test_each_required_field_taken_out_is_named(slug: str) -> None:
    """Whatever required answer is missing, exactly it is reported, by its path."""
    for seed in (0, 3):
        whole = document(slug, seed)
        for placed in visible_fields(CATALOGUE.service(slug), CATALOGUE, whole, day_of(slug)):
            if not placed.field.required or placed.field.default:
                continue
            lame = copy.deepcopy(whole)
            put(lame, placed.path, None)

            assert found(lame).get(placed.path) == "required", placed.path


@pytest.mark.parametrize("slug", SLUGS)
def test_each_required_paper_taken_out_is_named(slug: str) -> None:
    """A paper the law demands is asked for, one of СМЭВ never is."""
    for seed in (0, 1):
        whole = document(slug, seed)
        for spec in documents_for(CATALOGUE.service(slug), whole):
            lame = copy.deepcopy(whole)
            lame["documents"] = [one for one in lame["documents"] if one["name"] != spec.name]
            expected = {f"documents.{spec.name}": "document.missing"} if spec.required else {}

            assert found(lame) == expected
            assert not (spec.required and spec.by == "smev")


def test_ten_mistakes_are_ten_problems() -> None:
    """All defects are named at once (204-ФЗ), each with path, label and words to act on."""
    whole = document(
        applicant__surname="Smith",
        applicant__birth_date="31.02.1956",
        applicant__snils="900-100-200 39",
        applicant__phone="12",
        applicant__id_document__number="12",
        applicant__address="дом",
        answers__category="king",
        answers__code_word=None,
        answers__shoe_size="42",
        documents=[{"name": "application"}, {"name": "passport"}],
    )
    checked = weigh(whole)

    assert {problem.path: problem.code for problem in checked.problems} == {
        "applicant.surname": "unreadable",
        "applicant.birth_date": "unreadable",
        "applicant.snils": "unreadable",
        "applicant.phone": "unreadable",
        "applicant.id_document.number": "unreadable",
        "applicant.address": "unreadable",
        "answers.category": "unreadable",
        "answers.code_word": "required",
        "answers.shoe_size": "unknown-key",
        "documents.1": "document.unknown",
        "documents.identity": "document.missing",
    }
    assert not checked.ok
    assert all(problem.label and problem.text for problem in checked.problems)
    sentences = [problem.sentence for problem in checked.problems]
    assert (
        "СНИЛС: контрольное число не сходится: ожидается 93. Проверьте номер по документу"
        in sentences
    )


def test_a_record_is_normalised_and_holds_what_is_relevant() -> None:
    """Spelling is put right, defaults are filled, an answer that lost its condition is dropped."""
    whole = document(
        applicant__snils="90010020093",
        applicant__phone="8 (900) 000-00-07",
        applicant__birth_date="12.03.1956",
        applicant__id_document__issued="02.04.2001",
        answers__request="first",
        answers__old_card="9643 0000",
    )
    record = weigh(whole).record
    applicant: Any = record["applicant"]

    assert applicant["snils"] == "900-100-200 93"
    assert applicant["phone"] == "+79000000007"
    assert applicant["birth_date"] == "1956-03-12"
    assert record["delivery"] == {"way": "office"}
    assert "old_card" not in record["answers"]  # type: ignore[operator]
    assert "old_card" in whole["answers"]


def test_an_answer_asked_elsewhere_may_be_repeated_not_contradicted() -> None:
    """СНИЛС of a form is the applicant's own: asked once, required there."""
    assert found(document(answers__snils="900 000 000 26")).get("answers.snils") in {
        None,
        "same-as",
    }
    assert found(document(answers__snils=snils(5))) == {"answers.snils": "same-as"}
    assert found(document(answers__snils=snils(0))) == {}
    assert found(document(applicant__snils=None)) == {"applicant.snils": "required"}


def test_a_warning_waits_for_a_reason() -> None:
    """A warning blocks until a reason is given; the reason goes into the record."""
    whole = document("reg-residence", answers__arrival_date="01.11.2026")
    late = weigh(whole)

    assert not late.ok
    assert not late.errors
    assert [problem.path for problem in late.open_warnings] == ["answers.arrival_date"]
    reasoned = weigh(whole | {"overrides": {"answers.arrival_date": " заявитель  предупреждён "}})
    assert reasoned.ok
    assert reasoned.record["overrides"] == {"answers.arrival_date": "заявитель предупреждён"}
    assert weigh(reasoned.record).ok
    empty = weigh(whole | {"overrides": {"answers.arrival_date": " "}})
    assert [problem.code for problem in empty.errors] == ["override"]
    assert not empty.ok


def test_a_reason_never_overrides_an_error() -> None:
    """A reason beside an error changes nothing and is not kept."""
    whole = document(applicant__snils="900-100-200 39")
    checked = weigh(whole | {"overrides": {"applicant.snils": "так в документе"}})

    assert not checked.ok
    assert "overrides" not in checked.record


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"service": "egrn-info"}, "service", "service"),
        ({"answers": []}, "answers", "shape"),
        ({"applicant": "Образцова"}, "applicant", "shape"),
        ({"documents": {}}, "documents", "shape"),
        ({"extra": 1}, "extra", "unknown-key"),
        ({"ref": "x" * 300}, "ref", "shape"),
        ({"delivery": {"way": "pigeon"}}, "delivery.way", "unreadable"),
        ({"delivery": {"ways": "office"}}, "delivery.ways", "unknown-key"),
    ],
)
def test_a_document_of_another_shape_is_told_so(
    change: dict[str, object], path: str, code: str
) -> None:
    """Sections of a wrong shape and keys nobody knows are problems, never exceptions."""
    whole = document() | change
    problems = {
        problem.path: problem.code
        for problem in check(CATALOGUE.service("soc-card"), CATALOGUE, whole, TODAY).problems
    }

    assert problems[path] == code


@pytest.mark.parametrize(
    "whole",
    [
        {},
        {"answers": {"category": {"a": [1]}}, "applicant": {"id_document": "9920 123456"}},
        {
            "applicant": {"surname": ["А"], "birth_date": 7, "phone": None},
            "documents": [None, 1, []],
        },
        {"documents": [{"name": ["application"]}, {"name": "identity", "copies": "два"}]},
        {"representative": {}, "overrides": {"applicant.phone": 5}, "delivery": {"way": []}},
    ],
)
@pytest.mark.parametrize("slug", SLUGS)
def test_any_junk_is_problems_not_an_exception(whole: dict[str, object], slug: str) -> None:
    """Nothing in a JSON document makes the check fail."""
    checked = check(CATALOGUE.service(slug), CATALOGUE, whole, TODAY)

    assert not checked.ok
    assert all(problem.text for problem in checked.problems)


@pytest.mark.parametrize(
    ("birth", "issued", "today", "code"),
    [
        ("1980-05-10", "2000-05-20", "2025-08-08", None),  # 90 days after the 45th birthday
        ("1980-05-10", "2000-05-20", "2025-08-09", "identity.expired"),
        ("2005-11-01", "2019-11-20", "2026-01-30", None),
        ("2005-11-01", "2019-11-20", "2026-01-31", "identity.expired"),
        ("1980-05-10", "2025-05-20", "2026-11-21", None),
        ("1956-03-12", "1950-04-02", "2026-11-21", "identity.before-birth"),
        ("1956-03-12", "1968-04-02", "2026-11-21", "identity.before-age"),
        ("2004-02-29", "2018-03-10", "2024-05-29", None),
        ("2004-02-29", "2018-03-10", "2024-05-30", "identity.expired"),
    ],
)
def test_a_passport_lives_to_20_and_45_and_ninety_days_more(
    birth: str, issued: str, today: str, code: str | None
) -> None:
    """The age limits of a passport are counted on the day of acceptance."""
    whole = document(applicant__birth_date=birth, applicant__id_document__issued=issued)
    problems = found(whole, date.fromisoformat(today))

    assert problems.get("applicant.id_document.issued") == code


def test_an_expired_passport_may_be_exchanged() -> None:
    """Where the passport itself is exchanged its age limit is a warning."""
    whole = document(
        "passport-rf",
        applicant__birth_date="1980-05-10",
        applicant__id_document__issued="2000-05-20",
    )
    warned = weigh(whole).open_warnings

    assert [problem.code for problem in warned] == ["identity.expired"]


@pytest.mark.parametrize(
    ("power", "path", "code"),
    [
        ({"issued": "2025-11-21"}, None, None),
        ({"issued": "2025-11-20"}, "representative.power.issued", "power.expired"),
        ({"issued": "2020-01-01", "until": "2030-01-01"}, None, None),
        (
            {"issued": "2026-01-01", "until": "2026-11-20"},
            "representative.power.until",
            "power.expired",
        ),
        (
            {"issued": "2026-11-01", "until": "2026-10-01"},
            "representative.power.until",
            "power.dates",
        ),
        ({"issued": ""}, "representative.power.issued", "required"),
        ({"issued": "2026-11-22"}, "representative.power.issued", "constraint.not_after"),
        ({"issued": "2026-11-01", "scope": []}, "representative.power.scope", "required"),
    ],
)
def test_a_power_of_attorney_has_its_date_and_term(
    power: dict[str, object], path: str | None, code: str | None
) -> None:
    """Without a term it lives one year, without a date of issue it is void (ГК, ст. 186)."""
    whole = document()
    acting: Any = representative(3, TODAY)
    acting["power"] |= power
    whole["representative"] = acting
    whole["documents"].append({"name": "power"})
    problems = found(whole)

    assert problems == ({path: code} if path else {})


def test_the_void_power_says_why() -> None:
    """The words name the article, so that the specialist can explain the refusal."""
    whole = document()
    acting: Any = representative(3, TODAY)
    del acting["power"]["issued"]
    texts = [one.text for one in weigh(whole | {"representative": acting}).problems]

    assert any("ст. 186" in text for text in texts)


def test_who_may_represent_is_the_services_own_rule() -> None:
    """A passport is asked for in person, residence by a legal representative only."""
    acting = representative(3, TODAY)

    assert found(document("passport-rf") | {"representative": acting}) == {
        "representative": "representative.not-allowed"
    }
    assert found(document("reg-residence") | {"representative": acting}) == {
        "representative.kind": "representative.not-allowed"
    }


def test_a_representative_just_begun_already_needs_a_power() -> None:
    """An empty block is a representative not yet described: fields and papers are asked for."""
    problems = found(document() | {"representative": {}})

    assert problems["representative.surname"] == "required"
    assert problems["documents.power"] == "document.missing"


def test_an_organisation_comes_through_its_representative() -> None:
    """An organisation's own block is asked, and someone must act for it."""
    seed = next(
        seed
        for seed in range(100)
        if document("egrn-info", seed)["applicant"]["kind"] == "organisation"
    )
    whole = document("egrn-info", seed)

    assert weigh(whole).ok
    assert found(whole | {"representative": None}) == {"representative": "representative.required"}
    assert found(document(applicant__kind="organisation"))["applicant.kind"] == "unreadable"


@pytest.mark.parametrize(("age", "code"), [(13, "age"), (14, None)])
def test_a_child_comes_with_a_legal_representative(age: int, code: str | None) -> None:
    """Under fourteen nobody asks alone, and a passport is not given at all."""
    birth = TODAY.replace(year=TODAY.year - age)
    whole = document(
        applicant__birth_date=birth.isoformat(), applicant__id_document__issued=TODAY.isoformat()
    )

    assert found(whole).get("applicant.birth_date") == code
    passport = found(whole | {"service": "passport-rf"})
    assert passport.get("applicant.birth_date") == code


def test_a_patronymic_is_given_or_said_to_be_absent() -> None:
    """An empty patronymic needs its flag; with the flag nothing is asked and nothing kept."""
    assert found(document(applicant__patronymic=None)) == {"applicant.patronymic": "required"}
    assert found(document(applicant__patronymic="нет")) == {"applicant.patronymic": "unreadable"}
    absent = weigh(document(applicant__patronymic=None, applicant__no_patronymic=True))
    assert absent.ok


@pytest.mark.parametrize(
    ("kind", "series", "number", "code"),
    [
        ("passport-ua-book", "ВК", "990001", None),
        ("passport-ua-book", "99", "990001", "constraint.pattern"),
        ("birth-certificate", "ІІ-МЮ", "123456", None),
        ("foreign-passport-rf", "99", "1234567", None),
        ("foreign-passport-rf", "9920", "1234567", "constraint.pattern"),
    ],
)
def test_series_and_number_follow_the_kind_of_document(
    kind: str, series: str, number: str, code: str | None
) -> None:
    """Each identity document has its own shape; a subdivision code belongs to a passport only."""
    whole = document(
        applicant__id_document={
            "kind": kind,
            "series": series,
            "number": number,
            "issued": "2020-01-10",
            "issuer": "Учебный отдел",
        }
    )

    assert found(whole).get("applicant.id_document.series") == code
    assert "applicant.id_document.code" not in found(whole)
    shown = {one.path for one in visible_fields(CATALOGUE.service("soc-card"), CATALOGUE, whole)}
    assert "applicant.id_document.code" not in shown


@pytest.mark.parametrize(
    ("kind", "series", "number"),
    [
        ("passport-dnr", "99", "990001"),
        ("passport-lnr", "ТТ", "99"),
        ("residence-permit", "9", "1234567"),
    ],
)
def test_a_shape_the_catalogue_is_not_sure_of_is_a_warning(
    kind: str, series: str, number: str
) -> None:
    """What `verify` marks in the list of identity documents never refuses; the words say so."""
    paper = {"kind": kind, "issued": "2020-01-10", "issuer": "Учебный отдел"}
    odd = weigh(document(applicant__id_document=paper | {"series": series, "number": number}))

    assert [one.severity for one in odd.problems] == ["warning"]
    assert "требует проверки" in odd.problems[0].text
    held = CATALOGUE.identity[kind]
    right = {"series": held.series_example, "number": held.number_example}
    assert weigh(document(applicant__id_document=paper | right)).ok


def test_who_was_admitted_to_citizenship_comes_with_the_certificate() -> None:
    """A certificate has a number and no series."""
    paper = {"number": "990001", "issued": "2026-01-10", "issuer": "Учебный отдел"}
    whole = document(applicant__id_document=paper | {"kind": "citizenship-certificate"})

    assert weigh(whole).ok


def test_a_passport_of_no_region_is_doubted() -> None:
    """The first two digits are the region of issue by ОКАТО; a reason lets the series stand."""
    whole = document()
    whole["applicant"]["id_document"]["series"] = "0220"
    path = "applicant.id_document.series"
    (odd,) = weigh(whole).problems

    assert (odd.path, odd.severity, odd.code) == (path, "warning", "doubt")
    assert weigh(whole | {"overrides": {path: "так в паспорте"}}).ok


@pytest.mark.parametrize("series", ["99АБ", "АБВГ", "99²²", "99٢٠", "9", ""])
def test_a_passport_series_that_is_no_number_is_named_by_its_field(series: str) -> None:
    """Letters where the year of the blank stands are the field's mistake, not a crash."""
    whole = document()
    whole["applicant"]["id_document"]["series"] = series
    expected = {} if series in {"99²²", "99٢٠"} else {"applicant.id_document.series"}

    assert found(whole).keys() == set(expected)


def _leaves(block: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of the single values of a document."""
    if isinstance(block, dict):
        for key, inner in block.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(block, list):
        for place, inner in enumerate(block):
            yield from _leaves(inner, (*path, place))
    elif path != ("service",):
        yield path


STRANGE = st.one_of(
    st.text(max_size=20),
    st.text("0123456789²٣- .А\x00\ud800", min_size=1, max_size=12),
    st.sampled_from(
        [None, True, -1, 10**30, 1.5, [], ["x"], {}, {"x": 1}, "9999-12-31", "0001-01-01"]
    ),
)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_strange_value_anywhere_is_a_problem_not_an_exception(data: st.DataObject) -> None:
    """One to three values of a right document changed to anything: answered in words, always."""
    whole = document(data.draw(st.sampled_from(SLUGS)), data.draw(st.integers(0, 7)))
    leaves = list(_leaves(whole))
    for path in data.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=3, unique=True)):
        block: Any = whole
        for key in path[:-1]:
            block = block[key]
        block[path[-1]] = data.draw(STRANGE)

    assert all(problem.text for problem in weigh(whole).problems)


def test_an_id_card_has_no_series() -> None:
    """A document without a series never asks for one."""
    card = {
        "kind": "passport-ua-card",
        "number": "990000001",
        "issued": "2020-01-10",
        "issuer": "МВС",
    }
    whole = document(applicant__id_document=card)

    assert weigh(whole).ok
    assert at_path(weigh(whole).record, "applicant.id_document.series") is None


@pytest.mark.parametrize(
    ("paper", "path", "code"),
    [
        ({"form": "copy"}, "documents.identity", "document.form"),
        ({"defect": "unreadable"}, "documents.identity", "document.unreadable"),
        ({"defect": "torn"}, "documents.1", "document.defect"),
        ({"form": "scan"}, "documents.1", "document.form"),
        ({"copies": 0}, "documents.1", "document.copies"),
        ({"sheets": True}, "documents.1", "document.sheets"),
        ({"returned": "да"}, "documents.1", "document.returned"),
        ({"details": "x" * 300}, "documents.1", "document.details"),
        ({"promised": "2026-11-20"}, "documents.1.promised", "document.promised"),
        ({"colour": "red"}, "documents.1.colour", "unknown-key"),
        ({"promised": "30.11.2026"}, None, None),
    ],
)
def test_papers_are_weighed_one_by_one(
    paper: dict[str, object], path: str | None, code: str | None
) -> None:
    """Form, counts, details and the promise of a later paper are each checked."""
    whole = document()
    whole["documents"] = [{"name": "application"}, {"name": "identity", **paper}]

    assert found(whole) == ({path: code} if path else {})


def test_a_paper_of_other_answers_stays_in_the_draft() -> None:
    """A paper that these answers do not ask for is left out of the record without a word."""
    whole = document()
    whole["documents"].append({"name": "power"})
    record: Any = weigh(whole).record

    assert weigh(whole).ok
    assert "power" not in [one["name"] for one in record["documents"]]


def test_an_electronic_result_needs_an_address() -> None:
    """The e-mail of the applicant is required once the result goes there."""
    whole = document("egrn-info", delivery__way="email")

    assert found(whole) == {"applicant.email": "required"}
    assert found(document("egrn-info", delivery__way="home"))["delivery.way"] == "unreadable"
    assert found(document("soc-card", delivery__way="home")) == {"delivery.address": "required"}


def test_fields_come_and_go_with_their_condition() -> None:
    """Only relevant fields are shown, in the order of the form."""
    service = CATALOGUE.service("passport-rf")

    def answers(**given: object) -> list[str]:
        whole = {"service": "passport-rf", "answers": given}
        placed = visible_fields(service, CATALOGUE, whole, TODAY)
        return [one.path for one in placed if one.path.startswith("answers.")]

    assert "answers.spouse" not in answers()
    assert "answers.spouse" in answers(marital="married")
    assert "answers.old_passport_series" not in answers(reason="first")
    assert answers(reason="lost").index("answers.reason_date") == 1


def test_a_field_is_checked_alone_while_it_is_typed() -> None:
    """check_field says what stands under the field, or nothing."""
    fields = {one.name: one for one in CATALOGUE.service("reg-residence").fields}

    assert check_field(fields["arrival_date"], "20.11.2026", TODAY) is None
    late = check_field(fields["arrival_date"], "20.10.2026", TODAY, path="answers.arrival_date")
    assert late is not None
    assert (late.severity, late.path) == ("warning", "answers.arrival_date")
    empty = check_field(fields["new_address"], "  ", TODAY)
    assert empty is not None
    assert empty.code == "required"
    assert check_field(fields["cadastral"], "", TODAY) is None


def test_checking_is_fast() -> None:
    """A field is checked in well under a millisecond, a whole document in under five."""
    whole = document("passport-rf", 3)
    service = CATALOGUE.service("passport-rf")
    weigh(whole)
    started = time.process_time()
    for _ in range(20):
        weigh(whole)
    each = (time.process_time() - started) / 20
    started = time.process_time()
    for one in service.fields:
        check_field(one, "21.11.2026", TODAY)

    assert each < 0.05
    assert (time.process_time() - started) / len(service.fields) < 0.01
