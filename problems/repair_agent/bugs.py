"""Bugs: one symbol of a right function is replaced by another, so that some visible test fails."""

import re
import sys
from pathlib import Path

from functions import HELD_OUT, SOURCES, arguments

sys.path.append(
    str(Path(__file__).parent / "seed")
)  # the language is part of every program, and of the scorer
from minilang import Failure, call, parse

VISIBLE, HIDDEN = 8, 40
SYMBOL = re.compile(r"\d+|[A-Za-z_]\w*|[<>=!]=|//|[-+*%<>]")
SWAPS = [
    ["<", "<=", ">", ">="],
    ["==", "!="],
    ["+", "-"],
    ["*", "//", "%"],
    ["and", "or"],
    ["min", "max"],
]
KEYWORDS = {
    "def",
    "while",
    "for",
    "in",
    "if",
    "elif",
    "else",
    "return",
    "range",
    "len",
    "abs",
    "append",
}


def edits(source):
    """Return every (line, text) that replaces one symbol below the first line."""
    lines = source.splitlines()
    names = sorted(
        {found for line in lines for found in re.findall(r"[A-Za-z_]\w*", line)}
        - KEYWORDS
        - {"and", "or", "min", "max"}
    )
    names.remove(lines[0].split("(")[0].removeprefix("def "))
    for number, line in enumerate(lines[1:], 2):
        for match in SYMBOL.finditer(line):
            for symbol in others(match.group(), names):
                yield number, line[: match.start()] + symbol + line[match.end() :]


def others(symbol, names):
    """Return what may stand in a symbol's place."""
    if symbol.isdigit():
        return [str(int(symbol) + 1), *([str(int(symbol) - 1)] if int(symbol) else [])]
    if symbol in names:
        return [name for name in names if name != symbol]
    return [other for group in SWAPS if symbol in group for other in group if other != symbol]


def patched(source, number, text):
    """Return the source with one line replaced."""
    lines = source.splitlines()
    lines[number - 1] = text
    return "\n".join(lines) + "\n"


def outcome(function, args):
    """Return what a function gives, or why it gives nothing; values of different types differ."""
    try:
        value = call(function, args)
    except Failure as failure:
        return ("failure", str(failure))
    return ("value", type(value).__name__, value)


def passes(source, tests):
    """Tell whether the source passes all tests."""
    try:
        function = parse(source)
    except Failure:
        return False
    return all(outcome(function, args) == wanted for args, wanted in tests)


def tasks(count, rng):
    """Return (name, split, buggy source, visible tests, hidden tests), ``count`` bugs for each
    function.
    """
    found = []
    for name, source in SOURCES.items():
        right = parse(source)
        drawn = [arguments(name, rng) for _ in range(VISIBLE + HIDDEN)]
        tests = [(args, outcome(right, args)) for args in drawn]
        candidates = list(edits(source))
        bugs = []
        for at in rng.permutation(len(candidates)):
            buggy = patched(source, *candidates[at])
            if len(bugs) < count and readable(buggy) and not passes(buggy, tests[:VISIBLE]):
                bugs.append(buggy)
        split = "heldout" if name in HELD_OUT else "train"
        found += [
            (f"{name}-{at}", split, bug, tests[:VISIBLE], tests) for at, bug in enumerate(bugs)
        ]
    return found


def readable(source):
    """Tell whether the source is a function at all."""
    try:
        parse(source)
    except Failure:
        return False
    return True
