"""Two files of one enterprise become one: all that points at the second points at the first, in one transaction.

What points at it is found by `pointing`, so no table is forgotten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import delete

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act, may
from ems.core.workflow import hold, step
from ems.enterprises import work
from ems.enterprises.credit_code import SURE
from ems.enterprises.models import Enterprise, Outlet, OutletState
from ems.enterprises.moves import OUTLET_WORKFLOW, VOID, WORKFLOW
from ems.enterprises.pointing import moved, summed
from ems.enterprises.score_models import ScoreSnapshot


class Compared(NamedTuple):
    """One line of the comparison; `fields` are taken together."""

    name: str
    title: Any
    fields: tuple[str, ...]


CODE = ("credit_code", "credit_code_given", "code_doubt", "code_confirmed")
LINES = (
    Compared("name", _l("企业名称"), ("name",)),
    Compared(
        "credit_code", _l("统一社会信用代码"), ("credit_code", "credit_code_given", "code_doubt", "code_confirmed")
    ),
    Compared("kind", _l("主要类别"), ("kind", "key", "catering", "discharger")),
    Compared("industry", _l("行业类别"), ("industry",)),
    Compared("street", _l("所在街道"), ("street_id",)),
    Compared("unit", _l("监管单位"), ("unit_id",)),
    Compared("officer", _l("包联专干"), ("officer_id",)),
    Compared("city", _l("市"), ("city",)),
    Compared("address", _l("地址"), ("address",)),
    Compared("place", _l("经纬度"), ("longitude", "latitude")),
    Compared("legal_person", _l("法定代表人"), ("legal_person",)),
    Compared("contact", _l("联系人"), ("contact",)),
    Compared("phone", _l("联系电话"), ("phone",)),
    Compared("air", _l("大气污染物和标准"), ("air_pollutants", "air_standards")),
    Compared("water", _l("水污染物和标准"), ("water_pollutants", "water_standards")),
    Compared("note", _l("备注"), ("note",)),
)


def said(enterprise: Enterprise, line: Compared) -> str:
    if line.name in {"street", "unit", "officer"}:
        of = getattr(enterprise, line.name)
        return of.name if of else ""
    if line.name == "kind":
        return str(enterprise.kind.label)
    values = (
        [getattr(enterprise, name) for name in line.fields[:2]]
        if line.name != "credit_code"
        else [enterprise.credit_code]
    )
    return _("，").join(str(value) for value in values if value not in (None, ""))


def differing(kept: Enterprise, other: Enterprise) -> list[tuple[Compared, str, str, bool]]:
    """Lines that differ: both words, and whether the other's is the one to take unless somebody says otherwise."""
    lines = [(line, said(kept, line), said(other, line)) for line in LINES]
    return [(line, a, b, not a) for line, a, b in lines if a != b]


def clash(kept: Enterprise, other: Enterprise) -> bool:
    """Both codes hold, and are two: so are, most likely, the enterprises."""
    both = [e.credit_code for e in (kept, other) if e.credit_code and e.code_doubt in SURE]
    return len(set(both)) > 1


def objection(kept: Enterprise, other: Enterprise, user: User) -> str | None:
    if kept.id == other.id:
        return _("不能与自己合并。")
    if kept.state is VOID or other.state is VOID:
        return _("其中一份档案已经作废或合并，不能再合并。")
    if not (may(user, Act.APPROVE, kept) and may(user, Act.APPROVE, other)):
        return _("合并档案须由负责人办理，且两份都在您的管辖范围。")
    return None


def twice(kept: Enterprise, other: Enterprise) -> list[tuple[Outlet, Outlet]]:
    """Outlets of one code in both: the kept file's, and the other's."""
    known = {outlet.code: outlet for outlet in kept.outlets if outlet.code and outlet.state is not OutletState.VOID}
    alive = (outlet for outlet in other.outlets if outlet.state is not OutletState.VOID)
    return [(known[outlet.code], outlet) for outlet in alive if outlet.code in known]


@dataclass(frozen=True)
class Choice:
    """What the person said: lines to take from the other file, its outlets to be given a new code, and why."""

    reason: str
    taken: frozenset[str] = frozenset()
    renumbered: frozenset[int] = frozenset()
    sure: bool = False  # two codes that hold, and yet one enterprise


def merge(kept: Enterprise, other: Enterprise, choice: Choice, user: User) -> list[str]:
    """Make `other` part of `kept`. Returns what was moved, in words. Not committed. Raises `Refused`."""
    for file in sorted((kept, other), key=lambda e: e.id):  # always in one order: two merges at once don't lock up
        hold(file)
    if no := objection(kept, other, user):
        raise Refused(no)
    if clash(kept, other) and not choice.sure:
        raise Refused(_("两份档案的信用代码都有效而不相同，多半是两家企业。确为一家的，请勾选确认并写明理由。"))
    told = [
        f"{line.title} {a or _('空')} → {b or _('空')}"
        for line, a, b, _d in differing(kept, other)
        if line.name in choice.taken
    ]
    db.session.execute(delete(ScoreSnapshot).where(ScoreSnapshot.enterprise_id == other.id))
    take(kept, other, choice.taken)
    told += outlets(kept, other, choice.renumbered, user)
    told += summed(moved("enterprise", other.id, kept.id))
    db.session.flush()
    db.session.expire(other)
    for outlet in kept.outlets:
        outlet.unit_id = kept.unit_id
    other.merged_into_id, other.merged_on = kept.id, dates.today()
    about = {"reason": choice.reason, "list": _("；").join(told) or _("没有关联的记录")}
    said = _("并入 %(no)s %(name)s：%(reason)s", no=kept.no, name=kept.name, reason=choice.reason)
    WORKFLOW.fire("void", user, other, said)
    remark = _("合并 %(no)s %(name)s：%(reason)s。移入：%(list)s", no=other.no, name=other.name, **about)
    db.session.add(step(kept, user, remark, alarm=True))
    return told


def take(kept: Enterprise, other: Enterprise, taken: Iterable[str]) -> None:
    """The lines chosen; the other's names stay as former ones either way."""
    if "name" in taken:
        work.rename(kept, other.name)
    for line in LINES:
        if line.name in taken and line.name != "name":
            for field in line.fields:
                setattr(kept, field, getattr(other, field))
    names = [name for name in [other.name, *other.former_names.split(work.FORMER)] if name != kept.name]
    work.remember(kept, *names)


def outlets(kept: Enterprise, other: Enterprise, renumbered: frozenset[int], user: User) -> Iterator[str]:
    for mine, double in twice(kept, other):
        if double.id in renumbered:
            old, double.code = double.code, free_code(kept, other, double)
            yield _("排放口 %(old)s 改为 %(new)s", old=old, new=double.code)
            continue
        keep_label(mine, double)
        rows = summed(moved("outlet", double.id, mine.id))
        db.session.flush()
        said = _("并入 %(no)s 的 %(code)s", no=kept.no, code=mine.code)
        OUTLET_WORKFLOW.fire("void", user, double, said)
        yield _("排放口 %(code)s 合为一个（%(rows)s）", code=mine.code, rows=_("，").join(rows) or _("没有关联的记录"))
    db.session.flush()


def keep_label(mine: Outlet, double: Outlet) -> None:
    """The label that hangs there goes on to open a page, unless the outlet has one of its own."""
    if mine.token is None and double.token is not None:
        (token, day), double.token, double.labelled_on = (double.token, double.labelled_on), None, None
        db.session.flush()
        mine.token, mine.labelled_on = token, day


def free_code(kept: Enterprise, other: Enterprise, outlet: Outlet) -> str:
    used = {o.code for o in [*kept.outlets, *other.outlets]}
    codes = (f"{(outlet.code or 'DA')[:2]}{n:03d}" for n in range(1, 1000))
    return next(code for code in codes if code not in used)
