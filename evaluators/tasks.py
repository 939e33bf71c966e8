"""Judge a program that solves tasks: for each task, the program works on a copy of the task's files
in one sandbox, and hidden tests run on what it left in another.

The program finds the task's files in ``work/`` and the statement in ``TASK.md``; its entry is
called with {"task": name, "statement": text, "folder": "work"}, or, if it is a command, gets that
on standard input. The tests come in after it has ended, in place of whatever it wrote under their
names. Solution and tests share a process then, as unit tests do, so these scores are reported, not
certified.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cladogen.errors import ConfigError, ProblemError, SandboxError, WorldAway
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.running import ProgramAccess
from cladogen.evaluators.stages import passed, stages_of
from cladogen.problem import Problem, Stage
from cladogen.problem.spelling import nearest
from cladogen.program import File, Program
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
from cladogen.tasks.task_folder import Files, TaskFolder

WORK, STATEMENT, PREPARE = "work", "TASK.md", ".prepare.sh"
KEEPS = "/.keep"  # an empty file that keeps a folder
LOG, EXIT = ".outcome.log", ".outcome"
RUN = f'"$@" > {LOG} 2>&1; echo $? > {EXIT}'
STEERS_TESTS = re.compile(  # files by which a solver would decide what its tests do
    r"(?:^|/)(?:conftest\.py|sitecustomize\.py|usercustomize\.py|pytest\.ini|tox\.ini)$"
)
SHOWN = 1500  # characters of the tests' log that are feedback
PASSING = ("PASSED", "XFAIL")
_WORDS = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS"
_PATH = re.compile(r"\[/(?!/)[^*\]]*(/[^/\]]*)\]$")  # as a parameter
_SUMMARY = re.compile(rf"^({_WORDS}) (\S.*?)(?: - .*)?$", re.MULTILINE)


class TaskEvaluator:
    """Judge programs by the tasks below a problem's folder. ``sealed`` are tasks that no search and
    no choice ever runs: they are measured only where somebody names them.
    """

    def __init__(
        self,
        problem: Problem,
        sandbox: Sandbox,
        tasks: Sequence[TaskFolder],
        *,
        raises_away: bool = False,
    ) -> None:
        self.problem, self.sandbox, self.raises_away = problem, sandbox, raises_away
        self.tasks = {task.name: task for task in tasks}
        self._prepared: dict[str, TaskFolder] = {}
        self._preparing = asyncio.Lock()
        self.train = self._named("train")
        self.heldout, self.sealed = self._named("validation"), self._named("sealed")
        if not self.train:
            raise ProblemError(f"{problem.folder / problem.tasks}: no task to train on")
        self.stages = stages_of(problem, self.train)
        # What answers a program that asks models in a call; set where there is such a thing.
        self.models: Callable[[Program, Call], ProgramAccess] | None = None

    def _named(self, split: str) -> tuple[str, ...]:
        """Return the tasks of a split, without the canaries, which belong to none."""
        canaries = [self._task(canary.case).name for canary in self.problem.canaries]
        tasks = self.tasks.values()
        return tuple(
            task.name for task in tasks if task.split == split and task.name not in canaries
        )

    def give_models(self, models: Callable[[Program, Call], ProgramAccess]) -> None:
        """Let agents ask models, each run through what ``models`` returns for it."""
        self.models = models

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Let the program work on tasks (None: every training task, stage by stage, cheapest first,
        until it is hopeless), and test what it leaves.
        """
        changed = self.problem.frozen(program)
        if cases is not None:
            return await self._asked(program, cases, seed, changed, fresh)
        found: list[Evaluation] = []
        for stage in self.stages:
            rows: list[Evaluation] = []
            for name in stage.cases:
                rows.append(await self._one(program, self.tasks[name], seed, changed, fresh))
                if changed or self._hopeless([*found, *rows]):
                    return (*found, *rows)
            found += rows
            if self._is_enough(stage, rows, known):
                break
        return tuple(found)

    async def _asked(
        self, program: Program, cases: Sequence[str], seed: int, changed: str, fresh: bool
    ) -> tuple[Evaluation, ...]:
        named = list(map(self._task, cases))
        return tuple([await self._one(program, task, seed, changed, fresh) for task in named])

    def _is_enough(
        self,
        stage: Stage,
        rows: Sequence[Evaluation],
        known: Callable[[tuple[Evaluation, ...]], bool] | None,
    ) -> bool:
        """Whether no stage follows: this is the last, it was not passed, or its results show that
        the program is ``known``.
        """
        if stage is self.stages[0] and known is not None and known(tuple(rows)):
            return True
        return stage is self.stages[-1] or not passed(self.problem, stage, rows)

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants, each on the training tasks; nothing is recorded."""
        score = self.problem.score
        return tuple([score(await self.evaluate(variant, seed=seed)) for variant in variants])

    async def tested(self, task: TaskFolder, left: Files) -> tuple[float, str]:
        """Return what the hidden tests make of the files that were left, from 0 to 1, and words;
        raises SandboxError when the world fails.
        """
        files = {**_without_steering(left, task), **task.tests}
        for path in (LOG, EXIT, task.reward, f"{task.reward}.txt", f"{task.reward}.json"):
            files.pop(path, None)
        command = ("sh", "-c", RUN, "sh", *task.command)
        execution = await self._run(files, command, task, task.test_time_s, b"null", fresh=True)
        if execution.files is None:
            return 0.0, f"the tests ended with {execution.status.value}: {execution.detail}"
        return verdict(task, execution.files)

    async def prepared(self, task: TaskFolder) -> TaskFolder:
        """Return a task with the files that its script makes, which is run once; raises
        SandboxError where it cannot be.
        """
        if not task.prepare:
            return task
        async with self._preparing:
            if task.name not in self._prepared:
                given = {**task.files, PREPARE: File(task.prepare.encode())}
                command = ("sh", PREPARE)
                made = await self._run(given, command, task, task.time_s, b"null", fresh=True)
                if made.files is None:
                    raise SandboxError(
                        f"{task.name}: its files are not made: prepare.sh ended with "
                        f"{made.status.value}: {made.detail}"
                    )
                files = {path: file for path, file in made.files.items() if path != PREPARE}
                self._prepared[task.name] = replace(task, files=files, prepare="")
            return self._prepared[task.name]

    async def solved_by_reference(self, task: TaskFolder) -> tuple[float, str]:
        """Return what the tests make of a prepared task's reference solution."""
        files: Files = {**task.files, **task.solution}
        if task.solve:
            execution = await self._run(files, task.solve, task, task.time_s, b"null", fresh=True)
            if execution.files is None:
                return 0.0, f"the solution ended with {execution.status.value}: {execution.detail}"
            files = execution.files
        return await self.tested(task, files)

    # -- one task

    async def _one(
        self, program: Program, task: TaskFolder, seed: int, changed: str, fresh: bool
    ) -> Evaluation:
        if changed:
            return Evaluation(program.id, task.name, seed, Status.REFUSED, feedback=changed)
        row = Evaluation(program.id, task.name, seed, Status.OK)
        try:
            task = await self.prepared(task)
            worked = await self._work(program, task, seed, fresh=fresh)
            row = replace(row, log=worked.log, usage=worked.usage)
            if worked.status is Status.INFRA:
                return replace(row, status=Status.INFRA, feedback=worked.detail)
            if worked.files is None:
                why = f"unsolved: the program ended with {worked.status.value}: {worked.detail}"
                return self._scored(row, 0.0, why)
            return self._scored(row, *await self.tested(task, _left_at_work(worked.files)))
        except WorldAway:
            if self.raises_away:
                raise
            return replace(row, status=Status.INFRA, feedback="the sandbox is away")
        except SandboxError as error:
            return replace(row, status=Status.INFRA, feedback=str(error))

    def _scored(self, row: Evaluation, reward: float, words: str) -> Evaluation:
        """Return a row with the metrics of a task: ``solved`` is 1 for the whole reward."""
        metrics = {"reward": reward, "solved": float(reward >= 1.0), "seconds": row.usage.wall_s}
        return replace(row, metrics=metrics, feedback=words)

    async def _work(
        self, program: Program, task: TaskFolder, seed: int, *, fresh: bool
    ) -> Execution:
        asked = {"task": task.name, "statement": task.statement, "folder": WORK}
        beside = {f"{WORK}/{path}": file for path, file in task.files.items()}
        files = {**program.files, **beside, STATEMENT: File(task.statement.encode())}
        data = (
            wire.encode(asked)
            if isinstance(self.problem.entry, str)
            else json.dumps(asked).encode()
        )
        access = None if self.models is None else self.models(program, Call(data, seed))
        worked = await self._run(
            files,
            self.problem.entry,
            task,
            task.time_s,
            data,
            seed=seed,
            fresh=fresh,
            access=access,
        )
        if access is not None and access.spoilt:
            return replace(worked, status=Status.INFRA, files=None, detail=access.spoilt)
        return worked

    async def _run(
        self,
        files: Files,
        entry: str | tuple[str, ...],
        task: TaskFolder,
        time_s: float,
        data: bytes,
        *,
        seed: int = 0,
        fresh: bool,
        access: ProgramAccess | None = None,
    ) -> Execution:
        most = self.problem.limits
        limits = replace(
            most, time_s=time_s, cpu_s=None, memory_mb=max(most.memory_mb, task.memory_mb)
        )
        program = Program.of(files)
        calls = (Call(data, seed),)
        job = Job(
            files, entry, calls, limits, program=program.id, fresh=fresh, tree=True, models=access
        )
        (execution,) = await self.sandbox.run(job)
        if execution.away:
            raise WorldAway(execution.detail)
        return execution

    # -- which tasks

    def _task(self, name: str) -> TaskFolder:
        if name not in self.tasks:
            raise ConfigError(f"no task {name!r}{nearest(name, self.tasks)}")
        return self.tasks[name]

    def _hopeless(self, rows: Sequence[Evaluation]) -> bool:
        """Tell whether a program has failed on so many first tasks that the rest are not run."""
        few = self.problem.hopeless
        return bool(few) and len(rows) >= few and not any(row.metrics.get("reward") for row in rows)


def _left_at_work(files: Files) -> Files:
    """Return the files of the folder in which a program works, by their paths there."""
    return {
        path.removeprefix(f"{WORK}/"): file
        for path, file in files.items()
        if path.startswith(f"{WORK}/")
    }


def tasks_of(problem: Problem) -> list[TaskFolder]:
    """Return a problem's tasks, cheapest first; raises ProblemError."""
    from cladogen.tasks.formats import read_tasks

    return read_tasks(problem.folder / problem.tasks)


def limits_of(problem: Problem, tasks: Sequence[TaskFolder]) -> Limits:
    """Return limits that every task's work and tests fit in."""
    longest = max(max(task.time_s, task.test_time_s) for task in tasks)
    memory_mb = max(problem.limits.memory_mb, *(task.memory_mb for task in tasks))
    return replace(problem.limits, time_s=longest, cpu_s=None, memory_mb=memory_mb)


def verdict(task: TaskFolder, left: Files) -> tuple[float, str]:
    """Return what a task's tests said, from the files that they left."""
    log = left[LOG].data.decode("utf-8", "replace") if LOG in left else ""
    if task.reward:
        return _reward(task, left, log)
    if task.passing:
        return _share_passing(task.passing, log)
    return _by_exit_status(left, log)


def _by_exit_status(left: Files, log: str) -> tuple[float, str]:
    code = left[EXIT].data.strip() if EXIT in left else b""
    if code == b"0":
        return 1.0, "solved"
    status = code.decode(errors="replace") or "unknown"
    return 0.0, f"the tests fail (exit status {status})\n{_tail(log)}"


def _share_passing(names: Sequence[str], log: str) -> tuple[float, str]:
    """Return the share of the tests that must pass and do, and words about it."""
    results = _results(log)
    failed = [name for name in names if results.get(name) not in PASSING]
    words = f"{len(names) - len(failed)} of {len(names)} tests pass"
    if failed:
        words = f"{words}; not {failed[0]}\n{_tail(log)}"
    return 1.0 - len(failed) / len(names), words


def _results(log: str) -> dict[str, str]:
    """Return what pytest's summary says of each test, by its name; also by the words that rows have
    in its place: the function's alone, where no two tests share it, and a name cut at its first
    blank, or of whose parameter, a path, only the last part is left, which pass where all do.
    """
    found = {name: word for word, name in _SUMMARY.findall(log)}
    short = {name: name.rpartition("::")[2] for name in found}
    times = Counter(short.values())
    alone = {short[name]: word for name, word in found.items() if times[short[name]] == 1}
    return alone | _by_cut_names(found) | found


def _by_cut_names(found: Mapping[str, str]) -> dict[str, str]:
    cut: dict[str, str] = {}
    for name, word in found.items():
        for short in (name.partition(" ")[0], _PATH.sub(r"[\1]", name)):
            if cut.get(short, PASSING[0]) in PASSING:
                cut[short] = word
    return cut


def _reward(task: TaskFolder, left: Files, log: str) -> tuple[float, str]:
    """Return the reward that the tests wrote; JSON wins over text, as where the format is from."""
    for path in (f"{task.reward}.json", task.reward, f"{task.reward}.txt"):
        if path in left:
            value = _number(left[path].data)
            if value is None:
                return 0.0, f"{path} holds no number: {left[path].data[:80]!r}"
            return min(1.0, max(0.0, value)), f"reward {value:g}\n{_tail(log)}"
    return 0.0, f"the tests wrote no reward\n{_tail(log)}"


def _number(data: bytes) -> float | None:
    """Return a number, or the mean of an object's numbers; None for anything else."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return _mean(list(value.values()) if isinstance(value, Mapping) else [value])


def _mean(values: Sequence[object]) -> float | None:
    numbers = [float(each) for each in values if isinstance(each, int | float)]
    if not numbers or len(numbers) < len(values):
        return None
    mean = math.fsum(numbers) / len(numbers)
    return mean if math.isfinite(mean) else None


def _tail(log: str) -> str:
    return log[-SHOWN:].strip()


def _without_steering(left: Files, task: TaskFolder) -> Files:
    """Return what was left without new files by which a solver would decide what its tests do, and
    without those that only keep a folder that is empty.
    """
    new = left.keys() - task.files.keys()
    left_out = {path for path in new if STEERS_TESTS.search(path)}
    left_out |= {path for path in left.keys() - new if _keeps_a_folder(path, left[path])}
    return {path: file for path, file in left.items() if path not in left_out}


def _keeps_a_folder(path: str, file: File) -> bool:
    return path.endswith(KEEPS) and not file.data
