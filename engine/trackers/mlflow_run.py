"""A run in MLflow, at the server or in the files that MLFLOW_TRACKING_URI names.

By a client and a run's id, not by MLflow's active run, which belongs to a thread.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

EXPERIMENT = "cladogen"
LONGEST_NAME, LONGEST_VALUE = 250, 500


class MlflowRun:
    """Implements `Tracker`."""

    def start(self, folder: Path, facts: Mapping[str, str]) -> None:
        self._client = MlflowClient()
        known = self._client.get_experiment_by_name(EXPERIMENT)
        experiment = (
            self._client.create_experiment(EXPERIMENT) if known is None else known.experiment_id
        )
        made = self._client.create_run(experiment, run_name=folder.resolve().name)
        self.run_id = made.info.run_id
        params = [Param(allowed(name), value[:LONGEST_VALUE]) for name, value in facts.items()]
        self._client.log_batch(self.run_id, params=params)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        now = int(time.time() * 1000)
        points = [Metric(allowed(name), value, now, step) for name, value in values.items()]
        self._client.log_batch(self.run_id, metrics=points)

    def keep(self, files: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for path, data in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            self._client.log_artifacts(self.run_id, folder, "program")

    def finish(self, *, well: bool) -> None:
        self._client.set_terminated(self.run_id, "FINISHED" if well else "FAILED")


def allowed(name: str) -> str:
    """Return a name that MLflow takes."""
    return re.sub(r"[^\w\-./: ]|^/|\.\.", "_", name)[:LONGEST_NAME] or "_"
