"""`mfc-desk demo`: the program with an office, people and a centre of its own."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mfc_desk.cli.frame import Call, command
from mfc_desk.errors import UsageError
from sync.clock import SystemClock
from sync.ids import SystemRandom

if TYPE_CHECKING:
    from mfc_desk.cli.frame import Commands
    from mfc_desk.demo.centre import CentreProcess
    from mfc_desk.demo.link import Link
    from mfc_desk.demo.office import DemoPlace


def add(commands: Commands) -> None:
    """Add the command."""
    demo = command(
        commands, "demo", help="показать программу: готовый офис и свой центр", run=_demo
    )
    demo.add_argument(
        "--headless", action="store_true", help="без экрана: сделать главное дело и доказать его"
    )
    demo.add_argument("--keep", metavar="DIR", type=Path, help="оставить всё в этой папке")


def _demo(call: Call, arguments: argparse.Namespace) -> int:
    from mfc_desk.demo.centre import CentreProcess  # noqa: PLC0415  # commands load what they need
    from mfc_desk.demo.link import Link  # noqa: PLC0415
    from mfc_desk.demo.office import DemoPlace  # noqa: PLC0415

    headless = arguments.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    with _folder(arguments.keep) as folder:
        place = DemoPlace(folder)
        if any(folder.iterdir()) and (headless or not place.is_ready):
            raise UsageError(f"Папка {folder} не пуста. Укажите другую: --keep DIR")
        with CentreProcess(place.centre) as centre, Link(centre.port, place.port) as link:
            if headless:
                _tell_story(call, place, centre, link, kept=arguments.keep is not None)
            else:
                _show(call, place, centre, link)
    return 0


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        folder = kept.expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="mfc-desk-demo-") as scratch:
        yield Path(scratch)


def _tell_story(
    call: Call, place: DemoPlace, centre: CentreProcess, link: Link, *, kept: bool
) -> None:
    from mfc_desk.demo.story import Story  # noqa: PLC0415

    Story(place, SystemClock(), SystemRandom(), call.say).run(centre, link)
    call.say("Главное дело сделано: принятое без связи стоит в центре ровно один раз.")
    if kept:
        call.say(_what_is_kept(place, link.port))


def _show(call: Call, place: DemoPlace, centre: CentreProcess, link: Link) -> None:
    from mfc_desk.app import run  # noqa: PLC0415
    from mfc_desk.demo.office import SPECIALIST, build  # noqa: PLC0415

    if not place.is_ready:
        call.say("Готовим учебный офис с собственным центром…")
        build(place, centre, link, SystemRandom(), call.say)
    run(place.desk, notice=f"Демонстрация\nимя     {SPECIALIST}\nпароль  {place.password}\n")


def _what_is_kept(place: DemoPlace, port: int) -> str:
    from mfc_desk.demo.office import SPECIALIST  # noqa: PLC0415

    return (
        f"Осталось в папке {place.root}:\n"
        f"  desk          mfc-desk --home {place.desk.root} --operator {SPECIALIST} "
        f"(пароль в password.txt)\n"
        f"  centre        mfc-central serve --home {place.centre} --port {port}\n"
        "  out           бумаги и выгрузка центра"
    )
