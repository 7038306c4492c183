"""Rules of the house that no single test could keep."""

import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from babel.messages.pofile import read_po
from flask import url_for
from flask_migrate import upgrade
from jinja2 import nodes
from sqlalchemy import event, inspect, select

from ems import create_app
from ems.core import module, policy
from ems.core.db import db
from ems.core.rules import Kind, Rule
from ems.home.module import HOME
from ems.modules import MODULES
from tests.factories import FACTORIES
from tests.postgres import emptied, server  # noqa: F401  a fixture among them

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(p.relative_to(ROOT / "templates").as_posix() for p in (ROOT / "templates").rglob("*.html"))
SAMPLE = {
    "id": 1, "row_id": 1, "year": 2026, "move": "accept", "type": "complaint", "kind": "xlsx", "name": "x", "code": "x",
    "filename": "ems.css", "key": "x", "month": 1,
}  # fmt: skip


def addresses(app, rule):
    """One address of this rule, each variable filled with a value its converter takes."""
    wanted = rule.arguments - set(rule.defaults or ())
    values = {name: SAMPLE.get(name, "1") for name in wanted}
    for name in wanted:
        converter = rule._converters[name]
        if "AnyConverter" in type(converter).__name__:
            values[name] = next(iter(re.findall(r"\w+", converter.regex.removeprefix("(?:"))), "x")
        elif "Integer" in type(converter).__name__ and isinstance(values[name], str):
            values[name] = 1
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def rules(app, method):
    return [
        rule for rule in app.url_map.iter_rules() if method in rule.methods and not rule.endpoint.endswith("static")
    ]


def test_every_view_says_who_may_come(app):
    for endpoint, view in app.view_functions.items():
        if not endpoint.endswith("static"):
            assert hasattr(view, "needs"), endpoint


def test_a_view_that_does_not_say_so_stops_the_start(config, monkeypatch):
    HOME.blueprint._got_registered_once = False
    HOME.blueprint.add_url_rule("/open-door", "open_door", lambda: "in")
    try:
        with pytest.raises(RuntimeError, match="open_door does not declare"):
            create_app(config)
    finally:
        HOME.blueprint.deferred_functions.pop()


def test_nobody_gets_in_without_logging_in(app):
    for rule in rules(app, "GET"):
        if app.view_functions[rule.endpoint].needs is None:
            continue
        answer = app.test_client().get(addresses(app, rule))
        assert (answer.status_code, "/login" in (answer.location or "")) == (302, True), rule


def test_every_post_without_its_token_is_refused(app, cast, as_):
    for rule in rules(app, "POST"):
        for name in ("head", "secadmin", "sysadmin"):
            answer = as_(cast[name]).post(addresses(app, rule), token=False)
            assert answer.status_code == 400, (rule, name, answer.status_code)


def test_administrators_see_no_case(app, cast, as_):
    for name in ("sysadmin", "secadmin", "logadmin"):
        for area in ("complaints", "enterprises", "permits", "inspections", "orders", "tasks", "reports"):
            for rule in rules(app, "GET"):
                needs = app.view_functions[rule.endpoint].needs
                if needs and needs[0] == area:
                    assert as_(cast[name]).get(addresses(app, rule)).status_code == 403, (name, rule)


@pytest.mark.parametrize("subject", [s for m in MODULES for s in m.subjects if s.workflow], ids=lambda s: s.type)
def test_every_state_can_be_reached(subject):
    moves = subject.workflow.moves
    states = set(type(next(iter(moves[0].before))))
    starts = {subject.model.__table__.c.state.default.arg} if subject.model.__table__.c.state.default else set()
    reached, grew = set(starts), True
    while grew:
        more = {m.after for m in moves if m.after is not None and m.before & reached} - reached
        reached, grew = reached | more, bool(more)
    assert reached == states, states - reached


@pytest.mark.parametrize("subject", [s for m in MODULES for s in m.subjects if s.workflow], ids=lambda s: s.type)
def test_no_two_moves_share_a_name(subject):
    names = [move.name for move in subject.workflow.moves]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_use_what_they_import(app, name):
    tree = app.jinja_env.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
    imported = {n if isinstance(n, str) else n[1] for i in tree.find_all(nodes.FromImport) for n in i.names}
    called = {c.node.name for c in tree.find_all(nodes.Call) if isinstance(c.node, nodes.Name)}
    assert imported <= called, imported - called


def test_no_template_speaks_past_the_catalogue():
    """Chinese in a template stands inside _('…')."""
    for name in TEMPLATES:
        text = (ROOT / "templates" / name).read_text(encoding="utf-8")
        text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
        assert not (found := re.findall(r"[\u4e00-\u9fff]+", text)), (name, found)


def test_every_clock_has_a_rule_and_no_two_of_a_model_share_one(app):
    clocks = module.clocks()
    assert {clock.rule for clock in clocks} <= set(db.session.scalars(select(Rule.code)))
    assert len({(clock.model, clock.rule) for clock in clocks}) == len(clocks)


def test_no_clock_runs_on_a_rule_that_makes_no_duty(app):
    """Validity, a shortest time, a limitation, a retention: they object, warn or keep, see core/terms.py."""
    asks = {Kind.DEADLINE, Kind.RECURRING, Kind.PRACTICE, Kind.DOCUMENT}
    kinds = dict(db.session.execute(select(Rule.code, Rule.kind).order_by(Rule.since)).all())
    assert {clock.rule: kinds[clock.rule] for clock in module.clocks() if kinds[clock.rule] not in asks} == {}


def test_every_figure_has_its_own_code_and_a_list(app):
    figures = [figure for part in MODULES for figure in part.figures]
    assert len({figure.code for figure in figures}) == len(figures)
    listed = {s.model for s in module.subjects() if s.register}
    for figure in figures:
        assert figure.model in listed, figure.code
        assert figure.whole is None or figure.whole in module.figures(), figure.code


def test_every_figure_is_as_long_as_its_list(app, cast):
    for figure in module.figures().values():
        subject = next(s for s in module.subjects() if s.model is figure.model and s.register)
        behind = subject.register.count(cast["head"], {"figure": figure.code, "year": "2026"})
        assert behind == figure.counted(cast["head"], policy.dates.year(2026)), figure.code


def test_every_check_can_be_asked_and_mended(app, cast):
    for check in module.checks():
        assert check.mend in app.view_functions, check.code
        assert db.session.scalars(check.found(cast["head"])).all() == []


def test_every_area_of_a_model_stands_in_the_act_matrix(app):
    for subject in module.subjects():
        assert subject.model.area in policy.ALLOWED


def test_no_list_trips_over_what_an_address_asks(app, cast, as_):
    for subject in module.subjects():
        for who in ("head", "secadmin"):
            page = url_of(app, subject)
            odd = as_(cast[who]).get(
                f"{page}?endpoint=x&kind=y&_external=1&page=-3&sort=nope&year=9&values=1&view=none"
            )
            assert odd.status_code in {200, 403}, (page, odd.status_code)


def count_queries(call):
    seen = []
    note = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_list_costs_as_many_queries_for_fifteen_rows_as_for_one(app, cast, as_, units):
    client = as_(cast["head"])
    for subject in module.subjects():
        if not subject.register or subject.type not in FACTORIES:
            continue
        page = url_of(app, subject)
        FACTORIES[subject.type](units, cast)
        assert client.get(page).status_code == 200  # once, to compose what is composed once
        one = count_queries(partial(client.get, page))
        for _n in range(14):
            FACTORIES[subject.type](units, cast)
        assert count_queries(partial(client.get, page)) == one, subject.type


def url_of(app, subject):
    with app.test_request_context():
        return url_for(subject.index)


def test_migrations_build_what_the_models_say(config, tmp_path):
    """On SQLite; tests/test_postgresql.py asks the same there."""
    check_migrations(config, f"sqlite:///{tmp_path / 'm.db'}")


def test_migrations_build_it_on_postgresql_too(config, server):  # noqa: F811
    check_migrations(config, emptied(server))


def check_migrations(config, url):
    app = create_app(replace(config, SQLALCHEMY_DATABASE_URI=url))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            others = ("search_fts", "ix_search", "test_")  # the search's own, and tables of tests
            ours = lambda obj, name, type_, _r, _c: not (name or "").startswith(others)  # noqa: E731
            context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
            assert compare_metadata(context, db.metadata) == []
        assert "alembic_version" in inspect(db.engine).get_table_names()
        db.engine.dispose()
        if url.startswith("postgresql"):
            emptied(url)


def test_the_english_catalogue_is_complete(tmp_path):
    pot = tmp_path / "messages.pot"
    babel = Path(sys.executable).parent / "pybabel"
    extract = [babel, "-q", "extract", "-F", "pyproject.toml", "-k", "_l", "-o", str(pot), "."]
    subprocess.run(extract, cwd=ROOT, check=True)  # our own words
    with pot.open("rb") as file:
        said = {message.id for message in read_po(file) if message.id}
    with (ROOT / "ems/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = {m.id: m for m in read_po(file, locale="en") if m.id}
    missing = sorted(id for id in said if id not in english or not english[id].string or english[id].fuzzy)
    assert not missing, f"{len(missing)} without English: {missing[:20]}"
    named = re.compile(r"%\((\w+)\)")
    for id in said:
        assert set(named.findall(id)) == set(named.findall(str(english[id].string))), id
