"""docs/performance.md: what a run measured, as tables between its markers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.figures import Figure, Verdict
from bench.report import Run, cells, number

BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
VERDICTS: Mapping[Verdict, str] = {"goal": "goal", "pass": "floor", "FAIL": "**missed**", "": ""}
MACHINE = "machine"  # the block that tells what was measured on


def with_figures(page: str, head: Mapping[str, Any], run: Run) -> str:
    """The page with its blocks filled anew. One whose measurement the run does not have stays as it is."""
    blocks = {MACHINE: _machine(head)} | {name: _tables(figures) for name, figures in run.items() if figures}

    def fill(found: re.Match[str]) -> str:
        return f"{found[1]}\n{blocks[found[2]]}\n\n{found[3]}" if found[2] in blocks else found[0]

    return BLOCK.sub(fill, page)


def summary(head: Mapping[str, Any]) -> str:
    """One line: when, and on what."""
    machine, versions = head["machine"], head["versions"]
    run = "a quick run" if head["quick"] else "measured"
    on = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {versions['Python']}"
    return f"{run} on {head['date']}, {on}"


def _machine(head: Mapping[str, Any]) -> str:
    more = f"{head['machine']['memory_gib']:g} GiB of memory, load average {head['machine']['load']:.1f}"
    machine = f"{summary(head)}, {more}."
    versions = _table(("", "version"), head["versions"].items())
    return f"{machine[0].upper()}{machine[1:]}\n\n{versions}"


def _tables(figures: Sequence[Figure]) -> str:
    """Servers side by side, a table a unit; then, line by line, what has a floor or stands alone."""
    compared = [figure for figure in figures if figure.server is not None]
    units = dict.fromkeys(figure.unit for figure in compared)
    tables = [_side_by_side([figure for figure in compared if figure.unit == unit], unit) for unit in units]
    alone = [figure for figure in figures if figure.server is None or figure.floor is not None]
    if alone:
        titles = ("figure", "measured", "(min – max)", "floor", "goal", "reached")
        rows = [(*cells(figure)[:5], VERDICTS[figure.verdict]) for figure in alone]
        tables.append(_table(titles, rows))
    return "\n\n".join(tables)


def _side_by_side(figures: Sequence[Figure], unit: str) -> str:
    names = list(dict.fromkeys(figure.name for figure in figures))
    servers = list(dict.fromkeys(figure.server or "" for figure in figures))
    by_place = {(figure.server, figure.name): figure for figure in figures}
    rows = [(server, *_values(by_place.get((server, name)) for name in names)) for server in servers]
    return _table((unit, *names), rows)


def _values(figures: Iterable[Figure | None]) -> Iterator[str]:
    for figure in figures:
        if figure is None:
            yield ""
        else:
            low, high = number(min(figure.samples)), number(max(figure.samples))
            yield number(figure.value) if low == high else f"{number(figure.value)} ({low} – {high})"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [titles, ["---"] * len(titles), *rows])
