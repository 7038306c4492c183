from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.core.db import db
from ems.enterprises.models import Outlet, OutletMedium
from ems.permits.forms import LimitSheetForm, NewPermitForm
from ems.permits.models import (
    Authority,
    Direction,
    Permit,
    PermitClass,
    PermitLimit,
    PermitState,
    ReviewResult,
    ReviewState,
)
from ems.permits.registers import LIMITS, REGISTER, REVIEWS
from ems.web.session import enter
from tests.conftest import TODAY
from tests.factories import enterprise, outlet, permit

COPY = {
    "no": "91510100000000001H001P", "permit_class": "key", "authority": "city", "origin": "first",
    "issued_on": "2026-11-20", "valid_from": "2026-11-21", "valid_to": "2031-11-20", "state": "valid",
}  # fmt: skip
LIMIT = {"pollutant": "化学需氧量", "outlet": "DW001", "value": "50", "unit_of": "mg/L"}


def new(client, whose, **changed):
    return client.post("/permits/new", data=COPY | {"holder": whose} | changed)


def move(client, row, name, **data):
    return client.post(f"/permits/{row.id}/moves/{name}", data={"day": f"{TODAY}"} | data)


def only():
    return db.session.scalars(select(Permit)).one()


@pytest.mark.parametrize("who", ["liaison", "hotline", "auditor", "leader", "sysadmin"])
def test_who_may_not_register_a_permit(as_, cast, units, who):
    name = enterprise(units, cast).name
    assert as_(cast[who]).get("/permits/new").status_code == 403
    assert new(as_(cast[who]), name).status_code == 403
    assert not db.session.scalars(select(Permit)).all()


def test_a_liaison_sees_no_permits_not_even_on_the_enterprise(as_, cast, units):
    row = permit(units, cast)
    client = as_(cast["liaison"])
    for path in ("", f"{row.id}", "reviews/", f"reviews/{row.reviews[0].id}", "limits/", "export.xlsx"):
        assert client.get(f"/permits/{path}").status_code == 403
    assert row.no not in client.get(f"/enterprises/{row.enterprise_id}").text


@pytest.mark.parametrize("who", ["auditor", "leader", "hotline"])
def test_who_may_look_but_not_touch(as_, cast, units, who):
    row = permit(units, cast)
    client = as_(cast[who])
    page = client.get(f"/permits/{row.id}").text
    assert row.no in page
    assert "/moves/" not in page
    assert "/edit" not in page
    assert client.post(f"/permits/{row.id}/edit", data=COPY).status_code == 403
    assert client.post(f"/permits/{row.id}/limits/new", data=LIMIT).status_code == 403
    assert client.post(f"/permits/reviews/{row.reviews[0].id}/moves/review", data={}).status_code == 403
    assert move(client, row, "renew").status_code == 403
    assert move(client, row, "apply_renewal").status_code == 409
    assert row.state is PermitState.VALID


def test_a_stranger_finds_none_of_it(as_, cast, units):
    row = permit(units, cast)
    chief = as_(cast["chief"])  # of the bureau; the permit is the street's
    paths = (
        f"{row.id}",
        f"{row.id}/edit",
        f"{row.id}/moves/renew",
        f"reviews/{row.reviews[0].id}",
        f"{row.id}/limits/new",
    )
    assert {chief.get(f"/permits/{path}").status_code for path in paths} == {404}
    assert row.title not in chief.get("/permits/").text


def test_a_permit_is_registered_from_the_enterprise(as_, cast, units):
    owner = enterprise(units, cast)
    client = as_(cast["officer"])
    assert f"/permits/new?enterprise={owner.id}" in client.get(f"/enterprises/{owner.id}").text
    assert f'value="{owner.no}"' in client.get(f"/permits/new?enterprise={owner.id}").text
    answer = new(client, owner.no, officer_id=cast["officer"].id)
    assert answer.status_code == 303, answer.text
    row = only()
    assert (row.title, row.unit_id, row.entered_on) == (owner.name, owner.unit_id, TODAY)
    assert (row.permit_class, row.authority, row.officer_id) == (PermitClass.KEY, Authority.CITY, cast["officer"].id)
    assert [(r.year, r.from_on) for r in row.reviews] == [(2027 + n, date(2026 + n, 11, 21)) for n in range(5)]
    page = client.get(answer.location).text
    assert "2031-09-19" in page  # 60 days before the end is a Sunday; the calendar there is provisional
    assert "暂定" in page
    assert row.no in client.get(f"/enterprises/{owner.id}").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"no": " "}, "许可证编号：请填写。"),
        ({"holder": ""}, "持证企业：请填写。"),
        ({"holder": "没有这家厂"}, "持证企业：没有找到企业“没有这家厂”"),
        ({"valid_to": "2026-11-20"}, "有效期至：不能早于有效期起。"),
        ({"valid_to": "长期"}, "有效期至：不是有效日期"),
        ({"issued_on": "2026-11-25"}, "核发日期：不能晚于今天。"),
        ({"permit_class": "big"}, "管理类别："),
        ({"state": "renewed"}, "状态："),
        ({"state": "renewing"}, "状态：状态为“延续审查中”，请填写申请日期。"),
        ({"officer_id": "999"}, "经办人：请从列出的选项中选择。"),
    ],
)
def test_a_fault_names_its_field(as_, cast, units, changed, sentence):
    answer = new(as_(cast["officer"]), enterprise(units, cast).name, **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not db.session.scalars(select(Permit)).all()


def test_two_enterprises_of_one_name_are_told_apart_by_number(as_, cast, units):
    one, two = (enterprise(units, cast, name="成都石羚织染厂") for _n in range(2))
    client = as_(cast["officer"])
    assert "对应不止一家企业" in new(client, "成都石羚织染厂").text
    assert new(client, two.no).status_code == 303
    assert (only().enterprise_id, one.id == two.id) == (two.id, False)


def test_a_permit_without_validity_is_taken_flagged_and_asks_for_nothing(as_, cast, units):
    client = as_(cast["officer"])
    answer = new(client, enterprise(units, cast).name, valid_to="", valid_from="", issued_on="")
    page = client.get(answer.location).text
    assert "有效期不明：不产生延续期限" in page
    assert "现在没有期限。" in page
    assert "有效期不明 1" in client.get("/permits/").text


def test_a_number_in_force_is_not_given_twice_but_an_old_one_may_be_added(as_, cast, units):
    client, owner = as_(cast["officer"]), enterprise(units, cast)
    new(client, owner.no)
    assert f"已有同号的有效许可证（{owner.name}）" in new(client, owner.no).text
    old = {"issued_on": "2015-01-01", "valid_from": "2015-01-02", "valid_to": "2020-01-01"}
    assert new(client, owner.no, **old).status_code == 303
    assert new(client, owner.no, **old, state="revoked").status_code == 303
    states = db.session.scalars(select(Permit.state).order_by(Permit.id)).all()
    assert states == [PermitState.VALID, PermitState.EXPIRED, PermitState.REVOKED]


def test_a_corrected_validity_moves_the_duty_and_the_reviews(as_, cast, units):
    row = permit(units, cast, entered_on=TODAY)
    assert [r.from_on for r in row.reviews] == [date(2026, 2, 16)]
    changed = COPY | {"no": row.no, "valid_from": "2022-06-01", "valid_to": "2027-05-31"}
    answer = as_(cast["officer"]).post(f"/permits/{row.id}/edit", data=changed)
    assert answer.status_code == 303, answer.text
    open_ = [r.from_on for r in row.reviews if r.state is ReviewState.OPEN]
    assert open_ == [date(2026, 6, 1)]
    assert "= 2027-04-01" in as_(cast["officer"]).get(f"/permits/{row.id}").text


def test_an_ended_permit_is_sealed(as_, cast, units):
    row = permit(units, cast, state=PermitState.REVOKED)
    for path in ("edit", "limits/new"):
        assert as_(cast["officer"]).get(f"/permits/{row.id}/{path}").status_code == 409


def test_from_the_application_to_the_next_permit(as_, cast, units):
    row = permit(units, cast)
    client = as_(cast["officer"])
    assert move(client, row, "apply_renewal", day="2026-11-18", remark="网上受理").status_code == 303
    assert (row.state, row.renewal_applied_on, row.chased_on) == (
        PermitState.RENEWING,
        date(2026, 11, 18),
        date(2026, 11, 18),
    )
    assert 'value="2027-02-16"' in client.get(f"/permits/{row.id}/moves/renew").text
    answer = move(client, row, "renew", issued_on=f"{TODAY}", valid_from="2027-02-16", valid_to="2032-02-15")
    after = row.next
    assert answer.location.endswith(f"/permits/{after.id}")
    assert (after.no, after.valid_to, row.state) == (row.no, date(2032, 2, 15), PermitState.RENEWED)
    page = client.get(answer.location).text
    assert f'href="/permits/{row.id}"' in page
    assert "历次版本" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"valid_to": "2027-02-16"}, "新有效期至：应晚于新有效期起。"),
        ({"valid_to": ""}, "新有效期至：请填写。"),
        ({"issued_on": "2026-11-25"}, "延续决定日期：不能晚于今天。"),
    ],
)
def test_a_renewal_with_a_fault_changes_nothing(as_, cast, units, data, sentence):
    row = permit(units, cast, state=PermitState.RENEWING, renewal_applied_on=TODAY)
    sent = {"issued_on": f"{TODAY}", "valid_from": "2027-02-16", "valid_to": "2032-02-15"} | data
    answer = move(as_(cast["officer"]), row, "renew", **sent)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (row.state, row.next) == (PermitState.RENEWING, None)


def test_a_renewal_nobody_applied_for_is_refused(as_, cast, units):
    row = permit(units, cast)
    assert move(as_(cast["officer"]), row, "renew", valid_to="2032-02-15").status_code == 409
    assert row.next is None


def test_a_change_says_what_changed_and_keeps_the_validity(as_, cast, units):
    row = permit(units, cast)
    client = as_(cast["officer"])
    assert "请写明变更了什么" in move(client, row, "change", issued_on=f"{TODAY}", remark="").text
    assert "应晚于有效期起" in move(client, row, "change", issued_on="2022-02-16", remark="x").text
    answer = move(client, row, "change", issued_on=f"{TODAY}", remark="法定代表人变更")
    after = row.next
    assert (after.valid_from, after.valid_to, after.issued_on) == (row.valid_from, row.valid_to, TODAY)
    assert "法定代表人变更" in client.get(answer.location).text


@pytest.mark.parametrize(("name", "who"), [("revoke", "head"), ("void", "head")])
def test_ending_a_permit_asks_for_a_reason(as_, cast, units, name, who):
    row = permit(units, cast)
    assert "请写明理由" in move(as_(cast[who]), row, name, remark="").text
    assert row.state is PermitState.VALID
    assert move(as_(cast[who]), row, name, remark="企业申请注销").status_code == 303
    assert row.state is (PermitState.REVOKED if name == "revoke" else PermitState.VOID)


def test_a_review_is_done_on_the_permits_page(as_, cast, units):
    row = permit(units, cast, entered_on=TODAY)
    one = row.reviews[0]
    client = as_(cast["officer"])
    address = f"/permits/reviews/{one.id}/moves/review"
    assert address in client.get(f"/permits/{row.id}").text
    assert client.get(address).status_code == 200
    assert "请选择年审结果" in client.post(address, data={"day": f"{TODAY}", "result": ""}).text
    assert "不能早于年审周期起" in client.post(address, data={"day": "2026-02-15", "result": "passed"}).text
    assert "不能晚于今天" in client.post(address, data={"day": "2026-11-25", "result": "passed"}).text
    assert one.state is ReviewState.OPEN
    answer = client.post(address, data={"day": f"{TODAY}", "result": "rectify", "note": "台账不全"})
    assert answer.status_code == 303
    assert (one.state, one.reviewed_on, one.result) == (ReviewState.DONE, TODAY, ReviewResult.RECTIFY)
    assert one.reviewer_id == cast["officer"].id
    assert "台账不全" in client.get(answer.location).text
    page = client.get(f"/permits/{row.id}").text
    assert f"限期整改 · {TODAY}" in page
    assert address not in page


def test_an_officer_may_not_excuse_a_review(as_, cast, units):
    one = permit(units, cast).reviews[0]
    address = f"/permits/reviews/{one.id}/moves/withdraw"
    assert as_(cast["officer"]).post(address, data={"remark": "停产"}).status_code == 409
    assert as_(cast["head"]).post(address, data={"remark": "停产"}).status_code == 303
    assert one.state is ReviewState.WITHDRAWN


def limits():
    return db.session.scalars(select(PermitLimit).order_by(PermitLimit.id)).all()


def test_a_limit_finds_its_outlet_and_its_direction(as_, cast, units):
    row = permit(units, cast)
    where = outlet(units, cast, enterprise=row.enterprise)
    client = as_(cast["officer"])
    assert client.post(f"/permits/{row.id}/limits/new", data=LIMIT).status_code == 303
    known = {"pollutant": "炉膛温度", "value": "850.0", "unit_of": "℃/2S", "outlet": ""}
    client.post(f"/permits/{row.id}/limits/new", data=LIMIT | known)
    assert [(x.outlet_id, x.value, x.direction) for x in limits()] == [
        (where.id, "50", Direction.MAX), (None, "850.0", Direction.MIN),
    ]  # fmt: skip
    page = client.get(f"/permits/{row.id}").text
    assert page.index("不高于") < page.index("不低于")
    assert "化学需氧量" in client.get(f"/enterprises/outlets/{where.id}").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"pollutant": ""}, "污染物：请填写。"),
        ({"value": "6-9"}, "限值：不是数字，请写成 50 或 0.5 这样的十进制数。"),
        ({"value": ""}, "限值：限值和年许可量至少填一项。"),
        ({"annual": "约10"}, "年许可量（吨）：不是数字"),
    ],
)
def test_a_limit_with_a_fault_is_not_taken(as_, cast, units, changed, sentence):
    row = permit(units, cast)
    answer = as_(cast["officer"]).post(f"/permits/{row.id}/limits/new", data=LIMIT | changed)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert limits() == []


def test_a_limit_is_mended_and_voided_with_a_reason(as_, cast, units):
    row = permit(units, cast)
    client = as_(cast["officer"])
    client.post(f"/permits/{row.id}/limits/new", data=LIMIT)
    one = limits()[0]
    assert client.get(f"/permits/limits/{one.id}").location.endswith(f"/permits/limits/{one.id}/edit")
    assert as_(cast["leader"]).get(f"/permits/limits/{one.id}").location.endswith(f"/permits/{row.id}")
    client.post(f"/permits/limits/{one.id}/edit", data=LIMIT | {"value": "30"})
    assert one.value == "30"
    assert client.post(f"/permits/limits/{one.id}/void", data={"remark": ""}).status_code == 409
    assert client.post(f"/permits/limits/{one.id}/void", data={"remark": "新证取消"}).status_code == 303
    assert one.void
    assert "限值作废：DW001 化学需氧量。新证取消" in client.get(f"/permits/{row.id}").text
    assert client.get(f"/permits/limits/{one.id}/edit").status_code == 409


def sheet(app, who, form, **data):
    with app.test_request_context(method="POST", data=data):
        enter(who)
        made = form(meta={"csrf": False})
        return made, made.validate()


def test_a_row_of_a_sheet_of_limits_brings_its_outlet_with_it(app, cast, units):
    row = permit(units, cast)
    said = {"enterprise": row.title, "outlet": "1号机组", "pollutant": "二氧化硫", "value": "35.0", "unit_of": "mg/m3"}
    for pollutant in ("二氧化硫", "烟尘"):
        form, sound = sheet(app, cast["officer"], LimitSheetForm, **said | {"pollutant": pollutant})
        assert sound, form.errors
        form.populate_obj(limit := PermitLimit())
        db.session.add(limit)
    db.session.commit()
    made = db.session.scalars(select(Outlet)).one()
    assert (made.name, made.medium, made.enterprise_id) == ("1号机组", OutletMedium.GAS, row.enterprise_id)
    assert [(x.permit_id, x.outlet_id, x.unit_id) for x in limits()] == [(row.id, made.id, row.unit_id)] * 2
    form, sound = sheet(app, cast["officer"], LimitSheetForm, **said | {"enterprise": "没有这家厂"})
    assert (sound, "没有找到企业" in str(form.errors)) == (False, True)


def test_the_lists_go_out_as_sheets(as_, cast, units):
    row = permit(units, cast)
    as_(cast["officer"]).post(f"/permits/{row.id}/limits/new", data=LIMIT)
    client = as_(cast["officer"])
    for path, register, rows in (("", REGISTER, 1), ("reviews/", REVIEWS, 5), ("limits/", LIMITS, 1)):
        assert row.title in client.get(f"/permits/{path}").text
        body = client.get(f"/permits/{path}export.xlsx").data
        lines = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()
        assert lines[0] == [str(column.title) for column in register.columns]
        assert len(lines) == rows + 1
        assert client.get(f"/permits/{path}export.csv").status_code == 200


def test_every_column_of_a_sheet_has_a_field_and_no_two_answer_to_one_heading(app):
    with app.test_request_context():
        for register, form in ((REGISTER, NewPermitForm), (LIMITS, LimitSheetForm)):
            taken = [column for column in register.columns if column.field]
            assert {column.field for column in taken} <= set(form()._fields)
            headings = [h for column in taken for h in {str(column.title), *column.also}]
            assert len(headings) == len(set(headings))
