"""Several answers in one reply: how they are told apart, and which one goes on."""

from dataclasses import replace

import pytest
from model_world import SHOWN, model_run, searched, step_reply
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import ToyEvaluator, opened, problem

from cladogen.errors import ConfigError
from cladogen.problem.problem import Stage
from cladogen.prompts.options import ModelOptions
from cladogen.proposers.candidates import pieces
from cladogen.search.budget import Caps


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def three(seen):
    """Answer with a small step, a step that is too far, and one that arrives at 3."""
    shown = SHOWN.search(seen.prompt)[1]
    steps = (0.1, 50.0, 3.0 - float(shown))
    texts = [step_reply(shown, change) for change in steps]
    return Answer("\n".join(f"## Candidate {at}\n{text}" for at, text in enumerate(texts, 1)))


def test_candidates_stand_under_their_headings_and_none_inside_code():
    code = "```python\n# Candidate 2\nx = 1\n```\n"
    assert pieces(f"**Candidate 1**\none\n{code}Candidate 2: more\ntwo\n", 4) == [
        f"one\n{code}",
        "two\n",
    ]
    assert pieces("Idea: one\n" + code, 4) == ["Idea: one\n" + code]
    assert pieces("Candidate 1\na\nCandidate 3\nb\n", 4) == ["a\nCandidate 3\nb\n"]


async def test_best_of_several_candidates_goes_on_and_each_counts_as_a_trial(store):
    with FakeProvider(three) as provider:
        run = model_run(store, provider.url, Caps(proposals=1), candidates=3)
        await searched(run)
        assert provider.count() == 1 and "Candidate 3" in provider.seen[-1].prompt
    proposal = store.proposal(1)
    assert proposal.summary == "go to 3.0" and proposal.trials == 3
    assert proposal.reply.count("Candidate") == 3
    assert run.overview.best_fitness() == 0.0
    assert run.budget.spend.trials == 3 * len(run.evaluator.train)


async def test_candidates_are_looked_at_on_the_first_stage_only(store):
    staged = replace(problem(), stages=(Stage("quick", ("a",)),))
    evaluator = ToyEvaluator()
    with FakeProvider(three) as provider:
        run = model_run(
            store, provider.url, Caps(proposals=1), candidates=3, problem_=staged,
            evaluator=evaluator,
        )  # fmt: skip
        await searched(run)
    kept = {run.record.program(number).id for number in range(run.record.size())}
    dropped = [(program, case) for program, case, _ in evaluator.made if program not in kept]
    assert len(dropped) == 2 and {case for _, case in dropped} == {"a"}


async def test_cap_on_evaluations_is_kept_with_candidates(store):
    with FakeProvider(three) as provider:
        run = model_run(store, provider.url, Caps(evaluations=20), candidates=3)
        await searched(run)
    spend = run.budget.spend
    assert spend.evaluations + spend.trials <= 20


def test_more_than_four_candidates_are_refused():
    with pytest.raises(ConfigError, match="candidates"):
        ModelOptions.read({"candidates": "5"})
