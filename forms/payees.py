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
from forms.payment import Payee, is_kbk, payee_mistakes

TO_FILL = "впишите реквизиты, опубликованные органом, и уберите эту строку"
DETAILS = ("title", "inn", "kpp", "account", "bank", "bic", "corr", "oktmo")
"""The details of a payee that are texts, by their keys in the file."""
_DIGITS = frozenset(DETAILS) - {"title", "bank"}
NAMES = {
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
    if mistakes:
        raise RequisitesRefused(mistakes)
    return found


def read_payee(data: dict[str, object], catalogue: Catalogue) -> tuple[str, Payee]:
    """Return one authority and whom it is paid to, from what a table of the file holds.

    Raises RequisitesRefused, its places the names of the details.
    """
    mistakes: list[tuple[str, str]] = []
    read = _payee(Table(data, "", lambda where, words: mistakes.append((where, words))), catalogue)
    if mistakes:
        raise RequisitesRefused(mistakes)
    return read


def _payee(table: Table, catalogue: Catalogue) -> tuple[str, Payee]:
    authorities = {one.authority for one in catalogue.services.values()}
    authority = table.word("authority", tuple(sorted(authorities)))
    verify = table.text("verify")
    texts = {}
    for name in DETAILS:
        value = table.raw(name) or ""
        if not isinstance(value, str) or not (value.strip() or verify):
            table.wrong(name, f"нужен непустой текст: {NAMES[name]}")
            value = ""
        texts[name] = ("" if name in _DIGITS else " ").join(value.split())
    as_of = table.raw("as_of")
    if type(as_of) is not date:
        if not verify:
            table.wrong("as_of", "нужна дата, на которую реквизиты верны: 2026-11-01")
        as_of = date.min
    codes = _codes(table, catalogue)
    table.close()
    payee = Payee(**texts, as_of=as_of, kbk=codes, verify=verify)
    if not verify:
        for name, words in payee_mistakes(payee):
            if texts[name]:  # that it is empty was said above
                table.wrong(name, words)
    return authority, payee


def _codes(table: Table, catalogue: Catalogue) -> dict[str, str]:
    """Return the codes of the budget by the slug of a service; an empty one is still to be told."""
    codes = table.raw("kbk") or {}
    if not isinstance(codes, dict) or not all(isinstance(one, str) for one in codes.values()):
        table.wrong("kbk", "нужна таблица: обозначение услуги = КБК из 20 цифр")
        return {}
    codes = {slug: "".join(code.split()) for slug, code in codes.items()}
    for slug, code in codes.items():
        if slug not in catalogue.services:
            table.wrong(f"kbk.{slug}", "такой услуги в каталоге нет")
        elif code and not is_kbk(code):
            table.wrong(f"kbk.{slug}", f"в КБК 20 цифр, набрано знаков: {len(code)}")
    return codes


def blank_file(catalogue: Catalogue) -> str:
    """Return a file with every authority that is paid, to be filled: `read_payees` reads it."""
    return "\n".join(
        [
            "# Реквизиты для квитанций: кому платят госпошлину за услуги каждого органа.",
            "# Источник — сайт органа или ГИС ГМП; as_of — день, на который реквизиты верны.",
            "# Пока у органа стоит строка verify, квитанции по нему не печатаются.",
            *_blanks(paid_services(catalogue)),
            "",
        ]
    )


def paid_services(catalogue: Catalogue) -> Mapping[str, list[tuple[str, str]]]:
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
        for name in DETAILS:
            yield f'{name} = ""  # {NAMES[name]}'
        yield "# as_of = 2026-11-01"
        yield "[payee.kbk]"
        for slug, short in services:
            yield f'"{slug}" = ""  # {short}'


def _quoted(text: str) -> str:
    """Return a text as a TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
