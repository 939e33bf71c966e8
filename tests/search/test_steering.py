"""What a person asks of a search while it goes on: recorded beside it, heeded before the next task."""

from contextlib import closing

import pytest
from toy_world import Stepper, opened, toy_run

from cladogen.errors import ConfigError
from cladogen.events import Silent
from cladogen.record.steering import Steer, checked, give, given
from cladogen.search.budget import Caps
from cladogen.task import Measure, Propose, Purpose


class Asking(Stepper):
    """A proposer in whose time somebody else asks things of the run: ``steers`` by proposal."""

    def __init__(self, folder, **steers):
        super().__init__()
        self.folder, self.steers, self.made = folder, steers, 0

    async def propose(self, task, record, rng):
        self.made += 1
        for steer in self.steers.get(f"at_{self.made}", ()):
            give(self.folder, steer)
        return await super().propose(task, record, rng)


class Hearing(Silent):
    """An observer that notes what is said, and calls ``on`` for it."""

    def __init__(self, on=lambda text: None):
        self.said, self.on = [], on

    def notice(self, text):
        self.said.append(text)
        self.on(text)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


async def searched(folder, proposals=30, *, observer=None, archive="map_elites", **steers):
    """Search, and return the ending and the tasks."""
    store = opened(folder)
    with closing(store):
        store.add_event("begin", {})
        parts = {"proposer": Asking(folder, **steers), "archive": archive}
        if observer is not None:
            parts["observer"] = observer
        run = toy_run(store, Caps(proposals=proposals), **parts)
        ending = await run.search()
        return ending, [each.task for each in store.tasks()], run


def proposed(tasks):
    return [task for task in tasks if isinstance(task, Propose) and task.purpose is Purpose.SEARCH]


async def test_paused_search_starts_nothing_until_it_is_resumed(folder):
    counts = []

    def heard(text):
        if text.startswith("steered:"):
            with closing(_reading(folder)) as store:
                counts.append(store.next_ticket())
        if text == "steered: pause":
            give(folder, Steer("resume"))

    ending, tasks, _ = await searched(folder, 12, observer=Hearing(heard), at_4=[Steer("pause")])
    assert ending.stop.kind == "proposals" and len(proposed(tasks)) == 12
    assert len(counts) == 2 and counts[0] == counts[1]


def _reading(folder):
    from cladogen.record.store import Store

    return Store.open(folder)


async def test_paused_search_can_be_stopped(folder):
    ending, tasks, _ = await searched(folder, 12, at_4=[Steer("pause"), Steer("stop")])
    assert ending.stop.kind == "asked" and len(proposed(tasks)) == 4


async def test_search_that_is_stopped_chooses_what_ships(folder):
    ending, tasks, run = await searched(folder, 50, at_5=[Steer("stop")])
    assert ending.stop.kind == "asked" and len(proposed(tasks)) == 5
    assert ending.shipped is not None
    assert run.store.folder == folder


async def test_search_goes_on_under_a_cap_that_is_raised(folder):
    more = Steer("cap", cap="proposals", value=20)
    _, tasks, _ = await searched(folder, 6, at_5=[more])
    assert len(proposed(tasks)) == 20


async def test_search_ends_under_a_cap_that_is_lowered(folder):
    _, tasks, _ = await searched(folder, 40, at_5=[Steer("cap", cap="proposals", value=9)])
    assert len(proposed(tasks)) == 9


@pytest.mark.parametrize(
    "archive", ["map_elites", "clade", "dgm", "shinka_weighted", "gepa", "uct"]
)
async def test_no_child_is_asked_of_a_banned_lineage_and_every_one_of_a_pinned_program(
    folder, archive
):
    steers = {"at_10": [Steer("ban", 1)], "at_25": [Steer("free", 1), Steer("pin", 0)]}
    _, tasks, run = await searched(folder, 40, archive=archive, **steers)
    asked = proposed(tasks)
    later = asked[10:25]
    line = {1}
    for number in range(2, run.record.size()):
        if run.record.node(number).parents[:1] and run.record.node(number).parents[0] in line:
            line.add(number)
    assert later and not any(set(task.parents) & line for task in later)
    assert {task.parents[0] for task in asked[25:]} == {0}


async def test_baseline_that_is_to_see_nothing_of_other_programs_stays_one(folder):
    _, tasks, _ = await searched(folder, 30, archive="iid", at_10=[Steer("favour", 2)])
    assert {task.parents for task in proposed(tasks)} == {(0,)}


async def test_favoured_lineage_gets_every_second_child(folder):
    _, tasks, run = await searched(
        folder, 120, archive="shinka_weighted", at_10=[Steer("favour", 3)]
    )

    def of_it(number):
        while number not in (3, 0):
            number = run.record.node(number).parents[0]
        return number == 3

    share = [of_it(task.parents[0]) for task in proposed(tasks)[10:]]
    assert sum(share) >= 0.35 * len(share)


async def test_program_is_measured_once_more_with_a_seed_of_its_own(folder):
    _, tasks, run = await searched(folder, 12, at_5=[Steer("measure", 2), Steer("measure", 2)])
    again = [task for task in tasks if isinstance(task, Measure)]
    assert [(task.program, task.seed, task.purpose) for task in again] == [
        (2, 1, Purpose.PERSON), (2, 2, Purpose.PERSON)]  # fmt: skip
    assert {row.seed for row in run.record.evaluations(2)} == {0, 1, 2}


async def test_next_session_heeds_what_was_said_of_lineages_and_not_that_the_last_one_was_stopped(
    folder,
):
    await searched(folder, 30, at_5=[Steer("pin", 0), Steer("stop")])
    ending, tasks, _ = await searched(folder, 12)
    assert ending.stop.kind == "proposals" and len(proposed(tasks)) == 12
    assert {task.parents[0] for task in proposed(tasks)[6:]} == {0}


async def test_steer_long_after_the_end_adds_no_time_to_the_run(folder):
    await searched(folder, 5)
    with closing(_reading(folder)) as store:
        before = store.seconds()
    give(folder, Steer("wish", text="use integers"))
    with closing(opened(folder)) as store:
        store.database.execute("UPDATE events SET at = at + 86400 WHERE kind = 'steer'")
        assert store.seconds() == before
        assert given(store)[-1].steer == Steer("wish", text="use integers")
    assert (folder / "steer.md").read_text() == "use integers\n"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "no such request"),
        ({"do": "delete"}, "no such request"),
        ({"do": "pin"}, "is no program"),
        ({"do": "ban", "program": 7}, "#0 to #6"),
        ({"do": "ban", "program": True}, "is no program"),
        ({"do": "cap", "cap": "target", "value": 1}, "there is none"),
        ({"do": "cap", "cap": "usd", "value": -1}, "more than 0"),
        ({"do": "cap", "cap": "usd", "value": float("nan")}, "more than 0"),
        ({"do": "cap", "cap": "usd", "value": "5"}, "more than 0"),
        ({"do": "wish", "text": "  "}, "empty"),
        ({"do": "wish", "text": 5}, "empty"),
    ],
)
def test_request_that_is_none_is_one_line(asked, said):
    with pytest.raises(ConfigError, match=said):
        checked(asked, 7)
