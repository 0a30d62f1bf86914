"""Python's garbage: taken out while nobody waits, not in the middle of a picture.

Every screen that was closed is a few thousand objects in rings. Left to itself the interpreter
walks them, and all that lives, whenever enough new objects have come: tens of milliseconds in the
opening of some form. See https://docs.python.org/3/library/gc.html.
"""

from __future__ import annotations

import gc

USUAL = gc.get_threshold()
PATIENT = 200_000, 10, 5
"""Objects to a walk over the young, and so on: dozens of screens opened without a breath."""
IDLE_S = 0.5
"""Nobody touched a key or the mouse for so long."""


def wait_for_idleness() -> None:
    """From now on garbage waits for `take_out`, and no walk goes over what is loaded by now."""
    gc.freeze()
    gc.set_threshold(*PATIENT)


def take_out(idle_s: float) -> bool:
    """Collect what closed screens left, when nobody waits; whether it did."""
    if idle_s < IDLE_S:
        return False
    gc.collect()
    return True


def wait_no_more() -> None:
    """The program ends: whatever runs on in this process collects as before."""
    gc.unfreeze()
    gc.set_threshold(*USUAL)
