"""The files that let another layout's evaluator run beside a program: bridge, plan, stand-ins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

FOLDER = "evolve_bridge"
ENTRY = f"{FOLDER}/bridge.py:run"
SCORER_OF_REPORTS = '''\
"""Reads what the evaluator reports from inside the sandbox: reported, not certified."""

from cladogen.importing.reported import cases, score

__all__ = ["cases", "score"]
'''


def bridge_files(
    plan: Mapping[str, Any], stand_ins: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return the bridge's files by their paths in the seed. ``stand_ins`` are modules that the
    evaluator imports, path -> the file of ``inside`` that stands in.
    """
    own = {"bridge.py": "bridge", f"kind_{plan['kind']}.py": f"kind_{plan['kind']}"}
    found = {
        f"{FOLDER}/{path}": _inside(name) for path, name in (own | dict(stand_ins or {})).items()
    }
    found[f"{FOLDER}/plan.json"] = (json.dumps(dict(plan), indent=2) + "\n").encode()
    return found


def _inside(name: str) -> bytes:
    return (files("cladogen.importing.inside") / f"{name}.py").read_bytes()
