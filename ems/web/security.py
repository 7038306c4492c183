"""What every answer carries: no script but ours, no frame, no guess at types; and a token with every POST."""

from flask import Flask, Response, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
LONGEST, LARGEST = 9, 2**31 - 1  # of a number in an address: digits in its question, an id in its path


def init_app(app: Flask) -> None:
    app.before_request(sound)
    csrf.init_app(app)
    limiter.init_app(app)
    limiter.enabled = not app.config["TESTING"]
    app.after_request(guard)
    if proxies := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]


def sound() -> None:
    """Turns away what no page of ours sends: a number beyond any id, and NUL, which PostgreSQL takes in no text."""
    asked = list(request.args.items(multi=True))
    named = [file.filename or "" for _name, file in request.files.items(multi=True)]
    said = [*(value for _name, value in [*asked, *request.form.items(multi=True)]), *named]
    if "\0" in request.path or any("\0" in value for value in said):
        abort(400)
    if any(name != "q" and len(value) > LONGEST and value.isdecimal() for name, value in asked):
        abort(404)
    if any(isinstance(value, int) and value > LARGEST for value in (request.view_args or {}).values()):
        abort(404)


def guard(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "geolocation=(self), camera=(self), microphone=()"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint and not request.endpoint.endswith("static"):  # nothing of a case stays in a shared browser
        answer.headers["Cache-Control"] = "no-store"
    return answer
