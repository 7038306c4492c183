"""The system check (体系体检): what the house finds wrong with itself, as lists that mend it."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, literal, select

from ems.core import module
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.policy import Act
from ems.web.session import can, me, needs

bp = Blueprint("checks", __name__, url_prefix="/checks")


@bp.get("/")
@needs("reports", Act.VIEW)
def index() -> ResponseReturnValue:
    groups = [(part, counted(part)) for part in module.MODULES]
    return render_template("reports/checks.html", groups=[group for group in groups if group[1]])


def counted(part: module.Module) -> list[tuple[Check[Any], int, str]]:
    """Each check of a module that the reader may ask for, how many rows it finds, and where they are listed."""
    known = [(check, model_of(check)) for check in part.checks]
    mine = [(check, model) for check, model in known if can(model.area)]
    asked = [
        select(func.count()).select_from(check.found(me).with_only_columns(literal(1)).order_by(None).subquery())
        for check, _model in mine
    ]
    row = db.session.execute(select(*(count.scalar_subquery() for count in asked))).one() if asked else ()
    return [(check, n, listed(check, model)) for (check, model), n in zip(mine, row, strict=True)]


def model_of(check: Check[Any]) -> Any:
    return check.rows().column_descriptions[0]["entity"]


def listed(check: Check[Any], model: Any) -> str:
    subject = next((s for s in module.subjects() if s.model is model), None)
    if model is Duty:
        return url_for("home.duties", check=check.code)
    return url_for(subject.index, check=check.code) if subject and subject.register else ""
