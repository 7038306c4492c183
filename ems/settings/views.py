"""The pages of the settings: heads read them, the system administrator changes what may be changed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core.db import db
from ems.core.policy import Act
from ems.core.settings import KNOWN
from ems.settings import days, health, limits, work
from ems.settings.forms import named, settings_form
from ems.web.session import can, needs

bp = Blueprint("settings", __name__)


@bp.route("/settings/", methods=["GET", "POST"])
@needs("settings", Act.VIEW)
def index() -> ResponseReturnValue:
    form = settings_form()
    if request.method == "POST" and not can("settings", Act.ADMIN):
        abort(403)
    if not form.sent():
        fields = [form[named(known.key)] for known in KNOWN]
        return render_template("settings/index.html", form=form, fields=fields), 422 if form.errors else 200
    n = work.keep({known.key: form[named(known.key)].data for known in KNOWN}, form.reason.data)
    db.session.commit()
    flash(_("已保存 %(n)s 项设置。", n=n) if n else _("没有改动。"), "good")
    return redirect(url_for("settings.index"), 303)


@bp.get("/settings/about")
@needs("settings", Act.VIEW)
def about() -> ResponseReturnValue:
    return render_template("settings/about.html", versions=health.versions(), ready=health.readiness())


days.init_app(bp)
limits.init_app(bp)
bp.add_url_rule("/healthz", view_func=health.healthz)
bp.add_url_rule("/readyz", view_func=health.readyz)
