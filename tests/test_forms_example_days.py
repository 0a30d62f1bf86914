"""An example made before midnight is good after it."""

from __future__ import annotations

from datetime import timedelta

from forms.check import check
from forms.example import example
from tests.catalogue_branches import CATALOGUE, TODAY

SEEDS = 3


def test_an_example_is_good_on_the_days_after_it_was_made() -> None:
    """Of every service in force: nothing in it is refused a day, two and three days later.

    A warning may come: a week after an arrival it is late to say so.
    """
    for service in CATALOGUE.in_force(TODAY + timedelta(days=3)):
        for seed in range(SEEDS):
            document = example(service, CATALOGUE, TODAY, seed)
            for later in range(4):
                found = check(service, CATALOGUE, document, TODAY + timedelta(days=later)).errors
                assert not found, (service.slug, seed, later, found)
