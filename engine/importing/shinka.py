"""ShinkaEvolve's layout: ``initial.*``, and ``evaluate.py``, a command that writes result files."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from cladogen.importing.found import (
    Found,
    ImportOptions,
    constants,
    flat,
    folder_files,
    one_file,
    parsed,
    plain_name,
    read_yaml,
)
from cladogen.importing.packages import packages_around

STAND_INS = {
    "shinka/__init__.py": "empty",
    "shinka/core/__init__.py": "stand_in_shinka",
    "shinka/eval/__init__.py": "stand_in_shinka",
}
_TIME = re.compile(r"""\btime\s*=\s*["'](\d+):(\d+):(\d+)["']""")
_TASK = re.compile(r"(task_sys_msg|sys_msg|system_message|task_prompt)$")
TIME_S = 600.0  # there is no limit there; here every call has one


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    return (folder / "evaluate.py").is_file() and any(folder.glob("initial.*"))


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to."""
    notes: list[str] = []
    program = one_file(folder, choice.program, ("initial.*",), "program to start from")
    evaluator = one_file(folder, choice.evaluator, ("evaluate.py",), "evaluator")
    files = folder_files(folder, notes)
    inside = evaluator.relative_to(folder).as_posix()
    seed = {program.name: program.read_bytes()}
    packages = packages_around(files, inside, seed, ["shinka"])
    seed |= {f"evaluator/{path}": data for path, data in files.items()}
    objective = choice.objective or "combined_score"
    found = Found(
        "ShinkaEvolve",
        plain_name(folder.resolve().name),
        program.name,
        seed,
        {"kind": "shinka", "program": program.name, "evaluator": inside, "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        requirements=packages,
        notes=notes,
        limits={"time_s": TIME_S},
    )
    _from_script(found, files)
    _from_yaml(found, folder, choice)
    notes.append("a result that is not correct has no score; text_feedback is always shown")
    return found


def _from_script(found: Found, files: dict[str, bytes]) -> None:
    """Take the task's text and the time limit from the script that starts a search; it is read,
    never run.
    """
    for path in filter(_starts_a_search, files):
        tree = parsed(files[path])
        if tree is not None:
            _take_script(found, tree, files[path].decode(errors="replace"))
            found.notes.append(f"task and time limit read from {path}, which is not run")


def _take_script(found: Found, tree: ast.Module, script: str) -> None:
    texts = [text for name, text in constants(tree).items() if _TASK.search(name)]
    found.statement = found.statement or next(iter(texts), "")
    if limit := _TIME.search(script):
        hours, minutes, seconds = map(int, limit.groups())
        found.limits["time_s"] = float(3600 * hours + 60 * minutes + seconds)


def _starts_a_search(path: str) -> bool:
    return path.startswith("run") and path.endswith(".py")


def _from_yaml(found: Found, folder: Path, choice: ImportOptions) -> None:
    configs = [folder / choice.config] if choice.config else sorted(folder.glob("*.yaml"))
    if not configs:
        return
    values = read_yaml(configs[0])
    evolution = dict(values.pop("evo_config", None) or {})
    found.statement = str(evolution.pop("task_sys_msg", "") or "") or found.statement
    if isinstance(evolution.get("num_generations"), int):
        found.defaults["max_proposals"] = evolution.pop("num_generations")
    found.notes.append(f"settings read from {configs[0].name}")
    found.unused += sorted(flat({**values, "evo_config": evolution}))
