"""A case on its way, in a browser: from the board to the paper, and the board in one hand."""

import re
from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader

from ems.complaints import papers
from ems.complaints.models import Channel, ComplaintState
from ems.core.db import db
from tests.conftest import TODAY
from tests.e2e.conftest import PHONE
from tests.factories import complaint


def test_from_the_board_to_the_paper_that_is_delivered(app, units, cast, enter):
    papers.seed(db.session())
    case = complaint(units, cast, channel=Channel.LETTER, state=ComplaintState.ACCEPTED, accepted_on=TODAY)
    id, no = case.id, case.no
    page = enter("hotline")
    page.goto("/complaints/")
    page.get_by_role("link", name="看板").click()
    lane = page.get_by_role("region", name="待交办")
    expect(lane.get_by_role("link", name=f"交办 {no}")).to_be_visible()
    lane.get_by_role("link", name=no, exact=True).click()
    page.get_by_role("link", name="受理告知书").click()
    text = page.get_by_label("正文")
    expect(text).to_have_value(re.compile(no))
    text.press("Control+Enter")
    page.get_by_role("button", name="出具").click()
    expect(page.get_by_text("成高环信受〔2026〕1号").first).to_be_visible()
    sheet = page.request.get(page.get_by_role("link", name="PDF").get_attribute("href") or "")
    assert "受理告知书" in "".join(PdfReader(BytesIO(sheet.body())).pages[0].extract_text().split())
    page.get_by_role("link", name="登记送达").click()
    page.get_by_label("送达方式").select_option("post")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("邮寄")).to_be_visible()
    page.goto(f"/complaints/{id}")
    expect(page.get_by_role("region", name="办理日志").get_by_role("link").first).to_be_visible()


def test_on_a_phone_one_column_is_open_at_a_time(app, units, cast, enter):
    first = complaint(units, cast).no
    second = complaint(units, cast, state=ComplaintState.ASSIGNED, handler_id=cast["officer"].id).no
    page = enter("hotline", PHONE)
    page.goto("/complaints/board")
    expect(page.get_by_role("link", name=first, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=second, exact=True)).to_be_hidden()
    page.get_by_text("承办中", exact=True).click()
    expect(page.get_by_role("link", name=second, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=first, exact=True)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
