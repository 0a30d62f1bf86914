"""What the desk refuses or cannot do, each with the sentence the person reads.

DeskError
├─ Refused by the office
│  ├─ IntakeRefused(problems)        a document that has errors
│  ├─ ComplexRefused                 services that cannot go together, or are not all filled
│  ├─ NothingToRecord                a refusal, referral or waiting entry lacks something
│  ├─ RefusalBeyondTold(new, numbers)  a second refusal with a reason the first did not name
│  ├─ PaymentDiffers(differs)        a payment that is not the duty, without a reason
│  ├─ NotEntitled                    a representative whose power hands out no result
│  ├─ CannotMerge                    two records of applicants, or one that is not merged
│  ├─ AttachmentRefused, ScannerFailed
│  ├─ RequestClosed, AmendedMeanwhile, NothingAmended, ResultNotReady
│  ├─ SettingRefused, CatalogueChanged
│  ├─ TrainingDesk                   a desk without a centre
│  └─ ComparisonRefused              the centre does not compare
├─ NotSetUp, AlreadySetUp
├─ UsageError
│  └─ UnknownNumber, UnknownService, UnknownApplicant, UnknownDraft, UnknownTurning,
│     UnknownBundle,
│     UnreadableDocument
├─ rights, passwords, accounts: `mfc_desk.errors.access`
└─ the folder of the desk: `mfc_desk.errors.store`

All of them can be imported from here.
"""

# ruff: noqa: N818  # names say what happened, as the brief of the office does
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mfc_desk.errors.access import (
    DeskClosed,
    LastOperator,
    LoginDelayed,
    LoginRefused,
    NotAllowed,
    OperatorExists,
    OperatorLockedOut,
    PasswordTooWeak,
    UnknownOperator,
    WrongPassword,
)
from mfc_desk.errors.desk_error import (
    DONE,
    INTERRUPTED,
    NO_LINK,
    PROBLEMS,
    REFUSED,
    STORE,
    USAGE,
    DeskError,
)
from mfc_desk.errors.store import (
    BackupBehind,
    BackupRefused,
    DatabaseLost,
    DiskAlmostFull,
    HomeLocked,
    KeySlotsDamaged,
    KeySlotsMissing,
    RebuildRefused,
    RecoveryRefused,
    StoreError,
)

if TYPE_CHECKING:
    from forms.problem import Problem
    from forms.refusal import Defect

__all__ = [
    "DONE",
    "INTERRUPTED",
    "NO_LINK",
    "PROBLEMS",
    "REFUSED",
    "STORE",
    "USAGE",
    "AlreadySetUp",
    "AmendedMeanwhile",
    "AttachmentRefused",
    "BackupBehind",
    "BackupRefused",
    "CannotMerge",
    "CatalogueChanged",
    "ComparisonRefused",
    "ComplexRefused",
    "DatabaseLost",
    "DeskClosed",
    "DeskError",
    "DiskAlmostFull",
    "HomeLocked",
    "IntakeRefused",
    "KeySlotsDamaged",
    "KeySlotsMissing",
    "LastOperator",
    "LoginDelayed",
    "LoginRefused",
    "NotAllowed",
    "NotEntitled",
    "NotSetUp",
    "NothingAmended",
    "NothingToRecord",
    "OperatorExists",
    "OperatorLockedOut",
    "PasswordTooWeak",
    "PaymentDiffers",
    "RebuildRefused",
    "RecoveryRefused",
    "RefusalBeyondTold",
    "RequestClosed",
    "ResultNotReady",
    "ScannerFailed",
    "SettingRefused",
    "StoreError",
    "TrainingDesk",
    "UnknownApplicant",
    "UnknownBundle",
    "UnknownDraft",
    "UnknownNumber",
    "UnknownOperator",
    "UnknownService",
    "UnknownTurning",
    "UnreadableDocument",
    "UsageError",
    "WrongPassword",
]


class IntakeRefused(DeskError):
    """Обращение не зарегистрировано: в нём есть ошибки."""

    title = "Есть ошибки"
    code = "intake-refused"
    exit_code = PROBLEMS

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Carry every problem of the document, in the order of the form."""
        self.problems = tuple(problems)
        super().__init__(
            "Обращение не зарегистрировано: исправьте поля из списка."
            f" Всего замечаний: {len(self.problems)}."
        )


class ComplexRefused(DeskError):
    """Комплексный запрос так не принять."""

    title = "Комплексный запрос"
    code = "complex-refused"
    exit_code = PROBLEMS


class NothingToRecord(DeskError):
    """Запись не сделана: в ней чего-то не хватает."""

    title = "Не записано"
    code = "nothing-to-record"


class NotEntitled(DeskError):
    """Представитель не вправе получить результат."""

    title = "Нет полномочий"
    code = "not-entitled"


class PaymentDiffers(DeskError):
    """Оплачено не столько, сколько составляет пошлина обращения."""

    title = "Оплата не сходится"
    code = "payment-differs"

    def __init__(self, differs: str) -> None:
        """Carry what differs, as it is kept with the reason."""
        self.differs = differs
        super().__init__(
            f"{differs[0].upper()}{differs[1:]}. Проверьте отметку или укажите причину."
        )


class RefusalBeyondTold(DeskError):
    """Второй отказ не может называть новых причин."""

    title = "Новая причина"
    code = "refusal-beyond-told"

    def __init__(self, new: Sequence[Defect], numbers: Sequence[str]) -> None:
        """Carry the defects nobody told the applicant of, and the numbers of earlier refusals."""
        self.new = tuple(new)
        self.numbers = tuple(numbers)
        named = "; ".join(f"{one.code} {one.label}".strip() for one in self.new)
        super().__init__(
            f"Этому заявителю уже отказано (№ {', '.join(self.numbers)}), и тогда не назвали: "
            f"{named}. Второй раз отказать по новой причине нельзя (210-ФЗ, ст. 7 ч. 1 п. 4): "
            "примите документы или укажите случай, в котором закон это допускает."
        )


class CannotMerge(DeskError):
    """Этих заявителей нельзя объединить."""

    title = "Заявители"
    code = "cannot-merge"


class RequestClosed(DeskError):
    """Обращение закрыто: заявление отозвано или результат выдан. Примите новое обращение."""

    title = "Закрыто"
    code = "request-closed"


class AmendedMeanwhile(DeskError):
    """Это обращение уже исправили, пока правился черновик. Откройте карточку и исправьте заново."""

    title = "Уже исправлено"
    code = "amended-meanwhile"


class NothingAmended(DeskError):
    """В исправлении ничего не изменено. Измените поля или оставьте обращение как есть."""

    title = "Изменений нет"
    code = "nothing-amended"


class ResultNotReady(DeskError):
    """Центр не сообщал, что результат готов. Если он уже в офисе, подтвердите, что он пришёл."""

    title = "Результат"
    code = "result-not-ready"


class AttachmentRefused(DeskError):
    """Файл не приложен к обращению."""

    title = "Вложение"
    code = "attachment"


class ScannerFailed(DeskError):
    """Сканер не ответил. Проверьте, что он включён и в нём есть лист, или приложите файл."""

    title = "Сканер"
    code = "scanner"


class SettingRefused(DeskError):
    """Значение настройки не подходит."""

    title = "Настройка"
    code = "setting"


class CatalogueChanged(DeskError):
    """Услуга изменилась с тех пор, как начат черновик. Проверьте его поля заново."""

    title = "Каталог изменился"
    code = "catalogue-changed"


class TrainingDesk(DeskError):
    """Рабочее место учебное: у него нет центра. Получите билет подключения у оператора центра."""

    title = "Учебное место"
    code = "training-desk"


class ComparisonRefused(DeskError):
    """Центр не сверяет журнал. Обратитесь к оператору центра."""

    title = "Сверка"
    code = "comparison-refused"


class NotSetUp(DeskError):
    """Рабочее место ещё не настроено. Запустите `mfc-desk` или `mfc-desk setup --ticket ФАЙЛ`."""

    title = "Не настроено"
    code = "not-set-up"


class AlreadySetUp(DeskError):
    """В этой папке место уже настроено. Войдите в него или укажите другую папку --home."""

    title = "Уже настроено"
    code = "already-set-up"


class UsageError(DeskError):
    """Команда написана неверно."""

    title = "Команда"
    code = "usage"
    exit_code = USAGE


class UnknownNumber(UsageError):
    """Обращения с таким номером на этом рабочем месте нет. Проверьте номер по расписке."""

    title = "Номер"
    code = "number-unknown"


class UnknownService(UsageError):
    """Такой услуги в каталоге нет. Список услуг: `mfc-desk catalogue list`."""

    title = "Услуга"
    code = "service-unknown"


class UnknownApplicant(UsageError):
    """Такого заявителя на этом рабочем месте нет. Найдите его ещё раз или введите заново."""

    title = "Заявитель"
    code = "applicant-unknown"


class UnknownTurning(UsageError):
    """Отказа, направления или записи ожидания с таким номером здесь нет. Проверьте номер."""

    title = "Номер"
    code = "turning-unknown"


class UnknownBundle(UsageError):
    """Такого набора услуг на этом рабочем месте нет."""

    title = "Не найдено"
    code = "unknown-bundle"


class UnknownDraft(UsageError):
    """Этого черновика уже нет: его зарегистрировали или удалили. Откройте список заново."""

    title = "Черновик"
    code = "draft-unknown"


class UnreadableDocument(UsageError):
    """Документ приёма не читается: нужен один объект JSON."""

    title = "Документ приёма"
    code = "document-unreadable"
