"""Kinds of fields: one class a type, each reads what was typed and shows what was read."""

from __future__ import annotations

from typing import Any

from forms.kinds.choices import Multiple, One, YesNo
from forms.kinds.dates import Day, Moment
from forms.kinds.identity import (
    BirthCertificate,
    BirthSeries,
    DocumentNumber,
    DocumentSeries,
    ForeignPassport,
    PassportNumber,
    PassportSeries,
    SubdivisionCode,
)
from forms.kinds.kind import Kind
from forms.kinds.numbers import Fraction, Money, Share, Whole
from forms.kinds.numbers_of_state import (
    Cadastral,
    Edrpou,
    Gar,
    Inn10,
    Inn12,
    Kpp,
    Ogrn,
    Ogrnip,
    Oktmo,
    Oms,
    Postcode,
    Rntrc,
    Snils,
    Unzr,
)
from forms.kinds.payments import Account, Bic, PayerCode, Uin
from forms.kinds.reach import Email, Phone
from forms.kinds.vehicles import (
    DriverLicense,
    DriverLicenseNumber,
    DriverLicenseSeries,
    Plate,
    Pts,
    Sts,
    Vin,
)
from forms.kinds.words import Address, FileName, LatinName, Lines, Name, Words
from forms.spec import Field

KINDS: dict[str, type[Kind[Any]]] = {
    "text": Words,
    "textarea": Lines,
    "name": Name,
    "latin": LatinName,
    "address": Address,
    "file": FileName,
    "date": Day,
    "datetime": Moment,
    "select_one": One,
    "select_multiple": Multiple,
    "bool": YesNo,
    "integer": Whole,
    "decimal": Fraction,
    "money": Money,
    "fraction": Share,
    "phone": Phone,
    "email": Email,
    "snils": Snils,
    "inn10": Inn10,
    "inn12": Inn12,
    "kpp": Kpp,
    "ogrn": Ogrn,
    "ogrnip": Ogrnip,
    "oms": Oms,
    "rntrc": Rntrc,
    "unzr": Unzr,
    "edrpou": Edrpou,
    "bic": Bic,
    "bank_account": Account,
    "uin": Uin,
    "payer_code": PayerCode,
    "postcode": Postcode,
    "oktmo": Oktmo,
    "gar": Gar,
    "cadastral": Cadastral,
    "vin": Vin,
    "plate": Plate,
    "pts": Pts,
    "sts": Sts,
    "driver_license": DriverLicense,
    "vu_series": DriverLicenseSeries,
    "vu_number": DriverLicenseNumber,
    "passport_series": PassportSeries,
    "passport_number": PassportNumber,
    "subdivision_code": SubdivisionCode,
    "foreign_passport": ForeignPassport,
    "birth_series": BirthSeries,
    "birth_certificate": BirthCertificate,
    "document_series": DocumentSeries,
    "document_number": DocumentNumber,
}


def kind_of(field: Field) -> Kind[Any]:
    """Give the kind that reads and shows a field. KeyError for a type the loader refuses."""
    kind: Kind[Any] | None = field.reader
    if kind is None:
        kind = KINDS[field.type](field)
        object.__setattr__(field, "reader", kind)
    return kind


__all__ = ["KINDS", "Kind", "kind_of"]
