"""What comes with a new enterprise, and how one is found by what a person or a sheet calls it."""

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ems.core import dates, numbers
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act, reach
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet
from ems.enterprises.moves import OPERATING, TURNED

FORMER = "、"  # between former names
LONGEST = 400  # characters of them


def enter(enterprise: Enterprise) -> Enterprise:
    """Put it on the register: number, day, and the day of the turn it comes with. Not committed."""
    enterprise.registered_on = enterprise.registered_on or dates.today()
    enterprise.no = enterprise.no or numbers.take(db.session(), "QY", dates.today().year)[0]
    if enterprise.state and enterprise.state is not OPERATING and enterprise.state_on:
        setattr(enterprise, TURNED[enterprise.state], enterprise.state_on)
    db.session.add(enterprise)
    return enterprise


def rename(enterprise: Enterprise, name: str) -> None:
    """Its name until now stays as a former one, for whoever knows it by that."""
    remember(enterprise, enterprise.name)
    enterprise.name = name


def remember(enterprise: Enterprise, *names: str) -> None:
    """Add former names, each once, as far as they fit."""
    known = [name for name in enterprise.former_names.split(FORMER) if name]
    for name in names:
        if name and name not in known and len(FORMER.join([*known, name])) <= LONGEST:
            known.append(name)
    enterprise.former_names = FORMER.join(known)


def named(said: str, user: User, area: str = "enterprises", act: Act = Act.VIEW) -> Enterprise:
    """The enterprise of this number, name or credit code where `user` may `act`. Raises `Refused` if not just one."""
    said = said.strip()
    same = or_(Enterprise.name == said, Enterprise.no == said, Enterprise.credit_code == said.upper())
    mine = Enterprise.unit_id.in_(reach(user, area, act))
    rows = select(Enterprise).where(same, mine, Enterprise.state != EnterpriseState.VOID).order_by(Enterprise.id)
    found = db.session.scalars(rows.limit(2)).all()
    if not found:
        raise Refused(_("没有找到企业“%(name)s”，请核对名称，或先建立企业档案。", name=said))
    if len(found) > 1:
        raise Refused(_("“%(name)s”对应不止一家企业，请改填企业编号，例如 %(no)s。", name=said, no=found[0].no))
    return found[0]


def outlet_named(enterprise: Enterprise, said: str) -> Outlet | None:
    """The outlet of this enterprise with this code or name."""
    same = or_(Outlet.code == said.upper(), Outlet.name == said)
    mine = select(Outlet).where(Outlet.enterprise_id == enterprise.id, same, Outlet.state != "void")
    return db.session.scalars(mine.order_by(Outlet.id)).first()
