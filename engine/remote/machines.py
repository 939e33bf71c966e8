"""Machines by their names, started for one problem."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from cladogen.errors import ConfigError
from cladogen.problem.spelling import nearest
from cladogen.remote.base import Machines
from cladogen.remote.evaluator import RemoteEvaluator
from cladogen.remote.share import Share
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.remote.parcel import Parcel  # tar files, which a run on this machine needs not

# Each is `module:class`, built as Class(share, notice), and imported only when it is asked for.
NAMES: Mapping[str, str] = {
    "ray": "cladogen.remote.ray_nodes:RayNodes",
    "slurm": "cladogen.remote.slurm:Slurm",
}

WAITING = 4  # slots for each task beside those that are being evaluated


@contextlib.asynccontextmanager
async def open_machines(
    parcel: Parcel, notice: Callable[[str], None]
) -> AsyncIterator[tuple[RemoteEvaluator, str]]:
    """Start the machines that the settings name; yield what judges programs on them, and which
    they are, in words.
    """
    machines = make(parcel, notice)
    try:
        offer = await machines.start(parcel.pack())
        yield RemoteEvaluator(parcel.problem, machines, offer), machines.where
    finally:
        await machines.close()


def make(parcel: Parcel, notice: Callable[[str], None]) -> Machines:
    """Return the named machines, not yet started; raises ConfigError."""
    settings = parcel.settings
    check_named(settings)
    name, most = _parts(settings.machines)
    path = NAMES.get(name, name)
    module, _, attribute = path.partition(":")
    try:
        made = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        wanted = f"; pip install 'cladogen[{name}]'" if name in NAMES else ""
        raise ConfigError(f"--workers {name}: {error}{wanted}") from None
    share = Share.of(parcel.problem, most, settings.ray_address)
    machines: Machines = made(share, notice)
    return machines


def check_named(settings: Settings) -> None:
    """Raise ConfigError for machines that there cannot be, and for a cluster of others."""
    name, _ = _parts(settings.machines)
    kind, colon, _ = name.partition(":")
    if kind in NAMES and colon:
        raise ConfigError(
            f"--workers {name}: write {kind}, or {kind}:N for at most N evaluations at once"
        )
    if name and ":" not in NAMES.get(name, name):
        raise ConfigError(
            f"--workers {name!r}{nearest(name, NAMES)}: give a number, {', '.join(NAMES)}, or an "
            "import path module:Class"
        )
    if settings.ray_address and name in ("", "slurm"):
        where = "as jobs of slurm" if name else "on this machine"
        raise ConfigError(
            f"--ray-address {settings.ray_address}: programs would be evaluated {where}; say "
            "--workers ray too"
        )


def tasks_in_flight(settings: Settings, slots: int) -> int:
    """Return how many tasks keep so many slots busy: some wait for a slot, so that none is empty
    while a result is recorded and the next program made; with models, most wait for a reply.
    """
    return max(slots + -(-slots // WAITING), settings.workers if settings.models else 1)


def _parts(text: str) -> tuple[str, int | None]:
    """Return the name and the most slots of "ray", "ray:16" or "module:Class:16"."""
    name, colon, most = text.rpartition(":")
    if not colon or not most.isdecimal():
        return text, None
    if int(most) < 1:
        raise ConfigError(f"--workers {text}: must be at least 1")
    return name, int(most)
