"""A key in a form of sixty fields is painted as fast as by bare Textual, and asks no database."""

from __future__ import annotations

import asyncio
from statistics import median, quantiles

import pytest

from bench import key
from bench.ground import long_form
from bench.ground.desk import GrownDesk, grow
from mfc_desk.paths import Home
from mfc_desk.screens.form.open_form import OpenForm

REQUESTS = 600


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> GrownDesk:
    """A desk with requests behind it and the long form in its catalogue."""
    home = Home(tmp_path_factory.mktemp("typing") / "desk")
    desk = grow(home, REQUESTS)
    long_form.publish(home)
    return desk


@pytest.fixture
def draft(grown: GrownDesk) -> GrownDesk:
    """The same with a new draft that stands at the first of the sixty fields."""
    key.begin(grown)
    return grown


@pytest.mark.slow
def test_no_key_makes_the_form_ask_the_database(draft: GrownDesk) -> None:
    """Sixty keys: no SQL on their way, drafts saved behind them, our handlers a few ms.

    `python -m bench key` measures p99 against 4 ms; of sixty keys that would be the worst one, on
    which a collection of garbage may fall: here p95, and the factor is for a busy machine.
    """
    seen = asyncio.run(key.in_process(draft, 60))

    assert len(seen.handlers) == 60
    assert seen.statements_of_keys() == []
    assert seen.saves() >= 3
    assert 1000 * quantiles(seen.handlers, n=100, method="inclusive")[94] <= 2 * 4.0


@pytest.mark.slow
def test_a_statement_on_the_way_of_a_key_would_be_seen(
    draft: GrownDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch is not blind: a form that read the database at every letter is caught."""
    real = OpenForm.put
    with draft.login() as desk:

        def put(form: OpenForm, path: str, typed: object) -> None:
            real(form, path, typed)
            desk.intake.drafts(1)

        monkeypatch.setattr(OpenForm, "put", put)
        monkeypatch.setattr(GrownDesk, "login", lambda _grown: desk)
        seen = asyncio.run(key.in_process(draft, 20))

    assert any("FROM draft" in statement for statement in seen.statements_of_keys())


@pytest.mark.slow
def test_keys_are_painted_as_fast_as_in_a_bare_form(draft: GrownDesk) -> None:
    """Two real terminals take turns; the bench prints the true ratio, this bound cannot flake."""
    taken = key.in_terminals(draft, fields=4, letters=8)

    ours, bare = taken["mfc-desk"], taken["bare form"]
    assert len(ours) == len(bare) == 32
    assert median(ours) <= 1.5 * median(bare)
