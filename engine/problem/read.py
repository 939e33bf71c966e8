"""Read a problem folder: ``problem.toml``, the seed programs, the statement, the scorer's place."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypedDict

from cladogen.errors import ProblemError
from cladogen.patching.evolve_blocks import fault
from cladogen.problem.blank import blank, has_seed
from cladogen.problem.coevolution import read_coevolution
from cladogen.problem.defaults import MOST_REPEATS, read_defaults
from cladogen.problem.history import MOST as MOST_HISTORY
from cladogen.problem.islands import check_islands, read_islands
from cladogen.problem.large_files import check_no_pointers
from cladogen.problem.problem import Problem
from cladogen.problem.seed_repository import read_seed
from cladogen.problem.spelling import nearest
from cladogen.problem.statement import for_variant
from cladogen.problem.strict_toml import Table
from cladogen.problem.tables import (
    LONGEST_S,
    MOST_MB,
    read_axes,
    read_canaries,
    read_constraints,
    read_limits,
    read_metrics,
    read_model_use,
    read_needs,
    read_proxy,
    read_race,
    read_stages,
)
from cladogen.problem.user_classes import in_folder
from cladogen.program import Program, matches

NOT_BESIDE_EVALUATOR = ("scorer", "limits", "sandbox", "canary", "models")
STATEMENT = "statement.md"
SETTINGS = "problem.toml"


def read(folder: Path | str, variant: str = "", *, seeds: bool = True) -> Problem:
    """Return the problem in ``folder``, with the overrides of ``variant``; ProblemError says what
    is wrong where.

    Every variant is read, so that what is wrong in one is said before it is asked for. ``seeds``
    False leaves the seed programs out: they may live in a repository that is far away.
    """
    folder = Path(folder).resolve()
    path = folder / "problem.toml"
    values = _parsed(path)
    variants = {name: table.values for name, table in _variants(values, path).items()}
    values.pop("variants", None)
    _check_variant(variant, variants, path)
    own = _merged(values, variants.get(variant, {}))
    problem = _problem(folder, own, str(path), variant, tuple(variants), seeds=seeds)
    for name, over in variants.items():
        if name != variant:
            merged, where = _merged(values, over), f"{path}, variant {name!r}"
            _problem(folder, merged, where, name, tuple(variants), seeds=False)
    return problem


def _check_variant(variant: str, variants: Collection[str], path: Path) -> None:
    if variant and variant not in variants:
        known = nearest(variant, variants) or "; the problem has no variants"
        raise ProblemError(f"{path}: no variant {variant!r}{known}")


def _problem(
    folder: Path,
    values: Mapping[str, Any],
    where: str,
    variant: str,
    variants: tuple[str, ...],
    *,
    seeds: bool,
) -> Problem:
    top = Table(values, where)
    metrics, objective, goals = read_metrics(top)
    evaluator, proxy = _evaluator(top), read_proxy(top)
    scorer, program, tasks = map(top.table, ("scorer", "program", "tasks"))
    folder_of_tasks = _tasks(top, tasks, evaluator)
    editable, entry = _editable(program), () if evaluator else _entry(program)
    seedless = _is_seedless(top, folder, editable)
    problem = Problem(
        name=top.name("name", folder.name),
        folder=folder,
        statement=_statement(folder, top.name("statement", STATEMENT), variant, variants),
        **_seeds(folder, top, read=seeds and not seedless),
        blank=blank(folder, editable, entry) if seeds and seedless else None,
        editable=editable,
        entry=entry,
        evolve_blocks=program.names("evolve_blocks"),
        build=program.names("build"),
        protected=program.names("protected"),
        hidden=program.names("hidden"),
        improver=_improver(program),
        scorer=_scorer(folder, top, scorer, evaluator, folder_of_tasks),
        tasks=folder_of_tasks,
        hopeless=tasks.number("hopeless", 0, 0, MOST_REPEATS),
        scorer_on_host=scorer.take("host", bool, False),
        reported=scorer.take("reported", bool, False) or bool(folder_of_tasks),
        scorer_time_s=scorer.number("time_s", 60.0, high=LONGEST_S, above=0),
        scorer_memory_mb=scorer.number("memory_mb", 2048, high=MOST_MB, above=0),
        objective=objective,
        metrics=metrics,
        constraints=read_constraints(top),
        axes=read_axes(top),
        islands=read_islands(top),
        stages=read_stages(top, objective, proxy),
        canaries=read_canaries(top, objective),
        repeats=top.number("repeats", 1, 1, MOST_REPEATS),
        race=read_race(top),
        proxy=proxy,
        coevolution=read_coevolution(top, values),
        limits=read_limits(top.table("limits")),
        sandbox=read_needs(top.table("sandbox")),
        models=read_model_use(top),
        parameters=top.maybe_data("parameters") or {},
        target=goals[0],
        best_known=goals[1],
        defaults=read_defaults(top.table("defaults")),
        evaluator=evaluator,
        variant=variant,
        variants=variants,
    )
    _done(scorer, program, tasks, top)
    return _checked(problem, where)


def _is_seedless(top: Table, folder: Path, editable: tuple[str, ...]) -> bool:
    return "seeds" not in top.values and not has_seed(folder, editable)


def _done(*tables: Table) -> None:
    for table in tables:
        table.done()


def _tasks(top: Table, tasks: Table, evaluator: str) -> str:
    """Return the folder of tasks that a problem names, "" where it names none."""
    if not tasks.values:
        return ""
    for key in ("scorer", "evaluator"):
        if key in top.values or (key == "evaluator" and evaluator):
            raise ProblemError(f"{top.where}: [{key}] means nothing beside [tasks]")
    return tasks.name("folder", "tasks")


def _scorer(folder: Path, top: Table, scorer: Table, evaluator: str, tasks: str) -> Path:
    """Return the file that says what a score is."""
    if tasks:
        if not (folder / tasks).is_dir():
            raise ProblemError(f"{folder / tasks}: no such folder; [tasks] names it")
        return folder / SETTINGS
    named = evaluator.partition(":")[0] or scorer.name("file", "scorer.py")
    return _file(folder, named, "the scorer")


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        from cladogen.problem.shipped import hint

        reason = "no such file; a problem is a folder with a problem.toml (evolve init makes one)"
        raise ProblemError(f"{path}: {reason}{hint(path.parent)}") from None
    except OSError as error:
        raise ProblemError(f"{path}: cannot be read ({error.strerror})") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # not TOML, not UTF-8, a number of 5 000 digits, 1 000 brackets
        raise ProblemError(
            f"{path}: not readable as TOML: {' '.join(str(error).split())}"
        ) from None


def _variants(values: Mapping[str, Any], path: Path) -> dict[str, Table]:
    table = Table(values, str(path)).table("variants")
    return {name: table.table(name) for name in table.keys_named()}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over``: tables merge, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = (
            _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
        )
    return result


def _editable(program: Table) -> tuple[str, ...]:
    globs = program.names("editable", ("**",))
    if not globs:
        raise ProblemError(
            f"{program.where}: editable is empty; name what may change, or leave it out for "
            "everything"
        )
    return globs


def _evaluator(top: Table) -> str:
    """Return the problem's own evaluator, "" when there is none; what only a sandboxed candidate
    needs is refused.
    """
    table = top.table("evaluator")
    name = table.name("class") if "class" in table.values else ""
    table.known.append("class")
    table.done()
    if not name:
        return ""
    if not in_folder(name):
        raise ProblemError(
            f'{table.where}: class = {name!r} must be "file.py:Class", a file of this folder'
        )
    _check_beside_evaluator(top)
    return name


def _check_beside_evaluator(top: Table) -> None:
    for key in NOT_BESIDE_EVALUATOR:
        if key in top.values:
            raise ProblemError(
                f"{top.where}: [{key}] means nothing beside [evaluator], which runs no candidate"
            )


def _entry(program: Table) -> str | tuple[str, ...]:
    command = program.names("command")
    entry = program.take("entry", str, "")
    if bool(command) == bool(entry):
        raise ProblemError(
            f'{program.where}: give either entry = "file.py:function" or command = ["./solve"]'
        )
    if entry and not _is_function(entry):
        raise ProblemError(f'{program.where}: entry = {entry!r} must be "file.py:function"')
    return command or entry


def _improver(program: Table) -> str | tuple[str, ...]:
    """Return the function or the command that improves a program, "" where none is named."""
    words = program.names("improver")
    if len(words) == 1 and ":" in words[0]:
        if not _is_function(words[0]):
            raise ProblemError(
                f'{program.where}: improver = {words[0]!r} must be "file.py:function", or a '
                'command, ["python3", "meta.py"]'
            )
        return words[0]
    return words or ""


def _is_function(name: str) -> bool:
    """Tell whether a text has the form "file.py:function"."""
    path, colon, function = name.partition(":")
    return bool(colon) and path.endswith(".py") and function.isidentifier()


class _Seeds(TypedDict):
    """What is read of the seed programs, and of their repository where the problem asks for it."""

    seeds: tuple[Program, ...]
    history: str


def _seeds(folder: Path, top: Table, *, read: bool) -> _Seeds:
    """Return the seed programs; none unless they are to be ``read``."""
    if isinstance(top.values.get("seeds"), dict):
        return _seeds_of_git(folder, top.table("seeds"), read=read)
    names = top.names("seeds", ("seed",))
    if not names:
        raise ProblemError(
            f"{top.where}: seeds is empty; a search starts from at least one program"
        )
    found = (_seed(folder / name) for name in names) if read else ()
    return _Seeds(seeds=tuple(found), history="")


def _seeds_of_git(folder: Path, table: Table, *, read: bool) -> _Seeds:
    git = table.table("git")
    repository, commit, path = git.name("repository"), git.name("commit"), git.name("path", ".")
    count = git.number("history", 0, 0, MOST_HISTORY)
    git.done()
    table.done()
    if not read:
        return _Seeds(seeds=(), history="")
    seed, history = read_seed(_here(folder, repository), commit, path, count)
    return _Seeds(seeds=(seed,), history=history)


def _here(folder: Path, repository: str) -> str:
    """Return where a repository is that a problem names, relative to its folder or not."""
    local = folder / repository
    return str(local) if local.exists() else repository


def _seed(folder: Path) -> Program:
    if not folder.is_dir():
        raise ProblemError(
            f"{folder}: no seed program; make this folder, or name another with seeds = [...]"
        )
    program = Program.read(folder)
    check_no_pointers(program.files, str(folder))
    return program


def _statement(folder: Path, name: str, variant: str, variants: tuple[str, ...]) -> str:
    if name == STATEMENT and not (folder / name).is_file():
        return ""
    path = _file(folder, name, "the statement")
    try:
        return for_variant(path.read_text(encoding="utf-8"), variant, variants, str(path))
    except (UnicodeDecodeError, OSError):
        raise ProblemError(
            f"{path}: the statement cannot be read; it must be text in UTF-8"
        ) from None


def _file(folder: Path, name: str, what: str) -> Path:
    path = folder / name
    if not _is_file(path):
        raise ProblemError(f"{path}: no such file; {what} must be there")
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than a file can have
        return False


def _checked(problem: Problem, path: str) -> Problem:
    """Return a problem; raises ProblemError where its parts do not go together."""
    for seed in problem.seeds:
        if not any(map(problem.may_change, seed)):
            raise ProblemError(
                f"{path}: editable = {list(problem.editable)} matches no file of the seed "
                f"({', '.join(seed)})" + " that is not protected" * bool(problem.protected)
            )
        _check_marks(problem, seed, path)
        _check_named("entry", problem.entry, seed, path)
        _check_named("improver", problem.improver, seed, path)
    named = {axis.metric for axis in problem.axes}
    check_islands(problem.islands, problem.axes, len(problem.seeds), path)
    if len(named) < len(problem.axes):
        raise ProblemError(f"{path}: two [[features]] on one metric")
    return problem


def _check_named(name: str, named: str | tuple[str, ...], seed: Program, path: str) -> None:
    """Raise ProblemError unless the seed has the file of a function that the problem names."""
    file = named.split(":")[0] if isinstance(named, str) else ""
    if file and file not in seed.files:
        raise ProblemError(
            f"{path}: {name} names {file!r}, which the seed does not have{nearest(file, seed)}"
        )


def _check_marks(problem: Problem, seed: Program, path: str) -> None:
    """Raise ProblemError unless what is to have EVOLVE-BLOCK markers has them in pairs."""
    if not problem.evolve_blocks:
        return
    files = _files_to_mark(problem, seed)
    if not files:
        raise ProblemError(
            f"{path}: evolve_blocks = {list(problem.evolve_blocks)} matches no editable file of "
            f"the seed ({', '.join(seed)})"
        )
    for name in files:
        if wrong := fault(seed.text(name)):
            raise ProblemError(f"{path}: evolve_blocks names {name} of the seed: {wrong}")


def _files_to_mark(problem: Problem, seed: Program) -> list[str]:
    globs = list(problem.evolve_blocks)
    return [name for name in seed if matches(name, globs) and matches(name, problem.editable)]
