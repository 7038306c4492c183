"""Whether the house stands: for whoever keeps it running, and for the machine in front of it."""

import platform
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.metadata import version
from typing import Any

from alembic.config import Config as Alembic
from alembic.script import ScriptDirectory
from flask import current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Table, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from ems.config import ROOT
from ems.core import dates
from ems.core.db import db
from ems.web.session import public

PARTS = ("flask", "sqlalchemy", "flask-sqlalchemy", "apscheduler", "weasyprint", "wtforms")
BEAT = 300  # seconds without a turn after which the clock counts as stopped


@public
def healthz() -> ResponseReturnValue:
    """Alive: the process answers."""
    return jsonify(status="ok")


@public
def readyz() -> ResponseReturnValue:
    """Ready: all it needs is there. 503 where the database is not, or is of another version."""
    found = readiness()
    return jsonify(found), 503 if found["status"] == "down" else 200


def readiness() -> dict[str, Any]:
    """`down`: nothing works · `degraded`: pages work, but a PDF would show boxes, or nobody is reminded · `ok`."""
    found: dict[str, Any] = {"database": database(), "migrations": "unknown", "fonts": bool(fonts()), "clock": None}
    if found["database"] == "ok":
        found |= {"migrations": migrations(), "clock": clock()}
    down = found["database"] != "ok" or found["migrations"] == "behind"
    late = found["clock"] is not None and found["clock"] > BEAT
    found["status"] = "down" if down else "degraded" if late or not found["fonts"] else "ok"
    return found


def database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return "unreachable"
    return "ok"


def migrations() -> str:
    """`head`, `behind`, or `none` where the tables were made without them (tests)."""
    if not inspect(db.engine).has_table("alembic_version"):
        return "none"
    at = set(db.session.execute(text("SELECT version_num FROM alembic_version")).scalars())
    return "head" if at == heads() else "behind"


@cache
def heads() -> set[str]:
    folder = current_app.extensions["migrate"].directory
    config = Alembic()
    config.set_main_option("script_location", str(folder))
    return set(ScriptDirectory.from_config(config).get_heads())


@cache
def fonts() -> tuple[str, ...]:
    """The families here that can write Chinese. Without one a PDF shows boxes, and nothing says so."""
    command = shutil.which("fc-list")
    if command is None:
        return ()
    said = subprocess.run([command, ":lang=zh", "family"], capture_output=True, text=True, check=False)  # noqa: S603  our own words
    return tuple(sorted({line.split(",")[0].strip() for line in said.stdout.splitlines() if line.strip()}))


def clock() -> int | None:
    """Seconds since a job last took its turn; None where none ever did."""
    turns: Table | None = db.metadata.tables.get("slot")  # floor 5 keeps it; here it is only a table
    if turns is None or not inspect(db.engine).has_table("slot"):
        return None
    last = db.session.scalar(select(func.max(turns.c.claimed_at)))
    return int((dates.now() - last).total_seconds()) if last else None


@cache
def own_version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def versions() -> dict[str, str]:
    dialect = db.engine.dialect
    number = ".".join(str(n) for n in dialect.server_version_info or ())
    found = {"ems": own_version(), "python": platform.python_version(), dialect.name: number}
    return found | {name: version(name) for name in PARTS}
