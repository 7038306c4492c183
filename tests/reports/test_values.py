from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from ems.complaints.models import Complaint
from ems.complaints.rules import REGISTER
from ems.core import dates, module
from ems.core.db import db
from ems.core.figures import Figure
from ems.reports.values import along, before, exact, months, value, values
from tests.factories import complaint

RECEIVED = "complaints.received"


def figure(code=RECEIVED):
    return module.figures()[code]


def extra(rows=lambda p: select(Complaint).where(Complaint.received_on.between(*p)), **known):
    return Figure("complaints.tried", "试算", "件", rows, **known)


def listed(user, **args):
    return REGISTER.count(user, {"figure": RECEIVED, **args})


def test_a_reader_is_told_only_of_rows_in_their_reach(cases, cast):
    assert value(figure(), 2026, cast["liaison"]).value == 1
    assert value(figure(), 2026, cast["leader"]).value == 3


def test_the_report_counts_the_whole_zone(cases):
    found = value(figure(), 2026)
    assert (found.value, found.rows, found.unit) == (3, 3, "件")


def test_the_number_is_that_of_the_list_behind_it(cases, cast):
    for who in ("leader", "liaison", "chief"):
        assert value(figure(), 2026, cast[who]).value == listed(cast[who], year="2026")


def test_a_day_that_has_not_come_counts_in_neither(cases, cast, units):
    complaint(units, cast, received_on=date(2026, 12, 1))
    assert value(figure(), 2026).value == 3
    assert listed(cast["leader"], year="2026") == 3


def test_the_year_after_it_is_over_counts_to_its_end(cases, cast, units):
    complaint(units, cast, received_on=date(2026, 12, 1))
    with dates.stopped(datetime(2027, 2, 1, 9)):
        assert value(figure(), 2026).value == 4 == listed(cast["leader"], year="2026")


def test_the_report_is_set_against_the_whole_year_before(cases):
    assert value(figure(), 2026).last_year == 2


def test_a_screen_is_set_against_the_same_days_of_the_year_before(cases, cast):
    assert value(figure(), 2026, cast["leader"]).last_year == 1
    assert listed(cast["leader"], year="2025", through="2025-11-24") == 1


def test_a_leap_day_is_set_against_the_last_of_february():
    assert before((date(2024, 1, 1), date(2024, 2, 29))) == (date(2023, 1, 1), date(2023, 2, 28))


def test_a_ratio_names_the_whole_it_is_a_share_of(cases):
    found = value(figure("complaints.answered_rate"), 2026)
    assert (found.value, found.of, found.rows) == (0, 3, 0)


def test_a_ratio_of_nothing_is_no_number(cast):
    found = value(figure("complaints.answered_rate"), 2026)
    assert (found.value, found.of) == (None, 0)


def test_a_ratio_is_per_cent_with_one_decimal(cases):
    third = extra(lambda p: select(Complaint).where(Complaint.title == "street的投诉"), whole=RECEIVED)
    assert value(third, 2026).value == Decimal("33.3")


def test_a_ratio_whose_whole_is_gone_is_no_number(cases):
    assert value(extra(whole="gone.for_good"), 2026).value is None


def test_no_rows_counted_are_a_number_and_not_a_blank(cast):
    assert value(figure(), 2026).value == 0


def test_a_sum_is_exact(cases):
    total = extra(measure=lambda: func.sum(Complaint.extended_days) + Decimal("0.10"))
    assert value(total, 2026).value == Decimal("0.1")


FORMS = (
    (None, None),
    (3, 3),
    (2.0, 2),
    (98.6, Decimal("98.6")),
    (Decimal("1200.00"), 1200),
    ("0.10", Decimal("0.1")),
)


@pytest.mark.parametrize(("told", "kept"), FORMS)
def test_numbers_have_one_form(told, kept):
    assert exact(told) == kept
    assert type(exact(told)) is type(kept)


def test_the_months_of_a_year_add_up_to_it(cases):
    found = months(figure(), 2026)
    assert found == [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]
    assert sum(found) == value(figure(), 2026).value


def test_a_year_that_is_over_has_twelve_months_and_one_to_come_has_none(cases):
    assert months(figure(), 2025) == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert months(figure(), 2027) == []


def test_what_stands_at_a_months_end_is_not_added_up(cases):
    standing = extra(lambda p: select(Complaint).where(Complaint.received_on <= p[1]), state=True)
    assert months(standing, 2026) == [2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 5]


def test_a_readers_months_are_of_their_reach(cases, cast):
    assert sum(months(figure(), 2026, cast["liaison"])) == 1


@pytest.mark.parametrize("who", ["leader", "liaison"])
def test_twelve_months_take_no_more_statements_than_one(cases, cast, who):
    seen, user, taken = [], cast[who], []
    db.session.refresh(user)
    event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    for year in (2025, 2026):
        seen.clear()
        months(figure(), year, user)
        taken.append(len(seen))
    seen.clear()
    along(figure(), user, [dates.year(2025)])
    assert taken == [len(seen), len(seen)]


def test_the_year_before_is_the_sealed_one_where_there_is_one(sealed, cast, units):
    complaint(units, cast, received_on=date(2026, 7, 7))
    with dates.stopped(datetime(2027, 3, 1, 9)):
        found = value(figure(), 2027)
        assert (found.last_year, found.sealed_last) == (3, True)
        screen = value(figure(), 2027, cast["leader"])
        assert screen.sealed_last is False


def test_without_a_sealed_report_the_year_before_is_as_it_is_now(report):
    found = values(module.figures().values(), 2027)
    assert (found[RECEIVED].last_year, found[RECEIVED].sealed_last) == (3, False)


def test_a_period_may_end_on_any_day(cases):
    assert along(figure(), None, [(date(2026, 1, 1), date(2026, 4, 30))]) == [(1, None)]
