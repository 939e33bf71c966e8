"""A configuration read as settings: only what is a choice of a search, and nothing that is loaded or run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cladogen.archives import make_archive
from cladogen.archives.base import Space
from cladogen.errors import ConfigError
from cladogen.meta.choices import FILE, RULE, inner_settings, read_choices
from cladogen.meta.folder import MetaPlan, write_problem
from cladogen.meta.found import write_found
from cladogen.meta.proposer import MetaProposer
from cladogen.meta.space import ARCHIVES, FORMULAS, OPERATORS, rule_text
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.proposers.syntax.table import names_for
from cladogen.task import Propose

ROOT = Path(__file__).parents[2]
LATENT, CAPS = ROOT / "problems/latent_tree", ROOT / "problems/cap_set"


def program(choices: str, **files: str) -> Program:
    texts = {FILE: choices, **{name.replace("_py", ".py"): text for name, text in files.items()}}
    return Program.of({path: File(text.encode()) for path, text in texts.items()})


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ("archive = 3", "archive"),
        ('archive = "os:system"', "no choice"),
        ('archive = "latent.py:Mine"', "no choice"),
        ('archive = "portfolio"\narchive_options = {arms = "greedy,os:system"}', "no choice"),
        ('archive = "written_rule"\narchive_options = {sandbox = "local"}', "run apart"),
        ('proposer = "agent"', "no choice"),
        ('proposer_options = {command = "sh"}', "no choice"),
        ('proposer = "model"\nproposer_options = {key = "HOME"}', "no choice"),
        ("max_evaluations = 100000", "no choice"),
        ("workers = 64", "no choice"),
        ('sandbox = "local"', "no choice"),
        ("archive = ", "not readable as TOML"),
        ("[" * 5000, "not readable as TOML"),
    ],
)
def test_what_is_no_choice_of_a_search_is_refused_in_one_line(choices: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        read_choices(program(choices))
    assert "\n" not in str(refused.value)


def test_other_files_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"conftest.py: a configuration is"):
        read_choices(program("", conftest_py="import os\n"))


def test_a_budget_is_the_same_for_every_configuration_and_replaces_the_problems_own() -> None:
    settings = inner_settings(load(LATENT), read_choices(program("")), 120, 7)
    assert (settings.caps.evaluations, settings.seed, settings.workers) == (120, 7, 1)
    assert settings.caps.seconds is None and settings.archive == "clade"


def test_a_problem_with_a_proposer_of_its_own_keeps_it() -> None:
    choices = read_choices(program('archive = "dgm"\nproposer = "offline"\n'
                                   "proposer_options = {splice = 1.0}\n"))  # fmt: skip
    own = inner_settings(load(LATENT), choices, 120, 0)
    assert (own.archive, own.proposer, own.proposer_options) == (
        "dgm",
        "latent.py:LatentProposer",
        {},
    )
    other = inner_settings(load(CAPS), choices, 120, 0)
    assert (other.proposer, other.proposer_options["splice"]) == ("offline", 1.0)


def test_every_choice_that_is_drawn_from_exists() -> None:
    for name, options in ARCHIVES.items():
        for option, values in options.items():
            for value in values:
                make_archive(name, Space(), {option: value})
    assert set(OPERATORS) <= set(names_for({"0/a.py": "x = 1\n"}))
    for formula in FORMULAS:
        names: dict[str, object] = {}
        exec(rule_text(formula), names)
        assert len(names["choose"]([0.0, 1.0], [3, 0], [-1, 0], [0.0, 1.0])) == 2  # type: ignore[operator]


async def test_children_are_configurations_and_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    from cladogen.patch import apply_diff

    write_problem(MetaPlan((str(CAPS),), (str(LATENT),), 50, 1, 1), tmp_path)
    problem = load(tmp_path)

    class Known:
        def __init__(self) -> None:
            self.programs = [problem.seeds[0]]

        def program(self, number: int) -> Program:
            return self.programs[number]

        def size(self) -> int:
            return len(self.programs)

        def best(self, count: int = 1) -> tuple[int, ...]:
            return (0,)

        def node(self, number: int) -> object:
            raise NotImplementedError

        def score(self, number: int) -> None:
            return None

        def original(self, program: Program, canonical: bytes = b"") -> int | None:
            same = (at for at, known in enumerate(self.programs) if known.id == program.id)
            return next(same, None)

    drawn: list[list[str]] = []
    for _ in range(2):
        record, proposer, patches = Known(), MetaProposer(problem=problem), []
        for ticket in range(1, 60):
            rng = np.random.default_rng(ticket)
            first = int(rng.integers(record.size()))
            parents = (first, 0) if first and not ticket % 5 else (first,)
            proposal = await proposer.propose(Propose(ticket, parents), record, rng)  # type: ignore[arg-type]
            patches.append(proposal.patch)
            if proposal.patch:
                child = apply_diff(record.program(parents[0]), proposal.patch)
                read_choices(child)
                record.programs.append(child)
        drawn.append(patches)
    assert drawn[0] == drawn[1]
    assert any(RULE in each for each in record.programs) and record.size() > 40


async def test_operators_are_not_drawn_where_every_problem_has_a_proposer_of_its_own(
    tmp_path: Path,
) -> None:
    write_problem(MetaPlan((str(LATENT),), (str(CAPS),), 50, 1, 1), tmp_path)
    proposer, values = MetaProposer(problem=load(tmp_path)), {}
    for turn in range(200):
        values, _, _ = proposer._changed(values, None, np.random.default_rng(turn))
        assert "proposer" not in values and "proposer_options" not in values


def test_what_is_found_is_one_file_that_holds_its_rule(tmp_path: Path) -> None:
    text = rule_text(FORMULAS[0])
    path = write_found(program('archive = "written_rule"\n', rule_py=text), tmp_path / "found")
    import tomllib

    values = tomllib.loads(path.read_text())
    assert values["archive_options"]["rule"] == text
    assert make_archive("written_rule", Space(), values["archive_options"]) is not None
