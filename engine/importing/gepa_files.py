"""The files that a script of GEPA's needs: all of its folder where a folder is imported; what it
imports, and what it names, where it is imported alone.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from cladogen.importing.found import (
    MOST_FILES,
    files_below,
    folder_files,
    parsed,
    read_files,
    too_much,
)
from cladogen.importing.packages import imports_of, modules

MOST_NAMES = 20_000  # files of a script's folder among which its imports are looked for
LONGEST_NAME = 200


def script_files(
    file: Path, is_script: Callable[[Path], bool], notes: list[str], *, whole: bool
) -> tuple[dict[str, bytes], str]:
    """Return the script with what it needs, by the paths that its imports expect, and the script's
    own: ``from examples.packing.utils import x`` in ``examples/packing/main.py`` needs these two
    folders above it. Of a ``whole`` folder other scripts are left out.
    """
    folder = file.resolve().parent
    places = {path.relative_to(folder).as_posix(): path for path in files_below(folder, MOST_NAMES)}
    places[file.name] = folder / file.name
    above = _package(folder, places, file.name)
    if whole:
        found = _of_folder(folder, file.name, is_script, notes)
    else:
        found = _of_script(folder, file.name, above, places, notes)
    return {f"{above}{path}": data for path, data in found.items()}, f"{above}{file.name}"


def _of_folder(
    folder: Path, script: str, is_script: Callable[[Path], bool], notes: list[str]
) -> dict[str, bytes]:
    """Return a folder's files without the scripts that have another name."""

    def is_another(path: str) -> bool:
        return posixpath.basename(path) != script and is_script(folder / path)

    found = folder_files(folder, notes)
    return {path: data for path, data in found.items() if not is_another(path)}


def _of_script(
    folder: Path, script: str, above: str, beside: Mapping[str, Path], notes: list[str]
) -> dict[str, bytes]:
    """Return what a script that was named alone imports, each with the folder that it is in, and
    the files and folders that its texts name.
    """
    places = {f"{above}{path}": file for path, file in beside.items()}
    imported = imports_of(places, f"{above}{script}", lambda path: places[path].read_bytes())
    named: set[str] = set()
    for path in imported:
        named.update(_named(places[path].read_bytes(), path, above))
    folders = {path.rpartition("/")[0] for path in imported} - {above.rstrip("/"), ""}
    kept = sorted(_needed(places, {*imported, *named}, folders | (named - places.keys())))
    if len(kept) > MOST_FILES:
        raise too_much(folder / script, f"it needs more than {MOST_FILES} files")
    return read_files(folder, (places[path] for path in kept), notes)


def _needed(paths: Iterable[str], files: set[str], folders: set[str]) -> Iterator[str]:
    """Return the paths that are among these files, or in one of these folders."""
    inside = tuple(f"{each}/" for each in folders)
    return (path for path in paths if path in files or path.startswith(inside))


def _named(data: bytes, path: str, above: str) -> Iterator[str]:
    """Yield the paths that the texts of a module may name, beside itself or beside the script."""
    beside = {above, f"{path.rpartition('/')[0]}/"}
    for text in filter(_may_be_a_path, _texts(parsed(data))):
        for start in beside:
            named = posixpath.normpath(posixpath.join(start.lstrip("/"), text))
            if named.startswith(above) and named not in (".", above.rstrip("/")):
                yield named


def _texts(tree: ast.Module | None) -> Iterator[str]:
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Constant(str(text)):
                yield text.strip("/")


def _may_be_a_path(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and "\n" not in text


def _package(folder: Path, beside: Mapping[str, Path], script: str) -> str:
    """Return the folders above a script that its imports begin with, or those of a module that it
    imports, as ``examples/packing/``: the most of them, as a script may name its modules both ways.
    """
    imported = imports_of(beside, script, lambda path: beside[path].read_bytes())
    names = set[str]().union(*(modules(parsed(beside[path].read_bytes())) for path in imported))
    tops = {path.split("/")[0].removesuffix(".py") for path in beside}
    for depth in range(len(folder.parts) - 1, 0, -1):
        begun = ".".join(folder.parts[-depth:]) + "."
        if not tops.isdisjoint(_next_parts(names, begun)):
            return begun.replace(".", "/")
    return ""


def _next_parts(names: set[str], begun: str) -> Iterator[str]:
    """Yield the part that follows ``begun`` in the names that begin so."""
    return (name.removeprefix(begun).split(".")[0] for name in names if name.startswith(begun))
