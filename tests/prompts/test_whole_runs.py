"""The prompts of whole runs against a model on loopback: every statement in them is true when it is made, and what
matters is in all of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from provider.server import FakeProvider
from scripted_model.answering import ScriptedModel
from scripted_model.audit import Audit, audit
from scripted_model.kits import KITS
from scripted_model.truth import prompts

from cladogen.events import Silent
from cladogen.problem import load
from cladogen.record.store import Store
from cladogen.run_folder import create_run
from cladogen.search.budget import Caps
from cladogen.session import open_session
from cladogen.settings import Settings

OPERATORS = "diff=1,rewrite=1,cross=3,revise=3,refine=3,transfer=3,paradigm=3"


async def searched(folder: Path, name: str, calls: int, seed: int = 0, **settings) -> Path:
    """Run a search whose prompts the scripted model answers."""
    goal = load(KITS[name].folder, seeds=False).objective
    with FakeProvider(ScriptedModel(KITS[name], goal.name, goal.sign, seed)) as provider:
        chosen = Settings(
            models=(("openai/scripted", 1.0),), api_base=provider.url, sandbox="local", workers=1, seed=seed,
            caps=Caps(calls=calls), proposer_options={"operators": OPERATORS, "polish": "0"},
        )  # fmt: skip
        chosen = replace(chosen, **settings)
        store = create_run(folder, KITS[name].folder, chosen)
        async with open_session(store, chosen, Silent()) as run:
            await run.search()
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    return {
        name: tmp_path_factory.mktemp("runs") / name for name in ("circle_packing", "repair_agent")
    }


@pytest.fixture(scope="module")
def audits(folders) -> dict[str, Audit]:
    """Two runs, made once for all that is asked of them."""
    calls = {"circle_packing": 50, "repair_agent": 40}
    return {
        name: audit(asyncio.run(searched(folder, name, calls[name])))
        for name, folder in folders.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["circle_packing", "repair_agent"])
class TestWholeRuns:
    def test_no_prompt_says_anything_false(self, audits, name):
        assert audits[name].made > 500
        assert audits[name].false == [] and audits[name].unread == []

    def test_best_program_and_one_of_another_line_stand_in_every_prompt(self, audits, name):
        seen = audits[name]
        assert seen.prompts > 20 and seen.best_shown == seen.prompts
        assert seen.other_line > 10 and seen.other_shown == seen.other_line

    def test_most_parents_are_among_the_three_best(self, audits, name):
        assert audits[name].three_best >= audits[name].prompts / 2

    def test_no_heldout_case_is_ever_named(self, audits, folders, name):
        store = Store.open(folders[name])
        heldout = store.meta()["cases"][1]
        store.close()
        assert heldout or name == "circle_packing"
        for call, _ in prompts(folders[name]):
            text = "\n".join(message.text for message in call.request.messages)
            assert not [case for case in heldout if f"{case}" in text]


@pytest.mark.slow
def test_every_operator_was_asked_for(audits, folders):
    asked = {call.request.purpose for folder in folders.values() for call, _ in prompts(folder)}
    assert asked == {"diff", "rewrite", "cross", "revise", "refine", "transfer", "paradigm"}


@pytest.mark.slow
def test_most_of_a_prompt_is_shared_with_the_one_before_it_of_the_same_parent(audits):
    shared = audits["repair_agent"].shared
    assert sum(shared) / len(shared) >= 0.6


@pytest.mark.slow
async def test_baseline_sees_the_parent_alone(tmp_path):
    folder = await searched(tmp_path / "run", "circle_packing", 12, archive="iid")
    for call, _ in prompts(folder):
        text = call.request.messages[-1].text
        assert "Program #0, the one to change" in text
        assert "in this search" not in text and "The best" not in text
