"""The commands: what a clock or a hand runs. Thin: parse, call, echo."""

from flask import Flask

from ems.cli import accounts, clock, duties, load, log, policy, report, seed


def init_app(app: Flask) -> None:
    for part in (seed, accounts, load, clock, duties, report, policy, log):
        for command in part.COMMANDS:
            app.cli.add_command(command)
