"""Makers of the synthetic papers of `samples`: nobody in them exists (domain.md, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from printing.application import Application, ApplicationSection
from printing.consent import Consent, ConsentRepresentative
from printing.duty_slip import DutySlip
from printing.issue_journal import IssuedResult, IssueJournal
from printing.memo import Memo
from printing.payment_qr import Payment
from printing.receipt import Receipt, ReceiptDocument, ReceiptDuty, ReceiptTerm
from printing.reconciliation_act import Discrepancy, ReconciledService, ReconciliationAct
from printing.referral import Referral
from printing.refusal import Refusal
from printing.route_sheet import RouteSheet, RouteStop
from printing.transfer_register import TransferCase, TransferRegister
from printing.visit_act import VisitAct

NUMBER = "00317-000428-51-4"
OFFICE: Mapping[str, Any] = {
    "org": "ГБУ ДНР «МФЦ»",
    "office": "Центр (офис) «Мои документы» г. Учебный",
    "office_address": (
        "г. Учебный, пр-т Примерный, д. 1 · тел. +7 900 000-00-01 · пн–пт 9:00–18:00, сб 9:00–14:00"
    ),
}
WORKER = "Примерова А. П."
PERSON = "Образцова Мария Петровна"
ADDRESS = "283000, г. Учебный, ул. Образцовая, д. 7, кв. 4"
SIGNS = "Образцова М. П."
LONG_PERSON = "Ґалаґан-Їжакевич-Надзвичайна Єва-Софія Володимирівна-Костянтинівна"
NO_PATRONYMIC = "Аль-Мансури Рашид"
SERVICE = "Выдача (замена) паспорта гражданина Российской Федерации"
LONG_SERVICE = (
    "Государственный кадастровый учёт недвижимого имущества и (или) государственная регистрация "
    "прав на недвижимое имущество и сделок с ним, в том числе в отношении объектов, расположенных "
    "за пределами субъекта Российской Федерации по месту приёма документов"
)
AUTHORITY = "МВД России (подразделение по вопросам миграции)"
DAY = "21.11.2026"
APPEAL = (
    "Жалоба подаётся руководителю МФЦ или его учредителю (глава 2.1 Федерального закона от "
    "27.07.2010 № 210-ФЗ) лично, через МФЦ, по почте или через портал. Жалоба на отказ в приёме "
    "документов рассматривается за 5 рабочих дней, прочие — за 15."
)
PAYMENT = Payment(
    payee="УФК по г. Учебному (Отдел МВД России по г. Учебному, л/с 04000000000)",
    account="03100643000000017300",
    bank="ОТДЕЛЕНИЕ Г. УЧЕБНОГО БАНКА РОССИИ//УФК",
    bic="019900000",
    corr="40102810545370000003",
    kopecks=30000,
    purpose="Государственная пошлина за выдачу паспорта гражданина РФ",
    inn="9901234561",
    kpp="990101001",
    kbk="18810807100010034110",
    oktmo="99701000",
    uin="18810999000000000011",
    last_name="Образцова",
    first_name="Мария",
    middle_name="Петровна",
)
_TITLES = (
    ("Заявление о выдаче (замене) паспорта (бывш. форма № 1П)", "", "в деле"),
    ("Паспорт, подлежащий замене", "99 20 № 123456 от 02.04.2001", "в деле"),
    ("Две личные фотографии 35×45 мм", "", "в деле"),
    ("Свидетельство о заключении брака", "I-ЖД № 900123 от 14.06.2026", "возвращён"),
    ("Военный билет", "АН № 9901234", "возвращён"),
    ("Свидетельство о рождении ребёнка", "II-ЖД № 900777 от 03.02.2019", "возвращён"),
    ("Доверенность", "99 АА 1234567 от 01.10.2026", "возвращён"),
    ("Документ об уплате государственной пошлины", "№ 117 от 20.11.2026", "в деле"),
)


def receipt_of(person: str, service: str, documents: int, **more: Any) -> Receipt:
    """Return a receipt of so many documents."""
    return Receipt(
        **OFFICE,
        number=NUMBER,
        accepted_at=f"{DAY} 10:32",
        window="3",
        worker="Ведущий специалист Примерова Анна Павловна",
        service=service,
        authority=AUTHORITY,
        applicant=person,
        applicant_doc="паспорт гражданина РФ, …3456",
        phone="+7 900 000-00-00",
        term=ReceiptTerm(
            term="5 рабочих дней",
            term_start="дня поступления документов в орган",
            authority_date="30.11.2026",
            office_date="01.12.2026",
            result="Паспорт гражданина РФ",
            delivery="в этом офисе, лично",
            storage="30 календарных дней",
            status_check="по телефону +7 900 000-00-01, по номеру расписки",
        ),
        documents=tuple(
            ReceiptDocument(*_TITLES[at % len(_TITLES)][:2], note=_TITLES[at % len(_TITLES)][2])
            for at in range(documents)
        ),
        smev=("Сведения об уплате государственной пошлины", "Сведения о регистрации"),
        duty=ReceiptDuty("300,00 ₽ по состоянию на 01.11.2026", "оплачена", PAYMENT.uin),
        register_by="23.11.2026 18:00",
        applicant_signs=SIGNS,
        worker_signs=WORKER,
        journal_head="9f86d081884c7d65",
        **more,
    )


def application_of(
    person: str, service: str, documents: int, rep: str | None = None
) -> Application:
    """Return an application with so many papers attached."""
    return Application(
        **OFFICE,
        number=NUMBER,
        to=AUTHORITY,
        applicant=f"{person}, 02.04.1981",
        doc="паспорт гражданина РФ 99 20 № 123456, выдан 02.04.2001 ОВД г. Учебного, 990-001",
        snils="900-000-001 17",
        address=ADDRESS,
        fact_address="совпадает с адресом регистрации",
        contacts="+7 900 000-00-00, m.obrazcova@example.ru",
        rep=rep,
        service=service,
        sections=(
            ApplicationSection(
                "Сведения о паспорте",
                (
                    ("Причина замены", "изменение фамилии"),
                    ("Прежняя фамилия", "Примерова"),
                    ("Место рождения", "г. Учебный"),
                    ("Сведения о браке", "зарегистрирован 14.06.2026, I-ЖД № 900123"),
                ),
            ),
            ApplicationSection("Сведения о родителях", (("Мать", person), ("Отец", NO_PATRONYMIC))),
        ),
        documents=tuple(
            f"{_TITLES[at % len(_TITLES)][0]}, 1 экз., 1 л." for at in range(documents)
        ),
        delivery="в этом офисе, лично",
        notify="по телефону +7 900 000-00-00",
        applicant_signs=SIGNS,
    )


def consent_of(person: str, rep: ConsentRepresentative | None, processor: str) -> Consent:
    """Return a consent to notifications."""
    return Consent(
        fio=person,
        address=ADDRESS,
        doc_kind="паспорт гражданина РФ",
        series="99 20",
        number="123456",
        issued="02.04.2001",
        issuer="ОВД г. Учебного",
        operator="ГБУ ДНР «МФЦ»",
        operator_address="г. Учебный, пр-т Примерный, д. 1",
        data_list="фамилия, имя, отчество, номер телефона, адрес электронной почты",
        purpose="уведомление о ходе предоставления услуги по телефону и электронной почте",
        recipients="оператору связи",
        processor=processor,
        valid="один год со дня подписания",
        representative=rep,
        subject_signs=SIGNS,
    )


def register_of(count: int, person: str, service: str) -> TransferRegister:
    """Return a register of so many cases."""
    return TransferRegister(
        **OFFICE,
        number="00317-20261121-01",
        formed=f"{DAY} 17:40",
        authority=f"{AUTHORITY}, г. Учебный, ул. Служебная, д. 2",
        cases=tuple(
            TransferCase(
                f"00317-{428 + at:06d}-51-4",
                f"90/2026-{117 + at:06d}" if at % 3 else "",
                person,
                service,
                DAY,
                4 + at % 5,
                6 + at % 9,
            )
            for at in range(count)
        ),
        worker_signs=WORKER,
    )


def route_of(count: int, person: str) -> RouteSheet:
    """Return a route of so many stops."""
    return RouteSheet(
        **OFFICE,
        number="17",
        date="23.11.2026",
        worker="Примерова Анна Павловна, таб. № 117, бейдж № 9",
        driver="Учебный И. И., А 900 АА 180",
        device="00317",
        stops=tuple(
            RouteStop(
                f"{9 + at}:00–{10 + at}:00",
                f"г. Учебный, ул. Образцовая, д. {7 + at}, кв. 4, подъезд 2, этаж 3, домофон 4",
                person,
                "+7 900 000-00-00",
                f"код {1 + at % 6}",
                "Социальная карта; справка о выплатах",
                "бланк заявления, устройство, принтер",
            )
            for at in range(count)
        ),
        depart="08:30",
        worker_signs=WORKER,
    )


def reconciliation_of(count: int, service: str) -> ReconciliationAct:
    """Return an act with so many discrepancies."""
    return ReconciliationAct(
        **OFFICE,
        number="3",
        period="21.11.2026",
        services=tuple(
            ReconciledService(
                service, 40 + at, 40 + at - (at == 1), "не синхронизировано" * (at == 1)
            )
            for at in range(3)
        ),
        discrepancies=tuple(
            Discrepancy(
                f"00317-{428 + at:06d}-51-4",
                "есть в офисе, нет в центре",
                "не синхронизировано",
                "повторить обмен",
                "24.11.2026",
            )
            for at in range(count)
        ),
        paper="123 / 123",
        duty="61 / 58 / 3",
        forms="бланков строгой отчётности не выдавалось",
        office_signs=WORKER,
    )


def journal_of(count: int, person: str, service: str) -> IssueJournal:
    """Return a journal of so many results."""
    return IssueJournal(
        **OFFICE,
        period=DAY,
        results=tuple(
            IssuedResult(
                f"{DAY} 1{at % 8}:05",
                f"00317-{428 + at:06d}-51-4",
                person,
                service,
                f"справка № 99-{at + 1}, 2 л.",
                "положительный" if at % 4 else "отказ",
                "лично",
                "да",
                "окно",
                worker=WORKER,
            )
            for at in range(count)
        ),
        empty=3,
    )


def refusal_of(person: str, service: str, defects: int) -> Refusal:
    """Return a refusal for so many defects."""
    return Refusal(
        **OFFICE,
        number=NUMBER,
        date=DAY,
        applicant=person,
        service=service,
        reason="документы утратили силу (пункт 2.8.1.2 регламента)",
        details=("Паспорт: на 101-й день после 45-летия",) * defects,
        fixes=("Замените паспорт в подразделении по вопросам миграции или в МФЦ",) * defects,
        appeal=APPEAL,
        worker_signs=WORKER,
        applicant_signs=SIGNS,
    )


def visit_of(person: str) -> VisitAct:
    """Return the act of a visit."""
    return VisitAct(
        **OFFICE,
        number=NUMBER,
        visit="В-17",
        date="23.11.2026",
        address="г. Учебный, ул. Образцовая, д. 7, кв. 4, подъезд 2, этаж 3, домофон 4",
        arrive="10:05 / 11:20",
        category="код 3, справка № 900123 от 01.02.2020",
        fee="не взимается",
        services="Социальная карта; справка о городских и федеральных выплатах",
        docs="7 документов, 12 листов",
        present=f"{person}; доверенное лицо {NO_PATRONYMIC}",
        result="принято 2 заявления",
        code_word="да",
        worker_signs=WORKER,
        applicant_signs=SIGNS,
    )


def memo_of(person: str, service: str, count: int) -> Memo:
    """Return a memo of so many papers."""
    return Memo(
        **OFFICE,
        number=NUMBER,
        date=DAY,
        applicant=person,
        service=service,
        missing=("Справка о составе семьи, подлинник",) * count,
        until="05.12.2026",
        defects=("Копия свидетельства о браке не читается: принесите подлинник",),
        where="в этот офис, любое окно, без записи",
        phone="+7 900 000-00-01",
        hours="пн–пт 9:00–18:00, сб 9:00–14:00",
        worker_signs=WORKER,
    )


def referral_of(person: str, service: str) -> Referral:
    """Return a referral."""
    return Referral(
        **OFFICE,
        date=DAY,
        applicant=person,
        service=service,
        reason="услуга предоставляется только во флагманском офисе",
        to="Флагманский офис «Мои документы» г. Учебный",
        to_address="г. Учебный, пл. Главная, д. 1",
        to_phone="+7 900 000-00-02",
        hours="ежедневно 8:00–20:00",
        appointment="нужна: по телефону или на портале",
        bring=("Паспорт", "Свидетельство о рождении ребёнка, подлинник"),
        worker_signs=WORKER,
    )


def slip_of(payment: Payment, person: str) -> DutySlip:
    """Return the slip of a payment."""
    return DutySlip(
        **OFFICE,
        number=NUMBER,
        payment=payment,
        payer=person,
        payer_address=ADDRESS,
        payer_id="СНИЛС 900-000-001 17",
        date=DAY,
        requisites_date="01.11.2026",
    )
