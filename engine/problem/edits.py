"""What differs between two states of a problem folder, and whether it could change a score.

The statement, the prompts, what ``[defaults]`` say and more time for a program decide what is asked
and how long is waited; everything else decides what a score is.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cladogen.problem.problem import Problem
from cladogen.problem.read import STATEMENT, read
from cladogen.sandboxes.base import Limits

LEFT_OUT = frozenset({"__pycache__", ".git", "runs"})
PROMPTS = "prompts"
SETTINGS = "problem.toml"
# Fields of a problem that say nothing about scores, or whose values are files, which are compared.
FREE = frozenset(
    {"folder", "statement", "seeds", "scorer", "defaults", "variants", "target", "best_known"}
)


@dataclass(frozen=True, slots=True)
class Edits:
    """The paths that differ, and why scores are not comparable any more ("": they are)."""

    paths: tuple[str, ...]
    why: str


def edits(before: Path, now: Path, variant: str = "") -> Edits:
    """Compare two states of a problem folder; raises ProblemError when one cannot be read."""
    paths = _changed(before, now)
    if not paths:
        return Edits((), "")
    old, new = _values(before), _values(now)
    free = {SETTINGS, old.get("statement", STATEMENT), new.get("statement", STATEMENT)}
    decisive = _decisive(paths, free)
    if decisive:
        return Edits(paths, f"{decisive} has changed")
    if old.get("seeds") != new.get("seeds"):
        return Edits(paths, "seeds has changed")
    first, second = (read(folder, variant, seeds=False) for folder in (before, now))
    return Edits(paths, _difference(first, second))


def _decisive(paths: Sequence[str], free: Collection[str]) -> str:
    """Return the first file that may make scores another thing, "" for none."""
    return next((path for path in paths if path not in free and not _is_words(path)), "")


def _changed(before: Path, now: Path) -> tuple[str, ...]:
    """Return the files that only one of two folders has, or that differ."""
    old, new = file_hashes(before), file_hashes(now)
    return tuple(sorted(path for path in {*old, *new} if old.get(path) != new.get(path)))


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its path, without caches and version control."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_of(folder)
    }


def folder_hash(folder: Path) -> str:
    """Return the SHA-256 of a problem folder: paths and bytes."""
    digest = hashlib.sha256()
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix().encode()
        digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """Yield a problem folder's files in order, without caches and version control."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not LEFT_OUT & set(path.relative_to(folder).parts):
            yield path


def _values(folder: Path) -> dict[str, Any]:
    """Return what ``problem.toml`` says, nothing where it cannot be read (`read` says why)."""
    try:
        return tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _is_words(path: str) -> bool:
    """Tell whether a file is for people or models to read: a page beside the rest, a prompt."""
    top, _, below = path.partition("/")
    return top == PROMPTS or (not below and path.endswith(".md"))


def _difference(first: Problem, second: Problem) -> str:
    """Return what of two problems makes their scores another thing, "" when nothing does."""
    if not _as_wide(first.limits, second.limits):
        return "[limits] has changed"
    if second.scorer_time_s < first.scorer_time_s:
        return "scorer.time_s has become less"
    changed = _changed_field(
        first, replace(second, limits=first.limits, scorer_time_s=first.scorer_time_s)
    )
    return f"{changed} has changed" if changed else ""


def _changed_field(first: Problem, second: Problem) -> str:
    names = (field.name for field in fields(first) if field.name not in FREE)
    return next((name for name in names if getattr(first, name) != getattr(second, name)), "")


def _as_wide(first: Limits, second: Limits) -> bool:
    """Tell whether the second limits give a program no less time, and are else the same."""
    same = replace(second, time_s=first.time_s, build_s=first.build_s) == first
    return same and second.time_s >= first.time_s and second.build_s >= first.build_s
