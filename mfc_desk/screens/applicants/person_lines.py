"""A person as a page: who, contacts, papers, consents, records joined and alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from forms.identifiers.reach import show_phone
from forms.names import full_name
from mfc_desk.screens.listing import POWER_TONES
from mfc_desk.screens.wording import day_text, full_moment
from mfc_desk.widgets.pairs_page import Heading, Line, Pair, Remark

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from mfc_desk.applicants.applicants import ApplicantCard, ApplicantRow
    from mfc_desk.applicants.consents import Consent
    from mfc_desk.intake.powers import ShownPower

NUMBERS = (
    ("birth_date", "Дата рождения"),
    ("snils", "СНИЛС"),
    ("inn", "ИНН"),
    ("ogrn", "ОГРН"),
    ("ogrnip", "ОГРНИП"),
    ("kpp", "КПП"),
    ("head", "Руководитель"),
)


def row_words(row: ApplicantRow) -> str:
    """«Образцова Мария Петровна, 12.03.1956, СНИЛС …2093»."""
    parts = [row.name]
    if row.birth_date:
        parts.append(day_text(row.birth_date))
    if row.snils_tail:
        parts.append(f"СНИЛС …{row.snils_tail}")
    if row.phone_tail:
        parts.append(f"тел. …{row.phone_tail}")
    return ", ".join(parts)


def person_lines(card: ApplicantCard, catalogue: Catalogue, tz: tzinfo) -> tuple[Line, ...]:
    """Everything but the requests."""
    lines: list[Line] = [*_who(card, catalogue)]
    lines += _contacts(card, tz)
    if card.powers:
        lines.append(Heading("Представители"))
        lines += [_power(one) for one in card.powers]
    if card.papers:
        lines.append(Heading("Документы, принятые раньше"))
        lines += [
            Remark("·", " — ".join(part for part in (paper.title, paper.details) if part))
            for paper in card.papers
        ]
    lines.append(Heading("Согласия"))
    lines += [_consent(one, tz) for one in card.consents]
    if not card.consents:
        lines.append(Remark("·", "Для самой услуги согласие не нужно (152-ФЗ, ст. 6).", "$muted"))
    for title, rows in (("Объединено с записями", card.merged), ("Похожие записи", card.alike)):
        if rows:
            lines += [Heading(title), *(Remark("≈", row_words(row)) for row in rows)]
    return tuple(lines)


def _who(card: ApplicantCard, catalogue: Catalogue) -> Iterator[Line]:
    block = card.block
    kinds = {one.code: one.label for one in catalogue.choices("people.kind")}
    yield Pair("Заявитель", full_name(block))
    others = [name for name in card.names if name != full_name(block)]
    if others:
        yield Pair("Также записан", ", ".join(others))
    if block.get("alt_names"):
        yield Pair("Иное написание", str(block["alt_names"]))
    yield Pair("Кто", kinds.get(str(block.get("kind")), ""))
    for name, label in NUMBERS:
        if block.get(name):
            yield Pair(label, _shown(str(block[name])))
    paper = block.get("id_document")
    if isinstance(paper, dict) and paper.get("number"):
        known = catalogue.identity.get(str(paper.get("kind")))
        number = " ".join(str(paper[key]) for key in ("series", "number") if paper.get(key))
        yield Pair("Личность", f"{known.title if known else 'документ'} {number}")


def _contacts(card: ApplicantCard, tz: tzinfo) -> Iterator[Line]:
    if not (card.contacts or card.contacts_before):
        return
    yield Heading("Контакты")
    for label, value in card.contacts:
        yield Pair(label, show_phone(value))
    for label, value in card.contacts_before:
        yield Pair(f"{label}, раньше", show_phone(value), "$muted")
    for one in card.changes:
        words = f"{one.what}: исправлено {full_moment(one.at, tz)}, {one.operator}"
        yield Remark("✎", words, "$muted")


def _shown(value: str) -> str:
    """A day as it is read; other values as they are."""
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return f"{day}.{month}.{year}" if len(year) == len("2026") and day.isdigit() else value


def _power(one: ShownPower) -> Remark:
    return Remark(
        {"good": "✓", "ending": "!"}.get(one.state, "✗"),
        f"{one.holder}, полномочия {one.text}",
        POWER_TONES[one.state],
    )


def _consent(consent: Consent, tz: tzinfo) -> Remark:
    words = f"{consent.purpose_title}, до {day_text(consent.until)}"
    if consent.withdrawn_at:
        at = day_text(consent.withdrawn_at.astimezone(tz).date())
        return Remark("✗", f"{words} — отозвано {at}", "$muted")
    if consent.state == "over":
        return Remark("✗", f"{words} — срок кончился", "$muted")
    return Remark("✓", words, "$success")
