"""`setup` and `enrol`: the first-start wizard without a screen."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Role
from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import UsageError

if TYPE_CHECKING:
    from mfc_desk.setup.setup import FirstOperator


def add(commands: Commands) -> None:
    """Add the two commands."""
    setup = command(commands, "setup", help="настроить рабочее место по билету", run=run_setup)
    source = setup.add_mutually_exclusive_group(required=True)
    source.add_argument("--ticket", metavar="FILE", type=Path, help="билет, выданный центром")
    source.add_argument("--training", action="store_true", help="учебное место, без центра")
    _person(setup)
    enrol = command(
        commands,
        "enrol",
        help="получить билет у центра по сети; настроенное место подключить заново",
        run=run_enrol,
    )
    enrol.add_argument("url", metavar="URL", nargs="?", help="адрес центра")
    enrol.add_argument(
        "code", metavar="CODE", nargs="?", help="код XXXXXXXX-YYYY-YYYY от оператора центра"
    )
    enrol.add_argument(
        "--ticket", metavar="FILE", type=Path, help="новый билет настроенного места, из файла"
    )
    _person(enrol)


def _person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.SUPERVISOR.value,
        help="роль первого сотрудника, обычно supervisor",
    )


def run_setup(call: Call, arguments: argparse.Namespace) -> int:
    """Set the desk up from a ticket file, or for training."""
    from mfc_desk.setup.setup import set_up

    _refuse_set_up(call)
    ticket = None if arguments.training else _read(arguments.ticket)
    person = _operator(call, arguments)
    set_up(call.home, ticket, person, call.new_password(), call.clock, call.random)
    return _done(call, person)


def run_enrol(call: Call, arguments: argparse.Namespace) -> int:
    """Set the desk up with a ticket fetched by net; enrol again a desk that is set up."""
    from mfc_desk.setup.enrolment import enrol_by_net

    if (arguments.ticket is None) == (arguments.code is None):
        raise UsageError("Нужны либо URL и CODE, либо --ticket FILE.")
    if call.home.is_set_up:
        return _enrol_again(call, arguments)
    if arguments.ticket is not None:
        raise UsageError(
            "Здесь ещё нет рабочего места. Настройте его: mfc-desk setup --ticket FILE"
        )
    person = _operator(call, arguments)
    enrol_by_net(
        call.home,
        arguments.url,
        arguments.code,
        person,
        call.new_password(),
        call.clock,
        call.random,
    )
    return _done(call, person)


def _enrol_again(call: Call, arguments: argparse.Namespace) -> int:
    from mfc_desk.recovery.reenrolment import enrol_again
    from mfc_desk.setup.enrolment import enrol_again_by_net

    with call.open_desk() as desk:
        if arguments.ticket is None:
            ticket = enrol_again_by_net(desk, arguments.url, arguments.code)
        else:
            data = _read(arguments.ticket)
            ticket = enrol_again(desk, lambda _keys: data, None, by_net=False)
    call.answer(
        {"desk": ticket.desk_no, "epoch": ticket.epoch},
        f"Рабочее место подключено заново: {ticket.desk_no:05d}. Всё принятое отправится"
        " ещё раз, центр повторов не заведёт.",
    )
    return 0


def _refuse_set_up(call: Call) -> None:
    from mfc_desk.errors import AlreadySetUp

    if call.home.is_set_up:
        raise AlreadySetUp


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"Файл билета не читается: {file}. Проверьте путь.") from error


def _operator(call: Call, arguments: argparse.Namespace) -> FirstOperator:
    from mfc_desk.setup.setup import FirstOperator

    if call.login is None:
        raise UsageError("Имя для входа не указано. Добавьте --operator LOGIN.")
    name = call.person_name()
    return FirstOperator(call.login, name, Role(arguments.role))


def _done(call: Call, person: FirstOperator) -> int:
    call.answer(
        {"home": str(call.home.root), "operator": person.login},
        f"Рабочее место настроено. Вход: {person.login}. Папка: {call.home.root}",
    )
    return 0
