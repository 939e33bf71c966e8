"""Tools of this machine work inside bubblewrap, and one that is missing says how to get it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Execution, Job, Limits
from cladogen.sandboxes.choose import open_sandbox
from cladogen.sandboxes.host_tools import tool_folders

LIMITS = Limits(time_s=20.0, memory_mb=1024, build_s=60.0)
bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")
C = b'#include <stdio.h>\nint main(void) { puts("1"); return 0; }\n'
PROGRAMS = {
    "c++": (("c++", "-o", "run", "main.c"), ("./run",), {"main.c": C}),
    "cc": (("cc", "-o", "run", "main.c"), ("./run",), {"main.c": C}),
    "awk": ((), ("awk", "BEGIN { print 1 }"), {"x": b""}),
    "node": ((), ("node", "main.js"), {"main.js": b"console.log(1)"}),
    "rustc": (
        ("rustc", "-o", "run", "main.rs"),
        ("./run",),
        {"main.rs": b'fn main() { println!("1"); }'},
    ),
    "perl": ((), ("perl", "-e", "print 1"), {"x": b""}),
    "java": (
        (),
        ("java", "-XX:+UseSerialGC", "-Xmx64m", "Main.java"),
        {
            "Main.java": b"class Main { public static void main(String[] a) { System.out.println(1); } }"
        },
    ),
}


def runs_here(
    folder: Path, build: tuple[str, ...], command: tuple[str, ...], files: dict[str, bytes]
) -> bool:
    """Tell whether this machine builds and runs a program with no sandbox around it."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        for words in filter(None, (build, command)):
            subprocess.run(words, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


async def run(
    name: str, build: tuple[str, ...], command: tuple[str, ...], files: dict[str, bytes]
) -> Execution:
    held = {path: File(data) for path, data in files.items()}
    async with open_sandbox(name, limits=LIMITS, build=build, command=command) as sandbox:
        job = Job(held, command, (Call(b"0"),), LIMITS, build)
        (execution,) = await sandbox.run(job)
    return execution


@bubblewrap
@pytest.mark.parametrize("tool", PROGRAMS)
async def test_a_tool_that_runs_here_runs_in_bubblewrap(tool: str, tmp_path: Path) -> None:
    if not runs_here(tmp_path, *PROGRAMS[tool]):  # a launcher without what it launches is none
        pytest.skip(f"no {tool} that runs here")
    execution = await run("bubblewrap", *PROGRAMS[tool])
    assert (execution.status, (execution.output or b"").strip()) == (Status.OK, b"1"), execution


@bubblewrap
async def test_a_tool_outside_the_systems_folders_is_shown_with_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path("/opt/cladogen-test-tool") if os.geteuid() == 0 else tmp_path / "tool"
    try:
        (home / "bin").mkdir(parents=True)
        (home / "data").write_text("1")
        tool = home / "bin" / "mytool"
        tool.write_text(f"#!/bin/sh\ncat {home}/data\n")
        tool.chmod(stat.S_IRWXU | 0o055)
        monkeypatch.setenv("PATH", f"{home}/bin:{os.environ['PATH']}")
        assert tool_folders(("mytool", "sh", "./mine")) == {f"{home}/bin": str(home)}
        if str(home).startswith("/tmp"):
            pytest.skip("a sandbox has a /tmp of its own")
        execution = await run("bubblewrap", (), ("mytool",), {"x": b""})
        assert (execution.status, execution.output) == (Status.OK, b"1"), execution
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize("name", [pytest.param("docker", marks=pytest.mark.docker), "local"])
async def test_a_tool_that_is_missing_says_how_to_get_it(name: str) -> None:
    execution = await run(name, (), ("no-such-tool", "x"), {"x": b""})
    assert execution.status is Status.CRASH
    assert execution.detail.startswith("no-such-tool: no such program in the sandbox; for Docker,")


async def test_a_compilers_first_error_is_what_is_told() -> None:
    if shutil.which("g++") is None:
        pytest.skip("no g++")
    source = b"int f() { return first_mistake; }\n" + b"int g() { return more; }\n" * 300
    execution = await run("local", ("g++", "-c", "main.cpp"), ("./run",), {"main.cpp": source})
    assert execution.status is Status.CRASH
    assert execution.detail.startswith("build failed: g++ ended with exit status 1: main.cpp:1:")
    assert "first_mistake" in execution.detail


def test_launcher_without_what_it_launches_is_no_tool(tmp_path: Path, monkeypatch) -> None:
    for name in ("rustup", "real"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{'exit 1' if name == 'rustup' else ''}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "rustc").symlink_to("rustup")
    (tmp_path / "mine").symlink_to("real")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert tool_folders(["rustc"]) == {}
    assert tool_folders(["mine"]) == {str(tmp_path): str(tmp_path)}
