"""A model that sees other names changes the program as one that sees its own; a resumed run is the unbroken one."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from model_world import model_run, opened, searched
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import ToyEvaluator, problem, tree_of

from cladogen.errors import ConfigError
from cladogen.program import File, Program
from cladogen.prompts.options import ModelOptions
from cladogen.proposers.model import ModelProposer
from cladogen.search.budget import Caps

VALUE = re.compile(r"^BIN_SIZE = (\S+)$", re.M)
OWN = re.compile(r"BIN_SIZE|bin_state|widest_bin")
SHOWN = re.compile(r"^(SYM_\d+) = (\S+)$", re.M)
FILE = re.compile(r"\b(sym_\d+\.py)\b")


def seed(value: float = 0.0) -> Program:
    text = f"BIN_SIZE = {value!r}\n\n\ndef widest_bin(case):\n    return BIN_SIZE\n"
    return Program.of({"bin_state.py": File(text.encode())})


class ByItsText(ToyEvaluator):
    """Scores the constant in the program's text."""

    def _evaluation(self, program, case, seed, fresh):
        value = VALUE.search(program.text("bin_state.py"))[1]
        row = super()._evaluation(Program.of({"x.txt": File(value.encode())}), case, seed, fresh)
        return replace(row, program=program.id)


def named():
    return replace(
        problem((seed(),)),
        statement="Make `widest_bin` of bin_state.py return 3.",
        editable=("bin_state.py",),
    )


class Model:
    """Steps the constant it is shown; keeps every prompt."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def __call__(self, seen):
        self.prompts.append(seen.prompt)
        name, value = SHOWN.search(seen.prompt).groups()
        new = round(float(value) + 0.01 * (len(seen.prompt) % 53), 4)
        path = FILE.search(seen.prompt)[1]
        return Answer(
            f"Idea: {name} to {new}\n\n```diff\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{name} = {value}\n"
            f"+{name} = {new!r}\n```\n"
        )


def run_on(store, url, proposals):
    return model_run(store, url, Caps(proposals=proposals), problem_=named(), evaluator=ByItsText(),
                     obfuscate="true", operators="cross=0,paradigm=0,rewrite=0")  # fmt: skip


async def test_model_sees_no_name_of_the_program_and_its_diffs_change_the_program(tmp_path):
    store, model = opened(tmp_path / "run"), Model()
    with FakeProvider(model) as provider:
        run = run_on(store, provider.url, 12)
        await searched(run)
    assert model.prompts and not [OWN.search(each)[0] for each in model.prompts if OWN.search(each)]
    best = run.record.program(run.record.best(1)[0]).text("bin_state.py")
    assert (
        float(VALUE.search(best)[1]) > 0.0
        and "def widest_bin(case)" in best
        and "sym_" not in best.lower()
    )
    made = [proposal for proposal in store.proposals() if proposal.patch]
    assert len(made) >= 8 and all("+++ b/bin_state.py" in each.patch for each in made)
    assert all(OWN.search(each.prompt) is None for each in store.proposals())  # as it was seen
    assert "BIN_SIZE" in store.proposal(1).reply and "BIN_SIZE to" in store.proposal(1).summary
    store.close()


async def test_resumed_run_with_other_names_is_the_unbroken_run(tmp_path):
    whole, pieces = opened(tmp_path / "whole"), opened(tmp_path / "pieces")
    with FakeProvider(Model()) as provider:
        await searched(run_on(whole, provider.url, 12))
        asked = provider.count()
        for proposals in (4, 12):
            await searched(run_on(pieces, provider.url, proposals))
        assert provider.count() == 2 * asked
    assert tree_of(whole) == tree_of(pieces)
    whole.close()
    pieces.close()


def test_program_without_a_name_to_hide_is_one_line():
    with pytest.raises(ConfigError, match="obfuscate: the seed of toy defines no name to hide"):
        ModelProposer(problem(), models=[("m", 1.0)], obfuscate="true")
    assert ModelOptions.read({"obfuscate": "true"}).obfuscate
