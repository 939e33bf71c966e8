"""A run as OpenTelemetry spans: one for each task, below it its calls of models and evaluations.

Spans are read from the record, where begin and end of everything are, after each result. A task is
a trace of its own. Where they go is said by the variables of OpenTelemetry itself
(``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_SERVICE_NAME``), where an exporter is installed
(``opentelemetry-exporter-otlp``); names follow its conventions for generative models.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from cladogen.errors import ConfigError
from cladogen.record.store import Store
from cladogen.record.timings import TimedCall, TimedEvaluation, TimedTask, timings

NANO = 1_000_000_000


class OtelRun:
    """Implements `Tracker`. ``exporter`` None takes OTLP over HTTP."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._exporter = exporter or _otlp()

    def start(self, folder: Path, facts: Mapping[str, str]) -> None:
        known = {"service.name": "cladogen", "cladogen.run": str(folder)}
        named = {f"cladogen.{name.replace(' ', '_')}": text for name, text in facts.items()}
        self._provider = TracerProvider(resource=Resource.create({**known, **named}))
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("cladogen")
        self._folder = folder
        self._seen = self._newest()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        with contextlib.closing(Store.open(self._folder)) as store:
            for task in timings(store, self._seen):
                self._seen = task.seq
                _export(self._tracer, task)

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Do nothing: spans hold no files."""

    def finish(self, *, well: bool) -> None:
        with contextlib.suppress(ConfigError):
            self.log(0, {})
        self._provider.shutdown()

    def _newest(self) -> int:
        with contextlib.closing(Store.open(self._folder)) as store:
            return store.newest().result


def _otlp() -> SpanExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise ConfigError(
            "--track otel: no exporter is installed; get one with: pip install 'cladogen[otel]'"
        ) from None
    made: SpanExporter = OTLPSpanExporter()
    return made


def _export(tracer: Tracer, task: TimedTask) -> None:
    span = tracer.start_span(
        f"task {task.kind}",
        start_time=_nano(task.begin),
        attributes={
            "cladogen.ticket": task.ticket,
            "cladogen.round": task.round,
            "cladogen.outcome": task.outcome,
            "cladogen.standing": task.standing,
            "cladogen.operator": task.operator,
        },
    )
    if task.program is not None:
        span.set_attribute("cladogen.program", task.program)
    if task.reason:
        span.set_attribute("cladogen.reason", task.reason[:500])
    within = trace.set_span_in_context(span)
    for call in task.calls:
        _call(tracer.start_span(f"chat {call.model}", within, start_time=_nano(call.begin)), call)
    for each in task.evaluations:
        made = tracer.start_span(f"evaluate {each.case}", within, start_time=_nano(each.begin))
        _evaluation(made, each)
    span.end(_nano(task.end))


def _call(span: Span, call: TimedCall) -> None:
    span.set_attributes(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": call.model,
            "gen_ai.usage.input_tokens": call.prompt_tokens,
            "gen_ai.usage.output_tokens": call.completion_tokens,
            "cladogen.purpose": call.purpose,
        }
    )
    if call.usd is not None:
        span.set_attribute("cladogen.cost_usd", call.usd)
    if call.error:
        span.set_status(Status(StatusCode.ERROR, call.error[:500]))
    span.end(_nano(call.end))


def _evaluation(span: Span, each: TimedEvaluation) -> None:
    span.set_attributes(
        {
            "cladogen.program": each.program,
            "cladogen.case": each.case,
            "cladogen.split": each.split,
            "cladogen.status": each.status,
            "cladogen.cpu_s": each.cpu_s,
            "cladogen.peak_memory_mb": each.peak_memory_mb,
        }
    )
    if each.status != "ok":
        span.set_status(Status(StatusCode.ERROR, each.status))
    span.end(_nano(each.end))


def _nano(seconds: float) -> int:
    return int(seconds * NANO)
