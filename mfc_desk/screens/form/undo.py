"""Undoing answers, a field at a time."""

from __future__ import annotations

from dataclasses import dataclass

DEPTH = 100


@dataclass(frozen=True)
class Step:
    """What stood in a field before it was changed."""

    path: str
    typed: object


class FieldUndo:
    """Remembers what each field held when it was entered."""

    def __init__(self) -> None:
        """Nothing to undo at first."""
        self._steps: list[Step] = []
        self._entered: dict[str, object] = {}

    def entered(self, path: str, typed: object) -> None:
        """The focus came to a field."""
        self._entered.setdefault(path, typed)

    def left(self, path: str, typed: object) -> None:
        """The focus left a field that holds `typed` now."""
        if path in self._entered:
            before = self._entered.pop(path)
            if before != typed:
                self._steps.append(Step(path, before))
                del self._steps[:-DEPTH]

    def back(self, path: str | None, typed: object) -> Step | None:
        """The step to take back: of the field at hand when it changed, else the last left one."""
        if path is not None and self._entered.get(path, typed) != typed:
            return Step(path, self._entered[path])
        return self._steps.pop() if self._steps else None
