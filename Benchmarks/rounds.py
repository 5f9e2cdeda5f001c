"""Rounds: everything that is compared takes its turn in each of them, so that what changes on the machine
meanwhile meets all alike."""

import statistics
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the table: what was measured against what, and what was asked for; `must` where the run fails
    without that."""

    what: str
    measured: str
    against: str
    ratio: float
    goal: float | None
    at_most: bool = False
    unit: str = ""
    must: bool = False

    @property
    def is_reached(self):
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    @property
    def verdict(self):
        if self.is_reached:
            return "reached"
        missed = self.ratio / self.goal - 1 if self.at_most else 1 - self.ratio / self.goal
        return f"missed by {missed:.0%}" if missed >= 0.005 else "missed by less than 1%"


def alternate(rounds, contestants):
    """What each contestant measured in each round. The order turns round by one each time."""
    results = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            results[name].append(contestants[name]())
    return results


def ratio(left, right):
    """The median, over the rounds, of what one measured by what the other did in the same round."""
    return statistics.median(mine / theirs for mine, theirs in zip(left, right))


median = statistics.median


def rate(values):
    """What was measured in the middle, as the table has it."""
    return f"{median(values):,.0f}/s"
