"""A problem without a seed program: what the first programs are written into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cladogen.program import File, Program, matches

SEED = "seed"  # the folder of the seed program, where the problem names none


def has_seed(folder: Path, editable: Sequence[str]) -> bool:
    """Tell whether the seed folder holds what a search can start from, or was meant to: it does
    not when it is missing or empty, or when no file that may change has any text.
    """
    files = _files(folder)
    texts = [file.data.strip() for path, file in files.items() if matches(path, editable)]
    return bool(files) and (not texts or any(texts))


def blank(folder: Path, editable: Sequence[str], entry: str | Sequence[str]) -> Program:
    """Return the read-only files of the seed folder, and an empty file for each that ``editable``
    or ``entry`` names.
    """
    named = [path for path in editable if not set(path) & set("*?[")]
    if isinstance(entry, str):
        named.append(entry.partition(":")[0])
    return Program.of({**{path: File(b"") for path in named}, **_files(folder)})


def _files(folder: Path) -> dict[str, File]:
    """Return the files of the seed folder; none where it is missing or empty."""
    seed = folder / SEED
    if not seed.is_dir() or not any(path.is_file() for path in seed.rglob("*")):
        return {}
    return dict(Program.read(seed).files)
