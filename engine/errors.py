"""Errors a user can act on, drawn as a tree.

CladogenError             one line: what, where, what to do; the command exits 2
├── ProblemError          a problem folder or a program is not what it must be
├── ConfigError           an option, a key or a name is not known
├── RunError              a run folder cannot be opened or continued
│   └── RunInUseError     another process writes to it
├── SandboxError          no sandbox, or the sandbox itself failed (never the candidate's fault)
│   └── WorldAway         what a sandbox needs is away for now: wait, and measure again
├── ScorerError           the trusted scorer raised or returned something that is not a score
├── ModelError            the model's provider refused or failed
└── PatchRefused          a reply cannot be applied; carries a code the proposer can act on
"""

from __future__ import annotations

import re


class CladogenError(Exception):
    """Base of every error that is the user's or the world's doing; its text is one line."""

    exit_code = 2


class ProblemError(CladogenError):
    """A problem folder or a program is not what it must be."""


class ConfigError(CladogenError):
    """An option, a key or a name is not known."""


class RunError(CladogenError):
    """A run folder cannot be opened or continued."""


class RunInUseError(RunError):
    """Another process writes to a run folder; ``short`` when only for one task."""

    def __init__(self, text: str, *, short: bool = False) -> None:
        super().__init__(text)
        self.short = short


class SandboxError(CladogenError):
    """The sandbox itself failed; never the candidate's fault, so never counted for or against a
    program.
    """


class WorldAway(SandboxError):  # noqa: N818  (a state of the world, not a defect)
    """What a sandbox needs is away: its daemon, the scorer's container, a gate, memory for a fork,
    room on a disk. Nothing is known of the program; it can be measured when the world is back.
    """


class ScorerError(CladogenError):
    """The trusted scorer raised, or returned something that is not a score."""


class ModelError(CladogenError):
    """The model's provider refused or failed."""


class PatchRefused(CladogenError):  # noqa: N818  (a refusal is an answer, the words of the design)
    """A reply that cannot be applied. ``code`` is a reject code, ``reason`` says file, hunk and
    closest text.
    """

    exit_code = 3

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


NO_MORE_THREADS = (
    "no more threads or processes can be started here (the limit of a user, ulimit -u, or of a "
    "container)"
)


def is_of_threads(error: BaseException) -> bool:
    """Whether an error is Python's word for a thread that the system does not give."""
    return isinstance(error, RuntimeError) and str(error) == "can't start new thread"


def tell_of_threads(words: str) -> bool:
    """Whether what a process said as it ended tells of a thread or process that it did not get."""
    return "can't start new thread" in words or "Resource temporarily unavailable" in words


def in_words(error: OSError) -> str:
    """Return an error of the system as people read it: the file, then what is wrong with it.
    Copying a folder (`shutil.Error`) fails with a list, of which the first is said.
    """
    if error.errno is None and error.args and isinstance(error.args[0], list):
        _, file, text = error.args[0][0]
        return f"{file}: {re.sub(r'^.Errno [0-9]+. |: .*', '', text)}"
    named = "" if error.filename is None else f"{error.filename}: "
    return f"{named}{error.strerror or error}"
