from datetime import date

import pytest
from hypothesis import given, strategies as st

from ems.core.reckon import in_force, reckon
from ems.core.rules import Roll, Rule, Span
from ems.core.why import explain, strip
from tests.core.test_calendar import SEEDED


def rule(offset, unit=Span.CALENDAR_DAY, roll=Roll.NONE, law="信访工作条例", article="23", **more):
    known = {"title": "", "title_en": "", "trigger": "受理日", "trigger_en": "acceptance", "also_law": "", "source": ""}
    known |= {"also_article": "", "code": "X", "leads": []}
    return Rule(offset=offset, unit=unit, roll=roll, law=law, article=article, **known | more)


def due(rule, start, extra=0):
    return f"{reckon(rule, date.fromisoformat(start), extra, SEEDED)[0]}"


@pytest.mark.parametrize(
    ("offset", "unit", "roll", "start", "extra", "end"),
    [
        (15, "calendar_day", "none", "2026-09-18", 0, "2026-10-03"),
        (15, "calendar_day", "next", "2026-09-18", 0, "2026-10-08"),
        (60, "calendar_day", "none", "2026-01-01", 30, "2026-04-01"),
        (-60, "calendar_day", "previous", "2026-12-09", 0, "2026-10-10"),
        (-60, "calendar_day", "previous", "2026-12-03", 0, "2026-09-30"),
        (1, "month", "none", "2026-01-31", 0, "2026-02-28"),
        (-1, "month", "none", "2026-03-31", 0, "2026-02-28"),
        (1, "year", "none", "2024-02-29", 0, "2025-02-28"),
        (5, "working_day", "none", "2026-09-18", 0, "2026-09-24"),
        (5, "working_day", "none", "2026-09-18", 1, "2026-09-28"),
        (None, "document", "none", "2026-09-18", 0, "2026-09-18"),
    ],
)
def test_due_days(offset, unit, roll, start, extra, end):
    assert due(rule(offset, Span(unit), Roll(roll)), start, extra) == end


@pytest.mark.parametrize(
    ("rule", "start", "extra", "sentence"),
    [
        (
            rule(5, Span.WORKING_DAY), "2026-09-18", 0,
            "受理日 2026-09-18 + 5 个工作日（9月20日调休上班）= 2026-09-24，依据《信访工作条例》第23条",
        ),
        (
            rule(5, Span.WORKING_DAY, law=""), "2026-09-30", 0,
            "受理日 2026-09-30 + 5 个工作日（10月10日调休上班，10月1日、2日、5日、6日、7日放假）= 2026-10-13",
        ),
        (
            rule(15, roll=Roll.NEXT), "2026-09-18", 0,
            "受理日 2026-09-18 + 15 日 = 2026-10-03，遇休息日顺延至 2026-10-08，依据《信访工作条例》第23条",
        ),
        (
            rule(60, article="34"), "2026-01-01", 30,
            "受理日 2026-01-01 + 60 日 + 延长 30 日 = 2026-04-01，依据《信访工作条例》第34条",
        ),
        (
            rule(-60, roll=Roll.PREVIOUS, law=""), "2026-12-03", 0,
            "受理日 2026-12-03 − 60 日 = 2026-10-04，遇休息日提前至 2026-09-30",
        ),
        (
            rule(2, Span.WORKING_DAY, law=""), "2026-12-31", 0,
            "受理日 2026-12-31 + 2 个工作日 = 2027-01-04（暂定：放假安排尚未公布）",
        ),
        (rule(0, law=""), "2026-12-31", 0, "受理日 2026-12-31"),
        (rule(0, law="", source="本局承诺"), "2026-12-31", 0, "受理日 2026-12-31，依据本局承诺"),
        (
            rule(30, law="排污许可管理条例", article="14", also_law="生态环境法典", also_article="182"),
            "2026-09-01", 0,
            "受理日 2026-09-01 + 30 日 = 2026-10-01，依据《排污许可管理条例》第14条、《生态环境法典》第182条",
        ),
    ],
)  # fmt: skip
def test_it_says_why(app, rule, start, extra, sentence):
    assert explain(reckon(rule, date.fromisoformat(start), extra, SEEDED)[1]) == sentence


def test_the_version_in_force_on_the_start_day_counts():
    old, new = rule(5, since=date(1900, 1, 1)), rule(3, since=date(2026, 8, 15))
    assert in_force([old, new], date(2026, 8, 14)) is old
    assert in_force([old, new], date(2026, 8, 15)) is new
    assert in_force([new], date(2020, 1, 1)) is new


rolling = st.sampled_from([Roll.NEXT, Roll.PREVIOUS])
days = st.dates(date(2024, 1, 1), date(2026, 10, 1))


@given(st.integers(-90, 90), st.sampled_from([Span.CALENDAR_DAY, Span.MONTH]), rolling, days)
def test_a_period_that_rolls_never_ends_on_a_day_off(offset, unit, roll, start):
    end, why, _at = reckon(rule(offset, unit, roll), start, 0, SEEDED)
    assert SEEDED.works(end)
    assert (why["due"] >= why["end"]) if roll is Roll.NEXT else (why["due"] <= why["end"])


@given(st.integers(0, 90), days, days)
def test_who_starts_later_is_not_due_sooner(offset, a, b):
    first, second = sorted((a, b))
    one = rule(offset, Span.CALENDAR_DAY, Roll.NEXT)
    assert reckon(one, first, 0, SEEDED)[0] <= reckon(one, second, 0, SEEDED)[0]


def test_the_strip_shows_two_whole_weeks_with_the_day_in_it():
    cells = strip({"start": "2026-09-18", "due": "2026-09-24"}, date(2026, 11, 24), SEEDED)
    assert (len(cells), cells[0].day.weekday()) == (14, 0)
    assert [c.day for c in cells if c.is_due] == [date(2026, 9, 24)]
    assert [c.day for c in cells if c.is_start] == [date(2026, 9, 18)]
    assert [c.day for c in cells if c.swapped] == [date(2026, 9, 20)]
