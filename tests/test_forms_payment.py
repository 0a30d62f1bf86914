"""A payment slip is whole, or says what is missing and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forms import people
from forms.catalogue import load
from forms.duty import duty_for
from forms.payment import NoPayment, Payee, payment_data
from forms.spec import Duty

CATALOGUE = load()
TODAY = date(2026, 11, 21)
PAYEE = Payee(  # a treasury account and a single account as published, the rest synthetic
    title="УФК по г. Учебному",
    inn="9901234561",
    kpp="990101001",
    account="03100643000000017300",
    bank="ГУ БАНКА РОССИИ ПО ЦФО//УФК",
    bic="004525988",
    corr="40102810545370000003",
    oktmo="45348000",
    as_of=TODAY,
    kbk={"passport-rf": "18810807100010034110", "kad-prava": "32110807020018000110"},
)
PERSON = people.person(3, TODAY)


def duty_of(slug: str, **answers: object) -> Duty | None:
    """The line of the tariff for some answers today."""
    record = {"answers": answers, "applicant": PERSON}
    return duty_for(CATALOGUE.service(slug), record, TODAY)


def test_a_slip_says_all_a_bank_asks() -> None:
    """Recipient, code, sum, purpose and payer; what is to be checked stays marked."""
    data = payment_data("passport-rf", duty_of("passport-rf", reason="lost"), PERSON, PAYEE)

    assert (data.kopecks, data.kbk, data.uin) == (150_000, "18810807100010034110", "0")
    assert data.purpose == "Госпошлина: взамен утраченного или пришедшего в негодность"
    assert (data.payer_address, data.payer_id) == (PERSON["address"], f"СНИЛС {PERSON['snils']}")
    assert data.verify
    assert data.payee == PAYEE


@pytest.mark.parametrize(
    ("slug", "answers", "payee", "words"),
    [
        ("soc-card", {}, PAYEE, "бесплатна"),
        ("bti-archive", {}, PAYEE, "сумма не известна"),
        ("passport-rf", {"reason": "age"}, replace(PAYEE, kbk={}), "нет КБК"),
        ("passport-rf", {"reason": "age"}, replace(PAYEE, bic="904525988"), "БИК"),
        ("passport-rf", {"reason": "age"}, replace(PAYEE, inn="9901234562"), "ИНН"),
        ("passport-rf", {"reason": "age"}, replace(PAYEE, corr="40102810645370000003"), "корр"),
        ("passport-rf", {"reason": "age"}, replace(PAYEE, oktmo="4534"), "ОКТМО"),
    ],
)
def test_what_cannot_be_paid_says_why(
    slug: str, answers: dict[str, object], payee: Payee, words: str
) -> None:
    """Never a slip with a hole: a free service, an unknown sum, a detail that does not read."""
    with pytest.raises(NoPayment, match=words):
        payment_data(slug, duty_of(slug, **answers), PERSON, payee)


def test_a_broken_uin_makes_no_slip() -> None:
    """The check digit of a УИН is the state's own."""
    duty = duty_of("passport-rf", reason="age")
    whole = payment_data("passport-rf", duty, PERSON, PAYEE, uin="18810999000000000011")

    assert whole.uin == "18810999000000000011"
    with pytest.raises(NoPayment, match="УИН"):
        payment_data("passport-rf", duty, PERSON, PAYEE, uin="18810999000000000012")


@pytest.mark.parametrize(
    ("slug", "day", "answers", "kopecks"),
    [
        ("driver-license", TODAY, {"reason": "expired"}, 400_000),
        ("driver-license", TODAY, {"reason": "expired", "card": "new"}, 600_000),
        ("driver-license", date(2025, 8, 31), {"reason": "expired"}, 200_000),
        ("driver-license", date(2025, 12, 31), {"reason": "ukr"}, 0),
        ("driver-license", date(2026, 1, 1), {"reason": "ukr"}, 400_000),
        ("kad-prava", TODAY, {"procedure": "prava", "right_type": "own"}, 400_000),
        ("kad-prava", TODAY, {"procedure": "both"}, 600_000),
        ("kad-prava", TODAY, {"right_type": "shared", "share": "1/4"}, 100_000),
        ("kad-prava", TODAY, {"cad_cost": 30_000_000_00}, 600_000),
        ("kad-prava", TODAY, {"cad_cost": 30_000_000_00, "price": 50_000_000_00}, 1_000_000),
        ("kad-prava", TODAY, {"cad_cost": 10**12}, 50_000_000),
        ("kad-prava", date(2024, 12, 31), {"procedure": "prava"}, 200_000),
        ("zags-apostille", TODAY, {"count": 3}, 750_000),
        ("zags-name", date(2024, 12, 31), {}, 160_000),
        ("zags-name", date(2025, 1, 1), {}, 500_000),
        ("zagran-5", TODAY, {"for_child": True, "child_under_14": True}, 100_000),
        ("zagran-5", TODAY, {"for_child": False}, 200_000),
        ("vehicle-reg", TODAY, {"action": "deregister"}, 0),
        ("vehicle-reg", TODAY, {"action": "register", "keep_plate": True}, 150_000),
        ("biz-reg", TODAY, {"form": "R21001"}, 0),
        ("biz-reg", TODAY, {"form": "R21001", "submission": "paper"}, 80_000),
    ],
)
def test_the_tariff_of_the_domain(
    slug: str, day: date, answers: dict[str, object], kopecks: int
) -> None:
    """Variant, date, share, number of documents, percentage: domain.md, 2.5."""
    record = {"answers": answers, "applicant": PERSON}
    duty = duty_for(CATALOGUE.service(slug), record, day)

    assert duty is not None
    assert duty.kopecks == kopecks
