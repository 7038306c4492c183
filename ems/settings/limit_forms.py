"""What an administrator may fill in of a time limit. What the law keeps for itself is no field."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from ems.core.rules import Rule, Span
from ems.settings import rules
from ems.settings.forms import ReasonedForm, bare
from ems.web.forms import ChoiceField

WHOLE = _l("请填写整数。")


class LimitForm(ReasonedForm):
    """`versions`: the rule's, oldest first; `law`: the one in force. Filled with `now`, as the bureau reads it."""

    offset = IntegerField(_l("期限"), [InputRequired(WHOLE)])
    unit = ChoiceField(_l("计算单位"), Span)
    leads = StringField(
        _l("提醒时点"), [Length(max=200)], filters=[bare],
        description=_l("剩几天时提醒，用顿号隔开；0 是到期当天，负数是逾期之后。例如 30、7、3、1、0、−1、−7"),
    )  # fmt: skip
    head = IntegerField(_l("单位负责人何时知道"), [Optional()], description=_l("剩几天时；−1 是逾期 1 天"))
    leader = IntegerField(_l("局领导何时知道"), [Optional()], description=_l("剩几天时；−7 是逾期 7 天"))

    def __init__(self, versions: Sequence[Rule], law: Rule, now: Rule, **kwargs: Any) -> None:
        self.versions, self.law = versions, law
        climbs = rules.rungs(now.ladder)
        filled = {"offset": now.offset, "unit": now.unit, "leads": rules.written(now.leads), **climbs}
        super().__init__(data=filled, **kwargs)
        self.unit.choices = [(unit.value, unit.label) for unit in (law.unit, law.or_unit) if unit]
        self.offset.description = _("单位：%(unit)s", unit=now.unit.label)
        if law.unit is Span.HOUR:
            self.leads.description = _("剩几小时时提醒，用顿号隔开；0 是到时，负数是超时之后。例如 1、0、−1")
            self.head.description = self.leader.description = _("剩几小时时；−1 是超时 1 小时")
        ours = {"offset": rules.length_is_ours, "unit": rules.unit_is_ours, "leads": rules.leads_are_ours}
        ours |= dict.fromkeys(rules.RUNGS, rules.ladder_is_ours)
        for name, mine in ours.items():
            if not mine(law):
                del self[name]

    @property
    def asked(self) -> list[Any]:
        """The fields there are, but for the reason and the token."""
        return [self[name] for name in ("offset", "unit", "leads", *rules.RUNGS) if name in self]

    def validate_offset(self, field: IntegerField) -> None:
        if field.data is not None and (no := rules.not_so_long(self.versions, field.data)):
            raise ValidationError(no)

    def validate_leads(self, field: StringField) -> None:
        try:
            leads = rules.read_leads(field.data or "")
        except ValueError as error:
            raise ValidationError(_("“%(word)s”不是整数。请写成 30、7、3、1、0、−1。", word=error)) from error
        if no := rules.not_told_so(self.law, leads):
            raise ValidationError(no)

    def validate(self, extra_validators: Any = None) -> bool:
        """The ladder is looked at as a whole: a field that may be empty is not asked when it is."""
        sound = bool(super().validate(extra_validators))
        no = rules.not_climbed_so(self.law, self.ladder()) if "leader" in self else None
        if no:
            self.leader.errors = [*self.leader.errors, no]
        return sound and not no

    def ladder(self) -> dict[str, int]:
        return {name: self[name].data for name in rules.RUNGS if self[name].data is not None}

    def wanted(self) -> dict[str, Any]:
        """What is to be kept: None where it is as the law has it."""
        found: dict[str, Any] = dict.fromkeys(("offset", "unit", "leads", "ladder"))
        if "offset" in self:
            found["offset"] = self.offset.data
        if "unit" in self:
            found["unit"] = self.unit.data
        if "leads" in self:
            found["leads"] = rules.read_leads(self.leads.data or "")
        if "head" in self:
            found["ladder"] = [[name, left] for name, left in self.ladder().items()]
        return {name: None if value == getattr(self.law, name) else value for name, value in found.items()}
