"""Bars of figures, drawn as SVG that reads on light and on dark pages: it brings its own background."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from bench.figures import Figure
from bench.report import number

OURS, THEIRS, INK, FAINT = "#0969da", "#b6bfc8", "#1f2328", "#59636e"
BAR, GAP, MARGIN = 0.24, 0.95, 0.2  # inches: a bar's row, what stands above and below the bars, at either side
WIDTH = 10.0
LABEL = 0.085  # inches that a letter of a server's name takes
FONTS = "'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

# Text stays text: it can be searched, and a file is a fifth as large. The same figures give the same bytes.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "aiomedia", "font.size": 9, "text.color": INK})


class Panel(NamedTuple):
    """Figures of one name and unit, a bar for each server."""

    title: str
    figures: Sequence[Figure]


def draw(path: Path, title: str, panels: Sequence[Panel], footer: str) -> None:
    """Panels side by side; those of the same servers share their names at the left."""
    servers = list(dict.fromkeys(figure.server or "" for panel in panels for figure in panel.figures))
    height = BAR * len(servers) + GAP
    canvas = Canvas(figsize=(WIDTH, height), facecolor="white")
    left = MARGIN + LABEL * max(map(len, servers))
    column = (WIDTH - left - MARGIN) / len(panels)
    for place, panel in enumerate(panels):
        box = (left + column * place) / WIDTH, 0.3 / height, 0.9 * column / WIDTH, BAR * len(servers) / height
        axes = canvas.add_axes(box)
        _bars(axes, panel, servers)
        axes.set_yticks(range(len(servers)), servers if place == 0 else [""] * len(servers))
    canvas.text(MARGIN / WIDTH, 1 - 0.22 / height, title, fontsize=12, fontweight="bold", va="center")
    canvas.text(MARGIN / WIDTH, 0.12 / height, footer, fontsize=8, color=FAINT, va="center")
    _save(canvas, path)


def _bars(axes: Axes, panel: Panel, servers: Sequence[str]) -> None:
    """Each with its value behind it, and a line from the smallest to the largest sample."""
    highest = max(max(figure.samples) for figure in panel.figures)
    for figure in panel.figures:
        server = figure.server or ""
        row = servers.index(server)
        axes.barh(row, figure.value, height=0.72, color=OURS if server.startswith("aiomedia") else THEIRS)
        if len(figure.samples) > 1:
            axes.plot(
                (min(figure.samples), max(figure.samples)), (row, row), color=INK, linewidth=1, solid_capstyle="butt"
            )
        end = max(figure.value, max(figure.samples) if len(figure.samples) > 1 else 0)
        axes.text(end + highest * 0.05, row, number(figure.value), va="center", fontsize=8)
    axes.set_xlim(0, highest * 1.4)
    axes.set_ylim(len(servers) - 0.5, -0.5)
    axes.set_title(panel.title, fontsize=9, color=FAINT, loc="left", pad=4)
    axes.set_xticks([])
    axes.tick_params(left=False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(THEIRS)


def _save(canvas: Canvas, path: Path) -> None:
    buffer = io.StringIO()
    canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    # The font that it was laid out with is wide: where a reader has another one, text takes less room, not more.
    drawn = re.sub(r"'DejaVu Sans'(?:, [^;\"]*)?(?=[;\"])", FONTS, buffer.getvalue())
    path.write_text(re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE))
