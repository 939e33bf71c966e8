"""The Tracker seam: where curves of a run go."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cladogen.errors import ConfigError

NAMES = {
    "wandb": ("wandb_run", "WandbRun", "wandb"),
    "mlflow": ("mlflow_run", "MlflowRun", "mlflow"),
    "tensorboard": ("tensorboard_run", "TensorboardRun", "tensorboardX"),
    "otel": ("otel_run", "OtelRun", "opentelemetry"),
}


class Tracker(Protocol):
    """One run in a tracker. Any method may raise whatever the tracker's package raises."""

    def start(self, folder: Path, facts: Mapping[str, str]) -> None:
        """Begin; ``facts`` are names and values of what the run uses."""
        ...

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to each curve. Steps go up; values are finite."""
        ...

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Keep the files of the program that ships, by their paths."""
        ...

    def finish(self, *, well: bool) -> None:
        """End, with everything written; ``well``: the run ended as it was asked to."""
        ...


def tracker(name: str) -> Tracker:
    """Return a tracker by its name; raises ConfigError for an unknown or a missing one."""
    if name not in NAMES:
        raise ConfigError(f"--track {name}: no such tracker; there are {', '.join(NAMES)}")
    module, title, package = NAMES[name]
    try:
        made: Tracker = getattr(importlib.import_module(f"cladogen.trackers.{module}"), title)()
    except ImportError as error:
        missing = error.name or package
        raise ConfigError(
            f"--track {name}: {missing} is not installed; get it with: pip install "
            f"'cladogen[{name}]'"
        ) from None
    return made
