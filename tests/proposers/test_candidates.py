"""Several answers in one reply: how they are told apart, and which one goes on."""

from dataclasses import replace

import pytest
from model_world import SHOWN, model_run, searched, step_reply
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import ToyEvaluator, opened, problem

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
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


def judged(seen):
    """Prefer the change that goes to 3, and answer tasks with three candidates."""
    if "You judge two changes" in seen.prompt:
        first = seen.prompt.partition("Change A")[2].partition("Change B")[0]
        return Answer(f"It arrives.\nBetter: {'A' if '+3.0' in first else 'B'}")
    return three(seen)


async def test_judge_ranks_candidates_in_pairs_on_one_case_and_its_cost_is_the_tasks(store):
    evaluator = ToyEvaluator()
    with FakeProvider(judged) as provider:
        run = model_run(
            store, provider.url, Caps(proposals=1), candidates=3, rank="judge", evaluator=evaluator
        )
        await searched(run)
        assert provider.count() == 3  # the reply, and two judgements
    proposal = store.proposal(1)
    assert proposal.summary == "go to 3.0"
    assert proposal.trials == 2, "three runs of one case, where a trial is of two"
    assert proposal.cost.calls == 3 == run.budget.spend.calls
    kept = {run.record.program(number).id for number in range(run.record.size())}
    looked_at = [case for program, case, _ in evaluator.made if program not in kept]
    assert looked_at == ["a", "a"]


async def test_candidate_that_fails_its_smoke_run_is_not_judged(store):
    evaluator = ToyEvaluator(lambda x: Status.CRASH if x > 40 else Status.OK)
    with FakeProvider(judged) as provider:
        run = model_run(
            store, provider.url, Caps(proposals=1), candidates=3, rank="judge", evaluator=evaluator
        )
        await searched(run)
        assert provider.count() == 2
    assert store.proposal(1).summary == "go to 3.0"


async def test_surrogate_lets_the_first_go_on_while_it_knows_too_little(store):
    with FakeProvider(three) as provider:
        run = model_run(store, provider.url, Caps(proposals=1), candidates=3, rank="surrogate")
        await searched(run)
    assert store.proposal(1).trials == 2 and "go to 0.1" in store.proposal(1).summary


def test_rank_without_candidates_to_rank_is_refused():
    with pytest.raises(ConfigError, match="rank = 'judge'; it must be beside candidates=2 or more"):
        ModelOptions.read({"rank": "judge"})


def test_rank_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match="rank = 'best'; it must be one of look, surrogate"):
        ModelOptions.read({"rank": "best"})
