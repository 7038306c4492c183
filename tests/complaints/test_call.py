"""Taking a call: the form, what it shows while one types, what is read out at the end."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from ems.complaints import places
from ems.complaints.forms import ComplaintForm
from ems.complaints.models import Channel, Complaint, ComplaintState, Identity
from ems.core import dates
from ems.core.db import db
from ems.core.people import UnitKind
from ems.orders.models import OrderState
from tests.complaints.test_views import CALL, call
from tests.conftest import NOON, TODAY
from tests.factories import complaint, enterprise, order, permit

HERE = {"longitude": 104.0668, "latitude": 30.5728}


@contextmanager
def statements():
    seen = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *a: seen.append(a[2]))
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def ask(as_, cast):
    """What the clerk is shown of what they type."""

    def asked(who="hotline", **said):
        return as_(cast[who]).post("/complaints/hints", data=said)

    return asked


# ── who may not ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["liaison", "leader", "auditor"])
def test_who_takes_no_calls_is_told_nothing(ask, as_, cast, units, who):
    case = complaint(units, cast)
    assert ask(who, phone="13800000162").status_code == 403
    assert as_(cast[who]).get(f"/complaints/{case.id}/taken").status_code == 403


def test_hints_show_only_what_the_reader_may_see(ask, as_, cast, units):
    """The bureau's chief takes calls too, and sees what is the bureau's."""
    mine = complaint(units, cast, title="甲")
    elsewhere = complaint(units, cast, title="乙", unit_id=units["other"].id)
    page = ask("chief", place="天府三街 88 号").text
    assert mine.no in page
    assert elsewhere.no not in page
    assert as_(cast["chief"]).get(f"/complaints/{elsewhere.id}/taken").status_code == 404


def test_orders_are_none_of_the_hotlines_business(ask, cast, units):
    firm = enterprise(units, cast, name="成都蜀味轩餐饮店")
    about = order(units, cast, enterprise=firm)
    assert about.no not in ask(enterprise_name=firm.name).text
    assert about.no in ask("head", enterprise_name=firm.name).text


def test_a_number_stands_in_no_address(as_, cast):
    assert as_(cast["hotline"]).get("/complaints/hints?phone=13800000162").status_code in {404, 405}


# ── what is likely the same ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("known", "typed", "why"),
    [
        ({"place": "天府三街 88 号"}, {"place": "天府三街88号"}, "同一地点"),
        ({"place": "天府三街88号"}, {"place": "天府三街８８号"}, "同一地点"),
        ({"phone": "028-8500 1234"}, {"phone": "02885001234"}, "同一号码"),
        ({"enterprise_name": "蜀味轩"}, {"enterprise_name": "蜀味轩 "}, "同一企业"),
        (HERE, {"coordinates": "30.5749，104.0668"}, "相距约 234 米"),
    ],
)
def test_a_likely_repeat_is_shown_with_its_reason(ask, cast, units, known, typed, why):
    case = complaint(units, cast, received_on=TODAY - timedelta(days=30), **known)
    page = ask(**typed).text
    assert case.no in page
    assert why in page
    assert "138" not in page, "the number is nobody's business here"


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ({"received_on": TODAY - timedelta(days=31)}, {"place": "天府三街 88 号"}),
        ({"state": ComplaintState.VOID}, {"place": "天府三街 88 号"}),
        (HERE, {"coordinates": "104.0668, 30.5760"}),  # 356 m
        ({}, {"place": "天府三街"}),
        ({}, {"phone": ""}),
    ],
)
def test_what_is_old_void_far_or_elsewhere_is_no_repeat(ask, cast, units, known, typed):
    case = complaint(units, cast, **known)
    assert case.no not in ask(**typed).text


def test_what_has_more_in_common_stands_first(ask, cast, units):
    place = complaint(units, cast, phone="1", title="同地点")
    both = complaint(units, cast, phone="13900000001", received_on=TODAY - timedelta(days=9), title="都相同")
    page = ask(place=both.place, phone="13900000001").text
    assert page.index(both.no) < page.index(place.no)
    assert "同一号码、同一地点" in page


def test_hints_are_asked_in_a_bounded_number_of_statements(ask, cast, units):
    firm = enterprise(units, cast)
    for n in range(60):
        complaint(units, cast, enterprise_id=firm.id, phone=f"1390000{n:04d}", **HERE)
    said = {"place": "天府三街 88 号", "phone": "13900000001", "coordinates": "104.0668,30.5728"}
    with statements() as asked:
        page = ask(enterprise_name=firm.name, **said)
    assert page.status_code == 200
    assert len(asked) <= 16, asked


# ── what is known of the enterprise ──────────────────────────────────────────


def test_names_of_the_register_come_up_as_one_types_former_ones_too(ask, cast, units):
    firm = enterprise(units, cast, name="成都石羚新材料厂", former_names="石羊印染、锦城织造")
    assert firm.name in ask(enterprise_name="石羚").text
    page = ask(enterprise_name="锦城").text
    assert f'data-firm="{firm.name}"' in page
    assert "曾用名：石羊印染、锦城织造" in page
    assert firm.name not in ask(enterprise_name="厂").text, "one character is no name"


def test_of_the_enterprise_one_sees_its_cases_open_ones_first_and_its_permit(ask, cast, units):
    firm = enterprise(units, cast, former_names="石羊印染")
    held = permit(units, cast, enterprise=firm)
    done = complaint(units, cast, enterprise_id=firm.id, state=ComplaintState.CLOSED, closed_on=TODAY, place="甲")
    still = complaint(units, cast, enterprise_id=firm.id, received_on=date(2026, 3, 1), place="乙")
    page = ask(enterprise_name="石羊印染").text
    assert firm.name in page
    assert page.rindex(still.no) < page.rindex(done.no)
    assert held.no in page
    assert "有效期至 2027-02-15" in page


def test_a_closed_order_is_no_matter_of_today(ask, cast, units):
    firm = enterprise(units, cast)
    over = order(units, cast, enterprise=firm, state=OrderState.VOID)
    assert over.no not in ask("head", enterprise_name=firm.name).text


def test_a_platform_number_that_is_here_already_says_so_before_one_saves(ask, cast, units):
    case = complaint(units, cast, external_no="GD1", channel=Channel.H12345)
    page = ask(external_no="GD1", channel="12345").text
    assert f'已经登记，见 <a href="/complaints/{case.id}"' in page
    assert case.no not in ask(external_no="GD1", channel="12369").text
    assert case.no not in ask(external_no="GD1", channel="12345", id=case.id).text


# ── where it is ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("104.0668, 30.5728", ""), ("104.0668，30.5728", ""), ("东经104.0668° 北纬30.5728°", ""),
        ("30.5728 104.0668", "先写的是纬度"), ("104.06,30.57", "误差可达 1 公里"),
    ],
)  # fmt: skip
def test_a_point_is_read_in_either_order(said, doubt, app):
    with app.test_request_context():
        point = places.read(said)
    assert (round(point.longitude, 2), round(point.latitude, 2)) in {(104.07, 30.57), (104.06, 30.57)}
    assert doubt in point.doubt
    assert bool(point.doubt) is bool(doubt)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("104.0668", "两个数"), ("abc, def", "两个数"), ("0, 0", "不在中国境内"),
        ("104.0668, 104.0668", "不在中国境内"), ("104°04′00″ 30°34′22″", "十进制度数"), ("1, 2, 3", "两个数"),
    ],
)  # fmt: skip
def test_what_is_no_point_gets_a_sentence_and_nothing_typed_is_lost(as_, cast, units, said, why):
    answer = call(as_, cast["hotline"], units["bureau"], coordinates=said)
    assert answer.status_code == 422
    assert why in answer.text
    assert CALL["text"] in answer.text
    assert not db.session.scalars(select(Complaint)).all()


def test_cases_are_found_by_street_and_around_a_point(as_, cast, units):
    units["street"].kind = UnitKind.STREET
    call(as_, cast["hotline"], units["bureau"], coordinates="104.0668, 30.5728", street_id=units["street"].id)
    case = db.session.scalars(select(Complaint)).one()
    assert (case.longitude, case.latitude, case.street_id) == (104.0668, 30.5728, units["street"].id)

    def found(asked):
        return case.no in as_(cast["hotline"]).get(f"/complaints/?{asked}").text

    assert found(f"street={units['street'].id}")
    assert not found(f"street={units['other'].id}")
    assert found("near=104.0668,30.5750")  # 245 m
    assert not found("near=104.0668,30.5760")
    assert found("near=104.0668,30.5760&radius=1000")
    assert found("near=30.5760, 104.0668&radius=1000")
    assert "坐标附近：请写经度和纬度两个数" in as_(cast["hotline"]).get("/complaints/?near=here").text


# ── what is read out ─────────────────────────────────────────────────────────


def test_after_saving_number_code_and_sentence_are_ready_to_be_read_out(as_, cast, units):
    answer = call(as_, cast["hotline"], units["bureau"])
    assert answer.location.endswith("/taken")
    case = db.session.scalars(select(Complaint)).one()
    page = as_(cast["hotline"]).get(answer.location).text
    spaced = f"{case.query_code[:3]} {case.query_code[3:]}"
    assert f"您反映的事项已登记，编号 {case.no}，查询码 {spaced}，最迟 12月1日答复您。" in page
    assert "要求保密的信息只有经办人能看到" in page
    assert "张女士" not in page
    assert "138-0000-0162" not in page
    assert 'accesskey="n"' in page
    assert f"/complaints/{case.id}/moves/accept" in page


@pytest.mark.parametrize(
    ("channel", "more", "sentence"),
    [
        ("12369", {}, "最迟 12月9日告知您是否受理，受理之日起 60 日内办结"),
        ("letter", {}, "最迟 12月9日告知您是否受理，受理之日起 60 日内办结"),
        ("instruction", {"document_due_on": "2026-12-04"}, "按文件载明期限办理"),
    ],
)
def test_each_channel_promises_its_own(as_, cast, units, channel, more, sentence):
    page = as_(cast["hotline"]).get(call(as_, cast["hotline"], units["bureau"], channel=channel, **more).location).text
    assert sentence in page


def test_who_may_not_dispatch_sees_no_button_for_it(as_, cast, units):
    case = complaint(units, cast)
    page = as_(cast["officer"]).get(f"/complaints/{case.id}/taken").text
    assert case.query_code[:3] in page
    assert "/moves/accept" not in page


# ── the form ─────────────────────────────────────────────────────────────────


def test_the_form_lists_the_days_of_every_channel_and_begins_with_the_number(as_, cast, units):
    page = as_(cast["hotline"]).get("/complaints/new").text
    assert page.count("data-channel=") == 8
    assert "2026-12-01" in page
    assert 'autofocus class="form-control" id="phone"' in page
    assert f'data-draft="{cast["hotline"].id}"' in page


def test_a_refusal_leads_to_the_first_field_at_fault(as_, cast, units):
    page = call(as_, cast["hotline"], units["bureau"], place="", external_no="GD9").text
    assert "data-refused" in page
    assert page.count("autofocus") == 1
    assert 'id="place"' in page.split("autofocus")[1][:120]
    assert 'value="GD9"' in page


def test_two_clerks_with_one_order_the_later_one_is_told(as_, cast, units, monkeypatch):
    """Both were sound when they were asked; the database refuses the second."""
    complaint(units, cast, external_no=CALL["external_no"], channel=Channel.H12345)
    real, asked = ComplaintForm.validate_external_no, []

    def later(form, field):
        asked.append(field)
        if len(asked) > 1:
            real(form, field)

    monkeypatch.setattr(ComplaintForm, "validate_external_no", later)
    answer = call(as_, cast["hotline"], units["bureau"])
    assert answer.status_code == 422
    assert "这个工单号已经登记" in answer.text


def test_a_form_whose_log_in_is_over_leads_to_the_door_and_back(app, units):
    page = {"Accept": "text/html,application/xhtml+xml", "Referer": "http://localhost/complaints/new"}
    for token in (True, False):
        answer = app.test_client().post("/complaints/new", data=CALL, headers=page, token=token)
        assert answer.status_code == 303
        assert answer.location == "/login?next=http://localhost/complaints/new"
    assert app.test_client().post("/complaints/new", data=CALL).status_code == 401


def test_an_anonymous_number_still_finds_its_repeat(ask, as_, cast, units):
    call(as_, cast["hotline"], units["bureau"], identity=Identity.ANONYMOUS.value)
    case = db.session.scalars(select(Complaint)).one()
    assert case.no in ask(phone="13800000162").text


def test_what_is_sent_twice_is_kept_once_and_the_same_words_a_minute_later_are_another_caller(as_, cast, units):
    def press():
        return call(as_, cast["hotline"], units["bureau"], external_no="").location

    first, again = press(), press()
    assert first == again
    with dates.stopped(NOON + timedelta(minutes=1)):
        assert press() != first
    assert db.session.scalar(select(func.max(Complaint.no))) == "TS-2026-0002"
