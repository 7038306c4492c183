from datetime import date

import pytest

from ems.complaints.figures import CHECKS, FIGURES
from ems.complaints.models import Answer, Channel, ComplaintState, Medium, Satisfaction
from ems.core.db import db
from ems.core.figures import share
from tests.conftest import TODAY
from tests.factories import complaint

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
BY_CODE = {figure.code: figure for figure in FIGURES}


def of(code, user=None):
    return BY_CODE[code].of(user, YEAR)


@pytest.fixture
def closed(units, cast):
    row = complaint(
        units, cast, state=ComplaintState.CLOSED, received_on=date(2026, 11, 10), accepted_on=date(2026, 11, 10),
        answered_on=date(2026, 11, 12), handled_on=date(2026, 11, 12), closed_on=date(2026, 11, 16),
        concluded_on=date(2026, 11, 16), revisited_on=date(2026, 11, 16), satisfaction=Satisfaction.FAIR,
        medium=Medium.FUME,
    )  # fmt: skip
    row.answers.append(Answer(unit_id=row.unit_id, number=1, text="已整改"))
    db.session.commit()
    return row


def test_what_is_counted(closed):
    counted = {code: of(code) for code in BY_CODE}
    ones = {"received", "handled", "closed", "judged", "on_time", "answered", "answered_rate", "revisited", "satisfied",
            "fume"}  # fmt: skip
    assert {code.split(".")[1] for code, n in counted.items() if n} == ones


def test_late_is_not_on_time(closed):
    closed.answered_on = date(2026, 11, 20)
    db.session.commit()
    assert (of("complaints.on_time"), of("complaints.judged")) == (0, 1)


def test_a_figure_is_in_its_readers_reach(closed, cast):
    assert of("complaints.closed", cast["head"]) == 1
    assert of("complaints.closed", cast["outsider"]) == 0


def test_an_old_row_counts_in_its_own_year_and_is_not_judged(units, cast):
    row = complaint(units, cast, historical=True, state=ComplaintState.CLOSED, received_on=date(2019, 8, 5))
    row.answers.append(Answer(unit_id=row.unit_id, number=1, text="已办"))
    db.session.commit()
    old = (date(2019, 1, 1), date(2019, 12, 31))
    for code in ("received", "closed", "handled", "answered"):
        assert BY_CODE[f"complaints.{code}"].of(None, old) == 1, code
        assert of(f"complaints.{code}") == 0, code
    assert BY_CODE["complaints.judged"].of(None, old) == 0


def test_void_is_not_counted(closed):
    closed.state = ComplaintState.VOID
    db.session.commit()
    assert not any(of(code) for code in BY_CODE)


def test_a_share_of_nothing_is_no_number():
    assert share(0, 0) is None
    assert str(share(1, 3)) == "33.3"


def found(code, user):
    check = next(c for c in CHECKS if c.code == f"complaints.{code}")
    return [row.id for row in db.session.scalars(check.found(user))]


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("unowned", {"state": ComplaintState.ASSIGNED}),
        ("closed_unanswered", {"state": ComplaintState.CLOSED, "closed_on": TODAY}),
        ("closed_uncalled", {"state": ComplaintState.CLOSED, "closed_on": TODAY}),
        ("forgotten", {"received_on": date(2026, 11, 1)}),
        ("no_deadline", {"channel": "superior"}),
        ("unlinked", {"enterprise_name": "没有登记的厂"}),
    ],
)
def test_what_a_check_finds(units, cast, code, known):
    if "channel" in known:
        known = known | {"channel": Channel(known["channel"])}
    sound = complaint(units, cast)
    bad = complaint(units, cast, **known)
    assert found(code, cast["head"]) == [bad.id] != [sound.id]
    assert found(code, cast["outsider"]) == []


def test_the_same_text_twice_is_found(units, cast):
    first, second = (complaint(units, cast, text="一字不差") for _ in range(2))
    complaint(units, cast)
    assert found("same_text", cast["head"]) == [first.id, second.id]
