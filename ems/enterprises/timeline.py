"""The whole time line of an enterprise: its turns, what other modules have of it, duties, and the diaries.

One statement orders and pages all of it; of the rows on the page the words are then asked kind by kind.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import Select, and_, func, literal, or_, select, union_all

from ems.core import dates, module
from ems.core.db import Choice, InUnit, db
from ems.core.duties import Duty
from ems.core.module import Subject
from ems.core.policy import reached
from ems.core.sets import local_day
from ems.core.workflow import Step
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet
from ems.enterprises.moves import TURNED
from ems.web.session import can, me

PAGE, PRINTED = 50, 1000  # entries of a page, on the screen and on paper
SHORT = 8  # duties on the record page
TURNS: tuple[tuple[Any, Any], ...] = (
    *((getattr(Enterprise, column), EnterpriseState(state).label) for state, column in TURNED.items()),
    (Enterprise.registered_on, _l("建立档案")),
    (Enterprise.relapsed_on, _l("复查发现反弹")),
    (Enterprise.last_rechecked_on, _l("复查")),
    (Enterprise.merged_on, _l("合并")),
)
SIGNS: tuple[tuple[Any, Any], ...] = ((Outlet.signed_on, _l("立标")), (Outlet.online_on, _l("在线监测联网")))


class What(Choice):
    ROW = "row", _l("事项")
    DUTY = "duty", _l("期限")
    STEP = "step", _l("办理")


class Entry(NamedTuple):
    day: date
    kind: str  # what people call the kind of row
    title: str
    words: str
    url: tuple[str, int] | None
    bad: bool = False


class Line(NamedTuple):
    """What the union says: enough to order and page; `ref` is the duty, the step, or the n-th turn."""

    what: str
    kind: str
    id: int
    ref: int
    day: date


class Page(NamedTuple):
    entries: list[Entry]
    number: int
    more: bool


class Related(NamedTuple):
    """Rows of one kind that the enterprise has and I may see: a select of their ids and days."""

    subject: Subject
    rows: Select[Any]


def related(enterprise: Enterprise) -> Iterator[Related]:
    by_model = {subject.model: subject for subject in module.subjects()}
    for panel in module.panels(enterprise.__tablename__):
        rows = panel.rows(enterprise)
        subject = by_model.get(rows.column_descriptions[0]["entity"])
        if subject and can(panel.area):
            yield Related(subject, rows.where(*reached(me, subject.model)).order_by(None))
    mine = select(Outlet.id, Outlet.no, Outlet.title, Outlet.state, Outlet.registered_on)
    yield Related(by_model[Outlet], mine.where(Outlet.enterprise_id == enterprise.id))


def kinds(enterprise: Enterprise) -> dict[str, Any]:
    own = {enterprise.__tablename__: module.subject(enterprise.__tablename__).name}
    return own | {r.subject.type: r.subject.name for r in related(enterprise)}


def parts(enterprise: Enterprise, kind: str, what: str) -> Iterator[Select[Any]]:
    own: Any = select(Enterprise.id).where(Enterprise.id == enterprise.id)
    if kind in {"", enterprise.__tablename__}:
        if what in {"", What.ROW}:
            yield from turns(Enterprise, TURNS, Enterprise.id == enterprise.id)
        yield from told(enterprise.__tablename__, own, what)
    for subject, rows in related(enterprise):
        if kind not in {"", subject.type}:
            continue
        id, _no, _title, _state, day = rows.selected_columns
        if what in {"", What.ROW}:
            yield line(What.ROW, subject.type, id, literal(-1), day, rows.where(day.isnot(None)))
            if subject.model is Outlet:
                yield from turns(Outlet, SIGNS, Outlet.enterprise_id == enterprise.id)
        yield from told(subject.type, rows.with_only_columns(id, maintain_column_froms=True), what)


def line(what: What, kind: str, id: Any, ref: Any, day: Any, rows: Select[Any]) -> Select[Any]:  # noqa: PLR0917  the columns
    named = (literal(what.value).label("what"), literal(kind).label("kind"), id.label("id"), ref.label("ref"))
    return rows.with_only_columns(*named, day.label("day"), maintain_column_froms=True)


def turns(model: Any, of: Sequence[tuple[Any, Any]], *asked: Any) -> Iterator[Select[Any]]:
    for n, (column, _words) in enumerate(of):
        rows = select(model).where(*asked, column.isnot(None))
        yield line(What.ROW, model.__tablename__, model.id, literal(n), column, rows)


def told(kind: str, ids: Select[Any], what: str) -> Iterator[Select[Any]]:
    """Of these rows, the duties that were met or missed, and the diaries."""
    if what in {"", What.DUTY}:
        over = or_(Duty.met_on.isnot(None), Duty.due_on < dates.today())
        rows = select(Duty).where(Duty.subject_type == kind, Duty.subject_id.in_(ids), over)
        yield line(What.DUTY, kind, Duty.subject_id, Duty.id, func.coalesce(Duty.met_on, Duty.due_on), rows)
    if what in {"", What.STEP}:
        day = local_day(db.engine.dialect.name, Step.at)
        steps = select(Step).where(Step.subject_type == kind, Step.subject_id.in_(ids))
        yield line(What.STEP, kind, Step.subject_id, Step.id, day, steps)


def open_duties(enterprise: Enterprise) -> list[tuple[Duty, Subject]]:
    """What is still to be done about rows of the enterprise in other modules, the next due first."""
    mine = list(related(enterprise))
    ids = [(r.subject.type, r.rows.with_only_columns(r.subject.model.id, maintain_column_froms=True)) for r in mine]
    asked = or_(*(and_(Duty.subject_type == type, Duty.subject_id.in_(rows)) for type, rows in ids))
    rows = select(Duty).where(Duty.met_on.is_(None), asked).order_by(Duty.due_on, Duty.id).limit(SHORT)
    return [(duty, module.subject(duty.subject_type)) for duty in db.session.scalars(rows)]


def page(enterprise: Enterprise, asked: Mapping[str, str], size: int = PAGE) -> Page:
    """`asked`: kind (a table), what, year, page. What nobody can choose is as if nothing was asked."""
    kind, what = asked.get("kind", ""), asked.get("what", "")
    number = max(1, int(asked["page"])) if asked.get("page", "").isdecimal() else 1
    each = union_all(
        *parts(enterprise, kind if kind in kinds(enterprise) else "", what if what in set(What) else "")
    ).subquery()
    rows: Any = select(each).order_by(each.c.day.desc(), each.c.what, each.c.kind, each.c.id, each.c.ref.desc())
    if asked.get("year", "").isdecimal() and 1990 <= int(asked["year"]) <= 2100:  # noqa: PLR2004
        rows = rows.where(each.c.day.between(*dates.year(int(asked["year"]))))
    found = [Line(*row) for row in db.session.execute(rows.limit(size + 1).offset((number - 1) * size))]
    return Page(list(worded(enterprise, found[:size])), number, len(found) > size)


def worded(enterprise: Enterprise, lines: Sequence[Line]) -> Iterator[Entry]:
    names = {
        kind: named(module.subject(kind), {n.id for n in lines if n.kind == kind}) for kind in {n.kind for n in lines}
    }
    refs = {what: [n.ref for n in lines if n.what == what] for what in What}
    duties = {d.id: d for d in db.session.scalars(select(Duty).where(Duty.id.in_(refs[What.DUTY])))}
    steps = {s.id: s for s in db.session.scalars(select(Step).where(Step.id.in_(refs[What.STEP]))).unique()}
    for n in lines:
        subject = module.subject(n.kind)
        title, secret = names[n.kind].get(n.id, ("", False))
        own = n.kind == enterprise.__tablename__
        url = None if own else (subject.endpoint, n.id)
        words, bad = said(n, subject, duties, steps)
        if secret and n.what == What.STEP:
            words = _("保密件，经过见其办理日志")
        yield Entry(n.day, str(subject.name), "" if own else title, words, url, bad)


def named(subject: Subject, ids: set[int]) -> dict[int, tuple[str, bool]]:
    """Number and headline; of a confidential row the number alone, for this is printed and handed round."""
    model: type[InUnit] = subject.model
    secret: Any = literal(value=False) if subject.confidential is None else subject.confidential
    rows = db.session.execute(select(model.id, subject.no, subject.title, secret).where(model.id.in_(ids)))
    return {id: (" ".join(filter(None, (no, "" if hidden else title))), bool(hidden)) for id, no, title, hidden in rows}


def said(n: Line, subject: Subject, duties: Mapping[int, Duty], steps: Mapping[int, Step]) -> tuple[str, bool]:
    if n.what == What.DUTY:
        duty = duties[n.ref]
        if duty.met_on is None:
            return _("%(title)s：逾期未办（%(day)s 止）", title=duty.title, day=duty.due_on), True
        if not duty.on_time:
            return _("%(title)s：逾期办理（%(day)s 止）", title=duty.title, day=duty.due_on), True
        return _("%(title)s：按期办理", title=duty.title), False
    if n.what == What.STEP:
        step = steps[n.ref]
        moves = subject.workflow.moves if subject.workflow else ()
        label = next((str(move.label) for move in moves if move.name == step.move), "")
        who = step.by.name if step.by else _("系统")
        return _("，").join(filter(None, (label or _("记录"), who, step.remark))), step.alarm
    words = (TURNS if n.kind == Enterprise.__tablename__ else SIGNS)[n.ref][1] if n.ref >= 0 else ""
    return str(words), False
