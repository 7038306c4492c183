from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ems.core.settings import KNOWN, Known, setting
from ems.settings.announced import is_announced
from ems.web.forms import DateField, Form, SelectChoice

MUST = _l("请填写。")
MOST = 1_000_000
REASON = _l("变更理由")


def bare(value: str | None) -> str:
    return (value or "").strip()


def named(key: str) -> str:
    """A field's name may hold no dot."""
    return key.replace(".", "__")


def field(known: Known) -> Any:
    """A setting's field, by the kind of its default."""
    if isinstance(known.default, bool):
        return BooleanField(known.title, description=known.help)
    if isinstance(known.default, int):
        must = [InputRequired(_l("请填写整数。")), NumberRange(0, MOST, _l("应在 0 与 1000000 之间。"))]
        return IntegerField(known.title, must, description=known.help)
    return StringField(known.title, [DataRequired(MUST), Length(max=200)], filters=[bare], description=known.help)


class ReasonedForm(Form):
    reason = StringField(REASON, [DataRequired(_l("请写明理由，它会记入日志。")), Length(max=200)], filters=[bare])


def settings_form() -> Any:
    """A form of all settings there are, as they are now."""
    fields = {named(known.key): field(known) for known in KNOWN}
    made = type("SettingsForm", (ReasonedForm,), fields)
    return made(data={named(known.key): setting(known.key) for known in KNOWN})


class DayForm(Form):
    """What one day is, against its weekday or with it again."""

    day = DateField(_l("日期"), [InputRequired(MUST)])
    works = RadioField(
        _l("这一天"), [InputRequired(_l("请选择。"))],
        choices=[SelectChoice("off", _l("放假")), SelectChoice("on", _l("上班")), SelectChoice("plain", _l("按星期"))],
    )  # fmt: skip
    note = StringField(_l("名称"), [Length(max=80)], description=_l("例如 国庆节、春节调休"))

    def validate_day(self, field: DateField) -> None:
        """One day alone would make the whole year count as announced."""
        if field.data and self.works.data != "plain" and not is_announced(field.data.year):
            raise ValidationError(_("%(year)s 年的放假安排还没有录入，请先录入通知。", year=field.data.year))

    def validate_note(self, field: StringField) -> None:
        if self.works.data in {"on", "off"} and not (field.data or "").strip():
            raise ValidationError(_("请写明是哪个节日，或依据哪个通知。"))


class NoticeForm(Form):
    """The State Council's notice of a year: its text, a day a line, or a sheet. All of it is taken or nothing."""

    notice = TextAreaField(
        _l("粘贴通知全文，或每行写一天"), [Length(max=20_000)], render_kw={"rows": 8},
        description=_l("例如 国庆节：10月1日至7日放假调休，共7天。10月9日（周六）上班。或者 2027-10-01 放假 国庆节"),
    )  # fmt: skip
    file = FileField(
        _l("或上传表格"), description=_l("Excel、CSV 或文本文件：一天一行、一个节日一行，或通知原文都可以")
    )

    def validate_file(self, field: FileField) -> None:
        if not field.data and not (self.notice.data or "").strip():
            raise ValidationError(_("请粘贴通知，或选择文件。"))


class DaysForm(Form):
    """What was understood of a notice, a day a line, to be taken."""

    days = HiddenField(validators=[InputRequired(MUST), Length(max=20_000)])
    source = HiddenField(validators=[Length(max=200)])
    whole = BooleanField(_l("以这份通知为准：通知里没有的例外日一并恢复按星期"))


class LogForm(Form):
    """What narrows the log. Sent by GET."""

    actor = StringField(_l("人员"))
    since = DateField(_l("自"), [Optional()])
    until = DateField(_l("至"), [Optional()])
