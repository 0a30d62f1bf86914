"""What goes wrong in one history of the simulator, and how often.

`most_saves`: entries made at a time; single ones bring copies of a disk to the same number of them.
`relay`: the office has one; `only_relay`: how often a desk finds no other way than it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random as Chance


@dataclass(frozen=True)
class Weather:
    """How likely what goes wrong is in one history; drawn from its seed."""

    drop: float
    lose: float
    late: float
    twice: float
    garble: float
    busy: float
    portal: float
    replays: float
    desk_dies: float
    centre_dies: float
    clock_jumps: float
    centre_restores: float
    desk_restores: float
    cloned: bool
    most_saves: int
    most_bytes: int | None
    no_dictionary: bool
    relay: bool
    only_relay: float
    relay_dies: float
    relay_restores: float

    @classmethod
    def drawn(cls, chance: Chance) -> Weather:
        """Calm, bad or awful, each thing for itself."""

        def often(most: float) -> float:
            return chance.choice((0.0, 0.3, 1.0)) * most

        cloned = chance.random() < 0.2
        return cls(
            drop=often(0.3),
            lose=often(0.3),
            late=often(0.2),
            twice=often(0.3),
            garble=often(0.1),
            busy=often(0.2),
            portal=often(0.1),
            replays=often(0.3),
            desk_dies=often(0.06),
            centre_dies=often(0.06),
            clock_jumps=often(0.1),
            centre_restores=chance.choice((0.0, 0.04) if cloned else (0.0, 0.0, 0.04)),
            desk_restores=chance.choice((0.0, 0.0, 0.0, 0.04)),
            cloned=cloned,
            most_saves=chance.choice((1, 4)),
            most_bytes=chance.choice((None, None, 2200)),
            no_dictionary=chance.random() < 0.1,
            relay=chance.random() < 0.35,
            only_relay=chance.choice((0.3, 1.0)),
            relay_dies=often(0.04),
            relay_restores=chance.choice((0.0, 0.0, 0.04)),
        )
