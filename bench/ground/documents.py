"""Intake documents as a queue of applicants brings them: all services in turn, other people."""

from __future__ import annotations

from typing import Any

from bench.ground.population import Population
from forms.example import example
from mfc_desk.desk import Desk


def documents(desk: Desk, count: int, seed: int = 1_000_000) -> list[dict[str, Any]]:
    """Synthetic documents that pass this desk's check today."""
    town = Population(seed)
    today = desk.centre_now().astimezone(desk.zone).date()
    services = desk.catalogue.in_force(today)
    return [
        town.settle(example(services[n % len(services)], desk.catalogue, today, seed + n))
        for n in range(count)
    ]
