"""Pages of reports and self-monitoring: who may, what is asked, lists, sheets, figures and checks."""

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select

from ems.core import attachments, dates, module
from ems.core.db import db
from ems.core.errors import Refused
from ems.permits import reporting, work
from ems.permits.models import Permit, PermitClass
from ems.permits.report_models import (
    Exemption,
    Frequency,
    MonitoringPlan,
    MonitoringState,
    PermitReport,
    ReportState,
    ReportTerm,
    SelfMonitoring,
)
from ems.permits.report_registers import MONITORING, REPORTS
from ems.permits.report_rules import CHECKS, FIGURES
from ems.permits.report_sheets import read
from tests.conftest import TODAY
from tests.factories import monitoring, permit, plan, report, reported
from tests.sheets import judged, xlsx

MONTH, QUARTER, HALF, YEAR = Frequency
THIS, LAST = dates.so_far(2026), dates.year(2025)
HEAD = ["许可证编号", "企业名称", "报告期", "收到日期", "备注"]


def rows():
    return db.session.scalars(select(PermitReport).order_by(PermitReport.last_on, PermitReport.id)).all()


def late(units, cast, **known):
    """The third quarter's of a permit of its own: due on 15 October, not there, asked for by nobody."""
    of = reported(units, cast, QUARTER, **{"entered_on": date(2026, 7, 1)} | known)
    work.materialise_all()
    return next(row for row in rows() if row.permit_id == of.id)


def move(client, row, name, **data):
    return client.post(f"/permits/reports/{row.id}/moves/{name}", data={"day": f"{TODAY}"} | data)


def test_a_liaison_sees_no_reports(as_, cast, units):
    row, run = report(units, cast), monitoring(units, cast)
    client = as_(cast["liaison"])
    for path in ("reports/", f"reports/{row.id}", "reports/export.xlsx", "monitoring/", f"monitoring/{run.id}"):
        assert client.get(f"/permits/{path}").status_code == 403
    assert row.period not in client.get(f"/enterprises/{row.enterprise_id}").text


@pytest.mark.parametrize("who", ["auditor", "leader", "hotline"])
def test_who_may_look_but_not_touch(as_, cast, units, who):
    row, run, client = late(units, cast), monitoring(units, cast), as_(cast[who])
    assert "违规：逾期未提交" in client.get(f"/permits/reports/{row.id}").text
    assert "/moves/" not in client.get(f"/permits/reports/{row.id}").text
    assert move(client, row, "receive").status_code == 403
    assert client.post(f"/permits/monitoring/{run.id}/moves/measure", data={"day": f"{TODAY}"}).status_code == 403
    for path in (f"{row.permit_id}/terms", f"{row.permit_id}/plans/new", f"plans/{run.plan_id}/end"):
        assert client.get(f"/permits/{path}").status_code == 403
    assert (row.state, run.state) == (ReportState.DUE, MonitoringState.DUE)


def test_a_stranger_finds_none_of_it(as_, cast, units):
    row, run = report(units, cast), monitoring(units, cast)
    chief = as_(cast["chief"])  # of the bureau; the permit is the street's
    paths = (f"reports/{row.id}", f"{row.permit_id}/terms", f"monitoring/{run.id}", f"plans/{run.plan_id}/end")
    assert {chief.get(f"/permits/{path}").status_code for path in paths} == {404}
    assert row.no not in chief.get("/permits/reports/").text


def test_an_officer_may_not_excuse(as_, cast, units):
    row = late(units, cast)
    sent = {"exemption": "other", "remark": "搬迁"}
    assert move(as_(cast["officer"]), row, "exempt", **sent).status_code == 409
    assert move(as_(cast["head"]), row, "exempt", **sent).status_code == 303
    assert (row.state, row.exemption, row.by_id) == (ReportState.EXEMPT, Exemption.OTHER, cast["head"].id)


def test_what_the_copy_asks_for_becomes_rows(as_, cast, units):
    row, client = permit(units, cast, entered_on=TODAY), as_(cast["officer"])
    assert "还没有登记执行报告要求" in client.get(f"/permits/{row.id}").text
    sent = {"quarter": "y", "year": "y", "year_months": "1", "year_day": "15", "merged": "y"}
    assert client.post(f"/permits/{row.id}/terms", data=sent).status_code == 303
    page = client.get(f"/permits/{row.id}").text
    assert "期满后第 1 个月 15 日前" in page
    assert {(one.period, one.exemption, one.stated_on) for one in rows()} == {
        ("2026年第4季度", Exemption.MERGED, None), ("2026年", None, date(2027, 1, 15)),
    }  # fmt: skip
    again = client.get(f"/permits/{row.id}/terms").text
    assert again.count(" checked") == 3
    client.post(f"/permits/{row.id}/terms", data={"year": "y"})
    assert [(one.period, one.state.value) for one in rows()] == [("2026年第4季度", "withdrawn"), ("2026年", "due")]
    assert rows()[1].stated_on is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"quarter": "y", "merged": "y"}, "没有年报，无从并入"),
        ({"year": "y", "year_day": "32"}, "填 1 到 31"),
        ({"year": "y", "year_months": "13"}, "填 1 到 12"),
    ],
)
def test_a_demand_with_a_fault_is_not_taken(as_, cast, units, sent, sentence):
    row = permit(units, cast)
    answer = as_(cast["officer"]).post(f"/permits/{row.id}/terms", data=sent)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert db.session.scalars(select(ReportTerm)).all() == []


def test_neither_a_registration_nor_an_ended_permit_asks_for_reports(as_, cast, units):
    for known in ({"permit_class": PermitClass.REGISTERED}, {"valid_to": date(2026, 1, 1)}):
        row = permit(units, cast, **known)
        assert as_(cast["officer"]).get(f"/permits/{row.id}/terms").status_code == 409


def test_a_report_comes_in_with_its_file(as_, cast, units):
    row, client = late(units, cast), as_(cast["officer"])
    assert f"/permits/reports/{row.id}/moves/receive" in client.get(f"/permits/{row.permit_id}").text
    assert "不能晚于今天" in move(client, row, "receive", day="2026-11-25").text
    assert "不能早于报告期起" in move(client, row, "receive", day="2026-06-30").text
    file = (BytesIO("排放量 1.2 t".encode()), "三季度.txt")
    answer = move(client, row, "receive", remark="数据完整", file=file)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert ("三季度.txt" in page, "数据完整" in page, "违规" in page) == (True, True, False)
    assert (row.received_on, row.by_id) == (TODAY, cast["officer"].id)
    assert [kept.name for kept in db.session.scalars(attachments.of(row)).unique()] == ["三季度.txt"]


def test_asking_says_how_and_the_page_shows_the_next_step(as_, cast, units):
    row, client = late(units, cast), as_(cast["officer"])
    assert "请写明怎样督促" in move(client, row, "chase", remark="").text
    assert "不能早于逾期之日" in move(client, row, "chase", day="2026-10-15", remark="电话").text
    assert move(client, row, "chase", remark="电话督促，答复本周提交。").status_code == 303
    page = client.get(f"/permits/reports/{row.id}").text
    assert ("已督促，仍未提交" in page, "/orders/new" in page) == (True, True)


def test_another_day_needs_its_ground_and_a_head(as_, cast, units):
    row = late(units, cast)
    sent = {"day": "2026-12-31", "remark": "环办便函〔2026〕1 号"}
    assert move(as_(cast["officer"]), row, "defer", **sent).status_code == 409
    head = as_(cast["head"])
    assert "应晚于报告期止" in move(head, row, "defer", **sent | {"day": "2026-09-30"}).text
    assert "请写明通知的名称、文号" in move(head, row, "defer", **sent | {"remark": ""}).text
    assert move(head, row, "defer", **sent).status_code == 303
    assert "通知改定的报送日期" in head.get(f"/permits/reports/{row.id}").text


def test_what_is_to_be_measured_is_entered_measured_and_ended(as_, cast, units):
    row, client = permit(units, cast), as_(cast["officer"])
    sent = {"pollutant": "氨氮", "outlet": "DW001", "frequency": "quarter"}
    assert client.post(f"/permits/{row.id}/plans/new", data=sent).status_code == 303
    assert "已有监测要求" in client.post(f"/permits/{row.id}/plans/new", data=sent).text
    made = db.session.scalars(select(MonitoringPlan)).one()
    run = db.session.scalars(select(SelfMonitoring)).one()
    assert (made.from_on, run.period) == (date(2026, 10, 1), "2026年第4季度")
    answer = client.post(f"/permits/monitoring/{run.id}/moves/measure", data={"day": f"{TODAY}", "remark": "3.2 mg/L"})
    assert "3.2 mg/L" in client.get(answer.location).text
    assert "今年已测 1/1" in client.get(f"/permits/{row.id}").text
    assert client.get(f"/permits/plans/{made.id}/end").status_code == 200
    assert client.post(f"/permits/plans/{made.id}/end", data={"remark": ""}).status_code == 422
    assert client.post(f"/permits/plans/{made.id}/end", data={"remark": "新证取消"}).status_code == 303
    assert (made.void, run.state) == (True, MonitoringState.DONE)
    assert "不再要求自行监测：DW001 氨氮。新证取消" in client.get(f"/permits/{row.id}").text


def test_an_enterprises_page_shows_what_it_handed_in(as_, cast, units):
    row = late(units, cast)
    assert f"/permits/reports/{row.id}" in as_(cast["officer"]).get(f"/enterprises/{row.enterprise_id}").text


# —— lists


def test_the_tabs_ask_the_questions_of_the_day(units, cast):
    missing = late(units, cast)
    of = reported(units, cast, MONTH, QUARTER, entered_on=date(2026, 10, 1))
    came = next(row for row in rows() if row.permit_id == of.id and row.period == "2026年10月")
    came.state, came.received_on, came.by_id = ReportState.RECEIVED, TODAY, cast["officer"].id
    short = reported(units, cast, YEAR, valid_from=date(2026, 11, 1), issued_on=date(2026, 11, 1))
    db.session.commit()

    def ids(view, who="head"):
        return [row.id for row in db.session.execute(REPORTS.rows(cast[who], {"view": view}))]

    assert ids("due") == ids("overdue") == ids("chase") == ids("late") == [missing.id]
    assert ids("received") == [came.id]
    assert ids("exempt") == [row.id for row in rows() if row.permit_id == short.id and row.exemption]
    assert ids("mine", "officer") == [missing.id]
    assert ids("due", "outsider") == []


def test_lists_are_narrowed_and_a_filter_nobody_has_is_refused(units, cast):
    row, other = late(units, cast), monitoring(units, cast)
    asked = {"holder": row.no, "frequency": "quarter", "state": "due", "until": "2026-09-30"}
    assert REPORTS.count(cast["head"], asked) == 1
    assert REPORTS.count(cast["head"], {"holder": "没有这家"}) == 0
    assert MONITORING.count(cast["head"], {"holder": other.no, "frequency": "quarter"}) == 1
    for register, name in ((REPORTS, "frequency"), (REPORTS, "state"), (REPORTS, "since"), (MONITORING, "state")):
        with pytest.raises(Refused, match="没有这样的筛选条件"):
            register.count(cast["head"], {name: "没有的"})


def test_what_lies_ahead_stands_behind_all_others(units, cast):
    reported(units, cast, MONTH, entered_on=date(2026, 10, 1))
    listed = [row.title for row in db.session.execute(REPORTS.rows(cast["head"], {}))]
    assert [title[-8:] for title in listed] == ["2026年11月", "2026年10月", " 2027年1月", "2026年12月"]
    ahead = [row.title for row in db.session.execute(REPORTS.rows(cast["head"], {"view": "ahead"}))]
    assert ahead == listed[2:]


def test_an_annual_review_is_found_by_its_enterprise(as_, cast, units):
    row = permit(units, cast)
    assert row.no in as_(cast["officer"]).get(f"/permits/reviews/?holder={row.title}").text


def test_a_sheet_says_by_when_each_was_due(as_, cast, units):
    late(units, cast)
    table = as_(cast["officer"]).get("/permits/reports/export.csv?view=overdue").text
    assert "2026-10-15" in table
    assert "2026年第3季度" in table


# —— a table of those that came


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026年第三季度", (QUARTER, date(2026, 7, 1))), ("2026年3季度", (QUARTER, date(2026, 7, 1))),
        ("2026Q4", (QUARTER, date(2026, 10, 1))), ("2026 年第 1 季度季报", (QUARTER, date(2026, 1, 1))),
        ("2026年10月", (MONTH, date(2026, 10, 1))), ("2026-09", (MONTH, date(2026, 9, 1))),
        ("2026年9月月报", (MONTH, date(2026, 9, 1))), ("2026上半年", (HALF, date(2026, 1, 1))),
        ("2026年下半年", (HALF, date(2026, 7, 1))), ("2026年度", (YEAR, date(2026, 1, 1))),
        ("2026", (YEAR, date(2026, 1, 1))), ("2026年年度执行报告", (YEAR, date(2026, 1, 1))),
        ("2026年13月", None), ("三季度", None), ("2026年第5季度", None), ("", None),
    ],
)  # fmt: skip
def test_a_period_is_read_as_people_write_it(said, meant):
    assert read(said) == meant


def test_every_period_is_read_as_we_write_it_ourselves(units, cast):
    reported(units, cast, *Frequency)
    assert all(read(row.period) == (row.kind, row.first_on) for row in rows())


def test_a_table_finds_the_reports_it_names(load, cast, units):
    first, second = late(units, cast), late(units, cast)
    sheet = xlsx(
        HEAD,
        [first.no, first.enterprise.name, "2026年第三季度", "2026.10.12", "齐全"],
        [second.no, "", "2026Q3", "", ""],
    )
    load(sheet, who="officer", intake="permits", name="报告.xlsx")
    assert (first.state, first.received_on, first.note) == (ReportState.RECEIVED, date(2026, 10, 12), "齐全")
    assert (first.missed_on, first.by_id) == (None, cast["officer"].id)
    assert second.state is ReportState.DUE


def test_a_row_that_fits_no_report_is_a_fault_and_none_is_kept(send, cast, units):
    row = late(units, cast)
    table = (
        [row.no, "", "2026年第3季度", "2026-10-12", ""], [row.no, "", "2026年第3季度", "2026-10-13", ""],
        ["无此证", "", "2026年第3季度", "2026-10-12", ""], [row.no, "", "2026年10月", "2026-11-12", ""],
        [row.no, "", "三季度", "2026-11-12", ""], [row.no, "", "2026年第4季度", "2026-09-30", ""],
    )  # fmt: skip
    client, page = send(xlsx(HEAD, *table), who="officer", intake="permits", name="报告.xlsx")
    found = judged(client, page)
    assert found["C3"].startswith("与第 2 行是同一份报告")
    assert found["A4"].startswith("没有这个编号的有效许可证")
    assert found["C5"].startswith("许可证没有要求这份报告")
    assert found["C6"].startswith("不是报告期")
    assert found["D7"].startswith("早于报告期起")
    client.post(f"{page}/store")
    assert row.state is ReportState.DUE


def test_what_is_here_already_is_said_and_passed_over(load, cast, units):
    first, second = late(units, cast), late(units, cast)
    first.state, first.received_on, first.by_id = ReportState.RECEIVED, date(2026, 10, 10), cast["officer"].id
    db.session.commit()
    table = ([one.no, "", "2026年第3季度", "2026-10-12", ""] for one in (first, second))
    client, page = load(xlsx(HEAD, *table), who="officer", intake="permits", name="报告.xlsx")
    assert judged(client, page)["C2"].startswith("已于 2026-10-10 登记收到")
    assert (first.received_on, second.received_on) == (date(2026, 10, 10), date(2026, 10, 12))


def test_who_may_not_load_is_refused(as_, cast):
    assert as_(cast["auditor"]).get("/imports/permits/").status_code == 403


# —— figures and checks


def value(code, period=THIS):
    return module.figures()[code].of(None, period)


def test_reports_are_counted_by_the_day_they_were_due(units, cast):
    of = reported(units, cast, QUARTER, entered_on=date(2025, 10, 1))  # due 2026-01-15, 04-15, 07-15, 10-15
    for n, day in enumerate((date(2026, 1, 10), date(2026, 4, 20), date(2026, 7, 15))):
        row = rows()[n]
        row.state, row.received_on, row.by_id = ReportState.RECEIVED, day, cast["officer"].id
    db.session.commit()
    codes = ("reports_due", "reports_received", "reports_on_time_rate", "reports_overdue")
    assert [value(f"permits.{code}") for code in codes] == [4, 3, 2, 1]
    assert [value(f"permits.{code}", LAST) for code in codes] == [0, 0, 0, 0]
    assert value("permits.reports_overdue", (date(2026, 1, 1), date(2026, 4, 18))) == 1  # it came on the 20th
    assert of.state.value == "valid"


def test_measurements_are_counted_by_the_end_of_their_period(units, cast):
    made = plan(units, cast, MONTH, from_on=date(2026, 9, 1))
    first = db.session.scalars(select(SelfMonitoring).order_by(SelfMonitoring.first_on)).first()
    first.state, first.done_on, first.by_id = MonitoringState.DONE, date(2026, 9, 10), cast["officer"].id
    db.session.commit()
    assert (value("permits.monitoring_due"), value("permits.monitoring_done_rate")) == (2, 1)
    assert not made.void


def test_every_figure_is_as_long_as_the_list_it_opens(units, cast):
    row = late(units, cast)
    late(units, cast)
    row.state, row.received_on, row.by_id = ReportState.RECEIVED, date(2026, 10, 1), cast["officer"].id
    plan(units, cast, MONTH)
    db.session.commit()
    run = db.session.scalars(select(SelfMonitoring).order_by(SelfMonitoring.first_on)).first()
    run.state, run.done_on, run.by_id = MonitoringState.DONE, TODAY, cast["officer"].id
    db.session.commit()
    for figure in FIGURES:
        register = REPORTS if figure.model is PermitReport else MONITORING
        behind = register.count(cast["head"], {"figure": figure.code, "year": "2026"})
        assert behind == figure.counted(cast["head"], THIS) > 0, figure.code
        assert figure.counted(cast["outsider"], THIS) == 0


def found(code, who):
    return db.session.scalars(next(c for c in CHECKS if c.code == code).found(who)).all()


def test_a_report_that_did_not_come_is_found_until_it_does(units, cast):
    row = late(units, cast)
    assert found("permits.report_overdue", cast["head"]) == found("permits.report_unchased", cast["head"]) == [row]
    assert found("permits.report_overdue", cast["outsider"]) == []
    row.state, row.received_on, row.chased_on, row.by_id = ReportState.RECEIVED, TODAY, TODAY, cast["officer"].id
    db.session.commit()
    assert found("permits.report_overdue", cast["head"]) == found("permits.report_unchased", cast["head"]) == []


def test_a_report_dated_before_its_period_is_found(units, cast):
    row = late(units, cast)
    row.state, row.received_on, row.by_id = ReportState.RECEIVED, date(2026, 6, 1), cast["officer"].id
    db.session.commit()
    assert found("permits.report_too_early", cast["head"]) == [row]


def test_permits_whose_copy_nobody_has_looked_into_are_found(units, cast):
    bare = permit(units, cast)
    permit(units, cast, permit_class=PermitClass.REGISTERED)
    known = reported(units, cast, YEAR)
    assert found("permits.no_terms", cast["head"]) == [bare]
    assert found("permits.no_plan", cast["head"]) == [bare, known]
    planned = plan(units, cast, MONTH)
    assert db.session.get_one(Permit, planned.permit_id) not in found("permits.no_plan", cast["head"])


def test_what_was_not_measured_is_found(units, cast):
    made = plan(units, cast, MONTH)
    first = db.session.scalars(select(SelfMonitoring).order_by(SelfMonitoring.first_on)).first()
    assert found("permits.monitoring_overdue", cast["head"]) == [first]
    made.void = True
    reporting.materialise([made.permit_id])
    db.session.commit()
    assert found("permits.monitoring_overdue", cast["head"]) == []
