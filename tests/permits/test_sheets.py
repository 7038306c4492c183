"""Tables of permits and of limits: told apart by their headings, each row with its enterprise, or not at all."""

from datetime import date

import pytest
from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.duties import Duty
from ems.enterprises.credit_code import check_character
from ems.enterprises.models import Enterprise, Outlet, OutletMedium
from ems.permits.models import Direction, Permit, PermitClass, PermitLimit, PermitState
from tests.sheets import csv, judged, xlsx

FIRST = "9151010000000000" + "1"
CODE = FIRST + check_character(FIRST)
NO = f"{CODE}001P"
HEAD = ["企业名称", "信用代码", "许可证编号", "有效期至"]
LIMITS = ["企业名称", "排放口", "污染物", "超标率_exceed", "标准值", "单位"]


@pytest.fixture
def firms(units):
    """Two enterprises, the first with a code."""
    rows = [Enterprise(no=f"QY-2026-000{n}", name=f"第{n}化工厂", unit_id=units["bureau"].id) for n in (1, 2)]
    rows[0].take_code(CODE)
    db.session.add_all(rows)
    db.session.commit()
    return rows


@pytest.fixture
def take(load, firms):
    return lambda content, **how: load(content, who="officer", intake="permits", **how)


@pytest.fixture
def offer(send, firms):
    return lambda content, **how: send(content, who="officer", intake="permits", **how)


def permits():
    return db.session.scalars(select(Permit).order_by(Permit.id)).all()


def limits():
    return db.session.scalars(select(PermitLimit).order_by(PermitLimit.id)).all()


def test_a_permit_comes_to_its_enterprise_with_its_duties(take, firms):
    take(xlsx(HEAD, ["第1化工厂", CODE, NO, "2027.6.30"]))
    one = permits()[0]
    assert (one.no, one.title, one.enterprise_id, one.unit_id) == (NO, "第1化工厂", firms[0].id, firms[0].unit_id)
    assert one.valid_to == date(2027, 6, 30)
    rules = db.session.scalars(select(Duty.rule).where(Duty.subject_type == "permit", Duty.subject_id == one.id)).all()
    assert "PERMIT_RENEW" in rules


def test_an_enterprise_without_a_file_is_a_fault_that_names_the_remedy(offer):
    client, page = offer(xlsx(HEAD, ["第1化工厂", CODE, NO, ""], ["无名厂", "-", "X", ""]))
    assert judged(client, page)["A3"] == "没有这家企业的档案；先导入企业，再导入这张表"
    client.post(f"{page}/store")
    assert permits() == []


def test_a_sound_code_outdoes_the_name_and_a_doubtful_one_does_not(take, firms):
    client, page = take(xlsx(HEAD, ["改了名的厂", CODE.lower(), NO, ""], ["第2化工厂", "-", "X", ""]))
    assert [one.enterprise_id for one in permits()] == [firms[0].id, firms[1].id]
    assert judged(client, page)["A2"].startswith("代码是“第1化工厂”的，按代码归入")


def test_a_name_that_two_enterprises_have_is_a_fault(offer, units):
    db.session.add_all(Enterprise(no=f"QY-2025-000{n}", name="青山厂", unit_id=units["bureau"].id) for n in (1, 2))
    db.session.commit()
    client, page = offer(xlsx(HEAD, ["青山厂", "", NO, ""]))
    assert judged(client, page)["A2"].startswith("对应不止一家企业；补上信用代码")


def test_rows_of_a_table_of_enterprises_that_name_no_permit_are_left_out_and_counted(take):
    take(xlsx(["企业名称", "许可证编号"], ["第1化工厂", NO], ["第2化工厂", ""], ["无名厂", "-"]))
    assert [one.no for one in permits()] == [NO]


def test_the_page_says_how_many_rows_name_no_permit(offer):
    client, page = offer(xlsx(["企业名称", "许可证编号"], ["第1化工厂", NO], ["第2化工厂", ""]))
    assert "没有许可证编号：1 行" in client.get(page).text


def test_a_permit_without_its_number_is_a_fault(offer):
    client, page = offer(xlsx(HEAD, ["第1化工厂", CODE, "", "2027-06-30"]))
    assert judged(client, page)["C2"].startswith("请填写")


def test_a_missing_validity_is_flagged_asks_for_no_renewal_and_a_check_lists_it(take):
    client, page = take(xlsx(HEAD, ["第1化工厂", CODE, NO, ""]))
    assert judged(client, page)["D2"].startswith("有效期不明，不产生延续期限")
    assert db.session.scalars(select(Duty).where(Duty.rule == "PERMIT_RENEW")).all() == []
    check = next(check for check in module.checks() if check.code == "permits.no_validity")
    assert [row.no for row in db.session.scalars(check.rows())] == [NO]


def test_from_and_to_in_one_cell_are_read_as_both(take):
    take(xlsx(["企业名称", "许可证编号", "有效期限"], ["第1化工厂", NO, "2022年7月1日至2027年6月30日"]))
    assert [(one.valid_from, one.valid_to) for one in permits()] == [(date(2022, 7, 1), date(2027, 6, 30))]


def test_a_validity_that_is_no_day_is_flagged(take):
    client, page = take(xlsx(HEAD, ["第1化工厂", CODE, NO, "长期"]))
    assert "不是有效日期" in str(client.get(page).text)
    assert permits()[0].valid_to is None


def test_one_that_has_run_out_comes_in_as_expired(take):
    take(xlsx(HEAD, ["第1化工厂", CODE, NO, "2020-06-30"]))
    assert permits()[0].state is PermitState.EXPIRED


def test_two_rows_with_one_number_and_a_number_that_is_here_are_faults(take, offer):
    client, page = offer(xlsx(HEAD, ["第1化工厂", CODE, NO, ""], ["第2化工厂", "", NO, ""]))
    assert judged(client, page)["C3"].startswith("与第 2 行重复")
    take(xlsx(HEAD, ["第1化工厂", CODE, NO, ""]))
    client, page = offer(xlsx(HEAD, ["第1化工厂", CODE, NO, "2027-06-30"]))
    assert judged(client, page)["C2"].startswith("这个编号已经登记（第1化工厂）")


def test_an_odd_number_is_flagged_and_kept_as_it_is(take):
    client, page = take(xlsx(HEAD, ["第1化工厂", CODE, f"{CODE}001w", ""]))
    assert judged(client, page)["C2"].startswith("编号格式不符")
    assert permits()[0].no == f"{CODE}001w"


def test_classes_are_read_in_the_words_tables_use(take):
    take(xlsx([*HEAD, "管理类别"], ["第1化工厂", CODE, NO, "", "重点"]))
    assert permits()[0].permit_class is PermitClass.KEY


def test_a_table_of_limits_is_known_by_its_headings_and_makes_the_outlets(take, firms):
    take(xlsx(HEAD, ["第1化工厂", CODE, NO, "2027-06-30"]), name="证.xlsx")
    rows = (
        ["第1化工厂", "废水总排口", "化学需氧量", "0.0", "50.0", "mg/L"],
        ["第1化工厂", "废水总排口", "氨氮", "1.0", "5.0", "mg/L"],
        ["第2化工厂", "窑尾", "烟尘", "0.0", "20.0", "mg/m3"],
        ["第2化工厂", "窑尾", "炉膛温度", "0.0", "850.0", "℃/2S"],
    )
    take(csv(LIMITS, *rows), name="限值.csv")
    outlets = db.session.scalars(select(Outlet).order_by(Outlet.id)).all()
    assert [(o.name, o.enterprise_id, o.medium, o.code) for o in outlets] == [
        ("废水总排口", firms[0].id, OutletMedium.WATER, None), ("窑尾", firms[1].id, OutletMedium.GAS, None),
    ]  # fmt: skip
    assert [(x.pollutant, x.value, x.direction) for x in limits()] == [
        ("化学需氧量", "50.0", Direction.MAX), ("氨氮", "5.0", Direction.MAX),
        ("烟尘", "20.0", Direction.MAX), ("炉膛温度", "850.0", Direction.MIN),
    ]  # fmt: skip
    assert [x.permit_id for x in limits()] == [permits()[0].id, permits()[0].id, None, None]
    assert [x.outlet_id for x in limits()] == [outlets[0].id, outlets[0].id, outlets[1].id, outlets[1].id]


def test_an_outlet_that_is_known_is_not_made_again(take, firms):
    db.session.add(Outlet(enterprise_id=firms[0].id, unit_id=firms[0].unit_id, name="总排口", code="DW001"))
    db.session.commit()
    take(
        csv(LIMITS, *(["第1化工厂", said, f"物{n}", "", "5", "mg/L"] for n, said in enumerate(("总排口", "DW001")))),
        name="a.csv",
    )
    assert len(db.session.scalars(select(Outlet)).all()) == 1
    assert len({limit.outlet_id for limit in limits()}) == 1


def test_a_limit_without_a_number_is_a_fault_and_one_that_is_here_too(take, offer):
    row = ["第1化工厂", "总排口", "氨氮", "", "5", "mg/L"]
    client, page = offer(csv(LIMITS, [*row[:4], "", "mg/L"], [*row[:4], "五", "mg/L"]), name="a.csv")
    found = judged(client, page)
    assert "限值和年许可量至少填一项" in found["E2"]
    assert "不是数字" in found["E3"]
    take(csv(LIMITS, row), name="b.csv")
    client, page = offer(csv(LIMITS, row, ["第1化工厂", "总排口", "总磷", "", "0.5", "mg/L"]), name="c.csv")
    assert judged(client, page)["C2"].startswith("这项限值已经登记")
