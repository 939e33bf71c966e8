"""Who makes the diffs: models, syntax-tree mutation, constant tuning, agents.

``NAMES`` says where each named proposer lives; an import path (``package.module:Class``) is a name
too, and so is a class in the problem's own folder (``file.py:Class``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cladogen.problem.user_classes import find_class

NAMES = {
    "offline": "cladogen.proposers.offline:Offline",
    "mutate": "cladogen.proposers.mutate:Mutate",
    "shorten": "cladogen.proposers.shorten:Shorten",
    "arrays": "cladogen.proposers.arrays:Arrays",
    "tune": "cladogen.proposers.tune:Tune",
    "scripted": "cladogen.proposers.scripted:Scripted",
    "model": "cladogen.proposers.polished:Polished",
    "agent": "cladogen.proposers.agent:AgentProposer",
    "self_improve": "cladogen.proposers.self_improve:SelfImprove",
}


def find_proposer(name: str, folder: Path | None = None) -> Any:
    """Return the class called ``name``, ``file.py:Class`` of the problem's ``folder`` included;
    ConfigError says what is known.
    """
    return find_class("proposer", name, NAMES, folder)
