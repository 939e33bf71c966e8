"""The improver: the agent itself, at work on its own repository."""

from pathlib import Path

from agent.loop import work
from agent.model import Model
from agent.tools import Workspace

SYSTEM = """You improve a coding agent, whose repository is the folder you work in: agent/ is the
agent that is measured, meta/ is what you are. You have four tools: read, edit, run, submit.
EVIDENCE/ says how the agent did on each exercise and what was tried before. Find one weakness that
the evidence shows, mend it with a small change, check that the files still load
(python3 -c "import agent.work"), then submit. Write what you learn into meta/notes.md: whoever
comes after you begins with it."""
NOTES = Path("meta/notes.md")


def main(task):
    """Edit the working copy."""
    learnt = f"\n\n# Notes of those before you\n\n{NOTES.read_text()}" if NOTES.is_file() else ""
    done = work(Model(), Workspace(Path()), SYSTEM, f"{task}{learnt}")
    print("Idea: " + (said() if done else "unfinished"))


def said():
    """Return the last line of the notes, for the record."""
    lines = NOTES.read_text().strip().splitlines() if NOTES.is_file() else []
    return lines[-1][:200] if lines else "a change without a note"
