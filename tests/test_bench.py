"""The harness: its figures count as they should, and the page about performance holds those of its run."""

from pathlib import Path

import pytest

from bench.figures import Figure, Floor, Verdict, p99, ratio
from bench.page import BLOCK, with_figures
from bench.report import as_json, from_json, machine, table

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("floor", "verdict"),
    [
        (None, ""),
        (Floor(3), "pass"),
        (Floor(2), "pass"),
        (Floor(1), "FAIL"),
        (Floor(3, goal=2), "goal"),
        (Floor(3, goal=1), "pass"),
        (Floor(1, "at least"), "pass"),
        (Floor(3, "at least"), "FAIL"),
        (Floor(1, "at least", 2), "goal"),
    ],
)
def test_a_figure_is_judged_by_its_median(floor: Floor | None, verdict: Verdict) -> None:
    assert Figure("a figure", "s", [9, 1, 2], floor).verdict == verdict


def test_a_ratio_is_of_the_medians_and_spreads_as_the_rounds() -> None:
    figure = ratio("a ratio", [10, 30, 20], [5, 10, 20])
    assert figure.value == 20 / 10
    assert list(figure.samples) == [2, 3, 1]


def test_of_fewer_than_a_hundred_samples_the_p99_is_the_largest() -> None:
    assert p99(range(99)) == 98
    assert p99(range(100)) == 98
    assert p99(range(200)) == 197


def test_a_run_reads_as_it_was_written() -> None:
    run = {
        "files": [Figure("4 KB", "MB/s", [1.0, 3.0], server="nginx"), ratio("4 KB", [1.0], [2.0], Floor(1, goal=0.5))],
        "visible": [Figure("visible", "ms", [5.0, 7.0], Floor(6, "at least"), "p99")],
    }
    head, again = from_json(as_json(run, machine(), is_quick=True))
    assert head["quick"] is True
    assert table(again) == table(run)


def test_the_page_holds_the_figures_of_its_run() -> None:
    """`make plots` brings it up to date."""
    page = (DOCS / "performance.md").read_text()
    head, run = from_json((DOCS / "performance.json").read_text())
    assert with_figures(page, head, run) == page


def test_the_page_has_a_place_for_each_measurement() -> None:
    _, run = from_json((DOCS / "performance.json").read_text())
    places = {found[2] for found in BLOCK.finditer((DOCS / "performance.md").read_text())}
    assert places == {"machine", *run}
