from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from ems.core.policy import Act
from ems.reminders import webhook
from ems.reminders.models import Channel
from ems.web.forms import ChoiceField, Form, RowField, units

MUST = _l("请填写。")
UNSHOWN = {"autocomplete": "off", "spellcheck": "false"}


def bare(value: str | None) -> str:
    return (value or "").strip()


class RobotForm(Form):
    """Address and secret are written and never shown: what is left empty stays as it is."""

    name = StringField(
        _l("名称"), [DataRequired(MUST), Length(max=60)], filters=[bare], description=_l("例如 环保处工作群")
    )
    unit_id = RowField(_l("单位"), units("settings", Act.ADMIN))
    channel = ChoiceField(_l("平台"), Channel, [InputRequired(MUST)], shown=(Channel.WECOM, Channel.DINGTALK))
    url = StringField(
        _l("Webhook 地址"), [Length(max=500)], filters=[bare], render_kw=UNSHOWN,
        description=_l("在群设置里添加机器人后得到。等同于密钥，加密保存，不再显示"),
    )  # fmt: skip
    secret = StringField(
        _l("加签密钥"), [Length(max=200)], filters=[bare], render_kw=UNSHOWN,
        description=_l("钉钉安全设置选“加签”时得到，以 SEC 开头；企业微信不用填"),
    )  # fmt: skip

    def validate_url(self, field: StringField) -> None:
        kept = self.row is not None and self.row.channel is self.channel.data
        if not field.data:
            if not kept:
                raise ValidationError(_("请填写。"))
        elif self.channel.data and not webhook.allowed(self.channel.data, field.data):
            host = webhook.HOSTS[self.channel.data].removeprefix("https://")
            raise ValidationError(_("应以 https://%(host)s/ 开头。", host=host))
        elif not field.data.isascii() or not field.data.isprintable() or " " in field.data:
            raise ValidationError(_("地址里有不该有的字符，请重新复制。"))
