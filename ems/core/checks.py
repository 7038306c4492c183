"""A check (体系体检): what the house finds wrong with itself, as rows, and the page that mends one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from ems.core.db import InUnit
from ems.core.people import User
from ems.core.policy import within

T = TypeVar("T", bound=InUnit)


@dataclass(frozen=True)
class Check(Generic[T]):
    code: str
    title: Any
    rows: Callable[[], Select[T]]
    mend: str  # endpoint, given the row's id

    def found(self, user: User) -> Select[T]:
        return within(self.rows(), user)
