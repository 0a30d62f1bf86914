"""The number printed on the receipt with no link: desk – counter – random – Damm check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGITS = 14
_DESK, _COUNTER, _SALT = 99_999, 999_999, 99
_BETWEEN = re.compile(r"[\s\-‐‑‒–—−.№]+")


@dataclass(frozen=True, slots=True, order=True)
class RequestNumber:
    """A request's number. desk_no 0..99999, counter 1..999999, salt 0..99 (sync.md, 3)."""

    desk_no: int
    counter: int
    salt: int

    @property
    def digits(self) -> str:
        """Fourteen digits, as in the barcode."""
        from stdnum import damm  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

        body = f"{self.desk_no:05d}{self.counter:06d}{self.salt:02d}"
        return body + str(damm.calc_check_digit(body))

    @property
    def text(self) -> str:
        """As printed: 00317-000428-51-9."""
        digits = self.digits
        return f"{digits[:5]}-{digits[5:11]}-{digits[11:13]}-{digits[13]}"

    @property
    def short(self) -> str:
        """As in lists: …000428-51-9."""
        return "…" + self.text[6:]

    def __str__(self) -> str:
        return self.text


def compose(desk_no: int, counter: int, salt: int) -> RequestNumber:
    """Make the number of a desk's next request. ValueError when a part does not fit its digits."""
    if not (0 <= desk_no <= _DESK and 1 <= counter <= _COUNTER and 0 <= salt <= _SALT):
        raise ValueError(f"number parts out of range: {desk_no}, {counter}, {salt}")
    return RequestNumber(desk_no, counter, salt)


def read(text: str) -> RequestNumber:
    """Read a typed, pasted or scanned number. ValueError with the words the specialist reads."""
    from stdnum import damm  # noqa: PLC0415 - stdnum imports ssl and pydoc, 20 ms

    digits = _BETWEEN.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("номер обращения состоит из цифр, например 00317-000428-51-9")
    if len(digits) != DIGITS:
        raise ValueError(f"в номере обращения {DIGITS} цифр, набрано {len(digits)}")
    if damm.checksum(digits) != 0:
        raise ValueError("контрольная цифра номера не сходится. Проверьте номер по расписке")
    desk_no, counter, salt = int(digits[:5]), int(digits[5:11]), int(digits[11:13])
    if counter == 0:
        raise ValueError("такого номера не бывает: счётчик обращений начинается с 1")
    return RequestNumber(desk_no, counter, salt)
