"""Pictures of what programs returned, drawn by the scorer, for models that read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cladogen.evaluators.picture import for_models
from cladogen.models.model import Model
from cladogen.models.prices import reads_pictures
from cladogen.models.routes import COMMAND
from cladogen.prompts.context import Context, label
from cladogen.prompts.sections import Section

AUTO, YES, NO = "auto", "yes", "no"
CHOICES = (AUTO, YES, NO)


class Drawn(NamedTuple):
    """A picture, and which program on which case it shows."""

    number: int
    case: str
    url: str


def pictures(context: Context, parent: int, model: Model, chosen: str) -> list[Drawn]:
    """Return the picture of a program's worst training case that has one, and that of the best
    program; none for a model that does not read them.
    """
    wanted = [parent] if context.best is None else [parent, context.best]
    found = [_worst(context, number) for number in dict.fromkeys(wanted)]
    drawn = [each for each in found if each is not None]
    return drawn if drawn and _reads(model, chosen) else []


def section(context: Context, drawn: Sequence[Drawn]) -> Section:
    """Say what the pictures beside the prompt show."""
    lines = [
        f"- picture {at}: on {each.case}, by {label(each.number, context.best)}"
        for at, each in enumerate(drawn, 1)
    ]
    return Section("Pictures beside this text, drawn by the scorer", "\n".join(lines), 0.05)


def _worst(context: Context, number: int) -> Drawn | None:
    """Return the picture of the worst training case of which there is one."""
    reached, rows = context.cases(number), context.by_case(number)
    for case in sorted(reached, key=lambda name: reached[name]):
        row = rows.get(case)
        if row is None or case not in context.surroundings.train:
            continue
        url = context.record.picture(row.output, case)
        if url and for_models(url):
            return Drawn(number, case, url)
    return None


def _reads(model: Model, chosen: str) -> bool:
    """Tell whether a model is to be shown pictures: as was chosen, else as litellm knows it."""
    if chosen == NO or model.name.startswith(COMMAND):
        return False
    return chosen == YES or reads_pictures(model.name)
