"""What a group robot tells: once a working day, how a unit and those below it stand, and what presses most.

A group may hold anybody: it reads what may leave the house, and no more.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import force_locale, gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Unit, User
from ems.core.rules import Bearer
from ems.reminders import ledger, letters, post
from ems.reminders.headlines import Headline, of_all
from ems.reminders.models import Channel, Robot
from ems.reminders.webhook import BYTES
from ems.web.filters import SOON, due

log = logging.getLogger(__name__)

TOP = 10  # lines
WIDEST = 48  # characters of a line's title
CHINESE = "zh_CN"  # a group has no language of its own
WIDE = 0xFEE0  # from a sign to its full-width twin
#: what the services would read as markup, as people read it: neither knows a way to say "as it stands"
PLAIN = {ord(sign): ord(sign) + WIDE for sign in "<>[]()*_`#~|\\@!"} | dict.fromkeys(map(ord, "\n\r\t"), " ")


class Line(NamedTuple):
    duty: Duty
    headline: Headline | None
    owner: str


def morning() -> str:
    return _("群提醒 %(n)s 条", n=tell_all())


def tell_all() -> int:
    """Each robot its message of the day. One that fails does not keep the others. How many were written."""
    ids = db.session.scalars(select(Robot.id).where(Robot.enabled).order_by(Robot.id)).all()
    db.session.commit()
    return sum(attempt(id) for id in ids)


def attempt(id: int) -> bool:
    try:
        with force_locale(CHINESE):
            written = tell(db.session.get_one(Robot, id))
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("robot %s", id)
        return False
    return written


def tell(robot: Robot) -> bool:
    """Into the outbox, once a day. Where nothing is near, nothing is said."""
    counts = standing(robot)
    if not any(counts.values()):
        return False
    found = lines(robot)
    text, n = told(robot, counts, found)
    key, title = f"robot:{robot.id}:{dates.today()}", headed(robot)
    id = post.put(key, robot.channel, robot.name, robot_id=robot.id, subject=title, text=text)
    if id is not None:
        ledger.add([entered(robot, line, id) for line in found[:n]])
    return id is not None


def near(robot: Robot) -> Select[Duty]:
    """Our own open duties in its unit and below that are late, or due within three days."""
    below = select(Unit.id).where(Unit.path.startswith(robot.unit.path))
    open_ = (Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, Duty.unit_id.in_(below))
    return select(Duty).where(*open_, Duty.due_on <= dates.today() + timedelta(days=SOON))


def standing(robot: Robot) -> dict[str, int]:
    """How many are late, due today, due soon: one statement."""
    late = or_(Duty.due_on < dates.today(), Duty.due_at < dates.now())
    today = and_(Duty.due_on == dates.today(), or_(Duty.due_at.is_(None), Duty.due_at >= dates.now()))
    when: dict[str, ColumnElement[bool]] = {"late": late, "today": today, "soon": Duty.due_on > dates.today()}
    summed = [func.count(case((asked, 1))) for asked in when.values()]
    row = db.session.execute(near(robot).with_only_columns(*summed)).one()
    return dict(zip(when, row, strict=True))


def lines(robot: Robot) -> list[Line]:
    """The ones that press most."""
    rows = near(robot).add_columns(User.name).outerjoin(User, User.id == Duty.owner_id)
    found = db.session.execute(rows.order_by(Duty.due_on, Duty.due_at, Duty.id).limit(TOP)).all()
    known = of_all((duty.subject_type, duty.subject_id) for duty, _name in found)
    return [Line(duty, known.get((duty.subject_type, duty.subject_id)), name or "") for duty, name in found]


def headed(robot: Robot) -> str:
    return _("%(day)s期限提醒 · %(unit)s", day=letters.today(), unit=plain(robot.unit.name))


def told(robot: Robot, counts: Mapping[str, int], found: Sequence[Line]) -> tuple[str, int]:
    """The message, and how many of the lines had room in it."""
    words = {"late": _("逾期 %(n)s 件"), "today": _("今日到期 %(n)s 件"), "soon": _("三日内到期 %(n)s 件")}
    said = [
        f"**{words[name] % {'n': n}}**" if name == "late" else words[name] % {"n": n} for name, n in counts.items() if n
    ]
    head = [f"### {headed(robot)}", _("，").join(said)]
    numbered = [f"{n}. {told_of(line)}" for n, line in enumerate(found, start=1)]
    return bounded(robot.channel, head, numbered, lambda n: more(sum(counts.values()) - n))


def told_of(line: Line) -> str:
    title = plain(line.headline.outside if line.headline else line.duty.title)
    title = title if len(title) <= WIDEST else title[: WIDEST - 1] + "…"
    if line.headline:
        title = f"[{title}]({current_app.config['BASE_URL']}{line.headline.path})"
    return f"{title} {due(line.duty).striptags()} · {plain(line.owner) or _('未定经办人')}"


def more(n: int) -> str:
    link = f"[{_('打开系统查看')}]({current_app.config['BASE_URL']}/duties)"
    return _("另有 %(n)s 件，%(link)s", n=n, link=link) if n else link


def bounded(channel: Channel, head: Sequence[str], found: Sequence[str], end: Callable[[int], str]) -> tuple[str, int]:
    """As many lines as the service takes."""
    between = "\n\n" if channel is Channel.DINGTALK else "\n"
    for n in range(len(found), 0, -1):
        text = between.join([*head, *found[:n], end(n)])
        if len(text.encode()) <= BYTES[channel]:
            return text, n
    return between.join([*head, end(0)]), 0


def plain(words: str) -> str:
    return words.translate(PLAIN).replace("://", "：//")


def entered(robot: Robot, line: Line, letter: int) -> dict[str, Any]:
    hours = line.duty.hours_left
    known = {
        "lead": line.duty.left if hours is None else int(hours),
        "no": line.headline.no[:60] if line.headline else "",
    }
    known |= {"channel": robot.channel, "robot_id": robot.id, "outbox_id": letter, "raised_at": dates.now()}
    return ledger.of_duty(line.duty) | known | {"deputy": False}


def trial(robot: Robot) -> tuple[str, str]:
    """Title and text of a message that shows that the way is open."""
    with force_locale(CHINESE):
        title = _("测试 · %(unit)s", unit=plain(robot.unit.name))
        said = _("这是一条测试消息。工作日早上会在这里告知逾期和临近的期限。")
    return title, f"### {title}\n\n{said}"
