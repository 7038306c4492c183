from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from ems.complaints.models import Channel, ComplaintState
from ems.core import dates, settle
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.rules import Bearer, Kind, LocalRule, Rule, Span
from ems.settings import recount, rules, work
from ems.settings.limits import timeline
from ems.settings.models import Recount
from tests.conftest import NOON, TODAY
from tests.factories import complaint

AS_IT_IS = {"offset": "60", "leads": "30、7、3、1、0、−1、−7", "head": "-1", "leader": "-7", "reason": "局务会决定"}


@pytest.fixture
def case(units, cast):
    """A petition taken up on Tuesday 2026-11-24."""
    return petition(units, cast)


def petition(units, cast, **known):
    about = {"channel": Channel.LETTER, "state": ComplaintState.ACCEPTED, "received_on": TODAY, "accepted_on": TODAY}
    return complaint(units, cast, **about | known)


def close(case):
    case.concluded_on = case.closed_on = TODAY - timedelta(days=5)
    case.state = ComplaintState.CLOSED
    db.session.commit()


def days(case):
    db.session.expire_all()
    return {d.rule: d.due_on for d in db.session.scalars(select(Duty).where(Duty.subject_id == case.id))}


def nothing_differs():
    return [row for model in settle.CLOCKS for row in settle.rebuild(db.session(), model, check=True)] == []


def law(code="PET_CLOSE"):
    return db.session.scalars(select(Rule).where(Rule.code == code).order_by(Rule.since.desc())).first()


@pytest.mark.parametrize("name", ["liaison", "officer", "hotline", "auditor", "secadmin", "logadmin"])
def test_who_may_not_see_a_rule(cast, as_, name):
    assert as_(cast[name]).get("/settings/rules/PET_CLOSE").status_code == 403


@pytest.mark.parametrize("name", ["head", "leader", "officer", "secadmin"])
def test_only_the_system_administrator_changes_a_rule(cast, as_, name):
    client = as_(cast[name])
    for address in ("PET_CLOSE", "PET_CLOSE/preview", "PERMIT_REVIEW/off"):
        assert client.post(f"/settings/rules/{address}", data=AS_IT_IS | {"offset": "30"}).status_code == 403
    assert db.session.scalars(select(LocalRule)).all() == []


def test_who_only_reads_finds_nothing_to_press(cast, as_):
    page = as_(cast["head"]).get("/settings/rules/PET_CLOSE").text
    assert "60 日" in page
    assert "变更理由" not in page


def test_a_rule_there_is_not_is_not_found(cast, as_):
    client = as_(cast["sysadmin"])
    assert client.get("/settings/rules/NO_SUCH").status_code == 404
    for what in ("", "/preview", "/off"):
        assert client.post(f"/settings/rules/NO_SUCH{what}", data=AS_IT_IS).status_code == 404


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"offset": "61"}, "《信访工作条例》第34条规定 60 日，本局承诺只能更短"),
        ({"offset": "0"}, "应在 1 与 60 之间"),
        ({"offset": "-5"}, "应在 1 与 60 之间"),
        ({"offset": "many"}, "期限"),
        ({"offset": ""}, "请填写整数"),
        ({"leads": ""}, "不能不提醒"),
        ({"leads": "−1、−7"}, "只在逾期之后提醒，等于没有提醒"),
        ({"leads": "30、一周"}, "“一周”不是整数"),
        ({"leads": "500、1"}, "应在 −400 与 400 之间"),
        ({"leads": "、".join(map(str, range(30)))}, "最多 20 个"),
        ({"head": "", "leader": ""}, "可以推迟，不能取消"),
        ({"leader": ""}, "可以推迟，不能取消"),
        ({"head": "-7", "leader": "-1"}, "局领导不应早于单位负责人"),
        ({"leader": "-400"}, "应在 30 与 −90 之间"),
        ({"reason": " "}, "请写明理由"),
    ],
)
def test_what_the_law_forbids_is_refused_before_and_after_the_preview(cast, as_, case, changed, why):
    client, before = as_(cast["sysadmin"]), days(case)
    for address in ("/settings/rules/PET_CLOSE/preview", "/settings/rules/PET_CLOSE"):
        answer = client.post(address, data=AS_IT_IS | {"offset": "30"} | changed)
        assert (answer.status_code, why in answer.text) == (422, True)
    assert db.session.scalars(select(LocalRule)).all() == []
    assert days(case) == before


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("PERMIT_RENEW", ("offset", "unit", "head")),  # the enterprise's: the law alone says how long
        ("PET_REVIEW_REQ", ("offset", "head")),  # the party's
        ("PET_REVIEW", ("offset", "head")),  # the authority's
        ("PEN_LIMIT_2Y", ("offset", "head")),  # a limitation
        ("PERMIT_VALID", ("offset",)),
        ("LOG_KEEP", ("offset", "leads")),
        ("EIA_ACCEPT_PUB", ("offset", "leads")),
        ("RECT_NC", ("offset",)),  # the day stands in a document
        ("REPORT_REPLY", ("offset",)),  # the same day: it cannot be shorter
        ("PET_CLOSE", ("unit",)),  # nobody counts it otherwise
    ],
)
def test_what_is_not_ours_is_not_offered(cast, as_, code, missing):
    page = as_(cast["sysadmin"]).get(f"/settings/rules/{code}").text
    for name in missing:
        assert f'name="{name}"' not in page


def test_nor_taken_when_sent_all_the_same(cast, as_):
    form = {"offset": "-90", "leads": "180、90、60、30、7、0", "head": "1", "leader": "0", "reason": "试"}
    assert as_(cast["sysadmin"]).post("/settings/rules/PERMIT_RENEW", data=form).status_code == 303
    row = db.session.scalars(select(LocalRule)).one()
    assert (row.offset, row.unit, row.leads, row.ladder) == (None, None, [180, 90, 60, 30, 7, 0], None)


def test_counted_backward_it_may_only_be_earlier(app):
    found = law("PEN_HEAR_NOTICE")
    assert "只能更早" in str(rules.not_so_long([found], -5))
    assert rules.not_so_long([found], -10) is None


def test_a_promise_of_our_own_may_be_longer(cast, as_, case):
    code = "PET_REVISIT"
    assert law(code).offset == 5
    assert rules.not_so_long([law(code)], 10) is None
    assert rules.not_so_long([law(code)], 0) is None
    assert rules.not_so_long([law(code)], -1)
    assert rules.not_so_long([law(code)], 5000)


def test_hours_of_the_law_may_only_be_fewer(app):
    assert rules.spans(law("EMG_REPORT_4H")) == (1, 4)


def test_of_two_versions_the_stricter_one_holds(app):
    old = Rule(offset=20, unit=Span.CALENDAR_DAY, status="checked", law="旧法", kind=Kind.DEADLINE, bearer=Bearer.OWN)
    new = Rule(offset=30, unit=Span.CALENDAR_DAY, status="checked", law="新法", kind=Kind.DEADLINE, bearer=Bearer.OWN)
    assert "《旧法》" in str(rules.not_so_long([old, new], 25))
    assert rules.not_so_long([old, new], 20) is None


def test_leads_are_read_as_people_write_them(app):
    for text in ("30、7、3、1、0、−1、−7", "30,7，3 1;0；-1 –7", "  7 30 3 3 1 0 -7 -1 "):
        assert rules.read_leads(text) == [30, 7, 3, 1, 0, -1, -7]
    assert rules.read_leads(rules.written([30, 0, -1])) == [30, 0, -1]
    assert rules.read_leads("") == []
    for text in ("1.5", "三天", "--3", "12345678"):
        with pytest.raises(ValueError, match=r".+"):
            rules.read_leads(text)


def test_a_rule_that_tells_nobody_may_stay_silent(cast, as_):
    assert law("PET_REVIEW_REQ").leads == []
    form = {"leads": "", "reason": "试"}
    client = as_(cast["sysadmin"])
    assert "没有改动" in client.post("/settings/rules/PET_REVIEW_REQ", data=form, follow_redirects=True).text


def test_the_preview_counts_and_changes_nothing(cast, as_, units):
    petition(units, cast)
    petition(units, cast, received_on=TODAY - timedelta(days=40), accepted_on=TODAY - timedelta(days=40))
    over = petition(units, cast, received_on=TODAY - timedelta(days=50), accepted_on=TODAY - timedelta(days=50))
    close(over)
    before = [(d.id, d.due_on) for d in db.session.scalars(select(Duty).order_by(Duty.id))]
    logged = len(db.session.scalars(select(LogEntry.id)).all())
    page = as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE/preview", data=AS_IT_IS | {"offset": "30"}).text
    assert "2 件未结期限将变动，其中 2 件提前、1 件将变为逾期" in page
    assert "还没有保存" in page
    assert page.count("未改") == 3  # what is tried is not what holds
    assert 'value="30"' in page
    db.session.expire_all()
    assert [(d.id, d.due_on) for d in db.session.scalars(select(Duty).order_by(Duty.id))] == before
    assert db.session.scalars(select(LocalRule)).all() == []
    assert db.session.scalars(select(Recount)).all() == []
    assert len(db.session.scalars(select(LogEntry.id)).all()) == logged


def test_other_leads_move_no_day_and_say_so(cast, as_, case):
    page = as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE/preview", data=AS_IT_IS | {"leads": "15、7、0"}).text
    assert "没有未结期限因此变动" in page


def test_a_shorter_promise_moves_what_is_open_and_nothing_that_is_over(cast, as_, units, case):
    closed = petition(units, cast, received_on=TODAY - timedelta(days=50), accepted_on=TODAY - timedelta(days=50))
    close(closed)
    before = days(closed)
    client = as_(cast["sysadmin"])
    page = client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"}, follow_redirects=True).text
    assert "重新计算后有 1 项期限变动" in page
    assert days(case)["PET_CLOSE"] == date(2026, 12, 24)
    assert days(closed) == before
    assert nothing_differs()


def test_the_page_keeps_the_law_beside_it_and_says_who_why_and_how_many(cast, as_, case):
    client = as_(cast["sysadmin"])
    client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30", "leader": "-10"})
    page = as_(cast["head"]).get("/settings/rules/PET_CLOSE").text
    climbs = "局领导 −7 → 单位负责人 −1、局领导 −10"
    for words in ("60 日", "30 日", "60 → 30", climbs, "理由：局务会决定", "变动 1 项期限"):
        assert words in page
    assert cast["sysadmin"].name in page
    assert "本局 30 日" in client.get("/settings/rules?local=changed").text
    assert "PET_NOTICE" not in client.get("/settings/rules?local=changed").text


def test_the_change_and_its_recount_are_in_the_log(cast, as_, case):
    as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    asked = select(LogEntry.act, LogEntry.changes).where(LogEntry.subject_type == "rule").order_by(LogEntry.id)
    told = {row.act: row.changes for row in db.session.execute(asked)}
    assert told["rule changed"] == {
        "code": [None, "PET_CLOSE"], "offset": [None, "60 → 30"], "reason": [None, "局务会决定"],
    }  # fmt: skip
    assert told["duties recounted"] == {"rule": [None, "PET_CLOSE"], "rows": [None, 1], "moved": [None, 1]}


def test_a_second_change_of_a_day_replaces_the_first_and_the_history_keeps_both(cast, as_, case):
    client = as_(cast["sysadmin"])
    for offset in ("30", "20"):
        client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": offset})
    assert [(r.from_on, r.offset) for r in db.session.scalars(select(LocalRule))] == [(TODAY, 20)]
    assert days(case)["PET_CLOSE"] == date(2026, 12, 14)
    page = client.get("/settings/rules/PET_CLOSE").text
    assert "60 → 30" in page
    assert "30 → 20" in page
    changed = select(LogEntry.changes).where(LogEntry.act == "rule changed").order_by(LogEntry.id)
    assert [c["offset"][1] for c in db.session.scalars(changed)] == ["60 → 30", "30 → 20"]


def test_of_two_who_change_it_at_one_moment_one_gets_through(cast, as_, case, monkeypatch):
    """The other's row comes after this one looked."""
    before = days(case)

    def late(row):
        other = {"code": row.code, "from_on": row.from_on, "reason": "先到", "by_id": row.by_id, "at": row.at}
        db.session.execute(insert(LocalRule).values(other | {"offset": 20}))
        db.session.add(row)

    monkeypatch.setattr(db.session, "merge", late)
    answer = as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    assert (answer.status_code, "刚刚由别人改过" in answer.text) == (409, True)
    assert days(case) == before
    assert db.session.scalars(select(LogEntry).where(LogEntry.act == "rule changed")).all() == []


def test_it_goes_back_to_the_law_and_so_do_the_days(cast, as_, case):
    before = days(case)
    client = as_(cast["sysadmin"])
    client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    assert 'value="60"' in client.get("/settings/rules/PET_CLOSE?law=1").text
    with dates.stopped(NOON + timedelta(days=1)):
        as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS)
    rows = db.session.scalars(select(LocalRule).order_by(LocalRule.from_on)).all()
    assert [(r.offset, r.leads, r.ladder) for r in rows] == [(30, None, None), (None, None, None)]
    assert days(case) == before
    assert nothing_differs()


def test_what_is_not_changed_is_not_kept(cast, as_):
    page = as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS, follow_redirects=True).text
    assert "没有改动" in page
    assert db.session.scalars(select(LocalRule)).all() == []


def test_working_days_where_many_offices_count_so(cast, as_):
    client = as_(cast["sysadmin"])
    page = client.get("/settings/rules/PERMIT_DECIDE_KEY").text
    assert 'name="unit"' in page
    form = {"offset": "30", "unit": "working_day", "leads": "7、3、1、0、−1、−3", "head": "-1", "leader": "-7"}
    assert client.post("/settings/rules/PERMIT_DECIDE_KEY", data=form | {"reason": "按行政许可法"}).status_code == 303
    assert db.session.scalars(select(LocalRule)).one().unit is Span.WORKING_DAY
    assert "30 个工作日" in client.get("/settings/rules/PERMIT_DECIDE_KEY").text
    answer = client.post("/settings/rules/PERMIT_DECIDE_KEY", data=form | {"unit": "month", "reason": "试"})
    assert answer.status_code == 422


def test_the_administrator_sees_how_many_hang_on_it_and_none_of_them(cast, as_, case):
    page = as_(cast["sysadmin"]).get("/settings/rules/PET_CLOSE").text
    assert "未结期限 1 件" in page
    assert case.no not in page
    assert case.title not in page


def test_the_time_line_shows_who_hears_when(app):
    points = {point.left: (point.told, point.rungs) for point in timeline(law())}
    assert list(points) == [30, 7, 3, 1, 0, -1, -7]
    assert points[-1] == (True, ("head",))
    assert points[-7] == (True, ("leader",))
    assert timeline(law("LOG_KEEP")) == []


def test_every_rule_has_its_page_and_every_kind_its_sentence(cast, as_):
    client = as_(cast["sysadmin"])
    for code in sorted(set(db.session.scalars(select(Rule.code)))):
        page = client.get(f"/settings/rules/{code}")
        assert page.status_code == 200, code
    assert set(rules.DOES) == set(Kind)
    assert set(rules.BORNE) == set(Bearer)


def test_what_each_form_starts_from_is_accepted_as_it_stands(cast, as_):
    """A default the rules of this page would refuse could never be left."""
    for rule in db.session.scalars(select(Rule).order_by(Rule.code, Rule.since)):
        if rules.length_is_ours(rule):
            assert rules.not_so_long([rule], rule.offset) is None, rule.code
        if rules.leads_are_ours(rule):
            assert rules.not_told_so(rule, rule.leads) is None, rule.code
        assert rules.not_climbed_so(rule, rules.rungs(rule.ladder)) is None, rule.code


# —— in batches


def many(units, cast, monkeypatch, n=5):
    """More cases than may be reckoned at once."""
    monkeypatch.setattr(recount, "AT_ONCE", 3)
    monkeypatch.setattr(settle, "MOST", 2)
    return [petition(units, cast) for _n in range(n)]


def test_many_cases_are_left_to_the_clock_and_the_page_says_so(cast, as_, units, monkeypatch):
    cases = many(units, cast, monkeypatch)
    client = as_(cast["sysadmin"])
    page = client.post("/settings/rules/PET_CLOSE/preview", data=AS_IT_IS | {"offset": "30"}).text
    assert "名下有 5 件未结期限" in page
    page = client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"}, follow_redirects=True).text
    assert "正在后台逐批重算" in page
    assert '<progress class="recount" value="0" max="5"' in page
    assert days(cases[0])["PET_CLOSE"] != date(2026, 12, 24)
    assert recount.turn() == 5
    made = db.session.scalars(select(Recount)).one()
    assert (made.done, made.moved, made.left, made.finished_at) == (5, 5, [], dates.now())
    assert {days(case)["PET_CLOSE"] for case in cases} == {date(2026, 12, 24)}
    assert nothing_differs()
    assert "<progress" not in client.get("/settings/rules/PET_CLOSE").text
    assert "变动 5 项期限" in client.get("/settings/rules/PET_CLOSE").text


def test_each_batch_is_kept_and_the_next_turn_goes_on_from_there(cast, as_, units, monkeypatch):
    cases = many(units, cast, monkeypatch)
    as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    ticks = iter([0, 0, 100])
    with monkeypatch.context() as patch:
        patch.setattr(recount, "monotonic", lambda: next(ticks))
        assert recount.turn() == 2
    db.session.rollback()
    assert [days(case)["PET_CLOSE"] == date(2026, 12, 24) for case in cases] == [True, True, False, False, False]
    assert recount.turn() == 3
    assert nothing_differs()
    assert recount.turn() == 0


def test_a_case_that_comes_meanwhile_has_its_day_by_the_new_rule(cast, as_, units, monkeypatch):
    many(units, cast, monkeypatch)
    as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    assert days(petition(units, cast))["PET_CLOSE"] == date(2026, 12, 24)
    assert recount.turn() == 6
    assert nothing_differs()


def test_two_changes_are_reckoned_one_after_the_other(cast, as_, units, monkeypatch):
    many(units, cast, monkeypatch)
    client = as_(cast["sysadmin"])
    for offset in ("30", "20"):
        client.post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": offset})
    assert recount.turn() == 10
    assert [r.moved for r in db.session.scalars(select(Recount).order_by(Recount.id))] == [5, 0]
    assert nothing_differs()


def test_a_batch_that_another_process_has_taken_is_not_done_twice(cast, as_, units, monkeypatch):
    many(units, cast, monkeypatch)
    as_(cast["sysadmin"]).post("/settings/rules/PET_CLOSE", data=AS_IT_IS | {"offset": "30"})
    found = recount.claimed()
    assert found is not None
    found.last = 0
    real = db.session.execute
    with monkeypatch.context() as patch:

        def overtaken(*args, **kwargs):
            real(Recount.__table__.update().values(done=2, last=2))
            return real(*args, **kwargs)

        patch.setattr(type(db.session), "execute", lambda _self, *args, **kwargs: overtaken(*args, **kwargs))
        assert recount.claimed() is None


# —— switching


def test_a_rule_of_the_law_cannot_be_switched_off(cast, as_):
    client = as_(cast["sysadmin"])
    assert client.post("/settings/rules/PET_CLOSE/off", data={"reason": "太紧"}).status_code == 403
    assert set(db.session.scalars(select(Rule.enabled).where(Rule.code == "PET_CLOSE"))) == {True}


def test_a_rule_is_not_switched_without_a_reason(cast, as_):
    answer = as_(cast["sysadmin"]).post("/settings/rules/PERMIT_REVIEW/off", data={"reason": ""})
    assert (answer.status_code, "请写明理由" in answer.text) == (422, True)
    assert set(db.session.scalars(select(Rule.enabled).where(Rule.code == "PERMIT_REVIEW"))) == {True}


def test_the_annual_review_is_switched_off_and_on_with_its_reason(cast, as_):
    client = as_(cast["sysadmin"])
    for what, kept in (("off", False), ("on", True)):
        answer = client.post(f"/settings/rules/PERMIT_REVIEW/{what}", data={"reason": "局务会决定"})
        assert answer.status_code == 303
        assert set(db.session.scalars(select(Rule.enabled).where(Rule.code == "PERMIT_REVIEW"))) == {kept}
    told = select(LogEntry.act, LogEntry.changes).where(LogEntry.subject_type == "rule", LogEntry.act.like("rule %"))
    said = {"code": [None, "PERMIT_REVIEW"], "reason": [None, "局务会决定"]}
    assert [tuple(row) for row in db.session.execute(told.order_by(LogEntry.id))] == [
        ("rule off", said),
        ("rule on", said),
    ]
    assert "启用 → 停用" in client.get("/settings/rules/PERMIT_REVIEW").text


def test_a_rule_switched_off_takes_its_duties_away_and_brings_them_back(case):
    own = set(db.session.scalars(select(Rule.code).where(Rule.status == "local"))) & set(days(case))
    assert own
    code = min(own)
    before = days(case)
    assert work.switch(code, on=False, reason="试").moved == 1
    db.session.commit()
    assert set(before) - set(days(case)) == {code}
    assert work.switch(code, on=True, reason="试").moved == 1
    db.session.commit()
    assert days(case) == before


def test_rules_are_found_by_their_words_and_their_kind(cast, as_):
    client = as_(cast["head"])
    page = client.get("/settings/rules?q=年审").text
    assert "PERMIT_REVIEW" in page
    assert "PET_CLOSE" not in page
    local = client.get("/settings/rules?local=1").text
    assert "PERMIT_REVIEW" in local
    assert "PET_CLOSE" not in local
    kept = client.get("/settings/rules?kind=retention").text
    assert "LEDGER_KEEP" in kept
    assert "PET_CLOSE" not in kept
    assert "PET_CLOSE" not in client.get("/settings/rules?bearer=enterprise").text
    assert client.get("/settings/rules?kind=nonsense").status_code == 200
