"""What every record page shows beside its facts: way, duties, moves, diary, files, and rows of other modules."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ems.core import attachments, dates, duties, module, workflow
from ems.core.calendar import calendar
from ems.core.db import InUnit, db
from ems.core.duties import Duty
from ems.core.policy import Act, acts, everywhere, reach
from ems.core.why import strip
from ems.core.workflow import Workflow
from ems.web.forms import Confirm, Form, ReasonForm, RemarkForm
from ems.web.session import can, me

PANEL_ROWS = 8


def context(row: InUnit, flow: Workflow | None = None) -> dict[str, Any]:
    """Everything `templates/macros/record.html` draws."""
    steps = db.session.scalars(workflow.diary(row)).unique().all()
    dues = duties.of(type(row), [row.id])[row.id]
    days = calendar(db.session(), earliest(dues))
    return {
        "row": row,
        "subject": module.subject(row.__tablename__),
        "entries": steps,
        "stages": workflow.stages(flow, row, steps) if flow and flow.path else [],
        "ways": flow.open_to(me, row) if flow else [],
        "dues": dues,
        "pausing": any(d.pausable and not d.met_on for d in dues) and Act.APPROVE in acts(me, row),
        "strips": {d.id: strip(d.why, dates.today(), days) for d in dues},
        "attached": db.session.scalars(attachments.of(row)).unique().all(),
        "sides": [(panel, panelled(panel, row)) for panel in module.panels(row.__tablename__) if can(panel.area)],
    }


def earliest(dues: Sequence[Duty]) -> date:
    """No strip shows a day before this one: twenty years of holidays need not be read for two weeks."""
    return min([dates.today(), *(d.due_on for d in dues)]) - timedelta(days=14)


def panelled(panel: module.Panel, row: InUnit) -> list[Any]:
    rows = panel.rows(row)
    model = rows.column_descriptions[0]["entity"]
    mine = [] if everywhere(me, panel.area) else [model.unit_id.in_(reach(me, panel.area))]
    return list(db.session.execute(rows.where(*mine).limit(PANEL_ROWS)))


def advance(row: Any, flow: Workflow, name: str, forms: dict[str, type[Form]], endpoint: str) -> ResponseReturnValue:
    """A move: its form's page, or, posted and sound, the move itself. The view's one commit is here."""
    move = flow.find(name, me, row)
    if request.method == "POST":
        workflow.hold(row)
        move = flow.find(name, me, row)
    form = forms.get(name, ReasonForm if move.risk else RemarkForm if move.asks else Confirm)(obj=row)
    if not form.sent():
        page = {"row": row, "move": move, "form": form, "subject": module.subject(row.__tablename__)}
        return render_template("move.html", back=url_for(endpoint, id=row.id), **page), 422 if form.errors else 200
    form.populate_obj(row)
    workflow.carry_out(move, me, row, (getattr(form, "remark", None) and form.remark.data) or "")
    db.session.commit()
    return redirect(url_for(endpoint, id=row.id), 303)
