"""The command palette: every action of the screen in front, by its Russian name."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import Any

from textual.binding import ActiveBinding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from mfc_desk.widgets.key_line import working_bindings


class ActionProvider(Provider):
    """Finds the actions whose keys work on the screen below the palette."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for active in working_bindings(self.screen):
            name = _name(active)
            yield DiscoveryHit(name, self._run(active), text=name, help=_key(active))

    async def search(self, query: str) -> Hits:
        """What matches the letters."""
        matcher = self.matcher(query)
        for active in working_bindings(self.screen):
            name = _name(active)
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), self._run(active), help=_key(active))

    def _run(self, active: ActiveBinding) -> partial[Coroutine[Any, Any, bool]]:
        return partial(self.app.run_action, active.binding.action, default_namespace=active.node)


def _name(active: ActiveBinding) -> str:
    return active.binding.tooltip or active.binding.description


def _key(active: ActiveBinding) -> str:
    return active.binding.key_display or active.binding.key.upper()


def palette() -> CommandPalette:
    """The palette, in Russian."""
    return CommandPalette([ActionProvider], placeholder="Что сделать? Начните вводить название")
