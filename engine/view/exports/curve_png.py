"""The best so far of some runs as a PNG picture, by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cladogen.errors import ConfigError
from cladogen.formatting import one_line
from cladogen.view.exports.curve import COLOURS, HEIGHT, WIDTH, CurveLine

DPI = 200


def write_png(lines: Sequence[CurveLine], title: str, across: str, path: Path) -> None:
    """Write the picture; raises ConfigError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError(
            f"{path}: matplotlib, which draws PNG, is not installed; get it with: pip install "
            "'cladogen[plot]', or name a file that ends in .svg"
        ) from None
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.set_title(_plain(title), loc="left", fontsize=11)
    axes.set_xlabel(across)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e3e3df")
    for index, line in enumerate(lines):
        if line.points:
            colour = COLOURS[index % len(COLOURS)]
            if line.band:
                x, low, high = zip(*line.band, strict=True)
                axes.fill_between(x, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
            name = _plain(one_line(line.name, 30))
            axes.step(*zip(*line.points, strict=True), where="post", color=colour, label=name)
    if any(line.points for line in lines):
        axes.legend(frameon=False)
    else:
        axes.text(0.5, 0.5, "no program has a score", transform=axes.transAxes, ha="center")
    figure.savefig(path, format="png")


def _plain(text: str) -> str:
    """Return text that matplotlib takes for no formula."""
    return one_line(text).replace("$", r"\$")
