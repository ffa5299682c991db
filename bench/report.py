"""A run's figures, what they were measured on and when: as a table for people, as JSON for programs."""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, Floor
from bench.peers import PEERS, program_version

DIGITS = 4  # of a sample: more would be noise, and most of the file's size

Run = Mapping[str, Sequence[Figure]]  # by measurement
Machine = Mapping[str, str | float | None]


def table(run: Run) -> str:
    """The figures as text in columns."""
    rows = [("figure", "measured", "(min – max)", "floor", "goal", "")]
    rows += [cells(figure) for figures in run.values() for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def cells(figure: Figure) -> tuple[str, str, str, str, str, str]:
    """Name, value, spread, floor, goal and verdict."""
    spread = f"({number(min(figure.samples))} – {number(max(figure.samples))})" if len(figure.samples) > 1 else ""
    floor = goal = ""
    if figure.floor is not None:
        floor = f"{figure.floor.bound} {number(figure.floor.value)}"
        goal = "" if figure.floor.goal is None else number(figure.floor.goal)
    return figure.title, f"{number(figure.value)} {figure.unit}".rstrip(), spread, floor, goal, figure.verdict


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def as_json(run: Run, machine: Machine, *, is_quick: bool) -> str:
    """One figure a line, so that two runs can be compared line by line."""
    head = {"date": time.strftime("%Y-%m-%d"), "quick": is_quick, "machine": machine, "versions": _versions()}
    lines = [json.dumps(_row(name, figure)) for name, figures in run.items() for figure in figures]
    figures = ",\n".join(lines)
    return f'{json.dumps(head, indent=1)[:-2]},\n "figures": [\n{figures}\n ]\n}}\n'


def machine() -> Machine:
    """Asked before a run, for the load tells whether others are at work."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1),
        "system": f"{platform.system()} {platform.release()}",
        "load": os.getloadavg()[0],
    }


def from_json(text: str) -> tuple[dict[str, Any], dict[str, list[Figure]]]:
    """What `as_json` wrote: all but the figures, and the figures by measurement."""
    head = json.loads(text)
    run: dict[str, list[Figure]] = {}
    for row in head.pop("figures"):
        measurement, value, floor = row.pop("measurement"), row.pop("value"), row.pop("floor")
        row.pop("verdict")
        figure = Figure(**row, stated=value, floor=floor and Floor(**floor))
        run.setdefault(measurement, []).append(figure)
    return head, run


def _row(measurement: str, figure: Figure) -> dict[str, Any]:
    return {
        "measurement": measurement,
        "name": figure.name,
        "server": figure.server,
        "unit": figure.unit,
        "statistic": figure.statistic,
        "value": _rounded(figure.value),
        "floor": figure.floor and figure.floor._asdict(),
        "verdict": figure.verdict,
        "samples": [_rounded(sample) for sample in figure.samples],
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _versions() -> dict[str, str]:
    found = {peer.name: peer.version() for peer in PEERS} | {"wrk": program_version("wrk", "-v")}
    return {"Python": platform.python_version(), **{name: version for name, version in found.items() if version}}
