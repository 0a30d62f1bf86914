"""Make the README's pictures from the running program.

faketime '2026-11-20 11:05' python .ci/pictures.py        (without faketime: the pictures of now)
A demo office is built with its own centre; the program is driven by keys and photographs itself.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from forms.example import example  # noqa: E402  # the checkout first
from mfc_desk.app import DeskApp  # noqa: E402
from mfc_desk.demo.centre import CentreProcess  # noqa: E402
from mfc_desk.demo.link import Link  # noqa: E402
from mfc_desk.demo.office import SPECIALIST, DemoPlace, build  # noqa: E402
from mfc_desk.session import open_desk  # noqa: E402
from sync.clock import SystemClock  # noqa: E402
from sync.ids import SystemRandom  # noqa: E402
from tests.screen_world import Hands  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = (110, 32)
SETTLE_S = 1.5


async def photograph(place: DemoPlace, link: Link) -> None:
    """Log in, look at the screens, keep what they show."""
    clock, random = SystemClock(), SystemRandom()
    app = DeskApp(place.desk, clock, random)
    async with app.run_test(size=SIZE) as pilot:
        hands = Hands(app, pilot)
        link.take_down()
        desk = open_desk(place.desk, SPECIALIST, place.password, clock, random)
        service = desk.catalogue.service("soc-card")
        today = clock.now().astimezone(desk.zone).date()
        document = example(service, desk.catalogue, today, 7)
        answers = document["answers"]
        assert isinstance(answers, dict)
        answers["oms"] = "7790000000000018"  # a wrong check digit: the form says so
        draft = desk.intake.begin("soc-card", applicant=document["applicant"])  # type: ignore[arg-type]
        draft.document.update(document)
        draft.step, draft.section, draft.field = "form", "", "answers.oms"
        desk.intake.save(draft)
        await app.opened(desk)
        await pilot.pause(SETTLE_S)
        await hands.press("enter")
        await pilot.pause(SETTLE_S)
        await hands.press("shift+tab")
        await pilot.pause(SETTLE_S)
        app.save_screenshot("form.svg", path=str(PICTURES))
        await hands.press("escape")
        await pilot.pause(SETTLE_S)
        app.save_screenshot("home.svg", path=str(PICTURES))
        link.bring_up()
        await hands.press("f5")
        await pilot.pause(SETTLE_S)
        await hands.press("ctrl+s")
        await pilot.pause(SETTLE_S * 3)
        app.save_screenshot("exchange.svg", path=str(PICTURES))
    if app.day is not None:
        app.day.desk.close()


def main() -> None:
    """Build the office, photograph it, draw a receipt."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = DemoPlace(Path(scratch))
        with CentreProcess(place.centre) as centre, Link(centre.port) as link:
            build(place, centre, link, SystemRandom(), print)
            asyncio.run(photograph(place, link))
        receipt = sorted(place.out.glob("receipt-*.pdf"))[-1]
        subprocess.run(
            ["pdftoppm", "-r", "70", "-f", "1", "-l", "1", "-png", "-singlefile", str(receipt),
             str(PICTURES / "receipt")], check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
