"""Fields that hold one number given by the state."""

from __future__ import annotations

from forms import identifiers
from forms.kinds.kind import Kind, typed_text


class Snils(Kind[str]):
    """СНИЛС."""

    mask = "000-000-000 00"
    width = 14

    def read(self, typed: object) -> str:
        return identifiers.read_snils(typed_text(typed))


class Inn10(Kind[str]):
    """ИНН of an organisation."""

    mask = "0000000000"
    width = 10

    def read(self, typed: object) -> str:
        return identifiers.read_inn10(typed_text(typed))


class Inn12(Kind[str]):
    """ИНН of a person."""

    mask = "000000000000"
    width = 12

    def read(self, typed: object) -> str:
        return identifiers.read_inn12(typed_text(typed))


class Kpp(Kind[str]):
    """КПП."""

    width = 9

    def read(self, typed: object) -> str:
        return identifiers.read_kpp(typed_text(typed))


class Ogrn(Kind[str]):
    """ОГРН."""

    mask = "0000000000000"
    width = 13

    def read(self, typed: object) -> str:
        return identifiers.read_ogrn(typed_text(typed))


class Ogrnip(Kind[str]):
    """ОГРНИП."""

    mask = "000000000000000"
    width = 15

    def read(self, typed: object) -> str:
        return identifiers.read_ogrnip(typed_text(typed))


class Oms(Kind[str]):
    """ЕНП of a medical policy."""

    mask = "0000000000000000"
    width = 16

    def read(self, typed: object) -> str:
        return identifiers.read_oms(typed_text(typed))


class Cadastral(Kind[str]):
    """Cadastral number."""

    width = 24

    def read(self, typed: object) -> str:
        return identifiers.read_cadastral(typed_text(typed))


class Rntrc(Kind[str]):
    """Ukrainian РНОКПП; it never stands in an ИНН field."""

    mask = "0000000000"
    width = 10

    def read(self, typed: object) -> str:
        return identifiers.read_rntrc(typed_text(typed))


class Unzr(Kind[str]):
    """УНЗР of a Ukrainian ID card."""

    mask = "00000000-00000"
    width = 14

    def read(self, typed: object) -> str:
        return identifiers.read_unzr(typed_text(typed))


class Edrpou(Kind[str]):
    """ЄДРПОУ of a Ukrainian organisation."""

    mask = "00000000"
    width = 8

    def read(self, typed: object) -> str:
        return identifiers.read_edrpou(typed_text(typed))


class Postcode(Kind[str]):
    """Postal index."""

    mask = "000000"
    width = 6

    def read(self, typed: object) -> str:
        return identifiers.read_postcode(typed_text(typed))


class Oktmo(Kind[str]):
    """ОКТМО."""

    width = 11

    def read(self, typed: object) -> str:
        return identifiers.read_oktmo(typed_text(typed))


class Gar(Kind[str]):
    """GUID of an address in ГАР."""

    width = 36

    def read(self, typed: object) -> str:
        return identifiers.read_gar(typed_text(typed))
