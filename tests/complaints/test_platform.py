"""The platforms' own sheets: taken in day by day, and given back with our answers; nothing is typed twice."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.complaints import platform
from ems.complaints.models import Answer, Channel, Complaint, ComplaintState, Identity
from ems.core.db import db
from ems.core.workflow import Step
from tests.factories import complaint
from tests.sheets import judged, xlsx

HEAD = ["工单编号", "诉求标题", "诉求内容", "诉求地址", "受理时间", "办理状态"]
DAY = date(2026, 11, 20)


def line(n, **changed):
    row = {
        "工单编号": f"GD202611200{n:03d}", "诉求标题": f"第{n}件", "诉求内容": f"夜间施工扰民，第 {n} 件。",
        "诉求地址": "天府三街 88 号", "受理时间": DAY, "办理状态": "",
    }  # fmt: skip
    return list((row | changed).values())


def of(no):
    return db.session.scalars(select(Complaint).where(Complaint.external_no == no)).one()


@pytest.fixture
def known(units, cast):
    def made(n, **more):
        told = {"external_no": f"GD202611200{n:03d}", "title": f"第{n}件", "text": f"夜间施工扰民，第 {n} 件。"}
        return complaint(units, cast, **told | {"received_on": DAY} | more)

    return made


# ── out ──────────────────────────────────────────────────────────────────────


def exported(as_, user, channel="12345", asked=""):
    body = as_(user).get(f"/complaints/platforms/{channel}.xlsx{asked}").data
    return CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()


def test_administrators_get_no_platform_sheet(as_, cast):
    assert as_(cast["sysadmin"]).get("/complaints/platforms/12345.xlsx").status_code == 403


def test_the_sheet_has_the_platforms_columns_our_answers_and_nobodys_name(as_, cast, units, known):
    case = known(1, phone="13912345678", identity=Identity.CONFIDENTIAL, state=ComplaintState.ANSWERED, answered_on=DAY)
    case.answers += [Answer(unit_id=case.unit_id, number=n, text=f"答复{n}") for n in (1, 2)]
    complaint(units, cast, channel=Channel.H12369)
    complaint(units, cast, unit_id=units["other"].id, title="别处")
    db.session.commit()
    head, *rows = exported(as_, cast["chief"])
    assert head == [column.title for column in platform.platforms()[Channel.H12345].columns]
    assert [row[0] for row in rows] == ["GD202611200001"]
    told = dict(zip(head, rows[0], strict=True))
    assert (told["办理结果"], told["答复时间"], told["办理状态"]) == ("答复1\n答复2", DAY, "已答复")
    assert told["承办单位案号"] == case.no
    assert not any(secret in str(rows) for secret in ("13912345678", "张女士", "139****"))
    assert len(exported(as_, cast["head"])) == 3
    assert len(exported(as_, cast["head"], asked="?q=别处")) == 2


def test_a_point_goes_out_in_one_column_and_comes_back_from_it(as_, cast, units, send):
    complaint(units, cast, channel=Channel.H12369, longitude=104.0668, latitude=30.5728, external_no="HB202611200001")
    head, row = exported(as_, cast["head"], "12369")
    assert dict(zip(head, row, strict=True))["经纬度"] == "104.0668, 30.5728"
    client, page = send(xlsx(["举报编号", "经纬度"], ["HB202611200001", "30.58, 104.07"]), who="head")
    assert "更新 1 行（1 处）" in client.get(page).text
    client.post(f"{page}/store")
    case = of("HB202611200001")
    db.session.refresh(case)
    assert (case.longitude, case.latitude) == (104.07, 30.58)


def test_what_went_out_comes_back_and_changes_nothing(as_, cast, known, send):
    known(1)
    known(2, state=ComplaintState.CLOSED, closed_on=DAY, answered_on=DAY)
    for sheet in ("/complaints/platforms/12345.xlsx", "/complaints/export.xlsx"):
        client, page = send(as_(cast["head"]).get(sheet).data, who="head")
        assert "无变化：2 行" in client.get(page).text, sheet


# ── in ───────────────────────────────────────────────────────────────────────


def test_the_next_days_sheet_adds_the_new_and_puts_right_the_known(send, known):
    case, same = known(1), known(2)
    content = xlsx(HEAD, line(1, 诉求标题="夜间施工", 办理状态="处理中"), line(2), line(3))
    client, page = send(content)
    shown = client.get(page).text
    assert "新增 1 行，更新 1 行（2 处），无变化 1 行" in shown
    assert "1 行没有写来源，按工单号的样子认作 12345" in shown
    assert "<del>第1件</del>" in shown
    assert (case.title, case.reported_state) == ("第1件", ""), "a look changes nothing"
    client.post(f"{page}/store")
    for row in (case, same):
        db.session.refresh(row)
    assert (case.title, case.reported_state, case.state) == ("夜间施工", "处理中", ComplaintState.REGISTERED)
    assert (same.title, of("GD202611200003").channel) == ("第2件", Channel.H12345)
    diary = db.session.scalars(select(Step.remark).where(Step.subject_id == case.id)).all()
    assert any("事项 第1件 → 夜间施工" in remark for remark in diary)


def test_an_answer_is_never_changed_by_a_sheet(send, known):
    case = known(1, state=ComplaintState.ANSWERED, answered_on=DAY)
    case.answers.append(Answer(unit_id=case.unit_id, number=1, text="已整改"))
    db.session.commit()
    client, page = send(xlsx([*HEAD, "办理结果"], [*line(1, 办理状态="已办结"), "另一个答复"]))
    assert "更新 1 行（1 处）" in client.get(page).text
    client.post(f"{page}/store")
    db.session.refresh(case)
    assert ([a.text for a in case.answers], case.reported_state) == (["已整改"], "已办结")
    assert case.state is ComplaintState.ANSWERED


def test_of_a_case_that_is_worked_on_the_text_stays_and_the_page_says_so(send, known):
    case = known(1, state=ComplaintState.ASSIGNED, assigned_on=DAY)
    client, page = send(xlsx(HEAD, line(1, 诉求内容="改过的内容", 诉求地址="府城大道 1 号")))
    assert "已办到“交办”，这一格没有导入" in client.get(page).text
    client.post(f"{page}/store")
    db.session.refresh(case)
    assert (case.text, case.place) == ("夜间施工扰民，第 1 件。", "府城大道 1 号")


def test_what_a_clerk_put_right_since_is_pointed_out_before_the_sheet_undoes_it(send, known, as_, cast):
    case = known(1, state=ComplaintState.ASSIGNED, assigned_on=DAY)
    told = {"title": "更正过的标题", "place": case.place, "medium": "other", "unit_id": case.unit_id}
    as_(cast["officer"]).post(f"/complaints/{case.id}/edit", data=told)
    client, page = send(xlsx(HEAD, line(1)))
    assert "officer 于 2026-11-24 改过这一栏，存入会改回" in client.get(page).text


def test_one_wrong_row_and_nothing_is_kept(send, known):
    case = known(1)
    client, page = send(xlsx(HEAD, line(1, 诉求标题="新标题"), line(2, 受理时间="明年")))
    assert "B2" not in judged(client, page)
    client.post(f"{page}/store")
    db.session.refresh(case)
    assert case.title == "第1件"
    assert len(db.session.scalars(select(Complaint)).all()) == 1


def test_a_case_beyond_the_clerks_reach_is_not_theirs_to_change(send, units, known):
    known(1, unit_id=units["other"].id)
    client, page = send(xlsx(HEAD, line(1, 诉求标题="新")), who="chief")
    assert "不归您维护" in client.get(page).text


def test_half_a_point_is_none(send):
    client, page = send(xlsx([*HEAD, "经度", "纬度"], [*line(1), "104.07", ""]))
    assert "经度和纬度要一起写" in client.get(page).text


def test_every_heading_of_the_platforms_is_known_when_it_comes_back():
    from ems.complaints.sheets import KIND  # noqa: PLC0415
    from ems.web.matching import synonyms  # noqa: PLC0415

    for one in platform.platforms().values():
        assert not {"complainant", "phone", "identity"} & {column.field for column in one.columns}
        assert one.columns[0].field == "external_no"
    known = synonyms(KIND)[0]
    assert known["诉求地址"][0] == "place"
    assert known["被举报单位"][0] == "enterprise_name"


def test_a_platforms_wish_for_silence_is_kept_and_its_next_sheet_tells_nobody_either(load, send):
    head = [*HEAD, "联系人", "联系电话", "是否保密"]
    who = {"诉求内容": "我是欧阳绝密，电话 13987654321，夜间施工。", "联系人": "欧阳绝密", "联系电话": "13987654321"}
    load(xlsx(head, line(1, **who, 是否保密="是"), line(2, **who, 是否保密="否")))
    silent, open_to_all = of("GD202611200001"), of("GD202611200002")
    assert (silent.identity, silent.complainant) == (Identity.CONFIDENTIAL, "欧阳绝密")
    assert silent.text == "我是欧**，电话 139****4321，夜间施工。"
    assert (open_to_all.identity, open_to_all.text) == (Identity.OPEN, who["诉求内容"])
    client, page = send(xlsx(head, line(1, **who, 是否保密="是")))
    assert "无变化：1 行" in client.get(page).text
    client, page = send(xlsx(head, line(1, **who | {"诉求内容": "欧阳绝密又来电"}, 是否保密="是")))
    client.post(f"{page}/store")
    assert of("GD202611200001").text == "欧**又来电"
    assert not [row for row in db.session.scalars(select(Step.remark)) if "欧阳绝密" in row]
    client, page = send(xlsx(head, line(3, **who, 是否保密="也许")))
    assert "填其中之一" in client.get(page).text
