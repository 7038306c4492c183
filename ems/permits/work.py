"""What comes with a permit: its annual reviews, its reports, and the version that follows it."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count, takewhile

from sqlalchemy import inspect, select
from sqlalchemy.orm import selectinload

from ems.core import dates, recurring
from ems.core.db import db
from ems.core.people import User
from ems.core.reckon import add_months
from ems.core.workflow import step
from ems.enterprises.models import OUTLET_CODE, Enterprise, Outlet, OutletMedium
from ems.permits import reporting
from ems.permits.models import Direction, Origin, Permit, PermitLimit, PermitReview, PermitState, ReviewState

YEAR = 12  # months
LOT = 100  # permits: some ten thousand rows in one transaction
IN_FORCE = frozenset({PermitState.VALID, PermitState.RENEWING})
LIMIT = ("enterprise_id", "outlet_id", "outlet", "pollutant", "value", "unit_of", "direction", "annual", "standard")


def enter(permit: Permit) -> Permit:
    """A permit comes in: it is called after its enterprise, and reviewed year by year. Not committed.

    One that had run out already, with nobody asking to renew it, comes in as expired.
    """
    enterprise = db.session.get_one(Enterprise, permit.enterprise_id)
    permit.title = permit.title or enterprise.name
    permit.unit_id = permit.unit_id or enterprise.unit_id
    permit.state = permit.state or PermitState.VALID
    over = permit.valid_to is not None and permit.valid_to < dates.today()
    if permit.state is PermitState.VALID and over and not permit.renewal_applied_on:
        permit.state = PermitState.EXPIRED
    if permit.state is PermitState.EXPIRED:
        permit.ended_on = permit.ended_on or permit.valid_to
    db.session.add(permit)
    materialise(permit)
    return permit


def periods(permit: Permit) -> list[date]:
    """The first days of the periods to review: each year of its life; of one whose end nobody knows, to next year's."""
    begins, last = permit.begins_on, permit.valid_to or date(dates.today().year, 12, 31)
    if begins is None or not permit.in_force or permit.registration:
        return []
    starts = (add_months(begins, YEAR * n) for n in count())
    since = permit.entered_on or begins
    return [day for day in takewhile(lambda day: day <= last, starts) if add_months(day, YEAR) >= since]


def materialise(permit: Permit) -> int:
    """Make what comes round of `permit` what it should be; what was done stays. Returns how many rows were added.

    Asked twice it changes nothing. Where the permit has ended, what is still open is withdrawn. Not committed.
    """
    if not inspect(permit).persistent:  # not stored yet: no report can point at it
        return review_each_year(permit)
    db.session.flush()
    recurring.hold(db.session(), Permit, [permit.id])
    db.session.expire(permit, ["reviews"])
    return review_each_year(permit) + reporting.materialise([permit.id])


def review_each_year(permit: Permit) -> int:
    wanted, known = periods(permit), {review.from_on: review for review in permit.reviews}
    for day, review in known.items():
        if review.state is not ReviewState.DONE and not review.excused:
            review.state = ReviewState.OPEN if day in wanted else ReviewState.WITHDRAWN
            about(review, permit)
    added = [day for day in wanted if day not in known]
    for day in added:
        review = PermitReview(from_on=day, year=add_months(day, YEAR).year, state=ReviewState.OPEN)
        review.reviewer_id = permit.officer_id
        permit.reviews.append(about(review, permit))
    return len(added)


def about(review: PermitReview, permit: Permit) -> PermitReview:
    review.no, review.title, review.unit_id = permit.no, permit.title, permit.unit_id
    return review


def materialise_all() -> int:
    """All that comes round of the permits in force: a daily job, which commits lot by lot. Returns how many were added.

    What did not come by its day is then known, before anybody is told of anything this morning.
    """
    held = select(Permit.id).where(Permit.state.in_(sorted(IN_FORCE))).order_by(Permit.id)
    ids = db.session.scalars(held).all()
    added = sum(materialise_lot(ids[at : at + LOT]) for at in range(0, len(ids), LOT))
    reporting.find_missed()
    db.session.commit()
    return added


def materialise_lot(ids: Sequence[int]) -> int:
    recurring.hold(db.session(), Permit, ids)
    rows = select(Permit).where(Permit.id.in_(ids)).order_by(Permit.id).options(selectinload(Permit.reviews))
    permits = db.session.scalars(rows.execution_options(populate_existing=True)).all()
    added = sum(map(review_each_year, permits)) + reporting.materialise(ids)
    db.session.commit()
    return added


def pass_on(permit: Permit, officer_id: int | None) -> None:
    """Another officer answers for it, and for the reviews that were the first one's to do."""
    for review in permit.reviews:
        if review.state is ReviewState.OPEN and review.reviewer_id == permit.officer_id:
            review.reviewer_id = officer_id
    permit.officer_id = officer_id


def succeed(permit: Permit, origin: Origin, **known: object) -> Permit:
    """The next version, with the number and the limits of the one before, which has just been ended by a move.

    Of a renewal the periods of review begin anew; a change takes them along.
    """
    db.session.flush()  # the number is free only once the one before is stored as ended
    same = ("no", "title", "enterprise_id", "unit_id", "permit_class", "authority", "officer_id", "note")
    after = Permit(**{name: getattr(permit, name) for name in same} | known)
    after.origin, after.previous, after.state = origin, permit, PermitState.VALID
    db.session.add(after)
    begins = after.issued_on if origin is Origin.CHANGE else after.begins_on
    permit.ended_on = min(filter(None, (permit.valid_to, begins and begins - timedelta(days=1))), default=None)
    after.limits = [
        PermitLimit(unit_id=after.unit_id, **{name: getattr(limit, name) for name in LIMIT})
        for limit in permit.limits
        if not limit.void
    ]
    if origin is Origin.RENEWAL:
        permit.renewal_decided_on = permit.renewal_decided_on or after.issued_on
    after.held_from = permit.held_from or permit.begins_on
    after.asked_from = permit.asked_from or permit.entered_on or permit.begins_on
    if origin is Origin.CHANGE:
        after.entered_on = permit.entered_on
        take_over(permit, after)
    if inspect(permit).persistent:
        db.session.flush()
        reporting.copy_terms(permit, after)
        reporting.hand_on(permit, after)
    materialise(permit)
    materialise(after)
    return after


def take_over(source: Permit, target: Permit) -> None:
    for review in list(source.reviews):
        target.reviews.append(review)


def revive(permit: Permit, user: User) -> None:
    """`permit` was voided: the version before it holds as if it had never been replaced."""
    before = permit.previous
    if before is None:
        return
    db.session.flush()  # the number is free only once this one is stored as void
    if permit.origin is Origin.CHANGE:
        take_over(permit, before)
    reporting.hand_on(permit, before)
    was, permit.previous = before.state, None
    before.state = PermitState.RENEWING if before.renewal_applied_on else PermitState.VALID
    before.ended_on = before.renewal_decided_on = None
    materialise(before)
    remark = f"{permit.no} {PermitState.VOID.label}"
    db.session.add(step(before, user, remark, move="revive", before=was, after=before.state))


def direction_of(unit: str) -> Direction:
    """A furnace is to be kept hot for two seconds (℃/2S): a minimum. All else is a maximum."""
    return Direction.MIN if "/2S" in unit.upper() else Direction.MAX


def medium_of(unit: str) -> OutletMedium | None:
    """What an outlet discharges, as far as the unit of its limit says so."""
    said = unit.lower().replace("³", "3")
    if "/l" in said:
        return OutletMedium.WATER
    return OutletMedium.GAS if "/m3" in said or "℃" in said else None


def place(limit: PermitLimit, enterprise: Enterprise) -> None:
    """A limit of a sheet: under the enterprise's permit in force, at its outlet, which is made if nobody knows it."""
    limit.enterprise_id, limit.unit_id = enterprise.id, enterprise.unit_id
    held = select(Permit).where(Permit.enterprise_id == enterprise.id, Permit.state.in_(sorted(IN_FORCE)))
    permits = db.session.scalars(held.order_by(Permit.id).limit(2)).all()
    if len(permits) == 1:
        limit.permit_id, limit.unit_id = permits[0].id, permits[0].unit_id
    if limit.outlet and limit.outlet_id is None:
        code = limit.outlet if re.fullmatch(OUTLET_CODE, limit.outlet) else None
        known = {"code": code, "name": limit.outlet, "medium": medium_of(limit.unit_of), "registered_on": dates.today()}
        made = Outlet(enterprise_id=enterprise.id, unit_id=enterprise.unit_id, **known)
        db.session.add(made)
        db.session.flush()
        limit.outlet_id = made.id
