"""Programs of this machine that a build or command names, and what of them a sandbox must show.

The system's own folders are shown anyway. A tool that lives elsewhere (a Rust toolchain at home, a
Go or Node.js under /opt) is found as a shell would find it, and its own folder is shown, read-only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
_RUSTUP_S = 10.0
# Configuration of tools that is kept outside /usr: links to the tool that was chosen, to settings.
SETTINGS = (
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    *sorted(map(str, Path("/etc").glob("java*"))),
)


def tool_folders(names: Iterable[str]) -> dict[str, str]:
    """Return for each tool outside the system's folders: the folder of its program, and the one to
    show.
    """
    system = tuple(f"{top}/" for top in _SYSTEM)
    places = map(_program, filter(_is_named, names))
    outside = [each for each in places if each is not None and not str(each).startswith(system)]
    return {str(place.parent): str(_to_show(place)) for place in outside}


def _is_named(tool: str) -> bool:
    """Whether a tool is a name or a whole path, not a path in some folder."""
    return tool.startswith("/") or "/" not in tool


def _program(name: str) -> Path | None:
    """Return the real file of a program, behind links and behind rustup's stand-ins; None where
    there is none, as for a stand-in without a toolchain.
    """
    found = shutil.which(name)
    if found is None:
        return None
    real = Path(os.path.realpath(found))
    if real.name != "rustup" or name == "rustup":
        return real
    return _behind_rustup(real, name)


def _behind_rustup(rustup: Path, name: str) -> Path | None:
    try:
        done = subprocess.run(
            [str(rustup), "which", name],
            capture_output=True,
            text=True,
            timeout=_RUSTUP_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return rustup
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _to_show(program: Path) -> Path:
    """Return the folder that holds a tool as a whole: above its bin, unless that is somebody's
    home.
    """
    folder = program.parent
    whole = folder.parent if folder.name in ("bin", "sbin") else folder
    home = Path.home()
    return folder if whole == whole.parent or home.is_relative_to(whole) else whole
