"""The pages of a person's day."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ems.core.policy import Act
from ems.home import menu
from ems.web.session import needs

bp = Blueprint("home", __name__)
menu.init_app(bp)


@bp.get("/")
@needs("home", Act.VIEW)
def index() -> ResponseReturnValue:
    return render_template("home/index.html")


@bp.get("/search")
@needs("home", Act.VIEW)
def search() -> ResponseReturnValue:
    return render_template("home/search.html")


@bp.get("/inbox")
@needs("home", Act.VIEW)
def inbox() -> ResponseReturnValue:
    return render_template("home/inbox.html")
