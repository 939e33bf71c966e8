"""The proposer of a run, or its specialists: found by name, given what the constructor names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ConfigError
from cladogen.problem import Problem
from cladogen.problem.specialist import Specialist
from cladogen.proposers import find_proposer
from cladogen.proposers.base import Proposer
from cladogen.proposers.declared import read_option
from cladogen.record.choices import StoredChoices
from cladogen.record.model_calls import CountedCalls
from cladogen.record.store import Store
from cladogen.search.streams import stream
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.gateway.gateway import Gateway
    from cladogen.proposers.specialists import Specialists

THE_RUNS = ("sandbox", "runtime")  # options that are the run's own where none names them
# What a run gives to constructors that name it, and no option may be.
SURROUNDINGS = (
    "problem", "trials", "budget", "calls", "notify", "stopping", "surroundings", "models",
    "api_base", "seed", "gateway",
)  # fmt: skip


def make_proposer(
    settings: Settings,
    *,
    store: Store | None = None,
    gateway: Gateway | None = None,
    **given: Any,
) -> Proposer:
    """Return the named proposer, or the specialists, each built with whatever of the surroundings
    its constructor names, and its options. In ``store`` specialists' choices are recorded.
    """
    if settings.specialists:
        return _specialists(settings, store, gateway, given)
    return _built(settings, gateway, given, counted=False)


def _built(
    settings: Settings, gateway: Gateway | None, given: Mapping[str, Any], *, counted: bool
) -> Proposer:
    """Return a proposer. ``counted``: what earlier sessions spent is counted already."""
    rule: Callable[..., Proposer] = find_proposer(settings.proposer_name, given["problem"].folder)
    takes = inspect.signature(rule).parameters
    if gateway is not None and "calls" not in takes and not counted:
        from cladogen.models.asking import charge_recorded

        charge_recorded(gateway.log, gateway.budget)  # who keeps calls counts them itself
    there = {**given, "models": settings.models, "api_base": settings.api_base}
    there |= {"seed": settings.seed, "gateway": gateway}
    options = _typed(settings, takes, there, with_gateway=gateway is not None)
    around = {name: value for name, value in there.items() if name in takes}
    return rule(**around, **options)


def checked_options(settings: Settings, problem: Problem) -> None:
    """Raise ConfigError for an option that the named proposer does not take, or of another kind."""
    takes = inspect.signature(find_proposer(settings.proposer_name, problem.folder)).parameters
    # Where models are named there is a gateway to them, whose options are no fault.
    options = _typed(
        settings, takes, dict.fromkeys(SURROUNDINGS), with_gateway=bool(settings.models)
    )
    if _open_ended(takes):
        from cladogen.prompts.options import ModelOptions

        ModelOptions.read({name: value for name, value in options.items() if name not in takes})


def _typed(
    settings: Settings,
    takes: Mapping[str, inspect.Parameter],
    there: Mapping[str, Any],
    *,
    with_gateway: bool,
) -> dict[str, Any]:
    """Return the options as the constructor declares them; raises ConfigError."""
    options = _options(settings, takes, with_gateway=with_gateway)
    _check(settings.proposer_name, options, takes, there)
    who = f"proposer {settings.proposer_name}"
    return {key: read_option(who, key, value, takes) for key, value in options.items()}


def _specialists(
    settings: Settings, store: Store | None, gateway: Gateway | None, given: Mapping[str, Any]
) -> Specialists:
    """Return several proposers that share turns out; raises ConfigError for an option or a model
    that is nobody's.
    """
    from cladogen.gateway.opening import OPTIONS
    from cladogen.models.asking import charge_recorded
    from cladogen.proposers.specialists import Member, Specialists, confined

    problem, around = given["problem"], dict(given)
    if store is not None:
        charge_recorded(given["calls"], given["budget"])
        around["calls"] = CountedCalls(store)
    unused = set(settings.proposer_options)
    members = []
    for each in settings.specialists:
        own = settings_of(each, settings, problem.folder)
        unused -= set(own.proposer_options)
        around["problem"] = confined(problem, each.name, each.only)
        built = _built(own, gateway, around, counted=True)
        members.append(Member(each.name, built, each.only, each.weight))
    if unused - set(OPTIONS):
        raise ConfigError(f"no specialist takes the proposer option {min(unused)!r}")
    chosen = None if store is None else StoredChoices(store).entry
    return Specialists(problem, members, partial(stream, settings.seed, "specialists"), chosen)


def settings_of(each: Specialist, settings: Settings, folder: Path) -> Settings:
    """Return a specialist's settings: its models, and those of the run's proposer options that its
    kind takes, under its own.
    """
    weights = dict(settings.models)
    for name in each.models:
        if name not in weights:
            listed = ", ".join(weights) or "none"
            raise ConfigError(
                f"specialist {each.name}: models = {name}: not named with --model ({listed})"
            )
    takes = inspect.signature(find_proposer(each.kind, folder)).parameters
    known = set(takes)
    if _open_ended(takes):
        from cladogen.prompts.options import ModelOptions

        known |= {field.name for field in fields(ModelOptions)}
    shared = {name: value for name, value in settings.proposer_options.items() if name in known}
    return replace(
        settings,
        proposer=each.kind,
        proposer_options={**shared, **each.options},
        models=tuple((name, weights[name]) for name in each.models) or settings.models,
        specialists=(),
    )


def _options(
    settings: Settings, takes: Mapping[str, inspect.Parameter], *, with_gateway: bool
) -> dict[str, Any]:
    """Return the options that the constructor is given; those of the gateway are left to it."""
    options = dict(settings.proposer_options)
    if with_gateway and not _open_ended(takes):
        from cladogen.gateway.opening import OPTIONS

        for name in set(OPTIONS) - set(takes):
            options.pop(name, None)
    for name in THE_RUNS:
        if name in takes:
            options.setdefault(name, getattr(settings, name))
    return options


def _check(
    proposer: str,
    options: Mapping[str, Any],
    takes: Mapping[str, inspect.Parameter],
    given: Mapping[str, Any],
) -> None:
    """Raise ConfigError for an option that the constructor does not take, or that is not the
    user's to give.
    """
    for name in options:
        if name in given or (name not in takes and not _open_ended(takes)):
            known = ", ".join(sorted(set(takes) - set(given))) or "none"
            raise ConfigError(f"proposer {proposer}: unknown option {name!r}; it takes: {known}")


def _open_ended(takes: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes.values())
