"""`--approve`: nothing of a child is run until a person says so; what was said is recorded."""

import asyncio
import json
from contextlib import closing

import pytest
from toy_world import ToyEvaluator, opened, toy_run, tree_of

from cladogen.cli.main import main
from cladogen.errors import RunError
from cladogen.events import Silent
from cladogen.proposal import Outcome
from cladogen.record.approvals import chosen, waiting
from cladogen.record.steering import Steer, give, given
from cladogen.search.budget import Caps


class Person(Silent):
    """Somebody who answers as soon as a child waits: ``answer`` gives what is said of its row."""

    def __init__(self, folder, answer):
        self.folder, self.answer, self.asked = folder, answer, []

    def notice(self, text):
        if text.startswith("waits for a person: "):
            self.asked.append(text)
            with closing(_reading(self.folder)) as store:
                row = waiting(store)[-1]
            self.answer(self.folder, row)


def _reading(folder):
    from cladogen.record.store import Store

    return Store.open(folder)


def approve(folder, row):
    give(folder, Steer("approve", ticket=row.ticket, round=row.round))


def refuse(folder, row):
    give(folder, Steer("refuse", text="too bold", ticket=row.ticket, round=row.round))


async def searched(folder, answer, proposals=4, **parts):
    store = opened(folder)
    with closing(store):
        store.add_event("begin", {})
        person, evaluator = Person(folder, answer), ToyEvaluator()
        made = {"observer": person, "evaluator": evaluator, "approve": "all", **parts}
        run = toy_run(store, Caps(proposals=proposals), **made)
        ending = await run.search()
        return ending, run, evaluator, person, tree_of(store), list(store.results())


async def test_child_is_run_after_a_person_approved_it(tmp_path):
    _, run, _, person, _, _ = await searched(tmp_path / "run", approve)
    assert len(person.asked) == run.record.size() - 1 == 4
    assert f"evolve approve {tmp_path / 'run'} 1, or --refuse" in person.asked[0]
    with closing(_reading(tmp_path / "run")) as store:
        assert next(str(each.steer) for each in given(store)) == "approve task 1"
        assert waiting(store) == []


async def test_nothing_of_a_refused_child_is_run_and_nobody_repairs_it(tmp_path):
    ending, run, evaluator, _, _, results = await searched(tmp_path / "run", refuse)
    assert run.record.size() == 1 and {program for program, _, _ in evaluator.made} == {
        run.record.node(0).program
    }
    refused = [row for row in results if row.outcome is Outcome.REFUSED]
    assert [row.reason for row in refused] == ["not approved: too bold"] * 4
    assert all(row.last for row in refused) and ending.stop.kind == "proposals"


async def test_run_that_ends_while_a_child_waits_goes_on_with_it_later(tmp_path):
    folder = tmp_path / "run"

    def stop(folder, row):
        give(folder, Steer("stop"))

    ending, run, _evaluator, _, _, _ = await searched(folder, stop)
    assert ending.stop.kind == "asked" and run.record.size() == 1
    with closing(_reading(folder)) as store:
        (row,) = waiting(store)
        asked = len(list(store.proposals()))
    approve(folder, row)
    _, run, _, person, _, _ = await searched(folder, approve, proposals=2)
    assert asked == 1 and len(person.asked) == 1  # the first was asked about already
    assert [run.record.node(n).ticket for n in range(run.record.size())] == [0, row.ticket, 2]


async def test_only_flagged_children_wait_where_only_those_are_asked_about(tmp_path):
    _, run, _, person, _, _ = await searched(tmp_path / "run", approve, approve="flagged")
    assert person.asked == [] and run.record.size() == 5


async def test_last_children_are_waited_for_when_the_proposals_are_used_up(tmp_path):
    folder = tmp_path / "run"
    later = []

    def answer(folder, row):
        loop = asyncio.get_running_loop()
        later.append(loop.call_later(0.7, approve, folder, row))

    _, run, *_ = await searched(folder, answer, proposals=1)
    assert run.record.size() == 2


def test_children_that_do_not_wait_cannot_be_approved(small_run, capsys):
    assert main(["approve", str(small_run)]) == 0
    assert "no child waits" in capsys.readouterr().out
    assert main(["approve", str(small_run), "3"]) == 2
    assert "no child of task 3 waits; waiting: none" in capsys.readouterr().err
    assert main(["approve", str(small_run), "best"]) == 2
    assert "is no task" in capsys.readouterr().err


def test_command_lists_approves_and_refuses_what_waits(small_run, capsys):
    from cladogen.record.approvals import Waiting, wait_for
    from cladogen.record.store import Store

    with closing(Store.open(small_run, write=True)) as store:
        for ticket in (91, 92, 93):
            assert wait_for(store, Waiting(ticket, 0, 0, "faster", ("network: a.py, line 1: x",)))
        assert not wait_for(store, Waiting(91, 0, 0))
    assert main(["approve", str(small_run), "--list"]) == 0
    out = capsys.readouterr().out
    assert "task 92, a child of #0: faster" in out and "look at network: a.py" in out
    assert main(["approve", str(small_run), "92", "--refuse", "no network"]) == 0
    assert main(["approve", str(small_run), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])["said"]
    assert said == ["approve task 91", "approve task 93"]
    with closing(_reading(small_run)) as store:
        assert next(str(each.steer) for each in given(store)) == "refuse task 92: no network"
        with pytest.raises(RunError, match="waiting: none"):
            chosen(store, [92])
