"""What is asked when a hot-spot is accepted or declined."""

from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.policy import Act
from ems.hotspots.acting import Review, Visit
from ems.hotspots.models import Decline, Hotspot, Proposal
from ems.web.forms import ChoiceField, DateField, Form, ReasonForm, RowField, people, units

VISIT_DAYS, REVIEW_DAYS = 3, 10  # working days, unless the form says otherwise
MUST = _l("请填写。")


def ahead(days: int) -> date:
    return calendar(db.session()).shift(dates.today(), days)


class AcceptForm(Form):
    """For an inspection its day and officers, for a review who answers and by when, for both all of it."""

    way = ChoiceField(_l("处置方式"), Proposal)
    planned_on = DateField(_l("检查日期"))
    lead_id = RowField(_l("检查人"), list, blank=_l("请选择"))
    second_id = RowField(_l("第二名检查人"), list, blank=_l("开始前再定"))
    unit_id = RowField(_l("评价单位"), units("tasks", Act.ADD), blank=_l("请选择"))
    due_on = DateField(_l("评价期限"))
    remark = TextAreaField(_l("意见"), [Length(max=2000)], render_kw={"rows": 3})

    def __init__(self, spot: Hotspot, **kwargs: Any) -> None:
        usual = {"way": spot.proposal, "planned_on": ahead(VISIT_DAYS), "due_on": ahead(REVIEW_DAYS)}
        super().__init__(obj=spot, data=usual | {"unit_id": spot.unit_id}, **kwargs)
        officers = people("orders", Act.ADD, lambda: spot.unit_id)
        for field in (self.lead_id, self.second_id):
            field.rows = officers
            field.choices = field.offered()

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        """From what is usual, not from the row: a hot-spot has a unit and a day of its own."""
        super().process(formdata, None, **kwargs)

    @property
    def inspects(self) -> bool:
        return self.way.data in {Proposal.INSPECTION, Proposal.BOTH}

    @property
    def reviews(self) -> bool:
        return self.way.data in {Proposal.ASPECT, Proposal.BOTH}

    def validate_planned_on(self, field: DateField) -> None:
        if self.inspects:
            asked(field)

    def validate_lead_id(self, field: RowField) -> None:
        if self.inspects and not field.data:
            raise ValidationError(_("专项检查要指定检查人。"))

    def validate_second_id(self, field: RowField) -> None:
        if self.inspects and field.data and field.data == self.lead_id.data:
            raise ValidationError(_("第二名检查人须是另一人。"))

    def validate_unit_id(self, field: RowField) -> None:
        if self.reviews and not field.data:
            raise ValidationError(_("重新评价要指定单位。"))

    def validate_due_on(self, field: DateField) -> None:
        if self.reviews:
            asked(field)

    def visit(self) -> Visit:
        return Visit(self.planned_on.data or dates.today(), self.lead_id.data or 0, self.second_id.data)

    def review(self) -> Review:
        """Its head says who does it."""
        return Review(self.unit_id.data or 0, None, self.due_on.data or dates.today())


def asked(field: DateField) -> None:
    if not field.data:
        raise ValidationError(MUST)
    if field.data < dates.today():
        raise ValidationError(_("不能早于今天。"))


class DeclineForm(ReasonForm):
    decline = ChoiceField(_l("原因"), Decline, blank=_l("请选择"), validators=[InputRequired(_l("请选择原因。"))])

    def populate_obj(self, spot: Hotspot) -> None:
        spot.decline, spot.reason = self.decline.data, self.remark.data or ""


FORMS: dict[str, type[Form]] = {"decline": DeclineForm}
