"""The configuration that was found, as a file that `evolve run --config` takes."""

from __future__ import annotations

from pathlib import Path

from cladogen.importing.toml import write_toml
from cladogen.meta.choices import FILE, PROMPTS, Choices, read_choices
from cladogen.program import Program

HEAD = "# Found by evolve meta: for `evolve run PROBLEM --config THIS`, or for [defaults].\n"


def write_found(program: Program, folder: Path) -> Path:
    """Write a configuration below ``folder``: one TOML file, its rule within, and its prompts
    beside; return the file.
    """
    choices: Choices = read_choices(program)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(HEAD + write_toml(choices.values), encoding="utf-8")
    for name, data in choices.prompts.items():
        target = folder / PROMPTS / name.removeprefix(PROMPTS)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    return path
