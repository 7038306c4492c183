"""Chinese first, English as the second language: the reader's choice, else what the browser asks for."""

from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, has_request_context, session
from flask_babel import Babel, Domain, get_locale  # type: ignore[attr-defined]  # it is there, and not exported
from flask_login import current_user

LANGUAGES = {"zh_CN": "中文", "en": "English"}


class Words(Domain):  # type: ignore[misc]  # it has no types
    """The catalogue of the reader's language. A page asks for two hundred words: it is looked for once a request."""

    def get_translations(self) -> Any:
        held = g.get("_flask_babel")  # where the library keeps the locale, of the request or of a `force_locale`
        locale, words = getattr(held, "babel_locale", None), getattr(held, "words", None)
        if words is None or words[0] is not locale:
            words = (get_locale(), super().get_translations())
            held = g.get("_flask_babel")
            if held is not None:  # outside of any request there is none
                held.words = words
        return words[1]


class Chosen(Babel):
    @cached_property
    def domain_instance(self) -> Words:
        return Words(domain="messages")


babel = Chosen()


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
