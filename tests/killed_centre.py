"""A centre that starts as a copy of a process that has read it all: to be killed often."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from forms import catalogue as catalogues
from forms.catalogue import Catalogue
from sync.central.__main__ import main
from tests.centre_process import START_SECONDS, STOP_SECONDS, CentreProcess, be_patient
from tests.forked import PROCESSES


class Told:
    """What `serve` prints, sent to whoever started it."""

    def __init__(self, far: Connection) -> None:
        self._far = far

    def write(self, text: str) -> int:
        """Send it."""
        self._far.send(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


@cache
def catalogue() -> Catalogue:
    """The packaged catalogue, read once for all its lives."""
    return catalogues.load()


def serve(words: tuple[str, ...], far: Connection) -> None:
    """`mfc-central serve` in this process."""
    sys.stdout = Told(far)
    vars(catalogues)["load"] = catalogue
    be_patient()
    main(list(words))


@dataclass
class KilledCentre(CentreProcess):
    """The same centre as `CentreProcess`, in a process that takes no time to start."""

    served: BaseProcess | None = field(default=None, repr=False)

    def restart(self, *, fail: str | None = None, wait: bool = True) -> None:
        """Start again in the same folder, on the same port; wait until it answers."""
        assert fail is None
        self.kill()
        words = ("serve", "--port", str(self.port), "--home", str(self.home), "--quiet")
        near, far = PROCESSES.Pipe(duplex=False)
        self.served = PROCESSES.Process(target=serve, args=(words, far), daemon=True)
        self.served.start()
        far.close()
        assert near.poll(START_SECONDS)
        told = json.loads(near.recv())
        near.close()
        self.port, self.url = told["port"], told["url"]
        if wait:
            self._wait()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self.served is not None:
            self.served.kill()
            self.served.join(STOP_SECONDS)
            self.served = None
