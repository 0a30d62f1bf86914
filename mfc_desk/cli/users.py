"""`users`: the accounts of the desk."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path

from mfc_desk.access.roles import Role
from mfc_desk.cli.frame import Call, Commands, command, group


def add(commands: Commands) -> None:
    """Add the group."""
    users = group(commands, "users", help="сотрудники рабочего места")
    command(users, "list", help="показать сотрудников", run=run_list)
    adding = command(
        users, "add", help="добавить сотрудника; фамилия и инициалы спросятся", run=run_add
    )
    adding.add_argument("login", metavar="LOGIN", help="имя нового сотрудника для входа")
    adding.add_argument(
        "--role", choices=[role.value for role in Role], default=Role.SPECIALIST.value, help="роль"
    )
    _new_password(adding)
    locking = command(users, "lock", help="закрыть вход сотруднику", run=run_lock)
    locking.add_argument("login", metavar="LOGIN", help="имя для входа")
    changing = command(users, "change-password", help="сменить свой пароль", run=run_change)
    _new_password(changing)
    resetting = command(users, "reset", help="задать сотруднику новый пароль", run=run_reset)
    resetting.add_argument("login", metavar="LOGIN", help="имя для входа")
    resetting.add_argument(
        "--recovery-key",
        metavar="FILE",
        type=Path,
        help="ключ восстановления центра, когда войти некому",
    )
    _new_password(resetting)


def _new_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-password-file", metavar="FILE", type=Path, help="новый пароль из файла"
    )


def run_list(call: Call, _arguments: argparse.Namespace) -> int:
    """Print the operators."""
    with call.open_desk() as desk:
        people = desk.operators.list()
    call.answer(
        [
            {"login": one.login, "name": one.name, "role": one.role.value, "locked": one.locked}
            for one in people
        ],
        "\n".join(
            f"{one.login:<16} {one.name:<28} {one.role.caption}"
            + (" (вход закрыт)" if one.locked else "")
            for one in people
        ),
    )
    return 0


def run_add(call: Call, arguments: argparse.Namespace) -> int:
    """Add an operator."""
    with call.open_desk() as desk:
        name = call.person_name()
        password = call.chosen_password(arguments.new_password_file)
        desk.operators.add(arguments.login, name, Role(arguments.role), password)
    call.answer({"login": arguments.login}, f"Сотрудник добавлен: {arguments.login}.")
    return 0


def run_lock(call: Call, arguments: argparse.Namespace) -> int:
    """Lock an operator out."""
    with call.open_desk() as desk:
        desk.operators.lock_out(arguments.login)
    call.answer({"login": arguments.login, "locked": True}, f"Вход закрыт: {arguments.login}.")
    return 0


def run_change(call: Call, arguments: argparse.Namespace) -> int:
    """Change one's own password."""
    from mfc_desk.session import open_desk

    login, old = call.operator_login(), call.password()
    with open_desk(call.home, login, old, call.clock, call.random) as desk:
        desk.operators.change_password(old, call.chosen_password(arguments.new_password_file))
    call.answer({"login": login}, "Пароль изменён.")
    return 0


def run_reset(call: Call, arguments: argparse.Namespace) -> int:
    """Give an operator a new password, by a colleague's right or by the recovery key."""
    if arguments.recovery_key is None:
        with call.open_desk() as desk:
            password = call.chosen_password(arguments.new_password_file)
            desk.operators.set_password(arguments.login, password)
    else:
        _recover(call, arguments)
    call.answer({"login": arguments.login}, f"Новый пароль задан: {arguments.login}.")
    return 0


def _recover(call: Call, arguments: argparse.Namespace) -> None:
    from mfc_desk.access.vault import Vault
    from mfc_desk.cli.backup import recovery_key
    from mfc_desk.session import open_with_key

    identity = recovery_key(arguments.recovery_key)
    vault = Vault(call.home, call.clock, call.random)
    key = vault.recover(identity)
    with open_with_key(call.home, key, arguments.login, vault, call.clock, call.random) as desk:
        desk.operators.recover_password(call.chosen_password(arguments.new_password_file))
