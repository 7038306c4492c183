"""Labels of outlets: a code on each opens its page, for officers the record, for anybody else the public facts."""

import secrets
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

import segno
from flask import current_app, redirect, render_template, request, send_file, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ems.core import dates, module
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, reach, visible
from ems.core.settings import setting
from ems.enterprises.models import Enterprise, Outlet, OutletState
from ems.enterprises.registers import OUTLETS
from ems.enterprises.views import bp
from ems.web import pdf
from ems.web.security import limiter
from ems.web.session import fetch, me, needs, public

MANY = 200  # labels of one print: 20 sheets
PER_PAGE = 10
BYTES = 12  # of chance in a token: nobody guesses one, and the code stays coarse enough for a dirty lens
IN_PUBLIC = {"look": "public.look", "file": "public.file"}


class Label(NamedTuple):
    outlet: Outlet
    code: Markup


def labelled(outlets: Sequence[Outlet]) -> list[Label]:
    """Each with its code; a token is made once and kept, for the label hangs there for years. Not committed."""
    for outlet in outlets:
        outlet.token = outlet.token or secrets.token_urlsafe(BYTES)
        outlet.labelled_on = dates.today()
    return [Label(outlet, drawn(address(outlet))) for outlet in outlets]


def address(outlet: Outlet) -> str:
    return f"{current_app.config['BASE_URL']}/o/{outlet.token}"


def drawn(text: str) -> Markup:
    return Markup(segno.make(text, error="q", micro=False).svg_inline(border=2, omitsize=True))  # noqa: S704  its own drawing


def printed(outlets: Sequence[Outlet], name: str) -> ResponseReturnValue:
    if not outlets:
        raise Refused(_("没有可以打印标签的排放口。"))
    if len(outlets) > MANY:
        raise Refused(_("一次最多打印 %(n)s 张标签，请用筛选缩小范围。", n=MANY))
    with force_locale("zh_CN"):
        page = {"labels": labelled(outlets), "per_page": PER_PAGE}
        html = render_template(
            "enterprises/labels.html", **page, bureau=setting("bureau"), phone=setting("office_phone")
        )
        body = pdf.printed(html)
    db.session.commit()
    return send_file(BytesIO(body), "application/pdf", download_name=name)


def living(*asked: Any) -> Select[Outlet]:
    mine = Outlet.unit_id.in_(reach(me, "enterprises", Act.EDIT))
    rows = select(Outlet).where(Outlet.state != OutletState.VOID, mine, *asked).join(Outlet.enterprise)
    ordered = rows.order_by(Enterprise.name, Outlet.enterprise_id, Outlet.code, Outlet.id)
    return ordered.options(joinedload(Outlet.enterprise)).limit(MANY + 1)


@bp.post("/<int:id>/labels.pdf")
@needs("enterprises", Act.EDIT)
def labels(id: int) -> ResponseReturnValue:
    enterprise = fetch(Enterprise, id, Act.EDIT)
    found = db.session.scalars(living(Outlet.enterprise_id == id)).all()
    return printed(found, _("排放口标签_%(no)s.pdf", no=enterprise.no))


@bp.post("/outlets/labels.pdf")
@needs("enterprises", Act.EDIT)
def labels_of_list() -> ResponseReturnValue:
    """Of all that the list shows."""
    found = db.session.scalars(living(*OUTLETS.narrowed(me, request.args))).all()
    return printed(found, _("排放口标签.pdf"))


@public
@limiter.limit("60 per minute")
def label(token: str) -> ResponseReturnValue:
    """What a telephone opens that read the code: nobody but who may see the record comes to it."""
    outlet = db.first_or_404(select(Outlet).where(Outlet.token == token, Outlet.state != OutletState.VOID))
    if current_user.is_authenticated and db.session.scalar(visible(Outlet, me).where(Outlet.id == outlet.id)):
        return redirect(url_for("enterprises.outlet", id=outlet.id), 303)
    facts = [(panel.title, db.session.execute(panel.public(outlet)).all()) for panel in told(outlet)]
    ways = {name: at for name, at in IN_PUBLIC.items() if at in current_app.view_functions}
    if not setting("complaints.public_filing"):
        ways.pop("file", None)
    return render_template("enterprises/public_outlet.html", row=outlet, facts=facts, ways=ways)


def told(outlet: Outlet) -> list[Any]:
    return [panel for panel in module.panels(outlet.__tablename__) if panel.public]


def at_the_root(state: BlueprintSetupState) -> None:
    """Short, for a code with few squares."""
    state.app.add_url_rule("/o/<token>", f"{bp.name}.label", label)


bp.record_once(at_the_root)
