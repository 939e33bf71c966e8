"""Options of proposers that ask models, as they come from the command line or a problem's
``[defaults]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cladogen.archives.options import nearest
from cladogen.errors import ConfigError
from cladogen.models.model import (
    OUTPUT_TOKENS,
    WINDOW_TOKENS,
    Model,
    Price,
    read_price,
    read_price_table,
)

if TYPE_CHECKING:
    from cladogen.models.asking import Models

FORMS = ("diff", "blocks", "whole")


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What may be said about models beside their names.

    ``price``: "NAME=prompt,completion[,cached]" in dollars per million tokens, several separated by
    ";"; ``prices``: a TOML file of them. ``key``: the environment variable that holds the key.
    ``window``, ``output``: token limits; 0: as litellm knows them. ``context``: the most tokens of
    a prompt. ``form``: diff, blocks or whole. ``operators``: odds, "diff=4,cross=0". ``learn``:
    false keeps the odds of models and operators as given. ``notes_every``: proposals between notes,
    0 for none; ``notes_from``: an earlier run whose notes to begin with. ``novelty``: MinHash
    likeness above which a program is refused, 1 for none. ``embed``: an embedding model;
    ``embed_novelty``: its threshold.
    """

    price: str = ""
    prices: str = ""
    key: str = ""
    window: int = 0
    output: int = 0
    temperature: float | None = None
    effort: str = ""
    context: int = 32_000
    form: str = "diff"
    operators: str = ""
    learn: bool = True
    notes_every: int = 15
    notes_from: str = ""
    novelty: float = 1.0
    embed: str = ""
    embed_novelty: float = 0.995
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def read(values: Mapping[str, Any]) -> ModelOptions:
        """Return options from texts or values; raises ConfigError for an unknown name or a value of
        another kind.
        """
        known = {field_.name: field_ for field_ in fields(ModelOptions)}
        made: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ConfigError(f"proposer model: unknown option {name!r}{nearest(name, known)}")
            made[name] = _typed(name, value, str(known[name].type))
        options = ModelOptions(**made)
        if options.form not in FORMS:
            raise ConfigError(
                f"proposer model: form {options.form!r} is not one of {', '.join(FORMS)}"
            )
        return options

    def models(self, named: Sequence[tuple[str, float]], api_base: str) -> list[Model]:
        """Return the models, with their prices and limits."""
        prices = self._price_list()
        if "@" in urlsplit(api_base).netloc:
            raise ConfigError(
                "--api-base holds a password; leave it out, and name the key's variable with --key"
            )
        return [self._model(name, weight, api_base, prices) for name, weight in named]

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
                raise ConfigError(f"proposer model: no operator {name!r}{nearest(name, odds)}")
            odds[name] = float(_typed(f"operators {name}", weight or "1", "float"))
        return odds

    def carried_notes(self) -> str:
        """Return the last notes of the earlier run that was named."""
        if not self.notes_from:
            return ""
        from cladogen.prompts.notes import last_notes
        from cladogen.record.model_calls import StoredCalls
        from cladogen.record.store import Store

        store = Store.open(Path(self.notes_from))
        try:
            return last_notes(StoredCalls(store))
        finally:
            store.close()

    def _model(self, name: str, weight: float, api_base: str, prices: Mapping[str, Price]) -> Model:
        window, output = self.window or WINDOW_TOKENS, self.output or OUTPUT_TOKENS
        if not api_base and not (self.window and self.output):
            from cladogen.models.llm import limits_of

            known = limits_of(name)
            if known is not None:
                window, output = (
                    self.window or known[0],
                    self.output or min(known[1], OUTPUT_TOKENS),
                )
        parameters = dict(self.parameters)
        parameters |= {"temperature": self.temperature} if self.temperature is not None else {}
        parameters |= {"reasoning_effort": self.effort} if self.effort else {}
        return Model(
            name,
            weight,
            api_base,
            self.key,
            prices.get(name),
            window,
            min(output, window // 2),
            parameters,
        )

    def _price_list(self) -> dict[str, Price]:
        table = read_price_table(Path(self.prices)) if self.prices else {}
        return table | dict(
            read_price(part.strip()) for part in self.price.split(";") if part.strip()
        )


def _typed(name: str, value: Any, kind: str) -> Any:
    if not isinstance(value, str) or kind == "str" or kind.startswith("Mapping"):
        return value
    try:
        if kind == "bool":
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
                value.lower()
            ]
        return int(value) if kind == "int" else float(value)
    except (KeyError, ValueError):
        raise ConfigError(f"proposer model: {name} = {value!r} is not {kind}") from None
