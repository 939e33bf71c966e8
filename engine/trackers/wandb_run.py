"""A run in Weights & Biases, online or offline as WANDB_MODE says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb


class WandbRun:
    """Implements `Tracker`. Its files lie in the run's folder."""

    def start(self, folder: Path, facts: Mapping[str, str]) -> None:
        self._folder = folder
        self._run: Any = wandb.init(
            project="cladogen", name=folder.resolve().name, dir=str(folder), config=dict(facts),
            settings=wandb.Settings(silent=True, console="off"),
        )  # fmt: skip

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def keep(self, files: Mapping[str, bytes]) -> None:
        artifact = wandb.Artifact("program", type="program")
        for path, data in files.items():
            with artifact.new_file(path, mode="wb") as file:
                file.write(data)
        self._run.log_artifact(artifact)

    def finish(self, *, well: bool) -> None:
        self._run.finish(exit_code=0 if well else 1)
