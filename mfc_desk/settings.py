"""Settings of the desk, each with its default and what it may be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfc_desk.access.roles import Action
from mfc_desk.errors import SettingRefused
from mfc_desk.store import settings as store
from printing.narrow import Roll
from printing.thermal import check_address
from sync.relay_address import RelayAddress

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

NO_RELAY = "-"
THEMES = ("light", "dark")
ROLLS = {58: Roll.MM58, 80: Roll.MM80}
_LONGEST = 1000
_AUTOLOCK = range(1, 121)
_EXCHANGE = range(10, 3601)
_SCANS = range(1_000_001)


@dataclass(frozen=True)
class Settings:
    """How this desk is set. Folders are absolute paths or "", `printer` a name or "" (none).

    `thermal` is the address of a thermal printer or "" (none), `thermal_roll` the width of its
    paper in millimetres, `thermal_model` its name in python-escpos.
    """

    theme: str = "light"
    printer: str = ""
    out_folder: str = ""
    autolock_minutes: int = 10
    exchange_every_s: int = 60
    thermal: str = ""
    thermal_roll: int = 58
    thermal_model: str = "default"
    scan_folder: str = ""
    scan_kbit_s: int = 0
    """Most kilobits a second that scans take of the link; 0: all there is."""
    relay: str = ""
    """The office relay, URL#CODE; "": the one of the ticket, if it names one; "-": none."""
    second_place: str = ""
    """A folder off this disk where what is not safe yet stands sealed as well."""

    def __post_init__(self) -> None:
        """Raise SettingRefused, naming the setting and what it may be."""
        if self.theme not in THEMES:
            raise SettingRefused("Оформление: выберите light или dark.")
        _text("Принтер", self.printer)
        _folder("Папка для бумаг", self.out_folder)
        _whole("Блокировка экрана, минут", self.autolock_minutes, _AUTOLOCK)
        _folder("Папка сканера", self.scan_folder)
        _folder("Второе место", self.second_place)
        _whole("Сканы, кбит/с (0 — без предела)", self.scan_kbit_s, _SCANS)
        _whole("Обмен каждые, секунд", self.exchange_every_s, _EXCHANGE)
        _address(self.thermal)
        if self.thermal_roll not in ROLLS:
            raise SettingRefused("Ширина чековой ленты: 58 или 80 миллиметров.")
        _text("Модель чекового принтера", self.thermal_model)
        _relay(self.relay)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise SettingRefused(f"{name}: текст не длиннее {_LONGEST} знаков.")
    return value


def _folder(name: str, value: object) -> None:
    path = _text(name, value)
    if path and not Path(path).is_absolute():
        raise SettingRefused(f"{name}: нужен полный путь к папке.")


def _whole(name: str, value: object, allowed: range) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise SettingRefused(f"{name}: целое число от {allowed.start} до {allowed.stop - 1}.")


def _address(value: object) -> None:
    text = _text("Чековый принтер", value)
    try:
        if text:
            check_address(text)
    except ValueError as error:
        raise SettingRefused(f"Неверный {error}.") from error


def _relay(value: object) -> None:
    text = _text("Ретранслятор офиса", value)
    try:
        if text not in {"", NO_RELAY}:
            RelayAddress.read(text)
    except ValueError as error:
        raise SettingRefused(f"Ретранслятор офиса: нужен {error}, или «-»: без него.") from error


class SettingsStore:
    """The settings of an open desk."""

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def load(self) -> Settings:
        """The stored settings; one that is not fit any more gives way to its default."""
        stored = store.load(self._desk.db)
        known = {one.name for one in fields(Settings)}
        kept: dict[str, Any] = {}
        for name, value in stored.items():
            if name in known:
                try:
                    Settings(**{name: value})
                except SettingRefused:
                    continue
                kept[name] = value
        return Settings(**kept)

    def save(self, settings: Settings) -> None:
        """Keep `settings`; raises NotAllowed."""
        self._desk.may(Action.SETTINGS)
        with self._desk.db.atomic():
            store.save(self._desk.db, asdict(settings))
