"""What every kind of field can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from forms.spec import Field

Value = TypeVar("Value")
Json = str | int | bool | list[str]


class Kind(Generic[Value]):
    """Reads what was typed, shows what was read; read(show(v)) == v and read(store(v)) == v.

    mask: the shape to type, 0 for a digit, empty when there is none. width: columns of the input.
    """

    mask: ClassVar[str] = ""
    width: ClassVar[int] = 30

    doubts: ClassVar[bool] = False
    """Whether a value of this kind can be odd."""

    kept_as_read: ClassVar[bool] = True
    """Whether a record keeps a text of this kind as `read` gives it."""

    __slots__ = ("field",)

    def __init_subclass__(cls) -> None:
        cls.doubts = cls.doubt is not Kind.doubt
        cls.kept_as_read = cls.show is Kind.show and cls.store is Kind.store
        if "read" in cls.__dict__ and "kept" not in cls.__dict__:
            cls.kept = Kind.kept  # type: ignore[method-assign] # a quick way fits one reader only
        if "read" in cls.__dict__ and "plain" not in cls.__dict__:
            cls.plain = Kind.plain  # type: ignore[method-assign]

    def __init__(self, field: Field) -> None:
        self.field = field

    def read(self, typed: object) -> Value:
        """Read a typed text or a JSON value. ValueError with the words the specialist reads."""
        raise NotImplementedError

    def kept(self, typed: object) -> Value | None:
        """Read a value as a record keeps it; None for any other, be it readable or not."""
        if not typed and isinstance(typed, str | list):
            return None  # a record keeps no empty answers
        try:
            value = self.read(typed)
        except ValueError:
            return None
        stored = self.store(value)
        return value if type(stored) is type(typed) and stored == typed else None

    def plain(self) -> Callable[[str], object] | None:
        """Give a quick look at texts: true only for what is read and kept as it is, undoubted.

        Others may be right too; None where no look is quicker than reading.
        """
        return None

    def show(self, value: Value) -> str:
        """Show a value as it is printed."""
        return str(value)

    def store(self, value: Value) -> Json:
        """Give the JSON value that a record keeps."""
        return self.show(value)

    def doubt(self, value: Value) -> str:  # noqa: ARG002 - most kinds have no doubts
        """Say what is odd about a readable value; the specialist may override it."""
        return ""


def typed_text(typed: object) -> str:
    """Take a typed value that must be text."""
    if not isinstance(typed, str):
        raise ValueError("здесь нужен текст")  # noqa: TRY004 - a kind refuses with ValueError
    return typed
