"""Short tours through random points, in several languages: one scorer, and a program that any
language can read a case for and write an answer.
"""

from __future__ import annotations

from cladogen.cli.templates.tour_programs import CPP, JAVASCRIPT, RUST, SOLVE, TOUR

_TOML = """\
name = "NAME"

[program]
editable = ["EDITABLE"]        # globs; every other file of the seed is read-only
ENTRY

[objective]
metric = "length"
# target = 0.8                 # the run ends when it is reached

[metrics.length]
direction = "minimize"
low = 0.7                      # with a range, values also count as successes in [0, 1]
high = 1.7

[metrics.size]
direction = "minimize"
unit = "UNIT"

[[features]]                   # what keeps programs different from one another in the archive
metric = "size"
bins = 10
scale = "log"
low = LOW
high = HIGH

[[stages]]                     # cheap cases first; who is no good there is not run on the rest
cases = ["train-0"]
at_most = 1.5

[limits]
time_s = 2.0
memory_mb = 512

[parameters]                   # handed to the scorer, with the run's seed as "seed"
cities = 60
"""

_SCORER = '''\
"""Trusted: draws the cases, and measures each returned tour itself. The program never sees this
file.
"""

import numpy as np

from cladogen.scoring import Case, Invalid, Scored, integersIMPORTED


def cases(parameters):
    """Return the cases; held-out ones are run only for the final choice."""
    rng = np.random.default_rng(parameters["seed"])
    found = []
    for split, count in (("train", 4), ("heldout", 8)):
        for at in range(count):
            points = rng.random((parameters["cities"], 2)).round(6).tolist()
            found.append(Case(f"{split}-{at}", {"points": points}, split))
    return found


def score(case, output):
    """Return the metrics of one output, or raise Invalid for one that is no tour."""
    points = np.array(case.input["points"])
    order = integers(output, (len(points),), 0, len(points) - 1, "the tour")
    if len(set(order.tolist())) < len(order):
        raise Invalid("the tour visits a point twice")
    steps = points[order] - points[np.roll(order, 1)]
    length = float(np.sqrt((steps**2).sum(axis=1)).sum() / np.sqrt(len(points)))
    return Scored({"length": length}, f"longest step {np.sqrt((steps**2).sum(axis=1)).max():.3f}")


def describe(texts):
    """Return metrics of the program's text."""
    return {"size": SIZE}
'''

_STATEMENT = """\
# Short tours

Visit every point once and return to the first, by a short way. The input holds `points`, a list of
[x, y] in the unit square; return the order in which to visit them, as a list of indices. The score
is the length of the closed tour, over the square root of the number of points; lower is better. The
shortest tours through many random points are about 0.71.
"""

_PYTHON_ENTRY = (
    'entry = "tour.py:run"          # called with the input of a case; what it '
    "returns is the output"
)
_COMMAND_ENTRY = """\
command = ["python3", "solve.py"]   # or any other, with build = [...] before it"""
_CPP_ENTRY = """\
build = ["g++", "-std=c++17", "-O2", "-o", "solve", "solve.cpp"]   # once for each program
command = ["./solve"]"""
_RUST_ENTRY = """\
build = ["rustc", "-O", "-o", "solve", "solve.rs"]   # once for each program
command = ["./solve"]"""
_JAVASCRIPT_ENTRY = 'command = ["node", "solve.js"]'

# How programs are measured: the function of cladogen.scoring or none, the unit, the usual range.
NODES = ("program_size", "nodes", 20, 500)
_TOKENS = ("token_count", "tokens", 100, 1500)
_CHARACTERS = ("", "characters", 300, 6000)


def tour_files(
    editable: str, entry: str, programs: dict[str, str], size: tuple[str, str, int, int]
) -> dict[str, str]:
    """Return the files of a problem whose programs, path -> text in the seed, are tours.
    ``editable`` is what may change, ``size`` how its length is counted.
    """
    counting, unit, low, high = size
    each = f"{counting}(text)" if counting else "len(text)"
    toml = _TOML.replace("EDITABLE", editable).replace("ENTRY", entry).replace("UNIT", unit)
    scorer = _SCORER.replace("IMPORTED", f", {counting}" if counting else "")
    return {
        "problem.toml": toml.replace("LOW", str(low)).replace("HIGH", str(high)),
        "statement.md": _STATEMENT,
        "scorer.py": scorer.replace("SIZE", f"sum({each} for text in texts.values())"),
        **{f"seed/{path}": text for path, text in programs.items()},
    }


def _with_dockerfile(files: dict[str, str], package: str) -> dict[str, str]:
    """Return files with a Dockerfile that installs a package, which Docker alone needs: elsewhere
    the machine's own tools are used.
    """
    toml = files["problem.toml"] + (
        "\n# In Docker the tool must be in the image: uncomment this, and pull a base once\n"
        "# (docker pull python:3.x-slim). Elsewhere your machine's own tool is used.\n"
        '# [sandbox]\n# dockerfile = "Dockerfile"\n'
    )
    dockerfile = (
        "ARG BASE\nFROM $BASE\n"
        f"RUN apt-get update && apt-get install -y --no-install-recommends {package}\n"
    )
    return {**files, "problem.toml": toml, "Dockerfile": dockerfile}


TOURS = {
    "python": tour_files("tour.py", _PYTHON_ENTRY, {"tour.py": TOUR}, NODES),
    "command": tour_files("solve.py", _COMMAND_ENTRY, {"solve.py": SOLVE}, NODES),
    "cpp": tour_files("solve.cpp", _CPP_ENTRY, {"solve.cpp": CPP}, _TOKENS),
    "rust": _with_dockerfile(
        tour_files("solve.rs", _RUST_ENTRY, {"solve.rs": RUST}, _CHARACTERS), "rustc"
    ),
    "javascript": _with_dockerfile(
        tour_files("solve.js", _JAVASCRIPT_ENTRY, {"solve.js": JAVASCRIPT}, _CHARACTERS), "nodejs"
    ),
}
