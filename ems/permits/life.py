"""The time in which a permit asks for something, and the times in which its enterprise stands still."""

from datetime import date
from functools import cached_property

from ems.core.calendar import Calendar, calendar
from ems.core.db import db
from ems.core.reckon import ends
from ems.core.recurring import DAY, Period
from ems.core.rules import Rule
from ems.core.terms import readings
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.permits.models import Permit, PermitState
from ems.permits.report_models import Exemption, Frequency

STILL = frozenset({EnterpriseState.STOPPED, EnterpriseState.CLOSED, EnterpriseState.RELOCATED})
#: held for less than these say, the first report falls away (HJ 944-2018)
SHORT = {
    Frequency.MONTH: "EXEC_REPORT_M_EXEMPT", Frequency.QUARTER: "EXEC_REPORT_Q_EXEMPT",
    Frequency.YEAR: "EXEC_REPORT_Y_EXEMPT",
}  # fmt: skip


def lifetime(permit: Permit, today: date) -> Period | None:
    """First and last day on which a period may end to be asked for; None: nothing is asked.

    Of a permit whose end nobody knows, and of one that goes on beyond its end because it is being renewed
    (行政许可法 50), the time goes to the end of next year, or of this one.
    """
    begins = permit.asked_from or permit.entered_on or permit.begins_on
    if begins is None or permit.registration:
        return None
    match permit.state:
        case PermitState.VALID | PermitState.RENEWING:
            last = permit.valid_to or date(today.year + 1, 12, 31)
            if permit.state is PermitState.RENEWING:
                last = max(last, date(today.year, 12, 31))
        case PermitState.EXPIRED | PermitState.REVOKED if permit.ended_on:
            last = permit.ended_on
        case _:
            return None
    return Period(begins, last) if begins <= last else None


def idle(enterprise: Enterprise) -> Period | None:
    """The last time it stood still, as far as its file tells; a stop that goes on has no end."""
    stopped, resumed = enterprise.stopped_on, enterprise.resumed_on
    before = stopped if stopped and not (resumed and resumed > stopped) else None
    if enterprise.state in STILL:
        begins = before or enterprise.state_on
        return Period(begins, date.max) if begins else None
    if stopped and resumed and stopped < resumed:
        return Period(stopped, resumed - DAY)
    return None


class Grounds:
    """On which a report or a measurement falls away without anybody's deciding it."""

    def __init__(self, today: date) -> None:
        self.today = today

    @cached_property
    def rules(self) -> dict[str, Rule]:
        return readings(SHORT.values())

    @cached_property
    def calendar(self) -> Calendar:
        return calendar(db.session())

    def stopped(self, period: Period, still: Period | None) -> bool:
        """All of a period that is over; of one under way nobody knows yet."""
        return still is not None and still.first <= period.first and period.last <= min(still.last, self.today - DAY)

    def short(self, permit: Permit, kind: Frequency, period: Period) -> bool:
        held = permit.held_from or permit.begins_on
        if held is None or not period.first < held <= period.last or kind not in SHORT:
            return False
        rule = self.rules[SHORT[kind]]
        return rule.enabled and ends(rule, held, 0, self.calendar) > period.last + DAY

    def of(self, permit: Permit, kind: Frequency, period: Period, still: Period | None) -> Exemption | None:
        if self.stopped(period, still):
            return Exemption.STOPPED
        return Exemption.SHORT if self.short(permit, kind, period) else None
