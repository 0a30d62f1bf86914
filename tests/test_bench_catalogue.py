"""The measurement of the catalogue times keys, the largest form and loading."""

from __future__ import annotations

from bench import catalogue


def test_catalogue_is_measured_with_every_goal() -> None:
    """A key in the packaged catalogue and in a city of 300 services, a form, a load."""
    told = catalogue.run(loads=1, openings=3)

    assert {"open the largest form", "load the catalogue", "a key, 300 services"} <= {
        one["name"] for one in told["rows"]
    }
    assert len(told["goals"]) == 3
