"""The parts of the screens by themselves: masks, lists, numbers, wrapped pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from mfc_desk.exchange.views import LinkView
from mfc_desk.screens.form.undo import FieldUndo, Step
from mfc_desk.screens.wording import bytes_text, count_text, link_words, moment_text, span_text
from mfc_desk.widgets.big_number import SHAPES, large
from mfc_desk.widgets.line_editor import LineEditor, lay_out
from mfc_desk.widgets.pairs_page import Heading, Pair, PairsPage, Remark
from mfc_desk.widgets.rows import PAGE, Cell, Column, Row, RowList, fit

MASKS = ("00.00.0000", "000-000-000 00", "000-000", "0000")
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)


@given(st.sampled_from(MASKS), st.text(alphabet="0123456789", max_size=11))
def test_mask_lays_digits_out_and_keeps_every_one(mask: str, digits: str) -> None:
    """All digits stay in order, in their places, and laying out twice changes nothing."""
    laid = lay_out(mask, digits)
    assert "".join(c for c in laid if c.isdigit()) == digits
    assert lay_out(mask, laid) == laid
    if len(digits) <= mask.count("0"):
        assert len(laid) <= len(mask)


@given(st.sampled_from(MASKS), st.text(max_size=20))
def test_mask_never_loses_what_was_typed(mask: str, typed: str) -> None:
    """Text that does not fit the mask stays as it was."""
    laid = lay_out(mask, typed)
    assert laid == typed or [c for c in laid if c.isdigit()] == [c for c in typed if c.isdigit()]


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
def test_fitted_text_has_exactly_its_width(text: str, width: int, right: bool) -> None:
    """Cut with an ellipsis or filled with spaces, wide characters counted as two."""
    assert cell_len(fit("".join(c for c in text if c.isprintable()), width, right)) == width


def test_large_number_spells_every_digit_in_three_lines() -> None:
    """Digits and dashes have shapes of one height, and all lines are equally long."""
    lines = large("00317-000428-51-4")
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) < 76
    assert len({SHAPES[digit] for digit in "0123456789"}) == 10


class _One(App[None]):
    """A program of one widget."""

    def __init__(self, widget: RowList | PairsPage | LineEditor) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        """The widget alone."""
        yield self.widget


def _rows(count: int) -> list[Row]:
    return [Row(str(i), (Cell(f"строка {i}"),)) for i in range(count)]


async def test_list_holds_a_page_at_most_and_keeps_its_place() -> None:
    """A page of rows; the cursor stays on its key when rows above it come."""
    rows = RowList(Column(), empty="пусто")
    async with _One(rows).run_test(size=(40, 10)) as pilot:
        rows.show(_rows(500))
        assert len(rows.rows) == PAGE
        await pilot.press("down", "down", "pagedown", "end", "home", "down")
        assert rows.key == "1"
        rows.show([Row("new", (Cell("новая"),)), *_rows(5)])
        assert (rows.key, rows.cursor) == ("1", 2)
        rows.show([])
        assert rows.key is None
        await pilot.press("enter", "down")


async def test_list_asks_for_another_page_at_its_edges() -> None:
    """Down on the last row and up on the first one."""
    rows = RowList(Column())
    wanted: list[int] = []

    class Asked(_One):
        def on_row_list_page_wanted(self, event: RowList.PageWanted) -> None:
            wanted.append(event.step)

    async with Asked(rows).run_test(size=(40, 10)) as pilot:
        rows.show(_rows(2))
        rows.focus()
        await pilot.press("up", "down", "down")
        assert wanted == [-1, 1]


async def test_page_wraps_answers_in_their_column() -> None:
    """A long answer goes on under itself, not under the question."""
    page = PairsPage(
        [
            Heading("Адрес"),
            Pair("Где", "г. Приморск, ул. Учебная, д. 7, кв. 15"),
            Remark("✓", "да"),
        ],
        label=10,
    )
    async with _One(page).run_test(size=(30, 10)):
        lines = [strip.text for strip in page.app.screen._compositor.render_strips()]
        assert lines[0].startswith("Адрес")
        assert lines[1].startswith("Где        г.")
        assert lines[2].startswith("           ")


async def test_masked_line_lays_out_a_burst_of_digits() -> None:
    """Digits typed or pasted in one go fall into their places."""
    line = LineEditor(mask="00.00.0000")
    async with _One(line).run_test() as pilot:
        await pilot.press(*"12031956")
        assert line.value == "12.03.1956"
        line.value = ""
        line.insert_text_at_cursor("12031956")
        assert line.value == "12.03.1956"


def test_undo_takes_back_the_field_at_hand_then_the_last_left_one() -> None:
    """First what is being typed, then fields in the order they were left."""
    undo = FieldUndo()
    undo.entered("a", "")
    undo.left("a", "1")
    undo.entered("b", "x")
    assert undo.back("b", "xy") == Step("b", "x")
    assert undo.back("b", "x") == Step("a", "")
    assert undo.back("b", "x") is None


def test_words_for_times_counts_and_sizes() -> None:
    """Times of the office's clock; Russian plurals; spans never below zero."""
    assert moment_text(NOW, MOSCOW, NOW) == "12:05"
    assert moment_text(NOW - timedelta(days=1), MOSCOW, NOW) == "20.11 12:05"
    assert span_text(timedelta(hours=3, minutes=55)) == "3 ч 55 м"
    assert span_text(timedelta(seconds=-5)) == "0 с"
    words = [count_text(n, "запись", "записи", "записей") for n in (1, 3, 11, 25)]
    assert words == ["1 запись", "3 записи", "11 записей", "25 записей"]
    assert (bytes_text(640), bytes_text(12_698), bytes_text(3_250_586)) == (
        "640 Б",
        "12,4 КБ",
        "3,1 МБ",
    )


def _link(**changes: object) -> LinkView:
    facts: dict[str, object] = {
        "online": False,
        "since": NOW - timedelta(hours=3),
        "unsent": 14,
        "on_this_disk_only": 14,
        "deadline": NOW + timedelta(days=2, hours=6),
        "next_try": None,
        "last_contact": None,
        "clock_skew_s": None,
        "frozen": None,
        "last_error": None,
        "progress": None,
    }
    return LinkView(**(facts | changes))  # type: ignore[arg-type]  # members of a view


def test_header_says_link_unsent_and_deadline() -> None:
    """As in the drawings: «нет связи с 09:05», «не отправлено 14 · до 23.11 18:05»."""
    words = link_words(_link(), MOSCOW, NOW)
    assert (words.state, words.text) == ("down", "нет связи с 09:05")
    assert words.waiting == "не отправлено 14 · до 23.11 18:05"
    up = link_words(_link(online=True, unsent=0, deadline=None), MOSCOW, NOW)
    assert (up.state, up.waiting) == ("up", "всё отправлено")
    assert link_words(_link(online=None), MOSCOW, NOW).state == "unknown"
    assert link_words(_link(frozen="…"), MOSCOW, NOW).text == "обмен остановлен"
    assert link_words(_link(), MOSCOW, NOW, training=True).state == "own"
