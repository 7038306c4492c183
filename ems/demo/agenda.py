"""What is still to happen, day by day: one thing leads to the next, and all of it in the order of the days."""

from collections.abc import Callable
from datetime import date
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

Deed: TypeAlias = Callable[[date], None]


class Agenda:
    def __init__(self) -> None:
        self.heap: list[tuple[date, int, Deed]] = []
        self.counter = count()

    def put(self, day: date, deed: Deed) -> None:
        heappush(self.heap, (day, next(self.counter), deed))

    def run(self, until: date) -> None:
        """Do all that was due before `until`, and what came of it."""
        while self.heap and self.heap[0][0] < until:
            day, _n, deed = heappop(self.heap)
            deed(day)
