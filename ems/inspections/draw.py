"""The random draw (双随机) itself: no database, no clock. Whoever has the pool and the seed can do it again.

1. Enterprises stand in the order of their numbers, officers in that of their accounts; each enterprise has a weight.
2. `random.Random(seed)` is started with the seed as text; only its `random()` is used, whose numbers never change.
3. One enterprise after another: x = ⌊random() × sum of the weights left⌋; taken is the first at which the weights,
   added up in order, exceed x. It leaves the pool.
4. Then for each enterprise, as they were taken, two officers: among those who need not stand back and were taken least
   often so far, each with weight 1, in the same manner; the first of the two is not among those for the second.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

VERSION = 1  # of the steps above; another way of drawing has another number


@dataclass(frozen=True)
class Pick:
    """What was drawn: an enterprise and its two officers, by their ids."""

    enterprise: int
    lead: int
    second: int


def seed_of(public_number: str, moment: str) -> str:
    return f"{public_number}|{moment}"


def one_of(dice: Random, weights: Sequence[int]) -> int:
    """The place of the one that is taken."""
    x, passed = int(dice.random() * sum(weights)), 0
    for place, weight in enumerate(weights):
        passed += weight
        if x < passed:
            return place
    raise ValueError("Nothing to draw from.")


def drawn(pool: Mapping[str, Any], seed: str, houses: int) -> list[Pick]:
    """`houses` enterprises, or as many as there are, each with two officers."""
    dice = Random(seed)  # noqa: S311  it must be possible to do it again
    taken = list(enterprises(dice, pool["enterprises"], houses))
    return list(crews(dice, taken, [one["id"] for one in pool["officers"]], {tuple(pair) for pair in pool["avoid"]}))


def enterprises(dice: Random, known: Sequence[Mapping[str, Any]], houses: int) -> Iterator[int]:
    left = [one for one in known if one["weight"] > 0]
    for _n in range(min(houses, len(left))):
        yield left.pop(one_of(dice, [one["weight"] for one in left]))["id"]


def crews(dice: Random, taken: Sequence[int], officers: Sequence[int], avoid: set[Any]) -> Iterator[Pick]:
    load: Counter[int] = Counter()
    for enterprise in taken:
        able = [one for one in officers if (enterprise, one) not in avoid]
        lead = least(dice, able, load)
        second = least(dice, [one for one in able if one != lead], load)
        yield Pick(enterprise, lead, second)


def least(dice: Random, able: Sequence[int], load: Counter[int]) -> int:
    few = min(load[one] for one in able)
    fit = [one for one in able if load[one] == few]
    found = fit[one_of(dice, [1] * len(fit))]
    load[found] += 1
    return found


def digest(pool: Mapping[str, Any], seed: str, houses: int) -> str:
    """SHA-256 of all that decides the result, as JSON with its keys in order and no blanks."""
    said = {"pool": pool, "seed": seed, "houses": houses, "version": VERSION}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
