"""Figures: samples of one quantity, the statistic that counts, and the floor that it must reach."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

Statistic = Literal["median", "p99"]


class Floor(NamedTuple):
    """The worst value that is good enough."""

    value: float
    bound: Literal["at most", "at least"] = "at most"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Without a floor it is only reported."""

    name: str
    unit: str
    samples: Sequence[float]
    floor: Floor | None = None
    statistic: Statistic = "median"

    @property
    def value(self) -> float:
        return statistics.median(self.samples) if self.statistic == "median" else p99(self.samples)

    @property
    def passed(self) -> bool | None:
        """None without a floor."""
        if self.floor is None:
            return None
        return self.value <= self.floor.value if self.floor.bound == "at most" else self.value >= self.floor.value


def p99(samples: Sequence[float]) -> float:
    """The smallest sample that 99 of 100 do not exceed: of fewer than 100 samples, the largest."""
    ordered = sorted(samples)
    return ordered[-(-len(ordered) * 99 // 100) - 1]


def table(figures: Sequence[Figure]) -> str:
    """The figures as text in columns."""
    rows = [("figure", "measured", "(min – max)", "floor", ""), *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures with all their samples, and what they were measured on."""
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    rows = [{**asdict(figure), "value": figure.value, "passed": figure.passed} for figure in figures]
    return json.dumps({"machine": machine, "figures": rows}, indent=1)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    name = figure.name if figure.statistic == "median" else f"{figure.name}, {figure.statistic}"
    spread = f"({_number(min(figure.samples))} – {_number(max(figure.samples))})" if len(figure.samples) > 1 else ""
    floor = "" if figure.floor is None else f"{figure.floor.bound} {figure.floor.value:g}"
    verdict = {True: "pass", False: "FAIL", None: ""}[figure.passed]
    return name, f"{_number(figure.value)} {figure.unit}".rstrip(), spread, floor, verdict


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
