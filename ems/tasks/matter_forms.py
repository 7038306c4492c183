"""What is asked when a matter is drawn up, kept up with and handed in."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import (
    FieldList,
    Form as Part,
    FormField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from ems.core.db import db
from ems.core.people import Unit
from ems.core.policy import Act
from ems.tasks import matters
from ems.tasks.forms import LONGEST, MUST, ReportForm, not_of, not_past, others
from ems.tasks.matters import Sent
from ems.tasks.models import SourceKind, StageState, Task, TaskPart, Urgency
from ems.web.forms import ChoiceField, DateField, Form, ReasonForm, RowField, units
from ems.web.session import me

STAGES = 6  # lines on the form
FILES = _l("可多选，单个不超过 20 MB。")


def text(label: Any, most: int, *more: Any, **kwargs: Any) -> StringField:
    return StringField(label, [*more, Length(max=most)], filters=[lambda v: (v or "").strip()], **kwargs)


def sent(field: MultipleFileField) -> list[Sent]:
    return [Sent(file.filename, file.stream) for file in field.data or () if file and file.filename]


def every_unit() -> list[tuple[int, str]]:
    return units("tasks", Act.EDIT)()


class StageForm(Part):
    """One line: a stage has both, or there is none."""

    title = text(_l("阶段"), 200)
    due_on = DateField(_l("阶段期限"), [Optional()])

    def validate_title(self, field: StringField) -> None:
        if bool(field.data) != bool(self.due_on.data):
            raise ValidationError(_("阶段的内容和期限要一起填写。"))


class MatterForm(Form):
    source_kind = ChoiceField(_l("来源"), SourceKind)
    source_from = text(_l("交办人"), 120, description=_l("哪位领导、哪个会议或者单位交办。"))
    source = text(_l("来文或批示"), 200, description=_l("文件、会议或者批示的名称。"))
    source_no = text(_l("文号"), 80)
    source_on = DateField(_l("来文日期"), [Optional()])
    title = text(_l("督办事项"), 200, InputRequired(MUST))
    demand = TextAreaField(_l("督办要求"), [InputRequired(MUST), Length(max=LONGEST)], render_kw={"rows": 4})
    unit_id = RowField(_l("承办单位"), every_unit, [InputRequired(MUST)], blank=_l("请选择"))
    owner_id = RowField(_l("承办人"), others, blank=_l("由单位负责人安排"))
    urgency = ChoiceField(_l("缓急"), Urgency)
    due_on = DateField(_l("办结期限"), [InputRequired(MUST)])
    partners = SelectMultipleField(_l("协办单位"), coerce=int, validate_choice=False)
    stages = FieldList(FormField(StageForm), min_entries=STAGES, max_entries=STAGES)
    files = MultipleFileField(_l("来文或批示的扫描件"), description=FILES)

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=None if obj is None else Drawn(obj), **kwargs)
        self.partners.choices = every_unit()

    def validate_owner_id(self, field: RowField) -> None:
        not_of(self.unit_id.data, field.data)

    def validate_source_from(self, field: StringField) -> None:
        if not (field.data or self.source.data or self.source_no.data):
            raise ValidationError(_("交办人、来文名称和文号至少填写一项。"))

    def validate_due_on(self, field: DateField) -> None:
        not_past(field)

    def validate_partners(self, field: SelectMultipleField) -> None:
        if not set(field.data or ()) <= {id for id, _name in every_unit()}:
            raise ValidationError(_("请从列出的选项中选择。"))
        if self.unit_id.data in (field.data or ()):
            raise ValidationError(_("承办单位不能同时协办。"))

    def validate_stages(self, field: "FieldList[Any]") -> None:
        for line in self.steps():
            if self.due_on.data and line.due_on > self.due_on.data:
                raise ValidationError(_("“%(title)s”的期限晚于办结期限。", title=line.title))

    def steps(self) -> list[matters.Step]:
        lines = (line.form for line in self.stages)
        return [matters.Step(f.title.data, f.due_on.data) for f in lines if f.title.data and f.due_on.data]

    def populate_obj(self, task: Task) -> None:
        apart = {"csrf_token", "partners", "stages", "files"}
        for name, field in self._fields.items():
            if name not in apart:
                field.populate_obj(task, name)


class Drawn:
    """A draft as the form reads it."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.partners = [part.unit_id for part in task.parts]
        self.stages = task.stages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)


class ProgressForm(Form):
    text = TextAreaField(_l("进展"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 3})
    percent = IntegerField(
        _l("完成百分比"), [Optional(), NumberRange(0, 100, _l("在 0 到 100 之间。"))],
        render_kw={"min": 0, "max": 100, "inputmode": "numeric"},
    )  # fmt: skip
    files = MultipleFileField(_l("材料"), description=FILES)


class ResultForm(ReportForm):
    files = MultipleFileField(_l("佐证材料"), description=FILES)
    no_evidence = text(_l("没有材料的原因"), 300, description=_l("没有材料的，写明原因；已经上传过材料的可不填。"))

    def validate_no_evidence(self, field: StringField) -> None:
        if not (field.data or sent(self.files) or matters.has_file_of(self.row, me)):
            raise ValidationError(_("请上传佐证材料，或者写明没有材料的原因。"))

    def populate_obj(self, task: Task) -> None:
        task.report, task.no_evidence = self.report.data or "", self.no_evidence.data or ""
        matters.keep(task, me, sent(self.files), _("佐证材料"))


def open_stages(task: Task) -> Iterator[tuple[int, str]]:
    for stage in task.stages:
        if stage.state is StageState.OPEN:
            yield (
                stage.number,
                _("阶段 %(n)s：%(title)s（%(day)s）", n=stage.number, title=stage.title, day=stage.due_on),
            )


class WishForm(ReasonForm):
    extension_stage = RowField(_l("延期的期限"), list, blank=_l("整件事项的期限"))
    extension_to = DateField(_l("延期到"), [InputRequired(MUST)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(open_stages(self.row))
        self.extension_stage.rows = lambda: known
        self.extension_stage.choices = self.extension_stage.offered()
        if not known:
            del self.extension_stage

    def validate_extension_to(self, field: DateField) -> None:
        number = self.extension_stage.data if "extension_stage" in self else None
        stage = next((one for one in self.row.stages if one.number == number), None)
        before = stage.due_on if stage else self.row.due_on
        if field.data and field.data <= before:
            raise ValidationError(_("要晚于现在的期限 %(day)s。", day=before))


class GrantForm(Form):
    remark = TextAreaField(_l("批准意见"), [InputRequired(_l("请写明意见。")), Length(max=2000)])


class TransferForm(ReasonForm):
    """To another unit. The diary says from whom to whom."""

    unit_id = RowField(_l("转给"), units("tasks", Act.ADD))
    owner_id = RowField(_l("承办人"), others, blank=_l("由单位负责人安排"))

    def validate_unit_id(self, field: RowField) -> None:
        if field.data == self.row.unit_id:
            raise ValidationError(_("已经由这个单位承办。只换人的，请用“变更承办人”。"))
        if field.data in {part.unit_id for part in self.row.parts}:
            raise ValidationError(_("这个单位是协办单位，请先取消协办。"))

    def validate_owner_id(self, field: RowField) -> None:
        not_of(self.unit_id.data, field.data)

    def populate_obj(self, task: Task) -> None:
        new = db.session.get_one(Unit, self.unit_id.data)
        moved = _("由%(old)s转%(new)s办理。", old=task.unit.name, new=new.name)
        self.remark.data = f"{moved}{self.remark.data}"
        task.unit, task.unit_id, task.owner_id = new, new.id, self.owner_id.data


class StageResultForm(Form):
    result = TextAreaField(_l("完成情况"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 4})
    files = MultipleFileField(_l("材料"), description=FILES)

    def populate_obj(self, stage: Any) -> None:
        stage.result = self.result.data
        matters.keep(stage.task, me, sent(self.files), _("阶段材料：%(title)s", title=stage.title))


class GivenForm(Form):
    text = TextAreaField(_l("协办情况"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 5})
    files = MultipleFileField(
        _l("材料"), description=_l("可多选，单个不超过 20 MB；同时附在督办事项上，承办单位可见。")
    )

    def populate_obj(self, part: TaskPart) -> None:
        """Kept with both: the unit sees its own, who leads sees all. Of equal bytes there is one file."""
        part.text = self.text.data or ""
        for one in sent(self.files):
            matters.keep(part, me, [one], "")
            one.file.seek(0)
            matters.keep(part.task, me, [one], _("协办材料：%(unit)s", unit=part.unit.name))


#: Beside those of a slip.
MATTER_FORMS: dict[str, type[Form]] = {"report": ResultForm}
MORE_FORMS: dict[str, type[Form]] = {
    "wish": WishForm, "grant": GrantForm, "refuse": ReasonForm, "transfer": TransferForm,
}  # fmt: skip
STAGE_FORMS: dict[str, type[Form]] = {"finish": StageResultForm, "reopen": ReasonForm}
PART_FORMS: dict[str, type[Form]] = {"give": GivenForm, "ask_again": ReasonForm}
