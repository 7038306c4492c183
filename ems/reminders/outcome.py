"""What came of one try to bring a letter to its reader."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Outcome:
    """`error` is empty where it went. `wait`: the least that the other side asks for before the next try."""

    error: str = ""
    hopeless: bool = False  # the next try would fare no better
    away: bool = False  # nobody answers: the next letter of this channel need not wait for it either
    postponed: bool = False  # not tried at all
    wait: timedelta = timedelta()


WENT = Outcome()
