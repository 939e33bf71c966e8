"""How much a report shows."""

from __future__ import annotations

from dataclasses import dataclass

CASES = 12
LOG_LINES = 40


@dataclass(frozen=True, slots=True)
class Detail:
    """What to show beside the usual: the prompt, the reply, every case, whole files, the patch."""

    prompt: bool = False
    reply: bool = False
    cases: bool = False
    files: bool = False
    patch: bool = True


USUAL = Detail()
