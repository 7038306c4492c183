import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from ems.core.tables import Grid
from ems.settings import notice, notice_sheet
from tests.settings.notices import NEXT, TEXTS

SEEDS = Path(__file__).parents[2] / "seeds" / "workdays.csv"
MONDAY_TO_FRIDAY = range(5)
NATIONAL = [date(2027, 10, n) for n in range(1, 8)]


@pytest.fixture(autouse=True)
def words(app):
    """Sentences are spoken by an application."""


def seeded(year):
    with SEEDS.open(encoding="utf-8") as file:
        rows = [(date.fromisoformat(r["day"]), r["works"] == "1", r["note"]) for r in csv.DictReader(file)]
    return {day: (works, note) for day, works, note in rows if day.year == year}


def unlike(days):
    """Only those that are not what their weekday says."""
    return {d: told for d, told in days.items() if told[0] != (d.weekday() in MONDAY_TO_FRIDAY)}


def test_the_calendar_comes_with_every_year_from_2004_to_2026():
    assert all(len(seeded(year)) > 15 for year in range(2004, 2027))


def worked(days):
    return {day: works for day, (works, _note) in days.items()}


@pytest.mark.parametrize("year", sorted(TEXTS))
def test_the_text_of_a_notice_comes_to_the_days_that_are_seeded(year):
    read = notice.read(TEXTS[year])
    assert (read.year, read.faults, read.warnings) == (year, [], [])
    found = unlike(read.days)
    assert {day: works for day, (works, _note) in found.items()} == {
        d: works for d, (works, _n) in seeded(year).items()
    }
    together = "国庆节、中秋节"  # of a holiday that two share the notice does not say which day is whose
    for day, (_works, note) in found.items():
        assert note == seeded(year)[day][1] or together in note
    assert list(notice.missing(read.days)) == []


def test_what_nobody_must_do_is_no_holiday():
    assert date(2024, 2, 9) not in notice.read(TEXTS[2024]).days


@pytest.mark.parametrize(
    "text",
    [
        "2027年国庆节：10月1日至7日放假",
        "2027年10月1日（周五）至7日（周四）放假调休，共7天。",
        "2027 年 国庆节 ： 10 月 1 日 — 10 月 7 日 休息",
        "２０２７年国庆节：１０月１日～７日放假",
        "2027年国庆节10月1-7日放假",
        "国庆节：2027-10-01至2027-10-07放假",
        "2027年国庆节：10月1日至\n7日放假调休",
    ],
)
def test_a_span_is_read_however_it_is_written(text):
    read = notice.read(text)
    assert (sorted(read.days), read.faults, read.year) == (NATIONAL, [], 2027)


def test_a_span_may_go_over_the_end_of_a_month_and_of_a_year():
    assert len(notice.read(TEXTS[2025]).days) == 1 + 8 + 2 + 3 + 5 + 1 + 3 + 8 + 2
    told = "2019年元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。"
    implied = "2019年放假安排。元旦：12月30日至1月1日放假调休，共3天。12月29日（星期六）上班。"
    for text in (told, implied):
        read = notice.read(text)
        assert (read.year, read.faults, read.warnings) == (2019, [], [])
        assert sorted(read.days) == [date(2018, 12, 29), date(2018, 12, 30), date(2018, 12, 31), date(2019, 1, 1)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10月1日至7日放假", "没有写哪一年"),
        ("2027年2月30日放假", "没有 2 月 30 日这一天"),
        ("2027年国庆节：10月1日至7日", "没有说放假还是上班"),
        ("2027年10月1日放假。10月1日上班", "既写了放假，又写了上班"),
        ("2027年5月1日至6月30日放假", "不像一个假期"),
        ("2027年5月5日至1日放假", "不像一个假期"),
        ("2027年：9日上班", "没有写月份"),
        ("国庆节放七天", "没有读到任何放假或上班的日子"),
        ("", "没有读到任何放假或上班的日子"),
    ],
)
def test_what_cannot_be_told_is_a_fault_and_not_a_guess(text, why):
    assert why in " ".join(notice.read(text).faults)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2027年10月9日（周五）上班", "2027-10-09 写的是周五，按日历是周六"),
        ("2027年10月1日（星期天）至7日（周四）放假", "2027-10-01 写的是周天，按日历是周五"),
        ("2027年10月1日至6日放假，共7天", "写的是共 7 天，按日期是 6 天"),
    ],
)
def test_what_does_not_agree_with_itself_is_a_warning(text, why):
    read = notice.read(text)
    assert (read.faults, len(read.warnings)) == ([], 1)
    assert why in read.warnings[0]


def test_a_holiday_of_which_nothing_is_said_is_named():
    assert list(notice.missing(notice.read(NEXT).days)) == []
    assert list(notice.missing(notice.read(NEXT.replace("六、中秋节", "六、")).days)) == ["中秋节"]


@given(
    st.dictionaries(st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.sampled_from([True, False, None]), min_size=1)
)
def test_what_is_written_a_day_a_line_is_read_back(days):
    told = {day: (works, "国庆节") for day, works in days.items()}
    read = notice.read(notice.written(told))
    assert (read.faults, read.days) == ([], told)


@given(st.text(alphabet="2027年一二元旦春节10月日至、（）周放假上班。-/\n 共天号", max_size=200))
def test_no_text_brings_it_down(text):
    read = notice.read(text, 2027)
    assert read.days or read.faults


def sheet(*rows, name="安排.xlsx", year=None):
    return notice_sheet.read(name, [Grid("Sheet1", [list(row) for row in rows], [])], year)


TOLD = "10月1日至7日放假调休，共7天。10月9日（周六）上班。"
FORMS = {
    "a day a row": [
        ["日期", "放假或上班", "名称"],
        *([day, "放假", "国庆节"] for day in NATIONAL),
        ["2027/10/9", "上班", "国庆节"],
    ],
    "a span in a cell": [
        ["日期", "类型", "节日"],
        ["2027年10月1日至7日", "休", "国庆节"],
        ["2027年10月9日（周六）", "班", "国庆节"],
    ],
    "from and until": [
        ["名称", "开始日期", "结束日期", "安排"],
        ["国庆节", "2027-10-01", "2027-10-07", "放假"],
        ["国庆节", "2027-10-09", "", "上班"],
    ],
    "a holiday a row": [
        ["2027年放假安排"],
        ["节日", "放假时间", "调休上班日期", "天数"],
        ["国庆节", "10月1日至7日", "10月9日（周六）", "7天"],
    ],
    "the notice itself": [["国务院办公厅关于2027年部分节假日安排的通知"], [f"七、国庆节：{TOLD}"]],
    "name and text": [["2027年"], ["国庆节", TOLD]],
}


@pytest.mark.parametrize("rows", FORMS.values(), ids=FORMS)
def test_sheets_are_read_in_the_forms_people_have(rows):
    read = sheet(*rows)
    assert (read.sound, read.notice.year or 2027) == (True, 2027)
    told = dict.fromkeys(NATIONAL, (False, "国庆节")) | {date(2027, 10, 9): (True, "国庆节调休")}
    assert read.notice.days == told


def test_the_year_may_stand_in_the_name_of_the_file():
    read = sheet(["节日", "放假时间"], ["国庆节", "10月1日至7日"], name="2027年放假安排.xlsx", year=2030)
    assert sorted(read.notice.days) == NATIONAL


def test_what_is_wrong_in_a_sheet_is_said_of_its_cell():
    rows = (
        ("十月一日", "放假"),
        ("2027-10-32", "放假"),
        ("2027-10-02", ""),
        ("2027-10-03", "放假"),
        ("2027-10-03", "上班"),
    )
    read = sheet(["日期", "类型"], *rows)
    assert not read.sound
    assert [(finding.address, finding.trouble) for finding in read.findings] == [
        ("A2", "日期看不懂。"),
        ("A3", "没有 10 月 32 日这一天。"),
        ("B4", "没有写明放假还是上班。"),
        ("A6", "2027-10-03 既写了放假，又写了上班。"),
    ]
