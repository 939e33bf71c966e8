"""The code that runs inside, sent over the line: a one-line loader on the command line, then
sources as JSON.

So an image needs nothing of ours, only a Python, and the version inside is always the version
outside.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

_MODULES = (
    "wire",
    *(
        f"inside.{name}"
        for name in (
            "packing",
            "syscalls",
            "listeners",
            "confine",
            "failure",
            "ending",
            "group",
            "command",
            "leftovers",
            "program",
            "candidate",
            "processes",
            "waits",
            "folders",
            "result",
            "answer",
            "clock",
            "segments",
            "unmapped",
            "memory",
            "line",
            "child",
            "watch",
            "supervisor",
        )
    ),
)  # each after those it imports
LOADER = """
import json, os, sys, types
def take(size):
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part: sys.exit(0)
        data += part
    return data
bundle = json.loads(take(int.from_bytes(take(8), "big")))
for name in bundle["packages"]:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, source in bundle["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source, "<" + name + ">", "exec"), module.__dict__)
sys.modules["cladogen.sandboxes.inside.supervisor"].main(bundle["settings"])
"""


@cache
def _sources() -> list[tuple[str, str]]:
    root = files("cladogen.sandboxes")
    return [
        (
            f"cladogen.sandboxes.{name}",
            root.joinpath(*name.split(".")[:-1], name.split(".")[-1] + ".py").read_text(),
        )
        for name in _MODULES
    ]


def bundle(settings: dict[str, Any]) -> bytes:
    """Return what to write to the loader's standard input."""
    packages = ["cladogen", "cladogen.sandboxes", "cladogen.sandboxes.inside"]
    text = json.dumps({"packages": packages, "modules": _sources(), "settings": settings}).encode()
    return len(text).to_bytes(8, "big") + text
