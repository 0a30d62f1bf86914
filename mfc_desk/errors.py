"""What the desk refuses or cannot do, each with the sentence the person reads.

DeskError
├─ NotAllowed                        a right the role has not
├─ Refused by the office
│  ├─ IntakeRefused(problems)        a document that has errors
│  ├─ ComplexRefused                 services that cannot go together, or are not all filled
│  ├─ NothingToRecord                a refusal, referral or waiting entry lacks something
│  ├─ RefusalBeyondTold(new, numbers)  a second refusal with a reason the first did not name
│  ├─ CannotMerge                    two records of applicants, or one that is not merged
│  ├─ AttachmentRefused, ScannerFailed
│  ├─ RequestClosed, AmendedMeanwhile, NothingAmended, ResultNotReady
│  ├─ SettingRefused, PasswordTooWeak, LoginRefused, OperatorExists, UnknownOperator, LastOperator
│  ├─ OperatorLockedOut, DeskClosed, CatalogueChanged
│  └─ TrainingDesk                   a desk without a centre
├─ WrongPassword(wait_s)
│  └─ LoginDelayed(wait_s)           asked again before the delay was over
├─ NotSetUp, AlreadySetUp
├─ UsageError
│  └─ UnknownNumber, UnknownService, UnknownApplicant, UnknownDraft, UnknownTurning,
│     UnknownBundle,
│     UnreadableDocument
└─ StoreError                        exit code 4
   └─ HomeLocked, KeySlotsDamaged, KeySlotsMissing, DatabaseLost, RecoveryRefused, BackupRefused,
      BackupBehind, DiskAlmostFull

Failures of the SQLite file itself (wrong key, foreign, newer, damaged, full) are `sync.errors`.
"""

# ruff: noqa: N818  # names say what happened, as the brief of the office does
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from forms.problem import Problem
    from forms.refusal import Defect

DONE = 0
REFUSED = 1
USAGE = 2
NO_LINK = 3
STORE = 4
PROBLEMS = 5


class DeskError(Exception):
    """Рабочее место не может этого сделать."""

    title: ClassVar[str] = "Не получилось"
    code: ClassVar[str] = "desk"
    exit_code: ClassVar[int] = REFUSED

    def __init__(self, sentence: str | None = None) -> None:
        """Carry `sentence`, or the first line of the class docstring when there is none."""
        super().__init__(sentence or (type(self).__doc__ or "").partition("\n")[0])


class NotAllowed(DeskError):
    """Эта работа не входит в ваши права. Обратитесь к руководителю смены."""

    title = "Нет права"
    code = "not-allowed"


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


class PasswordTooWeak(DeskError):
    """Пароль слишком короткий: нужно не меньше 8 знаков. Придумайте длиннее."""

    title = "Пароль"
    code = "password-weak"


class LoginRefused(DeskError):
    """Имя для входа: латинские строчные буквы, цифры, точка и дефис, от 2 до 32 знаков."""

    title = "Имя для входа"
    code = "login"


class OperatorExists(DeskError):
    """Сотрудник с таким именем для входа уже есть. Выберите другое имя."""

    title = "Сотрудник"
    code = "operator-exists"


class UnknownOperator(DeskError):
    """Сотрудника с таким именем для входа на этом рабочем месте нет."""

    title = "Сотрудник"
    code = "operator-unknown"


class LastOperator(DeskError):
    """Это последний сотрудник с правом вести учётные записи. Сначала добавьте другого."""

    title = "Сотрудник"
    code = "operator-last"


class OperatorLockedOut(DeskError):
    """Вход для этого сотрудника закрыт. Обратитесь к руководителю смены."""

    title = "Вход закрыт"
    code = "operator-locked-out"


class DeskClosed(DeskError):
    """Рабочее место закрыто. Войдите ещё раз."""

    title = "Закрыто"
    code = "desk-closed"


class CatalogueChanged(DeskError):
    """Услуга изменилась с тех пор, как начат черновик. Проверьте его поля заново."""

    title = "Каталог изменился"
    code = "catalogue-changed"


class TrainingDesk(DeskError):
    """Рабочее место учебное: у него нет центра. Получите билет подключения у оператора центра."""

    title = "Учебное место"
    code = "training-desk"


class WrongPassword(DeskError):
    """Имя для входа или пароль неверны."""

    title = "Вход"
    code = "wrong-password"

    def __init__(self, wait_s: int = 0, sentence: str | None = None) -> None:
        """Carry the whole seconds to wait before the next attempt is looked at."""
        self.wait_s = wait_s
        wait = (
            f" Следующая попытка через {wait_s} с."
            if wait_s
            else " Проверьте раскладку и Caps Lock."
        )
        super().__init__(sentence or "Имя для входа или пароль неверны." + wait)


class LoginDelayed(WrongPassword):
    """Слишком много неверных попыток: пароль пока не проверяется."""

    code = "login-delayed"

    def __init__(self, wait_s: int) -> None:
        """Carry the whole seconds left of the delay."""
        super().__init__(
            wait_s, f"Слишком много неверных попыток. Пароль можно ввести через {wait_s} с."
        )


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
    """Ключи keys.json здесь есть, а базы desk.db нет. Верните её: `mfc-desk restore ФАЙЛ`."""

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
