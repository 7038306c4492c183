"""One search for all, within what the reader sees."""

import pytest

from tests import factories


@pytest.fixture
def rows(units, cast):
    return [
        factories.complaint(units, cast, title="肖家河沿街异味", unit_id=units["bureau"].id),
        factories.complaint(units, cast, title="石羊场异味扰民", unit_id=units["street"].id),
        factories.complaint(units, cast, title="工地夜间噪声", unit_id=units["street"].id),
    ]


def found(page, rows):
    return [row.title for row in rows if row.no in page]


def test_nothing_out_of_reach_is_found(rows, seen):
    assert found(seen("outsider", "/search?q=异味"), rows) == []
    assert found(seen("liaison", "/search?q=异味"), rows) == ["石羊场异味扰民"]


def test_administrators_find_no_case(rows, seen):
    for name in ("sysadmin", "secadmin", "logadmin"):
        assert found(seen(name, "/search?q=异味"), rows) == []


def test_a_word_of_two_characters_is_found(rows, seen):
    assert found(seen("officer", "/search?q=异味"), rows) == ["肖家河沿街异味", "石羊场异味扰民"]


def test_the_newest_stands_first(rows, seen):
    page = seen("officer", "/search?q=异味")
    assert page.index(rows[1].no) < page.index(rows[0].no)


def test_the_exact_number_stands_before_all_else(units, cast, rows, seen):
    later = factories.complaint(units, cast, text=f"与 {rows[0].no} 同一事项")
    page = seen("officer", f"/search?q={rows[0].no.lower()}")
    assert page.index(f"/complaints/{rows[0].id}") < page.index(f"/complaints/{later.id}")


def test_what_is_not_there_is_said(rows, seen):
    assert "没有找到“土星环”" in seen("officer", "/search?q=土星环")


def test_no_question_gives_no_rows(rows, seen):
    assert found(seen("officer", "/search"), rows) == []
    assert found(seen("officer", "/search?q=%20"), rows) == []


@pytest.mark.parametrize("words", ["'", '"', "%", "_", "*", "a OR b", "(", "TS-", "\\", "' OR 1=1 --", "异" * 300])
def test_no_words_break_it(rows, seen, words):
    seen("officer", f"/search?q={words.replace('%', '%25').replace('#', '%23')}")


def test_what_is_typed_is_text_and_not_markup(rows, seen):
    assert "<script>x" not in seen("officer", "/search?q=<script>x")


def test_more_than_a_handful_leads_to_the_list(units, cast, seen):
    for _n in range(9):
        factories.complaint(units, cast, title="同样的异味")
    assert "只列出最近的 8 条" in seen("officer", "/search?q=异味")
