"""The part of XPath that XLSForms write into relevant, constraint and calculation, parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*(?P<name>[^}]+?)\s*\})
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<call>[A-Za-z_][\w:.-]*)\s*\(
    | (?P<word>[A-Za-z_][\w:-]*)
    | (?P<sign><=|>=|!=|[=<>(),+*\[\]/-]|\.\.|\.)
    )""",
    re.VERBOSE,
)
_COMPARE = ("=", "!=", "<=", ">=", "<", ">")
_DEEPEST = 60


class Inexpressible(Exception):  # noqa: N818 - it is no failure: the words go into the remarks
    """Выражение не имеет соответствия в каталоге; текст говорит почему."""


@dataclass(frozen=True, slots=True)
class Ref:
    """`${name}`."""

    name: str


@dataclass(frozen=True, slots=True)
class Own:
    """`.`, the question itself."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number or a truth value."""

    value: str | Decimal | bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments; `not`, `selected`, …"""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and what stands between: and, or, a comparison or arithmetic."""

    operator: str
    left: Expression
    right: Expression


Expression = Ref | Own | Literal | Call | Binary


def parse(text: str) -> Expression:
    """Parse an expression. Raises Inexpressible for what is not in this part of XPath."""
    parser = _Parser(text)
    found = parser.either()
    if parser.at < len(parser.tokens):
        raise Inexpressible(f"не разобрано с «{parser.rest}»")
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self._depth = 0
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise Inexpressible(f"не разобрано с «{text[position:].strip()}»")
            kind = match.lastgroup or ""
            kind = "ref" if kind == "name" else kind
            value = match["name"] if kind == "ref" else match[kind]
            self.tokens.append((kind, value))
            position = match.end()
        if not self.tokens:
            raise Inexpressible("пустое выражение")

    @property
    def rest(self) -> str:
        """The words from here on."""
        return " ".join(value for _, value in self.tokens[self.at :])

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def _take(self, kind: str, *values: str) -> str:
        found, value = self._peek()
        if found == kind and (not values or value in values):
            self.at += 1
            return value
        return ""

    def _need(self, sign: str) -> None:
        if not self._take("sign", sign):
            raise Inexpressible(f"не разобрано: ожидалось «{sign}»")

    def either(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Inexpressible("слишком много вложенных скобок")
        found = self._both()
        while self._take("word", "or"):
            found = Binary("or", found, self._both())
        self._depth -= 1
        return found

    def _both(self) -> Expression:
        found = self._comparison()
        while self._take("word", "and"):
            found = Binary("and", found, self._comparison())
        return found

    def _comparison(self) -> Expression:
        found = self._sum()
        while sign := self._take("sign", *_COMPARE):
            found = Binary(sign, found, self._sum())
        return found

    def _sum(self) -> Expression:
        found = self._product()
        while sign := self._take("sign", "+", "-"):
            found = Binary(sign, found, self._product())
        return found

    def _product(self) -> Expression:
        found = self._single()
        while sign := (self._take("sign", "*") or self._take("word", "div", "mod")):
            found = Binary(sign, found, self._single())
        return found

    def _single(self) -> Expression:
        negative = bool(self._take("sign", "-"))
        found = self._primary()
        if not negative:
            return found
        if isinstance(found, Literal) and isinstance(found.value, Decimal):
            return Literal(-found.value)
        return Binary("-", Literal(Decimal(0)), found)

    def _primary(self) -> Expression:
        kind, value = self._peek()
        self.at += 1
        if kind == "ref":
            return Ref(value)
        if kind == "number":
            return Literal(Decimal(value))
        if kind == "text":
            return Literal(value[1:-1])
        if kind == "call":
            return self._call(value)
        if value == ".":
            return Own()
        if value == "(":
            found = self.either()
            self._need(")")
            return found
        if value in ("/", ".."):
            raise Inexpressible("путь XPath не имеет соответствия")
        raise Inexpressible(f"не разобрано: «{value}»" if value else "выражение не закончено")

    def _call(self, name: str) -> Expression:
        arguments: list[Expression] = []
        while not self._take("sign", ")"):
            if arguments:
                self._need(",")
            arguments.append(self.either())
        if name in ("true", "false") and not arguments:
            return Literal(name == "true")
        return Call(name, tuple(arguments))
