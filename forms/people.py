"""Synthetic people and organisations: no number here can belong to anyone.

СНИЛС 900-…, passports of series 99.., ИНН and ОГРН of region 99, phones +7 900 000-…
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from forms.ages import age_on
from forms.identifiers.money import read_account
from forms.identifiers.people import snils_check
from forms.persons import birthday


@dataclass(frozen=True, slots=True)
class _Named:
    surname: str
    name: str
    patronymic: str
    sex: str


def _named(line: str, sex: str) -> _Named:
    surname, name, patronymic = line.split()
    return _Named(surname, name, patronymic, sex)


_WOMEN = tuple(
    _named(line, "f")
    for line in """
Образцова Мария Петровна
Тестова Анна Ивановна
Примерова Елена Сергеевна
Учебнова Ольга Андреевна
Черновикова Наталья Юрьевна
Бланкова Ирина Олеговна
Очередькова Татьяна Фёдоровна
Справкина Людмила Павловна
Анкетина Вера Михайловна
Заявкина Зоя Артёмовна
Окошкина Алёна Семёновна
Талонова Дарья Кирилловна
Печаткина Софья Львовна
Папкина Юлия Романовна
Скрепкина Галина Ильинична
Копиркина Эльвира Тимуровна
Журналова Лидия Егоровна
Архивова Ксения Денисовна
Регистрова Полина Игоревна
Штампова Ева Матвеевна
""".strip().splitlines()
)
_MEN = tuple(
    _named(line, "m")
    for line in """
Примеров Иван Алексеевич
Образцов Пётр Семёнович
Тестов Сергей Викторович
Учебнов Андрей Николаевич
Бланков Фёдор Ильич
Справкин Олег Юрьевич
Анкетин Михаил Фомич
Заявкин Артём Денисович
Окошкин Семён Львович
Талонов Кирилл Игоревич
Печаткин Лев Борисович
Папкин Роман Егорович
Скрепкин Илья Матвеевич
Копиркин Тимур Рашидович
Журналов Егор Павлович
Архивов Денис Андреевич
Регистров Игорь Олегович
Штампов Матвей Ильич
Квитанциев Ярослав Эдуардович
Описьев Юрий Яковлевич
""".strip().splitlines()
)
_OTHERS = (
    _Named("Зразкова", "Мар’яна", "Іванівна", "f"),
    _Named("Прикладенко", "Сергій", "Володимирович", "m"),
    _Named("Їжакова", "Ґаліна", "Євгенівна", "f"),
    _Named("Тестов-Примеров", "Антон", "Олегович", "m"),
    _Named("Образцова-Учебная", "Инна", "Марковна", "f"),
    _Named("Аль-Примери", "Самир", "", "m"),
    _Named("Тестяну", "Виорика", "", "f"),
    _Named("Бланков оглы", "Рашид", "Тимур оглы", "m"),
    _Named("д’Образец", "Жанна", "Львовна", "f"),
    _Named("фон Пример", "Эрих", "Карлович", "m"),
    _Named("Щёткина-Ёлкина", "Пелагея", "Ёсифовна", "f"),
    _Named("Ий", "Юн", "", "f"),
)
PEOPLE = (*_WOMEN, *_MEN, *_OTHERS)

_STREETS = ("Учебная", "Тестовая", "Примерная", "Образцовая", "Бланковая", "Запасная")
_TOWN = "г. Приморск"
BIC = "049805746"  # from the key rules of ЦБ РФ № 515, no bank of today
_ADULT, _OLD = 18, 92
_EXCHANGES = (45, 20, 14)


def person(seed: int, today: date) -> dict[str, object]:
    """Give the applicant's block of a synthetic person; fifty-two seeds in a row give fifty-two.

    The passport fits the birth date on `today`: it was changed at 20 and at 45.
    """
    random = Random(f"person {seed}")
    named = PEOPLE[seed % len(PEOPLE)]
    birth = today - timedelta(days=random.randint(_ADULT * 366, _OLD * 365))
    block: dict[str, object] = {
        "kind": "person",
        "surname": named.surname,
        "name": named.name,
        "birth_date": birth.isoformat(),
        "sex": named.sex,
        "birth_place": _TOWN,
        "citizenship": "ru",
        "id_document": _passport(seed, birth, today, random),
        "snils": snils(seed),
        "address": address(random),
        "phone": phone(seed),
        "notify": "phone",
    }
    return block | (
        {"patronymic": named.patronymic} if named.patronymic else {"no_patronymic": True}
    )


def organisation(seed: int) -> dict[str, object]:
    """Give the applicant's block of a synthetic organisation."""
    from stdnum.ru import inn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    random = Random(f"organisation {seed}")
    taxpayer = f"99{seed % 10_000_000:07d}"
    register = f"10299{seed % 10_000_000:07d}"
    head = PEOPLE[(seed + 7) % len(_WOMEN)]
    return {
        "kind": "organisation",
        "title": f"ООО «{random.choice(_STREETS)[:-2]}ый образец № {seed}»",
        "inn": taxpayer + inn.calc_company_check_digit(taxpayer),
        "kpp": "990101001",
        "ogrn": register + str(int(register) % 11 % 10),
        "head": f"{head.surname} {head.name} {head.patronymic}",
        "address": address(random),
        "phone": phone(seed),
        "notify": "phone",
    }


def sole_trader(seed: int, today: date) -> dict[str, object]:
    """Give the applicant's block of a synthetic sole trader."""
    register = f"30499{seed % 10**9:09d}"
    return person(seed, today) | {
        "kind": "sole-trader",
        "inn": inn12(seed),
        "ogrnip": register + str(int(register) % 13 % 10),
    }


def representative(seed: int, today: date) -> dict[str, object]:
    """Give the representative's block of a synthetic person with a fresh notarial power."""
    random = Random(f"representative {seed}")
    whole = person(seed, today)
    keys = ("surname", "name", "patronymic", "no_patronymic", "birth_date", "id_document", "phone")
    power: Mapping[str, object] = {
        "kind": "notarial",
        "number": f"99/{seed % 1000:03d}-н/99-{today.year}-1-{seed % 100 + 1}",
        "issued": (today - timedelta(days=random.randint(1, 300))).isoformat(),
        "issuer": "нотариус Печаткина С. Л.",
        "scope": ["submit", "receive"],
    }
    return {"kind": "power", **{key: whole[key] for key in keys if key in whole}, "power": power}


def snils(seed: int) -> str:
    """Give a СНИЛС of the series 900, which is never issued; a million of them are different."""
    number = f"900{seed % 1_000_000:06d}"
    return f"{number[:3]}-{number[3:6]}-{number[6:]} {snils_check(number)}"


def phone(seed: int) -> str:
    """Give a phone of +7 900 000-…; ten thousand of them are different."""
    digits = f"{seed % 10_000:04d}"
    return f"+7 900 000-{digits[:2]}-{digits[2:]}"


def inn12(seed: int) -> str:
    """Give a person's ИНН of region 99."""
    from stdnum.ru import inn  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    number = f"99{seed % 10**8:08d}"
    return number + str(inn.calc_personal_check_digits(number))


def account(bic: str, seed: int) -> str:
    """Give a person's account 40817… whose key fits the БИК."""
    for key in range(10):
        number = f"40817810{key}{seed % 10**11:011d}"
        try:
            return read_account(number, bic)
        except ValueError:
            continue
    raise ValueError(f"no key fits the BIC {bic}")


def address(random: Random) -> str:
    """Give an address of the town of Приморск that is in no register."""
    street, house = random.choice(_STREETS), random.randint(1, 99)
    return f"{_TOWN}, ул. {street}, д. {house}, кв. {random.randint(1, 300)}"


def _passport(seed: int, birth: date, today: date, random: Random) -> dict[str, object]:
    age = age_on(birth, today)
    since = birthday(birth, next(years for years in _EXCHANGES if age >= years))
    until = min(today, since + timedelta(days=4 * 365))
    issued = since + timedelta(days=random.randint(0, (until - since).days))
    return {
        "kind": "passport-rf",
        "series": f"99{issued.year % 100:02d}" if issued.year >= 1997 else "9997",  # noqa: PLR2004
        "number": f"{100_000 + seed * 7919 % 900_000:06d}",
        "issued": issued.isoformat(),
        "issuer": "Учебным отделом внутренних дел г. Приморска",
        "code": f"990-{seed % 999 + 1:03d}",
    }
