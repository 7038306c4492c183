"""What is counted of complaints, and what is found wrong with them."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ems.complaints.models import Channel, Complaint, Identity, Medium, Satisfaction
from ems.complaints.moves import CLOSED, OPEN, REFUSED, REGISTERED, VOID
from ems.complaints.paper_words import CLOSING
from ems.core import dates
from ems.core.checks import Check
from ems.core.duties import Duty
from ems.core.figures import Figure, Period
from ems.core.rules import Bearer

C = Complaint


def during(day: InstrumentedAttribute[Any], period: Period, *asked: ColumnElement[bool]) -> Select[Complaint]:
    """Cases with that day in the period. An old table's row, whose day isn't known, counts in the year it came in."""
    unknown = and_(Complaint.historical, day.is_(None), Complaint.received_on.between(*period), done[day.key])
    return select(Complaint).where(or_(day.between(*period), unknown), Complaint.state != VOID, *asked)


done: dict[str, Any] = {
    "closed_on": Complaint.state == CLOSED,
    "answered_on": Complaint.answers.any(),
    "handled_on": Complaint.state == CLOSED,
}


def received(period: Period, *asked: ColumnElement[bool]) -> Select[Complaint]:
    return select(Complaint).where(Complaint.received_on.between(*period), Complaint.state != VOID, *asked)


def judged(period: Period, *asked: ColumnElement[bool]) -> Select[Complaint]:
    """Closed cases of which it can be said whether they were in time: not those of old tables."""
    return during(Complaint.closed_on, period, Complaint.historical.is_(False), *asked)


def missed() -> ColumnElement[bool]:
    about = (Duty.subject_type == "complaint", Duty.subject_id == Complaint.id, Duty.rule.in_(CLOSING))
    return exists().where(*about, Duty.met_on > Duty.due_on, Duty.bearer == Bearer.OWN)


def revisited(period: Period, *asked: ColumnElement[bool]) -> Select[Complaint]:
    return select(Complaint).where(Complaint.revisited_on.between(*period), Complaint.state != VOID, *asked)


LEAST_CODE = 6  # digits
PIECE, PER_CENT = _l("件"), "%"
HAPPY = (Satisfaction.SATISFIED, Satisfaction.FAIR)


def of_medium(code: str, title: Any, medium: Medium) -> Figure[Complaint]:
    return Figure(f"complaints.{code}", title, PIECE, lambda p: received(p, Complaint.medium == medium))


FIGURES = (
    Figure("complaints.received", _l("收到投诉和纠纷"), PIECE, received),
    Figure("complaints.handled", _l("查处投诉和纠纷"), PIECE, lambda p: during(Complaint.handled_on, p)),
    Figure("complaints.closed", _l("办结投诉和纠纷"), PIECE, lambda p: during(Complaint.closed_on, p)),
    Figure("complaints.judged", _l("可判定是否按期的办结件"), PIECE, judged),
    Figure("complaints.on_time", _l("按期办结率"), PER_CENT, lambda p: judged(p, ~missed()), whole="complaints.judged"),
    Figure("complaints.answered", _l("答复投诉和纠纷"), PIECE, lambda p: during(Complaint.answered_on, p)),
    Figure("complaints.answered_rate", _l("答复率"), PER_CENT, lambda p: received(p, Complaint.answers.any()),
           whole="complaints.received"),
    Figure("complaints.revisited", _l("回访"), PIECE, revisited),
    Figure("complaints.satisfied", _l("回访满意率"), PER_CENT,
           lambda p: revisited(p, Complaint.satisfaction.in_(HAPPY)), whole="complaints.revisited"),
    Figure("complaints.extended", _l("延期办理"), PIECE, lambda p: received(p, Complaint.extended_days > 0)),
    Figure("complaints.web_filed", _l("网上填写的投诉"), PIECE,
           lambda p: received(p, Complaint.filed_online.is_(True))),
    Figure("complaints.looked_up", _l("反映人上网查询过的投诉"), PIECE,
           lambda p: select(Complaint).where(Complaint.looked_up_on.between(*p), Complaint.state != VOID)),
    Figure("complaints.refused", _l("不予受理"), PIECE,
           lambda p: select(Complaint).where(Complaint.decided_on.between(*p), Complaint.state == REFUSED)),
    of_medium("air", _l("大气类投诉"), Medium.AIR),
    of_medium("water", _l("水类投诉"), Medium.WATER),
    of_medium("noise", _l("噪声类投诉"), Medium.NOISE),
    of_medium("waste", _l("固废类投诉"), Medium.WASTE),
    of_medium("odour", _l("异味类投诉"), Medium.ODOUR),
    of_medium("fume", _l("油烟类投诉"), Medium.FUME),
)  # fmt: skip


def twins() -> ColumnElement[bool]:
    """The very same text in another case."""
    other = aliased(Complaint)
    same = select(other.text).where(other.state != VOID).group_by(other.text).having(func.count() > 1)
    return Complaint.text.in_(same)


def same_code() -> ColumnElement[bool]:
    """The code of another case of that day: by chance once in years, so they were not drawn."""
    other = aliased(Complaint)
    return exists().where(other.received_on == Complaint.received_on, other.query_code == Complaint.query_code,
                          other.id != Complaint.id)  # fmt: skip


CHECKS = (
    Check("complaints.filed_untouched", _l("网上填写、超过一天没有人看过"), mend="complaints.detail",
          rows=lambda: select(C).where(C.filed_online, C.state == REGISTERED, C.received_on < dates.today())),
    Check("complaints.no_query_code", _l("没有查询码，或与同日另一件相同"), mend="complaints.detail",
          rows=lambda: select(C).where(C.historical.is_(False),
                                       or_(func.length(C.query_code) < LEAST_CODE, same_code()))),
    Check("complaints.tells_number", _l("要求保密，而内容里写有反映人自己的电话"), mend="complaints.edit",
          rows=lambda: select(C).where(C.tells_number, C.identity == Identity.CONFIDENTIAL)),
    Check("complaints.online_dissatisfied", _l("反映人网上评价不满意，未回访已办结"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state == CLOSED, C.online_satisfaction == Satisfaction.DISSATISFIED,
                                       C.revisited_on.is_(None))),
    Check("complaints.unowned", _l("已交办而无经办人"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state.in_(["assigned", "investigating", "handled"]), C.handler_id.is_(None))),
    Check("complaints.closed_unanswered", _l("办结而没有答复"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state == CLOSED, ~C.answers.any())),
    Check("complaints.closed_uncalled", _l("留有电话、办结而未回访"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state == CLOSED, C.phone_key.isnot(None), C.revisited_on.is_(None),
                                       C.historical.is_(False))),
    Check("complaints.same_text", _l("内容完全相同的投诉"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state != VOID, twins())),
    Check("complaints.no_deadline", _l("转办、批示件没有载明期限"), mend="complaints.edit",
          rows=lambda: select(C).where(C.channel.in_([Channel.SUPERIOR, Channel.INSTRUCTION]), C.state.in_(OPEN),
                                       C.document_due_on.is_(None), C.historical.is_(False))),
    Check("complaints.forgotten", _l("登记超过 15 日仍未受理"), mend="complaints.detail",
          rows=lambda: select(C).where(C.state == REGISTERED, C.historical.is_(False),
                                       C.received_on < dates.today() - timedelta(days=15))),
    Check("complaints.unlinked", _l("说到企业名称而未对应到企业档案"), mend="complaints.edit",
          rows=lambda: select(C).where(C.enterprise_name != "", C.enterprise_id.is_(None), C.state.in_(OPEN))),
)  # fmt: skip
