"""The form all ours grow from, and the fields only we have."""

from collections.abc import Callable
from typing import Any, TypeAlias

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import DateField as BaseDateField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields import choices
from wtforms.validators import InputRequired, Length

from ems.core.db import Choice, db
from ems.core.once import once
from ems.core.people import Unit, User
from ems.core.policy import Act, reach, reaching
from ems.web.session import me

SelectChoice: Any = choices.SelectChoice  # type: ignore[attr-defined]  # newer than the types published for it
FIRST, LAST = 1900, 2100  # years a day may lie in: what is outside is a slip of the hand, and no calendar reaches there
LARGEST = 2**31 - 1  # of all ids
Rows: TypeAlias = Callable[[], list[tuple[int, str]]]


class Form(FlaskForm):  # type: ignore[misc]
    """`sent()` is true when it was posted and is sound; `row` is what it was filled from."""

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        self.row = obj
        super().__init__(*args, obj=obj, **kwargs)

    def sent(self) -> bool:
        return request.method == "POST" and self.validate()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """A word that must be there is not there if it is blanks alone."""
        sound = super().validate(*args, **kwargs)
        blank = [field for field in self if isinstance(field, StringField) and not field.errors and hollow(field)]
        for field in blank:
            field.errors = [next(v.message or "" for v in field.validators if isinstance(v, InputRequired))]
        return sound and not blank


def hollow(field: StringField) -> bool:
    asked = any(isinstance(validator, InputRequired) for validator in field.validators)
    return asked and not (field.data or "").strip()


class Confirm(Form):
    """A button that changes something: no field but the token."""


class RemarkForm(Form):
    """A move that may be explained."""

    remark = TextAreaField(_l("说明"), [Length(max=2000)])


class ReasonForm(Form):
    """A move that must be explained."""

    remark = TextAreaField(_l("理由"), [InputRequired(_l("请写明理由。")), Length(max=2000)])


class DateField(BaseDateField):
    """A day; says how to write one where it can't be read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata([valuelist[0].strip()])
        except ValueError:
            self.data = None
        if self.data is None or not FIRST <= self.data.year <= LAST:
            self.data = None
            raise ValueError(_("不是有效日期，请写成 2026-12-03 这样的年月日。"))


class ChoiceField(SelectField):
    """One of a closed list of words. `shown` limits them."""

    def __init__(self, label: Any, of: type[Choice], validators: Any = None, **kwargs: Any) -> None:
        shown = kwargs.pop("shown", None)
        blank = kwargs.pop("blank", None)
        offered = [SelectChoice(c.value, c.label) for c in (shown or of)]
        super().__init__(
            label, validators, coerce=lambda v: of(v) if v else None,
            choices=[SelectChoice("", blank), *offered] if blank is not None else offered, **kwargs,
        )  # fmt: skip
        self.of = of


class RowField(SelectField):
    """A choice among rows: it draws the rule, and enforces it. `rows()` gives (id, name); a sheet may say the name."""

    def __init__(self, label: Any, rows: Rows, validators: Any = None, **kwargs: Any) -> None:
        self.rows = rows
        self.blank = kwargs.pop("blank", None)
        super().__init__(label, validators, coerce=self.number, choices=self.offered, validate_choice=True, **kwargs)

    @staticmethod
    def number(value: Any) -> int | None:
        if value in {None, "", "None"}:
            return None
        number = int(value)
        return number if abs(number) <= LARGEST else 0  # a number beyond any id no database can be asked for

    def offered(self) -> list[Any]:
        rows = [SelectChoice(str(id), name) for id, name in self.rows()]
        return [SelectChoice("", self.blank), *rows] if self.blank is not None else rows

    def process_formdata(self, valuelist: list[str]) -> None:
        by_name = {name: str(id) for id, name in self.rows()}
        super().process_formdata([by_name.get(value, value) for value in valuelist])

    def pre_validate(self, form: Any) -> None:
        if self.data is None and self.blank is not None:
            return
        if self.data not in {id for id, _name in self.rows()}:
            raise ValidationError(_("请从列出的选项中选择。"))


def units(area: str, act: Act) -> Rows:
    """The units in which I may `act`."""

    def ask() -> list[tuple[int, str]]:
        mine = reach(me, area, act)
        asked = select(Unit.id, Unit.name).where(Unit.id.in_(mine), Unit.active).order_by(Unit.path, Unit.id)
        return [(id, name) for id, name in db.session.execute(asked)]

    return lambda: once(("units", me.id, area, act), ask)


def people(area: str, act: Act, unit_id: Callable[[], int | None]) -> Rows:
    """The people who may `act` at that unit."""

    def rows() -> list[tuple[int, str]]:
        able = User.id.in_(reaching(area, act, unit_id()))
        asked = select(User.id, User.name).where(able, User.active).order_by(User.name, User.id)
        return [(id, name) for id, name in db.session.execute(asked)]

    return rows


class UploadForm(Form):
    file = FileField(_l("文件"))
    note = TextAreaField(_l("说明"))
