"""A service that asks for sixty answers in one section, and a draft that stands at the first."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from bench.ground.bare import FIELDS
from forms.catalogue import PACKAGED
from forms.example import applicant
from mfc_desk.desk import Desk
from mfc_desk.intake.drafts import Draft
from mfc_desk.paths import Home

SLUG = "long-form"
LABEL = "Шестьдесят полей"
_HEAD = f'''slug = "{SLUG}"
version = 1
title = "Проверка длинной формы"
short = "Длинная форма"
authority = "Учебный орган"
applicants = ["person"]
offline = "full"
offices = ["district", "flagship", "mobile", "home"]
result = "ответ"

[term]
days = 10
unit = "working"
starts = "registration"
verify = "срок"

[[duty]]
kind = "free"
variant = "free"

[[section]]
name = "long"
label = "{LABEL}"
'''
_FIELD = """
[[section.field]]
name = "field_{number:02d}"
label = "Поле {number:02d}"
type = "text"
max_length = 100
"""
_DOCUMENT = """
[[document]]
name = "application"
title = "Заявление"
form = "original"
by = "applicant"
required = true
"""


def publish(home: Home) -> None:
    """Lay a catalogue with the service into the desk, where one of the centre would lie."""
    folder = home.catalogue
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    fields = "".join(_FIELD.format(number=number) for number in range(1, FIELDS + 1))
    Path(folder, "services", f"{SLUG}.toml").write_text(_HEAD + fields + _DOCUMENT, "utf-8")


def begin(desk: Desk, today: date) -> Draft:
    """Save a draft of it with an applicant, left at the first of the sixty fields."""
    who = applicant(desk.catalogue.services[SLUG], today, 1)
    draft = desk.intake.begin(SLUG, who)
    draft.step, draft.section, draft.field = "form", f"long/{LABEL}", "answers.field_01"
    desk.intake.save(draft)
    return draft
