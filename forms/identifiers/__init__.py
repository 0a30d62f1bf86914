"""Numbers the state gives: read what was typed, give the one spelling, or say what is wrong.

Every reader takes text and returns the canonical text; ValueError carries Russian words.
Arithmetic and examples: domain/identifiers.json; python-stdnum where it is right.
"""

from __future__ import annotations

from forms.identifiers.money import read_account, read_bic, read_uin
from forms.identifiers.organisations import (
    read_edrpou,
    read_inn10,
    read_inn12,
    read_kpp,
    read_ogrn,
    read_ogrnip,
)
from forms.identifiers.papers import (
    read_birth_certificate,
    read_foreign_passport,
    read_passport,
    read_passport_number,
    read_passport_series,
    read_subdivision_code,
)
from forms.identifiers.people import (
    read_oms,
    read_payer_code,
    read_rntrc,
    read_snils,
    read_unzr,
)
from forms.identifiers.places import read_cadastral, read_gar, read_oktmo, read_postcode
from forms.identifiers.reach import read_email, read_phone, show_phone
from forms.identifiers.vehicles import (
    read_driver_license,
    read_plate,
    read_pts,
    read_sts,
    read_vin,
)

__all__ = [
    "read_account",
    "read_bic",
    "read_birth_certificate",
    "read_cadastral",
    "read_driver_license",
    "read_edrpou",
    "read_email",
    "read_foreign_passport",
    "read_gar",
    "read_inn10",
    "read_inn12",
    "read_kpp",
    "read_ogrn",
    "read_ogrnip",
    "read_oktmo",
    "read_oms",
    "read_passport",
    "read_passport_number",
    "read_passport_series",
    "read_payer_code",
    "read_phone",
    "read_plate",
    "read_postcode",
    "read_pts",
    "read_rntrc",
    "read_snils",
    "read_sts",
    "read_subdivision_code",
    "read_uin",
    "read_unzr",
    "read_vin",
    "show_phone",
]
