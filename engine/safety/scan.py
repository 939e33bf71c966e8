"""A scanner that flags edits which reach for what should not concern a program: the scoring, the
log, the limits, the network.

It reads lines that a patch adds, of any language, by their words, and paths. It proves nothing: an
honest program may open a socket, and a dishonest one may hide what it does. It says where a person
should look first. What holds without it is the sandbox and the scorer's own process.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.patching.difference import opcodes
from cladogen.program import Program

LONGEST = 160  # characters of a line that are shown
_WORDS = {
    "scoring": (
        r"\b(?:conftest|sitecustomize|usercustomize|cladogen)\b|reward\.(?:txt|json)|/logs/verifier"
        r"|\b(?:builtins|__builtins__|gc\.get_objects|gc\.get_referrers|sys\.modules)\b"
        r"|\b(?:sys\._getframe|inspect\.(?:stack|currentframe)|sys\.set(?:trace|profile))\b"
        r"|\b(?:unittest\.mock|monkeypatch|ctypes|os\._exit|atexit)\b|/proc/|/dev/mem"
    ),
    "logging": (
        r"\blogging\.(?:disable|shutdown)\b|\bsys\.std(?:out|err)\s*=|\bos\.(?:dup2?|closerange)\b"
        r"|\bredirect_std(?:out|err)\b|>\s*/dev/null|\bwarnings\.(?:filterwarnings|simplefilter)\b"
        r"|\bconsole\.(?:log|error)\s*=|\bstderr\.close\b"
    ),
    "limits": (
        r"\bresource\.(?:setrlimit|prlimit)\b|\bsetrlimit\b|\bulimit\b"
        r"|\bsignal\.(?:signal|alarm|setitimer|pthread_sigmask)\b|\bsched_setaffinity\b"
        r"|\b(?:setrecursionlimit|setsid|setpgrp|nohup|disown|daemonize)\b|\bos\.(?:fork|nice)\b"
        r"|\b(?:memory_mb|time_s|cpu_s|timeout_sec)\b"
    ),
    "network": (
        r"^\s*(?:import|from)\s+(?:socket|ssl|http|urllib|urllib3|requests|httpx|aiohttp|"
        r"websockets?|ftplib|smtplib|paramiko|xmlrpc)\b|https?://|\bXMLHttpRequest\b|\bfetch\("
        r"|\b(?:curl|wget|netcat|telnet|scp|sftp)\b|\bgit\s+clone\b|\b(?:std::net|TcpStream)\b"
        r"|\"net(?:/http)?\"|\bsys/socket\.h\b|\brequire\(['\"](?:node:)?(?:net|https?|dgram)['\"]"
        r"|\b(?:pip3?|npm|cargo|apt|apt-get|gem)\s+(?:install|add)\b"
    ),
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _WORDS.items()}
_SCORING_PATHS = re.compile(
    r"(?:^|/)(?:tests?|testing|spec|hidden_tests?|evaluators?|graders?|verifier)/"
    r"|(?:^|/)(?:conftest|sitecustomize|usercustomize|scorer|evaluator|grader|reward)\.[a-z]+$"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test)\.[a-z]+$"
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A line that reaches for something: ``kind`` is scoring, logging, limits or network; ``line``
    counts from 1, 0 for a path alone.
    """

    kind: str
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{self.kind}: {where}: {self.text}"


def scan(before: Program, after: Program) -> tuple[Suspicion, ...]:
    """Return what the changes from one program to another reach for, in order of path and line."""
    found: list[Suspicion] = []
    for path in sorted(before.files.keys() | after.files.keys()):
        if before.files.get(path) == after.files.get(path):
            continue
        if _SCORING_PATHS.search(path):
            found.append(Suspicion("scoring", path, 0, _change(path, before, after)))
        if path in after.files:
            old = before.text(path) if path in before.files else ""
            found += _in_text(path, old, after.text(path))
    return tuple(found)


def _change(path: str, before: Program, after: Program) -> str:
    """Return what was done with a file, in words."""
    if path not in before.files:
        return "is new"
    return "is changed" if path in after.files else "is deleted"


def _in_text(path: str, old: str, new: str) -> Iterator[Suspicion]:
    lines, bare = new.split("\n"), _without_comments(path, new)
    for tag, _, _, start, end in opcodes(old.split("\n"), lines):
        if tag in ("equal", "delete"):
            continue
        for at in range(start, end):
            yield from _in_line(path, at + 1, bare[at], lines[at])


def _in_line(path: str, number: int, bare: str, shown: str) -> Iterator[Suspicion]:
    for kind, pattern in _PATTERNS.items():
        if pattern.search(bare):
            yield Suspicion(kind, path, number, shown.strip()[:LONGEST])


def _without_comments(path: str, text: str) -> list[str]:
    """Return the lines of a text, those of Python without their comments."""
    lines = text.split("\n")
    if not path.endswith(".py"):
        return lines
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (tokenize.TokenError, SyntaxError, IndexError):
        return text.split("\n")  # no Python: every word of it counts
    return lines
