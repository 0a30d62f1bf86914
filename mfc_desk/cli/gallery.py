"""`papers`: every paper in every variant, from synthetic data, into a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mfc_desk.cli.frame import Call, Commands, command
from mfc_desk.errors import DONE


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "papers", help="образцы всех бумаг на вымышленных данных", run=run_papers
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="в какую папку")


def run_papers(call: Call, arguments: argparse.Namespace) -> int:
    """Write the gallery and say where; needs no desk. Raises PaperNotWritten."""
    from forms.system_refusal import reason  # noqa: PLC0415  # only this command prints
    from printing.errors import PaperNotWritten  # noqa: PLC0415
    from printing.gallery import gallery  # noqa: PLC0415

    folder = arguments.out.expanduser().absolute()
    exhibits = list(gallery())
    names = []
    for at, exhibit in enumerate(exhibits, 1):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / exhibit.file).write_bytes(exhibit.print())
        except OSError as error:
            raise PaperNotWritten(reason(error)) from error
        names.append(exhibit.file)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{at} из {len(exhibits)}")
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    call.answer({"folder": str(folder), "files": names}, f"Записано: {len(names)} PDF в {folder}")
    return DONE
