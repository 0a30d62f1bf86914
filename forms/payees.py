"""The file of requisites: whom the duties of an authority's services are paid to (domain.md, 3.7).

Authorities publish requisites and change them, so they are no part of the catalogue: an office
writes the published ones into this file and says of which day they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date

from forms.catalogue import Catalogue
from forms.catalogue.table import Table
from forms.payment import NoPayment, Payee, check_payee

TO_FILL = "впишите реквизиты, опубликованные органом, и уберите эту строку"
_DETAILS = ("title", "inn", "kpp", "account", "bank", "bic", "corr", "oktmo")
_DIGITS = frozenset(_DETAILS) - {"title", "bank"}
_NAMES = {
    "title": "получатель платежа",
    "inn": "ИНН получателя",
    "kpp": "КПП",
    "account": "казначейский счёт, 03…",
    "bank": "банк получателя",
    "bic": "БИК",
    "corr": "единый казначейский счёт, 40102…",
    "oktmo": "ОКТМО",
}


class RequisitesRefused(ValueError):  # noqa: N818 - says what happened
    """The file is not used; `mistakes` are its places, each with Russian words."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        """Carry all of them: one is not found after the other."""
        super().__init__("; ".join(f"{where}: {words}" for where, words in mistakes))
        self.mistakes = mistakes


def read_payees(text: str, catalogue: Catalogue) -> dict[str, Payee]:
    """Return the payees of a requisites file (TOML) by the authority they belong to.

    Those with `verify` are not checked: nothing is paid by them. Raises RequisitesRefused.
    """
    mistakes: list[tuple[str, str]] = []

    def report(where: str, words: str) -> None:
        mistakes.append((where, words))

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RequisitesRefused([("файл", f"не читается как TOML: {error}")]) from error
    listed = data.pop("payee", None)
    if data or not isinstance(listed, list) or not listed:
        raise RequisitesRefused([("файл", "нужны таблицы [[payee]] и ничего кроме них")])
    found: dict[str, Payee] = {}
    for at, one in enumerate(listed, 1):
        where = f"payee {at}"
        if not isinstance(one, dict):
            report(where, "нужна таблица")
            continue
        authority, payee = _payee(Table(one, where, report), catalogue)
        if authority in found:
            report(where, f"орган «{authority}» уже есть выше")
        found[authority] = payee
        if not mistakes and not payee.verify:
            try:
                check_payee(payee)
            except NoPayment as refusal:
                report(where, str(refusal))
    if mistakes:
        raise RequisitesRefused(mistakes)
    return found


def _payee(table: Table, catalogue: Catalogue) -> tuple[str, Payee]:
    authorities = {one.authority for one in catalogue.services.values()}
    authority = table.word("authority", tuple(sorted(authorities)))
    verify = table.text("verify")
    texts = {}
    for name in _DETAILS:
        value = table.raw(name) or ""
        if not isinstance(value, str) or not (value.strip() or verify):
            table.wrong(name, f"нужен непустой текст: {_NAMES[name]}")
            value = ""
        texts[name] = ("" if name in _DIGITS else " ").join(value.split())
    as_of = table.raw("as_of")
    if type(as_of) is not date:
        if not verify:
            table.wrong("as_of", "нужна дата, на которую реквизиты верны: 2026-11-01")
        as_of = date.min
    codes = table.raw("kbk") or {}
    if not isinstance(codes, dict) or not all(isinstance(one, str) for one in codes.values()):
        table.wrong("kbk", "нужна таблица: обозначение услуги = КБК из 20 цифр")
        codes = {}
    for slug in codes:
        if slug not in catalogue.services:
            table.wrong(f"kbk.{slug}", "такой услуги в каталоге нет")
    table.close()
    return authority, Payee(**texts, as_of=as_of, kbk=dict(codes), verify=verify)


def blank_file(catalogue: Catalogue) -> str:
    """Return a file with every authority that is paid, to be filled: `read_payees` reads it."""
    return "\n".join(
        [
            "# Реквизиты для квитанций: кому платят госпошлину за услуги каждого органа.",
            "# Источник — сайт органа или ГИС ГМП; as_of — день, на который реквизиты верны.",
            "# Пока у органа стоит строка verify, квитанции по нему не печатаются.",
            *_blanks(_paid(catalogue)),
            "",
        ]
    )


def _paid(catalogue: Catalogue) -> Mapping[str, list[tuple[str, str]]]:
    """Return slugs and titles of the services that may cost something, by authority."""
    paid: dict[str, list[tuple[str, str]]] = {}
    for slug, service in sorted(catalogue.services.items()):
        if any(duty.kind != "free" for duty in service.duties):
            paid.setdefault(service.authority, []).append((slug, service.short))
    return dict(sorted(paid.items()))


def _blanks(paid: Mapping[str, list[tuple[str, str]]]) -> Iterator[str]:
    for authority, services in paid.items():
        yield from ("", "[[payee]]", f"authority = {_quoted(authority)}")
        yield f'verify = "{TO_FILL}"'
        for name in _DETAILS:
            yield f'{name} = ""  # {_NAMES[name]}'
        yield "# as_of = 2026-11-01"
        yield "[payee.kbk]"
        for slug, short in services:
            yield f'"{slug}" = ""  # {short}'


def _quoted(text: str) -> str:
    """Return a text as a TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
