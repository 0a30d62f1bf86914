"""What every refusal and failure of the desk is: a sentence, a stable code, an exit code."""

from __future__ import annotations

from typing import ClassVar

DONE = 0
REFUSED = 1
USAGE = 2
NO_LINK = 3
STORE = 4
PROBLEMS = 5
INTERRUPTED = 130


class DeskError(Exception):
    """Рабочее место не может этого сделать."""

    title: ClassVar[str] = "Не получилось"
    code: ClassVar[str] = "desk"
    exit_code: ClassVar[int] = REFUSED

    def __init__(self, sentence: str | None = None) -> None:
        """Carry `sentence`, or the first line of the class docstring when there is none."""
        super().__init__(sentence or (type(self).__doc__ or "").partition("\n")[0])
