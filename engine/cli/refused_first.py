"""What a run is refused for before its first line: whatever is known without a sandbox or a model.

Machines, a rule, a proposer, their options, a price that a cap in dollars needs. Where nothing of
it was named nothing is loaded for it; what needs the cases or a model's server is refused later.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cladogen.errors import CladogenError, ConfigError
from cladogen.problem import Problem
from cladogen.settings import Settings

if TYPE_CHECKING:
    from cladogen.record.store import Store


def refuse_first(problem: Problem, settings: Settings) -> None:
    """Raise ConfigError for settings that no run of the problem can have."""
    _refuse_machines(settings)
    _refuse_archive(problem, settings)
    for proposer in _proposers(problem, settings):
        _refuse_options(problem, proposer)
        _refuse_prices(problem, proposer)


def refuse_idle_prices(texts: Sequence[str], problem: Problem, settings: Settings) -> None:
    """Raise ConfigError for a price of a model that nobody asks: a name that is spelt otherwise
    would leave the one that is asked without it.
    """
    from cladogen.models.model import read_price
    from cladogen.problem.spelling import nearest

    named = [read_price(part)[0] for text in texts for part in text.split(";") if part.strip()]
    asked = set(_asked(problem, settings)) if named else set()
    for name in named:
        if name not in asked:
            raise ConfigError(
                f"--price {name}: no model of that name is asked{nearest(name, asked)}"
            )


def _asked(problem: Problem, settings: Settings) -> Iterator[str]:
    """Yield the names of the models that a run may ask."""
    from cladogen.prompts.options import ModelOptions

    for each in (settings, *_proposers(problem, settings)):
        options = ModelOptions.read(_only(each.proposer_options, {"fallback", "embed"}))
        models = options.models(each.models, each.api_base) + options.fallbacks(each.api_base)
        yield from (model.name for model in models)
        yield from [options.embed] * bool(options.embed)


@contextlib.contextmanager
def closed_when_refused(store: Store) -> Iterator[None]:
    """Close the record when the block refuses the run: no session will."""
    try:
        yield
    except CladogenError:
        store.close()
        raise


def _refuse_machines(settings: Settings) -> None:
    if settings.machines or settings.ray_address:
        from cladogen.remote.machines import check_named

        check_named(settings)


def _refuse_archive(problem: Problem, settings: Settings) -> None:
    from cladogen.archives.names import NAMES

    if settings.archive in NAMES and not settings.archive_options:
        return
    from cladogen.archives.base import close
    from cladogen.archives.options import find_archive, make_archive

    find_archive(settings.archive, problem.folder)
    if settings.archive in NAMES:  # a user's own is made once: nobody knows what making it does
        close(
            make_archive(
                settings.archive, problem.space(), settings.archive_options, problem.folder
            )
        )


def _proposers(problem: Problem, settings: Settings) -> Iterator[Settings]:
    """Yield the settings of each proposer: the run's, or its specialists'."""
    from cladogen.proposers import NAMES, find_proposer

    kinds = [each.kind for each in settings.specialists] or [settings.proposer_name]
    for kind in kinds:
        if kind not in NAMES:
            find_proposer(kind, problem.folder)
    if not settings.specialists:
        yield settings
        return
    from cladogen.session.proposer import settings_of

    for each in settings.specialists:
        yield settings_of(each, settings, problem.folder)


def _refuse_options(problem: Problem, settings: Settings) -> None:
    if settings.proposer_options:
        from cladogen.session.proposer import checked_options

        checked_options(settings, problem)


def _refuse_prices(problem: Problem, settings: Settings) -> None:
    if settings.caps.usd is None or not settings.models:
        return
    from cladogen.prompts.options import ModelOptions
    from cladogen.proposers import find_proposer
    from cladogen.proposers.call_price import refuse_unpriced

    takes = inspect.signature(find_proposer(settings.proposer_name, problem.folder)).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes.values()):
        return  # no proposer that asks as ours do: it says for itself what it needs
    known = {field.name for field in fields(ModelOptions)}
    options = ModelOptions.read(_only(settings.proposer_options, known))
    refuse_unpriced(options.models(settings.models, settings.api_base))


def _only(options: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in names}
