"""The ranking by score, what is counted and checked of it."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from ems.core import dates, module
from ems.core.checks import Check
from ems.core.figures import Figure, Period
from ems.core.register import Column, Filter, Register, View
from ems.enterprises import scoring
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from ems.enterprises.moves import VOID
from ems.enterprises.registers import LOOKING, STREET, in_state, of_class, streets, with_people
from ems.enterprises.rules import registered
from ems.enterprises.score_models import FULL, Grade, ScoreWaiver, WaiverState

E = Enterprise
LATELY = 90  # days within which somebody ought to have looked at one whose score is poor


def with_score(rows: Select[Any]) -> Select[Any]:
    return scoring.joined(with_people(rows))


def below(limit: int) -> ColumnElement[bool]:
    return scoring.at_most(limit) & (E.state != VOID)


def graded(value: str) -> ColumnElement[bool]:
    a, b, c = scoring.thresholds()
    least, most = {Grade.A: (a, FULL), Grade.B: (b, a), Grade.C: (c, b), Grade.D: (0, c)}[Grade(value)]
    of = ~scoring.at_most(least) if value == Grade.A else ~scoring.at_most(least) & scoring.at_most(most)
    return of & (E.state != VOID)


def objected() -> ColumnElement[bool]:
    return E.id.in_(select(ScoreWaiver.enterprise_id).where(ScoreWaiver.state == WaiverState.ASKED))


SCORES = Register(
    name=_l("环保信用评分"),
    model=Enterprise,
    columns=(
        Column("name", _l("企业名称"), E.name, sort=True, width=36),
        Column("points", _l("得分"), scoring.POINTS, kind="number", sort=True),
        Column("grade", _l("等级"), scoring.GRADE, choice=Grade, kind="state"),
        Column("street", _l("所在街道"), STREET.name, width=20),
        Column("kind", _l("主要类别"), E.kind, choice=EnterpriseClass),
        Column("state", _l("现状"), E.state, choice=EnterpriseState, kind="state"),
        Column("no", _l("编号"), E.no, listed=False),
        Column("credit_code", _l("统一社会信用代码"), E.credit_code, listed=False, width=24),
        Column("unit", _l("监管单位"), LOOKING.name, listed=False, width=20),
    ),
    filters=(
        Filter("street", _l("所在街道"), lambda v: E.street_id == int(v), streets),
        Filter("group", _l("类别"), of_class, EnterpriseClass.choices),
        Filter("grade", _l("等级"), graded, Grade.choices),
        Filter("state", _l("现状"), in_state, EnterpriseState.choices),
    ),
    views=(
        View("mine", _l("我包联"), lambda me: (E.officer_id == me.id) & (E.state != VOID)),
        View("poor", _l("D 级"), lambda _me: below(scoring.thresholds()[2])),
        View("objected", _l("申诉待审定"), lambda _me: objected()),
    ),
    order="points",
    last=lambda: E.state == VOID,
    join=with_score,
)


def scored(period: Period) -> Select[Enterprise]:
    return scoring.joined(registered(period), period[1])


def poor(period: Period) -> Select[Enterprise]:
    return registered(period, scoring.at_most(scoring.thresholds()[2], period[1]))


def mean() -> ColumnElement[Any]:
    return func.round(func.avg(scoring.LEFT) / 10, 1)


def unlooked() -> Select[Enterprise]:
    """Grade D, and no inspection has ended there for a while: asked of the registry, for inspections lie higher."""
    today = dates.today()
    rows = select(E).where(below(scoring.thresholds()[2]), E.state == EnterpriseState.OPERATING)
    figure = module.figures().get("inspections.done")
    if figure is None:
        return rows
    there: Any = figure.model
    seen = figure.rows((today - timedelta(days=LATELY), today)).with_only_columns(there.enterprise_id).order_by(None)
    return rows.where(E.id.not_in(seen.where(there.enterprise_id.isnot(None))))


HOUSE = _l("家")
FIGURES = (
    Figure("enterprises.score_average", _l("企业环保信用平均分"), _l("分"), scored, mean, state=True, monthly=False),
    Figure("enterprises.grade_d", _l("环保信用 D 级企业"), HOUSE, poor, state=True, monthly=False),
)
CHECKS = (
    Check("enterprises.poor_unlooked", _l("环保信用 D 级而近 90 日没有检查"), mend="enterprises.score", rows=unlooked),
)
