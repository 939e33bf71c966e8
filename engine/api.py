"""The engine from Python: the same search as ``evolve run``, in one call."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cladogen.errors import ConfigError, ProblemError
from cladogen.events import Observer, Silent
from cladogen.from_python.finished_run import FinishedRun
from cladogen.problem import load
from cladogen.run_folder import open_run
from cladogen.session import open_session
from cladogen.settings import CAP_NAMES, Settings

if TYPE_CHECKING:
    from cladogen.run import Run

RUNS = Path("runs")
LOOKS_S = 0.2  # between looks at whether the caller's task was cancelled
_cancelled: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()  # how often, as known
FREE = (  # settings that do not decide the tree
    "caps", "workers", "sandbox", "isolation", "runtime", "machines", "ray_address", "share",
    "share_every", "to_the_bit",
)  # fmt: skip


def evolve(
    program: Any,
    /,
    evaluate: Callable[..., Any] | Path | str | None = None,
    run: Path | str | None = None,
    *,
    observer: Observer | None = None,
    asynchronous: bool = False,
    **options: Any,
) -> Any:
    """Search for better programs and return a `FinishedRun`; with ``asynchronous`` a coroutine of
    one.

    ``program`` is what the search starts from: a source text, a function, a path, or a dict of
    files; ``evaluate`` a function of what the program returns, run in a process apart from it. One
    whose first parameter is named or annotated as a path, a text or a function takes that instead,
    and runs in the sandbox beside the program: its scores are reported, not certified. It returns a
    number, a dict of metrics, or either with words. ``options`` are the fields of
    `cladogen.from_python.evolve_options.EvolveOptions` (cases, heldout, entry, metric, minimize,
    limits ...) and of `Settings`, and its caps by name (``seed=1, max_seconds=60``).

    ``program`` may be a problem folder or a shipped problem's name, too: ``evolve("cap_set",
    run="runs/x")``. The same call goes on with the same run. Works inside a running event loop.
    Raises CladogenError for what is wrong with the problem, the settings or the folder.
    """
    search = _Search(program, evaluate, run, observer or Silent(), options)
    if asynchronous:
        return search.finish()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(search.finish())
    return _in_a_thread(search)


async def aevolve(program: Any, /, *arguments: Any, **options: Any) -> FinishedRun:
    """Do as `evolve`, in the running event loop."""
    finished: FinishedRun = await evolve(program, *arguments, asynchronous=True, **options)
    return finished


class _Search:
    """One call of `evolve`: from its arguments to a finished run."""

    def __init__(
        self, program: Any, evaluate: Any, run: Any, observer: Observer, options: dict[str, Any]
    ) -> None:
        if isinstance(evaluate, str | Path):  # evolve(problem, run)
            if run is not None:
                raise ConfigError("evolve(): evaluate must be a function, not a path")
            evaluate, run = None, evaluate
        self.program, self.evaluate, self.observer, self.options = (
            program, evaluate, observer, options,
        )  # fmt: skip
        self.folder = None if run is None else Path(run)
        self.session: Run | None = None
        self.task: asyncio.Task[Any] | None = None
        self.called_off = False

    def interrupt(self) -> None:
        """Ask for an end, in the search's event loop: a start is cancelled, a search ends in
        order.
        """
        if self.session is not None:
            self.session.workers.interrupt()
        elif self.task is not None:
            self.task.cancel()
        else:
            self.called_off = True

    async def finish(self) -> FinishedRun:
        """Search, and return what came of it."""
        if self.called_off:
            raise asyncio.CancelledError
        self.task = asyncio.current_task()
        if self.evaluate is None:
            return await self._search(_folder(self.program), self.options)
        from cladogen.from_python.evolve_options import split
        from cladogen.from_python.folder import with_models, write_problem

        names = [*Settings.__dataclass_fields__, *CAP_NAMES]
        asked, settings = split(self.options, names)
        asked = with_models(asked, self.program, self.evaluate, bool(settings.get("models")))
        with tempfile.TemporaryDirectory(prefix="cladogen-") as place:
            write_problem(Path(place) / "problem", self.program, self.evaluate, asked)
            try:
                return await self._search(Path(place) / "problem", settings)
            except ProblemError as error:
                written = f"{place}/problem/problem.toml"  # which the caller never wrote
                if written not in str(error):
                    raise
                raise ProblemError(str(error).replace(written, "evolve()")) from None

    async def _search(self, problem: Path, settings: Mapping[str, Any]) -> FinishedRun:
        chosen = _settings(problem, settings)
        folder = self.folder or _run_folder(problem, chosen)
        store, chosen = open_run(folder, problem, chosen)
        async with open_session(store, chosen, self.observer) as session:
            self.session = session
            return FinishedRun(folder, await session.search())


def _folder(program: Any) -> Path:
    """Return the problem folder that was given in place of a program and its evaluation."""
    from cladogen.problem.shipped import hint, named

    folder = named(program) if isinstance(program, str) else program
    if not isinstance(folder, Path) or not (folder / "problem.toml").is_file():
        meant = hint(folder) if isinstance(folder, Path) else ""
        raise ConfigError(
            "evolve(): give a function that evaluates the program, or a problem folder (with a "
            f"problem.toml) in its place{meant}"
        )
    return folder


def _settings(problem: Path, given: Mapping[str, Any]) -> Settings:
    variant = str(given.get("variant", ""))
    source = str(problem / "problem.toml [defaults]")
    chosen = Settings().over(load(problem, variant, seeds=False).defaults, source)
    return chosen.over(given, "evolve()").bounded()


def _run_folder(problem: Path, settings: Settings) -> Path:
    """Return where a run without a name goes: the same for the same problem and settings that
    decide the tree.
    """
    from cladogen.problem.edits import folder_hash

    values = settings.to_json()
    for free in FREE:
        values.pop(free)
    digest = hashlib.sha256(f"{folder_hash(problem)} {values}".encode()).hexdigest()
    return RUNS / f"{load(problem, settings.variant, seeds=False).name}-{digest[:8]}"


def _in_a_thread(search: _Search) -> FinishedRun:
    """Search in an event loop of its own, for a caller that is inside one; Ctrl-C asks for an
    end.
    """
    task = asyncio.current_task()
    if _cancelled_anew(task):
        raise asyncio.CancelledError
    ended: list[FinishedRun | BaseException] = []
    loop = asyncio.new_event_loop()
    done = threading.Event()  # a thread whose join() is interrupted counts as ended in Python 3.11
    thread = threading.Thread(target=_work, args=(loop, search.finish(), ended, done), daemon=True)
    thread.start()
    pressed = False
    while not done.is_set():
        asked = False
        try:
            done.wait(LOOKS_S)
            asked = _cancelled_anew(task)
        except KeyboardInterrupt:
            asked = pressed = True
        if asked:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(search.interrupt)
    thread.join()
    (result,) = ended
    if pressed and isinstance(result, asyncio.CancelledError):
        raise KeyboardInterrupt
    if isinstance(result, BaseException):
        raise result
    return result


def _cancelled_anew(task: asyncio.Task[Any] | None) -> bool:
    """Tell whether the caller's task was cancelled since this was last asked of it.

    The first Ctrl-C under `asyncio.run` cancels its task, and raises nothing in code that does not
    await.
    """
    if task is None:
        return False
    before, _cancelled[task] = _cancelled.get(task, 0), task.cancelling()
    return task.cancelling() > before


def _work(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, FinishedRun],
    ended: list[FinishedRun | BaseException],
    done: threading.Event,
) -> None:
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            result = runner.run(work)
        ended.append(result)
    except BaseException as error:  # noqa: BLE001  (raised again in the caller's thread)
        ended.append(error)
    finally:
        done.set()
