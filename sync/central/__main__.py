"""The command line of the centre: `mfc-central`, `python -m sync.central`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from sync.central import publishing
from sync.central.cli import carry as carry_commands
from sync.central.cli import commands
from sync.central.cli import copy as copy_commands
from sync.central.cli import keys as key_commands
from sync.central.cli import requests as request_commands
from sync.central.cli.words import Parser
from sync.central.copies import KEPT
from sync.central.desks import TICKET_DAYS
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORT = 8765
RELAY_PORT = 8766
LAST_PORT = 65535
MOST_WORKERS = 64
MOST_DAYS = 3650
INTERRUPTED = 130
OWNER_ONLY = 0o077  # what the centre makes is for its owner's eyes


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (cli.md)."""
    arguments = _parser().parse_args(argv)
    os.umask(OWNER_ONLY)
    if logging.lastResort is not None:  # `serve` logs warnings itself; the others answer in words
        logging.lastResort.setLevel(logging.ERROR)
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except BrokenPipeError:  # the reader of a long list had enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return int(code)


def _parser() -> Parser:
    parser = Parser(
        prog="mfc-central", description="Центр: оформляет рабочие места и принимает их журналы."
    )
    parser.add_argument("--version", action="version", version=_version(), help="показать версию")
    kinds = parser.add_subparsers(
        title="команды", metavar="КОМАНДА", required=True, parser_class=Parser
    )
    _add_serve(kinds)
    _add_relay(kinds)
    _add_enrolment(kinds)
    _add_watching(kinds)
    _add_requests(kinds)
    return parser


def _add_serve(kinds: argparse._SubParsersAction[Parser]) -> None:
    serve = _command(kinds, "serve", "принимать журналы по сети", commands.serve)
    serve.add_argument("--host", default="127.0.0.1", help="адрес, на котором слушать")
    serve.add_argument(
        "--port", type=_port, default=PORT, help="порт; 0: любой свободный, назван в ответе"
    )
    serve.add_argument(
        "--url",
        action="append",
        metavar="URL",
        help="адрес, по которому центр видят рабочие места; попадёт в билеты; можно несколько",
    )
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="сертификат, PEM")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="ключ сертификата, PEM")
    serve.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="остановиться, когда закроется стандартный ввод: вместе с тем, кто запустил",
    )
    serve.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="процессов; с postgresql://"
    )
    serve.add_argument("--quiet", action="store_true", help="в журнал только сбои")


def _add_relay(kinds: argparse._SubParsersAction[Parser]) -> None:
    relay = kinds.add_parser(
        "relay",
        help="ретранслятор офиса",
        description="Ретранслятор офиса: принимает запечатанные журналы мест и везёт их в центр.",
    )
    relay.set_defaults(run=_relay)
    relay.add_argument(
        "--home", type=Path, default=_default_home("mfc-relay"), help="папка ретранслятора"
    )
    relay.add_argument(
        "--upstream", action="append", metavar="URL", help="адрес центра; можно несколько"
    )
    relay.add_argument("--ca", type=Path, metavar="FILE", help="корневой сертификат центра, PEM")
    relay.add_argument("--host", default="127.0.0.1", help="адрес, на котором слушать")
    relay.add_argument(
        "--port", type=_port, default=RELAY_PORT, help="порт; 0: любой свободный, назван в ответе"
    )
    relay.add_argument("--url", metavar="URL", help="адрес, по которому его видят рабочие места")
    relay.add_argument("--tls-cert", type=Path, metavar="FILE", help="сертификат, PEM")
    relay.add_argument("--tls-key", type=Path, metavar="FILE", help="ключ сертификата, PEM")
    relay.add_argument(
        "--stop-with-stdin", action="store_true", help="остановиться вместе с тем, кто запустил"
    )
    relay.add_argument("--quiet", action="store_true", help="в журнал только сбои")
    relay.add_argument("--status", action="store_true", help="сколько лежит в ретрансляторе")
    relay.add_argument("--json", action="store_true", help="ответ в JSON")


def _relay(arguments: argparse.Namespace) -> int:
    from sync.central.relay import commands as relay_commands  # noqa: PLC0415 - it alone needs it

    return relay_commands.relay(arguments)


def _add_enrolment(kinds: argparse._SubParsersAction[Parser]) -> None:
    office = kinds.add_parser("office", help="офисы", description="Офисы.")
    acts = office.add_subparsers(
        title="команды", metavar="КОМАНДА", required=True, parser_class=Parser
    )
    add = _command(acts, "add", "добавить или обновить офис", commands.office_add)
    add.add_argument("file", type=Path, metavar="FILE.toml", help="описание офиса")
    code = _command(kinds, "desk-code", "выдать билет рабочего места", commands.desk_code)
    code.add_argument("office", metavar="OFFICE", help="код офиса")
    code.add_argument("desk", metavar="DESK", type=int, help="номер места, 1…99999")
    code.add_argument("--window", help="окно; иначе прежнее окно этого места")
    code.add_argument(
        "--out", type=Path, metavar="FILE", help="записать билет в файл; иначе адрес и код"
    )
    code.add_argument(
        "--url", action="append", metavar="URL", help="адрес центра; иначе тот, что был у serve"
    )
    code.add_argument("--relay", metavar="URL#CODE", help="ретранслятор офиса, как он себя назвал")
    code.add_argument("--ca", type=Path, metavar="FILE", help="корневой сертификат центра, PEM")
    code.add_argument("--days", type=_days, default=TICKET_DAYS, help="сколько дней действует")
    code.add_argument(
        "--restore",
        action="store_true",
        help="место вместо утраченного: вернуть ему всё, что прежнее сдало в центр",
    )
    keys = _command(kinds, "keys", "ключи центра", key_commands.run)
    keys.add_argument(
        "act", nargs="?", choices=["rotate", "retire"], help="завести новую пару; вывести прежнюю"
    )
    revoke = _command(kinds, "revoke", "отозвать рабочее место", commands.revoke)
    revoke.add_argument("desk", metavar="DESK", type=int, help="номер места")


def _add_watching(kinds: argparse._SubParsersAction[Parser]) -> None:
    _command(kinds, "desks", "офисы и рабочие места", commands.desks)
    quarantine = _command(kinds, "quarantine", "отложенные пакеты", commands.quarantine)
    quarantine.add_argument("number", nargs="?", type=int, metavar="N", help="номер из списка")
    quarantine.add_argument("--retry", action="store_true", help="попробовать принять ещё раз")
    quarantine.add_argument(
        "--take", action="store_true", help="принять пакет N отозванного или заменённого места"
    )
    quarantine.add_argument("--out", type=Path, metavar="FILE", help="записать пакет N в файл")
    publish = _command(kinds, "publish", "разослать каталог услуг", publishing.publish)
    publish.add_argument("catalogue", type=Path, metavar="CATALOGUE", help="папка каталога")
    carry = kinds.add_parser("carry", help="обмен на носителе", description="Обмен на носителе.")
    ways = carry.add_subparsers(
        title="команды", metavar="КОМАНДА", required=True, parser_class=Parser
    )
    carry_in = _command(
        ways, "in", "принять с носителя и записать на него ответы", carry_commands.carry_in
    )
    carry_in.add_argument("carrier", type=Path, metavar="DIR", help="папка носителя")
    _command(kinds, "catalogues", "по какому каталогу работают места", publishing.catalogues)
    _command(kinds, "verify", "проверить всё принятое", commands.verify)
    copy = _command(kinds, "copy", "скопировать центр в другое место", copy_commands.copy)
    copy.add_argument("folder", type=Path, metavar="DIR", help="папка на другом диске или в сети")
    copy.add_argument(
        "--keep", type=_copies, default=KEPT, metavar="N", help="сколько копий хранить"
    )
    copy.add_argument(
        "--elsewhere",
        action="store_true",
        help="папка сама хранится на другом носителе, хотя диск тот же",
    )
    copy.add_argument(
        "--seal-to",
        metavar="KEY",
        help="зашифровать базу: age1… или recovery (откроет recovery-key.txt)",
    )
    unsealed = _command(
        kinds, "open-copy", "открыть зашифрованную копию", copy_commands.open_sealed
    )
    unsealed.add_argument("file", type=Path, metavar="FILE", help="копия, centre-….age")
    unsealed.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="recovery-key.txt или файл age-keygen",
    )
    unsealed.add_argument("--out", type=Path, required=True, metavar="FILE", help="куда открыть")
    _command(kinds, "restored", "база центра восстановлена из копии", commands.restored)
    export = _command(kinds, "export", "обращения строками JSON", commands.export)
    export.add_argument(
        "--full", action="store_true", help="с содержанием: это персональные данные"
    )


def _add_requests(kinds: argparse._SubParsersAction[Parser]) -> None:
    """Commands about single requests; what is said to people is read from --file or stdin."""
    for name, about, run, file in (
        ("request", "что известно об обращении", request_commands.show, False),
        ("return", "вернуть обращение на исправление", request_commands.send_back, True),
        ("status", "сообщить, как идёт дело в ведомстве", request_commands.status, True),
        ("ready", "сообщить, что результат готов", request_commands.ready, False),
        ("choose", "выбрать одно из двух исправлений", request_commands.choose, False),
    ):
        parser = _command(kinds, name, about, run)
        parser.add_argument("number", metavar="NUMBER", help="номер обращения")
        if file:
            _add_file(parser)
        if name == "ready":
            parser.add_argument("--refused", action="store_true", help="результат — отказ")
        if name == "choose":
            parser.add_argument("entry", metavar="ENTRY", help="запись из `conflicts`")
    conflicts = _command(
        kinds, "conflicts", "обращения, исправленные дважды", request_commands.conflicts
    )
    conflicts.add_argument(
        "--full", action="store_true", help="с содержанием: это персональные данные"
    )
    message = _command(kinds, "message", "написать рабочим местам", request_commands.message)
    message.add_argument("desk", nargs="?", type=int, metavar="DESK", help="номер места")
    message.add_argument("--office", metavar="OFFICE", help="все места офиса")
    message.add_argument("--all", action="store_true", help="все места")
    _add_file(message)


def _add_file(parser: Parser) -> None:
    parser.add_argument("--file", type=Path, metavar="FILE", help="текст из файла; иначе с ввода")


def _command(
    kinds: argparse._SubParsersAction[Parser],
    name: str,
    about: str,
    run: Callable[[argparse.Namespace], int],
) -> Parser:
    parser = kinds.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(run=run)
    parser.add_argument("--home", type=Path, default=_default_home(), help="папка центра")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:///ФАЙЛ или postgresql://…; иначе MFC_CENTRAL_DATABASE или в папке центра",
    )
    parser.add_argument(
        "--blobs", metavar="URL", help="где хранить вложения: file://, s3://…; иначе в папке центра"
    )
    parser.add_argument("--json", action="store_true", help="ответ в JSON")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LAST_PORT:
        raise ValueError(text)
    return number


def _workers(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_WORKERS:
        raise ValueError(text)
    return number


def _days(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_DAYS:
        raise ValueError(text)
    return number


def _copies(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _default_home(name: str = "mfc-central") -> Path:
    return Path(platformdirs.user_data_dir(name, appauthor=False))


def _version() -> str:
    try:
        return metadata.version("mfc-desk")
    except metadata.PackageNotFoundError:
        return "из исходного кода"


if __name__ == "__main__":
    sys.exit(main())
