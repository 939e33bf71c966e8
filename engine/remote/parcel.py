"""The parcel that every machine gets first: the problem's folder, the seed programs, the settings.

A tar file in memory; a machine unpacks it into a folder of its own, so that no file system need be
shared.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.run_folder import statement_of
from cladogen.settings import Settings

LEFT_OUT = ("__pycache__", ".git", "runs")
# Python 3.11 has the filter since 3.11.4, Debian 12 an older one; a parcel is the engine's own.
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a machine needs to judge programs. ``preview`` characters of what programs return are
    kept.
    """

    problem: Problem
    settings: Settings
    run_id: str
    preview: int = 0

    def pack(self) -> bytes:
        """Return the parcel as bytes."""
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as tar:
            tar.add(self.problem.folder, "problem", filter=_kept)
            for number, seed in enumerate(self.problem.seeds):
                for path, file in seed.files.items():
                    _add(
                        tar,
                        f"seeds/{number}/{path}",
                        file.data,
                        0o755 if file.executable else 0o644,
                    )
            about = {
                "settings": self.settings.to_json(),
                "parameters": dict(self.problem.parameters),
                "seeds": len(self.problem.seeds),
                "run_id": self.run_id,
                "preview": self.preview,
            }
            _add(tar, "parcel.json", json.dumps(about).encode())
        return held.getvalue()

    @staticmethod
    def unpack(data: bytes, folder: Path) -> Parcel:
        """Write the files below ``folder`` and read the problem there."""
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            tar.extractall(folder, **SAFELY)
        about: dict[str, Any] = json.loads((folder / "parcel.json").read_bytes())
        settings = Settings.from_json(about["settings"])
        problem = statement_of(folder, settings)
        seeds = [Program.read(folder / "seeds" / str(at)) for at in range(about["seeds"])]
        problem = replace(problem, seeds=tuple(seeds), parameters=about["parameters"])
        return Parcel(problem, settings, about["run_id"], about["preview"])


def _kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(entry.name).name in LEFT_OUT else entry


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))
