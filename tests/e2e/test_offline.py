"""An inspection on a phone whose network is cut, in a real browser."""

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import func, select

from ems.core import attachments
from ems.core.db import db
from ems.inspections import work as inspecting
from ems.inspections.field_models import FieldFile, Sort
from ems.inspections.models import Inspection, InspectionState, InspectionType, Verdict
from ems.inspections.moves import WORKFLOW
from tests.e2e.conftest import PASSWORD, PHONE
from tests.factories import inspection


@pytest.fixture
def row(app, units, cast):
    inspecting.seed(db.session())
    row = inspection(units, cast)
    WORKFLOW.fire("open", cast["officer"], row)
    db.session.commit()
    return row


def at_hand(page: Page, path: str) -> None:
    """The page as a phone opens it on the way out: all that it needs is kept, and the worker answers for it."""
    page.goto("/inspections/offline")
    expect(page.locator("[data-told]")).to_have_text("已带到本机，没有网络也能打开")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    opened(page, path)


def opened(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("form[data-ready]")).to_be_attached()


def told(page: Page, words: str) -> None:
    expect(page.locator("[data-net]")).to_contain_text(words)


def answer_all(page: Page, but: int = 0) -> None:
    lines = page.locator("[data-line]")
    for n in range(lines.count()):
        lines.nth(n).get_by_text("符合" if n + 1 != but else "不符合", exact=True).tap()


def sign(page: Page, pad: str) -> None:
    canvas = page.get_by_role("img", name=f"{pad}在此签名")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()


def picture(page: Page) -> dict[str, Any]:
    """A picture far larger than a form should carry."""
    drawn = page.evaluate(
        "() => { const made = document.createElement('canvas'); made.width = 2400; made.height = 1800;"
        " made.getContext('2d').fillRect(0, 0, 2400, 900); return made.toDataURL('image/jpeg').split(',')[1]; }"
    )
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": base64.b64decode(drawn)}


def fresh(row: Inspection) -> Inspection:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Inspection, row.id)


def test_without_network_nothing_is_lost_and_it_is_sent_once(app, cast, row, enter, browser):
    page = enter("officer", PHONE)
    form = f"/inspections/{row.id}/field"
    at_hand(page, form)
    phone = page.context
    phone.set_offline(True)
    told(page, "离线")
    answer_all(page, but=2)
    page.locator("[data-line='2']").get_by_label("发现的问题").fill("废水收集池溢流。")
    page.get_by_label("已出示执法证件").check()
    page.get_by_text("正常运行", exact=True).tap()
    page.get_by_role("textbox", name="现场情况").fill("一号线生产，二号线停产。")
    page.get_by_role("button", name="完成检查").tap()
    expect(page.locator("[data-missing]")).to_contain_text("请填写现场负责人姓名")
    page.get_by_label("现场负责人").fill("何志强")
    page.set_input_files("#photos", picture(page))
    expect(page.locator(".tile[data-key]")).to_have_count(1)
    sign(page, "当事人")
    sign(page, "王海燕")
    told(page, "待发送 1 张照片")
    told(page, "待发送 2 个签名")
    page.close()

    page = phone.new_page()
    opened(page, form)
    expect(page.get_by_role("textbox", name="现场情况")).to_have_value("一号线生产，二号线停产。")
    expect(page.locator("[data-line='2']").get_by_label("发现的问题")).to_have_value("废水收集池溢流。")
    expect(page.locator(".tile[data-key]")).to_have_count(1)
    expect(page.locator(".sign > img")).to_have_count(2)
    expect(page.locator("[data-answered]")).to_contain_text(f"已答 {len(row.lines)} / {len(row.lines)} 项")
    page.goto("/inspections/")
    expect(page.get_by_role("heading", name="本机的检查")).to_be_visible()
    assert fresh(row).answered == 0

    opened(page, form)
    page.get_by_role("button", name="完成检查").tap()
    told(page, "已点完成，联网后自动发送。")
    other = phone.new_page()
    opened(other, form)
    phone.set_offline(False)
    for one in (page, other):
        expect(one.locator(".page-head .state")).to_have_text("已完成")
    done = fresh(row)
    assert (done.state, done.summary) == (InspectionState.DONE, "一号线生产，二号线停产。")
    assert [one.text for one in done.findings] == ["废水收集池溢流。"]
    sorts = select(FieldFile.sort, func.count()).group_by(FieldFile.sort).order_by(FieldFile.sort)
    assert dict(db.session.execute(sorts).all()) == {Sort.PHOTO: 1, Sort.PARTY: 1, Sort.OFFICER: 1}
    (photo,) = [one for one in db.session.scalars(attachments.of(done)).unique() if one.type == "image/jpeg"]
    size = page.evaluate(
        "(address) => fetch(address).then((a) => a.blob()).then(createImageBitmap).then((i) => [i.width, i.height])",
        f"/files/{photo.id}/{photo.name}",
    )
    assert size == [1600, 1200]
    left = page.evaluate("async () => (await new fieldStore.Store(document.body.dataset.user).packages()).length")
    assert left == 0


def test_what_two_filled_in_differently_is_shown_and_chosen(app, cast, row, enter):
    page = enter("officer", PHONE)
    form = f"/inspections/{row.id}/field"
    at_hand(page, form)
    page.context.set_offline(True)
    answer_all(page, but=1)
    page.locator("[data-line='1']").get_by_label("发现的问题").fill("标志牌缺失。")
    other = enter("head", PHONE)
    opened(other, form)
    other.locator("[data-line='1']").get_by_text("不适用", exact=True).tap()
    other.get_by_role("textbox", name="现场情况").fill("陈立记：雨天。")
    other.get_by_role("button", name="立即发送").tap()
    told(other, "已全部发送")
    page.context.set_offline(False)
    box = page.get_by_role("region", name="两处填写不一致")
    expect(box).to_contain_text("不符合 · 标志牌缺失。")
    expect(box).to_contain_text("不适用")
    assert fresh(row).lines[0].verdict is Verdict.NA
    box.get_by_text("本机", exact=True).tap()
    box.get_by_role("button", name="按所选合并并发送").tap()
    told(page, "已全部发送")
    merged = fresh(row)
    assert (merged.lines[0].verdict, merged.lines[0].remark) == (Verdict.FAILS, "标志牌缺失。")
    assert (merged.summary, merged.answered) == ("陈立记：雨天。", len(merged.lines))

    page.context.set_offline(True)
    page.get_by_role("textbox", name="现场情况").fill("离线时补记：下午放晴。")
    told(page, "待发送 1 项")
    WORKFLOW.fire("void", cast["chief"], merged, "改日再查")
    db.session.commit()
    page.context.set_offline(False)
    refused = page.get_by_role("region", name="没有接收")
    expect(refused).to_contain_text("这次检查已经“作废”，本机的填写没有写入。")
    expect(refused).to_contain_text("离线时补记：下午放晴。")
    with page.expect_download() as file:
        refused.get_by_role("button", name="导出为文件").tap()
    assert "离线时补记：下午放晴。" in Path(file.value.path()).read_text(encoding="utf-8")
    page.once("dialog", lambda dialog: dialog.accept())
    refused.get_by_role("button", name="丢弃本机内容").tap()
    expect(page.locator(".page-head .state")).to_have_text("作废")


def test_a_liaison_officer_checks_the_own_unit_and_leaves_nothing_in_the_phone(app, cast, units, enter):
    inspecting.seed(db.session())
    known = {"type": InspectionType.SELF_CHECK, "unit_id": units["street"].id, "party": "石羊街道办事处"}
    row = inspection(units, cast, lead_id=cast["liaison"].id, second_id=None, enterprise_id=None, **known)
    page = enter("liaison", PHONE)
    at_hand(page, f"/inspections/{row.id}/field")
    page.context.set_offline(True)
    answer_all(page)
    page.get_by_role("button", name="完成检查").tap()
    told(page, "已点完成")
    page.context.set_offline(False)
    expect(page.locator(".page-head .state")).to_have_text("已完成")
    assert fresh(row).state is InspectionState.DONE

    begin_on_the_spot(page)
    own = select(Inspection.state).where(Inspection.lead_id == cast["liaison"].id).order_by(Inspection.id)
    db.session.rollback()
    assert db.session.scalars(own).all() == [InspectionState.DONE, InspectionState.OPEN]
    log_in_again_and_go_on(page, f"/inspections/{row.id + 1}/field")
    warned_and_emptied(page)


def begin_on_the_spot(page: Page) -> None:
    page.goto("/inspections/offline")
    page.get_by_role("link", name="日常自查", exact=True).tap()
    expect(page.locator("form[data-ready]")).to_be_attached()
    page.context.set_offline(True)
    answer_all(page)
    told(page, f"待发送 {page.locator('[data-line]').count()} 项")
    page.goto("/inspections/offline")
    begun_here = page.get_by_role("region", name="只在本机的检查")
    expect(begun_here).to_contain_text("有未发送的内容")
    page.context.set_offline(False)
    expect(page.locator("[data-local]")).to_contain_text("已存本机")


def log_in_again_and_go_on(page: Page, form: str) -> None:
    opened(page, form)
    page.context.set_offline(True)
    page.locator("[data-line='1']").get_by_text("不适用", exact=True).tap()
    told(page, "待发送 1 项")
    page.context.clear_cookies()
    page.context.set_offline(False)
    told(page, "登录已过期")
    page.get_by_role("link", name="登录后继续").tap()
    page.get_by_label("账号", exact=True).fill("liaison")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("form[data-ready]")).to_be_attached()
    expect(page.locator("[data-line='1'] [value=na]")).to_be_checked()
    told(page, "已全部发送")


def warned_and_emptied(page: Page) -> None:
    page.evaluate("new fieldStore.Store(document.body.dataset.user).change('left', () => {}, { inspection: null })")
    page.goto("/")
    warned: list[str] = []

    def heard(dialog: Dialog) -> None:
        warned.append(dialog.message)
        dialog.accept() if len(warned) > 1 else dialog.dismiss()

    page.on("dialog", heard)
    leave(page)
    expect(page.locator(".account summary")).to_be_visible()
    leave(page)
    page.wait_for_url("**/login")
    assert [words.startswith("还有 1 次检查没有发送完。") for words in warned] == [True, True]
    kept = "async () => [...(await indexedDB.databases()).map((one) => one.name), ...(await caches.keys())]"
    assert page.evaluate(kept) == []


def leave(page: Page) -> None:
    if page.locator(".account[open]").count() == 0:
        page.locator(".account summary").tap()
    with page.expect_event("dialog"):
        page.get_by_role("button", name="退出登录").tap()
