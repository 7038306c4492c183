"""Cases of one matter: who may not merge them, what a merged one waits for, and what it is told."""

from datetime import date

import pytest
from sqlalchemy import select, update

from ems.complaints import links, stages
from ems.complaints.case_rules import CHECKS, FIGURES
from ems.complaints.models import Answer, Channel, Complaint, ComplaintState, Identity
from ems.complaints.paper_models import CaseLink, LinkKind
from ems.core import dates, duties
from ems.core.db import db
from ems.core.figures import share
from ems.core.workflow import Step
from tests.conftest import TODAY
from tests.factories import complaint

S = ComplaintState
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def main(units, cast):
    known = {"accepted_on": TODAY, "assigned_on": TODAY, "handler_id": cast["officer"].id}
    return complaint(units, cast, no="TS-2026-0001", state=S.HANDLED, **known)


@pytest.fixture
def case(units, cast):
    known = {"accepted_on": TODAY, "notified_on": TODAY, "state": S.ACCEPTED}
    row = complaint(units, cast, no="TS-2026-0002", channel=Channel.H12369, **known)
    row.tell_who("李先生", "13900000001")
    db.session.commit()
    return row


def move(as_, who, case, name, **data):
    return as_(who).post(f"/complaints/{case.id}/moves/{name}", data=data)


def merge(as_, who, case, no, remark="同一餐馆"):
    return move(as_, who, case, "merge", no=no, remark=remark)


def open_rules(case):
    return {d.rule for d in duties.of(Complaint, [case.id])[case.id] if d.met_on is None}


def of(code):
    figure = next(f for f in FIGURES if f.code == f"complaints.{code}")
    return figure.of(None, YEAR)


def found(code, user):
    check = next(c for c in CHECKS if c.code == f"complaints.{code}")
    return [row.id for row in db.session.scalars(check.found(user))]


def test_who_may_not_merge_and_with_what_it_does_not_go(as_, cast, case, main, units):
    assert merge(as_, cast["officer"], case, main.no).status_code == 409
    assert "请写明理由" in merge(as_, cast["hotline"], case, main.no, remark="").text
    over = complaint(units, cast, state=S.ANSWERED, answered_on=TODAY)
    for no, said in (("TS-1999-0001", "没有这个编号"), (case.no, "本件自己"), (over.no, "已经答复或者结束")):
        answer = merge(as_, cast["hotline"], case, no)
        assert (answer.status_code, said in answer.text) == (422, True), no
    assert case.state is S.ACCEPTED


def test_merged_its_work_clock_stands_still_and_it_is_answered_with_its_main(as_, cast, case, main):
    assert "HOT_CLOSE" in open_rules(case)
    assert merge(as_, cast["hotline"], case, f" {main.no.lower()} ").status_code == 303
    assert (case.state, "HOT_CLOSE" in open_rules(case)) == (S.MERGED, False)
    assert "主件 TS-2026-0001 还没有答复" in move(as_, cast["hotline"], case, "answer_along").text
    assert "1 件并入本件" in move(as_, cast["chief"], main, "void", remark="误登").text
    assert merge(as_, cast["hotline"], main, case.no).status_code == 422  # no chains
    move(as_, cast["hotline"], main, "answer", text="张女士您好（13800000162），已责令整改。", way="phone")
    assert (main.state, case.state, case.answered_on) == (S.ANSWERED, S.ANSWERED, TODAY)
    assert case.answers[0].text == "张**您好（138****0162），已责令整改。"  # the other caller stays unknown
    assert "PET_REVISIT" in open_rules(case)
    assert move(as_, cast["hotline"], case, "close").status_code == 409
    move(as_, cast["hotline"], case, "revisit", satisfaction="satisfied", remark="")
    assert move(as_, cast["hotline"], case, "close").status_code == 303
    assert (of("merged"), of("repeated"), share(of("repeated"), 2)) == (1, 1, 50)


def test_one_that_was_not_taken_up_is_taken_up_by_merging(as_, cast, main, units):
    case = complaint(units, cast, channel=Channel.LETTER)
    merge(as_, cast["hotline"], case, main.no)
    assert (case.accepted_on, case.notified_on, case.state) == (TODAY, TODAY, S.MERGED)


def test_undone_it_goes_on_by_itself_and_its_clock_runs_as_before(as_, cast, case, main):
    before = open_rules(case)
    merge(as_, cast["hotline"], case, main.no)
    assert move(as_, cast["hotline"], case, "unmerge", remark="").status_code == 422
    assert move(as_, cast["hotline"], case, "unmerge", remark="不是同一家").status_code == 303
    assert (case.state, open_rules(case)) == (S.ACCEPTED, before)
    link = db.session.scalars(select(CaseLink)).one()
    assert (link.undone_on, link.undone_by_id, bool(link.undone_reason)) == (TODAY, cast["hotline"].id, True)
    move(as_, cast["hotline"], main, "answer", text="已整改。", way="phone")
    assert (case.state, case.answers, of("merged")) == (S.ACCEPTED, [], 0)


def test_a_main_case_that_ended_without_an_answer_leaves_nobody_waiting_unseen(as_, cast, case, main):
    merge(as_, cast["hotline"], case, main.no)
    main.state = S.VOID  # however that came about
    db.session.commit()
    assert found("stranded", cast["head"]) == [case.id]
    assert "没有答复就结束" in move(as_, cast["hotline"], case, "answer_along").text


def test_repeats_are_linked_counted_and_undone_with_a_reason(as_, cast, case, main):
    url = f"/complaints/{case.id}/links/new"
    data = {"no": main.no, "how": "repeat", "remark": "同一人再次来电"}
    assert as_(cast["officer"]).post(url, data=data).status_code == 403
    assert as_(cast["hotline"]).post(url, data=data).status_code == 303
    assert "已经这样关联" in as_(cast["hotline"]).post(url, data=data).text
    assert (of("repeated"), of("repeat_rate")) == (1, 1)
    main.identity, main.title = Identity.CONFIDENTIAL, "某户反映的事"
    db.session.commit()
    page = as_(cast["head"]).get(f"/complaints/{case.id}").text
    linked = page[page.index("关联的投诉") : page.index("可能是同一件事")]
    assert (main.no in linked, main.title in linked) == (True, False)
    assert "TS-2026-0002 关联到本件（重复）" in as_(cast["head"]).get(f"/complaints/{main.id}").text
    link = db.session.scalars(select(CaseLink)).one()
    undo = f"/complaints/links/{link.id}/undo"
    assert (link.kind, as_(cast["liaison"]).post(undo).status_code) == (LinkKind.REPEAT, 403)
    assert as_(cast["hotline"]).post(undo, data={"remark": ""}).status_code == 422
    assert as_(cast["hotline"]).post(undo, data={"remark": "两处"}).status_code == 303
    assert of("repeated") == 0


def test_the_page_offers_what_may_be_the_same_matter(as_, cast, case, main):
    page = as_(cast["hotline"]).get(f"/complaints/{case.id}").text
    assert f"/complaints/{case.id}/moves/merge?with={main.no}" in page
    form = as_(cast["hotline"]).get(f"/complaints/{case.id}/moves/merge?with={main.no}").text
    assert f'value="{main.no}"' in form
    assert "并入这一件" not in as_(cast["auditor"]).get(f"/complaints/{case.id}").text


def test_nobody_is_called_for_a_reason_or_the_case_does_not_close(as_, cast, main):
    main.answers.append(Answer(unit_id=main.unit_id, number=1, text="已整改"))
    main.state, main.answered_on = S.ANSWERED, TODAY
    db.session.commit()
    assert move(as_, cast["hotline"], main, "close").status_code == 409
    assert move(as_, cast["hotline"], main, "skip_revisit", remark="").status_code == 422
    assert move(as_, cast["hotline"], main, "skip_revisit", remark="反映人要求不再联系").status_code == 303
    assert move(as_, cast["hotline"], main, "close").status_code == 303
    assert (main.uncalled, main.revisited_on, of("uncalled")) == ("反映人要求不再联系", None, 1)
    assert "PET_REVISIT" not in open_rules(main)
    told = db.session.scalars(select(Step.move).order_by(Step.id)).all()
    assert told == ["skip_revisit", "close"]


def test_days_rates_and_returns_are_counted(units, cast):
    def one(**known):
        return complaint(units, cast, received_on=date(2026, 11, 10), answered_on=date(2026, 11, 14), **known)

    one(state=S.CLOSED, closed_on=TODAY, revisited_on=date(2026, 11, 15))
    back = one(state=S.CLOSED, closed_on=TODAY, extended_days=5)
    db.session.add(
        Step(
            subject_type="complaint",
            subject_id=back.id,
            at=dates.at_noon(date(2026, 11, 11)),
            move="return_order",
            remark="x",
        )
    )
    db.session.commit()
    assert (of("mean_days"), of("to_call"), of("revisit_rate"), of("returned"), of("extension_rate")) == (4, 2, 1, 1, 1)


def test_a_merge_that_is_undone_while_the_main_case_is_answered_leaves_no_answer_without_words(
    as_, cast, case, main, monkeypatch
):
    merge(as_, cast["hotline"], case, main.no)
    waiting = links.merged_into

    def undone_meanwhile(one):
        found = waiting(one)
        undone = update(Complaint.__table__).where(Complaint.id == case.id).values(state=S.ACCEPTED)
        db.session.connection().execute(undone)
        return found

    monkeypatch.setattr(links, "merged_into", undone_meanwhile)
    assert move(as_, cast["hotline"], main, "answer", text="已整改。", way="phone").status_code == 303
    rows = [db.session.get(Complaint, id) for id in (main.id, case.id)]
    assert [(row.state, len(row.answers)) for row in rows] == [(S.ANSWERED, 1), (S.ACCEPTED, 0)]


def test_an_answered_case_waits_for_no_extension_any_more(as_, cast, main):
    move(as_, cast["officer"], main, "ask_extension", extension_asked="3", remark="待监测")
    assert db.session.scalars(select(Complaint.id).where(stages.at("held"))).all() == [main.id]
    assert move(as_, cast["hotline"], main, "answer", text="已整改。", way="phone").status_code == 303
    assert db.session.scalars(select(Complaint.id).where(stages.at("held"))).all() == []
    assert db.session.get(Complaint, main.id).extension_asked is None
