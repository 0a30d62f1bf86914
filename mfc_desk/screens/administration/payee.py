"""The requisites of one authority: typed, and what is wrong with each stands under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical

from forms.check import Problem
from forms.spec import Field
from mfc_desk.papers.payees import CHECKED, KBK, PaidAuthority
from mfc_desk.screens.intake.paper_details import PaperDetailsScreen
from mfc_desk.widgets.form_section import FormSection

DETAILS = (
    Field("title", "Получатель платежа", "text", required=True, max_length=160),
    Field("inn", "ИНН получателя", "inn10", required=True),
    Field("kpp", "КПП", "kpp", required=True),
    Field("account", "Казначейский счёт", "bank_account", required=True),
    Field("bank", "Банк получателя", "text", required=True, max_length=45),
    Field("bic", "БИК", "bic", required=True),
    Field("corr", "Единый казначейский счёт", "bank_account", required=True),
    Field("oktmo", "ОКТМО", "oktmo", required=True),
    Field("as_of", "Верны на дату", "date", required=True),
)


class PayeeScreen(PaperDetailsScreen):
    """Answers with the entry `Payees.enter` takes, None on Esc."""

    def __init__(
        self, authority: PaidAuthority, entry: dict[str, Any], mistakes: Mapping[str, str]
    ) -> None:
        """`mistakes` are what was wrong with this entry when it was to be written."""
        super().__init__(authority.authority, entry)
        self._codes = tuple(
            Field(f"{KBK}{slug}", f"КБК: {short}", "text", max_length=30)
            for slug, short in authority.services
        )
        self._mistakes = mistakes

    @property
    def fields(self) -> tuple[Field, ...]:
        """The details, the codes of the paid services, whether somebody compared them."""
        return (*DETAILS, *self._codes, Field(CHECKED, "Сверены с опубликованными", "bool"))

    def compose(self) -> ComposeResult:
        """More fields than a screen has lines: they scroll."""
        with Vertical(classes="dialog details requisites") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "Ctrl+S сохранить · Esc отмена"
            yield FormSection()

    def opened(self, form: FormSection) -> None:
        """Stand at the first field that is wrong, what is wrong under each."""
        super().opened(form)
        labels = {field.name: field.label for field in self.fields}
        problems = {
            name: Problem(name, labels.get(name, name), "error", "requisites", words)
            for name, words in self._mistakes.items()
        }
        form.show_problems(problems, {})
        wrong = next((row for row in form.rows if row.path in self._mistakes), None)
        if wrong is not None:
            self.set_focus(wrong.editor)
