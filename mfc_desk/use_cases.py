"""The use cases of an open desk: each is imported when it is first asked for."""

# ruff: noqa: PLC0415  # the start stays short

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from mfc_desk.access.operators import Operators
    from mfc_desk.applicants.applicants import Applicants
    from mfc_desk.applicants.consents import Consents
    from mfc_desk.applicants.contacts import Contacts
    from mfc_desk.board import Board
    from mfc_desk.catalogues.catalogues import Catalogues
    from mfc_desk.desk import Desk
    from mfc_desk.exchange.carriers import Carriers
    from mfc_desk.exchange.desk_exchange import DeskExchange
    from mfc_desk.exchange.reconciliation import Reconciliation
    from mfc_desk.handling.find import Find
    from mfc_desk.handling.follow_ups import Payments, Promises
    from mfc_desk.handling.handling import Handling
    from mfc_desk.intake.attachments import Attachments
    from mfc_desk.intake.bundles import Bundles
    from mfc_desk.intake.intake import Intake
    from mfc_desk.intake.refusals import Refusals
    from mfc_desk.intake.turned_away import Referrals, WaitingList
    from mfc_desk.papers.day_papers import DayPapers
    from mfc_desk.papers.office_papers import OfficePapers
    from mfc_desk.papers.papers import Papers
    from mfc_desk.papers.payees import Payees
    from mfc_desk.papers.print_day import PrintDay
    from mfc_desk.papers.print_queue import PrintQueue
    from mfc_desk.papers.print_routes import PrintRoutes
    from mfc_desk.recovery.restored import Restored
    from mfc_desk.recovery.second_place import SecondPlace
    from mfc_desk.settings import SettingsStore


class UseCases:
    """What can be done at a desk, one attribute an actor's concern; made once."""

    @property
    def _desk(self) -> Desk:
        return cast("Desk", self)

    @cached_property
    def catalogues(self) -> Catalogues:
        """Versions of the catalogue: installing one, that of a draft."""
        from mfc_desk.catalogues.catalogues import Catalogues

        return Catalogues(self._desk)

    @cached_property
    def intake(self) -> Intake:
        """Taking requests: services, drafts, checking, registering."""
        from mfc_desk.intake.intake import Intake

        return Intake(self._desk)

    @cached_property
    def applicants(self) -> Applicants:
        """Applicants this desk has served."""
        from mfc_desk.applicants.applicants import Applicants

        return Applicants(self._desk)

    @cached_property
    def consents(self) -> Consents:
        """Consents of applicants."""
        from mfc_desk.applicants.consents import Consents

        return Consents(self._desk)

    @cached_property
    def contacts(self) -> Contacts:
        """Contacts of applicants, corrected."""
        from mfc_desk.applicants.contacts import Contacts

        return Contacts(self._desk)

    @cached_property
    def promises(self) -> Promises:
        """Papers applicants said to bring."""
        from mfc_desk.handling.follow_ups import Promises

        return Promises(self._desk)

    @cached_property
    def payments(self) -> Payments:
        """What applicants showed of having paid."""
        from mfc_desk.handling.follow_ups import Payments

        return Payments(self._desk)

    @cached_property
    def refusals(self) -> Refusals:
        """Refusing acceptance."""
        from mfc_desk.intake.refusals import Refusals

        return Refusals(self._desk)

    @cached_property
    def referrals(self) -> Referrals:
        """Sending applicants to where their service is provided."""
        from mfc_desk.intake.turned_away import Referrals

        return Referrals(self._desk)

    @cached_property
    def bundles(self) -> Bundles:
        """Several services of one visit: life situations, complex requests."""
        from mfc_desk.intake.bundles import Bundles

        return Bundles(self._desk)

    @cached_property
    def waiting(self) -> WaitingList:
        """Applicants to come back to when the link does."""
        from mfc_desk.intake.turned_away import WaitingList

        return WaitingList(self._desk)

    @cached_property
    def find(self) -> Find:
        """Finding registered requests."""
        from mfc_desk.handling.find import Find

        return Find(self._desk)

    @cached_property
    def handling(self) -> Handling:
        """Amending, withdrawing, issuing of what is registered."""
        from mfc_desk.handling.handling import Handling

        return Handling(self._desk)

    @cached_property
    def attachments(self) -> Attachments:
        """Scans and photos of requests."""
        from mfc_desk.intake.attachments import Attachments

        return Attachments(self._desk)

    @cached_property
    def papers(self) -> Papers:
        """Papers, as bytes."""
        from mfc_desk.papers.papers import Papers

        return Papers(self._desk)

    @cached_property
    def payees(self) -> Payees:
        """Requisites of the authorities that are paid."""
        from mfc_desk.papers.payees import Payees

        return Payees(self._desk)

    @cached_property
    def day_papers(self) -> DayPapers:
        """Registers, closing act and journal of a day."""
        from mfc_desk.papers.day_papers import DayPapers

        return DayPapers(self._desk)

    @cached_property
    def office_papers(self) -> OfficePapers:
        """Papers made from a document: of visits, routes, certification."""
        from mfc_desk.papers.office_papers import OfficePapers

        return OfficePapers(self._desk)

    @cached_property
    def print_queue(self) -> PrintQueue:
        """The print queue and the printers."""
        from mfc_desk.papers.print_queue import PrintQueue

        return PrintQueue(self._desk)

    @cached_property
    def print_day(self) -> PrintDay:
        """Registers and labels of a whole day."""
        from mfc_desk.papers.print_day import PrintDay

        return PrintDay(self._desk)

    @cached_property
    def print_routes(self) -> PrintRoutes:
        """Which printer each kind of paper goes to."""
        from mfc_desk.papers.print_routes import PrintRoutes

        return PrintRoutes(self._desk)

    @cached_property
    def board(self) -> Board:
        """What the first screen shows."""
        from mfc_desk.board import Board

        return Board(self._desk)

    @cached_property
    def exchange(self) -> DeskExchange:
        """The exchange with the centre."""
        from mfc_desk.exchange.desk_exchange import DeskExchange

        return DeskExchange(self._desk)

    @cached_property
    def carriers(self) -> Carriers:
        """The exchange by USB stick."""
        from mfc_desk.exchange.carriers import Carriers

        return Carriers(self._desk)

    @cached_property
    def reconciliation(self) -> Reconciliation:
        """Comparing with the centre."""
        from mfc_desk.exchange.reconciliation import Reconciliation

        return Reconciliation(self._desk)

    @cached_property
    def second_place(self) -> SecondPlace:
        """The folder off this disk where the unsent stands as well."""
        from mfc_desk.recovery.second_place import SecondPlace

        return SecondPlace(self._desk)

    @cached_property
    def restored(self) -> Restored:
        """How a desk made anew came back, and what did not."""
        from mfc_desk.recovery.restored import Restored

        return Restored(self._desk)

    @cached_property
    def settings(self) -> SettingsStore:
        """Settings of the desk."""
        from mfc_desk.settings import SettingsStore

        return SettingsStore(self._desk)

    @cached_property
    def operators(self) -> Operators:
        """Accounts of the desk."""
        from mfc_desk.access.operators import Operators

        return Operators(self._desk)
