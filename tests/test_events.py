"""What happens in a run reaches listeners, is recorded, and reads back as the same events."""

import pytest
from toy_world import ToyEvaluator, opened, problem, toy_run

from cladogen.events import (
    Asked,
    Away,
    Back,
    Ended,
    Flagged,
    Judged,
    Migrated,
    Observers,
    Proposed,
    Silent,
    Told,
    as_row,
    from_row,
)
from cladogen.record.memory import RunRecord
from cladogen.search.budget import Caps
from cladogen.view.happened import happened

ISLANDS = {"islands": 2, "migrate_every": 3}


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


async def test_listeners_are_given_every_turn_in_order_and_the_record_gives_it_again(store):
    events = []
    run = toy_run(store, Caps(proposals=3), listeners=(events.append,))
    await run.search()
    turn = [Asked, Proposed, Judged, Told]
    assert [type(event) for event in events] == [Told, *turn * 3, Ended]
    read = [event for _, event in happened(store, RunRecord(store, problem().score))]
    asked = [event for event in events if isinstance(event, Asked)]
    seeds = [event for event in read if isinstance(event, Asked)][:1]
    assert [event for event in read if isinstance(event, Asked)] == seeds + asked
    for kind in (Proposed, Ended):
        same = [[e for e in some if isinstance(e, kind)] for some in (events, read)]
        assert same[0] == same[1]
    told = [[e.result for e in some if isinstance(e, Told)] for some in (events, read)]
    assert told[0] == told[1]


async def test_migration_between_islands_is_an_event_that_is_recorded(store):
    events = []
    run = toy_run(
        store, Caps(proposals=30), options=ISLANDS,
        listeners=(events.append,),
    )  # fmt: skip
    await run.search()
    moved = [event for event in events if isinstance(event, Migrated)]
    assert len(moved) == run.archive.view().migrations > 0
    assert all({event.source, event.target} == {0, 1} for event in moved)
    assert all(0 <= event.program < run.record.size() for event in moved)
    read = [event for _, event in happened(store, RunRecord(store, problem().score))]
    assert [event for event in read if isinstance(event, Migrated)] == moved


async def test_migrations_of_a_run_that_goes_on_are_told_once(store):
    await toy_run(store, Caps(proposals=9), options=ISLANDS).search()
    before = len(store.events("migrated"))
    run = toy_run(store, Caps(proposals=40), options=ISLANDS)
    await run.search()
    assert len(store.events("migrated")) == run.archive.view().migrations > before > 0


@pytest.mark.parametrize(
    "event",
    [
        Migrated(3, 0, 1),
        Flagged("differs"),
        Away("no daemon"),
        Back(2.5),
        Ended("target", "reached", 3),
    ],
    ids=lambda event: type(event).__name__,
)
def test_event_reads_back_as_it_was_recorded(store, event):
    store.add_event(*as_row(event))
    ((_, kind, body),) = store.events()
    assert from_row(kind, body) == event


def test_rows_of_another_kind_are_no_events():
    assert from_row("begin", {"version": "0"}) is None


async def test_several_observers_watch_as_one(store):
    class Noted(Silent):
        def __init__(self):
            self.calls = []

        def told(self, event, progress):
            self.calls.append("told")

        def notice(self, text):
            self.calls.append(text)

        def end(self, ending, progress):
            self.calls.append("end")

    first, second = Noted(), Noted()
    observers = Observers(first, second)
    observers.notice("it begins")
    await toy_run(store, Caps(proposals=2), observer=observers, evaluator=ToyEvaluator()).search()
    assert first.calls == second.calls == ["it begins", "told", "told", "told", "end"]
