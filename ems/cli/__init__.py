"""The commands: what a clock or a hand runs. Thin: parse, call, echo."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from ems.cli import accounts, clock, duties, load, log, policy, report, seed


def init_app(app: Flask, create_app: Callable[[Any], Flask]) -> None:
    app.extensions["create_app"] = create_app  # a command that tries something on a copy needs another application
    for part in (seed, accounts, load, clock, duties, report, policy, log):
        for command in part.COMMANDS:
            app.cli.add_command(command)
