"""The list of duties behind a number on a start page: which, and how it is called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select

from ems.core import module
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Duty, overdue
from ems.core.people import Role, Unit, User
from ems.core.register import PAGE, Page
from ems.core.rules import Bearer, Rule
from ems.core.why import told
from ems.home import work


class Asked:
    """The questions in the address. What nobody can ask for is passed over."""

    def __init__(self, args: Mapping[str, str], *, heads: bool) -> None:
        self.when = args.get("when", "") if args.get("when") in {*work.WHEN, "done"} else ""
        self.below = heads and args.get("scope") == "below"
        self.owed = args.get("bearer") == "others"
        self.unit = int(args["unit"]) if args.get("unit", "").isdecimal() else None
        self.rule = args.get("rule", "")
        self.check = next((c for c in module.checks() if c.code == args.get("check") and of_duties(c)), None)
        self.number = max(1, int(args["page"])) if args.get("page", "").isdecimal() else 1

    def rows(self, user: User) -> Select[Duty]:
        if self.when == "done":
            return work.met_this_month(user)
        rows = self.base(user).where(*self.narrowed())
        return rows.order_by(None).order_by(Duty.due_on, Duty.id)

    def base(self, user: User) -> Select[Duty]:
        if self.check:
            return self.check.rows().where(work.seen(user))
        if self.owed:
            others = (Duty.met_on.is_(None), Duty.bearer.in_(work.OTHERS), overdue())
            return select(Duty).where(*others, work.seen(user))
        if self.below:
            ours = (Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, work.seen(user))
            return select(Duty).where(*ours, Duty.unit_id.in_(work.headed(user, Role.CHIEF, Role.LEADER)))
        return work.mine(user)

    def narrowed(self) -> list[Any]:
        asked: list[Any] = [work.when(self.when)] if self.when else [] if self.check else [work.in_sight()]
        asked += [Duty.unit_id == self.unit] if self.unit else []
        return [*asked, *([Duty.rule == self.rule] if self.rule else [])]

    def page(self, user: User) -> Page:
        rows = self.rows(user).limit(PAGE + 1).offset((self.number - 1) * PAGE)
        found = db.session.scalars(rows).all()
        total = self.number == 1 and len(found) <= PAGE and len(found)
        counted = total if total is not False else work.how_many(self.rows(user))
        return Page(found[:PAGE], self.number, len(found) > PAGE, counted)  # type: ignore[arg-type]

    @property
    def title(self) -> str:
        if self.check:
            return str(self.check.title)
        if self.owed:
            return _("企业逾期")
        words = {
            "late": _("已逾期"), "today": _("今日到期"), "soon": _("三日内到期"), "later": _("三日后到期"),
            "ahead": _("九十日后到期"), "done": _("本月已办"),
        }  # fmt: skip
        return words.get(self.when, _("全部未办事项"))

    @property
    def about(self) -> str:
        """Whose they are."""
        names = [db.session.scalar(select(Unit.name).where(Unit.id == self.unit))] if self.unit else []
        if rule := self.rule and db.session.scalar(select(Rule).where(Rule.code == self.rule).limit(1)):
            names.append(told(rule, "title"))
        if self.check:
            return _("体系体检")
        whose = _("所辖单位") if self.below else _("由您关注") if self.owed else _("由您办理")
        return " · ".join(filter(None, (whose, *names)))


def of_duties(check: Check[Any]) -> bool:
    """Whether what it finds is duties: other rows have lists of their own."""
    return check.rows().column_descriptions[0]["entity"] is Duty
