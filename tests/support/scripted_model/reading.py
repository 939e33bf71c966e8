"""What the scripted model takes from a prompt: programs with their scores, what was tried, and the words around it.

It reads headings, code in fences, tables and lists, as anybody would, and knows no version of the engine's texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cladogen.errors import PatchRefused
from cladogen.patch import apply_diff
from cladogen.program import File, Program

FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)
LABEL = re.compile(r"#(\d+)")
IDEA = re.compile(r"Put version (\d+) of ([a-z0-9 ]+?)[.,;:]")
NUMBER = r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
UP, DOWN = ("better",), ("worse", "no change", "refused", "duplicate", "crash", "invalid", "timeout", "no_reply",
                         "could not be applied", "failed", "same as", "same program", "made nothing new")  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a prompt says. ``shown`` are the texts of programs by number, ``scores`` the objective by number, as far as
    they are said; ``tried`` says of an idea whether it helped."""

    parent: int
    shown: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    scores: Mapping[int, float] = field(default_factory=dict)
    tried: Mapping[tuple[str, int], bool] = field(default_factory=dict)
    words: str = ""
    form: str = "diff"
    operator: str = "diff"

    def best_shown(self, sign: float) -> int:
        """Return the best of the programs whose code can be seen."""
        known = [number for number in self.shown if number in self.scores]
        return max(
            known, key=lambda number: (sign * self.scores[number], number), default=self.parent
        )


def read(prompt: str, objective: str) -> Reading:
    """Return what a prompt says of a problem whose objective has this name."""
    sections = re.split(r"^## ", prompt, flags=re.MULTILINE)
    parent = next(
        int(found[1]) for section in sections if (found := re.match(r"Program #(\d+)", section))
    )
    shown: dict[int, Mapping[str, str]] = {}
    for section in sections:
        for number, body in _labelled(section):
            files = _files(body)
            if files and number not in shown:
                shown[number] = {**shown.get(parent, {}), **files}
            elif number not in shown and (found := _applied(shown, parent, body)):
                shown[number] = found
    return Reading(
        parent, shown, _scores(prompt, objective), _tried(prompt), prompt, _form(prompt), _operator(prompt),
    )  # fmt: skip


def _labelled(section: str) -> list[tuple[int, str]]:
    """Split a section where a line outside of code names a program just before code."""
    parts, number, last = [], None, 0
    for fence in FENCE.finditer(section):
        named = [int(found[1]) for found in re.finditer(r"^(?:Program |The |Another |Best )?[^\n`|]*?#(\d+)",
                                                        section[last : fence.start()], re.MULTILINE)]  # fmt: skip
        number = named[0] if named else number
        if number is not None:
            parts.append((number, section[last : fence.end()]))
        last = fence.end()
    joined: dict[int, str] = {}
    for number, body in parts:
        joined[number] = joined.get(number, "") + body
    return list(joined.items())


def _files(body: str) -> dict[str, str]:
    """Return whole files: a path on the line before its code."""
    found = {}
    for fence in FENCE.finditer(body):
        path = body[: fence.start()].rstrip("\n").rpartition("\n")[2].split(" ")[0].strip("`:")
        if fence[2] != "diff" and re.fullmatch(r"[\w./-]+\.\w+", path):
            found[path] = fence[3] + "\n"
    return found


def _applied(
    shown: Mapping[int, Mapping[str, str]], parent: int, body: str
) -> dict[str, str] | None:
    """Return the files that a difference makes of those of the program that it names, or of the
    parent's.
    """
    named = re.search(r"^As a difference from #(\d+):", body, re.MULTILINE)
    base = shown.get(int(named[1]) if named else parent)
    if base is None:
        return None
    diff = next((fence[3] for fence in FENCE.finditer(body) if fence[2] == "diff"), None)
    if diff is None:
        return None
    program = Program.of({path: File(text.encode()) for path, text in base.items()})
    try:
        made = apply_diff(program, diff + "\n")
    except PatchRefused:
        return None
    return {path: made.text(path) for path in made}


def _scores(prompt: str, objective: str) -> dict[int, float]:
    """Return the objective of programs, from tables with its name over a column, and from sentences."""
    found: dict[int, float] = {}
    column = None
    for line in prompt.splitlines():
        cells = (
            [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        )
        if not cells:
            column = None
        elif any(objective in cell for cell in cells[1:]) and not re.match(r"#\d", cells[0]):
            column = next(at for at, cell in enumerate(cells) if at and objective in cell)
        elif column is not None and column < len(cells):
            label, value = re.match(r"#(\d+)", cells[0]), re.match(NUMBER, cells[column])
            if label and value:
                found.setdefault(int(label[1]), float(value[1]))
        if said := re.match(rf"Program #(\d+) .*?\b{objective} {NUMBER} against", line):
            found.setdefault(int(said[1]), float(said[2]))
    return found


def _tried(prompt: str) -> dict[tuple[str, int], bool]:
    """Return the ideas of its own that a list names, and whether they helped; the last word counts."""
    found = {}
    for line in prompt.splitlines():
        for idea in IDEA.finditer(line):
            verdict = helped(line[idea.end() :])
            if verdict is not None:
                found[idea[2], int(idea[1])] = verdict
    return found


def helped(words: str) -> bool | None:
    """Return whether some words after an idea say that it helped; None where they say nothing."""
    if change := re.search(rf"fitness {NUMBER} -> {NUMBER}", words):
        return float(change[2]) > float(change[1])
    worse = min((at for word in DOWN if (at := words.find(word)) >= 0), default=len(words))
    better = min((at for word in UP if (at := words.find(word)) >= 0), default=len(words))
    return better < worse if min(worse, better) < len(words) else None


def _form(prompt: str) -> str:
    last = prompt.rpartition("Answer in")[2]
    signs = {"blocks": ("<<<<<<< SEARCH", "SEARCH/REPLACE"), "diff": ("```diff", "git diff")}
    return next(
        (form for form, words in signs.items() if any(word in last for word in words)), "whole"
    )


def _operator(prompt: str) -> str:
    task = prompt.rpartition("## Task")[2].partition("\n## ")[0]
    signs = {
        "cross": "what each does better", "rewrite": "anew", "revise": "leave that direction", "refine": "Simplify",
        "transfer": "Carry its idea over", "paradigm": "three approaches",
    }  # fmt: skip
    return next((name for name, sign in signs.items() if sign in task), "diff")
