"""Which matters are late, by unit; and the month's bulletin, on the screen and on paper."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from flask import abort, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _

from ems.core import dates
from ems.core.policy import Act
from ems.core.settings import setting
from ems.tasks import review
from ems.tasks.views import bp
from ems.web import pdf
from ems.web.session import me, needs


@bp.get("/units")
@needs("tasks", Act.VIEW)
def by_unit() -> ResponseReturnValue:
    shown = {"standings": review.standings(me), "late": review.late_by_unit(me), "today": dates.today()}
    return render_template("tasks/units.html", **shown)


@bp.get("/bulletin/", defaults={"year": None, "month": None})
@bp.get("/bulletin/<int:year>/<int:month>")
@needs("tasks", Act.VIEW)
def bulletin(year: int | None, month: int | None) -> ResponseReturnValue:
    """督办通报, of the month asked for; without one, of this month."""
    day = dates.today()
    asked = (day.year, day.month) if year is None or month is None else (year, month)
    return render_template("tasks/bulletin.html", **told(*asked))


@bp.get("/bulletin/<int:year>/<int:month>.pdf")
@needs("tasks", Act.VIEW)
def bulletin_pdf(year: int, month: int) -> ResponseReturnValue:
    with force_locale("zh_CN"):
        html = render_template("tasks/bulletin_paper.html", **told(year, month))
        name = _("督办通报_%(y)s年%(m)s月.pdf", y=year, m=month)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)


def told(year: int, month: int) -> dict[str, Any]:
    try:
        period = review.month(year, month)
    except ValueError:
        abort(404)
    before, after = period[0] - timedelta(days=1), date(year + month // 12, month % 12 + 1, 1)
    return {
        "bulletin": review.bulletin(me, period), "before": before, "today": dates.today(), "bureau": setting("bureau"),
        "after": after if after <= dates.today() else None, "year": year, "month": month,
    }  # fmt: skip
