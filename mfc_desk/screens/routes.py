"""Which screen a place or a step is; screens are imported when first asked for."""

# ruff: noqa: PLC0415  # the start of the program pays for no screen but the first

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from textual.screen import Screen

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.drafts import Draft


_PLACES = {
    "applicant_card": "applicants.applicant_card.ApplicantCardScreen",
    "attachments": "intake.attachments.AttachmentsScreen",
    "attention": "attention.AttentionScreen",
    "card": "handling.card.CardScreen",
    "exchange": "exchange.exchange.ExchangeScreen",
    "payees": "administration.payees.PayeesScreen",
    "preview": "papers.preview.PreviewScreen",
    "print_queue": "papers.print_queue.PrintQueueScreen",
    "printers": "administration.printers.PrintersScreen",
    "search": "handling.search.SearchScreen",
    "settings": "administration.settings.SettingsScreen",
    "turning": "intake.turning.TurningScreen",
}
"""Places of the map: where in `mfc_desk.screens` their screen is."""
RECORDS = frozenset({"applicant_card", "attachments", "card", "preview", "turning"})
"""Places that show one thing and take its number or id: `card:NUMBER`."""


def place_screen(desk: Desk, place: str) -> Screen[None]:
    """A place of the map."""
    name, _, what = place.partition(":")
    module, _, screen_name = _PLACES[name].rpartition(".")
    kind = getattr(importlib.import_module(f"mfc_desk.screens.{module}"), screen_name)
    screen: Screen[None] = kind(desk, what) if name in RECORDS else kind(desk)
    return screen


def bundle_screen(desk: Desk, place: str) -> Screen[None]:
    """Several services of one visit: bundles, bundle:ID, situation:NAME (begins it)."""
    name, _, what = place.partition(":")
    if name == "bundles":
        from mfc_desk.screens.intake.bundles import BundlesScreen

        return BundlesScreen(desk)
    from mfc_desk.screens.intake.bundle import BundleScreen

    return BundleScreen(desk, what if name == "bundle" else desk.bundles.begin_situation(what).id)


def step_screen(desk: Desk, draft: Draft, step: str, field: str | None) -> Screen[None]:
    """A step of a request."""
    if step == "documents":
        from mfc_desk.screens.intake.documents import DocumentsScreen

        return DocumentsScreen(desk, draft, field)
    if step == "refuse":
        from mfc_desk.screens.intake.refusal import RefusalScreen

        return RefusalScreen(desk, draft)
    if step == "check":
        from mfc_desk.screens.intake.check import CheckScreen

        return CheckScreen(desk, draft)
    if step == "applicant" and not draft.document.get("applicant", {}).get("surname"):
        from mfc_desk.screens.intake.applicant import ApplicantScreen

        return ApplicantScreen(desk, draft)
    from mfc_desk.screens.form.form import FormScreen

    return FormScreen(desk, draft, field)
