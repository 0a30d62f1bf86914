"""What is wrong with the desk's folder: locks, key slots, copies, room on the disk.

DeskError
└─ StoreError                        exit code 4
   └─ HomeLocked, KeySlotsDamaged, KeySlotsMissing, DatabaseLost, RecoveryRefused, BackupRefused,
      BackupBehind, DiskAlmostFull

Failures of the SQLite file itself (wrong key, foreign, newer, damaged, full) are `sync.errors`.
"""

# ruff: noqa: N818  # names say what happened, as the brief of the office does
from __future__ import annotations

from mfc_desk.errors.desk_error import STORE, DeskError


class StoreError(DeskError):
    """Хранилище рабочего места недоступно."""

    title = "Хранилище"
    code = "store"
    exit_code = STORE


class HomeLocked(StoreError):
    """Программа уже открыта на этом рабочем месте. Перейдите в её окно или закройте её."""

    title = "Уже открыто"
    code = "home-locked"


class KeySlotsDamaged(StoreError):
    """Файл ключей keys.json повреждён. Верните его из копии: `mfc-desk restore ФАЙЛ`."""

    title = "Ключи"
    code = "keys-damaged"


class KeySlotsMissing(StoreError):
    """База есть, а файла ключей keys.json нет. Верните его из копии: `mfc-desk restore ФАЙЛ`."""

    title = "Ключи"
    code = "keys-missing"


class DatabaseLost(StoreError):
    """Ключи есть, базы нет. `mfc-desk restore ФАЙЛ` из копии или --from-centre из центра."""

    title = "База"
    code = "database-lost"


class RecoveryRefused(StoreError):
    """Ключ восстановления не подходит к этому рабочему месту. Проверьте файл у оператора центра."""

    title = "Восстановление"
    code = "recovery"


class BackupRefused(StoreError):
    """Файл не является копией рабочего места или повреждён. Рабочее место не изменено."""

    title = "Копия"
    code = "backup"


class RebuildRefused(StoreError):
    """Собрать место из центра не удалось. Здесь ничего не изменено."""

    title = "Восстановление"
    code = "rebuild"


class BackupBehind(StoreError):
    """На этом месте есть записи, которых в копии нет."""

    title = "Копия старше"
    code = "backup-behind"

    def __init__(self, entries: int = 0) -> None:
        """Carry how many entries would be lost from sight."""
        self.entries = entries
        super().__init__(
            f"На этом месте есть записи, которых в копии нет: {entries}. Ничего не изменено."
            " Чтобы вернуться к копии, добавьте --replace: нынешняя база будет отложена рядом."
        )


class DiskAlmostFull(StoreError):
    """На диске осталось меньше 200 МБ: новые обращения не начать. Освободите место."""

    title = "Мало места"
    code = "disk-almost-full"
