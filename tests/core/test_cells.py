"""What a cell means: days in every form, digits of every width, characters nobody sees."""

from collections import Counter
from datetime import date, datetime

import pytest

from ems.core import cells
from ems.core.cells import Converted, Order

DAY = date(2019, 8, 5)


def wide(text):
    """As an input method in full width types it."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() or c == "*" else c for c in text)


def read(value, order=Order.OPEN):
    counts = Counter()
    return cells.day(value, order, counts), counts


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("2019-08-05", None),
        ("2019-8-5", Converted.LOOSE),
        ("2019.8.5", Converted.DOTTED),
        ("2019/08/05", Converted.SLASHED),
        ("2019年8月5日", Converted.WRITTEN),
        ("20190805", Converted.COMPACT),
        (wide("2019-08-05"), Converted.WIDE),
        ("2019-08-05 21:41:26", Converted.TIMED),
        (" 2019-08-05", None),
        ("2019-08-05\u200b", Converted.UNSEEN),
        (date(2019, 8, 5), Converted.CELL),
        (datetime(2019, 8, 5, 9, 30), Converted.CELL),
        (43682.0, Converted.SERIAL),
        (20190805.0, Converted.COMPACT),
    ],
)
def test_a_day_is_read_in_every_form_a_clerk_writes_and_each_is_counted(said, how):
    found, counts = read(said)
    assert (found.day, found.doubtful) == (DAY, False)
    assert set(counts) == ({how} if how else set())


@pytest.mark.parametrize("said", ["2026-13-02", "2019-02-30", "长期", "2019.8", 2019.8, "19.8.5", "今年八月", True])
def test_what_is_no_day_is_not_guessed(said):
    found, _counts = read(said)
    assert found is None or found.day is None


@pytest.mark.parametrize("blank", ["", "  ", None, "\u200b"])
def test_an_empty_cell_is_no_wrong_day(blank):
    assert read(blank)[0] is None


def test_month_first_is_read_as_the_column_shows():
    assert cells.order_of(["12/31/2016", "03/04/2019", "2019-08-05"]) is Order.MONTH
    clear, counts = read("12/31/2016", Order.MONTH)
    assert (clear.day, clear.doubtful) == (date(2016, 12, 31), False)
    assert counts == {Converted.AMERICAN: 1}


def test_a_day_that_could_be_read_both_ways_is_read_and_doubted():
    found, _counts = read("03/04/2019", Order.MONTH)
    assert (found.day, found.doubtful) == (date(2019, 3, 4), True)
    assert read("05/05/2019", Order.MONTH)[0].doubtful is False  # both ways are one day


def test_day_first_is_read_so_where_the_column_shows_it():
    assert cells.order_of(["31/12/2016", "03/04/2019"]) is Order.DAY
    assert read("03/04/2019", Order.DAY)[0].day == date(2019, 4, 3)


def test_a_column_with_both_orders_tells_nothing_and_is_not_read():
    assert cells.order_of(["31/12/2016", "12/31/2016"]) is Order.MIXED
    assert read("03/04/2019", Order.MIXED)[0].day is None


def test_a_column_that_does_not_tell_is_read_month_first_and_doubted():
    assert cells.order_of(["03/04/2019"]) is Order.OPEN
    assert read("03/04/2019")[0] == cells.Day(date(2019, 3, 4), doubtful=True)


def test_letters_become_half_width_and_chinese_punctuation_stays():
    counts = Counter()
    assert cells.word(wide("天府123号，A座（二期）"), counts) == "天府123号，A座（二期）"
    assert counts == {Converted.WIDE: 1}


def test_what_nobody_sees_goes_and_is_counted():
    counts = Counter()
    assert cells.word("\u200b青山\u00a0化工　厂 ", counts) == "青山 化工 厂"
    assert counts == {Converted.UNSEEN: 1, Converted.BLANK: 1}


def test_a_long_text_keeps_its_blanks_and_digits():
    counts = Counter()
    said = wide("第1次反映\n第2次\u00a0反映")
    assert cells.seen(f"　{said} ", counts) == said
    assert not counts


def test_a_phone_in_full_width_is_counted_once():
    counts = Counter()
    assert cells.code(wide("194****0217"), counts) == "194****0217"
    assert counts == {Converted.WIDE: 1}


def test_a_number_of_eighteen_digits_is_not_written_as_a_power():
    counts = Counter()
    assert cells.exact(915101005641120000.0, counts) == "915101005641120000"
    assert counts == {Converted.NUMBER: 1}


@pytest.mark.parametrize(
    ("said", "meant"), [("1,234", "1234"), ("16天", "16"), (wide(" 4.5 "), "4.5"), (16.0, "16"), ("约五", "约五")]
)
def test_a_measure_loses_its_unit_and_its_commas_but_no_word_is_read_as_a_number(said, meant):
    assert cells.number(said, Counter()) == meant
