"""Spans of a run, by the real OpenTelemetry SDK and its exporter that keeps them in memory."""

import subprocess
import sys

import pytest
from large_run import judged_run
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from toy_world import Stepper, opened, toy_run

from cladogen.events import Silent
from cladogen.record.store import Store
from cladogen.record.timings import timings
from cladogen.search.budget import Caps
from cladogen.trackers.observing import Tracking
from cladogen.trackers.otel_run import OtelRun

SECOND = 1_000_000_000


def of(spans, name):
    return [span for span in spans if span.name.startswith(name)]


async def test_each_result_is_a_span_with_its_evaluations_below_it(tmp_path):
    kept = InMemorySpanExporter()
    store = opened(tmp_path / "run")
    observer = Tracking(Silent(), [("otel", OtelRun(kept))], 0)
    run = toy_run(store, Caps(proposals=8), observer=observer, proposer=Stepper())
    observer.begin([("run", str(tmp_path / "run")), ("problem", "toy")])
    await run.search()
    observer.close()
    results = [row for row in store.results() if row.ticket]
    evaluations = {(row.program, row.evaluation.case) for row in store.evaluations()}
    store.close()
    spans = kept.get_finished_spans()
    tasks = {span.context.span_id: span for span in of(spans, "task ")}
    tickets = {span.attributes["cladogen.ticket"] for span in tasks.values()}
    assert {row.ticket for row in results} <= tickets
    below = of(spans, "evaluate ")
    seen = {
        (span.attributes["cladogen.program"], span.attributes["cladogen.case"]) for span in below
    }
    assert seen <= evaluations and {number for number, _ in seen} >= {
        row.program for row in results if row.program
    }
    for span in below:
        task = tasks[span.parent.span_id]
        assert span.context.trace_id == task.context.trace_id
        assert span.start_time <= span.end_time <= task.end_time
    assert spans[0].resource.attributes["cladogen.problem"] == "toy"


def test_call_of_a_model_is_a_span_from_when_it_was_asked_to_its_last_word(model_run):
    store, reply_seconds = model_run
    call = next(call for task in timings(store) for call in task.calls)
    assert call.end - call.begin == pytest.approx(reply_seconds)
    assert (call.model, call.prompt_tokens, call.completion_tokens) == ("m", 900, 60)


@pytest.fixture
def model_run(tmp_path):
    """A task with a call of 2.5 seconds and its result."""
    from cladogen.models.calls import CallStatus, Message, Reply, Request
    from cladogen.proposal import Cost, Outcome, Proposal
    from cladogen.record.model_calls import StoredCalls
    from cladogen.result import Result, Standing
    from cladogen.task import Propose

    store = opened(tmp_path / "run")
    calls = StoredCalls(store)
    for ticket, error in ((1, ""), (2, "the provider is overloaded")):
        store.add_task(Propose(ticket, (0,)))
        asked = Request(ticket, 0, "propose", "m", (Message("user", "Do."),))
        status = CallStatus.FAILED if error else CallStatus.REPLIED
        reply = Reply(status, "" if error else "Done.", error=error, seconds=2.5)
        calls.finish(calls.begin(asked, 0, None), reply, Cost(0.01, 900, 60, 0, 1))
        store.add_proposal(Proposal(ticket, "diff", (0,), "", model="m"), 0)
        came = Result(Propose(ticket, (0,)), Outcome.REFUSED, None, reason="no such line")
        store.add_result(came, 0, Standing.NOTED)
    yield store, 2.5
    store.close()


def test_call_that_failed_is_an_error_with_what_the_provider_said(model_run, tmp_path):
    kept = InMemorySpanExporter()
    tracker = OtelRun(kept)
    tracker.start(tmp_path / "run", {"problem": "toy"})
    tracker._seen = -1
    tracker.finish(well=True)
    good, bad = of(kept.get_finished_spans(), "chat m")
    assert good.status.is_unset and good.attributes["gen_ai.usage.input_tokens"] == 900
    assert good.end_time - good.start_time == pytest.approx(2.5 * SECOND, abs=SECOND / 100)
    assert not bad.status.is_ok and bad.status.description == "the provider is overloaded"
    assert bad.attributes["cladogen.cost_usd"] == 0.01


def test_run_that_goes_on_sends_no_span_twice(tmp_path):
    folder = judged_run(tmp_path / "runs" / "tour", 30)
    kept = InMemorySpanExporter()
    tracker = OtelRun(kept)
    tracker.start(folder, {})
    tracker.log(1, {})
    tracker.finish(well=True)
    assert kept.get_finished_spans() == ()


def test_timings_cover_every_result_and_evaluation_of_the_search(tmp_path):
    folder = judged_run(tmp_path / "runs" / "tour", 40)
    store = Store.open(folder)
    found = list(timings(store))
    assert [task.seq for task in found] == [row.seq for row in store.results()]
    made = sum(len(task.evaluations) for task in found)
    assert (
        made >= sum(1 for row in store.evaluations()) - 4
    )  # the seed's repeats come with no task of their own
    store.close()


def test_tracker_without_an_exporter_says_what_to_install():
    code = (
        "import sys; sys.modules['opentelemetry.exporter.otlp'] = None\n"
        "from cladogen.trackers.base import tracker\n"
        "from cladogen.errors import ConfigError\n"
        "try:\n    tracker('otel')\nexcept ConfigError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'cladogen[otel]'" in done.stdout
