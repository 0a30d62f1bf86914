"""A ready office: a ticket from its own centre, three of a staff, thirty requests of this month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from forms.example import example
from mfc_desk.access.roles import Role
from mfc_desk.demo.centre import CentreProcess
from mfc_desk.demo.link import Link
from mfc_desk.durable import write_durably
from mfc_desk.intake.services import availability_of
from mfc_desk.paths import Home
from mfc_desk.session import open_desk
from mfc_desk.settings import Settings
from mfc_desk.setup.setup import FirstOperator, set_up
from sync.clock import Clock, SystemClock
from sync.ids import Random

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

SENT, TODAY = 24, 6
REQUESTS = SENT + TODAY
SATURDAY = 6
DESK_NO = 317
OFFICE_CODE = "primorsk"
OFFICE = """\
code = "primorsk"
title = "МФЦ г. Приморска (учебный)"
org = "ГБУ «МФЦ», учебное учреждение"
address = "г. Приморск, ул. Учебная, д. 1"
phone = "+7 900 000-00-00"
region = "90"
kind = "district"
tz = "Europe/Moscow"

[hours]
mon = "09:00-18:00"
tue = "09:00-18:00"
wed = "09:00-18:00"
thu = "09:00-18:00"
fri = "09:00-18:00"
sat = "09:00-15:00"
"""
SUPERVISOR = FirstOperator("petrova", "Петрова Н. С.", Role.SUPERVISOR)
SPECIALIST = "ivanova"
STAFF = (
    (SPECIALIST, "Иванова А. П.", Role.SPECIALIST),
    ("sidorov", "Сидоров К. И.", Role.FIELD),
)


@dataclass(frozen=True)
class DemoPlace:
    """The folder of a demo: a desk, its centre, the password, and what leaves the program."""

    root: Path

    @property
    def desk(self) -> Home:
        """The home of the desk."""
        return Home(self.root / "desk")

    @property
    def centre(self) -> Path:
        """The centre's folder."""
        return self.root / "centre"

    @property
    def out(self) -> Path:
        """Papers and exports: outside of the desk's folder, for they are readable."""
        return self.root / "out"

    @property
    def password_file(self) -> Path:
        """The password all three of the staff share in a demo."""
        return self.root / "password.txt"

    @property
    def password(self) -> str:
        """That password."""
        return self.password_file.read_text("ascii").strip()

    @property
    def is_ready(self) -> bool:
        """Whether a demo was built here before, to its end."""
        return self._port_file.exists()

    @property
    def port(self) -> int:
        """The port of the desk's link, for it stands in the desk's ticket; 0: any free one."""
        return int(self._port_file.read_text("ascii")) if self.is_ready else 0

    def finish(self, port: int) -> None:
        """Say that the office is ready and its desk knows the centre at this port."""
        write_durably(self._port_file, str(port).encode("ascii"))

    @property
    def _port_file(self) -> Path:
        return self.root / "port.txt"


class DayClock:
    """A clock that is told what day it is: for the requests that were taken before today."""

    def __init__(self, system: Clock) -> None:
        """Show the time of `system` until told otherwise."""
        self._system = system
        self._ahead = timedelta()

    def set(self, moment: datetime) -> None:
        """Show `moment` from now on."""
        self._ahead = moment - self._system.now()

    def now(self) -> datetime:
        """Aware UTC."""
        return self._system.now() + self._ahead

    def monotonic(self) -> float:
        """Seconds, in step with `now`: this clock was not set, it was somewhere else."""
        return self._system.monotonic() + self._ahead.total_seconds()

    def boot_id(self) -> str:
        """The stretch of the system's clock."""
        return self._system.boot_id()


def build(
    place: DemoPlace,
    centre: CentreProcess,
    link: Link,
    random: Random,
    tell: Callable[[str], None],
) -> None:
    """Make the office in the empty `place`; its desk reaches the running centre by `link`."""
    place.out.mkdir(mode=0o700)
    password = random.bytes(6).hex()
    write_durably(place.password_file, f"{password}\n".encode("ascii"))
    office_file, ticket_file = place.out / "office.toml", place.out / "desk.mfct"
    office_file.write_text(OFFICE, "utf-8")
    centre.ask("office", "add", str(office_file))
    centre.ask(
        "desk-code", OFFICE_CODE, str(DESK_NO), "--window", "3", "--url", link.url,
        "--out", str(ticket_file),
    )  # fmt: skip
    clock = DayClock(SystemClock())
    moments = month_of_requests(clock.now())
    clock.set(moments[0] - timedelta(hours=1))
    # the ticket is of today; the desk it opens has worked since the first of the month
    set_up(place.desk, ticket_file.read_bytes(), SUPERVISOR, password, clock, random)
    tell(f"рабочее место {DESK_NO:05d} из билета центра, папка {place.desk.root}")
    with open_desk(place.desk, SUPERVISOR.login, password, clock, random) as desk:
        for login, name, role in STAFF:
            desk.operators.add(login, name, role, password)
        desk.settings.save(Settings(out_folder=str(place.out), printer=""))
    with open_desk(place.desk, SPECIALIST, password, clock, random) as desk:
        take_requests(desk, clock, moments[:SENT])
        clock.set(SystemClock().now())
        result = desk.exchange.run_once()
        sent = f"записей подтверждено {result.confirmed}"
        tell(f"{SENT} обращения с {moments[0]:%d.%m} отправлены, {sent}")
        take_requests(desk, clock, moments[SENT:])
        tell(f"{TODAY} обращений сегодня, ещё не отправлены; сотрудников 3")
    place.finish(link.port)


def take_requests(desk: Desk, clock: DayClock, moments: list[datetime]) -> None:
    """Register one synthetic request at each moment and print its receipt."""
    for moment in moments:
        clock.set(moment)
        seed = int(moment.timestamp()) // 60
        day = moment.astimezone(desk.zone).date()
        offered = desk.catalogue.in_force(day)
        services = [one for one in offered if availability_of(desk, one).way == "begin"]
        service = services[seed % len(services)]
        desk.intake.register_document(example(service, desk.catalogue, day, seed))
    desk.print_queue.run()


def month_of_requests(now: datetime) -> list[datetime]:
    """Thirty growing moments of this month: most on earlier days, the last ones today."""
    earlier = [now.date() - timedelta(days=back) for back in range(1, now.day)][::-1]
    days = [day for day in earlier if day.isoweekday() <= SATURDAY] or [now.date()]
    sent = [days[i * len(days) // SENT] for i in range(SENT)]
    moments = [
        datetime.combine(day, time(6, 10), UTC) + timedelta(minutes=55 * sent[:i].count(day))
        for i, day in enumerate(sent)
    ]
    today = [now - timedelta(minutes=20 * back) for back in range(TODAY, 0, -1)]
    moments += [max(at, datetime.combine(now.date(), time(), UTC)) for at in today]
    # on the first days of a month the office has not that many hours behind it
    latest = now
    for index in range(len(moments) - 1, -1, -1):
        moments[index] = latest = min(moments[index], latest - timedelta(minutes=1))
    return moments
