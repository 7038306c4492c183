"""Many processes may make what comes round at the same moment: each row once, and nobody trips."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ems.core import dates, settle
from ems.core.db import db
from ems.inspections import self_checks
from ems.inspections.models import Inspection
from ems.permits import work
from ems.permits.report_models import Frequency, PermitReport, ReportTerm
from tests.conftest import NOON, TODAY
from tests.factories import permit


@pytest.fixture(params=["file", "postgresql"])
def database(request, tmp_path):
    """Such as several sessions can share."""
    return f"sqlite:///{tmp_path / 'ems.db'}" if request.param == "file" else request.getfixturevalue("server")


def four(app, make):
    def run(_n):
        with app.app_context(), dates.stopped(NOON):
            made = make()
            db.session.commit()
            return made

    with ThreadPoolExecutor(4) as machines:
        return list(machines.map(run, range(4)))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_four_nights_at_once_make_each_report_once(app, units, cast):
    held = [permit(units, cast, entered_on=TODAY) for _n in range(3)]
    db.session.add_all(
        ReportTerm(permit_id=row.id, unit_id=row.unit_id, kind=kind)
        for row in held
        for kind in (Frequency.MONTH, Frequency.QUARTER)
    )
    db.session.commit()
    assert sum(four(app, work.materialise_all)) == count(PermitReport) == 3 * (3 + 1)
    assert settle.rebuild(db.session(), PermitReport, check=True) == []


def test_four_clocks_plan_each_self_check_once(app, units, cast):
    assert sum(len(made) for made in four(app, lambda: self_checks.materialise(TODAY))) == count(Inspection) == 24


def test_who_edits_a_permit_while_the_night_is_at_it_waits_and_finds_its_rows(app, units, cast):
    row = permit(units, cast, entered_on=TODAY)
    db.session.add(ReportTerm(permit_id=row.id, unit_id=row.unit_id, kind=Frequency.MONTH))
    db.session.commit()
    id = row.id

    def edited():
        found = db.session.get_one(type(row), id)
        return work.materialise(found)

    assert sum(four(app, edited)) == count(PermitReport) == 3
