"""Intake documents as a queue of applicants brings them: all services in turn, other people."""

from __future__ import annotations

from datetime import date
from typing import Any

from bench.ground.population import Population
from forms.example import example
from forms.spec import Service
from mfc_desk.desk import Desk
from mfc_desk.intake.services import availability_of


def documents(desk: Desk, count: int, seed: int = 1_000_000) -> list[dict[str, Any]]:
    """Synthetic documents that pass this desk's check today."""
    town = Population(seed)
    today = desk.centre_now().astimezone(desk.zone).date()
    services = begun_here(desk, today)
    return [
        town.settle(example(services[n % len(services)], desk.catalogue, today, seed + n))
        for n in range(count)
    ]


def begun_here(desk: Desk, today: date) -> list[Service]:
    """Services in force that this office takes without asking anything first."""
    offered = desk.catalogue.in_force(today)
    return [one for one in offered if availability_of(desk, one).way == "begin"]
