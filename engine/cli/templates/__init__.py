"""The problems that ``evolve init`` makes: path -> text; ``NAME`` stands for the folder's name."""

from __future__ import annotations

from collections.abc import Mapping

from cladogen.cli.templates.agent import AGENT
from cladogen.cli.templates.gpu import GPU
from cladogen.cli.templates.repository import REPOSITORY
from cladogen.cli.templates.tours import TOURS

TEMPLATES: Mapping[str, Mapping[str, str]] = {
    **TOURS,
    "repository": REPOSITORY,
    **GPU,
    **AGENT,
}
