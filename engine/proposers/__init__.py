"""Who makes the diffs: models, syntax-tree mutation, constant tuning, agents.

``NAMES`` says where each named proposer lives; an import path (``package.module:Class``) is a name
too, and so is a class in the problem's own folder (``file.py:Class``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cladogen.archives.options import nearest
from cladogen.errors import ConfigError
from cladogen.problem.user_classes import folder_class, import_class, in_folder

NAMES = {
    "offline": "cladogen.proposers.offline:Offline",
    "mutate": "cladogen.proposers.mutate:Mutate",
    "shorten": "cladogen.proposers.shorten:Shorten",
    "tune": "cladogen.proposers.tune:Tune",
    "scripted": "cladogen.proposers.scripted:Scripted",
    "model": "cladogen.proposers.polished:Polished",
    "agent": "cladogen.proposers.agent:AgentProposer",
}


def find_proposer(name: str, folder: Path | None = None) -> Any:
    """Return the class called ``name``, ``file.py:Class`` of the problem's ``folder`` included;
    ConfigError says what is known.
    """
    if folder is not None and in_folder(name):
        return folder_class(folder, name)
    module, colon, attribute = NAMES.get(name, name).partition(":")
    if not colon:
        known = ", ".join(NAMES)
        raise ConfigError(
            f"unknown proposer {name!r}{nearest(name, NAMES)}; known: {known}, or module:Class"
        )
    try:
        return import_class(module, attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"proposer {name!r}: cannot import it: {error}") from error
