import re
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ems.core.settings import KNOWN, Known, setting
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

    def validate_note(self, field: StringField) -> None:
        if self.works.data in {"on", "off"} and not (field.data or "").strip():
            raise ValidationError(_("请写明是哪个节日，或依据哪个通知。"))


LINE = re.compile(
    r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?[\s,，、]+(放假|休|休息|上班|班|调休上班)(?:[\s,，、]+(.{0,80}))?"
)
OFF = {"放假", "休", "休息"}


class NoticeForm(Form):
    """The State Council's notice of a year, a day a line. All lines are taken or none."""

    notice = TextAreaField(
        _l("逐日填写"), [InputRequired(MUST), Length(max=20_000)],
        description=_l("每行一天：2027-10-01 放假 国庆节；2027-10-09 上班 国庆节调休"), render_kw={"rows": 6},
    )  # fmt: skip

    def validate_notice(self, field: TextAreaField) -> None:
        self.days()

    def days(self) -> dict[date, tuple[bool, str]]:
        """Day → whether it is worked, and why. Raises ValidationError that names the line."""
        found: dict[date, tuple[bool, str]] = {}
        for number, line in enumerate((self.notice.data or "").splitlines(), start=1):
            if not line.strip():
                continue
            read = LINE.fullmatch(line.strip())
            try:
                day = date(*map(int, read.groups()[:3])) if read else None
            except ValueError:
                day = None
            if read is None or day is None:
                raise ValidationError(
                    _(
                        "第 %(n)s 行看不懂：“%(line)s”。请写成 2027-10-01 放假 国庆节。",
                        n=number,
                        line=line.strip()[:40],
                    )
                )
            if day in found:
                raise ValidationError(_("第 %(n)s 行：%(day)s 写了两次。", n=number, day=day))
            found[day] = (read[4] not in OFF, (read[5] or "").strip())
        return found


class LogForm(Form):
    """What narrows the log. Sent by GET."""

    actor = StringField(_l("人员"))
    since = DateField(_l("自"), [Optional()])
    until = DateField(_l("至"), [Optional()])
