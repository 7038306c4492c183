import re
import unicodedata
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import current_app
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.complaints.forms import MUST, pick
from ems.complaints.models import Identity, Medium, Satisfaction
from ems.core import attachments, dates
from ems.web.forms import Form

PHONE = re.compile(r"\+?[\d\s()—-]{7,40}")  # half-width already
FILES, LARGEST = 3, 10 * 1024 * 1024
PICTURES = {".pdf", ".jpg", ".jpeg", ".png", ".webp", ".heic"}
FASTEST, LONGEST = 4, 24 * 3600  # seconds: no person reads and writes faster; after a day a form is old


def plain(value: str | None) -> str:
    """As it is meant: half-width, without blanks around."""
    return unicodedata.normalize("NFKC", value or "").strip()


class LookForm(Form):
    no = StringField(
        _l("编号"), [InputRequired(MUST), Length(max=40)], filters=[plain],
        render_kw={"placeholder": "TS-2026-0938", "autocomplete": "off", "autocapitalize": "characters"},
    )  # fmt: skip
    code = StringField(
        _l("查询码"), [InputRequired(MUST), Length(max=20)], filters=[plain],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "placeholder": _l("6 位数字")},
    )  # fmt: skip


class OpinionForm(Form):
    satisfaction = pick(
        _l("您对答复是否满意"), Satisfaction, shown=list(Satisfaction)[:3], validators=[InputRequired(_l("请选择。"))]
    )
    remark = TextAreaField(_l("补充说明（可空）"), [Length(max=500)], render_kw={"rows": 2})


def signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="public filing")


def ticket() -> str:
    """Which form it is, so that it is taken once, and when it was opened."""
    return str(signer().dumps([uuid4().hex, int(dates.now().timestamp())]))


class FilingForm(Form):
    """What anybody may tell us without an account."""

    text = TextAreaField(
        _l("什么情况"), [InputRequired(MUST), Length(min=5, max=3000, message=_l("请写 5 至 3000 字。"))],
        render_kw={"rows": 6}, description=_l("看到、听到、闻到什么，对您有什么影响。不要在这里写姓名和电话。"),
    )  # fmt: skip
    happened = StringField(
        _l("什么时间"), [Length(max=100)], filters=[plain], description=_l("例如 11 月 23 日 20 时；每晚 22 时以后")
    )
    place = StringField(
        _l("什么地点"), [InputRequired(MUST), Length(max=200)], filters=[plain],
        description=_l("街道、门牌号或小区；没有门牌的，写附近的路口、桥梁"),
    )  # fmt: skip
    enterprise_name = StringField(_l("哪家企业或单位（不知道可空）"), [Length(max=200)], filters=[plain])
    medium = pick(_l("哪一类"), Medium, default=Medium.OTHER)
    identity = pick(_l("您的身份"), Identity, default=Identity.CONFIDENTIAL)
    complainant = StringField(_l("称呼（可空）"), [Length(max=60)], filters=[plain])
    phone = StringField(
        _l("联系电话（可空）"), [Length(max=40)], filters=[plain], render_kw={"inputmode": "tel"},
        description=_l("留下电话，我们才能核实情况、当面答复和回访。"),
    )  # fmt: skip
    files = MultipleFileField(
        _l("照片或 PDF（最多 3 个，每个不超过 10 MB）"), render_kw={"accept": ",".join(sorted(PICTURES))}
    )
    homepage = StringField(_l("请留空"), render_kw={"tabindex": "-1", "autocomplete": "off"})  # machines fill it in
    agreed = BooleanField(_l("我已阅读以上说明，所反映的情况属实"), [InputRequired(_l("请阅读说明后勾选。"))])
    ticket = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key, self.opened = "", 0
        try:
            self.key, self.opened = signer().loads(self.ticket.data or "")
        except BadSignature:
            self.renew()

    def renew(self) -> None:
        self.ticket.data = ticket()

    @property
    def sent_files(self) -> list[Any]:
        return [file for file in self.files.data or [] if getattr(file, "filename", "")]

    def validate_phone(self, field: StringField) -> None:
        if field.data and not PHONE.fullmatch(field.data):
            raise ValidationError(_("请写 7 位以上的电话号码，例如 138 0000 0000。"))

    def validate_homepage(self, field: StringField) -> None:
        if field.data:
            raise ValidationError(_("这一栏请留空，再提交一次。"))

    def validate_ticket(self, _field: HiddenField) -> None:
        age = dates.now().timestamp() - self.opened
        if age > LONGEST:
            self.renew()
            raise ValidationError(_("页面打开的时间太久，没有提交。内容还在，请核对后再提交一次。"))
        if age < FASTEST:
            raise ValidationError(_("提交得太快，没有收下。请核对内容，几秒后再提交一次。"))

    def validate_files(self, _field: MultipleFileField) -> None:
        if len(self.sent_files) > FILES:
            raise ValidationError(_("最多 3 个文件，请重新选择。"))
        for file in self.sent_files:
            content, kind = file.stream.read(LARGEST + 1), Path(file.filename).suffix.lower()
            file.stream.seek(0)
            if len(content) > LARGEST:
                raise ValidationError(_("“%(name)s”超过 10 MB，请压缩后重新选择。", name=file.filename))
            if kind not in PICTURES or not content or not attachments.sniffed(content, kind):
                raise ValidationError(_("“%(name)s”不是照片或 PDF，请重新选择。", name=file.filename))
