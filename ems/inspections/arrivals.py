"""An inspection comes in from a phone: made, begun, merged, ended. The views commit."""

import math
from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.core.workflow import hold, step
from ems.inspections import field as spot, forms, packages, work
from ems.inspections.field import Taken
from ems.inspections.field_models import Sort
from ems.inspections.forms import PlanForm
from ems.inspections.models import Inspection
from ems.inspections.moves import DONE, OPEN, PLANNED, VOID, WORDS, WORKFLOW, missing, not_among_them
from ems.inspections.packages import Clash, Package, Unsound
from ems.web.session import fetch, me

POLE, DATELINE = 90, 180  # degrees
Answer = tuple[dict[str, Any], int]


class Unfit(Refused):
    """What was filled in can't stand so; it can be mended and sent again."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


def page(row: Inspection, form: forms.FieldForm | None = None, faults: list[str] | None = None) -> ResponseReturnValue:
    """The form, of an inspection that is under way or that has not even begun."""
    lines = row.lines if row.state is OPEN else work.questions(row, work.in_force(row.type, dates.today()))
    form = form or forms.for_(row, lines)
    form.client_key.data = form.client_key.data or row.client_key or forms.new_key()
    photos, signed = spot.pictures(row) if row.id else ([], None)
    shown = {"row": row, "lines": lines, "form": form, "faults": faults or [], "photos": photos, "signed": signed}
    plan = None if row.id else PlanForm(formdata=None, unit_id=row.unit_id)
    more = {"officers": spot.signatures(row) if row.id else {}, "plan": plan}
    base = {"base": packages.values(row, lines), "at": dates.now().isoformat()}
    words = {"words": {name: str(text) for name, text in WORDS.items()}}
    wrong = bool(faults or form.errors)
    return render_template("inspections/field.html", **shown, **more, **base, **words), 422 if wrong else 200


def of(sent: Package) -> Inspection:
    """The row a package is about, held until it is written; made if nobody has made it before."""
    if sent.inspection_id:
        row = fetch(Inspection, sent.inspection_id, Act.HANDLE)
    elif (id := known(sent.key)) is not None:
        row = fetch(Inspection, id, Act.HANDLE)
    else:
        row = made(sent)
    hold(row)
    return row


def known(key: str) -> int | None:
    return db.session.scalar(select(Inspection.id).where(Inspection.client_key == key))


def made(sent: Package) -> Inspection:
    """As the plan's own page makes one. Raises `Unfit` with all that this page would have against it."""
    place, second = sent.answers.get("place") or "", sent.answers.get("second_id") or ""
    fixed = {"lead_id": f"{me.id}", "planned_on": f"{dates.today()}", "client_key": sent.key}
    form = PlanForm(formdata=MultiDict(sent.plan | fixed | {"place": f"{place}", "second_id": f"{second}"}))
    if not form.validate():
        raise Unfit([f"{field.label.text}：{error}" for field in form for error in field.errors])
    row = Inspection(client_key=sent.key)
    form.populate_obj(row)
    row.planned_on = dates.local(packages.at(sent.started_at)).date()
    try:
        work.enter(row)
    except IntegrityError:  # sent twice at the same moment: the other one is stored
        db.session.rollback()
        return fetch(Inspection, known(sent.key) or 0, Act.HANDLE)
    db.session.add(step(row, me, move="plan", after=row.state))
    return row


def answers(row: Inspection, sent: Package) -> Answer:
    """Written down where nobody else has; else both versions, and nothing is written."""
    if row.state in {DONE, VOID}:
        return ended(row, sent)
    if said := not_among_them(row, me):
        raise Refused(said)
    if row.state is PLANNED:
        begin(row, sent)
    if found := packages.clashes(row, sent):
        return {"clashes": list(map(Clash.told, found)), **stand(row)}, 409
    form = packages.merged(row, sent)
    if not form.validate():
        raise Unfit(packages.faults(form))
    form.populate_obj(row)
    db.session.flush()
    return stand(row), 200


def begin(row: Inspection, sent: Package) -> None:
    WORKFLOW.fire("open", me, row)
    row.started_at = packages.at(sent.started_at)
    db.session.flush()  # its lines have their names by their ids
    if sent.astray:
        n = round(abs(sent.ahead.total_seconds()) / 60)
        said = _("手机时间与服务器相差 %(n)s 分钟，记录的时间已按服务器换算。", n=n)
        db.session.add(step(row, me, said))


def stand(row: Inspection) -> dict[str, Any]:
    """How it reads here now: what the phone begins with from now on."""
    links = {"url": url_for(".detail", id=row.id), "page": url_for(".field", id=row.id)}
    now = {"base": packages.values(row), "at": dates.now().isoformat()}
    return {"id": row.id, "no": row.no, "title": row.title, "state": row.state, **links, **now}


def over(row: Inspection) -> dict[str, Any]:
    return {"id": row.id, "no": row.no, "state": row.state, "url": url_for(".detail", id=row.id)}


def ended(row: Inspection, sent: Package) -> Answer:
    """It ended meanwhile. If it reads the same, that is as good as sent; else it says where it differs."""
    found = packages.differing(row, sent)
    if row.state is DONE and not found:
        return over(row), 200
    said = _("这次检查已经“%(state)s”，本机的填写没有写入。", state=row.state.label)
    return {"ended": said, "clashes": list(map(Clash.told, found)), **over(row)}, 409


def end(row: Inspection, sent: Package) -> Answer:
    """Ended at the time the officers ended it, which may be hours before it is sent."""
    if row.state is DONE:
        return over(row), 200
    if said := not_among_them(row, me):
        raise Refused(said)
    if row.state is OPEN and (faults := missing(row, me)):
        raise Unfit(faults)
    WORKFLOW.fire("finish", me, row)
    row.ended_at = packages.at(sent.ended_at, row.started_at)
    row.done_on = dates.local(row.ended_at).date()
    for one in row.findings:
        one.found_on = row.done_on
    return over(row), 200


def file(row: Inspection, sent: FileStorage, taken: Taken) -> None:
    """One picture; the same key again adds nothing."""
    if stored := spot.received(taken.key):
        if stored.inspection_id != row.id:
            raise Refused(_("这份影像属于另一次检查，没有接收。"))
        return
    if said := not_among_them(row, me):
        raise Refused(said)
    if row.state not in {OPEN, DONE} or (row.state is DONE and taken.sort is not Sort.PHOTO):
        raise Refused(_("这次检查现在是“%(state)s”，不能再收影像。", state=row.state.label))
    hold(row)
    spot.receive(row, me, sent, taken)


def taken(said: ImmutableMultiDict[str, str]) -> Taken:
    """What the phone says of a picture; what no page of ours says is turned away."""
    try:
        sort, now = Sort(said.get("sort", "")), packages.moment(said.get("now"))
        at, key = packages.moment(said.get("taken_at")), said.get("key", "")
    except (ValueError, Unsound):
        return abort(400)
    if not packages.KEY.fullmatch(key):
        abort(400)
    signer = said.get("signer_id", None, int) if sort is Sort.OFFICER else None
    return Taken(key, sort, at, now - dates.now(), signer, point(said), metres(said))


def metres(said: ImmutableMultiDict[str, str]) -> int | None:
    accuracy = said.get("accuracy", None, int)
    return None if accuracy is None else min(max(accuracy, 0), 1_000_000)


def point(said: ImmutableMultiDict[str, str]) -> tuple[float, float] | None:
    north, east = said.get("latitude", None, float), said.get("longitude", None, float)
    if north is None or east is None or not (math.isfinite(north) and math.isfinite(east)):
        return None
    return (north, east) if abs(north) <= POLE and abs(east) <= DATELINE else None
