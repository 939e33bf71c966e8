"""Options of proposers that ask models, as they come from the command line or a problem's
``[defaults]``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ConfigError
from cladogen.models.addresses import check_address
from cladogen.models.model import (
    OUTPUT_TOKENS,
    WINDOW_TOKENS,
    Model,
    Price,
    read_model,
    read_price,
    read_price_table,
)
from cladogen.models.routes import COMMAND
from cladogen.problem.spelling import meant
from cladogen.prompts import pictures
from cladogen.prompts.notes_interval import BY_BUDGET

if TYPE_CHECKING:
    from cladogen.models.asking import Models

AUTO = "auto"
RANKS = ("look", "surrogate", "judge")
FORMS = (AUTO, "diff", "blocks", "whole")
MOST_CANDIDATES = 4  # answers that one reply may hold
COMMANDS_AT_ONCE = 4  # processes of agents are large

# What may not be given among ``parameters``, and what to do instead.
NOT_PARAMETERS = {
    "model": "name it with --model",
    "messages": "put your own texts into prompts/ of the problem folder",
    "max_tokens": "use --proposer-option output=N",
    "max_completion_tokens": "use --proposer-option output=N",
    "max_output_tokens": "use --proposer-option output=N",
    "n": "one reply is read, and each is paid for",
    "response_format": "replies are read as text, with a diff or files in it",
    "tools": "the reply itself is the answer; tries=N offers one",
    "tool_choice": "the reply itself is the answer",
    "functions": "the reply itself is the answer",
    "stream_options": "usage is always asked for",
    "api_key": "keys come from the environment only; name the variable with --key",
    "api_base": "use --api-base, or --model NAME@URL",
    "base_url": "use --api-base, or --model NAME@URL",
    "timeout": "use --proposer-option silence=SECONDS",
}


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What may be said about models beside their names.

    ``price``: "NAME=prompt,completion[,cached[,written]]" in dollars per million tokens,
    several separated by ";"; ``prices``: a TOML file of them. ``key``: the environment variable
    that holds the key. ``window``, ``output``: token limits; 0: as the provider or litellm
    knows them. ``silence``: seconds without a piece of a reply before a call is given up.
    ``fallback``: models to ask, in this order, for what one that was named cannot answer;
    several separated by ";". ``temperatures``, ``efforts``: those of the first answer and of its
    repairs, "0.2;0.8;1.2". ``repairs``: at most how many by kind of failure, "timeout=0,patch=2";
    ``repair_by_other``: a second repair is another model's; ``rejected``: name the answers that
    failed in its prompt. ``parameters``: what goes into each request as it is, a table or JSON.
    ``context``: the most tokens of a prompt. ``form``: diff, blocks, whole, or auto: by
    operator. ``candidates``: how many answers one reply gives, of which the best on a first look
    goes on; ``rank``: look, or surrogate or judge, which run each on one case only. ``tries``: how
    often a model may have a change run before it answers. ``pictures``:
    yes, no, or auto: what the scorer drew goes to models that are known to read it. ``operators``:
    odds, "diff=4,cross=0". ``learn``: false keeps the odds of models and operators as given.
    ``notes_every``: proposals between notes, 0 for none, -1 by budget;
    ``notes_from``: earlier runs whose notes to begin with, several separated by ";". ``memory``:
    principles with evidence and use in place of notes; ``memory_learn``: how many of them a prompt
    shows is learnt, and what lost gains is taken back. ``evolve``: let a model write more
    wordings of the operators' texts. ``cases``: the share of calls that may write generators of
    cases, beside ``--coevolve``. ``obfuscate``: other names for the seed's symbols and
    files in what a model sees. ``contrast``: show two children of one program, one better
    than the other, and where they first part. ``novelty``: MinHash likeness above which a program
    is refused, 1 for none. ``embed``: an embedding model; ``embed_novelty``: its threshold.
    """

    price: str = ""
    prices: str = ""
    key: str = ""
    window: int = 0
    output: int = 0
    silence: float = 0.0
    fallback: str = ""
    temperature: float | None = None
    effort: str = ""
    temperatures: str = ""
    efforts: str = ""
    repairs: str = ""
    repair_by_other: bool = False
    rejected: bool = False
    context: int = 32_000
    form: str = AUTO
    candidates: int = 1
    rank: str = "look"
    tries: int = 0
    pictures: str = pictures.AUTO
    operators: str = ""
    learn: bool = True
    notes_every: int = BY_BUDGET
    notes_from: str = ""
    memory: bool = False
    memory_learn: bool = False
    evolve: bool = False
    cases: float = 0.0
    obfuscate: bool = False
    contrast: bool = False
    novelty: float = 1.0
    embed: str = ""
    embed_novelty: float = 0.995
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_ranges()
        self._check_choices()
        if self.memory_learn and not self.memory:
            raise _wrong("memory_learn", True, "beside memory=true, of which it learns")
        if self.rank != RANKS[0] and self.candidates < 2:
            raise _wrong("rank", self.rank, "beside candidates=2 or more, which it ranks")
        for name in NOT_PARAMETERS.keys() & self.parameters:
            raise ConfigError(
                f"proposer model: parameters may not hold {name!r}: {NOT_PARAMETERS[name]}"
            )

    def _check_choices(self) -> None:
        named = {"form": FORMS, "pictures": pictures.CHOICES, "rank": RANKS}
        for name, choices in named.items():
            value = getattr(self, name)
            if value not in choices:
                raise _wrong(name, value, f"one of {', '.join(choices)}")

    def _check_ranges(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise _wrong(name, value, f"between {least:g} and {most:g}")

    @staticmethod
    def read(values: Mapping[str, Any]) -> ModelOptions:
        """Return options from texts or values; raises ConfigError for an unknown name or a value of
        another kind.
        """
        known = {field_.name: field_ for field_ in fields(ModelOptions)}
        made: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ConfigError(f"proposer model: unknown option {name!r}{meant(name, known)}")
            made[name] = _typed(name, value, str(known[name].type))
        return ModelOptions(**made)

    def models(self, named: Sequence[tuple[str, float]], api_base: str) -> list[Model]:
        """Return the models, with their prices and limits."""
        return self._models([_read_name(name, weight, api_base) for name, weight in named])

    def fallbacks(self, api_base: str) -> list[Model]:
        """Return the models to ask for what the others cannot answer, in their order."""
        names = [name.strip() for name in self.fallback.split(";") if name.strip()]
        return self._models([_read_name(name, 1.0, api_base) for name in names])

    def embedder(self, models: Models) -> Model | None:
        """Return the embedding model; it is served where the others are."""
        if not self.embed:
            return None
        api_base = next(iter(models.models.values())).api_base
        return Model(self.embed, 1.0, api_base, self.key, self._price_list().get(self.embed))

    def operator_odds(self, prior: Mapping[str, float]) -> dict[str, float]:
        """Return the prior odds of operators with the user's over them."""
        odds = dict(prior)
        for part in filter(None, (part.strip() for part in self.operators.split(","))):
            name, _, weight = part.partition("=")
            if name not in odds:
                close = meant(name, odds)
                raise ConfigError(f"proposer model: operators: no operator {name!r}{close}")
            odds[name] = _read_odds(name, weight)
        if not any(odds.values()):
            raise _wrong("operators", self.operators, "with some odds above 0")
        return odds

    def _models(self, read: Sequence[Model]) -> list[Model]:
        prices = self._price_list()
        for address in {model.api_base for model in read} - {""}:
            check_address(address)
        _check_named_once([model.name for model in read])
        return [self._model(model, prices) for model in read]

    def _model(self, model: Model, prices: Mapping[str, Price]) -> Model:
        window, output = self._sizes(model)
        parameters = dict(self.parameters)
        parameters |= {"temperature": self.temperature} if self.temperature is not None else {}
        parameters |= {"reasoning_effort": self.effort} if self.effort else {}
        return Model(
            model.name,
            model.weight,
            model.api_base,
            self.key,
            prices.get(model.name),
            window,
            max(1, min(output, window // 2)),
            parameters,
            self.silence,
            COMMANDS_AT_ONCE if model.name.startswith(COMMAND) else 0,
            bool(self.window),
        )

    def _sizes(self, model: Model) -> tuple[int, int]:
        """Return the window and the longest reply, as named, else as known of the model."""
        window, output = self._known_sizes(model)
        return self.window or window, self.output or min(output, OUTPUT_TOKENS)

    def _known_sizes(self, model: Model) -> tuple[int, int]:
        """Return what is known of a model, where it is asked for and anything is."""
        known = None
        if not model.api_base and not (self.window and self.output):
            from cladogen.models.prices import limits_of

            known = limits_of(model.name)
        return known or (WINDOW_TOKENS, OUTPUT_TOKENS)

    def _price_list(self) -> dict[str, Price]:
        table = read_price_table(Path(self.prices)) if self.prices else {}
        return table | dict(
            read_price(part.strip()) for part in self.price.split(";") if part.strip()
        )


RANGES = {
    "window": (0, 1e9),
    "output": (0, 1e9),
    "silence": (0, 86_400),
    "temperature": (0, 5),
    "context": (500, 1e9),
    "candidates": (1, MOST_CANDIDATES),
    "tries": (0, 5),
    "cases": (0, 0.5),
    "notes_every": (BY_BUDGET, 1e9),
    "novelty": (0, 1),
    "embed_novelty": (-1, 1),
}
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read_name(name: str, weight: float, api_base: str) -> Model:
    model = read_model(name, api_base="" if name.startswith(COMMAND) else api_base)
    return Model(model.name, weight, model.api_base)


def _check_named_once(names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"--model {twice}: named twice")


def _read_odds(name: str, weight: str) -> float:
    odds = float(_typed(f"operators {name}", weight or "1", "float"))
    if odds < 0:
        raise _wrong(f"operators {name}", weight, "0 or more")
    return odds


def _typed(name: str, value: Any, kind: str) -> Any:
    """Return an option's value, of its kind, from a text or a value of TOML; raises ConfigError."""
    read, wanted = _KINDS.get(kind.partition("[")[0], (_number, "a number"))
    try:
        return read(value)
    except (KeyError, ValueError, TypeError):
        raise ConfigError(f"proposer model: {name} = {value!r} is not {wanted}") from None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        raise TypeError
    number = None if value is None else float(value)
    if number is not None and not math.isfinite(number):
        raise ValueError
    return number


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else _WORDS[str(value).strip().lower()]


def _table(value: Any) -> Mapping[str, Any]:
    table = json.loads(value) if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise TypeError
    json.dumps(table, allow_nan=False)
    return dict(table)


def _text(value: Any) -> str:
    """Return a text; a list of texts is one with ";" between them."""
    if isinstance(value, list | tuple):
        return ";".join(map(_text, value))
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    number = int(value) if isinstance(value, str) else _number(value)
    if number is None or number != int(number):
        raise ValueError
    return int(number)


_KINDS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "Mapping": (_table, 'a table, or JSON such as {"top_p": 0.9}'),
    "str": (_text, "a text"),
    "bool": (_truth, "true or false"),
    "int": (_whole, "a whole number"),
}


def _wrong(name: str, value: Any, wanted: str) -> ConfigError:
    return ConfigError(f"proposer model: {name} = {value!r}; it must be {wanted}")
