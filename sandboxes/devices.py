"""GPUs: which there are, and which of them each slot's programs see.

A problem declares how many each program gets (``[sandbox] gpus``). Slot k gets the k-th group of so
many, by ``CUDA_VISIBLE_DEVICES``; more slots than groups take turns, and only as many jobs run at
once as there are groups.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from cladogen.errors import SandboxError

VARIABLE = "CUDA_VISIBLE_DEVICES"
_ASK_S = 20.0
_LISTED = Path("/proc/driver/nvidia/gpus")


def groups(gpus: str) -> tuple[tuple[str, ...], ...]:
    """Return the devices of each slot; SandboxError where there are fewer than one program needs.

    ``gpus`` is "all" or how many each program gets; "" is none, and no group.
    """
    if not gpus:
        return ()
    if gpus != "all" and not _is_count(gpus):
        raise SandboxError(f'[sandbox] gpus is {gpus!r}; it takes "all" or a number')
    found = present()
    each = len(found) if gpus == "all" else int(gpus)
    if len(found) < max(1, each):
        raise SandboxError(
            f"[sandbox] gpus asks for {gpus}, and this machine shows {len(found)}; see nvidia-smi "
            f"-L, and {VARIABLE} if it is set"
        )
    return tuple(tuple(found[at : at + each]) for at in range(0, len(found) - each + 1, each))


def _is_count(text: str) -> bool:
    return text.isdecimal() and int(text) > 0


def present() -> tuple[str, ...]:
    """Return the devices that this process may use: numbers, or names as ``nvidia-smi -L`` has
    them.
    """
    stated = os.environ.get(VARIABLE)
    if stated is not None:
        return tuple(device for device in stated.split(",") if device.strip() not in ("", "-1"))
    if shutil.which("nvidia-smi") is None:
        return _numbers(len(list(_LISTED.glob("*"))))
    return _numbers(_shown_count())


def _shown_count() -> int:
    """Return how many devices nvidia-smi shows, 0 where it fails."""
    try:
        done = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in done.stdout.splitlines())


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
