"""Settings: everything that was chosen for a run, in one frozen value that the run folder keeps.

Caps and the number of workers may be changed when a run is resumed; the rest may not, for it
decides the tree.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cladogen.errors import ConfigError, ProblemError, RunError
from cladogen.ledger import Caps
from cladogen.problem.defaults import read_defaults
from cladogen.problem.specialist import Specialist, read_specialists
from cladogen.problem.strict_toml import Table

DEFAULT_SECONDS = 600.0
DEFAULT_TOKENS = 2_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run uses. ``models`` are (name, weight) pairs; options are what the named classes
    take.

    ``noise_repeats`` is how often the first seed is measured on all cases before the search;
    ``shortlist`` how many programs the held-out cases choose among at the end (0 ships what the
    archive ranks first). ``first_programs`` is how many programs are asked for where the problem
    has no seed program. ``specialists`` are several proposers in place of one.
    """

    variant: str = ""
    seed: int = 0
    workers: int = 2
    archive: str = "map_elites"
    archive_options: Mapping[str, Any] = field(default_factory=dict)
    proposer: str = ""  # "" is "model" when models are named, else "offline"
    proposer_options: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[tuple[str, float], ...] = ()
    api_base: str = ""
    sandbox: str = "auto"
    isolation: str = "fork"
    runtime: str = ""
    machines: str = ""  # where programs are evaluated: "" here, "ray", "slurm", or "ray:16"
    ray_address: str = ""
    share: str = ""  # a git repository in which several engines leave their elites
    share_every: float = 30.0  # seconds between two looks at it
    usd_per_hour: float = 0.0  # of evaluation; 0: not priced
    noise_repeats: int = 3
    shortlist: int = 5
    first_programs: int = 4
    coevolve: bool = False  # whether cases evolve against the programs
    approve: str = ""  # which children wait for a person: "" or none, flagged, all
    specialists: tuple[Specialist, ...] = ()
    to_the_bit: bool = False  # whether scores differ in their last bit: in runs of earlier versions
    caps: Caps = field(default_factory=Caps)

    def __post_init__(self) -> None:
        if not isinstance(self.workers, int) or self.workers < 1:
            raise ConfigError(f"workers {self.workers!r}: must be a whole number, at least 1")
        for name, field_name in CAP_NAMES.items():
            value = getattr(self.caps, field_name)
            if value is not None and name != "target" and not value > 0:
                raise ConfigError(f"{name} {value!r}: must be more than 0")

    @property
    def slots(self) -> int:
        """How many candidates run at once: with models, most workers only wait for a reply."""
        return min(self.workers, os.cpu_count() or 1) if self.models else self.workers

    def bounded(self) -> Settings:
        """Return these settings with a budget: a run that nobody gave one ends after
        `DEFAULT_SECONDS`.

        With models and no cap on dollars, tokens or calls, it also ends at `DEFAULT_TOKENS`.
        """
        caps = self.caps
        if self.models and caps.usd is caps.tokens is caps.calls is None:
            caps = replace(caps, tokens=DEFAULT_TOKENS)
        lasting = (
            caps.evaluations,
            caps.proposals,
            caps.seconds,
            caps.usd,
            caps.tokens,
            caps.calls,
        )
        if all(cap is None for cap in lasting):
            caps = replace(caps, seconds=DEFAULT_SECONDS)
        return replace(self, caps=caps)

    @property
    def proposer_name(self) -> str:
        if self.specialists:
            return "specialists"
        return self.proposer or ("model" if self.models else "offline")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Settings:
        made = {
            "to_the_bit": True,
            **values,
            "caps": Caps(**values["caps"]),
            "models": tuple((n, w) for n, w in values["models"]),
        }
        if "specialists" in made:
            made["specialists"] = read_specialists(Table(made, "settings"))
        return Settings(**made)

    def over(self, values: Mapping[str, Any], source: str) -> Settings:
        """Return these settings with ``values`` over them; raises ConfigError for a name or value
        that will not do.

        Names are those of this class, ``max_evaluations`` and the like for the caps, ``target`` and
        ``patience``.
        """
        try:
            given = read_defaults(Table(values, source))
        except ProblemError as error:
            raise ConfigError(str(error)) from None
        caps = {CAP_NAMES[name]: given.pop(name) for name in CAP_NAMES if name in given}
        for table, owner in (("archive_options", "archive"), ("proposer_options", "proposer")):
            if table in given and given.get(owner, getattr(self, owner)) == getattr(self, owner):
                given[table] = merged(getattr(self, table), given[table])
        if given.get("archive", self.archive) != self.archive:  # options are their archive's
            given.setdefault("archive_options", {})
        if "proposer" in given:  # one is named over the several of a problem
            given.setdefault("specialists", ())
        return replace(self, **given, caps=replace(self.caps, **caps))

    def continued(self, asked: Settings, run: str) -> Settings:
        """Return what a resumed run uses: its own settings, with the caps and workers now asked
        for.

        Raises RunError when anything that decides the tree was asked to be different.
        """
        for name in DECIDING:
            before, now = getattr(self, name), getattr(asked, name)
            if name == "proposer_options":
                before, now = _deciding(before), _deciding(now)
            if before != now:
                before, now = _shown(name, before), _shown(name, now)
                raise RunError(
                    f"{run}: was started with {NAMES.get(name, name)} {before!r}, not {now!r}; for "
                    "a run of its own give another folder with --run"
                )
        kept = {name: self.proposer_options[name] for name in FREE if name in self.proposer_options}
        return replace(
            asked,
            models=asked.models or self.models,
            api_base=asked.api_base or self.api_base,
            approve=asked.approve or self.approve,
            to_the_bit=self.to_the_bit,
            proposer_options=merged(kept, asked.proposer_options),
        )


def _shown(name: str, value: Any) -> Any:
    return "; ".join(map(str, value)) if name == "specialists" else value


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return options, the later ones over the earlier; prices are added to those that are known."""
    both = [options["price"] for options in (before, now) if options.get("price")]
    return {**before, **now, **({"price": ";".join(dict.fromkeys(both))} if both else {})}


def _deciding(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that decide the tree, without those that may change when a run goes on."""
    return {name: value for name, value in options.items() if name not in FREE}


# Options of proposers that change no proposal: what is paid, with which key, how long is waited.
FREE = ("price", "prices", "key", "silence")


NAMES = {"proposer_name": "proposer", "seed": "random seed"}  # as people know settings
CHECKS = ("noise_repeats", "shortlist", "coevolve")
DECIDING = (  # what the tree depends on
    "variant",
    "seed",
    "archive",
    "archive_options",
    "proposer_name",
    "proposer_options",
    "specialists",
    *CHECKS,
)
CAP_NAMES = {
    "max_usd": "usd",
    "max_tokens": "tokens",
    "max_calls": "calls",
    "max_evaluations": "evaluations",
    "max_proposals": "proposals",
    "max_seconds": "seconds",
    "target": "target",
    "patience": "patience",
    "max_failing": "failing",
    "max_away": "away",
}
