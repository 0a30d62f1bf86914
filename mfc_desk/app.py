"""The Textual application: themes, global keys, the first screen, what happens behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import App
from textual.binding import Binding, BindingType

from mfc_desk import garbage
from mfc_desk.access.locks import holding
from mfc_desk.paths import Home
from mfc_desk.screens import news
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.entrance.login import LoginScreen
from mfc_desk.screens.intake import steps
from mfc_desk.widgets.key_line import working_bindings
from mfc_desk.widgets.pictures import ask_terminal, may_show
from mfc_desk.widgets.themes import THEMES
from sync.clock import Clock, SystemClock
from sync.ids import Random, SystemRandom

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.screens.work_day import WorkDay

LOOK_S = 5.0  # how often idleness and the header are looked at
REST_S = 0.5  # how often a pause is looked for, to take out the garbage
LOAD_S = 0.2  # the rest is loaded behind the painted login box: together they paint it 10 % later


class DeskApp(App[None], inherit_bindings=False):
    """One desk on the screen: wizard or login first, then a `WorkDay` of an open desk."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours speaks Russian and is bound below
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Помощь", key_display="F1", id="help"),
        Binding("ctrl+l,ctrl+д", "lock", "Закрыть экран", True, "Ctrl+L", True, id="lock"),
        Binding("f10", "leave", "Выход", key_display="F10", id="leave"),
        Binding("ctrl+p,ctrl+з", "palette", "Все действия", key_display="Ctrl+P", id="palette"),
        Binding("ctrl+c,ctrl+с", "screen.copy_text", show=False),
    ]

    def __init__(self, home: Home, clock: Clock, random: Random, notice: str = "") -> None:
        """The desk of `home`; nothing is opened yet."""
        super().__init__()
        self._disable_tooltips = True  # nothing here has one, and every screen would mount it
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES["light"].name
        self.home, self.clock, self.notice, self.means = home, clock, notice, (home, clock, random)
        self.day: WorkDay | None = None
        self._touched = clock.monotonic()
        self._swept: float | None = None

    @property
    def fault(self) -> Exception | None:
        """The bug that ended the program, for whoever started it."""
        return self._exception

    def _fatal_error(self) -> None:  # no traceback on the terminal: its values are personal
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        """The first screen; the rest loads while the password is typed."""
        self.first_screen()
        self.set_interval(LOOK_S, self.look)
        self.set_interval(REST_S, self.rest)
        self.set_timer(LOAD_S, self._load_rest)

    def first_screen(self) -> None:
        """Login, or the wizard on a computer that is not set up."""
        if self.home.is_set_up:
            self.push_screen(LoginScreen(*self.means, self.notice), self.opened)
        else:
            from mfc_desk.screens.entrance.wizard import WizardScreen  # noqa: PLC0415  # needed once

            self.push_screen(WizardScreen(*self.means), self.opened)

    @work(thread=True)
    def _load_rest(self) -> None:
        from mfc_desk.papers.viewer import Viewer  # noqa: PLC0415
        from mfc_desk.screens import work_day  # noqa: F401, PLC0415  # for its imports

        Viewer().clear()  # what a killed program left in memory

    async def opened(self, desk: Desk | None) -> None:
        """Somebody has logged in."""
        from mfc_desk.screens.work_day import WorkDay  # noqa: PLC0415  # loaded by now

        if desk is not None:
            self.theme = THEMES[desk.settings.load().theme].name
            self.day = WorkDay(self, desk)
            await self.day.start()
            garbage.wait_for_idleness()

    async def on_event(self, event: events.Event) -> None:
        """Any key or mouse event means somebody is there."""
        if isinstance(event, events.InputEvent | events.Paste):
            self._touched = self.clock.monotonic()
        await super().on_event(event)

    def on_unmount(self) -> None:
        """The program ends."""
        garbage.wait_no_more()

    def look(self) -> None:
        """Lock an idle screen; keep the header of the others fresh."""
        idle_s = self.clock.monotonic() - self._touched
        if self.day is not None:
            self.day.look(idle_s=idle_s)

    def rest(self) -> None:
        """Take out the garbage when nobody waits."""
        idle_s = self.clock.monotonic() - self._touched
        if self.day is not None and self._swept != self._touched and garbage.take_out(idle_s):
            self._swept = self._touched  # nobody has made more since: once is enough

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but help and exit while the desk is closed or the screen hidden."""
        if action in ("lock", "palette"):
            return self.day is not None and not self.day.hidden
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """What this screen is for, and its keys."""
        from mfc_desk.screens.help import HelpScreen  # noqa: PLC0415  # when first asked for

        bindings = [active.binding for active in working_bindings(self.screen)]
        self.push_screen(HelpScreen(getattr(self.screen, "HELP", ""), bindings))

    def action_palette(self) -> None:
        """Find an action by its name."""
        from mfc_desk.screens.palette import palette  # noqa: PLC0415  # when first asked for

        self.push_screen(palette())

    def action_lock(self) -> None:
        """Hide the screen."""
        if self.day is not None:
            self.day.hide()

    def action_leave(self) -> None:
        """Close the program; drafts are saved."""
        if self.day is None:
            self.exit()
        else:
            self.day.ask_to_leave()

    @on(DeskScreen.Go)
    @on(steps.ServiceChosen)
    @on(steps.StepWanted)
    @on(steps.Postponed)
    @on(steps.Accepted)
    @on(steps.TurnedAway)
    @on(steps.Amended)
    @on(news.ExchangeStepped)
    @on(news.ExchangeFinished)
    @on(news.PapersPrinted)
    @on(news.ThemeChosen)
    async def _pass_on(self, said: steps.Step | news.News) -> None:
        if self.day is not None:
            await self.day.hear(said)


def run(home: Home, notice: str = "") -> None:
    """Open the screens of `home`, with `notice` on the login. Raises HomeLocked, and any bug."""
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with holding(home.desk_lock):
        if may_show():
            ask_terminal()
        app = DeskApp(home, SystemClock(), SystemRandom(), notice)
        app.run()
        if app.day is not None:
            app.day.desk.close()
        if app.fault is not None:
            raise app.fault
