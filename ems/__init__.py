"""The ISO 14001 environmental management and supervision tracker, put together."""

from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate

from ems import cli
from ems.config import ROOT, Config
from ems.core import audit, module, search, settle
from ems.core.db import db
from ems.modules import FOUND, INTAKES, MODULES
from ems.web import clocks, errors, files, filters, i18n, intake, security, session


def create_app(config: Config | None = None) -> Flask:
    app = Flask(__name__, template_folder=ROOT / "templates")
    app.config.from_object(config or Config.from_env())
    module.register(MODULES)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    settle.watch(db.session, module.clocks())
    search.watch(db.session, FOUND)
    audit.watch(db.session)
    Bootstrap5(app)
    i18n.init_app(app)
    security.init_app(app)
    session.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    files.init_app(app)
    clocks.init_app(app)
    intake.init_app(app, INTAKES)
    cli.init_app(app, create_app)
    for part in MODULES:
        app.register_blueprint(part.blueprint)
    session.every_view_declares_its_act(app)
    Path(app.config["FILES"]).mkdir(parents=True, exist_ok=True)
    return app
