"""The time line: what a reader may not see is not on it; all modules, duties and diaries are; its cost is fixed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from ems.complaints.models import Identity
from ems.core.db import db
from ems.core.workflow import step
from ems.orders.models import OrderState
from tests.conftest import TODAY
from tests.factories import complaint, enterprise, order, outlet


@pytest.fixture
def file(units, cast):
    made = enterprise(units, cast, name="石羚织染厂", registered_on=date(2024, 5, 1), relapsed_on=date(2025, 6, 2))
    outlet(units, cast, enterprise=made, signed=True, signed_on=date(2025, 7, 3))
    late = order(units, cast, enterprise=made)
    late.state, late.issued_on, late.due_on = OrderState.ISSUED, TODAY - timedelta(40), TODAY - timedelta(10)
    secret = complaint(units, cast, enterprise_id=made.id, title="某人住在厂旁", identity=Identity.CONFIDENTIAL)
    db.session.add(step(secret, cast["hotline"], "来电人再次来电", move=""))
    db.session.add(step(late, cast["officer"], "已电话催办", move=""))
    db.session.commit()
    return made, late, secret


def test_a_reader_sees_only_what_they_may_open(file, cast, as_):
    made, late, secret = file
    assert as_(cast["outsider"]).get(f"/enterprises/{made.id}/timeline").status_code == 404
    page = as_(cast["hotline"]).get(f"/enterprises/{made.id}/timeline").text  # she has no orders
    assert late.no not in page
    assert secret.no in page


def test_everything_of_every_module_stands_on_it(file, cast, as_):
    made, late, secret = file
    client = as_(cast["officer"])
    page = client.get(f"/enterprises/{made.id}/timeline").text
    for words in ("建立档案", "复查发现反弹", "立标", late.no, "逾期未办", "已电话催办", secret.no):
        assert words in page, words
    assert "某人住在厂旁" not in page  # it is printed and handed round
    assert "来电人再次来电" not in page
    only = client.get(f"/enterprises/{made.id}/timeline?kind=correction_order&what=duty&year=2026").text
    assert "逾期未办" in only
    assert "立标" not in only
    assert "没有符合条件" in client.get(f"/enterprises/{made.id}/timeline?year=1991").text
    assert client.get(f"/enterprises/{made.id}/timeline?kind=x&what=y&year=z&page=9").status_code == 200
    assert client.get(f"/enterprises/{made.id}/timeline?paper=1").status_code == 200


def test_it_costs_no_more_where_more_has_happened(file, units, cast, as_):
    made, late, _secret = file
    client, asked = as_(cast["officer"]), []
    address, officer = f"/enterprises/{made.id}/timeline", cast["officer"]
    client.get(address)
    listening = (db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    event.listen(*listening)
    client.get(address)
    few = len(asked)
    event.remove(*listening)
    for _n in range(8):
        order(units, cast, enterprise=made)
        db.session.add(step(late, officer, "催办", move=""))
    db.session.commit()
    asked.clear()
    event.listen(*listening)
    client.get(address)
    event.remove(*listening)
    assert len(asked) == few
    assert few < 40
