"""Going from place to place: one stack with the home screen at its foot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from mfc_desk.access.roles import Action, may
from mfc_desk.errors import CatalogueChanged
from mfc_desk.screens.desk_screen import DeskScreen
from mfc_desk.screens.dialogs.confirm import ConfirmScreen
from mfc_desk.screens.errands import Errands
from mfc_desk.screens.failures import said_on
from mfc_desk.screens.home import HomeScreen
from mfc_desk.screens.intake.done import DoneScreen
from mfc_desk.screens.intake.offers import offer
from mfc_desk.screens.intake.service import ServiceScreen
from mfc_desk.screens.intake.steps import Accepted, Amended, ServiceChosen, StepWanted, TurnedAway
from mfc_desk.screens.routes import RECORDS, bundle_screen, place_screen, step_screen

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


class Navigation:
    """Opens screens for the program; holds what they share: the desk and the errands."""

    def __init__(self, app: App[Any], desk: Desk, errands: Errands) -> None:
        """The home screen is pushed by `start`."""
        self._app = app
        self._desk = desk
        self._errands = errands
        self._home = HomeScreen(desk)

    async def start(self) -> None:
        """Home, and the draft that was left unfinished."""
        await self._app.push_screen(self._home)
        if not may(self._desk.operator.role, Action.INTAKE):
            return
        with said_on(self._home):
            left = self._desk.intake.drafts(1)
            if left:
                draft = left[0]
                words = " · ".join(part for part in (draft.applicant, draft.title) if part)
                question = (
                    f"Осталось незаконченное обращение:\n{words}\n"
                    f"сохранено {draft.saved_at:%d.%m.%Y %H:%M}. Продолжить с того же места?"
                )
                self._app.push_screen(
                    ConfirmScreen("Черновик", question, "Продолжить", "Позже"),
                    lambda yes: self._resume(draft.id) if yes else None,
                )

    def _resume(self, draft_id: str) -> None:
        self._app.run_worker(self.go(f"draft:{draft_id}"))

    async def go(self, place: str) -> None:
        """A place: home, intake, search, attention, exchange, settings, card:…, draft:…, send."""
        name, _, what = place.partition(":")
        screen = self._app.screen
        if name == "send":
            self._errands.exchange(asked=True)
        elif name == "print":
            self._errands.print()
        elif name == "draft":
            with said_on(screen):
                await self._open_draft(what)
        elif name == "amend":
            with said_on(screen):
                await self._amend(what)
        elif name in RECORDS:
            with said_on(screen):
                self._app.push_screen(place_screen(self._desk, place))
        elif name == "intake":
            await self._choose_service(ServiceChosen(""))
        elif name == "home":
            await self._to_home()
        else:
            with said_on(screen):
                several = name in ("bundles", "bundle", "situation")
                await self._above_home(
                    (bundle_screen if several else place_screen)(self._desk, place)
                )

    async def _to_home(self) -> None:
        while self._app.screen is not self._home and len(self._app.screen_stack) > 1:
            self._leaving(self._app.screen)
            await self._app.pop_screen()

    async def _above_home(self, screen: Screen[Any]) -> None:
        with self._app.batch_update():
            await self._to_home()
            await self._app.push_screen(screen)

    def _leaving(self, screen: Screen[Any]) -> None:
        if isinstance(screen, DeskScreen):
            screen.leaving()

    def leave_all(self) -> None:
        """Every open screen saves what it holds."""
        for screen in self._app.screen_stack:
            self._leaving(screen)

    async def _choose_service(self, asked: ServiceChosen) -> None:
        def chosen(slug: str | None) -> None:
            if slug:
                self._app.post_message(replace(asked, slug=slug, agreed=True))

        with self._app.batch_update():
            await self._to_home()
            await self._app.push_screen(ServiceScreen(self._desk, asked.applicant), chosen)

    async def begin(self, event: ServiceChosen) -> None:
        """A new request of a service; without one choose it first."""
        if not event.slug:
            await self._choose_service(event)
            return
        with said_on(self._app.screen):
            if not event.agreed and self._desk.intake.service_row(event.slug).way != "begin":
                self._app.run_worker(self._offer(event))
                return
            draft = self._desk.intake.begin(event.slug, event.applicant, event.given, event.waiting)
            await self.to_step(StepWanted(draft, "form" if event.applicant else "applicant"))
            if draft.left_out:
                what = ", ".join(draft.left_out)
                self._app.notify(
                    f"Не перенесено: {what}. У этой услуги такого способа нет, выберите другой.",
                    title="Получение результата",
                    severity="warning",
                    timeout=10,
                )

    async def _offer(self, event: ServiceChosen) -> None:
        """A service that is not simply begun: what can be done for the applicant."""
        row = self._desk.intake.service_row(event.slug)
        answer = await offer(self._app, self._desk, row, event.applicant)
        if answer == "begin":
            await self.begin(replace(event, agreed=True))
        elif answer:
            await self.go(answer)

    async def to_step(self, event: StepWanted) -> None:
        """A step of a request."""
        await self._above_home(step_screen(self._desk, event.draft, event.step, event.field))

    async def accepted(self, event: Accepted) -> None:
        """The request is registered: show its number, print its receipt."""
        self._errands.print()
        await self._above_home(DoneScreen(self._desk, event.draft, event.registered))

    async def turned_away(self, event: TurnedAway) -> None:
        """The request is refused: show what was said."""
        await self._above_home(place_screen(self._desk, f"turning:{event.turning_id}"))

    async def amended(self, event: Amended) -> None:
        """An amendment is written: its card, with what it came to."""
        await self._above_home(place_screen(self._desk, f"card:{event.number}"))
        self._app.notify("Исправление записано и уйдёт в центр с ближайшим обменом.", timeout=5)

    async def _amend(self, number: str) -> None:
        """The form of a registered request, at the first field the centre returned."""
        begun = self._desk.handling.begin(number)
        first = begun.problems[0].path if begun.problems else None
        step = "documents" if (first or "").startswith("documents") else "form"
        await self.to_step(StepWanted(begun.draft, step, first))

    async def _open_draft(self, draft_id: str) -> None:
        try:
            draft = self._desk.intake.open(draft_id)
        except CatalogueChanged as changed:
            question = f"{changed}\nПеренести введённое в новую форму?"
            self._app.push_screen(
                ConfirmScreen("Форма изменилась", question, "Перенести", "Позже"),
                lambda yes: self._carry_over(draft_id) if yes else None,
            )
            return
        await self._show_draft(draft)

    def _carry_over(self, draft_id: str) -> None:
        with said_on(self._app.screen):
            draft = self._desk.intake.carry_over(draft_id)
            self._app.run_worker(self._show_draft(draft))

    async def _show_draft(self, draft: Draft) -> None:
        await self.to_step(StepWanted(draft, draft.step, draft.field))
