"""What every test shares."""

from __future__ import annotations

import os

# Animations would make snapshots depend on the speed of the machine.
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
