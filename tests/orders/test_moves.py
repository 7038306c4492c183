from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import duties
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.workflow import Step
from ems.orders import work
from ems.orders.models import Order, OrderKind, OrderState
from ems.orders.moves import WORKFLOW
from ems.orders.work import Point, Recheck
from tests.conftest import TODAY
from tests.factories import order

DUE = date(2026, 12, 9)


def due(row):
    return {duty.rule: duty for duty in duties.of(Order, [row.id])[row.id]}


def fire(name, user, row, remark=""):
    WORKFLOW.fire(name, user, row, remark)
    db.session.commit()


def reported(units, cast, **known):
    return order(units, cast, state=OrderState.CORRECTED, corrected_on=TODAY, **known)


@pytest.mark.parametrize("who", ["hotline", "auditor", "leader", "outsider", "liaison", "sysadmin"])
def test_who_may_not_report_a_correction(app, cast, units, who):
    row = order(units, cast)
    with pytest.raises(Refused):
        WORKFLOW.fire("report", cast[who], row)


@pytest.mark.parametrize("who", ["officer", "liaison", "leader", "auditor"])
def test_who_may_not_confirm_a_correction(app, cast, units, who):
    with pytest.raises(Refused):
        WORKFLOW.fire("confirm", cast[who], reported(units, cast))


def test_nobody_verifies_what_they_issued(app, cast, units):
    row = reported(units, cast, issued_by_id=cast["chief"].id)
    with pytest.raises(Refused, match="您是下达人"):
        WORKFLOW.fire("confirm", cast["chief"], row)


def test_nobody_verifies_what_they_follow_up(app, cast, units):
    row = reported(units, cast, officer_id=cast["chief"].id)
    with pytest.raises(Refused, match="您是经办人"):
        WORKFLOW.fire("confirm", cast["chief"], row)


def test_no_row_says_that_the_issuer_verified_it(app, cast, units):
    row = order(units, cast)
    row.verified_by_id = row.issued_by_id
    with pytest.raises(IntegrityError):
        db.session.commit()


def test_nobody_voids_what_they_issued(app, cast, units):
    row = order(units, cast, issued_by_id=cast["chief"].id)
    with pytest.raises(Refused, match="您是下达人"):
        WORKFLOW.fire("void", cast["chief"], row, "重复下达")


def test_an_order_does_not_end_before_somebody_looked(app, cast, units):
    with pytest.raises(Refused, match="还没有复查合格"):
        WORKFLOW.fire("close", cast["officer"], reported(units, cast))


def test_a_recheck_by_its_issuer_alone_does_not_end_it(app, cast, units):
    row = order(units, cast)
    found = Recheck(TODAY, (cast["officer"].id, None), frozenset(), passed=True, remark="看了")
    with pytest.raises(Refused, match="只有下达人本人"):
        work.recheck(row, cast["officer"], found)


def test_a_head_who_did_not_issue_it_confirms_and_ends_it(app, cast, units):
    row = reported(units, cast)
    fire("confirm", cast["chief"], row, "看了整改后照片和现场。")
    assert (row.state, row.closed_on, row.rechecked_on, row.passed) == (OrderState.CLOSED, TODAY, TODAY, True)
    assert row.verified_by_id == cast["chief"].id
    assert all(item.verified_on == TODAY for item in row.items)
    assert all(duty.met_on == TODAY for duty in due(row).values())


def test_the_days_of_an_order(app, cast, units):
    """Issued on 2026-11-24 for fifteen days; looked at again within five working days after."""
    named = due(order(units, cast))
    assert (named["ORDER_CORRECT"].due_on, named["ORDER_RECHECK"].due_on) == (DUE, date(2026, 12, 16))
    assert named["ORDER_RECHECK"].sentence == "整改期限 2026-12-09 + 5 个工作日 = 2026-12-16，依据本局工作制度"


def test_the_enterprise_bears_the_correction_and_we_the_recheck(app, cast, units):
    named = due(order(units, cast))
    assert (named["ORDER_CORRECT"].ours, named["ORDER_RECHECK"].ours) == (False, True)


def test_a_units_own_trouble_is_its_own_duty(app, cast, units):
    row = order(units, cast, kind=OrderKind.INTERNAL, enterprise_id=None, checker_id=None)
    named = due(row)
    assert set(named) == {"RECT_NC", "ORDER_RECHECK"}
    assert named["RECT_NC"].ours
    assert named["ORDER_RECHECK"].owner_id is None


def test_a_draft_has_no_days(app, cast, units):
    assert due(order(units, cast, state=OrderState.DRAFT)) == {}


def test_a_void_order_has_no_days(app, cast, units):
    row = order(units, cast)
    fire("void", cast["head"], row, "重复下达")
    assert due(row) == {}


def test_an_extension_moves_both_days(app, cast, units):
    row = order(units, cast, extension_asked=7, extension_by_id=cast["chief"].id)
    with pytest.raises(Refused, match="不能审批自己提出的申请"):
        WORKFLOW.fire("grant_extension", cast["chief"], row)
    fire("grant_extension", cast["head"], row, "设备未到货")
    named = due(row)
    assert named["ORDER_CORRECT"].due_on == row.ends_on == date(2026, 12, 16)
    assert named["ORDER_CORRECT"].sentence == "整改期限 2026-12-09 + 延长 7 日 = 2026-12-16，依据本局工作制度"
    assert named["ORDER_RECHECK"].due_on == date(2026, 12, 23)


def test_an_officer_does_not_grant_an_extension(app, cast, units):
    row = order(units, cast, extension_asked=7)
    with pytest.raises(Refused, match="不能“批准延期”"):
        WORKFLOW.fire("grant_extension", cast["officer"], row)


def test_a_denied_extension_leaves_the_day(app, cast, units):
    row = order(units, cast, extension_asked=7, extension_by_id=cast["officer"].id)
    fire("deny_extension", cast["chief"], row, "可以按期完成")
    assert (row.ends_on, row.extension_asked, row.extended_days) == (DUE, None, 0)


def test_no_extension_after_the_term(app, cast, units):
    row = order(units, cast, due_on=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="整改期限 2026-11-23 已过"):
        WORKFLOW.fire("ask_extension", cast["officer"], row)


def test_a_failed_recheck_asks_for_a_new_term_and_the_days_begin_anew(app, cast, units):
    row = order(units, cast)
    good = frozenset({row.items[0].id})
    work.recheck(
        row,
        cast["officer"],
        Recheck(TODAY, (cast["officer"].id, cast["head"].id), good, passed=False, remark="台账仍缺"),
    )
    db.session.commit()
    assert (row.state, due(row)["ORDER_RECHECK"].met_on) == (OrderState.FAILED, TODAY)
    row.due_on = date(2026, 12, 4)
    fire("reissue", cast["officer"], row, "限十日")
    assert (row.state, row.round, row.rechecked_on, row.passed) == (OrderState.ISSUED, 2, None, None)
    assert due(row)["ORDER_RECHECK"].due_on == date(2026, 12, 11)
    assert [item.due_on for item in row.items] == [DUE, date(2026, 12, 4)]


def test_what_is_not_enough_goes_back(app, cast, units):
    row = reported(units, cast)
    fire("send_back", cast["officer"], row, "照片看不出立柱")
    assert (row.state, row.corrected_on, due(row)["ORDER_CORRECT"].met_on) == (OrderState.ISSUED, None, None)


def test_an_order_without_points_is_not_issued(app, cast, units):
    row = order(units, cast, state=OrderState.DRAFT)
    row.items = []
    with pytest.raises(Refused, match="还没有写明要整改的问题"):
        WORKFLOW.fire("issue", cast["officer"], row)


def test_an_order_with_a_term_gone_by_is_not_issued(app, cast, units):
    row = order(units, cast, state=OrderState.DRAFT, due_on=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="已经过去"):
        WORKFLOW.fire("issue", cast["officer"], row)


def test_an_order_from_the_spot_is_issued_at_once(app, cast, units):
    made = work.issue(
        cast["officer"], [Point("漏")], DUE, unit_id=units["bureau"].id, party="织染厂", source="inspection:1"
    )
    db.session.commit()
    assert (made.no, made.state, made.issued_on, made.checker_id) == (
        "ZG-2026-0001",
        OrderState.ISSUED,
        TODAY,
        cast["officer"].id,
    )
    assert made.title == "责令限期整改 · 织染厂"
    assert db.session.scalars(select(Step.move)).all() == ["issue"]


def test_of_the_two_who_looked_it_is_the_one_who_did_not_issue_it(app, cast, units):
    row = order(units, cast)
    found = Recheck(TODAY, (cast["officer"].id, cast["head"].id), frozenset(), passed=True, remark="到位")
    work.recheck(row, cast["officer"], found)
    db.session.commit()
    assert (row.state, row.verified_by_id, row.corrected_on) == (OrderState.CLOSED, cast["head"].id, TODAY)


def test_a_finding_is_not_ordered_twice(app, cast, units):
    row = order(units, cast)
    for item in row.items:
        item.source = "inspection_finding:1"
    with pytest.raises(IntegrityError):
        db.session.commit()


def test_what_failed_asks_for_a_new_term(app, cast, units):
    row = order(units, cast, state=OrderState.FAILED, rechecked_on=TODAY, passed=False)
    asked = due(row)["ORDER_REISSUE"]
    assert (asked.owner_id, asked.met_on, asked.due_on) == (cast["officer"].id, None, date(2026, 11, 27))
    row.due_on = TODAY + timedelta(days=9)
    fire("reissue", cast["officer"], row)
    assert "ORDER_REISSUE" not in due(row)
