"""The office of a desk that has no centre: everything on it says that it is for training."""

from __future__ import annotations

from typing import Any

TRAINING_OFFICE: dict[str, Any] = {
    "code": "training",
    "title": "Учебный МФЦ",
    "org": "Учебное рабочее место",
    "address": "адрес не указан",
    "phone": "+7 900 000-00-00",
    "region": "00",
    "kind": "district",
    "tz": "Europe/Moscow",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-18:00"),
}
