"""Wordings of an operator's text: files, chosen by what they gained, and written by a model where that is wanted."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from model_world import QUICK, opened, step_reply, toy_run
from provider.server import Answer, FakeProvider
from small_record import SmallRecord

from cladogen.ledger import Caps
from cladogen.models.calls import CallStatus, ModelCall, Reply, Request
from cladogen.models.model import Model
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.sections import PromptTexts
from cladogen.proposal import Proposal
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.wordings import EVERY, MOST, PURPOSE, Wordings
from cladogen.record.model_calls import StoredCalls

NEW = (
    "Look for what is missing in program #$parent and make $objective better ($direction it). $beat"
)


def written(text: str, operator: str = "diff", ticket: int = 1) -> ModelCall:
    request = Request(ticket, 0, PURPOSE, "m", (), f'{{"operator": "{operator}"}}')
    return ModelCall(1, request, reply=Reply(CallStatus.REPLIED, text))


def shares(wordings: Wordings, operator: str = "diff", draws: int = 400) -> dict[str, float]:
    rng = np.random.default_rng(0)
    drawn = [wordings.choose(operator, rng) for _ in range(draws)]
    return {name: drawn.count(name) / draws for name in sorted(set(drawn))}


def test_every_shipped_wording_fills_in_what_the_first_one_does():
    texts = PromptTexts()
    for operator in operators.ODDS:
        words = [
            set(re.findall(r"\$(\w+)", text)) for text in texts.wordings(f"operator_{operator}")
        ]
        assert all({"parent", "beat"} <= found for found in words)
        assert all(found == words[0] for found in words)
    assert len(texts.wordings("operator_diff")) == len(texts.wordings("operator_rewrite")) == 2


def test_wording_that_gains_more_is_used_more_and_equal_ones_alike():
    wordings = Wordings(PromptTexts(), operators.ODDS)
    assert 0.4 < shares(wordings)["1"] < 0.6
    for _ in range(30):
        wordings.tell(Proposal(1, "diff", (0,), wording="2"), 0.5)
        wordings.tell(Proposal(1, "diff", (0,), wording="1"), 0.0)
    assert shares(wordings)["2"] > 0.7
    assert shares(wordings, "cross") == {"1": 1.0}


def test_users_own_text_stands_alone_unless_the_user_words_it_twice(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "operator_diff.md").write_text("Mine.")
    assert PromptTexts(tmp_path).wordings("operator_diff") == ["Mine."]
    (tmp_path / "prompts" / "operator_diff_2.md").write_text("Mine, too.")
    assert PromptTexts(tmp_path).wordings("operator_diff") == ["Mine.", "Mine, too."]


@pytest.mark.parametrize(
    "text", ["", "No words to fill in.", f"{NEW} $secret", f"{NEW} " + "x" * 2000],
    ids=["empty", "no words", "unknown word", "too long"],
)  # fmt: skip
def test_wording_that_cannot_be_used_is_left(text):
    wordings = Wordings(PromptTexts(), operators.ODDS)
    assert not wordings.written(written(text))
    assert set(shares(wordings)) == {"1", "2"}


def test_there_are_not_more_wordings_than_can_be_told_apart():
    wordings = Wordings(PromptTexts(), operators.ODDS)
    taken = [wordings.written(written(f"{NEW} {ticket}", ticket=ticket)) for ticket in range(4)]
    assert taken == [True] * (MOST - 2) + [False]


def test_model_that_words_an_operator_anew_sees_what_each_wording_gained():
    record, wordings = SmallRecord(), Wordings(PromptTexts(), operators.ODDS)
    for _ in range(EVERY):
        assert not wordings.due()
        wordings.tell(Proposal(1, "diff", (0,), wording="2"), 0.25)
    assert wordings.due()
    request = wordings.request(9, Model("m"), PromptTexts(), Context(record.problem, record))
    text = "\n".join(message.text for message in request.messages)
    assert (
        f"Wording 2 (used {EVERY} times, {EVERY} of them made a better program; mean gain 0.25)"
        in text
    )
    assert "Wording 1 (not used yet)" in text and "First fit" in text
    assert "with its dollar sign: $beat, $direction, $objective, $parent." in text
    wordings.written(written(NEW))
    assert not wordings.due()


async def test_wording_that_a_model_wrote_is_used_recorded_and_there_again_after_a_resume(tmp_path):
    def act(seen):
        if "You improve the instruction" in seen.prompt:
            return Answer(NEW)
        shown = re.search(r"^x\.txt\n```\n(.*)\n```", seen.prompt, re.MULTILINE)[1]
        return Answer(step_reply(shown, (3.0 - float(shown)) * 0.1))

    store = opened(tmp_path / "run")
    with FakeProvider(act) as provider:
        run = toy_run(store, Caps(proposals=3 * EVERY), proposer=None)
        given = {"models": [("m", 1.0)], "api_base": provider.url, "patience": QUICK, "price": "m=1,4",
                 "output": 400, "notes_every": 0, "operators": "diff=1,rewrite=0,cross=0,revise=0,refine=0,transfer=0,paradigm=0"}  # fmt: skip
        run.proposer = ModelProposer(
            run.problem, budget=run.budget, calls=StoredCalls(store), evolve=True, **given
        )
        await run.search()
        await run.proposer.close()
        again = ModelProposer(run.problem, calls=StoredCalls(store), evolve=True, **given)
        await again.close()
    used = {proposal.wording for proposal in store.proposals()}
    assert used == {"1", "2", "3"}
    assert any("Look for what is missing in program #" in p.prompt for p in store.proposals())
    assert again.wordings.text("diff", "3") == NEW
    assert sum(call.request.purpose == PURPOSE for call in StoredCalls(store).all()) == 2
    store.close()


def test_wordings_of_a_long_run_are_chosen_by_what_they_gained_and_by_no_second_count(tmp_path):
    (tmp_path / "operator_diff.md").write_text("One.")
    (tmp_path / "operator_diff_2.md").write_text("Two.")
    texts = PromptTexts(tmp_path)
    kept = Wordings(texts, ["diff"])
    rng = np.random.default_rng(0)
    told = []
    for ticket in range(200):
        wording = kept.choose("diff", rng)
        proposal = Proposal(ticket, "diff", (0,), wording=wording)
        told.append((proposal, float(wording == "2")))
        kept.tell(*told[-1])
    anew = Wordings(texts, ["diff"])
    for each in told:
        anew.tell(*each)
    again = [np.random.default_rng(5) for _ in range(2)]
    chosen = [
        [one.choose("diff", rng) for _ in range(50)]
        for one, rng in zip((kept, anew), again, strict=True)
    ]
    assert chosen[0] == chosen[1]
    assert chosen[0].count("2") > chosen[0].count("1")
