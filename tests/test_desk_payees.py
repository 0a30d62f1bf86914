"""Payment slips: requisites an office enters, the slip of a request, and what stops it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from forms.duty import duty_for
from forms.example import example
from forms.payees import RequisitesRefused, blank_file, read_payees
from forms.payment import Payee
from mfc_desk.__main__ import main
from mfc_desk.access.roles import Role
from mfc_desk.audit import check_desk
from mfc_desk.desk import Desk
from mfc_desk.errors import DONE, REFUSED, USAGE, NotAllowed, NothingToRecord
from mfc_desk.papers.papers import UnknownPaper
from mfc_desk.papers.payees import PayeesRefused, PayeeUnknown, SlipRefused
from mfc_desk.paths import Home
from mfc_desk.setup.setup import set_up
from mfc_desk.store import papers
from sync.entries import decode
from sync.ids import SeededRandom
from tests.desk_home import CHEAP, IVANOVA, PASSWORD, DeskHome, StandingClock, set_up_home
from tests.intake_world import TODAY, register
from tests.paper_world import pages_text, squeezed

FILE = """
[[payee]]
authority = "{authority}"
title = "УФК по г. Учебному (Отдел МВД, л/с 04000000000)"
inn = "9901234561"
kpp = "990101001"
account = "0310 0643 0000 0001 7300"
bank = "ГУ БАНКА РОССИИ ПО ЦФО//УФК"
bic = "004525988"
corr = "40102810545370000003"
oktmo = "45348000"
as_of = {as_of}
[payee.kbk]
passport-rf = "18810807100010034110"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A desk that is set up."""
    return set_up_home(tmp_path_factory.mktemp("payees") / "desk")


@pytest.fixture
def desk(made: DeskHome) -> Iterator[Desk]:
    """It is open, no requisites are entered."""
    with made.login() as open_:
        blank = open_.payees.blank()
        open_.payees.install(blank)
        yield open_


def requisites(desk: Desk, as_of: str = "2026-11-01") -> str:
    """A filled file for the passports of the catalogue."""
    authority = desk.catalogue.services["passport-rf"].authority
    return FILE.format(authority=authority, as_of=as_of)


def paid_request(desk: Desk) -> tuple[str, int]:
    """A passport whose duty the catalogue knows: its number and the kopecks to pay."""
    service = desk.catalogue.services["passport-rf"]
    for seed in range(20):
        typed = example(service, desk.catalogue, TODAY, seed)
        duty = duty_for(service, typed, TODAY)
        if duty is not None and duty.kopecks:
            return desk.intake.register_document(typed).number.text, duty.kopecks
    raise AssertionError("no example of a passport is paid")


def test_the_slip_is_paid_by_its_code(desk: Desk) -> None:
    """Every detail is on paper; the code, read from 150 dots an inch, says the same."""
    desk.payees.install(requisites(desk))
    number, kopecks = paid_request(desk)
    assert "duty_slip" in desk.papers.of_number(number)
    pdf = desk.papers.render(number, "duty_slip")
    said = squeezed("".join(pages_text(pdf)))
    for detail in ("9901234561", "990101001", "03100643000000017300", "18810807100010034110"):
        assert detail in said
    assert "УИН(код0,еслинеприсвоен)0" in said
    assert "требуетпроверки" in said  # the catalogue is not sure of the sum
    with pypdfium2.PdfDocument(BytesIO(pdf)) as document:
        picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()
    code = zxingcpp.read_barcode(
        picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    assert code is not None
    fields = dict(part.split("=", 1) for part in code.bytes.decode().split("|")[1:])
    assert fields["Sum"] == str(kopecks)
    assert fields["PersonalAcc"] == "03100643000000017300"
    assert fields["CBC"] == "18810807100010034110"
    assert fields["Purpose"].startswith("Госпошлина: Паспорт")
    assert "UIN" not in fields


def test_a_noted_number_of_the_charge_is_on_the_slip(desk: Desk) -> None:
    """УИН comes from what was noted of the payment."""
    desk.payees.install(requisites(desk))
    number, kopecks = paid_request(desk)
    uin = "18810999000000000011"
    desk.payments.note(number, way="online", paid_on=TODAY, kopecks=kopecks, uin=uin)
    assert uin in squeezed("".join(pages_text(desk.papers.render(number, "duty_slip"))))


def test_nobody_pays_by_requisites_of_last_year(desk: Desk, tmp_path: Path) -> None:
    """A reprint says what was printed until the office enters others: then the slip is new."""
    desk.payees.install(requisites(desk))
    number, _ = paid_request(desk)
    desk.papers.save(number, "duty_slip", tmp_path / "1.pdf")
    desk.payees.install(requisites(desk, "2027-01-01").replace("45348000", "45301000"))
    said = squeezed("".join(pages_text(desk.papers.render(number, "duty_slip"))))
    assert "45301000" in said
    assert "01.01.2027" in said


def test_a_correction_of_the_same_day_is_printed(desk: Desk, tmp_path: Path) -> None:
    """Other requisites with the same date, a УИН noted since: the slip is new, else it stays."""
    desk.payees.install(requisites(desk))
    number, kopecks = paid_request(desk)

    def said() -> str:
        desk.papers.save(number, "duty_slip", tmp_path / "slip.pdf", replace=True)
        return squeezed("".join(pages_text((tmp_path / "slip.pdf").read_bytes())))

    assert "45348000" in said()
    desk.payees.install(requisites(desk).replace("45348000", "45301000"))
    assert "45301000" in said()
    uin = "18810999000000000011"
    desk.payments.note(number, way="online", paid_on=TODAY, kopecks=kopecks, uin=uin)
    assert uin in said()
    assert len(slips_kept(desk, number)) == 3
    said()
    desk.payees.install(requisites(desk))
    assert "45348000" in said()
    kept = slips_kept(desk, number)
    assert len(kept) == len({body["subject"] for body in kept}) == 4
    assert check_desk(desk).clean


def slips_kept(desk: Desk, number: str) -> list[dict[str, Any]]:
    """The bodies of the slips of a request the journal holds."""
    rows = [row.data for row in desk.journal.entries(0, 100_000) if row.data is not None]
    bodies = [entry.body for entry in map(decode, rows) if entry.kind == papers.KEPT]
    return [body for body in bodies if body["subject"].startswith(number)]


def test_a_slip_that_waits_is_printed_by_what_holds_then(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And kept so; one that cannot be made any more fails with its sentence and stops no other."""
    monkeypatch.setenv("PATH", "")
    desk.payees.install(requisites(desk))
    number, _ = paid_request(desk)
    corrected = requisites(desk).replace("45348000", "45301000")
    slip = desk.papers.enqueue(number, "duty_slip")
    desk.payees.install(corrected)
    desk.settings.save(replace(desk.settings.load(), out_folder=str(tmp_path)))
    desk.print_queue.run()
    assert desk.print_queue.job(slip.id).state == "printed"
    first, second = slips_kept(desk, number)
    assert "45348000" in first["content"]
    assert "45301000" in second["content"]

    passports = desk.catalogue.services["passport-rf"].authority
    other = desk.catalogue.services["egrn-info"].authority
    for text, words in (
        (corrected.replace(passports, other), "не внесены"),
        (desk.payees.blank(), "не проверены"),
    ):
        desk.payees.install(corrected)
        slip = desk.papers.enqueue(number, "duty_slip")
        after = desk.papers.enqueue(number, "application")
        desk.payees.install(text)
        desk.print_queue.run()
        failed = desk.print_queue.job(slip.id)
        assert (failed.state, words in (failed.error or "")) == ("failed", True)
        assert desk.print_queue.job(after.id).state == "printed"
    desk.payees.install(corrected)
    desk.print_queue.retry(slip.id)
    desk.print_queue.run()
    assert desk.print_queue.job(slip.id).state == "printed"


def test_what_stops_a_slip_is_said(desk: Desk) -> None:
    """Requisites that are absent or unchecked, a missing code of the budget, a free service."""
    number, _ = paid_request(desk)
    with pytest.raises(SlipRefused, match="не проверены"):
        desk.papers.enqueue(number, "duty_slip")
    desk.payees.install(requisites(desk).replace("passport-rf", "kad-prava"))
    with pytest.raises(SlipRefused, match="нет КБК"):
        desk.papers.render(number, "duty_slip")
    other = desk.catalogue.services["egrn-info"].authority
    passports = desk.catalogue.services["passport-rf"].authority
    desk.payees.install(requisites(desk).replace(passports, other))
    with pytest.raises(PayeeUnknown, match="F9, «Реквизиты для квитанций»"):
        desk.papers.render(number, "duty_slip")
    free = register(desk, "soc-card").number.text
    assert "duty_slip" not in desk.papers.of_number(free)
    with pytest.raises(UnknownPaper):
        desk.papers.render(free, "duty_slip")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('inn = "9901234561"', 'inn = "9901234562"', "ИНН"),
        ('bic = "004525988"', 'bic = "904525988"', "БИК"),
        ("as_of = 2026-11-01", 'as_of = "вчера"', "нужна дата"),
        ("passport-rf", "no-such", "такой услуги в каталоге нет"),
        ("kpp", "kppp", "неизвестный ключ"),
        ("УФК по г.", "УФК " * 60, "длиннее 160"),
        ("[[payee]]", "[payee]", "payee"),
        ('title = "', "title = ", "TOML"),
    ],
)
def test_mistakes_in_the_file_are_named(desk: Desk, before: str, after: str, words: str) -> None:
    """Nothing of a wrong file is taken."""
    kept = desk.payees.all()
    with pytest.raises(PayeesRefused, match=words):
        desk.payees.install(requisites(desk).replace(before, after))
    assert desk.payees.all() == kept


def test_the_blank_names_every_authority_that_is_paid(desk: Desk) -> None:
    """It reads as it is; nothing in it is paid by until a person takes the mark away."""
    found = read_payees(blank_file(desk.catalogue), desk.catalogue)
    paid = {
        one.authority
        for one in desk.catalogue.services.values()
        if any(duty.kind != "free" for duty in one.duties)
    }
    assert set(found) == paid
    assert all(one.verify for one in found.values())
    with pytest.raises(RequisitesRefused, match="нужен непустой текст"):
        read_payees(blank_file(desk.catalogue).replace("verify =", "# verify ="), desk.catalogue)


def test_a_training_desk_has_requisites_of_nobody(tmp_path: Path) -> None:
    """The slip of a training desk comes out, marked as all its papers."""
    made = DeskHome(Home(tmp_path / "training"), StandingClock(), SeededRandom(7))
    set_up(made.home, None, IVANOVA, PASSWORD, made.clock, made.random, CHEAP)
    with made.login() as desk:
        number, _ = paid_request(desk)
        said = "".join(pages_text(desk.papers.render(number, "duty_slip")))
    assert "учебный получатель" in said
    assert "УЧЕБНЫЙ" in said


def typed_requisites(**changes: object) -> dict[str, object]:
    """What a supervisor types for the passports of the catalogue."""
    return {
        "title": "УФК по г. Учебному (Отдел МВД, л/с 04000000000)",
        "inn": "9901234561",
        "kpp": "990101001",
        "account": "0310 0643 0000 0001 7300",
        "bank": "ГУ БАНКА РОССИИ ПО ЦФО//УФК",
        "bic": "004525988",
        "corr": "40102810545370000003",
        "oktmo": "45348000",
        "as_of": "2026-11-01",
        "kbk.passport-rf": "188 1 08 07100 01 0034 110",
        "checked": True,
        **changes,
    }


def test_typed_requisites_are_checked_as_those_of_a_file(desk: Desk) -> None:
    """All mistakes at once, by name, and nothing is taken; whole ones are as from the file."""
    authority = desk.catalogue.services["passport-rf"].authority
    wrong = typed_requisites(inn="9901234562", bank="", as_of="вчера", **{"kbk.passport-rf": "18"})
    kept = desk.payees.all()
    with pytest.raises(PayeesRefused) as refused:
        desk.payees.enter(authority, wrong)
    assert refused.value.mistakes.keys() == {"inn", "bank", "as_of", "kbk.passport-rf"}
    with pytest.raises(PayeesRefused, match="длиннее 160"):
        desk.payees.enter(authority, typed_requisites(title="УФК " * 60))
    assert desk.payees.all() == kept

    entered = desk.payees.enter(authority, typed_requisites())
    (from_file,) = read_payees(requisites(desk), desk.catalogue).values()
    assert entered == from_file
    (one,) = (one for one in desk.payees.paid() if one.authority == authority)
    assert (one.state, one.entry()["as_of"]) == ("ready", "2026-11-01")
    assert desk.payees.enter(authority, one.entry()) == entered
    assert one.uncoded == len(one.services) - 1


def test_what_nobody_compared_may_have_gaps_and_prints_nothing(desk: Desk) -> None:
    """It waits for the person who compares it with what is published."""
    number, _ = paid_request(desk)
    authority = desk.catalogue.services["passport-rf"].authority
    desk.payees.enter(authority, typed_requisites(bic="", as_of="", checked=False))
    (one,) = (one for one in desk.payees.paid() if one.authority == authority)
    assert (one.state, "as_of" in one.entry()) == ("unchecked", False)
    with pytest.raises(SlipRefused, match=r"не сверены.*F9"):
        desk.papers.render(number, "duty_slip")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.SPECIALIST, False), (Role.FIELD, False), (Role.SUPERVISOR, True)],
)
def test_only_a_supervisor_enters_requisites(desk: Desk, role: Role, *, allowed: bool) -> None:
    """By the screen and by a file alike; everybody may see them."""
    authority = desk.catalogue.services["passport-rf"].authority
    text = requisites(desk)
    desk.operator = replace(desk.operator, role=role)
    assert desk.payees.paid()
    for act in (
        lambda: desk.payees.enter(authority, typed_requisites()),
        lambda: desk.payees.install(text),
    ):
        if allowed:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_the_number_of_a_charge_is_told_before_anything_is_paid(desk: Desk) -> None:
    """Its check digit is proven; it is journalled, stands on the slip and is taken back by 0."""
    desk.payees.install(requisites(desk))
    number, _ = paid_request(desk)
    first, second = "18810999000000000011", "18810999000000000027"

    def said() -> str:
        return squeezed("".join(pages_text(desk.papers.render(number, "duty_slip"))))

    before = desk.journal.position().seq
    desk.payments.charge(number, " ")
    desk.payments.charge(number, "0")
    assert desk.journal.position().seq == before
    with pytest.raises(NothingToRecord, match="контрольный разряд"):
        desk.payments.charge(number, "18810999000000000012")
    desk.payments.charge(number, "1881 0999 0000 0000 0011")
    desk.payments.charge(number, first)
    assert desk.journal.position().seq == before + 1
    assert (desk.payments.uin_of(number), first in said()) == (first, True)
    assert desk.payments.of(number) == ()
    desk.payments.charge(number, second)
    assert second in said()
    desk.payments.charge(number, "0")
    assert desk.payments.uin_of(number) == ""
    assert "УИН(код0,еслинеприсвоен)0" in said()
    assert check_desk(desk).clean


def test_the_command_line_enters_them(
    made: DeskHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`payees blank`, `install`, `list`; `print --paper payment`; a file is not written over."""
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)

    def run(*words: str) -> int:
        return main(["--home", str(made.home.root), *words])

    with made.login() as desk:
        number, _ = paid_request(desk)
        text = requisites(desk)
    blank, filled, slip = tmp_path / "blank.toml", tmp_path / "filled.toml", tmp_path / "slip.pdf"
    filled.write_text(f'{text.rstrip()}\n"zagran-10" = ""\n', "utf-8")
    assert run("payees", "blank", "--out", str(blank)) == DONE
    assert run("payees", "blank", "--out", str(blank)) == USAGE
    assert run("payees", "install", str(blank)) == DONE
    assert run("print", number, "--paper", "payment", "--out", str(slip)) == REFUSED
    assert not slip.exists()
    assert "не проверены" in capsys.readouterr().err
    assert run("payees", "install", str(filled)) == DONE
    assert run("print", number, "--paper", "payment", "--out", str(slip)) == DONE
    assert slip.read_bytes().startswith(b"%PDF")
    assert "mfc-desk payment uin" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", StringIO("18810999000000000011\n"))
    assert run("payment", "uin", number, "--json") == DONE
    assert json.loads(capsys.readouterr().out)["uin"] == "18810999000000000011"
    monkeypatch.setattr("sys.stdin", StringIO("18810999000000000012\n"))
    assert run("payment", "uin", number) == REFUSED
    capsys.readouterr()
    assert run("payees", "list") == DONE
    assert "КБК услуг: 1 из 2" in capsys.readouterr().out
    assert run("payees", "list", "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    assert [one["inn"] for one in told.values()] == ["9901234561"]
    assert run("payees", "install", str(tmp_path / "none.toml")) == USAGE


def test_who_prints_a_slip_from_the_terminal_is_asked_for_its_number(
    made: DeskHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As the screen asks: the one that is known stands by; a wrong one prints nothing."""
    monkeypatch.setenv("MFC_DESK_PASSWORD", PASSWORD)
    with made.login() as desk:
        number, _ = paid_request(desk)
        desk.payees.install(requisites(desk))
    slip = tmp_path / "slip.pdf"
    words = ["--home", str(made.home.root), "print", number, "--paper", "payment"]
    near, far = os.openpty()
    with os.fdopen(far) as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", terminal)

        def typed(text: str) -> int:
            os.write(near, f"{text}\n".encode())
            return main([*words, "--out", str(slip), "--replace"])

        assert typed("18810999000000000012") == REFUSED
        assert not slip.exists()
        assert typed("18810999000000000011") == DONE
        assert "[0]: " in capsys.readouterr().err
        said = squeezed("".join(pages_text(slip.read_bytes())))
        assert "18810999000000000011" in said
        assert typed("") == DONE
        assert "[18810999000000000011]: " in capsys.readouterr().err
    os.close(near)
    with made.login() as desk:
        assert desk.payments.uin_of(number) == "18810999000000000011"


def test_details_survive_the_store(desk: Desk) -> None:
    """What is read back is what was entered."""
    entered = desk.payees.install(requisites(desk))
    assert desk.payees.all() == entered
    (payee,) = entered.values()
    assert isinstance(payee, Payee)
    assert replace(payee, kbk=dict(payee.kbk)) == payee
