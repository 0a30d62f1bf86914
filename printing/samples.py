"""Synthetic papers for the gallery: one as offices print it, one with all that is long.

Nobody in them exists: numbers begin with 900 and 99 (domain.md, 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from printing.case_label import CaseLabel
from printing.certification import CopyMark, ElectronicMark
from printing.consent import ConsentRepresentative
from printing.day_close import DayCheck, DayClose
from printing.payment_qr import Payment
from printing.sample_papers import (
    ADDRESS,
    DAY,
    LONG_PERSON,
    LONG_SERVICE,
    NO_PATRONYMIC,
    NUMBER,
    OFFICE,
    PAYMENT,
    PERSON,
    SERVICE,
    SIGNS,
    WORKER,
    application_of,
    consent_of,
    journal_of,
    memo_of,
    receipt_of,
    reconciliation_of,
    referral_of,
    refusal_of,
    register_of,
    route_of,
    slip_of,
    visit_of,
)

_LONG_PAYMENT = Payment(
    payee=(
        "Управление Федерального казначейства по г. Учебному (Управление Министерства внутренних "
        "дел по г. Учебному и району, л/с 04000000000)"
    ),
    account=PAYMENT.account,
    bank="ОТДЕЛЕНИЕ Г. УЧЕБНОГО БАНКА РОССИИ//УФК",
    bic=PAYMENT.bic,
    corr=PAYMENT.corr,
    kopecks=123456789,
    purpose="Государственная пошлина | " + "за совершение юридически значимых действий " * 4,
    last_name="Ґалаґан-Їжакевич-Надзвичайна",
    first_name="Єва-Софія",
    payer_address=ADDRESS,
)
_REP = ConsentRepresentative(
    "Примеров Иван Сергеевич",
    "г. Учебный, ул. Образцовая, д. 9",
    "паспорт 99 21 № 654321, выдан 03.05.2011 ОВД г. Учебного",
    "доверенность 99 АА 1234567 от 01.10.2026",
)

USUAL: Mapping[str, Any] = {
    "receipt": receipt_of(PERSON, SERVICE, 5),
    "application": application_of(PERSON, SERVICE, 5),
    "consent": consent_of(PERSON, None, ""),
    "transfer_register": register_of(9, SIGNS, "Паспорт РФ"),
    "route_sheet": route_of(4, SIGNS),
    "reconciliation_act": reconciliation_of(1, "Паспорт РФ"),
    "duty_slip": slip_of(PAYMENT, PERSON),
    "issue_journal": journal_of(6, SIGNS, "Справка о выплатах"),
    "refusal": refusal_of(PERSON, SERVICE, 1),
    "visit_act": visit_of(PERSON),
    "day_close": DayClose(
        **OFFICE,
        date=DAY,
        checks=(
            DayCheck("4 из 4", "да"),
            DayCheck("0", "да"),
            DayCheck("123 = 123", "да"),
            DayCheck("6 из 6", "да"),
        ),
        senior_signs=WORKER,
    ),
    "referral": referral_of(PERSON, SERVICE),
    "memo": memo_of(PERSON, SERVICE, 2),
    "case_label": CaseLabel(
        number=NUMBER,
        service_short="Паспорт РФ",
        surname_initials=SIGNS,
        date=DAY,
        due="30.11.2026",
    ),
    "certify_stamp": CopyMark(
        **OFFICE, position="Ведущий специалист", name_initials="А. П. Примерова", date=DAY
    ),
    "edoc_certify": ElectronicMark(
        **OFFICE,
        copy_no="17",
        date=DAY,
        time="10:32",
        cert="9900 ABCD 1234",
        owner="Росреестр",
        valid_from="01.01.2026",
        valid_to="01.04.2027",
        position="Ведущий специалист",
        fio="Примерова Анна Павловна",
    ),
}
"""One paper of each kind, as offices print them."""

LONG: Mapping[str, Any] = {
    **USUAL,
    "receipt": receipt_of(
        LONG_PERSON,
        LONG_SERVICE,
        40,
        official_number="90/2026-000117",
        representative=NO_PATRONYMIC,
        power="доверенность № 99 АА 1234567 от 01.10.2026, действует до 01.10.2027 "
        "(срок не назван: один год, ГК РФ, ст. 186)",
        missing=("Справка о составе семьи",),
        missing_until="05.12.2026",
    ),
    "application": application_of(LONG_PERSON, LONG_SERVICE, 40, f"{NO_PATRONYMIC}, {_REP.power}"),
    "consent": consent_of(LONG_PERSON, _REP, "ООО «Связь», г. Учебный, ул. Служебная, д. 5"),
    "transfer_register": register_of(60, LONG_PERSON, LONG_SERVICE),
    "route_sheet": route_of(8, LONG_PERSON),
    "reconciliation_act": reconciliation_of(40, LONG_SERVICE),
    "duty_slip": slip_of(_LONG_PAYMENT, LONG_PERSON),
    "issue_journal": journal_of(40, LONG_PERSON, LONG_SERVICE),
    "refusal": refusal_of(LONG_PERSON, LONG_SERVICE, 20),
    "visit_act": visit_of(LONG_PERSON),
    "referral": referral_of(LONG_PERSON, LONG_SERVICE),
    "memo": memo_of(LONG_PERSON, LONG_SERVICE, 40),
    "case_label": CaseLabel(
        number=NUMBER,
        service_short=LONG_SERVICE,
        surname_initials="Ґалаґан-Їжакевич-Надзвичайна Є.-С. В.-К.",
        date=DAY,
        due="30.11.2026 (предварительно)",
    ),
}
"""The same with long names, forty documents, no patronymic and Ukrainian letters."""
