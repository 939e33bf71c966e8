"""What a program finds where it runs, asked inside the sandbox: Python and its packages, or the
compiler.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from cladogen.evaluation import Status
from cladogen.problem import Problem
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Job, Sandbox

PACKAGES = ("numpy", "scipy", "numba", "sympy", "networkx", "pandas", "torch", "jax")
COMPILERS = ("gcc", "g++", "clang", "clang++", "rustc", "go", "node", "cc", "c++")
GNU, NATIVE = ("gcc", "g++"), "-march=native"
VECTORS = ("fma", "avx2", "avx512f")
MACHINE = (  # the machine's name, then the macros of what it has
    "( {compiler} -march=native -Q --help=target | grep -m 1 -- -march= | cut -d= -f2; "
    "{compiler} -march=native -dM -E -x c /dev/null | grep -oE '__(FMA|AVX2|AVX512F)__' "
    "| sort -u ) 2>/dev/null"
)
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
    words = _build_words(problem)
    compiler = next((word for word in words if word in COMPILERS), "")
    return await _compiler(problem, sandbox, compiler, words) if compiler else ""


async def _compiler(problem: Problem, sandbox: Sandbox, compiler: str, words: Sequence[str]) -> str:
    """Return the version of a compiler, its flags, and what it makes of a request for the
    machine's own instructions.
    """
    version = await _said(problem, sandbox, f"{compiler} --version | head -n 1")
    if not version:
        return ""
    flags = _flags(problem.build)
    line = f"{version}, flags {flags}" if flags else version
    if compiler not in GNU or NATIVE not in words:
        return line
    native = await _said(problem, sandbox, MACHINE.format(compiler=compiler))
    return f"{line}{_native(native.split())}"


def _flags(build: Sequence[str]) -> str:
    return " ".join(word for word in build if word.startswith("-") and word != "-o")


def _build_words(problem: Problem) -> list[str]:
    """Return the words of what builds a program: the command's, or those of the script that it
    runs, as the seed program has it.
    """
    command = problem.build or problem.entry
    if command and command[0] in COMPILERS:
        return list(command)
    seeds = problem.begins_with[:1]
    scripts = [seed.text(path) for seed in seeds for path in command if path in seed]
    lines = itertools.filterfalse(_is_comment, "\n".join(scripts).splitlines())
    return list(itertools.chain.from_iterable(map(str.split, lines)))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _native(said: list[str]) -> str:
    """Say what the compiler takes this machine for, and which vectors it has."""
    if not said:
        return ""
    have = [name for name in VECTORS if f"__{name.upper()}__" in said]
    return f"; -march=native means {said[0]}" + (f", with {', '.join(have)}" if have else "")


async def _said(problem: Problem, sandbox: Sandbox, command: str) -> str:
    """Return what a shell command writes there, "" for nothing."""
    words = "tr -s '[:space:]' ' ' | tr -cd '[:print:]' | tr -d '\\\"'"  # what JSON takes as it is
    script = f'read line; printf \'"%s"\' "$( {command} | {words} )"'
    said = await _answer(problem, sandbox, ("sh", "-c", script), {"probe": ""}, ())
    return said.strip() if isinstance(said, str) else ""


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
