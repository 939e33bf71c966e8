"""Reads the headers of tests/attacks: what each program tries, what stops it, and what becomes of it where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits

FOLDER = Path(__file__).parents[1] / "attacks"
SKIP, NOT_CONTAINED = "skip", "not contained"
LIMITS = Limits(
    time_s=1.5, memory_mb=192, files_mb=16, processes=32, output_mb=1, build_s=60.0,
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """One file: ``outcomes`` maps a sandbox to the statuses it may end with, "skip" or "not contained"."""

    path: Path
    tries: str
    stopped_by: str
    outcomes: dict[str, tuple[str, ...]]
    kind: str = "function"
    wall_s: float = 0.0
    cpu_s: float = 0.0  # that must be counted, when it ends well
    network: bool = False  # run where one host is listed

    @property
    def name(self) -> str:
        return self.path.stem

    def job(self, world: bytes, *, fresh: bool = False) -> Job:
        files = {self.path.name: File(self.path.read_bytes())}
        calls = (
            (Call(world), Call(world)) if self.name == "forge_the_next_answer" else (Call(world),)
        )
        if self.path.suffix == ".cpp":
            build = ("g++", "-O1", "-o", "attack", self.path.name)
            return Job(files, ("./attack",), calls, LIMITS, build, program=self.name, fresh=fresh)
        if self.kind != "function":
            command = ("python3", self.path.name)
            return Job(files, command, calls, LIMITS, tree=self.kind == "tree", fresh=fresh)
        return Job(files, f"{self.path.name}:run", calls, LIMITS, fresh=fresh)


def read_all() -> list[Attack]:
    """Return every attack, by name."""
    return [_read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in (".py", ".cpp")]


def _read(path: Path) -> Attack:
    text = path.read_text()
    fields = dict(re.findall(r'^(?:// |""")?([A-Z][A-Za-z ]+): (.+)$', text, re.MULTILINE))
    outcomes = {
        name: tuple(fields[name.capitalize()].split(" or ")) for name in ("docker", "bubblewrap", "local")
    }  # fmt: skip
    return Attack(
        path, fields["Tries"], fields["Stopped by"], outcomes, fields.get("Kind", "function"),
        float(fields.get("Wall", 0.0)), float(fields.get("Cpu", 0.0)), "Network" in fields,
    )  # fmt: skip


def table(attacks: list[Attack]) -> str:
    """Return the table of docs/security.md."""
    rows = [
        "| attack | tries | what stops it | docker | bubblewrap | local |",
        "|---|---|---|---|---|---|",
    ]
    for attack in attacks:
        shown = [
            " or ".join(attack.outcomes[name]).replace("skip", "not run")
            for name in attack.outcomes
        ]
        rows.append(
            f"| `{attack.path.name}` | {attack.tries} | {attack.stopped_by} | {' | '.join(shown)} |"
        )
    return "\n".join(rows)
