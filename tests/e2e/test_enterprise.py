"""A file in a browser: a sheet changes it after a look at each cell; the code on an outlet opens what is public."""

from playwright.sync_api import expect

from ems.core.db import db
from ems.enterprises import scoring
from tests.e2e.conftest import PHONE
from tests.factories import enterprise, outlet
from tests.sheets import xlsx


def test_a_sheet_shows_what_it_would_change_and_changes_it(app, cast, units, enter):
    scoring.seed()
    file = enterprise(units, cast, name="石羚织染厂", phone="028-1", unit_id=units["bureau"].id)
    page = enter("officer")
    page.goto("/imports/enterprises/")
    sheet = xlsx(["编号", "联系电话", "地址"], [file.no, "028-9", ""])
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.get_by_label("表格文件").set_input_files({"name": "更新.xlsx", "mimeType": kind, "buffer": sheet})
    page.get_by_role("button", name="上传核对").click()
    changes = page.get_by_role("region", name="改动")
    expect(changes.locator("del")).to_have_text("028-1")
    expect(changes.locator("ins")).to_have_text("028-9")
    page.get_by_role("button", name="存入 1 行").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已存入 1 行")
    page.goto(f"/enterprises/{file.id}")
    expect(page.get_by_text("028-9", exact=True)).to_be_visible()
    page.get_by_role("link", name="信用评分").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("12 分")


def test_the_code_on_an_outlet_opens_on_a_telephone_without_a_log_in(app, cast, units, browser, site):
    known = outlet(units, cast, enterprise=enterprise(units, cast, name="石羚织染厂"), token="abcdefgh12345678")
    db.session.commit()
    context = browser.new_context(base_url=site, locale="zh-CN", viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"/o/{known.token}")
    expect(page.get_by_role("heading", name="石羚织染厂")).to_be_visible()
    expect(page.get_by_text("12345")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()
