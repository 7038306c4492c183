# What we use of Flask-Babel, which publishes no types.

from collections.abc import Callable

from babel import Locale
from flask import Flask

class Babel:
    def init_app(self, app: Flask, *, locale_selector: Callable[[], str | None] | None = None) -> None: ...

def get_locale() -> Locale | None: ...
def gettext(string: str, **variables: object) -> str: ...
def ngettext(singular: str, plural: str, num: int, **variables: object) -> str: ...
def lazy_gettext(string: str, **variables: object) -> str: ...  # not one, but reads as one wherever it is shown
