"""The demo year played through: everybody is told of everything in time, and a week without a clock shows."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ems import create_app
from ems.core import dates
from ems.reminders import jobs, simulation, truth, verdict

pytestmark = pytest.mark.xdist_group("demo")  # one process builds the year


def test_of_three_thousand_duties_none_is_missed_and_none_is_told_for_nothing(demo):
    answer = demo.test_cli_runner().invoke(args=["clock", "simulate", "2026", "--json"])
    found = json.loads(answer.stdout)
    assert (found["totals"]["misses"], found["misses"]) == (0, [])
    assert (found["totals"]["false_alarms"], found["false_alarms"]) == (0, [])
    assert (found["totals"]["due"] > 3000, found["totals"]["alarms"], answer.exit_code) == (True, 0, 0)
    for rule in found["rules"]:
        own = rule["bearer"] == "own"
        assert rule["reminders"] > 0, rule
        assert rule["climbed"]["nobody"] == 0, rule
        assert (rule["climbed"]["head"] + rule["climbed"]["leader"] > 0) == (own and rule["late"] > 0), rule


def test_a_week_of_march_in_which_no_clock_ran_shows(demo, monkeypatch):
    def slept(job):
        return lambda: "" if date(2026, 3, 9) <= dates.today() <= date(2026, 3, 15) else job.work()

    monkeypatch.setattr(jobs, "JOBS", tuple(replace(job, work=slept(job)) for job in jobs.JOBS))
    with simulation.copied(create_app):
        truth.lay_aside("INSP_PLAN")
        for _day in simulation.replay(date(2026, 3, 2) + timedelta(days=n) for n in range(21)):
            pass
        found = verdict.judged(2026)
    days = {one.due_on for one in found.misses if "2026-03-02" <= one.due_on <= "2026-03-22"}
    assert days
    assert days <= {f"2026-03-{n:02d}" for n in range(9, 16)}
