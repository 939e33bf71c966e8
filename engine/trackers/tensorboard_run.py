"""A run as TensorBoard's event files, in the run's own folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tensorboardX import SummaryWriter


class TensorboardRun:
    """Implements `Tracker`. Each session has a folder of its own: two writers would lose points."""

    def start(self, folder: Path, facts: Mapping[str, str]) -> None:
        place = folder / "tensorboard" / f"{time.time_ns()}"
        self._writer = SummaryWriter(logdir=str(place))
        self._writer.add_text("run", "\n\n".join(f"{name}: {text}" for name, text in facts.items()))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def keep(self, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            text = data.decode("utf-8", "replace")
            self._writer.add_text(
                f"program/{path}", "\n".join(f"    {line}" for line in text.splitlines())
            )

    def finish(self, *, well: bool) -> None:
        self._writer.close()
