"""The files that a proposer without a model may change."""

from __future__ import annotations

from cladogen.problem import Problem
from cladogen.program import Program, matches


def editable_files(problem: Problem, program: Program) -> list[str]:
    """Return the text files of a program that the problem lets change, in order."""
    return [
        path
        for path, file in program.files.items()
        if matches(path, problem.editable) and file.data and b"\0" not in file.data
    ]
