"""What the repository of a seed program says of itself: its latest commits, in words.

A history tells what was tried, and what was taken back, before a search began (MemCoder reads a
repository's commits as its first memory).
"""

from __future__ import annotations

from cladogen.problem.repository import Repository

MOST = 1000  # commits
LONGEST = 1000  # characters of a commit
_END = "\x1e"
_FORMAT = f"--format={_END}Commit %h of %ad: %B"


def history_in(repo: Repository, commit: str, path: str, count: int) -> str:
    """Return the latest ``count`` commits up to ``commit`` that changed what lies below ``path``,
    newest first, a paragraph each: message and changed files.
    """
    output = repo.run(
        "log", f"-n{count}", "--no-merges", "--date=short", "--stat", _FORMAT, commit, "--", path
    ).decode("utf-8", "replace")  # fmt: skip
    commits = (each.split("\n") for each in output.split(_END)[1:])
    return "\n\n".join(
        "\n".join(line.strip() for line in lines if line.strip())[:LONGEST] for lines in commits
    )
