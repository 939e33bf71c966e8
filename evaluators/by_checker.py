"""A scorer made of a checker program, as contests have them: it reads input, output and answer.

The checker is built and run in the scorer's sandbox, which holds no candidate, so its scores are
certified. A checker of testlib's kind ends with 0 (right), 7 (points) or 1, 2, 8 (wrong), and
may say ``Ratio: 0.83``; a tester of AtCoder's kind ends its words with ``Score = 123``.
"""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cladogen.scoring import Case, Invalid, Scored

POINTS, WRONG = 7, (1, 2, 8)  # exit codes of testlib; others are the checker's own failure
BUILD_S, CHECK_S = 240.0, 60.0  # testlib takes seconds to compile, and minutes on a busy machine
_RATIO = re.compile(r"\bRatio: ([0-9.eE+-]+)")
_POINTS = re.compile(r"^(?:partially correct \((\d+)\)|points ([0-9.eE+-]+))")
_SCORE = re.compile(r"Score = (-?[0-9.]+)\s*$")


def cases_of(folder: Path, parameters: Mapping[str, Any]) -> list[Case]:
    """Return a case for each input of ``cases/``; every fifth is held out where there are ten.

    The checker is built here, for outputs are scored by forks of the process that gives the cases.
    """
    _checker(folder, parameters)
    inputs = sorted((folder / "cases").glob("*.in"), key=_number)
    if not inputs:
        inputs = _generated(folder, parameters)
    splits = ["train"] * 4 + ["heldout" if len(inputs) >= 10 else "train"]
    return [
        Case(path.stem, path.read_text(), splits[at % 5], _answer(path))  # type: ignore[arg-type]
        for at, path in enumerate(inputs)
    ]


def score_of(folder: Path, case: Case, output: Any, parameters: Mapping[str, Any]) -> Scored:
    """Return what the checker says of an output; Invalid where it is wrong."""
    if not isinstance(output, str):
        raise Invalid("the program wrote no text")
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / name for name in ("in.txt", "out.txt", "ans.txt")]
        for path, text in zip(paths, (case.input, output, case.answer or ""), strict=True):
            path.write_text(text)
        given = paths[:2] if parameters["kind"] == "tester" else paths
        done = _run([_checker(folder, parameters), *map(str, given)], CHECK_S, place)
    said = f"{done.stdout}\n{done.stderr}".strip()
    read = _tester_score if parameters["kind"] == "tester" else _checker_score
    return Scored({"score": read(done, said)}, said[-500:])


def _checker_score(done: subprocess.CompletedProcess[str], said: str) -> float:
    """Return the share of the points that a checker gives, in [0, 1]."""
    if done.returncode == 0:
        ratio = _RATIO.search(said)
        return _share(ratio[1]) if ratio else 1.0
    partial = _partial_score(said) if done.returncode == POINTS else None
    if partial is not None:
        return partial
    if done.returncode in WRONG:
        raise Invalid(said[:300] or "the checker says that the output is wrong")
    raise RuntimeError(f"the checker failed with status {done.returncode}: {said[-300:]}")


def _partial_score(said: str) -> float | None:
    """Return the share that a checker says in words, None where it says none."""
    ratio, points = _RATIO.search(said), _POINTS.match(said)
    if ratio:
        return _share(ratio[1])
    return _points(points) if points else None


def _points(found: re.Match[str] | None) -> float:
    assert found is not None
    return _share(found[2] or str(float(found[1]) / 100))


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise RuntimeError(f"the checker gave {text}, which is no share of the points")
    return value


def _tester_score(done: subprocess.CompletedProcess[str], said: str) -> float:
    """Return the score that a tester ends its words with."""
    found = _SCORE.search(done.stderr.strip()) or _SCORE.search(done.stdout.strip())
    if done.returncode or found is None or "wrong answer" in said.lower():
        raise Invalid(said[-300:] or "the tester gave no score")
    return float(found[1])


@functools.cache
def _built(source: str) -> str:
    """Build a checker once for the life of this process and its forks; return the program."""
    target = str(Path(tempfile.mkdtemp(prefix="checker-")) / "checker")
    folder = str(Path(source).parent)
    command = ["g++", "-O1", "-std=gnu++17", "-I", folder, "-o", target, source]
    done = _run(command, BUILD_S, folder)
    if done.returncode:
        raise RuntimeError(f"{source} does not build: {done.stderr.strip()[-500:]}")
    return target


def _checker(folder: Path, parameters: Mapping[str, Any]) -> str:
    path = str(folder / "judge" / parameters["checker"])
    return path if parameters["kind"] == "tester" else _built(path)


def _run(command: Sequence[str], seconds: float, place: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
            cwd=place,
        )  # fmt: skip
    except FileNotFoundError:
        raise RuntimeError(f"{command[0]} is not where the scorer runs; install it") from None
    except OSError as error:
        raise RuntimeError(f"{command[0]} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{Path(command[0]).name} took longer than {seconds:g} s") from None


def _generated(folder: Path, parameters: Mapping[str, Any]) -> list[Path]:
    """Have the problem's generator write the inputs of its seeds."""
    place = Path(tempfile.mkdtemp(prefix="inputs-"))
    seeds = parameters.get("seeds") or []
    (place / "seeds.txt").write_text("".join(f"{seed}\n" for seed in seeds))
    done = _run([str(folder / "judge" / "gen"), "seeds.txt"], BUILD_S, str(place))
    found = sorted((place / "in").glob("*.txt"))
    if done.returncode or len(found) != len(seeds):
        raise RuntimeError(f"gen made {len(found)} of {len(seeds)} inputs: {done.stderr[-300:]}")
    return found


def _answer(path: Path) -> str:
    answer = path.with_suffix(".ans")
    return answer.read_text() if answer.is_file() else ""


def _number(path: Path) -> tuple[int, str]:
    return (int(path.stem) if path.stem.isdigit() else 0, path.stem)
