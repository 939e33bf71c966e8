"""Reading of files that tasks are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.program import File, Program

PYTEST = ("python3", "-m", "pytest", "-rA", "-p", "no:cacheprovider")
_FROM_NETWORK = re.compile(
    r"\b(?:apt-get|apt|apk|yum|dnf|pip3?|uv|uvx|npm|npx|curl|wget|cargo)\s+(?:install|add|-|http)"
    r"|\buvx?\b|\bcurl\b|\bwget\b"
)


def text_of(path: Path) -> str:
    """Return a text file; raises ProblemError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"{path}: cannot be read as text: {error}") from None


def files_below(folder: Path) -> dict[str, File]:
    """Return a folder's files, none where it is not there; raises ProblemError for links."""
    if not folder.is_dir() or not any(path.is_file() for path in folder.rglob("*")):
        return {}
    return dict(Program.read(folder).files)


def moved(files: Mapping[str, File], places: Mapping[str, str]) -> dict[str, File]:
    """Return files in whose text absolute paths of a container are paths of the working copy."""
    return {path: File(_moved(file.data, places), file.executable) for path, file in files.items()}


def moved_text(text: str, places: Mapping[str, str]) -> str:
    """Return a text in which absolute paths of a container are paths of the working copy."""
    return _moved(text.encode(), places).decode()


def _moved(data: bytes, places: Mapping[str, str]) -> bytes:
    if b"\0" in data:
        return data
    for old, new in places.items():
        # Neither a part of another path, as in /x/app, $HOME/app or app/data.csv, nor of a word.
        whole = rb"(?<![\w./~*})])" + re.escape(old.encode()) + rb"(?![\w-])(?!\.\w)"
        data = re.sub(whole, new.encode(), data)
    return data


def fetches(script: str) -> bool:
    """Tell whether a shell script gets something from the network."""
    bare = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
    return _FROM_NETWORK.search(bare) is not None
