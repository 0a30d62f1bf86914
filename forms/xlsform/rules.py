"""Translating an XPath constraint into the catalogue's constraints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.xlsform.conditions import NUMBERS, Asked, Scope
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

_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_NUMBER_RULES = {">=": "min", "<=": "max", ">": "gt", "<": "lt"}
_DATE_RULES = {">=": "not_before", "<=": "not_after", ">": "after", "<": "before"}
_TEXTS = ("text", "textarea", "integer", "decimal")
_NOW = ("today", "now")
_DAYS_SHOWN = 36_500
_SPAN = re.compile(r"\(\?s:\.\{(\d+),(\d*)\}\)")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

Rule = tuple[str, str | int | tuple[str, ...]]
"""An operator of the catalogue's constraint and its bound."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a constraint the catalogue can say, and why it cannot say the rest."""

    rules: tuple[Rule, ...]
    unsaid: tuple[str, ...]


def constraint_rules(text: str, own: Asked, scope: Scope) -> Rules:
    """Translate a cell of `constraint` as far as it goes; the parts of an AND go one by one."""
    try:
        parts = _conjuncts(parse(text))
    except Inexpressible as reason:
        return Rules((), (str(reason),))
    rules: list[Rule] = []
    unsaid: list[str] = []
    for part in parts:
        try:
            rules.extend(_rules(part, own, scope))
        except Inexpressible as reason:
            unsaid.append(str(reason))
    return Rules(tuple(dict.fromkeys(rules)), tuple(unsaid))


def _conjuncts(expression: Expression, *, positive: bool = True) -> list[Expression]:
    """Take an AND apart, and by De Morgan a negated OR."""
    if isinstance(expression, Call) and expression.name == "not" and len(expression.arguments) == 1:
        return _conjuncts(expression.arguments[0], positive=not positive)
    if isinstance(expression, Binary) and expression.operator == ("and" if positive else "or"):
        left = _conjuncts(expression.left, positive=positive)
        return left + _conjuncts(expression.right, positive=positive)
    if positive:
        return [expression]
    if isinstance(expression, Binary) and expression.operator in _OPPOSITE:
        return [Binary(_OPPOSITE[expression.operator], expression.left, expression.right)]
    return [Call("not", (expression,))]


def _rules(expression: Expression, own: Asked, scope: Scope) -> list[Rule]:
    if isinstance(expression, Literal) and expression.value is True:
        return []
    if isinstance(expression, Call):
        return _called(expression, own)
    if not isinstance(expression, Binary):
        raise Inexpressible("это не сравнение")
    if expression.operator == "or":
        return _alternatives(expression, own)
    return _compared(expression, own, scope)


def _compared(expression: Binary, own: Asked, scope: Scope) -> list[Rule]:
    operator, left, right = expression.operator, expression.left, expression.right
    if operator not in _OPPOSITE:
        raise Inexpressible("вместо сравнения стоит арифметика")
    if _looks_at_self(right) and not _looks_at_self(left):
        operator, left, right = _MIRRORED[operator], right, left
    if isinstance(left, Call) and len(left.arguments) == 1:
        return _counted(left, operator, right, own)
    if not isinstance(left, Own):
        raise Inexpressible("сравнивается не сам ответ")
    if own.kind == "date":
        return [_date_rule(operator, scope.meaning(right), own, scope)]
    if own.kind in NUMBERS:
        return _number_rules(operator, right, own, scope)
    return _text_rules(operator, right, own)


def _looks_at_self(expression: Expression) -> bool:
    if isinstance(expression, Call):
        return any(map(_looks_at_self, expression.arguments))
    if isinstance(expression, Binary):
        return _looks_at_self(expression.left) or _looks_at_self(expression.right)
    return isinstance(expression, Own)


def _number_rules(operator: str, right: Expression, own: Asked, scope: Scope) -> list[Rule]:
    bound: str | int
    if isinstance(right, Ref) and right.name not in scope.calculations:
        other = scope.find(right.name, own.repeat)
        if other.kind not in NUMBERS:
            raise Inexpressible(f"${{{right.name}}} — не число")
        bound = other.name
    else:
        bound = _number(scope.meaning(right))
    if operator == "=":
        return [("min", bound), ("max", bound)]
    if operator == "!=":
        raise Inexpressible("запрет одного числа")
    return [(_NUMBER_RULES[operator], bound)]


def _number(expression: Expression) -> str | int:
    value = expression.value if isinstance(expression, Literal) else None
    text = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    if re.fullmatch(r"-?\d+(\.\d+)?", text) is None:
        raise Inexpressible("граница — не число, а другой ответ или вычисление")
    return text if "." in text else int(text)


def _date_rule(operator: str, right: Expression, own: Asked, scope: Scope) -> Rule:
    if operator not in _DATE_RULES:
        raise Inexpressible("дата сравнивается на равенство")
    if isinstance(right, Ref):
        other = scope.find(right.name, own.repeat)
        if other.kind != "date":
            raise Inexpressible(f"${{{right.name}}} — не дата")
        return _DATE_RULES[operator], other.name
    if _is_now(right):
        return _DATE_RULES[operator], "today"
    if isinstance(right, Binary) and right.operator == "-" and _is_now(right.left):
        days = _number(right.right)
        if operator == ">=" and isinstance(days, int) and 0 <= days <= _DAYS_SHOWN:
            return "within_days_before", days
    if isinstance(right, Call) and right.name == "date" and len(right.arguments) == 1:
        right = right.arguments[0]
    if isinstance(right, Literal) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(right.value)):
        return _DATE_RULES[operator], str(right.value)
    raise Inexpressible("дата сравнивается с вычислением")


def _is_now(expression: Expression) -> bool:
    if isinstance(expression, Call) and expression.name == "date" and expression.arguments:
        expression = expression.arguments[0]
    return isinstance(expression, Call) and expression.name in _NOW and not expression.arguments


def _text_rules(operator: str, right: Expression, own: Asked) -> list[Rule]:
    value = right.value if isinstance(right, Literal) else None
    if not isinstance(value, str | Decimal):
        raise Inexpressible("ответ сравнивается с другим ответом или вычислением")
    if operator == "!=" and value == "":
        return []  # an empty answer is a matter of `required`
    if own.kind not in _TEXTS:
        raise Inexpressible("ограничение одного варианта из списка")
    text = re.escape(str(value))
    if operator == "=":
        return [("pattern", text)]
    if operator == "!=":
        return [("pattern", f"(?!{text}$)(?s:.*)")]
    raise Inexpressible("текст по порядку не сравнивается")


def _alternatives(expression: Expression, own: Asked) -> list[Rule]:
    """`. = 'a' or . = 'b'` is a pattern."""
    texts: list[str] = []
    rest = [expression]
    while rest:
        one = rest.pop()
        if isinstance(one, Binary) and one.operator == "or":
            rest += [one.right, one.left]
            continue
        if not (
            own.kind in _TEXTS
            and isinstance(one, Binary)
            and one.operator == "="
            and isinstance(one.left, Own)
            and isinstance(one.right, Literal)
        ):
            raise Inexpressible("«или» между разными условиями")
        value = one.right.value
        texts.append(f"{value:f}" if isinstance(value, Decimal) else str(value))
    return [("pattern", "|".join(map(re.escape, texts)))]


def _called(call: Call, own: Asked) -> list[Rule]:
    if call.name == "regex" and len(call.arguments) == 2:  # noqa: PLR2004
        whole, pattern = call.arguments
        if isinstance(whole, Own) and isinstance(pattern, Literal) and own.kind in _TEXTS:
            return [("pattern", _pattern(str(pattern.value)))]
        raise Inexpressible("regex() не о самом ответе")
    inner = call.arguments[0] if call.name == "not" and call.arguments else None
    alone = _alone(inner) if inner is not None else ""
    if alone and own.kind == "select_multiple":
        if alone not in own.codes:
            raise Inexpressible(f"варианта «{alone}» у вопроса нет")
        return [("alone", alone)]
    apart = _apart(inner) if inner is not None else ()
    if apart and own.kind == "select_multiple" and set(apart) <= set(own.codes):
        return [("apart", apart)]
    name = inner.name if isinstance(inner, Call) else call.name
    raise Inexpressible(f"функция {name}() в ограничении не имеет соответствия")


def _pattern(text: str) -> str:
    """Take a regular expression of Java over; the anchors are implied."""
    pattern = text.removeprefix("^")
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        pattern = pattern[:-1]
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        raise Inexpressible("регулярное выражение не читается") from None
    if "|" in pattern and pattern != text:
        pattern = text  # `^a|b$` means the alternatives as they are
    return pattern


def _alone(expression: Expression) -> str:
    """The code of `selected(., 'none') and count-selected(.) > 1`, which is then negated."""
    if not isinstance(expression, Binary) or expression.operator != "and":
        return ""
    for one, other in (
        (expression.left, expression.right),
        (expression.right, expression.left),
    ):
        if (
            isinstance(one, Call)
            and one.name == "selected"
            and isinstance(one.arguments[0], Own)
            and isinstance(one.arguments[1], Literal)
            and isinstance(other, Binary)
            and isinstance(other.left, Call)
            and other.left.name == "count-selected"
            and (other.operator, other.right)
            in ((">", Literal(Decimal(1))), (">=", Literal(Decimal(2))))
        ):
            return str(one.arguments[1].value)
    return ""


def _apart(expression: Expression) -> tuple[str, ...]:
    """The codes of `selected(., 'c') and selected(., 'd')`, which is then negated."""
    if isinstance(expression, Binary) and expression.operator == "and":
        left, right = _apart(expression.left), _apart(expression.right)
        return left + right if len(left) == len(right) == 1 else ()
    if (
        isinstance(expression, Call)
        and expression.name == "selected"
        and isinstance(expression.arguments[0], Own)
        and isinstance(expression.arguments[-1], Literal)
    ):
        return (str(expression.arguments[-1].value),)
    return ()


def _counted(call: Call, operator: str, right: Expression, own: Asked) -> list[Rule]:
    if not isinstance(call.arguments[0], Own):
        raise Inexpressible("считается не сам ответ")
    bound = _number(right)
    if not isinstance(bound, int):
        raise Inexpressible("длина сравнивается с дробью")
    least = {">=": bound, ">": bound + 1, "=": bound}.get(operator)
    most = {"<=": bound, "<": bound - 1, "=": bound}.get(operator)
    if operator == "!=":
        raise Inexpressible("запрет одной длины")
    if call.name == "count-selected" and own.kind == "select_multiple":
        least_rule: list[Rule] = [("min_chosen", least)] if least else []
        return least_rule + ([("max_chosen", most)] if most is not None else [])
    if call.name != "string-length" or own.kind not in _TEXTS:
        raise Inexpressible(f"функция {call.name}() в ограничении не имеет соответствия")
    span = f"{max(least or 0, 0)},{'' if most is None else max(most, 0)}"
    return [("pattern", f"(?s:.{{{span}}})")]


MESSAGES = {
    "min": "не меньше {0}",
    "max": "не больше {0}",
    "gt": "больше {0}",
    "lt": "меньше {0}",
    "not_after": "не позже, чем {0}",
    "not_before": "не раньше, чем {0}",
    "before": "раньше, чем {0}",
    "after": "позже, чем {0}",
    "within_days_before": "не раньше, чем за {0} дней до сегодняшнего дня",
    "min_chosen": "вариантов нужно не меньше {0}",
    "max_chosen": "вариантов нужно не больше {0}",
    "alone": "этот вариант не бывает вместе с другими",
    "apart": "эти варианты вместе не бывают",
    "pattern": "не тот вид ответа",
}
"""What stands under the field when the form itself says nothing."""


def message_of(rule: Rule, labels: Mapping[str, str]) -> str:
    """Words for a constraint that has none of its own; labels: of the fields by their names."""
    operator, bound = rule
    if bound == "today":
        return MESSAGES[operator].format("сегодня")
    if operator == "pattern" and (span := _SPAN.fullmatch(str(bound))):
        return _length_message(span[1], span[2])
    if day := _ISO_DAY.fullmatch(str(bound)):
        return MESSAGES[operator].format(f"{day[3]}.{day[2]}.{day[1]}")
    told = f"«{labels[bound]}»" if isinstance(bound, str) and bound in labels else bound
    return MESSAGES[operator].format(told)


def _length_message(least: str, most: str) -> str:
    """Words for a text of `least` to `most` signs; `most` empty: as many as one likes."""
    if least == most:
        return f"знаков должно быть ровно {least}"
    if not most:
        return f"знаков должно быть не меньше {least}"
    return f"знаков должно быть {f'от {least} до' if least != '0' else 'не больше'} {most}"
