"""Rows to try things on: made up, sound, one call each."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from ems.complaints.models import Channel, Complaint
from ems.core.db import db
from ems.core.duties import Duty
from ems.enterprises.credit_code import check_character
from ems.enterprises.models import Enterprise, EnterpriseClass, Outlet, OutletMedium
from ems.hotspots.models import Hotspot, Proposal, SpotKind
from ems.inspections import work as inspecting
from ems.inspections.models import CheckLine, Finding, Inspection, InspectionState, InspectionType, Remedy, Severity
from ems.nonconformities import work as raising
from ems.nonconformities.models import CorrectiveAction, NcState, Nonconformity, Origin, SimilarCheck
from ems.orders import work as ordering
from ems.orders.models import Order, OrderKind, OrderState
from ems.permits import reporting, work as permitting
from ems.permits.models import Authority, Permit, PermitClass, PermitReview
from ems.permits.report_models import Frequency, MonitoringPlan, PermitReport, ReportTerm, SelfMonitoring
from ems.tasks import matters, work as urging
from ems.tasks.models import SourceKind, Task, TaskPart, TaskState
from tests.conftest import TODAY

COUNTER = count(5000)  # lower numbers are those that tests name themselves


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


def enterprise(units: Any, cast: Any, **known: Any) -> Enterprise:
    """A key enterprise in operation, looked after by the street's unit and the officer. Its code is sound."""
    n = next(COUNTER)
    row = Enterprise(
        **{
            "no": f"QY-2026-{n:04d}", "name": f"成都石羚织染 {n} 厂", "kind": EnterpriseClass.KEY,
            "unit_id": units["street"].id, "officer_id": cast["officer"].id, "registered_on": date(2025, 3, 1),
        }
        | {name: value for name, value in known.items() if name != "code"}
    )  # fmt: skip
    first = f"9151010001234{n:04d}"
    row.take_code(known.get("code", first + check_character(first)))
    db.session.add(row)
    db.session.commit()
    return row


def outlet(units: Any, cast: Any, **known: Any) -> Outlet:
    """A waste-water outlet in use, of an enterprise of its own unless one is named; no sign yet."""
    owner = known.pop("enterprise", None) or enterprise(units, cast)
    about = {"enterprise_id": owner.id, "unit_id": owner.unit_id, "code": "DW001", "name": "废水总排口"}
    row = Outlet(**about | {"medium": OutletMedium.WATER, "registered_on": date(2025, 3, 1)} | known)
    db.session.add(row)
    db.session.commit()
    return row


def order(units: Any, cast: Any, **known: Any) -> Order:
    """Issued today by the officer, two points, fifteen days; to an enterprise of its own unless one is named."""
    owner = known.pop("enterprise", None) or enterprise(units, cast)
    about = {
        "unit_id": units["bureau"].id, "enterprise_id": owner.id, "party": owner.name, "state": OrderState.ISSUED,
        "issued_on": TODAY, "issued_by_id": cast["officer"].id, "officer_id": cast["officer"].id,
        "checker_id": cast["officer"].id, "due_on": TODAY + timedelta(days=15),
    }  # fmt: skip
    row = Order(**about | known)
    ordering.enter(row, [ordering.Point("标志牌缺失，立柱已倒。"), ordering.Point("台账缺两个月。")])
    db.session.commit()
    return row


def inspection(units: Any, cast: Any, **known: Any) -> Inspection:
    """Planned for today at a key enterprise, by the officer and the chief of the zone."""
    owner = known.pop("enterprise", None) or enterprise(units, cast)
    about = {
        "type": InspectionType.KEY_INDUSTRY, "unit_id": units["bureau"].id, "enterprise_id": owner.id,
        "party": owner.name, "planned_on": TODAY, "lead_id": cast["officer"].id, "second_id": cast["head"].id,
    }  # fmt: skip
    row = inspecting.enter(Inspection(**about | known | {"type": InspectionType(known.get("type", about["type"]))}))
    db.session.commit()
    return row


def finding(units: Any, cast: Any, **known: Any) -> Finding:
    """Of an inspection that ended today; only noted."""
    of = known.pop("inspection", None)
    of = of or inspection(units, cast, state=InspectionState.DONE, done_on=TODAY)
    line = CheckLine(unit_id=of.unit_id, number=len(of.lines) + 1, text="标志牌完好", days=15)
    of.lines.append(line)
    db.session.flush()
    about = {
        "no": f"{of.no}-{line.number:02d}", "unit_id": of.unit_id, "inspection_id": of.id, "line_id": line.id,
        "enterprise_id": of.enterprise_id, "found_on": TODAY, "text": "标志牌缺失。", "severity": Severity.NORMAL,
        "remedy": Remedy.NOTED,
    }  # fmt: skip
    row = Finding(**about | known)
    db.session.add(row)
    db.session.commit()
    return row


def permit(units: Any, cast: Any, **known: Any) -> Permit:
    """In force until 2027-02-15, of a key enterprise of its own unless one is named; reviewed since it was issued."""
    owner = known.pop("enterprise", None) or enterprise(units, cast)
    about = {
        "no": f"{owner.credit_code}001P", "enterprise_id": owner.id, "unit_id": owner.unit_id,
        "permit_class": PermitClass.KEY, "authority": Authority.CITY, "issued_on": date(2022, 2, 10),
        "valid_from": date(2022, 2, 16), "valid_to": date(2027, 2, 15), "officer_id": cast["officer"].id,
    }  # fmt: skip
    row = permitting.enter(Permit(**about | known))
    db.session.commit()
    return row


def reported(units: Any, cast: Any, *kinds: Frequency, **known: Any) -> Permit:
    """A permit whose copy asks for these reports, by the rules' own days."""
    row = permit(units, cast, **known)
    db.session.add_all(ReportTerm(permit_id=row.id, unit_id=row.unit_id, kind=kind) for kind in kinds)
    reporting.materialise([row.id])
    db.session.commit()
    return row


def report(units: Any, cast: Any, **known: Any) -> PermitReport:
    """The quarterly one that is due next of a permit of its own."""
    of = reported(units, cast, Frequency.QUARTER, entered_on=TODAY)
    row = db.session.scalars(select(PermitReport).where(PermitReport.permit_id == of.id)).one()
    for name, value in known.items():
        setattr(row, name, value)
    db.session.commit()
    return row


def plan(units: Any, cast: Any, frequency: Frequency, **known: Any) -> MonitoringPlan:
    """COD at the outlet of a permit of its own, since October."""
    of = permit(units, cast)
    about = {"permit_id": of.id, "unit_id": of.unit_id, "outlet": "DW001", "pollutant": "化学需氧量"}
    row = MonitoringPlan(**about | {"frequency": frequency, "from_on": date(2026, 10, 1)} | known)
    db.session.add(row)
    reporting.materialise([of.id])
    db.session.commit()
    return row


def monitoring(units: Any, cast: Any) -> SelfMonitoring:
    """Of the quarter under way."""
    made = plan(units, cast, Frequency.QUARTER)
    return db.session.scalars(select(SelfMonitoring).where(SelfMonitoring.plan_id == made.id)).one()


def review(units: Any, cast: Any, **known: Any) -> PermitReview:
    """The one that ends next of a permit of its own."""
    row = permit(units, cast).reviews[-1]
    for name, value in known.items():
        setattr(row, name, value)
    db.session.commit()
    return row


def late(units: Any, cast: Any, **known: Any) -> Duty:
    """A duty of the street's own, by the liaison: to put right what its check found, ten days late."""
    of = {"kind": OrderKind.INTERNAL, "unit_id": units["street"].id, "party": units["street"].name}
    by = {"state": OrderState.ISSUED, "issued_on": date(2026, 11, 1), "officer_id": cast["liaison"].id}
    row = Order(**of | by | {"due_on": TODAY - timedelta(days=10)} | known)
    ordering.enter(row, [ordering.Point("危废台账缺两个月。")])
    db.session.commit()
    return db.session.scalars(select(Duty).where(Duty.subject_id == row.id, Duty.rule == "RECT_NC")).one()


def task(units: Any, cast: Any, **known: Any) -> Task:
    """The zone's head asks the street's liaison about a late duty, to be answered in three working days."""
    duty, by = known.pop("duty", None) or late(units, cast), known.pop("by", cast["head"])
    about = {"title": "自查问题整改", "demand": "请尽快整改并书面反馈。", "due_on": TODAY + timedelta(days=3)}
    row = Task(**about | {"unit_id": duty.unit_id, "owner_id": cast["liaison"].id, "state": TaskState.ISSUED})
    urging.issue(row, duty, by)
    for name, value in known.items():
        setattr(row, name, value)
    db.session.commit()
    return row


def nonconformity(units: Any, cast: Any, **known: Any) -> Nonconformity:
    """Found today by the auditor at the street, whose liaison officer is to put it right within thirty days."""
    about = {
        "title": "危废台账不全", "text": "危废台账缺两个月。", "origin": Origin.AUDIT, "clause": "7.5",
        "unit_id": units["street"].id, "found_on": TODAY, "found_by_id": cast["auditor"].id,
        "owner_id": cast["liaison"].id, "verifier_id": cast["auditor"].id, "due_on": TODAY + timedelta(days=30),
    }  # fmt: skip
    row = raising.enter(Nonconformity(**about | known), cast["auditor"])
    db.session.commit()
    return row


def action(units: Any, cast: Any, **known: Any) -> CorrectiveAction:
    """One of a nonconformity that is being put right, for the liaison officer to do in ten days."""
    of = known.pop("of", None) or nonconformity(units, cast, state=NcState.ACTING)
    about = {"text": "在交接单上增加台账一栏。", "due_on": TODAY + timedelta(days=10), "owner_id": cast["liaison"].id}
    row = raising.add_action(of, CorrectiveAction(**about | known), cast["liaison"])
    db.session.commit()
    return row


def similar(units: Any, cast: Any, **known: Any) -> SimilarCheck:
    """The other street is asked whether the same is wrong there."""
    of = known.pop("of", None) or nonconformity(units, cast)
    row = raising.tell(of, [units["other"].id], "危废台账缺月份，请自查。", cast["auditor"])[0]
    db.session.commit()
    return row


def part(units: Any, cast: Any, **known: Any) -> TaskPart:
    """The street is asked for a matter, and the other street for its part."""
    about = {"title": "锦江沿线污水口整治", "demand": "查清并封堵。", "due_on": TODAY + timedelta(days=16)}
    about |= {"source_kind": SourceKind.LEADER, "unit_id": units["street"].id, "owner_id": cast["liaison"].id}
    row = matters.draw_up(Task(**about | known), cast["leader"], partners=[units["other"].id])
    matters.issue(row, cast["leader"])
    db.session.commit()
    return row.parts[0]


def hotspot(units: Any, cast: Any, **known: Any) -> Hotspot:
    """A street's rise, for the bureau to decide."""
    n = next(COUNTER)
    about = {
        "no": f"RD-2026-W48-{n}",
        "title": "石羊街道办事处 · 噪声",
        "kind": SpotKind.RISE,
        "key": f"rise:{n}:noise",
    }
    about |= {"week_on": TODAY - timedelta(days=TODAY.weekday()), "proposed_on": TODAY, "proposal": Proposal.ASPECT}
    about |= {"rows": [], "cases": 5, "score": 10, "why": [], "weeks": [0, 5], "unit_id": units["bureau"].id}
    row = Hotspot(**about | {"street_id": units["street"].id} | known)
    db.session.add(row)
    db.session.commit()
    return row


FACTORIES = {
    "complaint": complaint, "task": task, "task_part": part, "hotspot": hotspot,
    "enterprise": enterprise, "outlet": outlet, "permit": permit,
    "permit_review": review, "permit_report": report, "self_monitoring": monitoring, "correction_order": order,
    "inspection": inspection, "inspection_finding": finding,
    "nonconformity": nonconformity, "corrective_action": action, "similar_check": similar,
}  # fmt: skip
