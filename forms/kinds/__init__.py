"""Kinds of fields: one class a type, each reads what was typed and shows what was read."""

from __future__ import annotations

from typing import Any

from forms.kinds.choices import Multiple, One, YesNo
from forms.kinds.dates import Day
from forms.kinds.identity import (
    BirthSeries,
    DocumentNumber,
    DocumentSeries,
    PassportNumber,
    PassportSeries,
    SubdivisionCode,
)
from forms.kinds.kind import Kind
from forms.kinds.numbers import Fraction, Money, Whole
from forms.kinds.numbers_of_state import Cadastral, Inn10, Inn12, Kpp, Ogrn, Ogrnip, Oms, Snils
from forms.kinds.reach import Email, Phone
from forms.kinds.words import Address, LatinName, Lines, Name, Words
from forms.spec import Field

KINDS: dict[str, type[Kind[Any]]] = {
    "text": Words,
    "textarea": Lines,
    "name": Name,
    "latin": LatinName,
    "address": Address,
    "date": Day,
    "select_one": One,
    "select_multiple": Multiple,
    "bool": YesNo,
    "integer": Whole,
    "decimal": Fraction,
    "money": Money,
    "phone": Phone,
    "email": Email,
    "snils": Snils,
    "inn10": Inn10,
    "inn12": Inn12,
    "kpp": Kpp,
    "ogrn": Ogrn,
    "ogrnip": Ogrnip,
    "oms": Oms,
    "cadastral": Cadastral,
    "passport_series": PassportSeries,
    "passport_number": PassportNumber,
    "subdivision_code": SubdivisionCode,
    "birth_series": BirthSeries,
    "document_series": DocumentSeries,
    "document_number": DocumentNumber,
}


def kind_of(field: Field) -> Kind[Any]:
    """Give the kind that reads and shows a field. KeyError for a type the loader refuses."""
    return KINDS[field.type](field)


__all__ = ["KINDS", "Kind", "kind_of"]
