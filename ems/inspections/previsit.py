"""What an officer reads on the way: all that is known of the enterprise, each kind of row from whoever owns it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from ems.core import dates, duties, module
from ems.core.db import db
from ems.core.duties import Duty, Next
from ems.core.policy import reach
from ems.enterprises.models import Enterprise
from ems.inspections import risk
from ems.inspections.models import Finding, Inspection
from ems.permits.models import Permit, PermitLimit, PermitState
from ems.web.session import can, me

ROWS = 4  # of a panel: it must fit into a hand
LIMITS = 40
YEAR = frozenset({"complaints"})  # areas of which only the last twelve months count


@dataclass(frozen=True)
class Item:
    """A row of a panel. Of one that is confidential only its number, what it is about and its day."""

    id: int
    no: str
    title: str
    state: Any
    day: Any
    due: Next | None


@dataclass(frozen=True)
class Section:
    title: Any
    endpoint: str
    items: list[Item]


@dataclass(frozen=True)
class Sheet:
    enterprise: Enterprise
    risk: risk.Risk | None
    duties: list[Duty]
    limits: Sequence[Any]
    findings: Sequence[Finding]
    sections: list[Section]


def of(inspection: Inspection) -> Sheet | None:
    """None where it is of no enterprise on the register."""
    owner = inspection.enterprise
    if owner is None:
        return None
    open_ = [duty for duty in duties.of(Enterprise, [owner.id])[owner.id] if not duty.met_on]
    shown = [section(panel, owner) for panel in module.panels(Enterprise.__tablename__) if can(panel.area)]
    return Sheet(owner, risk.of(owner), open_, limits(owner), findings(owner), [one for one in shown if one.items])


def limits(owner: Enterprise) -> Sequence[Any]:
    """What its permit in force allows, by outlet."""
    if not can("permits"):
        return []
    mine = PermitLimit.unit_id.in_(reach(me, "permits"))
    rows = select(PermitLimit).join(Permit, Permit.id == PermitLimit.permit_id)
    rows = rows.where(PermitLimit.enterprise_id == owner.id, ~PermitLimit.void, mine, Permit.state == PermitState.VALID)
    return db.session.scalars(
        rows.order_by(PermitLimit.outlet, PermitLimit.pollutant, PermitLimit.id).limit(LIMITS)
    ).all()


def findings(owner: Enterprise) -> Sequence[Finding]:
    """The last ones."""
    mine = Finding.unit_id.in_(reach(me, "inspections"))
    rows = select(Finding).where(Finding.enterprise_id == owner.id, mine)
    return db.session.scalars(rows.order_by(Finding.found_on.desc(), Finding.id.desc()).limit(ROWS)).all()


def section(panel: module.Panel, owner: Enterprise) -> Section:
    found = db.session.execute(asked(panel, owner).limit(ROWS)).all()
    model = panel.rows(owner).column_descriptions[0]["entity"]
    ids = [row[0] for row in found]
    hidden, dues = confidential(model, ids), duties.nexts(model, ids)
    items = [Item(row[0], row[1] or "", hidden.get(row[0], row[2]), row[3], row[4], dues.get(row[0])) for row in found]
    return Section(panel.title, panel.endpoint, items)


def asked(panel: module.Panel, owner: Enterprise) -> Select[Any]:
    rows = panel.rows(owner)
    model = rows.column_descriptions[0]["entity"]
    mine = rows.where(model.unit_id.in_(reach(me, panel.area)))
    day = list(rows.selected_columns)[4]
    since = (day >= risk.a_year_before(dates.today()),) if panel.area in YEAR else ()
    found: Select[Any] = mine.where(*since)
    return found


def confidential(model: Any, ids: Sequence[int]) -> Mapping[int, str]:
    """Those of which no headline may leave the house: what stands in its place, asked of the row by name."""
    about = next((subject for subject in module.subjects() if subject.model is model), None)
    if about is None or about.confidential is None or not ids:
        return {}
    rows = select(model).where(model.id.in_(ids), about.confidential).order_by(model.id)
    return {row.id: str(getattr(getattr(row, "medium", ""), "label", "")) for row in db.session.scalars(rows)}
