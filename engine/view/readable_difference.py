"""The difference of two programs as a person reads it: a git diff of what is text, a line of each
array.
"""

from __future__ import annotations

from cladogen.patching.array_files import array_difference, is_array
from cladogen.patching.strict import make_diff
from cladogen.program import Program


def readable_difference(before: Program, after: Program) -> str:
    """Return a git diff in which an array or image that changed is one line, not its bytes."""
    said = {}
    for path in sorted({*before, *after}):
        old, new = before.files.get(path), after.files.get(path)
        if old != new and old is not None and new is not None and is_array(path):
            said[path] = array_difference(path, old.data, new.data)
    stated = {path: line for path, line in said.items() if line}
    if not stated:
        return make_diff(before, after)
    text = make_diff(_without(before, stated), _without(after, stated))
    return text + "".join(f"{line}\n" for line in stated.values())


def _without(program: Program, paths: dict[str, str]) -> Program:
    return Program.of({path: file for path, file in program.files.items() if path not in paths})
