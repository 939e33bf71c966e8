"""Solve one exercise: lay out a folder, let the agent work in it, return the file it leaves."""

import sys
import tempfile
from pathlib import Path

from agent.loop import work
from agent.model import Model, NoMoreCalls
from agent.prompts import SYSTEM, exercise
from agent.tools import Workspace


def solve(case):
    """Return the text of the exercise's file, "" where the agent leaves none."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for number, (given, wanted) in enumerate(case["examples"], 1):
            (place / f"example{number}.in").write_text(given)
            (place / f"example{number}.out").write_text(wanted)
        try:
            work(Model(), Workspace(place), SYSTEM, exercise(case))
        except NoMoreCalls as why:
            print(why, file=sys.stderr)
        left = place / case["file"]
        return left.read_text(errors="replace") if left.is_file() else ""
