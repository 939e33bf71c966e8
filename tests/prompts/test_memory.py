"""Memory that evolves: entries with evidence, use and end; retrieved, carried, and without held-out cases."""

import numpy as np
import pytest
from model_world import SHOWN, model_run, searched, step_reply
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import opened

from cladogen.errors import ConfigError
from cladogen.evaluation import Score, Status
from cladogen.models.calls import CallStatus, MemoryLog, Message, Reply, Request
from cladogen.prompts.carried import named_runs, read_carried, titled
from cladogen.prompts.memory import AMOUNTS, ENTRIES, IN_VAIN, LIFE, LOOK, RunMemory, screened
from cladogen.prompts.options import ModelOptions
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.proposers.memory_arms import MemoryArms
from cladogen.record.model_calls import StoredCalls
from cladogen.result import Result
from cladogen.search.budget import Caps
from cladogen.task import Propose

TWO = "P: small steps work (#1, #4)\nG: no step beyond 3 (#7)\nP: nobody saw this"


def told(memory, idea, gain=0.0, ticket=1, **how):
    """Tell a memory of a proposal that says what it used, and of what it gained."""
    proposal = Proposal(ticket, "diff", (0,), summary=idea, parent_fitness=1.0, **how)
    score = Score(Status.OK, 1.0 + gain)
    memory.tell(proposal, Result(Propose(ticket, (0,)), Outcome.ACCEPTED, 1, (0,), score))


def remembering(text=TWO):
    memory = RunMemory(MemoryLog())
    memory.renew(text, 0)
    return memory


def test_entry_without_a_program_as_evidence_is_dropped():
    lines = remembering().text.splitlines()
    assert lines == ["P1: small steps work (#1, #4)", "G2: no step beyond 3 (#7)"]


def test_proposal_that_names_an_entry_counts_for_it_and_helps_where_its_child_is_better():
    memory = remembering()
    told(memory, "go on a little (P1)", gain=0.5)
    told(memory, "as P1 has it, and G2", gain=-0.5)
    told(memory, "something else", gain=0.5)
    assert "P1: small steps work (#1, #4; helped 1 of 2 times)" in memory.text
    assert "G2: no step beyond 3 (#7; helped 0 of 1 times)" in memory.text


def test_principle_that_is_used_in_vain_is_forgotten_and_a_guardrail_is_not():
    memory = remembering()
    for _ in range(IN_VAIN):
        told(memory, "by P1 and G2", gain=-1.0)
    assert "P1" not in memory.text and "G2" in memory.text


def test_what_nobody_writes_again_and_does_not_help_is_forgotten_after_a_while():
    memory = remembering()
    for at in range(LIFE - 1):
        told(memory, "something", ticket=at)
    memory.renew("P1: small steps work (#1, #4)", 500)
    told(memory, "something")
    assert memory.text.startswith("P1") and "G2" not in memory.text


def test_entry_that_is_put_better_keeps_its_name_and_its_use():
    memory = remembering()
    told(memory, "P1", gain=1.0)
    memory.renew("P1: steps of at most one half work (#9)", 7)
    assert "P1: steps of at most one half work (#9; helped 1 of 1 times)" in memory.text


def test_memory_has_room_for_so_many_entries_and_keeps_those_that_help():
    memory = remembering()
    told(memory, "P1", gain=1.0)
    memory.renew("\n".join(f"P: new {at} (#{at})" for at in range(ENTRIES + 4)), 8)
    assert len(memory.text.splitlines()) == ENTRIES and "P1: small steps" in memory.text


def test_entries_that_have_to_do_with_the_task_are_shown_first():
    rows = [f"P: about matter{at} only (#1)" for at in range(10)]
    memory = remembering("\n".join([*rows, "P: sorting items by weight (#2)"]))
    shown = memory.section("the program sorts items; sorting takes long").body.splitlines()
    assert "sorting items by weight" in shown[0] and len(shown) == 8


def test_resumed_run_remembers_what_the_unbroken_one_does():
    log = MemoryLog()
    request = Request(3, 0, "notes", "m", (Message("user", "Write of #1, #4 and #7."),))
    log.finish(log.begin(request, 0, None), Reply(CallStatus.REPLIED, TWO), Cost(0.0, calls=1))
    unbroken, resumed = RunMemory(log), RunMemory(log)
    unbroken.renew(TWO, 3, request)
    for memory in (unbroken, resumed):
        told(memory, "by P1", gain=1.0, ticket=3, renewed=True)
        told(memory, "by P1", gain=-1.0, ticket=4)
    assert resumed.text == unbroken.text and "helped 1 of 2" in resumed.text


def kept_run(folder, notes):
    store = opened(folder)
    calls, request = StoredCalls(store), Request(3, 0, "notes", "m", (Message("user", "Write."),))
    number = calls.begin(request, 0, None)
    calls.finish(number, Reply(CallStatus.REPLIED, notes), Cost(0.0, calls=1))
    store.close()
    return str(folder)


def test_memory_begins_with_what_several_earlier_runs_learnt_and_says_whose_it_is(tmp_path):
    one = kept_run(tmp_path / "one", "P: first fit (#3)")
    two = kept_run(tmp_path / "two", "G: no heap (#5)")
    carried = titled(read_carried(named_runs(f"{one}; {two};{one}"), memory=True))
    memory = RunMemory(MemoryLog(), carried.items())
    assert memory.text == "P1: first fit (#3 of one)\nG2: no heap (#5 of two)"


def test_earlier_runs_of_one_name_are_told_apart(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = (kept_run(tmp_path / at / "run", f"P: {at} (#1)") for at in "ab")
    assert titled(read_carried([one, two])) == {one: "P: a (#1)", two: "P: b (#1)"}


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ("", "no model has written notes there"),
        ("Best fit is good.", "its notes are no principles"),
    ],
)
def test_earlier_run_that_a_memory_cannot_begin_with_is_refused(tmp_path, notes, said):
    with pytest.raises(ConfigError, match=said):
        read_carried([kept_run(tmp_path / "one", notes)], memory=True)
    with pytest.raises(ConfigError, match=r"notes_from: .*nowhere: no run here [^;]*$"):
        read_carried([str(tmp_path / "nowhere")])


def test_line_that_names_a_heldout_case_of_this_run_is_not_carried_over(tmp_path):
    one = kept_run(tmp_path / "one", "P: good on big-2 (#3)\nP: first fit (#4)")
    assert read_carried([one], ("big-2",)) == {one: "P: first fit (#4)"}


def test_evidence_is_a_program_that_the_model_was_shown_and_no_number_that_it_made_up():
    memory = RunMemory(MemoryLog(), [("one", "P: first fit (#3)")])
    known = Message("user", f"{memory.text}\n- #7 (diff on #2) Small steps: better.")
    asked = Request(5, 0, "notes", "m", (Message("system", "P: as here (#9)"), known))
    made_up = (
        "P: no heap (#9999)\nP: no luck (#9, #3)\nP: small steps (#7, #8)\nP1: fit (#3 of one)"
    )
    memory.renew(made_up, 5, asked)
    assert memory.text == "P1: fit (#3 of one)\nP2: small steps (#7)"


def test_entry_that_is_written_again_as_it_was_shown_stays_as_it_is():
    memory = remembering()
    told(memory, "by P1", gain=1.0)
    shown = memory.text
    memory.renew(shown, 9, Request(9, 0, "notes", "m", (Message("user", shown),)))
    assert memory.text == shown


def test_entry_that_came_from_a_third_run_stays_that_runs():
    memory = RunMemory(MemoryLog(), [("two", "P4: first fit (#3 of one; helped 1 of 2 times)")])
    assert memory.text == "P1: first fit (#3 of one)"


def test_line_that_names_a_heldout_case_of_another_run_is_not_carried_over():
    notes = "P: good on secret-7 (#1)\nP: good on all (#2)"
    assert screened(notes, ("secret-7", "")) == "P: good on all (#2)"


async def test_run_with_a_memory_asks_for_it_shows_it_and_counts_what_it_helped(tmp_path):
    def act(seen):
        if "You keep the memory" in seen.prompt:
            return Answer("P: upwards is right (#0)")
        value = SHOWN.search(seen.prompt)[1]
        used = " as P1 says" if "P1: upwards" in seen.prompt else ""
        return Answer(step_reply(value, 0.25).replace("\nExpect", f"{used}\nExpect", 1))

    store = opened(tmp_path / "run")
    with FakeProvider(act) as provider:
        run = model_run(
            store, provider.url, Caps(proposals=10), memory="true", notes_every=3, candidates=1
        )
        await searched(run)
        assert any("What this search has learnt" in seen.prompt for seen in provider.seen)
    assert "upwards is right" in run.proposer.notes.text
    assert "helped" in run.proposer.notes.text
    store.close()


# -- its options are learnt, and it is reverted


@pytest.mark.parametrize(("reverts", "left"), [(True, "small steps"), (False, "huge steps")])
def test_entries_after_which_nothing_is_gained_are_taken_back(reverts, left):
    memory = RunMemory(MemoryLog(), reverts=reverts)
    memory.renew("P: small steps work (#1)", 0)
    for ticket in range(LOOK):
        told(memory, "", gain=float(ticket % 3 == 0), ticket=ticket)
    memory.renew("P1: huge steps work (#2)", 9)
    for ticket in range(LOOK):
        assert "huge steps" in memory.text
        told(memory, "", gain=-1.0, ticket=10 + ticket)
    assert left in memory.text and ("huge steps" in memory.text) is not reverts


@pytest.mark.parametrize(("before", "after", "left"), [(6, 2, False), (6, 3, True), (1, 0, True)])
def test_entries_are_taken_back_when_less_than_half_is_gained(before, after, left):
    memory = RunMemory(MemoryLog(), reverts=True)
    memory.renew("P: small steps work (#1)", 0)
    for ticket in range(LOOK):
        told(memory, "", gain=float(ticket < before), ticket=ticket)
    memory.renew("P1: huge steps work (#2)", 9)
    for ticket in range(LOOK):
        told(memory, "", gain=float(ticket < after), ticket=10 + ticket)
    assert ("huge steps" in memory.text) is left


def test_entries_are_kept_after_which_something_is_gained_or_nothing_was_before():
    for before, after in ((0.0, -1.0), (1.0, 1.0)):
        memory = RunMemory(MemoryLog(), reverts=True)
        memory.renew("P: small steps work (#1)", 0)
        for ticket in range(LOOK):
            told(memory, "", gain=before, ticket=ticket)
        memory.renew("P1: huge steps work (#2)", 9)
        for ticket in range(2 * LOOK):
            told(memory, "", gain=after, ticket=10 + ticket)
        assert "huge steps" in memory.text


def arms_told(count, rising):
    """Return arms that were told of proposals by turns, of which those gained that were shown nothing."""
    arms = MemoryArms(learn=True)
    for ticket in range(count):
        amount = list(AMOUNTS)[ticket % len(AMOUNTS)]
        proposal = Proposal(ticket, "diff", (0,), parent_fitness=0.0, memory=amount)
        score = Score(Status.OK, float(ticket) if rising else 0.0)
        result = Result(Propose(ticket), Outcome.ACCEPTED, 1, (0,), score)
        arms.tell(proposal, result, float(amount == "none"))
    return arms


def test_amount_that_gains_is_shown_more_often_and_all_alike_while_a_run_stands_still():
    learnt = arms_told(80, rising=True)
    assert not learnt.explores
    drawn = [learnt.choose(np.random.default_rng(at)) for at in range(400)]
    assert drawn.count("none") > 160
    still = arms_told(80, rising=False)
    assert still.explores
    drawn = [still.choose(np.random.default_rng(at)) for at in range(400)]
    assert all(70 < drawn.count(amount) < 130 for amount in AMOUNTS)
    assert MemoryArms(learn=False).choose(np.random.default_rng(0)) == ""


def test_memory_shows_as_much_as_the_arm_says():
    memory = remembering("\n".join(f"P: idea number {at} (#{at + 1})" for at in range(10)))
    lines = {amount: memory.section("", amount).body.count("\n- ") for amount in AMOUNTS}
    assert not memory.section("", "none").body
    assert lines["few"] < lines["usual"] < lines["all"] and memory.section().body.count("- P") == 6


def test_learning_of_a_memory_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="memory_learn"):
        ModelOptions(memory_learn=True)


async def test_run_that_learns_how_much_to_show_records_it_with_each_proposal(tmp_path):
    def act(seen):
        if "You keep the memory" in seen.prompt:
            return Answer("P: upwards is right (#0)")
        return Answer(step_reply(SHOWN.search(seen.prompt)[1], 0.25))

    store = opened(tmp_path / "run")
    with FakeProvider(act) as provider:
        run = model_run(
            store,
            provider.url,
            Caps(proposals=8),
            memory="true",
            memory_learn="true",
            notes_every=2,
        )
        await searched(run)
        shown = ["What this search has learnt" in seen.prompt for seen in provider.seen]
    amounts = [proposal.memory for proposal in store.proposals() if not proposal.repairs]
    store.close()
    assert amounts and set(amounts) <= set(AMOUNTS) and any(shown)
