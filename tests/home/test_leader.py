"""The leader's page: who is late, with what, what waits for a signature, how the year looks."""

import re

import pytest
from sqlalchemy import select

from ems.complaints.models import ComplaintState
from ems.core.db import db
from ems.core.people import Role
from ems.core.policy import ALLOWED
from ems.modules import MODULES
from tests.home.test_start import plain


def test_it_is_for_leaders_alone(cast, as_):
    for name, user in cast.items():
        assert as_(user).get("/leader").status_code == (200 if name == "leader" else 403), name


def test_a_leaders_start_page_is_this_one(cast, as_):
    assert as_(cast["leader"]).get("/").location == "/leader"


def test_all_in_time_is_said(cast, seen):
    page = plain(seen("leader"))
    assert "各单位事项都在期限内" in page
    assert "没有逾期的事项" in page


def test_who_is_late_and_with_what(case, seen):
    row = case(-3, unit="street", handler="liaison")
    page = plain(seen("leader"))
    assert "1 个单位有逾期事项，需要过问" in page
    assert "石羊街道办事处 1 件逾期，最长 3 天" in page
    assert f"{row.no} 按文件载明期限办理" in page


def asked(case, cast):
    row = case(3, state=ComplaintState.INVESTIGATING)
    row.extension_asked, row.extension_by_id = 30, cast["officer"].id
    db.session.commit()
    return row


def test_an_extension_asked_for_waits_for_a_signature(cast, case, seen):
    row = asked(case, cast)
    case(3, state=ComplaintState.INVESTIGATING)
    sheet = re.search(r'aria-label="等您签批".*?</section>', seen("leader"), re.DOTALL).group()
    assert "1 件" in plain(sheet)
    assert f'href="/complaints/{row.id}">批准延期' in sheet


def test_what_one_asked_for_oneself_is_not_offered(cast, case, seen):
    row = asked(case, cast)
    row.extension_by_id = cast["leader"].id
    db.session.commit()
    assert "没有等您签批的事项" in seen("leader")


def test_the_chart_tells_its_reading_to_those_who_hear_it(case, seen):
    case(1)
    page = seen("leader")
    assert re.search(r'<svg class="bars"[^>]*role="img" aria-label="[^"]*实心：本年 1 件 · 空心：上年同期 0 件', page)
    assert page.count('<rect class="a"') == page.count('<rect class="b"') == 11


@pytest.mark.parametrize("path", ["/duties?scope=below&when=late", "/units/lights"])
def test_its_numbers_open(case, seen, path):
    row = case(-3, unit="street", handler="liaison")
    page = seen("leader")
    assert path.replace("&", "&amp;") in page
    assert (row.no if "duties" in path else "石羊街道办事处") in seen("leader", path)


#: moves for which each row names its one signatory
NAMED = {("inspection_draw", "confirm")}


@pytest.mark.parametrize("subject", [s for s in MODULES if s.subjects], ids=lambda m: m.name)
def test_a_move_that_waits_can_be_asked_for_its_rows(app, cast, subject):
    for one in subject.subjects:
        for move in one.workflow.moves if one.workflow else ():
            if move.waits:
                heads = ALLOWED[one.model.area][move.act] <= {Role.CHIEF, Role.LEADER, Role.AUDITOR}
                assert heads or (one.type, move.name) in NAMED, move.name
                rows = select(one.model).where(one.model.state.in_(move.before), move.waits(cast["leader"]))
                assert db.session.scalars(rows).unique().all() == []
