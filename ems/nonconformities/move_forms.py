"""What the moves ask: cause and correction, the actions, what was seen, and whether it helped."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.policy import Act
from ems.nonconformities import work
from ems.nonconformities.forms import MUST, long, not_past, not_to_come
from ems.nonconformities.models import (
    LONGEST_EXTENSION,
    CorrectiveAction,
    Elsewhere,
    Factor,
    Method,
    Nonconformity,
)
from ems.web.forms import ChoiceField, DateField, Form, ReasonForm, RowField, SelectChoice, people, units
from ems.web.session import me

FEWEST = 5  # characters of a cause: less names none


class AnalysisForm(Form):
    correction = long(_l("纠正"), InputRequired(MUST), rows=3, description=_l("眼前的问题怎样改好的，或准备怎样改。"))
    corrected_on = DateField(_l("纠正完成日期"), description=_l("还没有改好的留空。"))
    method = ChoiceField(_l("分析方法"), Method)
    factor = ChoiceField(_l("原因归类"), Factor)
    cause = long(
        _l("原因分析"), InputRequired(MUST), rows=6,
        description=_l("问到管理上的原因为止。连问五个为什么的，一行一个“为什么—因为”。"),
    )  # fmt: skip
    elsewhere = ChoiceField(_l("举一反三"), Elsewhere)
    elsewhere_note = long(_l("举一反三的说明"), rows=2, description=_l("查了哪些地方、发现什么、怎样处理。"))

    def validate_corrected_on(self, field: DateField) -> None:
        not_to_come(field)
        if field.data and field.data < self.row.found_on:
            raise ValidationError(_("不能早于发现日期 %(day)s。", day=self.row.found_on))

    def validate_cause(self, field: TextAreaField) -> None:
        if len(field.data or "") < FEWEST:
            raise ValidationError(_("太短，看不出原因。"))

    def validate_elsewhere_note(self, field: TextAreaField) -> None:
        if not field.data:
            raise ValidationError(_("请写明查了哪些地方。"))


class DoneForm(Form):
    remark = TextAreaField(_l("整改情况"), [InputRequired(MUST), Length(max=2000)])
    corrected_on = DateField(_l("纠正完成日期"), [InputRequired(MUST)])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted() and self.corrected_on.data is None:
            self.corrected_on.data = dates.today()

    def validate_corrected_on(self, field: DateField) -> None:
        not_to_come(field)

    def populate_obj(self, row: Nonconformity) -> None:
        row.corrected_on = self.corrected_on.data


class VerifyForm(Form):
    verification = long(_l("验证情况"), InputRequired(MUST), description=_l("看了现场、照片还是记录，看到了什么。"))
    looked_at = StringField(
        _l("检查编号"),
        [Length(max=40)],
        description=_l("在现场检查中验证的，填检查编号，例如 JC-2026-0012；没有可不填。"),
    )

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.looked_at.data = self.verification.data = ""

    def validate_looked_at(self, field: StringField) -> None:
        """An inspection lies on a higher floor, so it is found by what the registry knows of it."""
        said = (field.data or "").strip()
        self.found = work.inspection(said, me) if said else ""
        if said and not self.found:
            raise ValidationError(_("没有您可以查看的这个检查编号。"))

    found: str = ""

    def populate_obj(self, row: Nonconformity) -> None:
        row.verification, row.looked_at = self.verification.data or "", self.found


class AgainForm(ReasonForm):
    due_on = DateField(_l("新的整改期限"), [InputRequired(MUST)])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.due_on.data = work.usual_day(obj.grade)

    def validate_due_on(self, field: DateField) -> None:
        not_past(field)


class EffectForm(Form):
    effect_note = long(
        _l("评价依据"), InputRequired(MUST), description=_l("看了哪一段时间的哪些记录，问题有没有再发生。")
    )


class IneffectiveForm(AgainForm):
    remark = TextAreaField(
        _l("评价依据"),
        [InputRequired(MUST), Length(max=2000)],
        description=_l("问题怎样又发生了，或措施为什么不起作用。"),
    )

    def populate_obj(self, row: Nonconformity) -> None:
        row.effect_note = self.remark.data or ""
        self.due_on.populate_obj(row, "due_on")


class ExtensionForm(ReasonForm):
    extension_asked = IntegerField(_l("延长天数"), [InputRequired(MUST)])

    def validate_extension_asked(self, field: IntegerField) -> None:
        left = LONGEST_EXTENSION - self.row.extended_days
        if field.data is not None and not 1 <= field.data <= left:
            raise ValidationError(_("只能延长 1 至 %(n)s 日（本局工作制度，累计不超过 90 日）。", n=left))


class AssignForm(Form):
    owner_id = RowField(_l("责任人"), list)
    verifier_id = RowField(_l("验证人"), list, blank=_l("单位负责人"))
    remark = TextAreaField(_l("说明"), [Length(max=2000)])

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        self.owner_id.rows = people("nonconformities", Act.HANDLE, lambda: obj.unit_id)
        self.verifier_id.rows = people("nonconformities", Act.APPROVE, lambda: obj.unit_id)
        for field in (self.owner_id, self.verifier_id):
            field.choices = field.offered()

    def validate_verifier_id(self, field: RowField) -> None:
        if field.data and field.data == self.owner_id.data:
            raise ValidationError(_("责任人不能验证自己的整改，请换人。"))

    def validate_owner_id(self, field: RowField) -> None:
        if field.data and field.data == self.row.verified_by_id:
            raise ValidationError(_("这个人已经验证了这项整改，不能再作责任人。"))


MOVE_FORMS: dict[str, type[Form]] = {
    "analyse": AnalysisForm,
    "report": DoneForm,
    "verify": VerifyForm,
    "send_back": AgainForm,
    "effective": EffectForm,
    "ineffective": IneffectiveForm,
    "ask_extension": ExtensionForm,
    "grant_extension": ReasonForm,
    "deny_extension": ReasonForm,
    "assign": AssignForm,
}


class ActionForm(Form):
    """A corrective action of `of`."""

    text = long(_l("纠正措施"), InputRequired(MUST), Length(max=500), rows=3, description=_l("针对原因，防止再发生。"))
    owner_id = RowField(_l("谁来做"), list, blank=_l("责任人"))
    due_on = DateField(_l("完成期限"), [InputRequired(MUST)])

    def __init__(self, of: Nonconformity, *args: Any, **kwargs: Any) -> None:
        self.of = of
        kwargs.setdefault("due_on", of.ends_on)
        super().__init__(*args, **kwargs)
        self.owner_id.rows = people("nonconformities", Act.HANDLE, lambda: of.unit_id)
        self.owner_id.choices = self.owner_id.offered()

    def validate_due_on(self, field: DateField) -> None:
        if field.data and field.data != field.object_data:
            not_past(field)
        if field.data and field.data > self.of.ends_on:
            raise ValidationError(_("不能晚于整改期限 %(day)s；来不及的先申请延期。", day=self.of.ends_on))

    def populate_obj(self, action: CorrectiveAction) -> None:
        action.text = self.text.data or ""
        self.due_on.populate_obj(action, "due_on")
        action.owner_id = self.owner_id.data or self.of.owner_id


class ChangeActionForm(ActionForm):
    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(obj.nonconformity, *args, obj=obj, **kwargs)


class ActionDoneForm(Form):
    done_on = DateField(_l("完成日期"), [InputRequired(MUST)])
    result = long(_l("完成情况"), InputRequired(MUST), description=_l("做了什么；照片和记录放在附件。"))

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.done_on.data = dates.today()

    def validate_done_on(self, field: DateField) -> None:
        not_to_come(field)
        if field.data and field.data < self.row.nonconformity.found_on:
            raise ValidationError(_("不能早于发现日期 %(day)s。", day=self.row.nonconformity.found_on))


ACTION_FORMS: dict[str, type[Form]] = {"done": ActionDoneForm, "undone": ReasonForm, "change": ChangeActionForm}


class TellForm(Form):
    unit_ids = SelectMultipleField(_l("通知哪些单位"), coerce=int, render_kw={"size": 8})
    text = long(_l("要自查什么"), InputRequired(MUST), description=_l("对方看不到这份不符合，请把问题写清楚。"))

    def __init__(self, of: Nonconformity, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {one.unit_id for one in of.told} | {of.unit_id}
        rows = units("nonconformities", Act.APPROVE)()
        self.unit_ids.choices = [SelectChoice(id, name) for id, name in rows if id not in told]

    def validate_unit_ids(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("请至少选一个单位。"))


class AnswerForm(Form):
    answer = long(_l("自查情况"), InputRequired(MUST), description=_l("查了哪些地方，看到什么。"))


class OwnUpForm(Form):
    answer = long(
        _l("发现的问题"), InputRequired(MUST), description=_l("第一行作标题。保存后登记为本单位的不符合，按期整改。")
    )


SIMILAR_FORMS: dict[str, type[Form]] = {"clear": AnswerForm, "found": OwnUpForm}
