"""Tables of enterprises: every doubt of a credit code is taken and listed; one code and one name are one file."""

import pytest
from sqlalchemy import func, select

from ems.core import module
from ems.core.db import db
from ems.core.workflow import Step
from ems.enterprises.credit_code import CodeDoubt, check_character
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from tests.sheets import book, judged, xlsx

HEAD = ["序\n号", "市", "企业\n名称", "统一社会\n信用代码", "行业\n类别", "经度\n（°）", "纬度\n（°）"]


def sound(n):
    """A code that holds, made up."""
    first = f"9151010000000{n:04d}"
    return first + check_character(first)


def firm(n=1, code=None, name=None, city="甲市"):
    return [
        n,
        city,
        name or f"第{n}化工厂",
        sound(n) if code is None else code,
        "化学原料和化学制品制造业",
        104.06,
        30.6,
    ]


def firms():
    return db.session.scalars(select(Enterprise).order_by(Enterprise.id)).all()


def check(code):
    found = next(check for check in module.checks() if check.code == code)
    return db.session.scalars(found.rows()).all()


@pytest.fixture
def take(load):
    return lambda content, **how: load(content, who="officer", intake="enterprises", **how)


@pytest.fixture
def offer(send):
    return lambda content, **how: send(content, who="officer", intake="enterprises", **how)


def test_a_table_with_merged_cities_and_broken_headings_becomes_files(take, units):
    content = xlsx(HEAD, firm(1), firm(2, city=""), firm(3, city="乙市"), merged=["B2:B3"])
    take(content)
    assert [one.no for one in firms()] == ["QY-2026-0001", "QY-2026-0002", "QY-2026-0003"]
    assert [(one.name, one.city) for one in firms()] == [
        ("第1化工厂", "甲市"),
        ("第2化工厂", "甲市"),
        ("第3化工厂", "乙市"),
    ]
    assert {(one.unit_id, one.longitude, one.code_doubt) for one in firms()} == {(units["bureau"].id, 104.06, None)}
    assert "由表格导入" in db.session.scalars(select(Step.remark)).first()


@pytest.mark.parametrize(
    ("said", "doubt", "kept"),
    [
        ("", CodeDoubt.MISSING, None),
        ("-", CodeDoubt.MISSING, None),
        ("0", CodeDoubt.MISSING, None),
        (0.0, CodeDoubt.MISSING, None),
        ("\u200b", CodeDoubt.MISSING, None),
        (915101005641120326.0, CodeDoubt.DIGITS_LOST, "915101005641120000"),
        (sound(1).lower(), CodeDoubt.REPAIRED, sound(1)),
        (f"{sound(1)}(01）", CodeDoubt.SUFFIX, sound(1)),
        (f"{sound(1)}(\u00a0)", CodeDoubt.SUFFIX, sound(1)),
        (sound(1)[:-1] + "0", CodeDoubt.CHECK, sound(1)[:-1] + "0"),
        (sound(1) + "00", CodeDoubt.LENGTH, sound(1) + "00"),
    ],
)
def test_every_defect_of_a_code_is_flagged_kept_and_listed_by_a_check(take, said, doubt, kept):
    client, page = take(xlsx(HEAD, firm(1, code=said)))
    one = firms()[0]
    assert one.code_doubt is doubt
    assert one.credit_code == kept
    assert judged(client, page)["D2"].startswith(str(doubt.label))
    listed = check("enterprises.code_missing") + check("enterprises.code_doubtful")
    assert [row.id for row in listed] == [one.id]


def test_a_code_is_kept_letter_by_letter_beside_its_reading(take):
    take(xlsx(HEAD, firm(1, code=f" {sound(1)}(01）")))
    assert firms()[0].credit_code_given == f" {sound(1)}(01）"


def test_a_cut_off_name_is_flagged_and_listed(take):
    client, page = take(xlsx(HEAD, firm(1, name="某石油天然气股份有限公司分公司（化肥业务..")))
    assert judged(client, page)["C2"].startswith("名称被截断")
    assert check("enterprises.name_cut") == firms()


def test_no_name_is_a_fault(offer):
    client, page = offer(xlsx(HEAD, firm(1), firm(2, name=" ")))
    assert judged(client, page)["C3"].startswith("请填写")


def test_two_rows_with_one_sound_code_are_a_fault_that_names_both(offer):
    client, page = offer(xlsx(HEAD, firm(1), firm(2), firm(3, code=sound(1).lower())))
    text = client.get(page).text
    assert "与第 2 行代码相同" in text
    client.post(f"{page}/store")
    assert firms() == []


def test_two_codes_that_lost_their_digits_are_no_same_number(take):
    take(xlsx(HEAD, firm(1, code=915101005641120000.0), firm(2, code=915101005641120000.0)))
    assert len(firms()) == 2


def test_an_enterprise_that_has_its_file_is_a_fault_by_code_and_by_name(take, offer):
    take(xlsx(HEAD, firm(1), firm(2)))
    client, page = offer(xlsx(HEAD, firm(1, name="改了名的厂"), firm(2, code="-"), firm(3)))
    found = judged(client, page)
    assert (
        "<ins>改了名的厂</ins>" in client.get(page).text
    )  # a code that holds names its file: a change, not a second one
    assert found["C3"].startswith("同名企业已有档案 QY-2026-0002")
    assert "3 行中 1 行有误" in client.get(page).text


def test_two_of_one_name_are_flagged_and_taken(take):
    client, page = take(xlsx(HEAD, firm(1, name="青山厂"), firm(2, name="青山厂")))
    assert judged(client, page)["C3"].startswith("与第 2 行同名")
    assert len(firms()) == 2


def test_words_of_other_tables_are_read_and_unknown_ones_refuse(take, offer):
    head = ["企业名称", "运行状态", "企业类别", "关停日期"]
    take(xlsx(head, ["甲厂", "正常", "餐饮", ""], ["乙厂", "注销", "一般", "2025.3.1"]))
    first, second = firms()
    assert (first.state, first.kind, first.catering) == (EnterpriseState.OPERATING, EnterpriseClass.CATERING, True)
    assert (second.state, f"{second.closed_on}") == (EnterpriseState.CLOSED, "2025-03-01")
    client, page = offer(xlsx(head, ["丙厂", "时开时停", "", ""]), name="乙.xlsx")
    assert judged(client, page)["B2"].startswith("不在列表之中；填其中之一：运行、停产、关闭")


def test_coordinates_the_wrong_way_round_are_a_fault(offer):
    client, page = offer(xlsx(["企业名称", "经度", "纬度"], ["甲厂", 30.6, 104.06]))
    assert "请核对经纬度是否填反" in judged(client, page)["C2"]


def test_permits_named_in_the_table_are_offered_where_they_belong(offer):
    client, page = offer(xlsx([*HEAD, "排污许可证\n编号"], [*firm(1), f"{sound(1)}001P"]))
    text = client.get(page).text
    assert "同一张表还可以导入“排污许可”" in text
    assert "/imports/permits/" in text


def test_the_fullest_of_three_sheets_is_the_one_that_counts(take):
    take(book({"说明": [["填表须知"]], "名单": [HEAD, firm(1)], "空": []}))
    assert db.session.scalar(select(func.count()).select_from(Enterprise)) == 1
