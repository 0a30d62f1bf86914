"""Which screen a place or a step is; screens are imported when first asked for."""

# ruff: noqa: PLC0415  # the start of the program pays for no screen but the first

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake import Draft


def place_screen(desk: Desk, place: str) -> Screen[None]:
    """A place of the map: search, attention, exchange, settings, card:NUMBER, turning:ID."""
    name, _, what = place.partition(":")
    if name == "card":
        from mfc_desk.screens.card import CardScreen

        return CardScreen(desk, what)
    if name == "turning":
        from mfc_desk.screens.turning import TurningScreen

        return TurningScreen(desk, what)
    if name == "search":
        from mfc_desk.screens.search import SearchScreen

        return SearchScreen(desk)
    if name == "attention":
        from mfc_desk.screens.attention import AttentionScreen

        return AttentionScreen(desk)
    if name == "exchange":
        from mfc_desk.screens.exchange import ExchangeScreen

        return ExchangeScreen(desk)
    from mfc_desk.screens.settings import SettingsScreen

    return SettingsScreen(desk)


def step_screen(desk: Desk, draft: Draft, step: str, field: str | None) -> Screen[None]:
    """A step of a request."""
    if step == "documents":
        from mfc_desk.screens.documents import DocumentsScreen

        return DocumentsScreen(desk, draft, field)
    if step == "refuse":
        from mfc_desk.screens.refusal import RefusalScreen

        return RefusalScreen(desk, draft)
    if step == "check":
        from mfc_desk.screens.check import CheckScreen

        return CheckScreen(desk, draft)
    if step == "applicant" and not draft.document.get("applicant", {}).get("surname"):
        from mfc_desk.screens.applicant import ApplicantScreen

        return ApplicantScreen(desk, draft)
    from mfc_desk.screens.form import FormScreen

    return FormScreen(desk, draft, field)
