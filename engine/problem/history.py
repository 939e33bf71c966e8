"""What the repository of a seed program says of itself: its latest commits, in words.

A history tells what was tried, and what was taken back, before a search began (MemCoder reads a
repository's commits as its first memory).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.problem.repository import GitFailed, Repository, run_git

MOST = 1000  # commits
LONGEST = 1000  # characters of a commit
_END = "\x1e"
_FORMAT = f"--format={_END}Commit %h of %ad: %B"


def read_history(repository: str, commit: str, path: str, count: int) -> str:
    """Return the latest ``count`` commits that changed what lies below ``path``, newest first, a
    paragraph each: message and changed files.
    """
    try:
        if Path(repository).exists():
            found = Repository.at(Path(repository))
            return _read(found, repository, commit, path, count)
        with tempfile.TemporaryDirectory() as folder:
            run_git("clone", "--quiet", "--bare", "--", repository, folder)
            return _read(Repository(Path(folder), bare=True), repository, commit, path, count)
    except GitFailed as error:
        raise ProblemError(f"{repository}: git could not read the history: {error}") from None


def _read(repo: Repository | None, named: str, commit: str, path: str, count: int) -> str:
    found = "" if repo is None else repo.commit(commit)
    if repo is None or not found:
        raise ProblemError(f"{named}: no commit {commit!r} to read the history of")
    told = repo.run(
        "log", f"-n{count}", "--no-merges", "--date=short", "--stat", _FORMAT, found, "--", path
    ).decode("utf-8", "replace")  # fmt: skip
    commits = (each.split("\n") for each in told.split(_END)[1:])
    return "\n\n".join(
        "\n".join(line.strip() for line in lines if line.strip())[:LONGEST] for lines in commits
    )
