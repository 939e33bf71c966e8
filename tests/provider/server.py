"""The fake provider: chat (plain and streamed) and embeddings over HTTP, with its own count of what it charged.

It counts a token for every four characters, charges what `Prices` say in whole nano-dollars, and keeps a line
in `ledger` for every request that reached it. A cut stream is charged for what was sent, as providers do.
"""

import hashlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from provider.acts import Act, Answer, Fault, Raw, Script, Seen, by_step


@dataclass(frozen=True)
class Prices:
    """Nano-dollars per token; the same numbers are dollars per billion tokens."""

    prompt: int = 1_000
    completion: int = 4_000
    cached: int = 100


@dataclass(frozen=True)
class Line:
    """One request in the ledger: what was done, and what was charged, and whether the client was told."""

    step: int
    path: str
    act: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    nano_usd: int = 0
    told: bool = False


@dataclass
class FakeProvider:
    """Start with ``with FakeProvider(script) as provider``; ``provider.url`` is what --api-base takes."""

    script: Script = field(default_factory=lambda: by_step("hello"))
    prices: Prices = Prices()
    key: str = ""  # the only key it accepts, "" for any
    refuses: tuple[str, ...] = ()  # parameters it calls unsupported
    streams: bool = True  # False: it answers with one JSON object whatever it is asked
    # Its models; None: there is no such list; what is no tuple: the answer itself.
    listed: Any = ()
    looked_at: list[str] = field(default_factory=list)  # paths that were asked for with GET
    window: int = 0  # the most tokens of prompt and reply; 0: any number
    ledger: list[Line] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    most_at_once: int = 0

    def __enter__(self) -> "FakeProvider":
        self._lock, self._active, self.ended = threading.Lock(), 0, threading.Event()
        self._entered, self._unentered = threading.Condition(self._lock), 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def charged_usd(self) -> float:
        """All it charged."""
        return sum(line.nano_usd for line in self._lines()) / 1e9

    @property
    def told_usd(self) -> float:
        """What it charged and said so."""
        return sum(line.nano_usd for line in self._lines() if line.told) / 1e9

    @property
    def untold(self) -> int:
        """How many requests it charged without saying what they cost."""
        return sum(1 for line in self._lines() if line.nano_usd and not line.told)

    def _lines(self) -> list[Line]:
        """Return the ledger, once every request that was answered stands in it: the client may have its answer
        before."""
        with self._entered:
            self._entered.wait_for(lambda: self._unentered == 0, timeout=10)
            return list(self.ledger)

    def count(self, path: str = "/chat/completions") -> int:
        """Return how many requests reached a path."""
        return sum(1 for seen in self.seen if seen.path.endswith(path))

    def arrive(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[Seen, Act]:
        """Take a request: decide what is done with it. The script runs under a lock, in the order of arrival."""
        with self._lock:
            self._active += 1
            self.most_at_once = max(self.most_at_once, self._active)
            seen = Seen(len(self.seen), path, body, headers)
            self.seen.append(seen)
            act = self._act(seen)
            self._unentered += not _is_silent(act)
            return seen, act

    def leave(self, act: Act, line: Line) -> None:
        """Enter a request in the ledger."""
        with self._entered:
            self._active -= 1
            self._unentered -= not _is_silent(act)
            self.ledger.append(line)
            self._entered.notify_all()

    def _act(self, seen: Seen) -> Act:
        if self.key and seen.headers.get("authorization") != f"Bearer {self.key}":
            sent = seen.headers.get("authorization", "").removeprefix("Bearer ")
            return Fault(status=401, message=f"Incorrect API key provided: {sent}")
        for name in self.refuses:
            if name in seen.body:
                error = {
                    "param": name,
                    "code": "unsupported_parameter",
                    "type": "invalid_request_error",
                }
                return Fault(status=400, message=f"Unsupported parameter: '{name}'", error=error)
        asked = max(seen.body.get("max_tokens") or 0, seen.body.get("max_completion_tokens") or 0)
        if self.window and asked + tokens(seen.prompt) > self.window:
            message = f"'max_tokens' is too large: {asked}. The maximum context length is {self.window} tokens"
            return Fault(status=400, message=message)
        return self.script(seen)


def _is_silent(act: Act) -> bool:
    """Whether a request is answered with nothing, for as long as the client stays."""
    return isinstance(act, Fault) and act.kind == "silent"


def tokens(text: str) -> int:
    """Count tokens as this provider does."""
    return (len(text) + 3) // 4


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 256
    provider: FakeProvider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that leaves early is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        provider = self.server.provider
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen, act = provider.arrive(self.path, json.loads(raw), headers)
        line = Line(seen.step, self.path, _name(act))
        self.close_connection = True
        try:
            line = self._play(seen, act)
        except OSError:
            pass  # the client left
        finally:
            provider.leave(act, line)

    def _play(self, seen: Seen, act: Act) -> Line:
        if isinstance(act, Raw):
            return self._raw(seen, act)
        if seen.path.endswith("/embeddings") and isinstance(act, Answer):
            return self._embed(seen)
        if isinstance(act, Answer):
            streamed = seen.body.get("stream") and self.server.provider.streams
            return self._stream(seen, act) if streamed else self._whole(seen, act)
        if act.kind == "cut":
            return self._cut(seen, act)
        if act.kind == "malformed":
            self._send(200, b'{"choices": [{"message": {"content": "hal')
        elif act.kind == "silent":
            self.server.provider.ended.wait(30)
        elif act.kind == "status":
            error = {
                "message": act.message,
                "type": "fake",
                "param": None,
                "code": act.status,
            } | act.error
            extra = {"retry-after": act.retry_after} if act.retry_after else {}
            self._send(act.status, json.dumps({"error": error}).encode(), extra)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        return Line(seen.step, seen.path, _name(act))

    def _raw(self, seen: Seen, act: Raw) -> Line:
        self.send_response(act.status)
        for name, value in {"content-type": act.type, "connection": "close", **act.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(act.body)
        return Line(seen.step, seen.path, "raw")

    def do_GET(self) -> None:
        """Say which models there are, where the provider says so."""
        provider = self.server.provider
        provider.looked_at.append(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if provider.key and headers.get("authorization") != f"Bearer {provider.key}":
            self._send(401, b'{"error": {"message": "Incorrect API key provided"}}')
        elif provider.listed is None:
            self._send(404, b"{}")
        else:
            body = provider.listed
            if isinstance(body, tuple):
                body = {"object": "list", "data": list(body)}
            self._send(200, json.dumps(body).encode())

    def _whole(self, seen: Seen, act: Answer) -> Line:
        line = self._line(seen, act, act.reasoning + act.text, act.cached, told=act.usage)
        message = {
            "role": "assistant",
            "content": act.text,
            "reasoning_content": act.reasoning or None,
        }
        if act.tools:
            calls = [_tool(seen, number, *each) for number, each in enumerate(act.tools)]
            message |= {"content": act.text or None, "tool_calls": calls}
        finish = "tool_calls" if act.tools else act.finish
        choice = {"index": 0, "message": message, "finish_reason": finish}
        body = _head(seen, "chat.completion") | {"choices": [choice]}
        if act.usage:
            body["usage"] = _usage(line)
        self._send(200, json.dumps(body).encode())
        return line

    def _stream(self, seen: Seen, act: Answer) -> Line:
        line = self._line(seen, act, act.reasoning + act.text, act.cached, told=act.usage)
        self._begin_stream()
        if act.reasoning:
            self._piece(seen, {"role": "assistant", "reasoning_content": act.reasoning})
        size = max(1, -(-len(act.text) // act.pieces))
        for start in range(0, len(act.text), size):
            self._piece(seen, {"role": "assistant", "content": act.text[start : start + size]})
        for number, each in enumerate(act.tools):
            self._tool_pieces(seen, {"index": number} | _tool(seen, number, *each))
        self._piece(seen, {}, "tool_calls" if act.tools else act.finish)
        if act.usage and (seen.body.get("stream_options") or {}).get("include_usage"):
            self._event(
                _head(seen, "chat.completion.chunk") | {"choices": [], "usage": _usage(line)}
            )
        self.wfile.write(b"data: [DONE]\n\n")
        return line

    def _cut(self, seen: Seen, act: Fault) -> Line:
        line = self._line(seen, act, act.text, 0, told=act.usage)
        if not seen.body.get("stream"):
            self._send(200, b'{"choices": [{"message"', {}, length=10_000)
            return line
        self._begin_stream()
        usage = {"usage": _usage(line)} if act.usage else {}
        self._piece(seen, {"role": "assistant", "content": act.text}, extra=usage)
        return line

    def _embed(self, seen: Seen) -> Line:
        texts = seen.body["input"] if isinstance(seen.body["input"], list) else [seen.body["input"]]
        line = Line(seen.step, seen.path, "embed", sum(map(tokens, texts)), told=True)
        line = Line(
            **{**line.__dict__, "nano_usd": line.prompt_tokens * self.server.provider.prices.prompt}
        )
        data = [
            {"object": "embedding", "index": i, "embedding": embed(text)}
            for i, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": line.prompt_tokens, "total_tokens": line.prompt_tokens}
        model = seen.body["model"]
        self._send(
            200,
            json.dumps({"object": "list", "data": data, "model": model, "usage": usage}).encode(),
        )
        return line

    def _line(self, seen: Seen, act: Act, text: str, cached: int, *, told: bool) -> Line:
        prices, prompt, completion = self.server.provider.prices, tokens(seen.prompt), tokens(text)
        nano = (
            (prompt - cached) * prices.prompt
            + cached * prices.cached
            + completion * prices.completion
        )
        return Line(seen.step, seen.path, _name(act), prompt, completion, cached, nano, told)

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def _piece(
        self, seen: Seen, delta: dict[str, Any], finish: str | None = None, extra: Any = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._event(_head(seen, "chat.completion.chunk") | {"choices": [choice]} | (extra or {}))

    def _tool_pieces(self, seen: Seen, call: dict[str, Any]) -> None:
        """Send a call of a tool: its name first, then its arguments in two pieces, by its index."""
        function, index = call["function"], call["index"]
        begun = call | {"function": function | {"arguments": ""}}
        self._piece(seen, {"role": "assistant", "tool_calls": [begun]})
        half = len(function["arguments"]) // 2
        for part in (function["arguments"][:half], function["arguments"][half:]):
            piece = {"index": index, "function": {"arguments": part}}
            self._piece(seen, {"tool_calls": [piece]})

    def _event(self, event: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.flush()

    def _send(
        self, status: int, body: bytes, extra: dict[str, str] | None = None, length: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length or len(body)))
        self.send_header("connection", "close")  # said, so that nobody uses it once more
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def embed(text: str, size: int = 64) -> list[float]:
    """Embed a text: its three-letter pieces hashed into a vector, so that like texts have like vectors."""
    vector = [0.0] * size
    for start in range(max(1, len(text) - 2)):
        vector[hashlib.md5(text[start : start + 3].encode()).digest()[0] % size] += 1.0
    norm = sum(value * value for value in vector) ** 0.5
    return [value / norm for value in vector]


def _tool(seen: Seen, number: int, name: str, arguments: str) -> dict[str, Any]:
    """Return a call of a tool as OpenAI's protocol has it."""
    function = {"name": name, "arguments": arguments}
    return {"id": f"call-{seen.step}-{number}", "type": "function", "function": function}


def _head(seen: Seen, kind: str) -> dict[str, Any]:
    return {
        "id": f"fake-{seen.step}",
        "object": kind,
        "created": 0,
        "model": seen.body.get("model", "fake"),
    }


def _usage(line: Line) -> dict[str, Any]:
    return {
        "prompt_tokens": line.prompt_tokens,
        "completion_tokens": line.completion_tokens,
        "total_tokens": line.prompt_tokens + line.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": line.cached_tokens},
    }


def _name(act: Act) -> str:
    if isinstance(act, Raw):
        return "raw"
    return (
        "answer"
        if isinstance(act, Answer)
        else f"{act.kind} {act.status}"
        if act.kind == "status"
        else act.kind
    )
