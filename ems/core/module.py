"""What a module hands to the house: its pages, and what others may read of it, by code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from ems.core.checks import Check
from ems.core.db import InUnit
from ems.core.duties import Clock
from ems.core.figures import Figure
from ems.core.register import Register
from ems.core.signals import Signal
from ems.core.workflow import Workflow


@dataclass(frozen=True)
class Subject:
    """A kind of row that duties, files, log entries and search results point at."""

    model: type[InUnit]
    name: Any  # what people call one: 投诉
    no: Any  # the column with its number
    title: Any  # the column with its headline
    endpoint: str  # its page, given the row's id
    register: Register[Any] | None = None
    workflow: Workflow | None = None
    list: str = ""  # its list, where that is not the blueprint's own index
    confidential: Any = None  # an expression: rows of which only the number may leave the house

    @property
    def index(self) -> str:
        return self.list or f"{self.endpoint.split('.')[0]}.index"

    @property
    def type(self) -> str:
        return str(self.model.__tablename__)


@dataclass(frozen=True)
class Panel:
    """Rows of a higher module on the record page of a lower one, without the lower knowing."""

    subject: str  # the table whose record page shows it
    title: Any
    area: str
    rows: Callable[[Any], Any]  # given the record: a select of (id, no, title, state, day), newest first
    endpoint: str
    states: type[Any] | None = None
    add: tuple[str, str] | None = None  # endpoint that makes a new one, and its parameter that takes the record's id
    all: tuple[str, str] | None = None  # the list of all of them, and its filter that takes the record's number
    public: Callable[[Any], Any] | None = None  # what of them anybody may read: a select of pairs of words


@dataclass(frozen=True)
class Module:
    name: str
    title: Any
    blueprint: Blueprint
    line: Any = None  # the heading of the side menu under which it stands; None: not in the menu
    area: str = ""
    index: str = "index"
    subjects: tuple[Subject, ...] = ()
    clocks: tuple[Clock, ...] = ()
    figures: tuple[Figure[Any], ...] = ()
    checks: tuple[Check[Any], ...] = ()
    panels: tuple[Panel, ...] = ()
    signals: tuple[Signal, ...] = ()
    handed_over: tuple[Any, ...] = ()  # columns that name the person in charge
    count: Callable[[Any], Any] | None = None  # given the reader: a select whose bounded number stands in the menu


MODULES: list[Module] = []


def register(modules: Sequence[Module]) -> None:
    MODULES[:] = modules


def subjects() -> Iterator[Subject]:
    for module in MODULES:
        yield from module.subjects


def subject(type: str) -> Subject:
    return next(found for found in subjects() if found.type == type)


def clocks() -> list[Clock]:
    return [clock for module in MODULES for clock in module.clocks]


def figures() -> dict[str, Figure[Any]]:
    return {figure.code: figure for module in MODULES for figure in module.figures}


def checks() -> list[Check[Any]]:
    return [check for module in MODULES for check in module.checks]


def signals() -> list[Signal]:
    return [signal for module in MODULES for signal in module.signals]


def panels(type: str) -> list[Panel]:
    return [panel for module in MODULES for panel in module.panels if panel.subject == type]
