"""Chinese first, English as the second language: the reader's choice, else what the browser asks for."""

from flask import Flask, current_app, has_request_context, session
from flask_babel import Babel, get_locale
from flask_login import current_user

LANGUAGES = {"zh_CN": "中文", "en": "English"}
babel = Babel()


def init_app(app: Flask) -> None:
    babel.init_app(app, locale_selector=chosen)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, get_locale=get_locale)


def chosen() -> str:
    if not has_request_context():
        return str(current_app.config["BABEL_DEFAULT_LOCALE"])
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    if current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    return "zh_CN"
