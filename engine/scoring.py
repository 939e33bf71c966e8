"""What a problem's scorer imports: cases, scores, and the way to say that an output is not
acceptable.

A scorer is one trusted file with two functions::

    def cases(parameters) -> list[Case]
    def score(case, output) -> Scored | float | dict

and, when a metric comes from the program's text and not from what it returned, a third one::

    def describe(texts) -> dict[str, float]        # texts: path -> text of every editable file

What a program returned may be a program itself: a scorer with a fourth function has it run, in a
sandbox, and is told what came of it::

    def launch(case, output) -> Launch             # what to run, on which inputs
    def score(case, output, ran) -> ...            # ran: a Ran for each input, in order

Where cases evolve against programs (``[coevolution]`` in problem.toml), two more make them::

    def generate(genes, parameters) -> data        # of a generator's numbers, with a random "seed"
    def admit(data, parameters) -> Case            # raises Invalid for data that are no case

``score`` depends on the case and the output alone: equal outputs are scored once. What the
candidate returned reaches it decoded (JSON values and NumPy arrays) but otherwise unchecked;
`numbers`, `array` and `integers` check and convert.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cladogen.source.c import token_count
from cladogen.source.size import Invalid, program_size

if TYPE_CHECKING:
    from cladogen.outputs import array, integers, number

__all__ = [
    "Case",
    "Invalid",
    "Launch",
    "Ran",
    "Scored",
    "array",
    "integers",
    "number",
    "program_size",
    "token_count",
]


Split = Literal["train", "heldout", "sealed"]
SPLITS: tuple[Split, ...] = ("train", "heldout", "sealed")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to be good at. ``input`` is all that a candidate sees; ``answer`` never leaves the
    scorer.

    Held-out cases are run only for the final choice, sealed ones only when ``evolve verify
    --sealed`` opens them. Cases with equal inputs share one run of the
    program.
    """

    name: str
    input: Any = None
    split: Split = "train"
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Scored:
    """The metrics of one output, and words for whoever proposes the next program.

    ``picture`` is PNG or SVG, or a function that draws it, which is called only where the picture
    is kept; one that will not do costs nothing of the score.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""
    picture: bytes | Callable[[], bytes] = b""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run of an output: ``command`` among ``files`` (path -> text), once for each of
    ``inputs``, a text on its standard input, for at most ``time_s`` seconds each; ``build`` before.
    """

    files: Mapping[str, str]
    command: tuple[str, ...]
    inputs: tuple[str, ...]
    build: tuple[str, ...] = ()
    time_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one input: ``status`` "ok" (exit status 0), or why not in a word ("crash",
    "timeout", "missing", ...; a build that failed is a crash); what was written to standard output;
    the end of what was written to standard error, or what the sandbox says.
    """

    status: str
    output: str = ""
    error: str = ""


def __getattr__(name: str) -> Any:
    # NumPy is half of what a scorer's process takes to start, and not every scorer checks arrays.
    if name not in ("array", "integers", "number"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("cladogen.outputs"), name)
