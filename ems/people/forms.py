from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import PasswordField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Role, Unit, UnitKind, User
from ems.core.policy import Act, reach
from ems.people import passwords, rules
from ems.web.forms import ChoiceField, DateField, Form, RowField, SelectChoice, units
from ems.web.i18n import LANGUAGES
from ems.web.session import me, roles

MUST = _l("请填写。")
LONG = Length(max=passwords.LONGEST, message=_l("太长。"))
ADDRESS = Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message=_l("不像邮箱地址。"))
DIALLED = Regexp(r"[\d+ \-转()（）]+$", message=_l("只写数字和 + - 空格。"))
USERNAME = Regexp(r"[A-Za-z][A-Za-z0-9._-]{2,39}$", message=_l("以字母开头，3 至 40 位字母、数字、点、横线。"))
CODE = Regexp(r"[a-z][a-z0-9_-]{1,39}$", message=_l("以小写字母开头，2 至 40 位小写字母、数字、横线。"))


def bare(value: str | None) -> str:
    return (value or "").strip()


class LoginForm(Form):
    username = StringField(
        _l("账号"), [InputRequired(MUST), LONG],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip
    password = PasswordField(
        _l("密码"), [InputRequired(MUST), LONG], render_kw={"autocomplete": "current-password"}
    )  # fmt: skip


def new_password(label: Any) -> PasswordField:
    return PasswordField(label, [InputRequired(MUST), LONG], render_kw={"autocomplete": "new-password"})


class PasswordForm(Form):
    """One's own password: the old one, and twice the new one."""

    old = PasswordField(_l("现在的密码"), [InputRequired(MUST), LONG], render_kw={"autocomplete": "current-password"})
    new = new_password(_l("新密码"))
    again = new_password(_l("再写一次新密码"))

    def validate_old(self, field: PasswordField) -> None:
        if field.data and not passwords.fits(me.password_hash, field.data):
            raise ValidationError(_("不对，请重新填写。"))

    def validate_new(self, field: PasswordField) -> None:
        if field.data and (why := passwords.weakness(field.data, me, roles())):
            raise ValidationError(why)

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.new.data:
            raise ValidationError(_("与新密码不一致。"))


class ContactForm(Form):
    """What a person says of themself."""

    email = StringField(
        _l("电子邮箱"), [Optional(), Length(max=200), ADDRESS],
        filters=[bare], description=_l("期限提醒发到这里"), render_kw={"type": "email", "autocomplete": "email"},
    )  # fmt: skip
    phone = StringField(
        _l("电话"), [Optional(), Length(max=40), DIALLED],
        filters=[bare], render_kw={"inputmode": "tel", "autocomplete": "tel"},
    )  # fmt: skip
    language = RadioField(
        _l("界面语言"), choices=[SelectChoice(*known) for known in LANGUAGES.items()], default="zh_CN"
    )


class UserForm(ContactForm):
    """An account. Its name is for good: what was done under it stays done by it."""

    username = StringField(
        _l("账号名"), [DataRequired(MUST), USERNAME],
        filters=[bare], render_kw={"autocapitalize": "none", "autocomplete": "off"},
    )  # fmt: skip
    name = StringField(_l("姓名"), [DataRequired(MUST), Length(max=60)], filters=[bare])
    badge = StringField(_l("执法证号"), [Length(max=40)], filters=[bare])

    def validate_username(self, field: StringField) -> None:
        known = select(User.id).where(func.lower(User.username) == bare(field.data).lower())
        if db.session.scalar(known.where(User.id != (getattr(self.row, "id", None) or 0))):
            raise ValidationError(_("已有这个账号，请换一个。"))


class EditUserForm(UserForm):
    username = None  # type: ignore[assignment]  # it stays


class PostForm(Form):
    role = ChoiceField(_l("岗位"), Role, [InputRequired(MUST)])
    unit_id = RowField(_l("单位"), units("people", Act.ADMIN))
    since = DateField(_l("自"), [InputRequired(MUST)], default=dates.today)
    until = DateField(_l("至（可空，长期）"), [Optional()])

    def validate_until(self, field: DateField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("不能早于开始日期。"))


def colleagues() -> list[tuple[int, str]]:
    """Everybody else who holds a post today, with what they are."""
    held = (
        select(User.id, User.name, func.min(Unit.name))
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, User.barred.is_(False), User.id != me.id, rules.today(Post))
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
    )
    return [(id, _("%(name)s（%(unit)s）", name=name, unit=unit)) for id, name, unit in db.session.execute(held)]


class DeputyForm(Form):
    deputy_id = RowField(_l("代理人"), colleagues, blank=_l("请选择"), validators=[InputRequired(_l("请选择代理人。"))])
    since = DateField(_l("自"), [InputRequired(MUST)], default=dates.today)
    until = DateField(_l("至"), [InputRequired(MUST)])
    reason = StringField(_l("事由"), [DataRequired(MUST), Length(max=200)], filters=[bare])

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        deputy = db.session.get_one(User, self.deputy_id.data)
        since, until = self.since.data or dates.today(), self.until.data or dates.today()
        if why := rules.deputy_refused(me, deputy, since, until):
            self.deputy_id.errors = [why]
        return not self.deputy_id.errors


def parents() -> list[tuple[int, str]]:
    mine = reach(me, "units", Act.ADMIN)
    rows = select(Unit.id, Unit.name, Unit.path).where(Unit.id.in_(mine), Unit.active).order_by(Unit.path, Unit.id)
    return [(id, "　" * (path.count("/") - 2) + name) for id, name, path in db.session.execute(rows)]


class UnitForm(Form):
    code = StringField(
        _l("代号"), [DataRequired(MUST), CODE],
        filters=[bare],
    )  # fmt: skip
    name = StringField(_l("名称"), [DataRequired(MUST), Length(max=100)], filters=[bare])
    name_en = StringField(_l("英文名称"), [Length(max=200)], filters=[bare])
    kind = ChoiceField(_l("类别"), UnitKind, [InputRequired(MUST)])
    parent_id = RowField(_l("上级单位"), parents)

    def validate_code(self, field: StringField) -> None:
        self.unused(field, Unit.code, _("已有这个代号，请换一个。"))

    def validate_name(self, field: StringField) -> None:
        self.unused(field, Unit.name, _("已有同名单位，请写得更全，例如加上上级单位。"))

    def unused(self, field: StringField, column: Any, said: str) -> None:
        known = select(Unit.id).where(column == bare(field.data), Unit.id != (getattr(self.row, "id", None) or 0))
        if db.session.scalars(known.order_by(Unit.id)).first():
            raise ValidationError(said)

    def validate_parent_id(self, field: RowField) -> None:
        unit: Unit | None = self.row
        if unit and field.data and field.data != unit.parent_id:
            parent = db.session.get_one(Unit, field.data)
            if why := rules.under(unit, parent):
                raise ValidationError(why)


class RootForm(UnitForm):
    """The root stands under nothing."""

    parent_id = None  # type: ignore[assignment]


class HandoverForm(Form):
    remark = TextAreaField(_l("说明"), [Length(max=2000)], render_kw={"rows": 3})
