"""`python -m bench.plots FILE.json` draws a run's plots and fills the tables, all of them in docs."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.page import summary, with_figures
from bench.report import Run, from_json

try:
    from bench.charts import Panel, draw
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed: pip install '.[bench]'")

DOCS = Path(__file__).parents[1] / "docs"


class Part(NamedTuple):
    """Which figures make a panel: those of a measurement whose names begin so, in that unit."""

    title: str
    measurement: str
    name: str
    unit: str


class Plot(NamedTuple):
    """A file of panels."""

    name: str
    title: str
    parts: tuple[Part, ...]


PLOTS = (
    Plot(
        "files",
        "Hot files: how much one server process on one core sends to 32 clients",
        (
            *(Part(f"{size}, requests/s", "files", size, "requests/s") for size in ("4 KB", "64 KB", "256 KB", "1 MB")),
            Part("256 MB, MB/s", "files", "256 MB", "MB/s"),
        ),
    ),
    Plot(
        "cold",
        "A hot 4 KB file while six cold files of 200 MB are read",
        (Part("p99 of the hot file, ms", "cold", "p99", "ms"), Part("the cold files, MB/s", "cold", "six", "MB/s")),
    ),
    Plot(
        "slow",
        "A thousand clients that take almost nothing",
        (
            Part("memory for each, KB", "slow", "memory", "KB"),
            Part("a fast client alone, MB/s", "slow", "a fast client, alone", "MB/s"),
            Part("… and beside them, MB/s", "slow", "a fast client beside", "MB/s"),
        ),
    ),
    Plot("listings", "Listings", (Part("10,000 files, requests/s", "listing", "listing of", "requests/s"),)),
    Plot(
        "lookups",
        "Small answers",
        (
            Part("look-up by identifier (nginx: ready-made), requests/s", "lookups", "look-up", "requests/s"),
            Part("304 of a file, requests/s", "lookups", "304", "requests/s"),
        ),
    ),
)


def main() -> None:
    head, run = from_json(Path(sys.argv[1]).read_text())
    footer = summary(head)
    (DOCS / "plots").mkdir(exist_ok=True)
    for plot in PLOTS:
        if panels := list(_panels(plot, run)):
            draw(DOCS / "plots" / f"{plot.name}.svg", plot.title, panels, f"Median, line: min – max; {footer}")
    page = DOCS / "performance.md"
    page.write_text(with_figures(page.read_text(), head, run))


def _panels(plot: Plot, run: Run) -> Iterator[Panel]:
    """Those that the run has figures for."""
    for part in plot.parts:
        figures = [
            figure
            for figure in run.get(part.measurement, ())
            if figure.server is not None and figure.name.startswith(part.name) and figure.unit == part.unit
        ]
        if figures:
            yield Panel(part.title, figures)


if __name__ == "__main__":
    main()
