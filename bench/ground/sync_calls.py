"""How often a registration makes the disk write: fsync and fdatasync counted by strace.

`python -m bench.ground.sync_calls FOLDER N` registers N requests between two marks in the trace.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.ground.desk import ROOT, GrownDesk
from bench.ground.documents import documents
from mfc_desk.paths import Home

BEGIN, END = "bench-begin", "bench-end"


def sync_calls(desk: GrownDesk, acts: int) -> float | None:
    """Calls of fsync or fdatasync an act, or None where there is no strace."""
    if shutil.which("strace") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        words = ["-f", "-e", "trace=fsync,fdatasync,access,faccessat,faccessat2", "-o", str(trace)]
        program = [sys.executable, "-m", __spec__.name, str(desk.home.root), str(acts)]
        subprocess.run(["strace", *words, *program], check=True, cwd=ROOT)
        told = trace.read_text("utf-8")
    inside = told.partition(BEGIN)[2].partition(END)[0]
    return sum(inside.count(name) for name in (" fsync(", " fdatasync(")) / acts


def main() -> None:
    """Register as many requests as the command line says, in a trace."""
    root, acts = Path(sys.argv[1]), int(sys.argv[2])
    with GrownDesk(Home(root), 0).login() as desk:
        brought = documents(desk, acts + 2)
        for document in brought[:2]:
            desk.intake.register_document(document)
        os.access(BEGIN, os.F_OK)
        for document in brought[2:]:
            desk.intake.register_document(document)
        os.access(END, os.F_OK)


if __name__ == "__main__":
    main()
