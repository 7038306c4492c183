"""Beginning and ending an inspection: its lines, its findings, and the orders they ask for."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core import dates, module, numbers, seeds
from ems.core.db import db
from ems.core.people import User
from ems.core.settings import setting
from ems.core.workflow import step
from ems.inspections.models import (
    OWN,
    CheckLine,
    Checklist,
    ChecklistItem,
    Finding,
    Inspection,
    InspectionType,
    Remedy,
    Severity,
    Verdict,
)
from ems.nonconformities import work as nonconformities
from ems.nonconformities.models import Grade, Origin
from ems.nonconformities.work import Fault
from ems.orders import work as orders
from ems.orders.models import Order
from ems.orders.moves import CORRECTED, ISSUED
from ems.orders.work import Point, Recheck

ITEM = ("code", "text", "text_en", "law", "article", "also_law", "also_article", "days", "status")
UNQUOTED = frozenset({"本局工作制度", "本局承诺"})


def seed(session: Session) -> None:
    """Add the checklists that are missing; what people changed stays."""
    known = {(str(type), version) for type, version in session.execute(select(Checklist.type, Checklist.version))}
    for row in seeds.read("checklists.yaml"):
        if (row["type"], row["version"]) not in known:
            named = {name: row[name] for name in ("version", "title", "title_en", "since")}
            session.add(Checklist(type=InspectionType(row["type"]), items=list(items(row["items"])), **named))


def items(rows: list[dict[str, Any]]) -> Iterator[ChecklistItem]:
    for n, row in enumerate(rows, start=1):
        said = {name: row[name] for name in ITEM if name in row}
        yield ChecklistItem(number=n, severity=Severity(row["severity"]), **said)


def in_force(type: InspectionType, day: date) -> Checklist | None:
    """The version that holds on `day`; before all of them, the oldest."""
    rows = select(Checklist).where(Checklist.type == type, ~Checklist.draft)
    rows = rows.order_by(Checklist.since.desc(), Checklist.version.desc())
    found = db.session.scalars(rows).all()
    return next((one for one in found if one.since <= day), found[-1] if found else None)


def cited(item: ChecklistItem) -> str:
    """《生态环境法典》第 163 条、《…》, as it stands on the paper."""
    return "、".join(
        f"《{law}》" + (f"第{article}条" if article else "") if law not in UNQUOTED else law
        for law, article in ((item.law, item.article), (item.also_law, item.also_article))
        if law
    )


def headline(inspection: Inspection) -> str:
    """In Chinese whoever plans it: it stands on the paper."""
    with force_locale("zh_CN"):
        what = str(inspection.type.label)
    return f"{what} · {inspection.party or inspection.place}".removesuffix(" · ")[:200]


def enter(inspection: Inspection) -> Inspection:
    """Give it its number and its headline. Not committed."""
    inspection.no = numbers.take(db.session(), "JC", inspection.planned_on.year)[0]
    db.session.add(inspection)
    rename(inspection)
    db.session.flush()
    return inspection


def rename(inspection: Inspection) -> None:
    """After its plan changed: the headline, and the day its order waits for."""
    inspection.title = headline(inspection)
    if inspection.order_id:
        planned = db.session.get_one(Order, inspection.order_id)
        planned.recheck_planned_on = inspection.planned_on


def begin(inspection: Inspection, _user: User) -> None:
    """The list in force today becomes its lines; of a re-check the order's points stand before them."""
    inspection.started_at = dates.now()
    checklist = in_force(inspection.type, dates.today())
    inspection.checklist_id = checklist.id if checklist else None
    inspection.lines = questions(inspection, checklist)


def questions(inspection: Inspection, checklist: Checklist | None) -> list[CheckLine]:
    """What it asks if it begins now. Of no session: a form may show them before anything is begun."""
    known = {"unit_id": inspection.unit_id, "remark": "", "remedy": Remedy.ORDER}
    lines = [CheckLine(**known, **point) for point in points(inspection.order)]
    lines += [CheckLine(**known, **asked(item)) for item in (checklist.items if checklist else ())]
    for number, line in enumerate(lines, start=1):
        line.number = number
    return lines


def points(order: Order | None) -> Iterator[dict[str, Any]]:
    for item in order.items if order else ():
        if item.verified_on is None:
            text = _("整改到位：%(text)s", text=item.text)
            yield {"order_item_id": item.id, "code": item.code, "text": text, "law": item.law, "days": usual_days()}


def asked(item: ChecklistItem) -> dict[str, Any]:
    said = {"item_id": item.id, "code": item.code, "text": item.text, "law": cited(item), "severity": item.severity}
    return said | {"days": item.days or usual_days()}


def usual_days() -> int:
    return int(setting("orders.default_days"))


def due(line: CheckLine) -> date:
    """The day its correction is due: as the officer said, or the item's days from today."""
    return line.due_on or dates.today() + timedelta(days=line.days)


def finish(inspection: Inspection, user: User) -> None:
    """Findings of what failed, orders for those that ask for one, the word to the order or the case it came of."""
    inspection.done_on, inspection.ended_at = dates.today(), dates.now()
    found = [finding(inspection, line) for line in inspection.lines if line.verdict is Verdict.FAILS]
    db.session.flush()
    order(inspection, user, [one for one in found if one.remedy is Remedy.ORDER])
    if inspection.order:
        look_again(inspection, inspection.order, user)
    tell(inspection, user, len(found))


def finding(inspection: Inspection, line: CheckLine) -> Finding:
    known = {"unit_id": inspection.unit_id, "enterprise_id": inspection.enterprise_id, "found_on": dates.today()}
    said = {"text": line.remark.strip(), "severity": line.severity, "remedy": line.remedy}
    one = Finding(no=f"{inspection.no}-{line.number:02d}", line_id=line.id, **known, **said)
    if inspection.order_id:  # the order it looks at goes on; no second one beside it
        one.remedy, one.order_id = Remedy.NOTED, inspection.order_id
    elif one.remedy is Remedy.ORDER:
        one.due_on = due(line)
    inspection.findings.append(one)
    one.line = line
    return one


def order(inspection: Inspection, user: User, found: list[Finding]) -> None:
    """One order for all that is due the same day, or, as ticked, one for each; of a unit's own check none."""
    if inspection.type in OWN:
        return own_up(inspection, user, found)
    for group in grouped(inspection, found):
        made = orders.issue(
            user, [point(one) for one in group], group[0].due_on or dates.today(), unit_id=inspection.unit_id,
            party=inspection.party or inspection.place, source=f"inspection:{inspection.id}",
            enterprise=inspection.enterprise,
        )  # fmt: skip
        for one in group:
            one.order_id = made.id
    return None


def own_up(inspection: Inspection, user: User, found: list[Finding]) -> None:
    """A nonconformity for each: the unit's liaison officer puts it right, its head verifies that."""
    origin = Origin(inspection.type.value)
    for one in found:
        grade = Grade.MAJOR if one.severity is Severity.SERIOUS else Grade.MINOR
        fault = Fault(
            one.text, one.text, origin, inspection.unit_id, source=f"inspection:{inspection.id}",
            source_key=f"inspection_finding:{one.id}", grade=grade, law=one.line.law, due_on=one.due_on,
        )  # fmt: skip
        one.nonconformity_id = nonconformities.raise_(user, fault).id


def order_after_all(one: Finding, user: User, due_on: date) -> None:
    """A finding that was only noted is ordered to be corrected. Not committed."""
    one.remedy, one.due_on = Remedy.ORDER, due_on
    order(one.inspection, user, [one])


def grouped(inspection: Inspection, found: list[Finding]) -> list[list[Finding]]:
    if inspection.separate_orders:
        return [[one] for one in found]
    by_day = sorted(found, key=lambda one: (one.due_on or date.max, one.id))
    return [list(group) for _day, group in groupby(by_day, key=lambda one: one.due_on)]


def point(one: Finding) -> Point:
    return Point(one.text, one.line.code, one.line.law, f"inspection_finding:{one.id}")


def look_again(inspection: Inspection, order: Order, user: User) -> None:
    """Its result goes to the order, unless the order was ended some other way meanwhile."""
    good = {line.order_item_id for line in inspection.lines if line.order_item_id and conforms(line)}
    passed = all(conforms(line) for line in inspection.lines)
    with force_locale("zh_CN"):
        words = _("复查合格，见 %(no)s。") if passed else _("复查不合格，见 %(no)s。")
        said = words % {"no": inspection.no}
    if order.state not in {ISSUED, CORRECTED}:
        db.session.add(step(order, user, said))
        return
    officers = (inspection.lead_id, inspection.second_id)
    ids = frozenset(id for id in good if id)
    orders.recheck(order, user, Recheck(dates.today(), officers, ids, passed, said))


def conforms(line: CheckLine) -> bool:
    return line.verdict is not Verdict.FAILS


def tell(inspection: Inspection, user: User, found: int) -> None:
    """An entry in the diary of the row it came of; that row lies on a higher floor, so the registry names it."""
    type, _sep, id = inspection.source.partition(":")
    subject = next((one for one in module.subjects() if one.type == type), None)
    row = db.session.get(subject.model, int(id)) if subject and id else None
    if row is not None:
        said = _("现场检查 %(no)s 完成，发现问题 %(n)s 个。", no=inspection.no, n=found)
        db.session.add(step(row, user, said + inspection.summary))
