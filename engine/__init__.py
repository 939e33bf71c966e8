"""Evolve programs against an evaluator whose score can be trusted.

The public names, loaded when they are first asked for; importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cladogen.api import aevolve, evolve
    from cladogen.archives.base import Archive, ArchiveView, Axis, Result, Space, Standing
    from cladogen.errors import (
        CladogenError,
        ConfigError,
        ModelError,
        PatchRefused,
        ProblemError,
        RunError,
        SandboxError,
        ScorerError,
    )
    from cladogen.evaluation import Evaluation, Score, Status, Usage
    from cladogen.evaluators.base import Evaluator
    from cladogen.events import Ending, Observer, Progress
    from cladogen.from_python.finished_run import FinishedRun, load_run
    from cladogen.ledger import Caps, Spend, Stop
    from cladogen.patch import Policy, apply_reply, make_diff
    from cladogen.problem import Problem, load
    from cladogen.program import File, Node, Program
    from cladogen.proposal import Cost, Expectation, Outcome, Proposal
    from cladogen.proposers.base import Proposer, Record
    from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
    from cladogen.scoring import Case, Invalid, Scored
    from cladogen.settings import Settings
    from cladogen.task import Measure, Propose, Task

__version__ = "0.1.0"

_HOMES = {
    "api": "aevolve evolve",
    "from_python.finished_run": "FinishedRun load_run",
    "archives.base": "Archive ArchiveView Axis Result Space Standing",
    "errors": "CladogenError ConfigError ModelError PatchRefused ProblemError RunError "
    "SandboxError ScorerError",
    "evaluation": "Evaluation Score Status Usage",
    "evaluators.base": "Evaluator",
    "events": "Ending Observer Progress",
    "ledger": "Caps Spend Stop",
    "patch": "Policy apply_reply make_diff",
    "problem": "Problem load",
    "program": "File Node Program",
    "proposal": "Cost Expectation Outcome Proposal",
    "proposers.base": "Proposer Record",
    "sandboxes.base": "Call Execution Job Limits Sandbox",
    "scoring": "Case Invalid Scored",
    "settings": "Settings",
    "task": "Measure Propose Task",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Archive",
    "ArchiveView",
    "Axis",
    "Call",
    "Caps",
    "Case",
    "CladogenError",
    "ConfigError",
    "Cost",
    "Ending",
    "Evaluation",
    "Evaluator",
    "Execution",
    "Expectation",
    "File",
    "FinishedRun",
    "Invalid",
    "Job",
    "Limits",
    "Measure",
    "ModelError",
    "Node",
    "Observer",
    "Outcome",
    "PatchRefused",
    "Policy",
    "Problem",
    "ProblemError",
    "Program",
    "Progress",
    "Proposal",
    "Propose",
    "Proposer",
    "Record",
    "Result",
    "RunError",
    "Sandbox",
    "SandboxError",
    "Score",
    "Scored",
    "ScorerError",
    "Settings",
    "Space",
    "Spend",
    "Standing",
    "Status",
    "Stop",
    "Task",
    "Usage",
    "aevolve",
    "apply_reply",
    "evolve",
    "load",
    "load_run",
    "make_diff",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cladogen' has no attribute {name!r}")
    return getattr(importlib.import_module(f"cladogen.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
