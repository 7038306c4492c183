from sqlalchemy import select

from ems.complaints.models import Channel, Complaint
from ems.core import settle
from ems.core.db import db
from ems.core.duties import Duty
from tests import factories
from tests.conftest import TODAY


def case(units, cast, **known):
    """Received today by letter; the phone is unknown, so no call-back is due."""
    return factories.complaint(units, cast, **{"channel": Channel.LETTER, "phone": None, "received_on": TODAY} | known)


def duty(code):
    return db.session.scalars(
        select(Duty).where(Duty.rule == code).execution_options(populate_existing=True)
    ).one_or_none()


def differences():
    return settle.rebuild(db.session(), Complaint, check=True)
