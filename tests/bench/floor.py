"""The least a page of this kind can cost here: bare Flask, Jinja and SQL over the same rows, a session and a user row.

Run by the bench as `gunicorn -w 2 tests.bench.floor:app`, with FLOOR_DB naming the SQLite file.
"""

import os
import sqlite3
import threading
from typing import Any

from flask import Flask, redirect, render_template, request, session

app = Flask(__name__)
app.secret_key = "floor"
COLUMNS = ("id", "no", "title", "enterprise_name", "channel", "medium", "state", "unit_id", "handler_id", "received_on",
           "place", "text")  # fmt: skip
PAGE = """<!doctype html><html lang=zh-CN><head><meta charset=utf-8><title>{{ title }}</title></head><body>
<nav>{% for n in range(12) %}<a href="/m/{{ n }}">第{{ n }}项</a>{% endfor %}</nav>
<main><h1>{{ title }}</h1>%s</main></body></html>"""
LIST = app.jinja_env.from_string(
    PAGE.replace(
        "%s",
        """<p>{{ total }}</p><table>{% for r in rows %}<tr>{% for c in columns %}<td>{{ r[c] }}</td>{% endfor %}
<td><a href="/record/{{ r['id'] }}">看</a></td></tr>{% endfor %}</table>""",
    )
)
RECORD = app.jinja_env.from_string(
    PAGE.replace("%s", "<dl>{% for c in columns %}<dt>{{ c }}</dt><dd>{{ row[c] }}</dd>{% endfor %}</dl>")
)
HELD = threading.local()


def database() -> sqlite3.Connection:
    if not hasattr(HELD, "connection"):
        HELD.connection = sqlite3.connect(os.environ["FLOOR_DB"], timeout=10, isolation_level=None)
        HELD.connection.row_factory = sqlite3.Row
        HELD.connection.execute("PRAGMA journal_mode = WAL")
        HELD.connection.execute("PRAGMA synchronous = NORMAL")
    return HELD.connection


def ask(sql: str, *args: Any) -> list[sqlite3.Row]:
    return database().execute(sql, args).fetchall()


@app.get("/enter")
def enter() -> str:
    session["user"] = 1
    return "ok"


@app.get("/list")
def listed() -> str:
    ask("SELECT * FROM user WHERE id = ?", session["user"])
    matter = request.args.get("matter", "complaint")
    found = f"SELECT {','.join(COLUMNS)} FROM complaint WHERE matter = ? ORDER BY received_on DESC, id DESC LIMIT 50"
    rows = ask(found, matter)
    total = ask("SELECT count(*) AS n FROM complaint WHERE matter = ?", matter)[0]["n"]
    return render_template(LIST, title="投诉台账", rows=rows, columns=COLUMNS, total=total)


@app.get("/record/<int:id>")
def record(id: int) -> str:
    ask("SELECT * FROM user WHERE id = ?", session["user"])
    (row,) = ask("SELECT * FROM complaint WHERE id = ?", id)
    return render_template(RECORD, title=row["title"], row=row, columns=COLUMNS)


@app.post("/create")
def create() -> Any:
    database().execute("CREATE TABLE IF NOT EXISTS floor_case (id INTEGER PRIMARY KEY, title, text, place)")
    known = [request.form[name] for name in ("title", "text", "place")]
    database().execute("INSERT INTO floor_case (title, text, place) VALUES (?, ?, ?)", known)
    return redirect("/list", 303)
