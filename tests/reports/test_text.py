from decimal import Decimal

import pytest

from ems.reports import text
from ems.reports.models import Report, ReportSection
from ems.reports.text import changed, clinging, numeral, part, parts, per_cent, standing, written
from ems.reports.values import Value

KNOWN = {
    "a.done": Value("a.done", "检查", "次", 1203, 1100, 1203),
    "a.rate": Value("a.rate", "按期率", "%", Decimal("98.6"), Decimal("97.4"), 70, 71),
    "a.none": Value("a.none", "满意率", "%", None, None, 0, 0),
}


def report(*sections):
    rows = [
        ReportSection(seq=n, code=f"s{n}", level=level, title=title, text=said, ready=True)
        for n, (level, title, said) in enumerate(sections)
    ]
    return Report(year=2026, title="总结", sections=rows)


def one(said):
    whole = report((1, "一节", said))
    return part(whole.sections[0], "一、一节", KNOWN, whole)


def test_an_unknown_number_is_a_fault_of_the_text():
    found = one("完成{{a.gone}}次。")
    assert found.faults == ["没有“a.gone”这个数字"]
    assert found.text == "完成【待补充】次。"


def test_a_number_that_is_not_there_yet_is_lacking_and_no_fault_of_the_text():
    found = one("满意率{{a.none}}%。")
    assert (found.faults, found.lacks) == ([], ["“满意率”没有数值"])
    assert found.text == "满意率【待补充】%。"


@pytest.mark.parametrize("marker", ["【待补充】", "【待填】", "【待 3 季度数据】"])
def test_a_place_left_open_is_a_fault(marker):
    assert one(f"建成示范街{marker}条。").faults == [f"文中有“{marker}”"]


def test_a_rate_written_as_pieces_is_a_fault():
    assert one("按期办结{{a.rate}}件。").faults == ["“按期率”的单位是“%”，与文中不符"]


def test_pieces_written_as_a_rate_are_a_fault():
    assert one("检查率{{a.done}}%。").faults == ["“检查”的单位是“次”，与文中不符"]


def test_a_rate_with_its_per_cent_is_right():
    found = one("按期率{{ a.rate }}%，比上年提高。")
    assert (found.faults, found.text) == ([], "按期率98.6%，比上年提高。")


def test_a_section_without_text_is_a_fault():
    whole = report((1, "一节", ""), (1, "二节", "有"))
    assert part(whole.sections[0], "一、一节", {}, whole).faults == ["没有正文"]


def test_a_heading_over_others_needs_no_text_and_no_sign_off():
    whole = report((1, "一节", ""), (2, "一节一", "有"))
    whole.sections[0].ready = False
    found = part(whole.sections[0], "一、一节", {}, whole)
    assert (found.faults, found.unready) == ([], False)


def test_a_section_that_is_not_ready_bars():
    whole = report((1, "一节", "有"))
    whole.sections[0].ready = False
    assert standing(parts(whole, {})).unready == 1


def test_numbers_stand_bare_in_a_document():
    assert one("检查{{a.done}}次。").text == "检查1203次。"


def test_the_measure_and_the_mark_stay_with_their_number():
    (pieces,) = one("检查{{a.done}}次，按期率{{a.rate}}%。").paragraphs
    assert [(p.text, p.tail) for p in pieces if p.mark] == [("1203", "次，"), ("98.6", "%。")]


@pytest.mark.parametrize(
    ("rest", "kept"),
    [("件，其中", "件，"), ("。", "。"), ("", ""), ("{{a}}", ""), (" 件", ""), ("%）。后", "%）。"), ("家【", "家")],
)
def test_what_clings_to_a_number(rest, kept):
    assert clinging(rest) == kept


def test_headings_are_numbered_and_begin_anew():
    whole = report((0, "", "导语"), (1, "甲", ""), (2, "乙", "有"), (2, "丙", "有"), (1, "丁", ""), (2, "戊", "有"))
    assert [p.heading for p in parts(whole, {})] == ["", "一、甲", "（一）乙", "（二）丙", "二、丁", "（一）戊"]


def test_the_year_stands_in_headings_and_text():
    whole = report((1, "{{year}}年工作", "为{{next_year}}年打基础"))
    (found,) = parts(whole, {})
    assert (found.heading, found.text) == ("一、2026年工作", "为2027年打基础")


def test_paragraphs_are_parted_by_lines():
    assert len(one("一是。\n\n二是。\n三是。").paragraphs) == 3


@pytest.mark.parametrize(("n", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_numerals(n, said):
    assert numeral(n) == said


CHANGES = (
    (47, 43, "家", "增 4 家，+9.3%"),
    (39, 43, "家", "减 4 家，-9.3%"),
    (43, 43, "家", "持平"),
    (5, 0, "家", "增 5 家"),
    (5, None, "家", ""),
    (Decimal("98.6"), Decimal("97.4"), "%", "提高 1.2 个百分点"),
    (90, Decimal("97.4"), "%", "下降 7.4 个百分点"),
)


@pytest.mark.parametrize(("now", "then", "unit", "said"), CHANGES)
def test_a_change_in_words(app, now, then, unit, said):
    assert changed(Value("x", "x", unit, now, then, 0)) == said


def test_per_cent_of_nothing_is_not_said():
    assert per_cent(Value("x", "x", "家", 5, 0, 0)) == ""
    assert text.briefly(Value("x", "x", "家", 5, 0, 0)) == "+5"


@pytest.mark.parametrize(("n", "said"), [(None, "—"), (0, "0"), (12345, "12345"), (Decimal("98.60"), "98.60")])
def test_numbers_as_written(n, said):
    assert written(n) == said


@pytest.fixture(autouse=True)
def context(app):
    """The sentences are Chinese."""
