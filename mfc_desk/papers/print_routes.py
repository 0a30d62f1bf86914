"""Which printer, tray and sides each kind of paper goes to; local settings of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from mfc_desk.access.roles import Action
from mfc_desk.errors import SettingRefused
from mfc_desk.intake.registration import RECEIPT
from mfc_desk.papers.papers import CONSENT, COPIES, REFUSAL, REGISTER, TITLES, VISIT
from mfc_desk.store import settings as store
from printing.spool import FolderSpool, PrintOptions

if TYPE_CHECKING:
    from mfc_desk.desk import Desk

_KEY = "route."
_MOST_COPIES = 20
_LONGEST = 200
ONE_SIDED = frozenset({RECEIPT, CONSENT, REFUSAL, REGISTER, VISIT})
"""Papers whose file holds both copies: on two sides of one sheet nobody could part them."""


@dataclass(frozen=True)
class Route:
    """Where one kind of paper goes.

    `printer` "" is the desk's default one, `tray` "" the printer's own choice, `copies` 0 the
    paper's own number.
    """

    printer: str = ""
    tray: str = ""
    duplex: bool = False
    copies: int = 0

    def __post_init__(self) -> None:
        """Raise SettingRefused, naming what it may be."""
        for name, text in (("Принтер", self.printer), ("Лоток", self.tray)):
            if type(text) is not str or len(text) > _LONGEST or "," in text:
                raise SettingRefused(f"{name}: название не длиннее {_LONGEST} знаков, без запятых.")
        if type(self.copies) is not int or not 0 <= self.copies <= _MOST_COPIES:
            raise SettingRefused(
                f"Экземпляров: число от 1 до {_MOST_COPIES}, 0 — как принято для этой бумаги."
            )
        if type(self.duplex) is not bool:
            raise SettingRefused("Двусторонняя печать: да или нет.")

    def options(self, printer: str, copies: int) -> PrintOptions:
        """Return how to print `copies` on `printer`; a tray belongs to the route's printer only."""
        tray = self.tray if printer == self.printer else ""
        return PrintOptions(copies=self.copies or copies, tray=tray, duplex=self.duplex)


class PrintRoutes:
    """The chosen printers of an open desk."""

    def __init__(self, desk: Desk) -> None:
        """Work on `desk`."""
        self._desk = desk

    def all(self) -> Mapping[str, Route]:
        """Return the route of every kind of paper as it was chosen, defaults not filled in."""
        stored = store.load(self._desk.db)
        return {paper: _route(stored.get(_KEY + paper)) for paper in TITLES}

    def of(self, paper: str) -> Route:
        """Return the route of a paper with the printer it really goes to; "" when there is none."""
        route = _route(store.load(self._desk.db).get(_KEY + paper))
        return route if route.printer else replace(route, printer=self.default(), tray="")

    def default(self) -> str:
        """Return the printer of papers without one of their own: chosen, or the folder, or ""."""
        settings = self._desk.settings.load()
        return settings.printer or (FolderSpool.NAME if settings.out_folder else "")

    def save(self, paper: str, route: Route | None) -> None:
        """Remember where a kind of paper goes. Raises NotAllowed, SettingRefused."""
        self._desk.may(Action.SETTINGS)
        if paper not in TITLES or route is None:
            raise SettingRefused(f"Бумага: одна из {', '.join(TITLES)}.")
        if route.duplex and paper in ONE_SIDED:
            raise SettingRefused(
                f"{TITLES[paper]}: только на одной стороне, иначе оба экземпляра окажутся "
                "на одном листе."
            )
        with self._desk.db.atomic():
            store.save(self._desk.db, {_KEY + paper: asdict(route)})

    def copies(self, paper: str) -> int:
        """Return how many copies of a paper are printed."""
        return self.of(paper).copies or COPIES[paper]


def _route(stored: object) -> Route:
    """Return a stored route; one that is not fit any more gives way to the default."""
    if not isinstance(stored, dict):
        return Route()
    try:
        return Route(**stored)
    except (SettingRefused, TypeError):
        return Route()
