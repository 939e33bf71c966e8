"""The commands that show, take and judge a program again."""

from __future__ import annotations

import shlex

from cladogen.view.run_reader import RunReader


def commands(run: RunReader, number: int) -> list[dict[str, str]]:
    """Return what each command does, and the command as a shell takes it."""
    folder, problem = shlex.quote(str(run.folder)), shlex.quote(str(run.folder / "problem"))
    folder_of = f"program-{number}"
    take = f"evolve checkout {folder} {number} --to {folder_of}"
    return [
        {"what": "show it in a terminal", "command": f"evolve show {folder} '#{number}'"},
        {"what": "take its files", "command": take},
        {"what": "judge it again", "command": f"{take} && evolve evaluate {problem} {folder_of}"},
        {"what": "make the whole run again, without a model", "command": f"evolve replay {folder}"},
    ]
