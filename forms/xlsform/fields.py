"""Questions as the tables of a catalogue file: conditions, constraints, defaults."""

from __future__ import annotations

import re

from forms.kinds import KINDS, kind_of
from forms.spec import Field
from forms.xlsform.conditions import Translator
from forms.xlsform.expression import Inexpressible, parse
from forms.xlsform.notes import Notes, quoted
from forms.xlsform.rules import Rule, constraint_rules, message_of
from forms.xlsform.survey import OTHER, Group, Question, Survey
from forms.xlsform.tables import ALWAYS, NEVER, Table, Tables, as_data, joined
from forms.xlsform.words import said, without_markup, without_references

Data = dict[str, object]
_YES = ("yes", "true", "true()", "1")
_NO = ("no", "false", "false()", "0", "")
_SHOWN_ALWAYS = "вопрос показан всегда и не обязателен"
_COMPUTED = re.compile(r"\$\{|[A-Za-z]\(")
_MIDNIGHT = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ]00:00:00$")


class FieldWriter:
    """Writes one question after another; remarks go into `notes`."""

    def __init__(self, survey: Survey, language: str, notes: Notes) -> None:
        self._scope = survey.scope
        asked = [*survey.questions, *(row for one in survey.questions for row in one.rows)]
        self._labels = {one.asked.name: one.label for one in asked}
        self._language = language
        self._notes = notes
        self._groups: dict[int, Tables | None] = {}

    def field(self, question: Question) -> Data:
        """A field; a repeat comes with its rows."""
        data: Data = {"name": question.asked.name, "label": question.label}
        if question.hint:
            data["hint"] = question.hint
        data["type"] = question.asked.kind
        if question.choices:
            data["choices"] = [[one.code, one.label] for one in question.choices]
        relevant, whole = self._relevant(question)
        data |= self._required(question, whole)
        data |= relevant
        if question.asked.kind == "repeat":
            data |= self._counted(question)
            data["field"] = [self.field(row) for row in question.rows]
            return data
        data |= self._constraint(question)
        data |= self._default(question)
        if question.shape.pattern is not None:
            data["example"] = question.shape.pattern[2]
        return data

    def document(self, question: Question) -> Data:
        """A question for a picture or a file, as a paper to bring."""
        data: Data = {"name": question.asked.name, "title": question.label, "form": "copy"}
        relevant, whole = self._relevant(question)
        if question.asked.repeat:
            relevant, whole = {}, False
            self._notes.lost(question.row.number, "type", "документ повтора один на всё обращение")
        needed = self._required(question, whole).get("required")
        if needed is True:
            data["required"] = True
        elif needed is not None:
            self._notes.lost(question.row.number, "required", "документ по условию не требуется")
        data |= relevant
        if question.hint:
            data["hint"] = question.hint
        return data

    def _relevant(self, question: Question) -> tuple[Data, bool]:
        """The condition of a question and of its groups; whether all of it could be said."""
        tables: Tables | None = ALWAYS
        if question.shape.source and question.row.cell("type") is None:  # «other», written out
            other: Table = ((question.shape.source, "is", (OTHER,)),)
            tables = (other,)
        for group in _own_groups(question):
            tables = self._both(tables, self._of_group(group, question.asked.repeat), question)
        own = self._tables(question.row.text("bind", "relevant"), question, "relevant")
        tables = self._both(tables, own, question)
        if tables == NEVER:
            words = f"условие никогда не выполняется: {_SHOWN_ALWAYS}"
            self._notes.lost(question.row.number, "relevant", words)
            tables = None
        if tables is None or tables == ALWAYS:
            return {}, tables is not None
        found = as_data(tables)
        return {"relevant": found[0] if len(found) == 1 else found}, True

    def _both(self, one: Tables | None, other: Tables | None, question: Question) -> Tables | None:
        if one is None or other is None:
            return None
        try:
            return joined(one, other, self._scope.several())
        except Inexpressible as reason:
            self._lose(question.row.number, "relevant", "условия раздела и вопроса", str(reason))
            return None

    def _of_group(self, group: Group, repeat: str) -> Tables | None:
        if group.row.number not in self._groups:
            text = group.row.text("bind", "relevant")
            self._groups[group.row.number] = self._translated(
                text, repeat, group.row.number, "relevant"
            )
        return self._groups[group.row.number]

    def _tables(self, text: str, question: Question, column: str) -> Tables | None:
        return self._translated(text, question.asked.repeat, question.row.number, column)

    def _translated(self, text: str, repeat: str, row: int, column: str) -> Tables | None:
        if not text:
            return ALWAYS
        try:
            return Translator(self._scope, repeat).tables(parse(text))
        except Inexpressible as reason:
            self._lose(row, column, text, str(reason))
            return None

    def _lose(self, row: int, column: str, text: str, reason: str) -> None:
        end = f"; {_SHOWN_ALWAYS}" if column == "relevant" else "; вопрос не обязателен"
        self._notes.lost(row, column, f"{quoted(text)}: {reason}{end}")

    def _required(self, question: Question, whole: bool) -> Data:
        text = question.row.text("bind", "required")
        if text.lower() in _NO or question.asked.kind == "repeat":
            return {}
        if text.lower() in _YES:
            needed: object = whole
        else:
            tables = self._tables(text, question, "required")
            data = as_data(tables) if tables else []
            needed = whole and tables is not None and tables != NEVER
            if needed and tables != ALWAYS:
                needed = data[0] if len(data) == 1 else data
        if not needed:
            return {}
        message = self._said(question, "jr:requiredMsg")
        return {"required": needed} | ({"required_message": message} if message else {})

    def _said(self, question: Question, key: str) -> str:
        words = without_markup(said(question.row.cell("bind", key), self._language))
        return without_references(words, {})

    def _counted(self, question: Question) -> Data:
        """`repeat_count`: a number is as many rows as there must be."""
        count = question.row.text("control", "jr:count")
        if not count:
            return {}
        if count.isdigit() and int(count) > 0:
            return {"min": int(count), "max": int(count)}
        words = f"{quoted(count)}: число строк не вычисляется, его выбирает специалист"
        self._notes.lost(question.row.number, "repeat_count", words)
        return {}

    def _constraint(self, question: Question) -> Data:
        rules: list[tuple[Rule, str]] = [(rule, "") for rule in question.shape.rules]
        if question.shape.pattern is not None:
            pattern, words, _ = question.shape.pattern
            rules.append((("pattern", pattern), words))
        text = question.row.text("bind", "constraint")
        if text:
            message = self._said(question, "jr:constraintMsg")
            found = constraint_rules(text, question.asked, self._scope)
            rules += [(rule, message) for rule in found.rules]
            for reason in found.unsaid:
                words = f"{quoted(text)}: {reason}; эта проверка не делается"
                self._notes.lost(question.row.number, "constraint", words)
        return _as_constraint(
            [(rule, words or message_of(rule, self._labels)) for rule, words in rules]
        )

    def _default(self, question: Question) -> Data:
        typed = question.row.text("default")
        if not typed:
            return {}
        day = _MIDNIGHT.match(typed)
        typed = day[1] if day else typed
        if question.asked.kind == "select_multiple":
            typed = "; ".join(typed.split())
        kind = question.asked.kind
        shaped = Field("x", "x", kind if kind in KINDS else "text", choices=question.choices)
        reason = _unreadable(shaped, typed)
        if reason:
            words = f"{quoted(typed)}: не подставляется ({reason})"
            self._notes.lost(question.row.number, "default", words)
            return {}
        return {"default": typed}


def _unreadable(field: Field, typed: str) -> str:
    """Why a default cannot stand in a field; empty when it can."""
    if _COMPUTED.search(typed):
        return "вычисляется"
    try:
        kind_of(field).read(typed)
    except ValueError as reason:
        return str(reason)
    return ""


def _own_groups(question: Question) -> tuple[Group, ...]:
    """The groups whose conditions are the question's: inside a repeat those inside it too."""
    repeat = question.asked.repeat
    if not repeat:
        return question.groups
    at = [group.repeat for group in question.groups].index(repeat)
    return question.groups[at + 1 :]


def _as_constraint(rules: list[tuple[Rule, str]]) -> Data:
    if not rules:
        return {}
    tables: list[Data] = [
        {operator: list(bound) if isinstance(bound, tuple) else bound, "message": words}
        for (operator, bound), words in rules
    ]
    operators = {operator for (operator, _), _ in rules}
    messages = {words for _, words in rules}
    if len(operators) < len(rules) or len(messages) > 1:
        return {"constraint": tables}
    one = {key: value for table in tables for key, value in table.items() if key != "message"}
    return {"constraint": one, "constraint_message": messages.pop()}
