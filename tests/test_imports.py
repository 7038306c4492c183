"""Sheets taken in on screen: who may, what is understood, what refuses, what is flagged; all of it or nothing."""

import re
from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event, func, select

from ems.complaints.models import Answer, Channel, Complaint, ComplaintState
from ems.core import bulk, dates, module
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.search import SearchText
from ems.core.uploads import SheetUpload
from ems.core.workflow import Step
from ems.enterprises.models import Enterprise
from tests.conftest import TODAY
from tests.sheets import csv, judged, xlsx

HEAD = ["序号", "工单号", "收到日期", "来源", "要素", "地点", "标题", "内容"]
OLD = ["时间", "信息来源", "标题", "投诉件内容", "回复", "回复天数(最终回复-投诉)"]


def case(n=1, **said):
    row = {
        "序号": n, "工单号": f"GD2026{n:04d}", "收到日期": "2026-11-20", "来源": "12345", "要素": "噪声",
        "地点": "天府三街", "标题": f"夜间施工 {n}", "内容": f"第 {n} 处工地夜间施工。",
    }  # fmt: skip
    return [(row | said)[name] for name in HEAD]


def old(n=1, **said):
    row = {
        "时间": "2019-08-05", "信息来源": "网站", "标题": f"河水发黑 {n}", "投诉件内容": f"第 {n} 段河水发黑。",
        "回复": "已截污。", "回复天数(最终回复-投诉)": "4",
    }  # fmt: skip
    return [(row | said)[name] for name in OLD]


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def cases():
    return db.session.scalars(select(Complaint).order_by(Complaint.id)).all()


@pytest.mark.parametrize(
    ("intake", "who"),
    [
        ("complaints", "officer"), ("complaints", "liaison"), ("complaints", "leader"), ("complaints", "sysadmin"),
        ("enterprises", "hotline"), ("enterprises", "auditor"), ("permits", "liaison"), ("permits", "secadmin"),
    ],
)  # fmt: skip
def test_who_may_not_take_in_sheets_reaches_none_of_the_pages(as_, cast, intake, who):
    client = as_(cast[who])
    for address in ("/", "/1", "/1/marked.xlsx", "/template.xlsx"):
        assert client.get(f"/imports/{intake}{address}").status_code == 403
    for address in ("/", "/1", "/1/store"):
        assert client.post(f"/imports/{intake}{address}").status_code == 403


def test_nobody_comes_without_logging_in(app):
    assert app.test_client().get("/imports/complaints/").status_code == 302
    assert app.test_client().post("/imports/complaints/1/store").status_code == 401


def test_a_sheet_somebody_else_sent_is_not_there(as_, cast, send):
    _client, page = send(xlsx(HEAD, case()))
    other = as_(cast["head"])
    assert other.get(page).status_code == 404
    assert other.post(f"{page}/store").status_code == 404
    assert count(Complaint) == 0


def test_storing_asks_for_the_token(send):
    client, page = send(xlsx(HEAD, case()))
    assert client.post(f"{page}/store", token=False).status_code == 400
    assert count(Complaint) == 0


def test_rows_go_only_where_the_person_may_take_them_in(send, units):
    content = xlsx([*HEAD, "承办单位"], [*case(1), "科技局（环保处）"], [*case(2), "石羊街道办事处"])
    client, page = send(content, who="chief")
    found = judged(client, page)
    assert list(found) == ["I3"]
    assert "没有这个承办单位" in found["I3"]


def test_a_unit_written_short_is_a_fault_that_names_the_one_meant(send, units):
    client, page = send(xlsx([*HEAD, "承办单位"], [*case(), "石羊办"]))
    assert judged(client, page) == {"I2": "没有这个承办单位；是否“石羊街道办事处”？请照清单填写"}


def test_the_page_says_what_was_understood_before_anything_is_stored(send):
    content = xlsx(
        ["投诉台账", *[""] * 7], HEAD, case(), ["合计", *[""] * 6, "1件"], merged=["A1:H1"]
    )  # fmt: skip
    client, page = send(content)
    text = client.get(page).text
    assert "可以存入：1 行全部通过" in text
    assert "表头在第 2 行" in text
    assert "合计 1 行（第 4 行）" in text
    assert re.search(r"序号</span><span class=\"quiet\">→ 不导入", text)
    assert re.search(r"内容</span><span class=\"quiet\">→ 反映内容", text)
    assert count(Complaint) == 0


def test_all_rows_are_stored_at_once_with_their_duties_log_and_search(load, cast):
    client, _page = load(xlsx(HEAD, *(case(n) for n in range(1, 8))))
    assert [c.no for c in cases()] == [f"TS-2026-{n:04d}" for n in range(1, 8)]
    assert {c.taken_by_id for c in cases()} == {cast["hotline"].id}
    open_duties = db.session.scalars(select(Duty.rule).where(Duty.subject_id == cases()[0].id)).all()
    assert "HOT_12345" in open_duties
    assert count(SearchText) == 7
    assert client.get("/complaints/?q=施工").text.count("夜间施工") == 7


def test_the_log_says_which_file_the_rows_came_from(load):
    load(xlsx(HEAD, case(1), case(2)))
    entry = db.session.scalars(select(LogEntry).where(LogEntry.act == "loaded")).one()
    upload = db.session.scalars(select(SheetUpload)).one()
    assert entry.changes["digest"] == [None, upload.digest]
    assert (entry.changes["file"], entry.changes["rows"]) == ([None, "台账.xlsx"], [None, "2"])
    assert (upload.rows, upload.by.name) == (2, "hotline")


def test_every_row_says_in_its_diary_where_it_came_from(load):
    load(xlsx(HEAD, case(1), case(2)))
    told = db.session.scalars(select(Step).order_by(Step.id)).all()
    assert [step.remark for step in told] == [f"由表格导入：台账.xlsx 第 {n} 行。" for n in (2, 3)]


def test_one_fault_keeps_all_rows_out(send):
    client, page = send(xlsx(HEAD, case(1), case(2, 收到日期="2026-13-02"), case(3)))
    text = client.get(page).text
    assert "导入没有完成：3 行中 1 行有误" in text
    assert "一行也没有存入" in text
    assert "<b>C3</b>" in text
    assert "改为 2026-12-03 这样的年月日" in text
    assert "存入 3 行" not in text
    client.post(f"{page}/store")
    assert count(Complaint) == 0


def test_the_rows_around_a_fault_are_shown_with_the_cell_marked(send):
    client, page = send(xlsx(HEAD, case(1), case(2, 收到日期="2026-13-02"), case(3)))
    assert '<td class="bad">2026-13-02</td>' in client.get(page).text


def test_a_break_in_the_middle_of_storing_leaves_nothing(send, monkeypatch):
    client, page = send(xlsx(HEAD, case(1), case(2)))

    def broken(*_args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("ems.complaints.sheet_cases.origins", broken)
    with pytest.raises(RuntimeError):
        client.post(f"{page}/store")
    db.session.rollback()
    assert (count(Complaint), count(SearchText)) == (0, 0)
    assert db.session.scalars(select(SheetUpload)).one().stored_at is None


def test_the_marked_sheet_put_right_is_taken_in(send, load):
    client, page = send(xlsx(HEAD, case(1), case(2, 收到日期="2026-13-02")))
    rows = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{page}/marked.xlsx").data)).get_sheet_by_index(0)
    mended = [[c if c != "2026-13-02" else "2026-11-02" for c in row] for row in rows.to_python()]
    load(xlsx(*mended))
    assert [c.received_on for c in cases()] == [date(2026, 11, 20), date(2026, 11, 2)]


def test_the_person_may_say_which_column_is_which_without_sending_it_again(send):
    client, page = send(xlsx(["编", "哪天", "说了什么", "哪里"], ["1", "2026-11-20", "夜间施工。", "天府三街"]))
    text = client.get(page).text
    assert "没有找到这些列：收到日期、反映内容" in text
    client.post(page, data={"map_1": "received_on", "map_2": "text", "map_3": "place", "historical": ""})
    assert "1 行全部通过" in client.get(page).text
    client.post(f"{page}/store")
    assert [(c.text, c.place) for c in cases()] == [("夜间施工。", "天府三街")]


def test_a_column_can_be_left_out(send):
    client, page = send(xlsx(HEAD, case()))
    client.post(page, data={"map_2": "received_on", "map_5": "place", "map_7": "text", "historical": ""})
    client.post(f"{page}/store")
    assert [(c.external_no, c.channel) for c in cases()] == [(None, Channel.OTHER)]


def test_the_same_file_is_not_taken_in_twice(load, send):
    content = xlsx(OLD, old())
    load(content)
    client, page = send(content)
    assert "同一个文件已由 hotline 于 2026-11-24 存入 1 行" in client.get(page).text
    client.post(f"{page}/store")
    assert count(Complaint) == 1


def test_storing_twice_stores_once(load):
    client, page = load(xlsx(HEAD, case()))
    client.post(f"{page}/store")
    assert count(Complaint) == 1


def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(as_, cast):
    answer = as_(cast["hotline"]).post("/imports/complaints/", data={"file": (BytesIO(b"\x00\xff" * 99), "台账.xlsx")})
    assert answer.status_code == 409
    assert "可能被单位加密软件加密" in answer.text
    assert count(SheetUpload) == 0


def test_no_file_and_an_empty_file_are_refused(as_, cast):
    client = as_(cast["hotline"])
    assert client.post("/imports/complaints/", data={}).status_code == 422
    assert client.post("/imports/complaints/", data={"file": (BytesIO(b""), "a.xlsx")}).status_code in {409, 422}


def test_the_empty_sheet_to_fill_in_is_one_that_is_understood(as_, cast, send):
    content = as_(cast["hotline"]).get("/imports/complaints/template.xlsx").data
    client, page = send(content)
    assert "没有可以存入的行" in client.get(page).text
    assert "没有找到这些列" not in client.get(page).text


def test_two_rows_with_one_number_are_a_fault_that_names_both(send):
    client, page = send(xlsx(HEAD, case(1), case(2), case(3, 工单号="GD20260001")))
    assert judged(client, page) == {"B4": "与第 2 行重复；保留一行，删去另一行；编号写错的请改正"}


def test_one_number_in_two_channels_is_two_numbers(load):
    load(xlsx(HEAD, case(1), case(2, 工单号="GD20260001", 来源="12369")))
    assert count(Complaint) == 2


def test_a_number_that_is_here_already_is_that_case(load, send):
    load(xlsx(HEAD, case(1)))
    client, page = send(xlsx(HEAD, case(1, 内容="另一次反映。"), case(2)))
    assert judged(client, page) == {}
    assert "新增 1 行，更新 1 行（1 处）" in client.get(page).text


def test_a_tables_own_row_number_that_meets_another_tables_is_kept_with_the_files_name(load):
    load(csv(["id", *OLD], ["4", *old(1)]), name="甲表.csv")
    client, page = load(csv(["id", *OLD], ["4", *old(2)], ["5", *old(3)]), name="乙表.csv")
    assert [c.external_no for c in cases()] == ["4", "乙表#4", "5"]
    assert "TS-2019-0001 已有序号 4" in judged(client, page)["A2"]


def test_a_word_not_in_a_list_is_a_fault_that_lists_the_words(send):
    client, page = send(xlsx(HEAD, case(来源="飞鸽传书")))
    assert judged(client, page)["D2"].startswith("不在列表之中；填其中之一：12369、12345、来信")


def test_an_old_rows_unknown_channel_is_other_and_the_word_is_kept(load):
    client, page = load(xlsx(OLD, old(信息来源="飞鸽传书"), old(2, 信息来源="QQ")))
    assert [(c.channel, c.reported_channel) for c in cases()] == [(Channel.OTHER, "飞鸽传书"), (Channel.WEB, "QQ")]
    assert list(judged(client, page)) == ["B2"]


def test_no_date_no_content_and_no_place_are_faults_of_a_row_of_today(send):
    client, page = send(xlsx(HEAD, case(1, 收到日期=""), case(2, 内容="", 标题=""), case(3, 地点="")))
    found = judged(client, page)
    assert set(found) == {"C2", "H3", "F4"}
    assert "请填写" in found["C2"]
    assert "没有填写反映内容" in found["H3"]


def test_a_day_after_today_and_one_before_it_came_in_are_faults(send):
    client, page = send(
        xlsx([*HEAD, "办结日期"], [*case(1, 收到日期="2026-11-25"), ""], [*case(2), "2026-11-02"])
    )  # fmt: skip
    found = judged(client, page)
    assert "不能晚于今天" in found["C2"]
    assert "早于收到日期 2026-11-20" in found["I3"]


def test_an_unreadable_day_that_need_not_be_there_is_flagged_and_left_out(load):
    client, page = load(xlsx([*OLD, "文件载明期限"], [*old(), "尽快"]))
    assert judged(client, page)["G2"].startswith("不是有效日期，按空白存入")
    assert cases()[0].document_due_on is None


def test_dates_of_two_forms_are_read_as_the_column_shows_and_counted(send):
    content = xlsx(
        OLD,
        old(1, 时间="12/31/2016"),
        old(2, 时间="03/04/2017"),
        old(3, 时间="2019.8.5"),
        old(4, 时间=date(2018, 1, 2)),
    )
    client, page = send(content)
    text = client.get(page).text
    assert "12/31/2016 式日期（月/日/年） 2 处" in text
    assert "2019.8.5 式日期 1 处" in text
    assert judged(client, page)["A3"].startswith("月和日的先后看不出来，按 2017-03-04 读入")
    client.post(f"{page}/store")
    assert [f"{c.received_on}" for c in cases()] == ["2016-12-31", "2017-03-04", "2019-08-05", "2018-01-02"]


def test_old_rows_have_the_state_the_table_tells_and_no_open_duty(load):
    load(xlsx(OLD, old(1), old(2, 回复="")), name="甲.xlsx")
    head = ["dateline", "subject", "content", "stateInfo", "forumName"]
    told = [
        ["2021-03-02 21:41:26", f"噪声 {n}", f"深夜噪声 {n}", state, "某区区长"]
        for n, state in enumerate(["已办理", "待回复"])
    ]
    load(csv(head, *told), name="乙.csv")
    assert [c.state for c in cases()] == [ComplaintState.CLOSED, ComplaintState.REGISTERED] * 2
    assert all(c.historical for c in cases())
    assert db.session.scalars(select(Duty).where(Duty.met_on.is_(None))).all() == []
    assert [c.reported_state for c in cases()] == ["", "", "已办理", "待回复"]
    assert cases()[2].channel is Channel.WEB
    assert cases()[2].reported_channel == "某区区长"


def test_of_an_old_row_only_what_was_met_on_a_known_day_is_a_duty(load):
    head = [*OLD, "答复日期"]
    load(xlsx(head, [*old(1, 信息来源="12345"), "2019-08-09"], [*old(2, 信息来源="12345"), ""]))
    known = db.session.scalars(select(Duty).order_by(Duty.id)).all()
    assert [(duty.subject_id, duty.rule, duty.met_on) for duty in known] == [
        (cases()[0].id, "HOT_12345", date(2019, 8, 9))
    ]


def test_a_reported_number_of_days_is_kept_and_the_answer_has_no_invented_day(load):
    load(xlsx(OLD, old(1, **{"回复天数(最终回复-投诉)": "60"})))
    case = cases()[0]
    assert (case.reported_days, case.answered_on, case.closed_on) == (60, None, None)
    answer = db.session.scalars(select(Answer)).one()
    assert (answer.text, answer.given_on, answer.by_id, answer.number) == ("已截污。", None, None, 1)


def test_old_rows_count_in_their_own_year_only(load):
    load(xlsx(OLD, old(1), old(2, 时间="2018-01-05"), old(3, 回复="")))
    figures = module.figures()
    told = {
        (code, year): figures[f"complaints.{code}"].of(None, dates.year(year))
        for code in ("received", "closed", "answered", "judged")
        for year in (2018, 2019, 2026)
    }
    assert [told["received", year] for year in (2018, 2019, 2026)] == [1, 2, 0]
    assert [told["closed", year] for year in (2018, 2019, 2026)] == [1, 1, 0]
    assert [told["answered", year] for year in (2018, 2019, 2026)] == [1, 1, 0]
    assert {told["judged", year] for year in (2018, 2019, 2026)} == {0}


def test_a_row_is_old_after_180_days_and_the_person_may_say_otherwise(send):
    content = xlsx(HEAD, case(1, 收到日期="2026-05-28"), case(2, 收到日期="2026-05-27"))
    client, page = send(content)
    client.post(f"{page}/store")
    assert [c.historical for c in cases()] == [False, True]
    client, page = send(xlsx(OLD, old()))
    fields = ("received_on", "channel", "title", "text")
    client.post(page, data={f"map_{n}": name for n, name in enumerate(fields)} | {"historical": "no"})
    assert judged(client, page) == {"第 2 行": "没有填写地点；按左边的提示改正"}


def test_all_rows_may_be_called_old(send):
    client, page = send(xlsx(HEAD, case()))
    fields = ("", "external_no", "received_on", "channel", "medium", "place", "title", "text")
    client.post(page, data={f"map_{n}": name for n, name in enumerate(fields)} | {"historical": "yes"})
    client.post(f"{page}/store")
    assert [c.historical for c in cases()] == [True]
    assert count(Duty) == 0


def test_a_case_of_today_that_is_closed_with_all_its_days_is_counted_as_one(load):
    head = [*HEAD, "受理日期", "答复日期", "办结日期", "答复内容"]
    load(xlsx(head, [*case(), "2026-11-20", "2026-11-22", "2026-11-23", "已停工。"]))
    case_ = cases()[0]
    assert (case_.historical, case_.state, case_.decided_on) == (False, ComplaintState.CLOSED, date(2026, 11, 20))
    assert all(duty.met_on for duty in db.session.scalars(select(Duty).where(Duty.rule == "HOT_12345")))


def test_a_closed_case_of_today_without_its_days_is_taken_as_old_and_flagged(load):
    client, page = load(xlsx([*HEAD, "答复内容"], [*case(), "已停工。"]))
    assert cases()[0].historical
    assert "期限无法判定，按历史数据存入" in judged(client, page)["第 2 行"]


def test_who_complained_is_kept_as_confidential_as_on_screen(load):
    head = [*OLD, "匿名", "联系电话"]
    load(xlsx(head, [*old(1), "1", ""], [*old(2), "某先生", "13800000001"], [*old(3), "0", "155****0002"]))
    first, second, third = cases()
    assert (first.identity.value, first.complainant) == ("anonymous", None)
    assert (second.identity.value, second.complainant, second.phone) == ("open", "某先生", "13800000001")
    assert second.phone_key
    assert (third.phone, third.phone_key) == ("155****0002", None)
    logged = db.session.scalars(select(LogEntry).where(LogEntry.subject_type == "complaint")).all()
    assert "13800000001" not in str([entry.changes for entry in logged])


def test_what_is_no_complaint_is_said_once_and_its_word_kept_in_the_diary(load):
    load(xlsx([*OLD, "性质"], [*old(1), "咨询"], [*old(2), "投诉"]))
    assert "原表性质：咨询。" in db.session.scalars(select(Step.remark).order_by(Step.id)).first()
    load(xlsx([*OLD, "性质"], [*old(3), "咨询"], [*old(4), "纠纷"]), name="乙.xlsx")
    assert [c.matter.value for c in cases()] == ["complaint", "complaint", "complaint", "dispute"]


def test_the_same_text_is_flagged_in_the_sheet_and_against_what_is_here_and_the_check_lists_it(load, as_, cast):
    load(xlsx(OLD, old(1)), name="甲.xlsx")
    client, page = load(xlsx(OLD, old(1), old(2), old(2, 标题="再次反映")), name="乙.xlsx")
    found = judged(client, page)
    assert found["D2"].startswith("与已登记的 TS-2019-0001 内容完全相同")
    assert found["D4"].startswith("与第 3 行内容完全相同")
    check = next(check for check in module.checks() if check.code == "complaints.same_text")
    assert len(db.session.scalars(check.rows()).all()) == 4


def test_a_title_cut_off_is_flagged(load):
    client, page = load(xlsx(OLD, old(标题="还我清澈的河水..")))
    assert judged(client, page)["C2"].startswith("标题可能被截断")


def test_nothing_said_is_no_place(load):
    load(xlsx([*OLD, "河流"], [*old(1), "无"], [*old(2), "金港河"]))
    assert [c.place for c in cases()] == ["", "金港河"]


def test_an_enterprise_named_in_a_row_is_linked(load, units):
    db.session.add(Enterprise(no="QY-2026-0001", name="青山化工厂", unit_id=units["bureau"].id))
    db.session.commit()
    load(xlsx([*OLD, "被投诉单位"], [*old(1), "青山化工厂"], [*old(2), "别家"]))
    assert [(c.enterprise_name, bool(c.enterprise_id)) for c in cases()] == [("青山化工厂", True), ("别家", False)]


def test_what_we_exported_ourselves_is_understood(load, as_, cast, send):
    load(xlsx(HEAD, case(1)))
    content = as_(cast["hotline"]).get("/complaints/export.xlsx").data
    client, page = send(content)
    text = client.get(page).text
    assert "没有找到这些列" not in text
    assert "无变化：1 行" in text


def test_a_chinese_sheet_is_read_for_whoever_reads_the_pages_in_english(send, cast):
    cast["hotline"].language = "en"
    db.session.commit()
    client, page = send(xlsx(HEAD, case(来源="来信"), case(2, 要素="油烟")))
    assert 'lang="en"' in client.get(page).text
    client.post(f"{page}/store")
    assert [(c.channel.value, c.medium.value) for c in cases()] == [("letter", "noise"), ("12345", "fume")]


def test_a_sheet_of_many_rows_takes_no_more_statements_than_one_of_few(send):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    spent = []
    for rows in (5, 300):
        client, page = send(xlsx(OLD, *(old(n, 投诉件内容=f"{rows} 之 {n}") for n in range(rows))), name=f"{rows}.xlsx")
        asked.clear()
        client.post(f"{page}/store")
        spent.append(len(asked))
    assert count(Complaint) == 305
    assert abs(spent[0] - spent[1]) <= 2


def test_rows_added_in_bulk_leave_what_rows_added_one_by_one_leave(app, cast, units):
    """The log, the index and the duties of a flush, and the order of the ids."""

    def columns(n):
        return {
            "no": f"TS-2026-{n:04d}", "query_code": "123456", "channel": Channel.H12345, "title": "油烟",
            "text": f"油烟直排 {n}", "place": "天府三街", "unit_id": units["bureau"].id, "phone": "13800000001",
            "taken_by_id": cast["hotline"].id, "received_on": TODAY, "state": ComplaintState.REGISTERED,
        }  # fmt: skip

    db.session.add_all([Complaint(**columns(n)) for n in (1, 2)])
    db.session.commit()
    ids = bulk.add(db.session(), Complaint, [columns(3), columns(4)])
    db.session.commit()
    one, other = cases()[1], db.session.get(Complaint, ids[0])
    assert [db.session.get(Complaint, id).text for id in ids] == ["油烟直排 3", "油烟直排 4"]
    assert (other.extended_days, other.identity, other.historical) == (one.extended_days, one.identity, one.historical)
    assert about(other, Duty) == about(one, Duty) != []
    assert len(found_of(other)) == len(found_of(one)) == 1
    theirs, ours = logged_of(one), logged_of(other)
    assert (ours.act, ours.unit_id, ours.actor) == (theirs.act, theirs.unit_id, theirs.actor)
    assert {key for key, (_old, new) in theirs.changes.items() if new} - set(ours.changes) == set()
    assert ours.changes["phone"] == theirs.changes["phone"] == [None, "（保密）"]


def about(row, model):
    duties = db.session.scalars(select(model).where(model.subject_id == row.id).order_by(model.rule)).all()
    return [(duty.rule, duty.start_on, duty.due_on, duty.owner_id, duty.unit_id) for duty in duties]


def found_of(row):
    return db.session.scalars(select(SearchText).where(SearchText.subject_id == row.id)).all()


def logged_of(row):
    mine = select(LogEntry).where(LogEntry.subject_type == "complaint", LogEntry.subject_id == row.id)
    return db.session.scalars(mine).one()
