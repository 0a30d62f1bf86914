"""Translating an XPath condition into the catalogue's tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from forms.xlsform.expression import (
    Binary,
    Call,
    Expression,
    Inexpressible,
    Literal,
    Own,
    Ref,
    parse,
)
from forms.xlsform.tables import ALWAYS, NEVER, Table, Tables, Value, either, joined

NUMBERS = ("integer", "decimal")
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ORDERS = {"<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
_LENGTHS = ("string-length", "count-selected", "count", "count-non-empty")
_SOME, _NONE = (">0", ">=1", "!=0"), ("=0", "<1", "<=0")
_PLAIN = ("string", "number", "int", "boolean", "boolean-from-string", "once", "normalize-space")
_LAST_SAVED = "last-saved#"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that came into the catalogue: its name and type there, its codes, its repeat."""

    name: str
    kind: str
    codes: tuple[str, ...] = ()
    repeat: str = ""


@dataclass
class Scope:
    """What `${name}` may mean. why: reasons why a name of the form is not in the catalogue."""

    asked: dict[str, Asked] = field(default_factory=dict)
    calculations: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def find(self, name: str, repeat: str) -> Asked:
        """The question `${name}` means for one who asks from `repeat`. Raises Inexpressible."""
        if name.startswith(_LAST_SAVED):
            raise Inexpressible(f"прошлого ответа ${{{name}}} рабочее место не хранит")
        found = self.asked.get(name)
        if found is None:
            raise Inexpressible(self.why.get(name, f"вопроса ${{{name}}} в каталоге нет"))
        if found.repeat and found.repeat != repeat:
            raise Inexpressible(f"${{{name}}} стоит в повторе, условие — вне его")
        return found

    def meaning(self, expression: Expression) -> Expression:
        """Put a calculation in the place of its name, and a value in that of its wrapping."""
        seen: set[str] = set()
        while True:
            if isinstance(expression, Ref) and expression.name in self.calculations:
                if expression.name in seen:
                    raise Inexpressible(f"вычисление ${{{expression.name}}} зависит от себя")
                seen.add(expression.name)
                expression = parse(self.calculations[expression.name])
            elif isinstance(expression, Call) and expression.name in _PLAIN:
                if len(expression.arguments) != 1:
                    raise Inexpressible(f"функция {expression.name}() с таким числом значений")
                expression = expression.arguments[0]
            else:
                return expression

    def several(self) -> frozenset[str]:
        """Names of the fields that hold several choices."""
        kinds = ("select_multiple", "repeat")
        return frozenset(one.name for one in self.asked.values() if one.kind in kinds)


@dataclass(frozen=True)
class Translator:
    """Translates for one question: `own` is what `.` means, `repeat` where it stands."""

    scope: Scope
    repeat: str = ""
    own: Asked | None = None

    def tables(self, expression: Expression, *, positive: bool = True) -> Tables:
        """Give the tables of a condition, or of its negation. Raises Inexpressible."""
        expression = self.scope.meaning(expression)
        if isinstance(expression, Binary) and expression.operator in ("and", "or"):
            left = self.tables(expression.left, positive=positive)
            right = self.tables(expression.right, positive=positive)
            if (expression.operator == "and") is positive:
                return joined(left, right, self.scope.several())
            return either(left, right)
        if isinstance(expression, Binary) and expression.operator in _OPPOSITE:
            return self._comparison(
                expression.operator, expression.left, expression.right, positive
            )
        if isinstance(expression, Literal):
            return ALWAYS if _truth(expression.value) is positive else NEVER
        if isinstance(expression, Ref | Own):
            asked = self._question(expression)
            return (((asked.name, "given", (positive,)),),)
        if isinstance(expression, Call):
            return self._call(expression, positive)
        raise Inexpressible("вместо условия стоит арифметика")

    def _question(self, expression: Expression) -> Asked:
        if isinstance(expression, Ref):
            return self.scope.find(expression.name, self.repeat)
        if isinstance(expression, Own) and self.own is not None:
            return self.own
        raise Inexpressible("слева от сравнения стоит не вопрос")

    def _call(self, call: Call, positive: bool) -> Tables:
        if call.name == "not" and len(call.arguments) == 1:
            return self.tables(call.arguments[0], positive=not positive)
        if call.name == "if" and len(call.arguments) == 3:  # noqa: PLR2004
            return self._branches(call, lambda one: self.tables(one, positive=positive))
        if call.name in ("selected", "jr:selected") and len(call.arguments) == 2:  # noqa: PLR2004
            asked = self._question(self.scope.meaning(call.arguments[0]))
            wanted = self.scope.meaning(call.arguments[1])
            if not isinstance(wanted, Literal):
                raise Inexpressible("selected() с вычисляемым вариантом")
            operator = "is" if positive else "not"
            return (((asked.name, operator, (_code(asked, wanted.value),)),),)
        raise Inexpressible(f"функция {call.name}() не имеет соответствия")

    def _comparison(
        self, operator: str, left: Expression, right: Expression, positive: bool
    ) -> Tables:
        left, right = self.scope.meaning(left), self.scope.meaning(right)
        if isinstance(left, Literal) and isinstance(right, Literal):
            return ALWAYS if _compared(operator, left.value, right.value) is positive else NEVER
        if _constant(left) is not None and _constant(right) is None:
            left, right, operator = right, left, _MIRRORED[operator]
        wanted = _constant(right)
        if isinstance(left, Call) and left.name == "if" and len(left.arguments) == 3:  # noqa: PLR2004
            return self._branches(
                left, lambda one: self._comparison(operator, one, right, positive)
            )
        if wanted is None:
            raise Inexpressible("сравниваются два ответа, а не ответ со значением")
        if isinstance(left, Call) and left.name in _LENGTHS and len(left.arguments) == 1:
            return self._length(left, operator, wanted, positive)
        if isinstance(left, Call | Binary) and not isinstance(wanted, bool):
            raise Inexpressible(f"слева от «{operator}» стоит вычисление")
        if isinstance(wanted, bool):
            if operator not in ("=", "!="):
                raise Inexpressible("да и нет по порядку не сравниваются")
            return self.tables(left, positive=(wanted is (operator == "=")) is positive)
        return _tests(self._question(left), operator, wanted, positive)

    def _branches(self, call: Call, told: Callable[[Expression], Tables]) -> Tables:
        """if(c, a, b): c and a, or not c and b."""
        condition, then, otherwise = call.arguments
        several = self.scope.several()
        yes = joined(self.tables(condition), told(then), several)
        no = joined(self.tables(condition, positive=False), told(otherwise), several)
        return either(yes, no)

    def _length(
        self, call: Call, operator: str, wanted: str | Decimal | bool, positive: bool
    ) -> Tables:
        """Only whether there is anything at all: the catalogue counts no letters here."""
        asked = self._question(self.scope.meaning(call.arguments[0]))
        if not positive:
            operator = _OPPOSITE[operator]
        asks = operator + _plain(wanted)
        if asks in _SOME or asks in _NONE:
            return (((asked.name, "given", (asks in _SOME,)),),)
        raise Inexpressible(f"функция {call.name}() сравнивается не с нулём")


def _tests(asked: Asked, operator: str, wanted: str | Decimal, positive: bool) -> Tables:
    if wanted == "" and operator in ("=", "!="):
        return (((asked.name, "given", ((operator == "!=") is positive,)),),)
    if operator in _ORDERS:
        bound = _bound(asked, wanted)
        if positive:
            return (((asked.name, _ORDERS[operator], (bound,)),),)
        unmet: Table = ((asked.name, _ORDERS[_OPPOSITE[operator]], (bound,)),)
        return (unmet, ((asked.name, "given", (False,)),))
    if (operator == "=") is positive:
        return (_equal(asked, wanted),)
    return _unequal(asked, wanted)


def _equal(asked: Asked, wanted: str | Decimal) -> Table:
    if asked.kind == "date":
        day = _bound(asked, wanted)
        return ((asked.name, "ge", (day,)), (asked.name, "le", (day,)))
    value = _code(asked, wanted)
    if asked.kind == "select_multiple":  # the answer is this one and no other
        rest = tuple(code for code in asked.codes if code != value)
        return ((asked.name, "all", (value,)), *(((asked.name, "not", rest),) if rest else ()))
    return ((asked.name, "is", (value,)),)


def _unequal(asked: Asked, wanted: str | Decimal) -> Tables:
    if asked.kind == "date":
        day = _bound(asked, wanted)
        none: Table = ((asked.name, "given", (False,)),)
        return (((asked.name, "lt", (day,)),), ((asked.name, "gt", (day,)),), none)
    value = _code(asked, wanted)
    if asked.kind == "select_multiple":
        rest = tuple(code for code in asked.codes if code != value)
        others: Tables = (((asked.name, "is", rest),),) if rest else ()
        return (((asked.name, "not", (value,)),), *others)
    return (((asked.name, "not", (value,)),),)


def _code(asked: Asked, wanted: str | Decimal | bool) -> Value:
    """Give a value as the field keeps it. Raises Inexpressible where it never can."""
    text = _plain(wanted)
    if asked.kind == "repeat":
        raise Inexpressible("повтор сравнивается с текстом")
    if asked.codes:
        if text not in asked.codes:
            raise Inexpressible(f"варианта «{text}» у вопроса нет")
        return text
    if asked.kind in NUMBERS:
        if re.fullmatch(r"-?\d+", text) is None:
            raise Inexpressible(f"число сравнивается с «{text}»")
        return int(text)
    return text


def _bound(asked: Asked, wanted: str | Decimal) -> Value:
    text = _plain(wanted)
    if asked.kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Inexpressible(f"дата сравнивается с «{text}»") from None
    if asked.kind not in NUMBERS:
        raise Inexpressible("по порядку сравниваются только числа и даты")
    if re.fullmatch(r"-?\d+(\.\d+)?", text) is None:
        raise Inexpressible(f"число сравнивается с «{text}»")
    return text if "." in text else int(text)


def _constant(expression: Expression) -> str | Decimal | bool | None:
    if isinstance(expression, Literal):
        return expression.value
    if (
        isinstance(expression, Call)
        and expression.name in ("date", "date-time")
        and len(expression.arguments) == 1
        and isinstance(expression.arguments[0], Literal)
    ):
        return _plain(expression.arguments[0].value)
    return None


def _plain(value: str | Decimal | bool) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, str) else str(value).lower()


def _truth(value: str | Decimal | bool) -> bool:
    return bool(value)


def _compared(operator: str, left: str | Decimal | bool, right: str | Decimal | bool) -> bool:
    if operator in ("=", "!="):
        return (_plain(left) == _plain(right)) is (operator == "=")
    try:
        one, other = Decimal(_plain(left)), Decimal(_plain(right))
    except ArithmeticError:
        return False
    return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[operator]
