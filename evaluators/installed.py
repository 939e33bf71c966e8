"""What a program finds where it runs, asked inside the sandbox: Python and its packages, or the
compiler.
"""

from __future__ import annotations

from dataclasses import replace

from cladogen.evaluation import Status
from cladogen.problem import Problem
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Job, Sandbox

PACKAGES = ("numpy", "scipy", "numba", "sympy", "networkx", "pandas", "torch", "jax")
COMPILERS = ("gcc", "g++", "clang", "clang++", "rustc", "go", "node", "cc", "c++")
PATIENCE_S = 60.0  # a busy machine is no reason to say nothing
PROBE = """
import importlib.metadata
import importlib.util
import platform


def run(names):
    found = {}
    for name in names:
        try:
            found[name] = importlib.util.find_spec(name) and importlib.metadata.version(name) or ""
        except Exception:  # whatever a broken package raises, it is not installed
            found[name] = ""
    return [platform.python_version(), found]
"""


async def installed(problem: Problem, sandbox: Sandbox) -> str:
    """Return in one line what is installed, "" when the sandbox could not say."""
    if isinstance(problem.entry, str):
        said = await _answer(problem, sandbox, "probe.py:run", {"probe.py": PROBE}, PACKAGES)
        return _python(said) if isinstance(said, list) else ""
    compiler = next(iter(problem.build or problem.entry), "")
    if compiler not in COMPILERS:
        return ""
    script = f'read line; printf \'"%s"\' "$({compiler} --version | head -n 1 | tr -d \'\\"\')"'
    said = await _answer(problem, sandbox, ("sh", "-c", script), {"probe": ""}, ())
    if not isinstance(said, str) or not said:
        return ""
    flags = " ".join(word for word in problem.build if word.startswith("-") and word != "-o")
    return f"{said}, flags {flags}" if flags else said


def _python(said: list[object]) -> str:
    """Put versions into words; of NumPy and SciPy also that they are missing."""
    version, found = said
    assert isinstance(found, dict)
    have = [f"{name} {number}" for name, number in found.items() if number]
    lack = [name for name in PACKAGES[:2] if not found.get(name)]
    words = ", ".join([f"Python {version}", *have])
    return words + (f"; not {' nor '.join(lack)}" if lack else "")


async def _answer(
    problem: Problem,
    sandbox: Sandbox,
    entry: str | tuple[str, ...],
    files: dict[str, str],
    value: object,
) -> object:
    """Run a probe on a value under the problem's limits; None when it gave nothing."""
    job = Job(
        {path: File(text.encode()) for path, text in files.items()},
        entry,
        (Call(wire.encode(value)),),
        replace(problem.limits, time_s=max(PATIENCE_S, problem.limits.time_s)),
        program="probe",
    )
    (execution,) = await sandbox.run(job)
    if execution.status is not Status.OK or execution.output is None:
        return None
    return wire.decode(execution.output)
