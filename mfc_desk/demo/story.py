"""The main job without a screen: a request taken without a link arrives at the centre once.

Each step says what was done and what proves it; a step that is not proven ends the story.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from forms.example import example
from forms.number import read as read_number
from mfc_desk.audit import check_desk
from mfc_desk.demo.centre import CentreProcess
from mfc_desk.demo.link import Link
from mfc_desk.demo.office import REQUESTS, SPECIALIST, SUPERVISOR, TODAY, DemoPlace, build
from mfc_desk.errors import DeskError
from mfc_desk.session import open_desk
from sync.clock import Clock
from sync.ids import Random

if TYPE_CHECKING:
    from mfc_desk.desk import Desk
    from mfc_desk.intake.intake import Registered

SERVICE = "soc-card"
SEED = 1000
CUT_AT = 700  # bytes: inside the first batch
STORED_AND_SILENT = "centre.append.after-commit"


class NotProven(DeskError):  # noqa: N818  # says what happened
    """Шаг демонстрации не подтвердился."""

    code = "demo-not-proven"


class Story:
    """The steps, told one by one."""

    def __init__(
        self, place: DemoPlace, clock: Clock, random: Random, tell: Callable[[str], None]
    ) -> None:
        """Nothing is made yet; `tell` prints a line."""
        self._place = place
        self._clock = clock
        self._random = random
        self._tell = tell
        self._steps = 0

    def run(self, centre: CentreProcess, link: Link) -> None:
        """Do the main job; raises NotProven and whatever the program itself raises."""
        self._step(f"Центр запущен на этом компьютере (процесс {centre.pid}).")
        build(self._place, centre, link, self._random, self._proof)
        with open_desk(
            self._place.desk, SPECIALIST, self._place.password, self._clock, self._random
        ) as desk:
            self._offline(desk, link)
            taken = self._take(desk)
            self._print(desk, taken)
            self._cut(desk, link)
            self._kill(desk, centre, link)
            self._arrive(desk, taken)
            self._compare(desk, centre)
        self._check(centre)

    def _offline(self, desk: Desk, link: Link) -> None:
        self._step("Связи нет: обмен не удаётся, обращения ждут.")
        link.take_down()
        result = desk.exchange.run_once()
        self._prove(
            result.error is not None and desk.exchange.view().unsent == TODAY,
            f"«{result.error}»; не отправлено {desk.exchange.view().unsent}",
        )

    def _take(self, desk: Desk) -> Registered:
        self._step("Без связи принято обращение: «Социальная карта».")
        service = desk.catalogue.service(SERVICE)
        today = self._clock.now().astimezone(desk.zone).date()
        taken = desk.intake.register_document(example(service, desk.catalogue, today, SEED))
        self._prove(
            read_number(taken.number.digits) == taken.number
            and desk.find.row(taken.number.text).number == taken.number.text,
            f"номер {taken.number.text} (контрольная цифра сходится), "
            f"зарегистрировать до {taken.register_by:%d.%m.%Y %H:%M}",
        )
        return taken

    def _print(self, desk: Desk, taken: Registered) -> None:
        self._step("Расписка напечатана в папку.")
        desk.print_queue.run()
        pdf = desk.papers.render(taken.number.text)
        file = self._place.out / "receipt.pdf"
        file.write_bytes(pdf)
        printed = [job for job in desk.print_queue.of_request(taken.request_id) if job.state]
        self._prove(
            pdf.startswith(b"%PDF")
            and [job.state for job in printed] == ["printed"]
            and desk.papers.render(taken.number.text) == pdf,
            f"{file}, {len(pdf)} байт, SHA-256 {hashlib.sha256(pdf).hexdigest()[:16]}…, "
            "повторно получаются те же байты",
        )

    def _cut(self, desk: Desk, link: Link) -> None:
        self._step(f"Связь появилась и оборвалась на {CUT_AT}-м байте отправки.")
        link.cut_after(up=CUT_AT)
        result = desk.exchange.run_once()
        view = desk.exchange.view()
        self._prove(
            result.error is not None and view.unsent == TODAY + 1 and link.passed.cuts > 0,
            f"«{result.error}»; не отправлено {view.unsent}, ничего не потеряно",
        )

    def _kill(self, desk: Desk, centre: CentreProcess, link: Link) -> None:
        self._step("Центр убит сразу после записи пакета, до ответа.")
        centre.stop()
        centre.start(fail_at=STORED_AND_SILENT)
        link.bring_up()
        result = desk.exchange.run_once()
        self._prove(
            centre.wait_for_death() and result.error is not None,
            f"«{result.error}»; подтверждения нет, значит, и «отправлено» не показано: "
            f"не отправлено {desk.exchange.view().unsent}",
        )
        centre.start()

    def _arrive(self, desk: Desk, taken: Registered) -> None:
        self._step("Центр запущен снова, связь целая: обмен.")
        result = desk.exchange.run_once()
        row = desk.find.row(taken.number.text)
        told = desk.exchange.summary()
        self._prove(
            result.error is None
            and told.confirmed == told.requests == REQUESTS + 1
            and row.official_no is not None,
            f"{told.text}; {row.number} получило рег. № {row.official_no}",
        )

    def _compare(self, desk: Desk, centre: CentreProcess) -> None:
        self._step("Сверка: список центра и список рабочего места.")
        at_centre = centre.ask("export")
        file = self._place.out / "export.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in at_centre), "utf-8")
        ours = sorted(row.number for row in desk.find.recent(limit=REQUESTS * 2))
        theirs = sorted(line["number"] for line in at_centre)
        self._prove(
            ours == theirs and len(set(theirs)) == REQUESTS + 1,
            f"{len(theirs)} из {len(ours)}, каждое ровно один раз: {file}",
        )

    def _check(self, centre: CentreProcess) -> None:
        self._step("Проверка журналов на обоих концах.")
        with open_desk(
            self._place.desk, SUPERVISOR.login, self._place.password, self._clock, self._random
        ) as desk:
            audit = check_desk(desk)
        centre.ask("verify")
        header = self._place.desk.database.read_bytes()[:15]
        self._prove(
            audit.clean and header != b"SQLite format 3",
            f"записей {audit.entries}, обращений {audit.requests}, цепочка цела; база зашифрована",
        )

    def _step(self, text: str) -> None:
        self._steps += 1
        self._tell(f"{self._steps}. {text}")

    def _proof(self, text: str) -> None:
        self._tell(f"   ✓ {text}")

    def _prove(self, proven: bool, text: str) -> None:
        if not proven:
            raise NotProven(f"Шаг {self._steps} не подтвердился: {text}")
        self._proof(text)
