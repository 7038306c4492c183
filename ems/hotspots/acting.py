"""What follows when a hot-spot is accepted: an inspection, or a matter that asks to evaluate the aspect anew."""

from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale, gettext as _

from ems.core.db import db
from ems.core.people import User
from ems.core.workflow import step
from ems.enterprises.models import Enterprise
from ems.hotspots.models import Hotspot
from ems.inspections import work as inspections
from ems.inspections.models import Inspection, InspectionType
from ems.tasks import matters
from ems.tasks.models import SourceKind, Task


@dataclass(frozen=True)
class Visit:
    """The inspection as whoever accepts wants it."""

    planned_on: date
    lead_id: int
    second_id: int | None


@dataclass(frozen=True)
class Review:
    """Who looks at the environmental aspect again, and by when."""

    unit_id: int
    owner_id: int | None
    due_on: date


def inspect(spot: Hotspot, visit: Visit, user: User) -> Inspection:
    """A special inspection of it, planned. Not committed."""
    found = db.session.get(Enterprise, spot.enterprise_id or 0)
    row = Inspection(
        type=InspectionType.SPECIAL, unit_id=spot.unit_id, source=f"hotspot:{spot.id}", enterprise=found,
        party=found.name if found else "", place=(spot.place or (found.address if found else spot.title))[:200],
        planned_on=visit.planned_on, lead_id=visit.lead_id, second_id=visit.second_id,
    )  # fmt: skip
    inspections.enter(row)
    db.session.add(step(row, user, _("由热点 %(no)s 安排。", no=spot.no), move="plan", after=row.state))
    spot.results = [*spot.results, f"inspection:{row.id}"]
    return row


def ask_for_review(spot: Hotspot, review: Review, user: User) -> Task:
    """A matter that asks to evaluate the aspect anew; it names the hot-spot as its origin. Not committed."""
    with force_locale("zh_CN"):
        title = _("环境因素重新评价：%(title)s", title=spot.title)
        demand = _(
            "热点 %(no)s 显示这里的问题集中发生。请重新识别和评价相关环境因素，提出控制措施，按期反馈评价结果。",
            no=spot.no,
        )
        source = _("热点研判 %(no)s", no=spot.no)
    task = Task(
        title=title[:200], demand=demand, unit_id=review.unit_id, owner_id=review.owner_id, due_on=review.due_on,
        source_kind=SourceKind.ANALYSIS, source=source, source_no=spot.no, origin=f"hotspot:{spot.id}",
    )  # fmt: skip
    matters.draw_up(task, user)
    matters.issue(task, user)
    spot.results = [*spot.results, f"task:{task.id}"]
    return task
