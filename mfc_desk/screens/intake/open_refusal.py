"""The defects of a refusal being put together: what the check found, what the specialist adds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forms.refusal import Defect, not_told

if TYPE_CHECKING:
    from forms.refusal import Reason, RefusalReasons
    from mfc_desk.intake.refusals import Told


class OpenRefusal:
    """Which reasons are chosen and with what words; knows no rule but the list's."""

    def __init__(self, known: RefusalReasons, found: Iterable[Defect], told: Told) -> None:
        """`found` by the check: its reasons are chosen from the start."""
        self.reasons: tuple[Reason, ...] = tuple(
            reason for reason in known.reasons.values() if not reason.redirect
        )
        self.told = told
        self._found: dict[str, list[Defect]] = {}
        self._added: dict[str, Defect] = {}
        for defect in found:
            self._found.setdefault(defect.code, []).append(defect)
        self.chosen: set[str] = {code for code in self._found if not known.reasons[code].by_hand}

    def defects_of(self, code: str) -> tuple[Defect, ...]:
        """What would be told under one reason."""
        added = self._added.get(code)
        return (*self._found.get(code, ()), *([added] if added else ()))

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Everything that will be told, in the order of the list."""
        return tuple(
            defect
            for reason in self.reasons
            if reason.code in self.chosen
            for defect in self.defects_of(reason.code)
        )

    @property
    def new(self) -> tuple[Defect, ...]:
        """What is chosen and was not told at an earlier refusal; nothing at the first one."""
        return not_told(self.defects, self.told.defects) if self.told.numbers else ()

    def words_of(self, code: str) -> str:
        """What the specialist wrote under a reason."""
        added = self._added.get(code)
        return added.text if added else ""

    def write(self, code: str, text: str) -> None:
        """Put the specialist's words under a reason and choose it; empty ones take them away."""
        if text:
            self._added[code] = Defect(code, "", "", text)
            self.chosen.add(code)
        else:
            self._added.pop(code, None)
            if not self.defects_of(code):
                self.chosen.discard(code)

    def turn(self, code: str) -> bool:
        """Choose a reason or not; False when there are no words for it yet."""
        if not self.defects_of(code):
            return False
        self.chosen ^= {code}
        return True
