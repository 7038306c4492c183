"""Every duty held against its row once a night, and put right where it differs.

On PostgreSQL a row that is put in while a rule changes may be reckoned by the rule as it was, unseen by the recount.
"""

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ems.core import audit, settle
from ems.core.db import InUnit, db
from ems.settings import recount


def job() -> str:
    done = [put_right(model, ids) for model in settle.CLOCKS for ids in batches(model)]
    moved, busy = sum(n or 0 for n in done), done.count(None)
    said = _("改正 %(n)s 条", n=moved)
    return said + (_("；%(n)s 批正有人办理，次日再核", n=busy) if busy else "")


def batches(model: type[InUnit]) -> Iterator[Sequence[int]]:
    last, rows = 0, select(model.id).order_by(model.id).limit(settle.MOST)
    while ids := db.session.scalars(rows.where(model.id > last)).all():
        yield ids
        last = ids[-1]


def put_right(model: type[InUnit], ids: Sequence[int]) -> int | None:
    """How many duties differed; None where somebody else holds a row. Committed: nobody waits for the rest."""
    try:
        with recount.held(model, ids):
            moved = recount.put_right(model, ids)
    except OperationalError:
        db.session.rollback()
        return None
    if moved:
        audit.note(db.session(), "duties recounted", model.__tablename__, None, rows=len(ids), moved=moved)
    db.session.commit()
    return moved
