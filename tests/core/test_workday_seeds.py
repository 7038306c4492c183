"""The seeded calendar, counted by hand: no code of the product takes part."""

import csv
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from tests.core.notices import VECTORS, YEARS

SEED = Path(__file__).resolve().parents[2] / "seeds" / "workdays.csv"


@pytest.fixture(scope="module")
def exceptions():
    with SEED.open(encoding="utf-8") as lines:
        return {date.fromisoformat(row["day"]): row["works"] == "1" for row in csv.DictReader(lines)}


def works(day, exceptions):
    return exceptions.get(day, day.isoweekday() <= 5)


def every_day(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize(("year", "expected"), YEARS)
def test_a_year_has_as_many_working_days_as_its_notice_says(year, expected, exceptions):
    assert sum(works(day, exceptions) for day in every_day(date(year, 1, 1), date(year, 12, 31))) == expected


@pytest.mark.parametrize(("start", "n", "expected"), VECTORS)
def test_working_days_lead_to_the_day_the_notices_give(start, n, expected, exceptions):
    day = date.fromisoformat(start)
    while n:
        day += timedelta(days=1)
        n -= works(day, exceptions)
    assert day == date.fromisoformat(expected)


def test_only_days_unlike_their_weekday_are_listed_in_order(exceptions):
    assert list(exceptions) == sorted(exceptions)
    assert not [day for day, worked in exceptions.items() if worked == (day.isoweekday() <= 5)]
    assert {day.year for day in exceptions} == set(range(2004, 2027))


def test_it_says_of_every_day_what_the_published_notices_say(exceptions):
    differ = [
        day
        for day in every_day(date(2004, 1, 1), date(2026, 12, 31))
        if works(day, exceptions) != chinese_calendar.is_workday(day)
    ]
    assert differ == []
