"""Просмотр бумаги: its pages as pictures where the terminal can, as laid-out text elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from mfc_desk.papers.viewer import Viewer
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.failures import said_on
from mfc_desk.widgets.page import Page
from mfc_desk.widgets.pictures import picture_widget
from mfc_desk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.papers.print_queue import Preview

PICTURE_WIDTH = 1240
"""Pixels: A4 at 150 dots an inch."""


class PreviewScreen(DeskScreen[None]):
    """One paper of the queue before it comes out."""

    HELP = (
        "Просмотр бумаги. PgUp и PgDn листают страницу, Ctrl+PgUp и Ctrl+PgDn — страницы. Ctrl+O "
        "открывает бумагу в программе для PDF: копия лежит только в памяти и исчезает, когда вы "
        "уходите с этого экрана. Ctrl+T меняет картинку на текст, если терминал умеет картинки."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+pagedown", "turn(1)", "Дальше", True, "Ctrl+PgDn", id="next-page"),
        Binding("ctrl+pageup", "turn(-1)", "Назад", True, "Ctrl+PgUp", id="previous-page"),
        Binding("ctrl+o,ctrl+щ", "view", "Открыть PDF", True, "Ctrl+O", id="view"),
        Binding("ctrl+t,ctrl+е", "swap", "Картинка / текст", True, "Ctrl+T", id="swap"),
        Binding("escape", "back", "Назад", key_display="Esc", id="back"),
    ]

    def __init__(self, desk: Desk, job: str) -> None:
        """A printing of the queue by its number."""
        super().__init__(desk)
        self._job = int(job)
        self._paper: Preview | None = None
        self._at = 0
        self._drawn = picture_widget() is not None
        self._viewer = Viewer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pictures are offered only where there are any."""
        if action == "swap":
            return picture_widget() is not None
        return super().check_action(action, parameters)

    def body(self) -> ComposeResult:
        """A title over the page."""
        yield TitleLine()
        yield Page(id="paper")

    def on_mount(self) -> None:
        """Make the paper behind; stand on the page."""
        self.set_focus(self.query_one(Page))
        self._make()

    @work(thread=True)
    def _make(self) -> None:
        with said_on(self), self.desk.worker_copy() as copy:
            paper = copy.print_queue.preview(self._job)
            self.app.call_from_thread(self._show, paper)

    def _show(self, paper: Preview) -> None:
        self._paper = paper
        self.run_worker(self._draw(), exclusive=True)

    async def _draw(self) -> None:
        paper = self._paper
        if paper is None:
            return
        count = len(paper.pages)
        title = self.query_one(TitleLine)
        title.left = f"{paper.job.title} {paper.job.request_number}"
        title.right = f"страница {self._at + 1} из {count}"
        page = self.query_one(Page)
        await page.remove_children()
        shows = picture_widget()
        if self._drawn and shows is not None:
            await page.mount(shows(paper.picture(self._at, PICTURE_WIDTH)))
        else:
            text = "\n".join(paper.pages[self._at])
            await page.mount(Static(text, markup=False, classes="paper-text"))
        page.scroll_home(animate=False)

    async def action_turn(self, step: int) -> None:
        """Another page."""
        if self._paper is not None and 0 <= self._at + step < len(self._paper.pages):
            self._at += step
            await self._draw()

    async def action_swap(self) -> None:
        """Text instead of the picture, and back."""
        self._drawn = not self._drawn
        await self._draw()

    def action_view(self) -> None:
        """Open it in the system's viewer."""
        if self._paper is not None:
            with said_on(self):
                self._viewer.show(self._paper.pdf, f"paper-{self._job}")

    def leaving(self) -> None:
        """Nothing readable stays behind a hidden screen."""
        self._viewer.clear()

    def on_unmount(self) -> None:
        """Nor behind one that was left."""
        self._viewer.clear()
