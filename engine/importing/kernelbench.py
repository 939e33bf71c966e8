"""KernelBench's layout: one file with ``Model``, ``get_inputs`` and ``get_init_inputs``."""

from __future__ import annotations

import re
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.importing.found import Found, ImportOptions, plain_name

PROGRAM = "model.py"
TIME_S = 300.0
_PARTS = (r"^class Model\b", r"^def get_inputs\b", r"^def get_init_inputs\b")
STATEMENT = """\
Write `ModelNew`, a PyTorch module that computes what `Model` computes, faster, on a GPU. It is made
with the same arguments and from the same random seed as the reference; outputs must agree within
1e-4 (1e-2 in half precision).
"""


def recognised(path: Path) -> bool:
    """Tell whether a file has this layout."""
    if path.suffix != ".py" or not path.is_file():
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return all(re.search(part, text, re.M) for part in _PARTS)


def read(path: Path, choice: ImportOptions) -> Found:
    """Return what the file comes to: the reference as ``ModelNew``, to be made faster."""
    if not recognised(path):
        raise ProblemError(f"{path}: no Model, get_inputs and get_init_inputs")
    text = path.read_text(encoding="utf-8")
    program = re.sub(r"\bModel\b", "ModelNew", text)
    objective = choice.objective or "speedup"
    found = Found(
        "KernelBench",
        plain_name(path.stem),
        PROGRAM,
        {PROGRAM: program.encode(), "evaluator/reference.py": text.encode()},
        {"kind": "kernelbench", "program": PROGRAM, "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        statement=STATEMENT,
        shows_evaluator=True,
        limits={"time_s": TIME_S, "memory_mb": 16_384},
        sandbox={"gpus": "1", "exclusive": True},
        requirements=["torch"],
    )
    found.notes.append(
        "needs a GPU that Docker can give; without one no sandbox opens, and it says so"
    )
    found.notes.append("a speedup over 10 is refused: look at such a program by hand")
    return found
