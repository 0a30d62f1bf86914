"""Walking a survey sheet: its groups, repeats and questions, each with its row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forms.spec import Choice
from forms.xlsform.conditions import Asked, Scope
from forms.xlsform.notes import Notes
from forms.xlsform.questions import Shape, shape_of
from forms.xlsform.words import (
    choices_of,
    plain_name,
    said,
    without_markup,
    without_references,
)
from forms.xlsform.workbook import Row, Workbook

_BEGIN = re.compile(r"^begin[ _]+(group|repeat|loop|lgroup|looped group)\b", re.IGNORECASE)
_END = re.compile(r"^end[ _]+(group|repeat|loop|lgroup|looped group)\b", re.IGNORECASE)
_REPEATS = ("repeat", "lgroup", "looped group")
_LONGEST_LABEL = 60
OTHER = "other"
_AGREED = Choice("OK", "Подтверждаю")
MAIN = "Сведения"


@dataclass(frozen=True, slots=True)
class Group:
    """A group or a repeat that is open: its row, its heading, the name of its repeat."""

    row: Row
    label: str
    repeat: str = ""


@dataclass
class Question:
    """A question that came into the catalogue; groups are those it stands in, outermost first."""

    row: Row
    shape: Shape
    asked: Asked
    label: str
    hint: str
    groups: tuple[Group, ...]
    choices: tuple[Choice, ...] = ()
    rows: list[Question] = field(default_factory=list)

    @property
    def section(self) -> str:
        """The heading of the section it stands in."""
        labels = [group.label for group in self.groups if group.label and not group.repeat]
        whole = ": ".join(labels)
        if len(whole) > _LONGEST_LABEL:
            return labels[-1]
        return whole or MAIN


class Survey:
    """The questions of a workbook, in order, and what their names mean in conditions."""

    def __init__(self, workbook: Workbook, language: str, notes: Notes) -> None:
        """Walks at once; what cannot come along goes into `notes`."""
        self.scope = Scope()
        self.questions: list[Question] = []
        self._workbook = workbook
        self._language = language
        self._notes = notes
        self._taken: set[str] = set()
        self._open: list[Group] = []
        self._repeat: Question | None = None
        self._loops = 0
        self._said: list[tuple[Row, str]] = []
        self._lists: dict[tuple[str, str], tuple[Choice, ...]] = {}
        self._labels = {
            row.text("name"): without_markup(said(row.cell("label"), language))
            for row in workbook.survey
            if row.text("name") and row.cell("label")
        }
        for row in workbook.survey:
            if row.off:
                notes.changed(row.number, "disabled", "строка в форме выключена и не взята")
            elif row.text("type"):
                self._take(row)
        self._drop_notes()

    def _take(self, row: Row) -> None:
        kind = " ".join(row.text("type").split())
        if begun := _BEGIN.match(kind):
            self._begin(row, begun[1].lower())
        elif _END.match(kind):
            self._end()
        elif self._loops:
            name = row.text("name")
            self.scope.why[name] = f"${{{name}}} стоит в цикле, которого нет в каталоге"
            self._notes.lost(row.number, "type", "вопрос стоит внутри того, что не взято")
        else:
            self._question(row, shape_of(row))

    def _begin(self, row: Row, kind: str) -> None:
        label = self._label(row) if row.cell("label") else ""
        if self._loops or kind == "loop" or (kind in _REPEATS and self._repeat is not None):
            self._loops += 1
            if self._loops == 1:
                word = "цикл по вариантам" if kind == "loop" else "повтор внутри повтора"
                self._notes.lost(row.number, "type", f"{word} не имеет соответствия")
            return
        if kind not in _REPEATS:
            self._open.append(Group(row, label))
            return
        name = row.text("name")
        asked = Asked(plain_name(name, self._taken), "repeat")
        self._repeat = Question(
            row, Shape("repeat"), asked, label or name, self._hint(row), tuple(self._open)
        )
        self._open.append(Group(row, label, asked.name))
        self.scope.asked[name] = asked

    def _end(self) -> None:
        if self._loops:
            self._loops -= 1
            return
        self._drop_notes()
        if not self._open:
            return
        group = self._open.pop()
        if group.repeat and self._repeat is not None:
            if self._repeat.rows:
                self.questions.append(self._repeat)
            else:
                name = group.row.text("name")
                self._notes.lost(group.row.number, "type", "в повторе не осталось вопросов")
                self.scope.asked.pop(name, None)
                self.scope.why[name] = f"повтора ${{{name}}} в каталоге нет"
            self._repeat = None

    def _question(self, row: Row, shape: Shape) -> None:
        name = row.text("name")
        if shape.kind == "note":
            self._note(row)
        elif shape.kind == "calculate":
            self.scope.calculations[name] = row.text("bind", "calculate") or "''"
        elif shape.kind in ("none", "today"):
            self.scope.why[name] = f"вопроса ${{{name}}} в каталоге нет ({shape.why})"
            if shape.kind == "today":
                self.scope.calculations[name] = "today()"
            self._notes.lost(row.number, "type", shape.why)
        else:
            choices = self._choices(row, shape)
            if choices is None:
                self.scope.why[name] = f"вопроса ${{{name}}} в каталоге нет: у него нет вариантов"
            else:
                self._ask(row, shape, choices)

    def _ask(self, row: Row, shape: Shape, choices: tuple[Choice, ...]) -> None:
        if shape.changed:
            self._notes.changed(row.number, "type", shape.changed)
        name = row.text("name")
        ours = plain_name(name, self._taken, f"q{row.number}")
        if ours != name:
            self._notes.changed(row.number, "name", f"«{name}» называется «{ours}»")
        repeat = self._repeat.asked.name if self._repeat is not None else ""
        codes = tuple(choice.code for choice in choices)
        question = Question(
            row,
            shape,
            Asked(ours, shape.kind, codes, repeat),
            self._label(row),
            self._hint(row),
            tuple(self._open),
            choices,
        )
        self._hang_notes(question)
        if shape.kind == "document":
            self.scope.why[name] = f"${{{name}}} стал документом, а не ответом"
        else:
            self.scope.asked[name] = question.asked
        self._keep(question)
        if shape.or_other:
            self._keep(self._specify(question))

    def _keep(self, question: Question) -> None:
        if question.shape.kind == "document" or self._repeat is None:
            self.questions.append(question)
        else:
            self._repeat.rows.append(question)

    def _specify(self, chosen: Question) -> Question:
        """The field in which «other» is written out, as pyxform makes it."""
        row = Row(chosen.row.number, {"name": f"{chosen.row.text('name')}_other"})
        asked = Asked(
            plain_name(f"{chosen.asked.name}_other", self._taken),
            "text",
            repeat=chosen.asked.repeat,
        )
        self.scope.asked[row.text("name")] = asked
        label = f"{chosen.label}: другое"
        return Question(
            row, Shape("text", source=chosen.asked.name), asked, label, "", chosen.groups
        )

    def _choices(self, row: Row, shape: Shape) -> tuple[Choice, ...] | None:
        """The choices of a select, none for another question; None when they are not there."""
        if shape.source == "acknowledge":
            return (_AGREED,)
        if shape.kind not in ("select_one", "select_multiple"):
            return ()
        key = (shape.source, shape.list_name)
        if key not in self._lists:
            external = shape.source == "external_choices"
            lists = self._workbook.external if external else self._workbook.choices
            rows = lists.get(shape.list_name, ())
            self._lists[key] = choices_of(rows, self._language, shape.source, self._notes)
        choices = self._lists[key]
        if not choices:
            self._notes.lost(row.number, "type", f"список вариантов «{shape.list_name}» пуст")
            return None
        if row.text("choice_filter"):
            words = "отбор вариантов по другим ответам не имеет соответствия, показаны все"
            self._notes.lost(row.number, "choice_filter", words)
        if shape.or_other and OTHER not in {choice.code for choice in choices}:
            choices = (*choices, Choice(OTHER, "Другое"))
        return choices

    def _label(self, row: Row) -> str:
        label = without_markup(said(row.cell("label"), self._language))
        if not label:
            label = row.text("name")
            self._notes.changed(row.number, "label", "надписи нет, стоит имя")
        told = without_references(label, self._labels)
        if told != label:
            self._notes.changed(row.number, "label", "вместо ответа в надписи стоит его вопрос")
        return told

    def _hint(self, row: Row) -> str:
        hints = [said(row.cell(column), self._language) for column in ("hint", "guidance_hint")]
        hint = without_markup(" ".join(filter(None, hints)))
        return without_references(hint, self._labels)

    def _note(self, row: Row) -> None:
        """A note is read before the next question: it becomes a part of that one's hint."""
        text = without_references(
            without_markup(said(row.cell("label"), self._language)), self._labels
        )
        name = row.text("name")
        self.scope.why[name] = f"${{{name}}} — пояснение, а не вопрос"
        if row.text("bind", "relevant"):
            self._notes.lost(row.number, "type", "пояснение с условием не имеет соответствия")
        elif text:
            self._said.append((row, text))

    def _hang_notes(self, question: Question) -> None:
        if self._said:
            for row, _ in self._said:
                words = f"пояснение стоит в подсказке вопроса «{question.asked.name}»"
                self._notes.changed(row.number, "type", words)
            question.hint = " ".join([text for _, text in self._said] + [question.hint]).strip()
            self._said = []

    def _drop_notes(self) -> None:
        for row, _ in self._said:
            self._notes.lost(row.number, "type", "пояснение: после него в разделе нет вопроса")
        self._said = []
