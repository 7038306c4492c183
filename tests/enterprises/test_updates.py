"""A register sent back as a sheet: it changes the files it names, after saying cell by cell what it would change."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.core.db import db
from ems.core.workflow import Step
from ems.enterprises.models import EnterpriseState
from tests.enterprises.test_sheets import firms, sound
from tests.factories import enterprise
from tests.sheets import judged, xlsx


@pytest.fixture
def offer(send):
    return lambda content, who="officer", **how: send(content, who=who, intake="enterprises", **how)


@pytest.fixture
def firm(units, cast):
    def made(n, **known):
        return enterprise(
            units, cast, **{"name": f"第{n}化工厂", "phone": "028-1", "industry": "化工", "code": sound(n)} | known
        )

    return made


def test_a_register_exported_and_sent_back_changes_nothing(offer, as_, cast, firm):
    firm(1, longitude=104.0668, latitude=30.5, note="一行\n两行")
    firm(2, state=EnterpriseState.CLOSED)
    firm(3, name="无代码食堂", code=None)
    for kind in ("xlsx", "csv"):
        sheet = as_(cast["officer"]).get(f"/enterprises/export.{kind}").data
        client, page = offer(sheet, name=f"企业档案.{kind}")
        shown = client.get(page).text
        assert "无变化：3 行" in shown
        assert "存入 " not in shown.split("</h1>")[1].split("读表结果")[0]
        client.post(f"{page}/store")
        assert db.session.scalars(select(Step).where(Step.remark.contains("由表格更新"))).all() == []


def test_a_row_with_a_number_changes_its_file_after_a_look_at_each_cell(offer, firm):
    one, two = firm(1), firm(2)
    head = ["编号", "联系电话", "行业类别", "企业名称", "联系人"]
    content = xlsx(head, [one.no, "028-9", "清空", "", ""], [two.no, "", "", "新名称厂", "无"])
    client, page = offer(content)
    shown = client.get(page).text
    assert "更新 2 行（3 处）" in shown
    assert "<del>028-1</del>" in shown
    assert "<ins>028-9</ins>" in shown
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{page}/marked.xlsx").data))
    assert [row[2:] for row in book.get_sheet_by_name("改动").to_python()[1:]] == [
        ["联系电话", "028-1", "028-9"],
        ["行业类别", "化工", ""],
        ["企业名称", "第2化工厂", "新名称厂"],
    ]
    assert client.post(f"{page}/store").status_code == 303
    db.session.expire_all()
    assert (one.phone, one.industry, one.name) == ("028-9", "", "第1化工厂")
    assert (two.name, two.former_names, two.phone, two.contact) == ("新名称厂", "第2化工厂", "028-1", "")
    diary = db.session.scalars(select(Step.remark).where(Step.subject_id == one.id, Step.remark != "")).all()
    assert diary[-1].endswith("联系电话 028-1 → 028-9；行业类别 化工 → 空")


def test_a_sound_code_names_the_file_and_new_rows_stand_beside_it(offer, firm):
    firm(1)
    content = xlsx(
        ["企业名称", "统一社会信用代码", "电话"], ["第1化工厂", f" {sound(1)} ", "028-7"], ["新厂", sound(9), ""]
    )
    client, page = offer(content)
    assert "新增 1 行，更新 1 行（1 处）" in client.get(page).text
    client.post(f"{page}/store")
    db.session.expire_all()
    assert [(e.name, e.phone) for e in firms()] == [("第1化工厂", "028-7"), ("新厂", "")]


def test_a_fault_refuses_all_of_it(offer, firm, units):
    one, others = firm(1, unit_id=units["bureau"].id), firm(2)
    head = ["编号", "企业名称", "现状", "建档日期", "经度"]
    content = xlsx(
        head,
        ["QY-2026-9999", "没有的厂", "", "", ""],
        [one.no, "清空", "关闭", "2026-12-31", "九"],
        [one.no, "", "", "", ""],
        [others.no, "改别人的", "", "", ""],
    )
    client, page = offer(content, who="chief")
    said = judged(client, page)
    assert said["A2"].startswith("没有这个编号的企业档案")
    assert said["B3"].startswith("不能清空")
    assert said["C3"].startswith("现状与档案不同")
    assert said["D3"].startswith("不能晚于今天")
    assert "只写数字" in said["E3"]
    assert said["A4"].startswith("与第 3 行是同一条记录")
    assert said["A5"].startswith("这份档案不归您维护")
    client.post(f"{page}/store")
    db.session.expire_all()
    assert one.name == "第1化工厂"


def test_what_somebody_changed_after_the_look_is_looked_at_again(offer, firm):
    one = firm(1)
    client, page = offer(xlsx(["编号", "联系电话"], [one.no, "028-9"]))
    token = client.get(page).text.split('name="changes"')[1].split('value="')[1].split('"')[0]
    one.phone = "028-5"
    db.session.commit()
    client.post(f"{page}/store", data={"changes": token})
    db.session.expire_all()
    assert one.phone == "028-5"
    assert "重新核对" in client.get(page).text


def test_the_command_says_what_would_change_and_that_nothing_does(app, cast, firm, tmp_path):
    """`flask load`, as the pages have it."""
    one = firm(1)
    file = tmp_path / "更新.xlsx"
    for phone, said in (("028-9", f"{one.no} 联系电话：028-1 → 028-9"), ("028-9", "无变化：1 行")):
        file.write_bytes(xlsx(["编号", "联系电话"], [one.no, phone]))
        answer = app.test_cli_runner().invoke(args=["load", "enterprises", str(file), "--as", "officer"])
        assert answer.exit_code == 0, answer.output
        assert said in answer.output
    db.session.expire_all()
    assert one.phone == "028-9"
