"""One thing that is wrong with a request."""

from __future__ import annotations

from dataclasses import dataclass

from forms.spec import Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: where (dotted path), at which label, how bad, a stable code, words to act on.

    text stands under its field and does not repeat the label; sentence does. insistable: an error
    in spite of which the applicant may have the request taken, with a reason that is kept.
    """

    path: str
    label: str
    severity: Severity
    code: str
    text: str
    insistable: bool = False

    @property
    def sentence(self) -> str:
        """«СНИЛС: контрольное число не сходится: ожидается 93. Проверьте номер по документу»."""
        return f"{self.label}: {self.text}" if self.label else self.text
