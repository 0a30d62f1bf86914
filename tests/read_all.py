"""Imports what a command may need and reads the catalogue: for the process that is copied."""

from __future__ import annotations

import importlib
import pkgutil

import forms
import mfc_desk
import printing
import sync
from tests.killed_centre import catalogue

SCREENS = ("mfc_desk.app", "mfc_desk.screens", "mfc_desk.widgets")
"""They take long to import, and no command needs them."""

for package in (forms, printing, sync, mfc_desk):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(SCREENS) and "__main__" not in module.name:
            importlib.import_module(module.name)
catalogue()
