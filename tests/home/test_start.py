"""The start page: my duties by urgency, what came back, how the units stand."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from ems.complaints.models import Channel, ComplaintState, Identity
from ems.complaints.moves import WORKFLOW
from ems.core.db import db
from ems.core.people import Deputy, Post, Role
from ems.core.rules import Bearer, Rule
from ems.core.workflow import step
from tests import factories
from tests.conftest import TODAY


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_nobody_sees_anothers_duties(case, seen):
    row = case(0)
    for name in ("liaison", "outsider", "hotline", "sysadmin", "logadmin", "secadmin"):
        assert row.no not in seen(name), name


def test_an_administrator_sees_no_case_whatever_the_day(case, seen):
    row = case(-9, handler=None)
    for name in ("sysadmin", "secadmin", "logadmin"):
        page = seen(name)
        assert row.no not in page
        assert row.title not in page


def test_the_heading_counts_what_is_due_and_late(case, seen):
    for left in (-1, -2, 0, 0, 0, 2, 9):
        case(left)
    page = plain(seen("officer"))
    assert "officer，今天 3 件到期，另有 2 件已逾期" in page
    for part in ("2 已逾期", "3 今日到期", "1 三日内", "1 三日后"):
        assert part in page


def test_a_day_without_duties_says_so(cast, seen):
    assert "今天没有到期的事项" in seen("officer")


def test_duties_stand_by_urgency_with_reason_and_verb(case, seen):
    late, today = case(-1, state=ComplaintState.ANSWERED), case(0, state=ComplaintState.INVESTIGATING)
    page = seen("officer")
    assert page.index(late.no) < page.index(today.no)
    assert "文件载明日期 2026-11-24，依据本局工作制度" in page
    assert f'href="/complaints/{today.id}" aria-label="填写处理情况：投诉 {today.no}"' in page


def test_each_number_of_the_rail_opens_its_list(case, seen):
    rows = {"late": case(-1), "today": case(0), "soon": case(3), "later": case(4)}
    page = seen("officer")
    for name, row in rows.items():
        assert f'href="/duties?when={name}"' in page
        listed = seen("officer", f"/duties?when={name}")
        assert [other.no for other in rows.values() if other.no in listed] == [row.no], name


def test_what_lies_months_ahead_is_neither_shown_nor_counted_but_has_a_list_of_its_own(case, seen):
    near, far = case(90), case(91)
    page, listed = seen("officer"), seen("officer", "/duties")
    for text in (page, listed):
        assert (near.no in text, far.no in text) == (True, False)
    assert "全部 1 件" in page
    ahead = seen("officer", "/duties?when=ahead")
    assert (near.no in ahead, far.no in ahead) == (False, True)


def test_what_was_done_this_month_is_counted_and_listed(case, seen):
    row = case(0)
    row.answered_on = TODAY
    db.session.commit()
    assert "1 本月已办" in plain(seen("officer"))
    assert row.no in seen("officer", "/duties?when=done")


def test_a_question_nobody_can_ask_is_passed_over(case, seen):
    row = case(0)
    assert row.no in seen("officer", "/duties?when=never&unit=x&page=-1&rule=")


def test_a_list_below_is_for_heads_alone(case, seen):
    row = case(0, handler="chief")
    assert row.no in seen("head", "/duties?scope=below")
    assert row.no not in seen("hotline", "/duties?scope=below")


def test_the_duties_of_nobody_stand_on_the_chiefs_page(case, seen):
    row = case(0, handler=None, unit="brigade")
    assert row.no in seen("chief")
    assert row.no not in seen("officer")


def test_a_deputy_sees_the_duties_of_who_is_away(cast, case, seen):
    row = case(0)
    assert row.no not in seen("auditor")
    days = {"since": TODAY, "until": TODAY + timedelta(days=1)}
    db.session.add(Deputy(absent_id=cast["officer"].id, deputy_id=cast["auditor"].id, **days))
    db.session.commit()
    assert row.no in seen("auditor")


def test_a_duty_out_of_reach_is_not_shown(cast, case, seen):
    row = case(0, handler="outsider", unit="street")
    assert row.no not in seen("outsider")


def test_long_lists_show_the_first_and_lead_to_the_rest(case, seen):
    for _n in range(15):
        case(0)
    assert "再看其余 3 件" in seen("officer")
    assert plain(seen("officer", "/duties")).count("按文件载明期限办理 ·") == 15


def queries(app, call):
    said = []
    note = lambda *args: said.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(said)


@pytest.mark.parametrize("name", ["officer", "head", "leader", "hotline"])
def test_the_start_page_costs_as_much_for_twenty_duties_as_for_one(app, cast, case, as_, name):
    client = as_(cast[name])

    def page():
        assert client.get("/", follow_redirects=True).status_code == 200

    case(-1, handler=name if name != "leader" else "officer")
    page()
    one = queries(app, page)
    for left in range(-10, 10):
        case(left, handler=name if name != "leader" else "officer")
    assert queries(app, page) == one
    assert one <= 45, one


def returned(cast, row, by="hotline", **known):
    db.session.add(step(row, cast[by], "地点属石羊街道，请改派。", **known))
    db.session.commit()


def test_what_was_sent_back_comes_to_the_one_who_answers_for_it(cast, case, seen):
    row = case(3, state=ComplaintState.ASSIGNED)
    returned(cast, row, move="reject_return", before="returned", after="assigned")
    page = seen("officer")
    assert "原因：地点属石羊街道，请改派。" in page
    assert "没有退回的事项" in seen("chief")


def test_a_no_to_what_was_asked_comes_back_too(cast, case, seen):
    row = case(3, state=ComplaintState.INVESTIGATING)
    returned(cast, row, by="head", move="deny_extension", before="investigating", after="investigating")
    assert "原因：地点属" in seen("officer")


def test_a_step_forward_has_not_come_back(cast, case, seen):
    row = case(3, state=ComplaintState.INVESTIGATING)
    returned(cast, row, move="investigate", before="assigned", after="investigating")
    assert "没有退回的事项" in seen("officer")


def test_what_i_sent_back_myself_has_not_come_back_to_me(cast, case, seen):
    row = case(3, state=ComplaintState.INVESTIGATING)
    returned(cast, row, by="officer", move="investigate_more", before="handled", after="investigating")
    assert "没有退回的事项" in seen("officer")


def test_it_has_not_come_back_when_it_went_on_since(cast, case, seen):
    row = case(3, state=ComplaintState.INVESTIGATING)
    returned(cast, row, move="reject_return", before="returned", after="assigned")
    returned(cast, row, by="officer", move="investigate", before="assigned", after="investigating")
    assert "没有退回的事项" in seen("officer")


def test_every_move_the_rule_of_return_names_there_is():
    names = {move.name for move in WORKFLOW.moves}
    assert {"reject_return", "deny_extension", "return_order", "investigate_more"} <= names


def test_units_are_red_yellow_or_green_by_their_own_duties(case, seen):
    case(-3, unit="street", handler=None)
    case(2, unit="other", handler=None)
    page = plain(seen("head"))
    assert "红 石羊街道办事处 1 件逾期，最长 3 天" in page
    assert "黄 桂溪街道办事处 1 件三日内到期" in page
    assert "红 1 · 黄 1 · 绿 3" in page


def test_a_chief_sees_the_lights_of_the_units_below_only(case, seen):
    case(-3, unit="street", handler=None)
    page = plain(seen("chief", "/units/lights"))
    assert "石羊街道办事处" not in page
    assert "环境监察大队" in page


def test_who_heads_nothing_sees_no_lights(cast, seen):
    assert "单位红黄绿" not in seen("officer")
    assert "没有由您负责的单位" in seen("officer", "/units/lights")


def test_what_enterprises_owe_is_counted_apart(cast, case, seen):
    rule = db.session.scalars(select(Rule).where(Rule.code == "DOC_DUE")).one()
    rule.bearer = Bearer.ENTERPRISE
    db.session.commit()
    row = case(-3)
    page = plain(seen("head"))
    assert "红 0" in page
    assert f"{rule.title} 1 件" in page
    assert row.no in seen("head", "/duties?bearer=others&rule=DOC_DUE")
    assert "没有到期的事项" in seen("officer")


def test_buttons_begin_what_the_reader_may_begin(cast, seen):
    assert 'href="/complaints/new"' in seen("hotline")
    assert 'href="/complaints/new"' not in seen("liaison")
    assert 'href="/complaints/new"' not in seen("auditor")


def test_figures_of_the_year_are_links_to_their_rows(cast, case, seen, units):
    factories.complaint(units, cast, channel=Channel.LETTER)
    page = seen("officer")
    assert re.search(r'href="/complaints/\?figure=complaints\.\w+&amp;year=2026', page)


def test_somebody_of_two_posts_has_both_lines(cast, units, case, seen):
    db.session.add(Post(user_id=cast["leader"].id, unit_id=units["zone"].id, role=Role.OFFICER, since=TODAY))
    db.session.commit()
    row = case(0, handler="leader")
    page = seen("leader")
    assert row.no in page
    assert "环保专干" in page
    assert "局领导" in page


def test_confidential_cases_show_their_headline_inside_the_house(case, seen):
    row = case(0, identity=Identity.CONFIDENTIAL, title="要求保密的事项")
    assert "要求保密的事项" in seen("officer")
    assert row.masked_name not in seen("officer")
