"""What the permits' copies ask for: reports received in time, late, missing and excused, and what is measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from ems.core import dates
from ems.core.people import User
from ems.core.reckon import due
from ems.core.recurring import DAY
from ems.core.rules import Rule
from ems.core.terms import readings
from ems.demo.world import World
from ems.enterprises.models import Outlet, OutletMedium
from ems.permits import reporting
from ems.permits.life import Grounds
from ems.permits.models import Permit, PermitClass
from ems.permits.report_models import (
    Exemption,
    Frequency,
    MonitoringPlan,
    MonitoringState,
    PermitReport,
    ReportState,
    ReportTerm,
    SelfMonitoring,
)
from ems.permits.report_moves import MONITORING_WORKFLOW, WORKFLOW

CHIEF = "zhoujianguo"
RULE = {Frequency.MONTH: "EXEC_REPORT_M", Frequency.QUARTER: "EXEC_REPORT_Q", Frequency.YEAR: "EXEC_REPORT_Y"}
MONTHLY, BARE = 5, 3  # so many report by the month; of so many nobody has looked into the copy
MEASURED = 40  # permits whose measuring is on the register
MISSING = 0.03
WHAT = {OutletMedium.WATER: ("化学需氧量", "氨氮"), OutletMedium.GAS: ("颗粒物", "非甲烷总烃")}


@dataclass(frozen=True)
class Copies:
    """Since last year reports are asked for; what came before nobody wrote down."""

    world: World
    dice: Random
    officers: dict[int, User]
    rules: dict[str, Rule]
    grounds: Grounds

    @property
    def since(self) -> date:
        return date(self.world.year - 1, 1, 1)

    def due(self, report: PermitReport) -> date:
        return report.stated_on or due(self.rules[RULE[report.kind]], report.last_on, self.world.calendar)


def build(world: World, found: list[Permit], outlets: list[Outlet]) -> None:
    officers = {user.id: user for user in world.people.values()}
    copies = Copies(world, world.dice(), officers, readings(RULE.values()), Grounds(world.today))
    proper = [permit for permit in found if permit.in_force and not permit.registration]
    key = [permit for permit in proper if permit.permit_class is PermitClass.KEY]
    often = {permit.id for permit in key[-MONTHLY:]}
    terms = {permit.id: list(terms_of(copies, permit, often)) for permit in proper[BARE:]}
    plans = list(plans_of(copies, key[:MEASURED], outlets))
    world.session.add_all([term for some in terms.values() for term in some])
    world.session.add_all(plans)
    world.session.flush()
    world.story.keep(*(row for permit in proper for row in reports(copies, permit, terms.get(permit.id, []))))
    owners = {permit.id: permit for permit in proper}
    world.story.keep(*(run for plan in plans for run in runs(copies, plan, owners[plan.permit_id])))
    reporting.find_missed()
    chase(copies)


def terms_of(copies: Copies, permit: Permit, often: set[int]) -> Iterator[ReportTerm]:
    permit.asked_from = max(permit.asked_from or permit.entered_on or copies.since, copies.since)
    known = {"permit_id": permit.id, "unit_id": permit.unit_id}
    if permit.permit_class is PermitClass.KEY:
        merged = copies.dice.random() < 0.3
        yield ReportTerm(**known, kind=Frequency.QUARTER, merged=merged)
        if permit.id in often:
            yield ReportTerm(**known, kind=Frequency.MONTH, day=20, merged=False)
    yield ReportTerm(**known, kind=Frequency.YEAR, day=15 if copies.dice.random() < 0.1 else None)


def reports(copies: Copies, permit: Permit, terms: list[ReportTerm]) -> Iterator[PermitReport]:
    for key, said in reporting.reports_of(permit, terms, copies.grounds):
        (more,) = reporting.new_rows([key])
        report = PermitReport(**dict(zip(reporting.REPORTS.key, key, strict=True)), **said, **more)
        if report.state is ReportState.DUE:
            came(copies, report)
        yield report


def came(copies: Copies, report: PermitReport) -> None:
    """In time, mostly; some late, some excused by the head; a few never came."""
    world, day, chance = copies.world, copies.due(report), copies.dice.random()
    in_time = world.before(max(report.last_on + DAY, day - timedelta(days=copies.dice.randint(0, 12))))
    in_time = max(in_time, world.work(0, report.last_on + DAY))
    awaited = report.kind is Frequency.MONTH and day > world.work(-3) and chance < 0.5
    if in_time > world.yesterday or awaited or (chance < MISSING and day.year == world.year):
        return
    officer = copies.officers[report.officer_id or 0]
    if chance > 0.985:
        why = {"exemption": Exemption.OTHER}
        world.story.fire(report, WORKFLOW, "exempt", world.people[CHIEF], in_time, "全厂搬迁，本期没有生产。", **why)
        return
    if chance < 0.09 and (late := world.work(copies.dice.randint(4, 15), day)) <= world.yesterday:
        asked = {"missed_on": day + DAY, "chased_on": world.work(2, day + DAY), "received_on": late}
        world.story.fire(report, WORKFLOW, "receive", officer, late, "督促后补交。", **asked)
        return
    world.story.fire(report, WORKFLOW, "receive", officer, in_time, received_on=in_time)


def chase(copies: Copies) -> None:
    """Who did not hand in was asked, but for those of the last days and one that was forgotten."""
    world = copies.world
    missing = PermitReport.state == ReportState.DUE, PermitReport.missed_on.isnot(None)
    missed = world.session.scalars(
        select(PermitReport).where(*missing).order_by(PermitReport.missed_on, PermitReport.id)
    )
    old = [row for row in missed if row.missed_on and world.work(2, row.missed_on) < world.yesterday]
    for row in old[:-1]:
        day = world.work(copies.dice.randint(1, 2), row.missed_on)
        with dates.stopped(dates.at_noon(day)):
            world.story.fire(
                row, WORKFLOW, "chase", copies.officers[row.officer_id or 0], day, "电话督促，企业称正在编制。",
                chased_on=day,
            )  # fmt: skip
    world.story.keep()


def plans_of(copies: Copies, permits: list[Permit], outlets: list[Outlet]) -> Iterator[MonitoringPlan]:
    for permit in permits:
        mine = [o for o in outlets if o.enterprise_id == permit.enterprise_id and o.medium in WHAT][:2]
        for outlet in mine:
            kind = Frequency.QUARTER if outlet.medium is OutletMedium.WATER else Frequency.HALF
            for pollutant in WHAT[outlet.medium or OutletMedium.WATER]:
                yield MonitoringPlan(
                    permit_id=permit.id, unit_id=permit.unit_id, outlet_id=outlet.id, pollutant=pollutant,
                    outlet=outlet.code or outlet.name, frequency=kind, from_on=date(copies.world.year, 1, 1),
                )  # fmt: skip


def runs(copies: Copies, plan: MonitoringPlan, permit: Permit) -> Iterator[SelfMonitoring]:
    world = copies.world
    for key, said in reporting.runs_of(plan, permit, copies.grounds):
        (more,) = reporting.new_rows([key])
        run = SelfMonitoring(**dict(zip(reporting.RUNS.key, key, strict=True)), **said, **more)
        day = world.before(run.first_on + timedelta(days=copies.dice.randint(20, 80)))
        chance = copies.dice.random()
        if run.state is MonitoringState.DUE and day <= world.yesterday and chance > MISSING:
            officer = copies.officers[permit.officer_id or 0]
            world.story.fire(run, MONITORING_WORKFLOW, "measure", officer, day, "达标。", done_on=day)
        yield run
