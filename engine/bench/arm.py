"""Arms: selection rules with their options and their proposer's, as a command line names them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cladogen.errors import ConfigError
from cladogen.settings import CAP_NAMES

BASELINES = ("iid", "sequential", "greedy")
PROPOSER = "proposer."  # before the name of an option that goes to the proposer
RUN = "run."  # before the name of a setting of the run
# Settings that are not an arm's, and why.
OWN = {
    "variant": "name it with the problem, FOLDER:VARIANT",
    "seed": "every arm is run with the same ones; say how many by --seeds",
    "archive": "an arm begins with it: clade:run.coevolve=true",
    "archive_options": "write them without run., as in clade:counts=own",
    "proposer_options": "write each as proposer.NAME=VALUE",
    **dict.fromkeys(CAP_NAMES, "the budget is the same for all arms; give it to evolve bench"),
}


@dataclass(frozen=True, slots=True)
class Arm:
    """A selection rule to be compared. ``label`` is what the user wrote, ``options`` go to the
    rule's class, ``proposer_options`` to the proposer, over those of all arms, and ``run_options``
    are settings of the run, over those of all arms.
    """

    label: str
    archive: str
    options: Mapping[str, str]
    proposer_options: Mapping[str, str] = field(default_factory=dict)
    run_options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The label as a folder's name."""
        return re.sub(r"[^\w.=-]+", "-", self.label)


def read_arm(text: str) -> Arm:
    """Read ``clade`` or ``clade:counts=own:proposer.notes_every=0``; the name may be an import
    path, ``module:Class``.
    """
    named, given = _parts(text)
    options = dict(part.split("=", 1) for part in given)
    runs = {name: _value(value) for name, value in _under(RUN, options).items()}
    for name in runs:
        if name in OWN:
            raise ConfigError(f"--arms {text!r}: run.{name} is not an arm's: {OWN[name]}")
    own = {name: value for name, value in options.items() if not name.startswith((PROPOSER, RUN))}
    return Arm(text, ":".join(named), own, _under(PROPOSER, options), runs)


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the parts of a rule's name, and the options behind it."""
    parts = text.split(":")
    first = next((at for at, part in enumerate(parts) if "=" in part), len(parts))
    named, given = parts[:first], parts[first:]
    if not named or not all(named) or not all("=" in part for part in given):
        raise ConfigError(
            f"--arms {text!r}: write a rule's name, then its options: clade:counts=own:alpha=0.5"
        )
    return named, given


def _under(prefix: str, options: Mapping[str, str]) -> dict[str, str]:
    """Return the options whose names begin so, without that."""
    found = {name: value for name, value in options.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in found.items()}


def _value(text: str) -> Any:
    """Return a setting as problem.toml would say it: true, a number, else a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text


def read_arms(text: str, *, only: bool = False) -> tuple[Arm, ...]:
    """Read a list separated by commas; the baselines are added to it, unless ``only``."""
    labels = [label.strip() for label in text.split(",")]
    labels = list(filter(None, labels)) + ([] if only else list(BASELINES))
    if not labels:
        raise ConfigError("--arms: name at least one selection rule")
    arms = tuple(map(read_arm, dict.fromkeys(labels)))
    _check_slugs(arms)
    return arms


def _check_slugs(arms: Sequence[Arm]) -> None:
    seen: dict[str, Arm] = {}
    for arm in arms:
        other = seen.setdefault(arm.slug, arm)
        if other is not arm:
            raise ConfigError(
                f"--arms: {other.label!r} and {arm.label!r} would share the folder {arm.slug!r}"
            )
