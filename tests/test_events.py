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


@pytest.mark.parametrize(
    "event",
    [Flagged("differs"), Away("no daemon"), Back(2.5), Ended("target", "reached", 3)],
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
