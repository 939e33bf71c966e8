"""The engine from Python: the same search as ``evolve run``, in one call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from cladogen.errors import RunError
from cladogen.events import Ending, Observer, Silent
from cladogen.problem import load
from cladogen.run_folder import open_run
from cladogen.session import open_session
from cladogen.settings import Settings


def evolve(
    problem: Path | str, run: Path | str, *, observer: Observer | None = None, **settings: Any
) -> Ending:
    """Search for better programs for a problem and return the ending: why it stopped, and the
    program that ships.

    ``settings`` are the fields of `Settings` and its caps by name: ``evolve("problems/x", "runs/x",
    seed=1, max_seconds=60)``. Calling it again with the same ``run`` folder continues there. Raises
    CladogenError for what is wrong with the problem, the settings or the folder.
    """
    problem, folder = Path(problem), Path(run)
    variant = str(settings.get("variant", ""))
    chosen = Settings().over(
        load(problem, variant).defaults, str(problem / "problem.toml [defaults]")
    )
    chosen = chosen.over(settings, "evolve()").bounded()
    store, chosen = open_run(folder, problem, chosen)

    async def search() -> Ending:
        async with open_session(store, chosen, observer or Silent()) as session:
            return await session.search()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(search())
    store.close()
    raise RunError(
        "evolve() starts an event loop of its own; inside one, use cladogen.session.open_session"
    )
