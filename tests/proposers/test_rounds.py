"""How answers to one task are asked for, round by round: sampling, repairs by kind, another model, what failed."""

import json

import pytest
from model_world import QUICK, SHOWN, model_run, searched, step_reply
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import ToyEvaluator, opened

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.prompts.options import ModelOptions
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.rounds import Rounds
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Caps

FAR = ToyEvaluator(lambda x: Status.CRASH if x > 40 else Status.OK)


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def too_far(seen):
    """Answer with a step whose child crashes."""
    shown = SHOWN.search(seen.prompt)[1]
    return Answer(step_reply(shown, 50.0 + seen.step))


def no_patch(seen):
    return Answer("I would rather not.")


async def asked(store, act, models=("Own/Toy-7b",), **options):
    """The first three requests: of one task and its repairs, where these are not left."""
    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(calls=3, failing=None), evaluator=FAR)
        await run.proposer.close()
        run.proposer = ModelProposer(
            run.problem, run.evaluator, models=[(name, 1.0) for name in models],
            api_base=provider.url, budget=run.budget, calls=StoredCalls(store), notes_every=0,
            output=400, patience=QUICK, price=";".join(f"{name}=1,4" for name in models), **options,
        )  # fmt: skip
        await searched(run)
        return provider.seen


async def test_temperature_and_effort_follow_the_round_and_the_last_holds_on(store):
    seen = await asked(store, no_patch, temperatures="0.2;0.9", efforts="low;medium;high")
    assert [each.body["temperature"] for each in seen] == [0.2, 0.9, 0.9]
    assert [each.body["reasoning_effort"] for each in seen] == ["low", "medium", "high"]
    kept = [json.loads(call.request.parameters)["sampling"] for call in StoredCalls(store).all()]
    assert kept[0] == {"temperature": 0.2, "reasoning_effort": "low"}


async def test_without_the_options_nothing_is_sent_that_was_not_sent(store):
    seen = await asked(store, no_patch)
    assert len(seen) == 3 and not any("temperature" in each.body for each in seen)


async def test_kind_of_failure_without_a_repair_budget_is_left(store):
    await asked(store, no_patch, repairs="nothing=0,crash=2")
    assert [call.request.round for call in StoredCalls(store).all()] == [0, 0, 0]


async def test_other_kinds_keep_their_repairs_and_one_may_have_one(store):
    await asked(store, too_far, repairs="nothing=0,crash=1")
    assert [call.request.round for call in StoredCalls(store).all()] == [0, 1, 0]


async def test_second_repair_is_asked_of_another_model(store):
    names = ("Own/One-7b", "Own/Two-7b")
    seen = await asked(store, no_patch, models=names, repair_by_other=True)
    first, again, other = [each.body["model"] for each in seen]
    assert first == again != other
    rounds = [call.request.round for call in StoredCalls(store).all()]
    assert rounds == [0, 1, 2]


async def test_other_model_where_there_is_one_is_refused_in_one_line(store):
    with pytest.raises(ConfigError) as error:
        await asked(store, no_patch, repair_by_other=True)
    said = "proposer model: repair_by_other: there is one model; name another with --model"
    assert str(error.value) == said


async def test_answers_that_failed_are_named_in_the_repair_of_a_repair(store):
    seen = await asked(store, too_far, rejected=True)
    title = "Answers to this task that failed before"
    assert [title in each.prompt for each in seen] == [False, False, True]
    assert "+50.0" in seen[2].prompt.partition(title)[2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("hot", "", ""), "temperatures: 'hot'; they must be numbers from 0 to 5"),
        (("1;9", "", ""), "temperatures: '9'"),
        (("", "", "crsh=1"), "repairs: no failure 'crsh'"),
        (("", "", "crash=3"), "repairs: 'crash=3'; write crash=0 to crash=2"),
        (("", "", "crash"), "repairs: 'crash'"),
    ],
)
def test_options_of_rounds_that_cannot_be_read_are_refused_in_one_line(given, said):
    with pytest.raises(ConfigError) as error:
        Rounds.read(*given, False)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_options_of_rounds_are_options_of_the_model_proposer():
    ModelOptions.read({"temperatures": "0.1;1", "repairs": "cut=1", "repair_by_other": "true"})


async def test_repair_of_a_program_that_failed_says_how_it_failed_and_what_it_used(store):
    """What came of it is not in the record yet when the repair is asked for."""
    seen = await asked(store, too_far)
    assert "the result of your last answer. It fails" in seen[1].prompt
    assert "## How it failed\n\nCase a: crash." in seen[1].prompt
