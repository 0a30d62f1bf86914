"""Fields of banks and payments."""

from __future__ import annotations

from forms import identifiers
from forms.identifiers.money import bare_account
from forms.kinds.kind import Kind, typed_text


class Bic(Kind[str]):
    """БИК."""

    mask = "000000000"
    width = 9

    def read(self, typed: object) -> str:
        return identifiers.read_bic(typed_text(typed))


class Account(Kind[str]):
    """Account of twenty signs; its key needs the БИК: constraint bank."""

    width = 20

    def read(self, typed: object) -> str:
        return bare_account(typed_text(typed))


class Uin(Kind[str]):
    """УИН of a payment."""

    width = 25

    def read(self, typed: object) -> str:
        return identifiers.read_uin(typed_text(typed))


class PayerCode(Kind[str]):
    """Payer's code of a utility bill."""

    mask = "0000000000"
    width = 10

    def read(self, typed: object) -> str:
        return identifiers.read_payer_code(typed_text(typed))
