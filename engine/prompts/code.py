"""Code in a prompt: a program's files, whole while they fit, and other programs as a difference
where that is much shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cladogen.patching.array_files import is_array
from cladogen.patching.array_files import shown as shown_file
from cladogen.patching.evolve_blocks import has_markers, stretches
from cladogen.patching.strict import make_diff
from cladogen.program import Program
from cladogen.prompts.context import Context
from cladogen.prompts.sections import clip, count_tokens, fenced, plain

FENCES = {
    ".py": "python",
    ".c": "c",
    ".h": "c",
    ".cpp": "cpp",
    ".hpp": "cpp",
    ".rs": "rust",
    ".go": "go",
    ".js": "js",
    ".ts": "ts",
    ".sh": "sh",
    ".toml": "toml",
    ".json": "json",
    ".md": "markdown",
}
HEAD, HEAD_NAMES = 36, 2  # characters of a difference of a file, at least, and how often its path
AS_DIFFERENCE = "As a difference from"
SHORTER = 0.6  # a difference is shown where it is no longer than this share of the whole


def files(program: Program, paths: list[str], tokens: int, note: str = "") -> str:
    """Show files, each under its path and whole while it fits; then its evolve blocks, or its head
    and tail. An array is a line; other files that are no text are left out.
    """
    shown, left = [], tokens
    for path in paths:
        text = program.text(path)
        if "\0" in text:
            shown += _array_line(program, path, note)
            continue
        block = _file(path, note, text)
        if count_tokens(block) > left:
            block = _part(path, note, text, left)
        if block:
            shown.append(block)
            left -= count_tokens(block)
    return "\n\n".join(shown)


def _array_line(program: Program, path: str, note: str) -> list[str]:
    """Return the line for an array, none for another file that is no text."""
    if not is_array(path):
        return []
    about = shown_file(path, program.files[path].data)
    return [f"{path}{note} ({about}); no answer can change it."]


def other(
    context: Context, base: int, number: int, tokens: int, besides: Sequence[int] = ()
) -> str:
    """Show a program beside ``base``: as a difference from it, or from one ``besides`` that is
    shown whole, where that is much shorter, else by those of its files that may change and are not
    the same as in the base.
    """
    program = context.record.program(number)
    paths = context.editable(program)
    same = [path for path in paths if _is_in(context, base, program, path)]
    whole = files(program, [path for path in paths if path not in same], tokens)
    short = _short_differences(context, (base, *besides), program, SHORTER * len(whole))
    if not short:
        return _with_same(whole, base, same)
    nearest = min(short, key=lambda each: len(short[each]))
    return _as_difference(nearest, clip(short[nearest], tokens - 40))


def _short_differences(
    context: Context, bases: Sequence[int], program: Program, most: float
) -> dict[int, str]:
    """Return a program as its differences from others, of those with at most so many characters."""
    changes = {base: _much_shorter(context, base, program, most) for base in bases}
    return {base: change for base, change in changes.items() if change}


def fits(context: Context, base: int, number: int, tokens: int) -> bool:
    """Tell whether what is not the same as in ``base`` of a program can be shown whole."""
    program = context.record.program(number)
    unlike = (p for p in context.editable(program) if not _is_in(context, base, program, p))
    return sum(count_tokens(_file(path, "", program.text(path))) for path in unlike) <= tokens


def _is_in(context: Context, base: int, program: Program, path: str) -> bool:
    """Tell whether a file is the same in another program."""
    return program.files[path] == context.record.program(base).files.get(path)


def _with_same(whole: str, base: int, same: Sequence[str]) -> str:
    """Name the files that are the same beside those that are shown."""
    return f"{whole}\n\nAs in #{base}: {', '.join(same)}." if same and whole else whole


def _as_difference(base: int, body: str) -> str:
    return f"{AS_DIFFERENCE} #{base}:\n\n{fenced(body, 'diff')}" if body else ""


def _much_shorter(context: Context, base: int, program: Program, most: float) -> str:
    """Return a program as a difference from another, "" where it has more than ``most``
    characters.
    """
    paths = context.editable(program)
    unlike = [path for path in paths if not _is_in(context, base, program, path)]
    least = sum(HEAD + HEAD_NAMES * len(path) for path in unlike)
    change = difference(context.record.program(base), program) if least <= most else ""
    return change if len(change) <= most else ""


@lru_cache(maxsize=128)  # the best is shown beside the same parents again and again
def difference(before: Program, after: Program) -> str:
    """Return what changes one program into another, without the hashes that a git diff names."""
    lines = make_diff(before, after).splitlines(keepends=True)
    return plain("".join(line for line in lines if not line.startswith("index ")))


def size(context: Context, program: Program) -> int:
    """Return the bytes of the files that may change."""
    return sum(len(program.files[path].data) for path in context.editable(program))


def _file(path: str, note: str, text: str) -> str:
    language = FENCES.get(path[path.rfind(".") :], "")
    return f"{path}{note}\n{fenced(plain(text), language)}"


def _part(path: str, note: str, text: str, left: int) -> str:
    """Show the evolve blocks of a file that is too long, else its head and tail."""
    body = clip(plain(_blocks(text) if has_markers(text) else text), max(0, left - 40))
    return f"{path}{note}, in part\n{fenced(body)}" if body else ""


def _blocks(text: str) -> str:
    """Return the evolve blocks of a file with their markers, and signs of what lies between."""
    parts = [*stretches(text.split("\n")), []]
    shown = [
        [parts[at - 1][-1], *parts[at], *parts[at + 1][:1]] for at in range(1, len(parts) - 1, 2)
    ]
    return "\n[...]\n".join("\n".join(lines) for lines in shown)
