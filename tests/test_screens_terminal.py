"""The program in a real terminal of 80×24, from the wizard to the receipt, by keyboard alone."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from sync.clock import SystemClock
from tests.desk_home import PASSWORD, DeskHome, set_up_home, ticket_file
from tests.terminal import WAIT_S, Terminal, need_tmux, terminal
from tests.test_screens_keys import TWIN

NUMBER = re.compile(r"00317-\d{6}-\d\d-\d")


def pdf_text(file: Path) -> str:
    """All text of a PDF."""
    document = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def set_up(pane: Terminal, ticket: Path) -> None:
    """The wizard: a ticket from a file, then the supervisor."""
    pane.until("Первый запуск · шаг 1 из 3")
    pane.keys("Enter")
    pane.until("Файл билета")
    pane.write(str(ticket))
    pane.keys("Enter")
    pane.until("Пароль ещё раз")
    for text in ("ivanova", "Иванова А. П.", PASSWORD, PASSWORD):
        pane.write(text)
        pane.keys("Enter")
    pane.until("Обращения за сегодня")


def choose_folder(pane: Terminal, folder: Path) -> None:
    """Настройки: papers go to a folder."""
    pane.keys("F9")
    pane.until("Папка для бумаг")
    pane.keys("Down", "Down", "Down", "Enter")
    pane.until("Enter сохранить")
    pane.write(str(folder))
    pane.keys("Enter")
    pane.until("Сотрудники")
    pane.keys("Escape")
    pane.until("Обращения за сегодня")


def answer(pane: Terminal, *texts: str) -> None:
    """Answer field after field; an empty text passes a field over."""
    for text in texts:
        if text:
            pane.write(text)
            pane.keys("Enter")
        else:
            pane.keys("Tab")


@pytest.mark.slow
def test_from_the_wizard_to_the_receipt_by_keyboard_alone(tmp_path: Path) -> None:
    """A ticket, a supervisor, a folder for papers, a whole request: the printed number is it."""
    need_tmux()
    ticket, papers = tmp_path / "desk.mfct", tmp_path / "papers"
    ticket.write_bytes(ticket_file(valid_until=SystemClock().now() + timedelta(days=1)))
    papers.mkdir()
    with terminal(tmp_path, tmp_path / "desk") as pane:
        set_up(pane, ticket)
        choose_folder(pane, papers)
        pane.keys("F2")
        pane.until("шаг 1 из 5")
        pane.write("соцк")
        pane.keys("Enter")
        pane.until("шаг 2 из 5")
        pane.write("Образцова Мария Петровна")
        pane.until("Новый заявитель: Образцова")
        pane.keys("C-n")
        pane.until("Дата рождения")
        answer(pane, "12031956", "", "", "")
        pane.until("Документ заявителя 2/")
        answer(
            pane, "", "9920", "123456", "02042001", "УВД г. Приморска", "990001", "90010020093", ""
        )
        pane.until("Адрес и связь 3/")
        answer(pane, "г. Приморск, ул. Учебная, д. 7, кв. 15", "", "9000000000", "", "")
        pane.until("Льгота 4/")
        for letters, chosen in (("перв", "первичное"), ("труд", ".*труд")):
            pane.write(letters)
            pane.until("Enter выбрать")
            pane.keys("Enter")
            pane.until(rf"\[ {chosen}", gone="Enter выбрать")
        answer(pane, "удостоверение РФ 99 № 123456", "")
        pane.until("Карта 5/")
        answer(pane, "берёза", "", "")
        pane.until("Получение результата 6/")
        pane.keys("Tab")
        pane.until("шаг 4 из 5")
        pane.keys("Space", "Space", "C-NPage")
        shown = pane.until("шаг 5 из 5")
        assert "Нужно решить" not in shown
        pane.keys("Enter")
        pane.until("Обращение принято")
        pane.until("напечатано")
        pane.keys("C-e")
        card = NUMBER.search(pane.until("Состояние и сроки"))
        assert card is not None
        pane.keys("Escape", "Escape")
        assert "не отправлено 1" in pane.until("Обращения за сегодня")
        pane.keys("F10")
        pane.until("Не отправлено: 1 обращение")
        pane.keys("Enter")
        pane.until("exit=0")
    (receipt,) = papers.glob("*.pdf")
    text = pdf_text(receipt)
    assert card.group() in text
    assert "Образцова Мария Петровна" in text


@pytest.mark.slow
def test_keys_work_in_both_layouts_of_a_real_terminal(tmp_path: Path) -> None:
    """Ctrl+L and Ctrl+Д, Ctrl+P and Ctrl+З, as a terminal sends them."""
    need_tmux()
    home = set_up_home(tmp_path / "desk").home
    with terminal(tmp_path, home.root) as pane:
        log_in(pane)
        for lock in ("\x0c", "\x1b[1076;5u"):
            pane.raw(lock)
            pane.until("Экран закрыт")
            pane.write(PASSWORD)
            pane.keys("Enter")
            pane.until("Обращения за сегодня")
        for palette in ("\x10", "\x1b[1079;5u"):
            pane.raw(palette)
            pane.until("Что сделать?")
            pane.keys("Escape")
            pane.until("Обращения за сегодня")


@pytest.mark.slow
def test_killed_program_gives_back_what_was_typed_a_second_before(tmp_path: Path) -> None:
    """SIGKILL while a field is being typed: the next start offers the draft at that field."""
    need_tmux()
    made = set_up_home(tmp_path / "desk")
    with terminal(tmp_path, made.home.root) as pane:
        log_in(pane)
        pane.keys("F2")
        pane.until("шаг 1 из 5")
        pane.write("соцк")
        pane.keys("Enter")
        pane.until("шаг 2 из 5")
        pane.write("Образцова Мария Петровна")
        pane.until("Новый заявитель: Образцова")
        pane.keys("C-n")
        pane.until("Дата рождения")
        answer(pane, "12031956", "")
        pane.write("г. Приморск")
        until_kept(made, "г. Приморск")
        pane.write("а")
        pane.kill_program()
        pane.until("exit=137")
    with terminal(tmp_path, made.home.root) as pane:
        log_in(pane, home_screen="Осталось незаконченное обращение")
        pane.keys("Enter")
        pane.until(r"Место рождения +\[ г\. Приморск")
        pane.write(" 7")
        shown = pane.until(r"Место рождения +\[ г\. Приморска? 7")
        assert "12.03.1956" in shown


def until_kept(made: DeskHome, typed: str) -> None:
    """Wait until the draft on the disk holds what was typed into the birth place."""
    end = time.monotonic() + WAIT_S
    with made.login() as desk:
        while time.monotonic() < end:
            drafts = [desk.intake.open(row.id).document for row in desk.intake.drafts()]
            if any(one.get("applicant", {}).get("birth_place") == typed for one in drafts):
                return
            time.sleep(0.1)
    raise AssertionError("never kept")


def log_in(pane: Terminal, home_screen: str = "Обращения за сегодня") -> None:
    """The login, then whatever stands first."""
    pane.until("Имя для входа")
    pane.write("ivanova")
    pane.keys("Enter")
    pane.write(PASSWORD)
    pane.keys("Enter")
    pane.until(home_screen)


def test_terminal_sequences_of_both_layouts_are_the_bound_keys() -> None:
    """Control bytes and the extended keys of modern terminals read as ctrl+letter and its twin."""
    for latin, cyrillic in TWIN.items():
        if latin in "hijm[":
            continue  # Backspace, Tab and Enter are the same bytes
        for sent, wanted in (
            (chr(ord(latin) - 96), f"ctrl+{latin}"),
            (f"\x1b[{ord(latin)};5u", f"ctrl+{latin}"),
            (f"\x1b[{ord(cyrillic)};5u", f"ctrl+{cyrillic}"),
        ):
            keys = [event.key for event in XTermParser().feed(sent) if isinstance(event, Key)]
            assert keys == [wanted]
