"""Who may not do what, and who may not come in: rights, passwords, accounts.

DeskError
├─ NotAllowed                        a right the role has not
├─ PasswordTooWeak, LoginRefused, OperatorExists, UnknownOperator, LastOperator
├─ OperatorLockedOut, DeskClosed
└─ WrongPassword(wait_s)
   └─ LoginDelayed(wait_s)           asked again before the delay was over
"""

# ruff: noqa: N818  # names say what happened, as the brief of the office does
from __future__ import annotations

from mfc_desk.errors.desk_error import DeskError


class NotAllowed(DeskError):
    """Эта работа не входит в ваши права. Обратитесь к руководителю смены."""

    title = "Нет права"
    code = "not-allowed"


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
