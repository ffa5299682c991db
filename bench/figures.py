"""Figures: samples of one quantity, the statistic that counts, and the floor that it must reach."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Statistic = Literal["median", "p99"]
Verdict = Literal["goal", "pass", "FAIL", ""]


class Floor(NamedTuple):
    """The worst value that is good enough, and the one that is aimed at."""

    value: float
    bound: Literal["at most", "at least"] = "at most"
    goal: float | None = None

    def is_reached(self, value: float) -> bool:
        return self._holds(value, self.value)

    def is_goal_reached(self, value: float) -> bool:
        return self.goal is not None and self._holds(value, self.goal)

    def _holds(self, value: float, limit: float) -> bool:
        return value <= limit if self.bound == "at most" else value >= limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Without a floor it is only reported."""

    name: str
    unit: str
    samples: Sequence[float]
    floor: Floor | None = None
    statistic: Statistic = "median"
    server: str | None = None  # whose it is, where several are compared: figures of one name stand side by side
    stated: float | None = None  # the value, where it is not a statistic of the samples

    @property
    def value(self) -> float:
        if self.stated is not None:
            return self.stated
        return statistics.median(self.samples) if self.statistic == "median" else p99(self.samples)

    @property
    def title(self) -> str:
        name = self.name if self.server is None else f"{self.name}: {self.server}"
        return name if self.statistic == "median" else f"{name}, {self.statistic}"

    @property
    def verdict(self) -> Verdict:
        if self.floor is None:
            return ""
        if self.floor.is_goal_reached(self.value):
            return "goal"
        return "pass" if self.floor.is_reached(self.value) else "FAIL"


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], floor: Floor | None = None) -> Figure:
    """The ratio of the medians; its samples are the ratios within each round."""
    pairs = [our / their for our, their in zip(ours, theirs, strict=True)]
    return Figure(name, "times", pairs, floor, stated=statistics.median(ours) / statistics.median(theirs))


def p99(samples: Sequence[float]) -> float:
    """The smallest sample that 99 of 100 do not exceed: of fewer than 100 samples, the largest."""
    ordered = sorted(samples)
    return ordered[-(-len(ordered) * 99 // 100) - 1]
