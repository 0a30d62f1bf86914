"""What runs behind the screens: exchange and printing, each in a thread with its own connection."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import App

from mfc_desk.access.roles import Action, may
from mfc_desk.errors import DeskError
from mfc_desk.screens.news import ExchangeFinished, ExchangeStepped, PapersPrinted
from printing.errors import PrintError
from sync.errors import StoreFailure, SyncError

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from sync.session import Progress

LOOK_EVERY_S = 2.0
"""How often the desk is asked whether an exchange is due."""
PRINTER_EVERY_S = 15.0
"""How often printings at the printer are looked after."""


class Errands:
    """Starts the threads; they answer the program with messages."""

    def __init__(self, app: App[Any], desk: Desk) -> None:
        """Runs for as long as the desk is open."""
        self._app = app
        self._desk = desk
        self._exchanging = False
        self._keeping = False
        self._printing = False
        self._print_again = False

    def start(self) -> None:
        """Begin to look at the clock, and print what waits."""
        self._app.set_interval(LOOK_EVERY_S, self.look)
        self._app.set_interval(PRINTER_EVERY_S, self.print)
        self.print()
        self._app.run_worker(self._tidy, thread=True, group="tidy")

    def _tidy(self) -> None:
        """Collect scans that were sealed and never attached: the program ended in between."""
        with suppress(DeskError, SyncError), self._desk.worker_copy() as copy:
            copy.attachments.collect_orphans()

    def look(self) -> None:
        """Exchange when it is due, write the second place when it is."""
        with suppress(StoreFailure):  # the next act says that the disk has failed
            self._look()

    def _look(self) -> None:
        desk = self._desk
        if desk.is_open and not self._exchanging and desk.exchange.due(desk.clock.now()):
            self.exchange()
        if desk.is_open and not self._keeping and desk.second_place.due(desk.clock.now()):
            self._keeping = True
            self._app.run_worker(self._keep, thread=True, group="second-place")

    def _keep(self) -> None:
        """Write the second place; a folder that is not there is shown where one looks for it."""
        try:
            with suppress(DeskError, SyncError), self._desk.worker_copy() as copy:
                copy.second_place.keep()
        finally:
            self._keeping = False

    def exchange(self, *, asked: bool = False) -> None:
        """Exchange now, unless an exchange is on its way; `asked` by a person."""
        if not self._exchanging:
            self._exchanging = True
            self._app.run_worker(lambda: self._exchange(asked), thread=True, group="exchange")

    def _exchange(self, asked: bool) -> None:
        def stepped(progress: Progress) -> None:
            self._app.post_message(ExchangeStepped(progress))

        try:
            with self._desk.worker_copy() as copy:
                result = copy.exchange.run_once(
                    progress=stepped, stop=lambda: self._desk.exchange.paused
                )
        except (DeskError, SyncError) as error:
            self._app.post_message(ExchangeFinished(None, error, asked))
        else:
            self._app.post_message(ExchangeFinished(result, None, asked))
        finally:
            self._exchanging = False

    def print(self) -> None:
        """Print what waits; asked while printing, look once more afterwards."""
        if self._printing:
            self._print_again = True
        elif self._desk.is_open and may(self._desk.operator.role, Action.PRINT):
            self._printing = True
            self._app.run_worker(self._print, thread=True, group="printing")

    def _print(self) -> None:
        try:
            with self._desk.worker_copy() as copy:
                changed = copy.print_queue.run()
                while self._print_again:
                    self._print_again = False
                    changed += copy.print_queue.run()
        except (DeskError, SyncError, PrintError) as error:
            self._app.post_message(PapersPrinted((), error))
        else:
            self._app.post_message(PapersPrinted(changed))
        finally:
            self._printing = False
