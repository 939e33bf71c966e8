"""What proposers without a model share: the files they may change, and the diff they hand over."""

from __future__ import annotations

import difflib

from cladogen.program import matches
from cladogen.problem import Problem
from cladogen.program import Program


def editable_files(problem: Problem, program: Program) -> list[str]:
    """Return the text files of a program that the problem lets change, in order."""
    return [
        path for path, file in program.files.items()
        if matches(path, problem.editable) and file.data and b"\0" not in file.data
    ]  # fmt: skip


def diff(old: Program, new: Program) -> str:
    """Return the git diff that makes ``new`` of ``old``."""
    parts = []
    for path in old:
        if new.files[path] != old.files[path]:
            parts.append(f"diff --git a/{path} b/{path}\n")
            lines = difflib.unified_diff(
                old.text(path).splitlines(keepends=True),
                new.text(path).splitlines(keepends=True),
                f"a/{path}",
                f"b/{path}",
            )
            for line in lines:
                parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)
