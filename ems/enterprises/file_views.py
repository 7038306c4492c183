"""The whole time line of a file."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ems.core import dates
from ems.core.policy import Act
from ems.enterprises import timeline as line
from ems.enterprises.models import Enterprise
from ems.enterprises.views import bp
from ems.web.session import fetch, needs


@bp.get("/<int:id>/timeline")
@needs("enterprises", Act.VIEW)
def timeline(id: int) -> ResponseReturnValue:
    """All that happened, newest first; `paper` puts a thousand entries on one page."""
    enterprise = fetch(Enterprise, id)
    size = line.PRINTED if request.args.get("paper") else line.PAGE
    first = min(enterprise.registered_on or dates.today(), dates.today()).year
    shown = {"page": line.page(enterprise, request.args, size), "kinds": line.kinds(enterprise), "whats": line.What}
    years = range(dates.today().year, first - 1, -1)
    return render_template("enterprises/timeline.html", row=enterprise, years=years, **shown)
