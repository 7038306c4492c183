"""Rows to try things on: made up, sound, one call each."""

from itertools import count
from typing import Any

from ems.complaints.models import Channel, Complaint
from ems.core.db import db
from tests.conftest import TODAY

COUNTER = count(1)


def complaint(units: Any, cast: Any, **known: Any) -> Complaint:
    """Received today over 12345, at the bureau, by the hotline clerk."""
    n = next(COUNTER)
    phone = known.pop("phone", "13800000162")
    row = Complaint(
        **{
            "no": f"TS-2026-{n:04d}", "query_code": "123456", "channel": Channel.H12345, "title": "沿街餐馆油烟直排",
            "text": f"楼下餐馆晚饭时段油烟直接往小区里排，第 {n} 次反映。", "place": "天府三街 88 号",
            "unit_id": units["bureau"].id, "taken_by_id": cast["hotline"].id, "received_on": TODAY,
        }
        | known
    )  # fmt: skip
    row.tell_who("张女士", phone)
    db.session.add(row)
    db.session.commit()
    return row


FACTORIES = {"complaint": complaint}
