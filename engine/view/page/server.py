"""The page's server: a few files, answers in JSON, one stream of events for each open page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cladogen.errors import CladogenError, ConfigError
from cladogen.record.approvals import VERDICTS, said_of
from cladogen.record.steering import PLAIN, Steer, checked, give
from cladogen.view.followed import FollowedRun
from cladogen.view.page import bundle, columns, details, maps
from cladogen.view.page.guard import PageGuard
from cladogen.view.page.live import Runs
from cladogen.view.page.operators import notes, operators
from cladogen.view.reports.pictures import picture
from cladogen.view.reports.plain import plain
from cladogen.view.summary import summary
from cladogen.view.timeline import timeline

Answer = Callable[[FollowedRun, Request], Any]
LONGEST_REQUEST = 20_000
QUICK_S = 0.0005  # after which the thread that reads lets the server answer
UNQUOTED = "!'()*~"  # what encodeURIComponent leaves as it is
INDEX = "/"  # the first file of the page
GRACE_S = 2  # for requests under way when the server ends


class Page:
    """The page over some runs, as an ASGI application. ``address`` is what a person opens."""

    def __init__(self, folders: Sequence[Path], port: int) -> None:
        self.runs = Runs(folders)
        self.over = asyncio.Event()
        self.guard = PageGuard(self._app(), port)
        self.address = f"http://127.0.0.1:{port}/?token={self.guard.token}"

    def _app(self) -> Starlette:
        files = _files(self.runs.only)
        found = [
            Route(f"/api/run/{{key}}/{path}", self._about(answer, whole=path not in EARLY))
            for path, answer in ANSWERS
        ]
        return Starlette(
            routes=[
                *(Route(path, self._file(path, *made)) for path, made in files.items()),
                Route("/api/runs", self._list),
                Route("/api/run/{key}/events", self._events),
                Route("/api/run/{key}/program/{number}/picture", self._picture),
                Route("/api/run/{key}/steer", self._steer, methods=["POST"]),
                *found,
            ],
        )

    def _file(self, path: str, data: bytes, kind: str) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            if path == INDEX:
                self.runs.opened()
            return Response(data, media_type=kind)

        return answered

    def _about(self, answer: Answer, *, whole: bool) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            key = request.path_params["key"]
            if key not in self.runs.folders:
                return _problem(404, f"no run {key!r} on this page")
            try:
                value = await self.runs.read(key, lambda run: answer(run, request), whole=whole)
                body, kind = await asyncio.to_thread(_packed, value)
            except (ValueError, IndexError):
                return _problem(404, "nothing of that number")
            except CladogenError as error:
                return _problem(404, str(error))
            if answer is _programs:
                self.runs.sent()
            return Response(body, media_type=kind)

        return answered

    async def _steer(self, request: Request) -> Response:
        """Take what a person asks of a run: the same as the commands, the same rows."""
        key = request.path_params["key"]
        if key not in self.runs.folders:
            return _problem(404, f"no run {key!r} on this page")
        try:
            asked = await _asked(request)
            steer = await self.runs.read(key, lambda run: _checked(run, asked))
            await asyncio.to_thread(give, self.runs.folders[key], steer)
        except CladogenError as error:
            return _problem(400, str(error))
        return JSONResponse({"said": str(steer)})

    async def _picture(self, request: Request) -> Response:
        """Return what the scorer drew of a program: an image and nothing else, for what it shows
        is a program's doing; opened by itself it can run, load and send nothing.
        """
        key = request.path_params["key"]
        if key not in self.runs.folders:
            return _problem(404, f"no run {key!r} on this page")
        case = request.query_params.get("case", "")
        try:
            kind, data = await self.runs.read(
                key, lambda run: picture(run.reader, _program(run, request), case)
            )
        except (ValueError, IndexError):
            return _problem(404, "nothing of that number")
        except CladogenError as error:
            return _problem(404, str(error))
        return Response(data, media_type=kind, headers={"content-security-policy": AS_IMAGE})

    async def _list(self, request: Request) -> Response:
        found = [{"key": key, "folder": str(path)} for key, path in self.runs.folders.items()]
        return JSONResponse(found)

    async def _events(self, request: Request) -> Response:
        key = request.path_params["key"]
        if key not in self.runs.folders:
            return _problem(404, f"no run {key!r} on this page")
        return StreamingResponse(self._stream(key), media_type="text/event-stream")

    async def _stream(self, key: str) -> AsyncIterator[bytes]:
        async for value in self.runs.changes(key, self.over):
            yield b"data: " + _json(value) + b"\n\n"


def _files(only: str | None) -> dict[str, tuple[bytes, str]]:
    """Return what the page is loaded from: four files, so that it is there at once. The first names
    the run where there is one, so that it is asked for before the page's script is there.
    """
    index, start = ((bundle.STATIC / name).read_bytes() for name in ("index.html", "start.js"))
    mark = b"" if only is None else f' data-only="{quote(only, safe=UNQUOTED)}"'.encode()
    return {
        INDEX: (index.replace(b'<html lang="en"', b'<html lang="en"' + mark), "text/html"),
        "/start.js": (start, "text/javascript"),
        "/page.js": (bundle.script().encode(), "text/javascript"),
        "/page.css": (bundle.style().encode(), "text/css"),
    }


async def _asked(request: Request) -> Mapping[str, Any]:
    """Return the object that a request holds; raises ConfigError for anything else."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_REQUEST:
            raise ConfigError("this is too long")
    try:
        value = json.loads(body)
    except ValueError:
        raise ConfigError("this is no JSON") from None
    if not isinstance(value, dict):
        raise ConfigError("this is no JSON object")
    return value


def _checked(run: FollowedRun, asked: Mapping[str, Any]) -> Steer:
    """Return the steer that is meant; raises ConfigError where nobody is there to heed it."""
    if asked.get("do") in VERDICTS:
        return said_of(run.reader.store, asked)
    steer = checked(asked, len(run.reader.entries))
    if steer.do in PLAIN and not run.reader.running:
        raise ConfigError(f"nothing searches in this run now: evolve run --resume {run.folder}")
    return steer


def _number(request: Request, name: str = "number", default: int | None = None) -> int:
    given = request.path_params.get(name, request.query_params.get(name, default))
    return int(given)  # type: ignore[arg-type]


def _program(run: FollowedRun, request: Request) -> int:
    number = _number(request)
    if not 0 <= number < len(run.reader.entries):
        raise IndexError(number)
    return number


def _programs(run: FollowedRun, request: Request) -> bytes:
    return columns.columns(run, _number(request, "since", 0))


def _came(run: FollowedRun, request: Request) -> Any:
    word = request.query_params.get("word", "")
    before = _number(request, "before", -1)
    return columns.came(run, word=word, before=before, most=100)


def _difference(run: FollowedRun, request: Request) -> Any:
    """Return the difference from a program, ``parent`` or a name; a seed program has no parent."""
    after, name = _program(run, request), request.query_params.get("from", "seed")
    if name != "parent":
        return details.difference(run.reader, run.reader.find(name), after)
    parents = run.reader.entries[after].node.parents
    if not parents:
        return {"before": None, "after": after, "diff": ""}
    return details.difference(run.reader, parents[0], after)


def _about_map(answer: Callable[[FollowedRun], Any]) -> Answer:
    return lambda run, request: answer(run)


AS_IMAGE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
EARLY = ("summary", "programs")  # answered while a run is read for the first time
ANSWERS: list[tuple[str, Answer]] = [
    ("summary", lambda run, request: summary(run, request.path_params["key"])),
    ("programs", _programs),
    ("map", lambda run, request: maps.maps(run)),
    *((f"map/{kind}", _about_map(answer)) for kind, answer in maps.KINDS.items()),
    ("search", lambda run, request: columns.summaries(run, request.query_params.get("text", ""))),
    ("proposals", _came),
    ("operators", lambda run, request: operators(run)),
    ("notes", lambda run, request: notes(run)),
    ("timeline", lambda run, request: timeline(run)),
    ("program/{number}", lambda run, request: details.program(run.reader, _program(run, request))),
    (
        "program/{number}/files",
        lambda run, request: details.files(run.reader, _program(run, request)),
    ),
    ("program/{number}/diff", _difference),
    (
        "program/{number}/steps",
        lambda run, request: details.steps(run.reader, _program(run, request)),
    ),
    ("task/{number}", lambda run, request: details.task(run.reader, _number(request))),
]


def _packed(value: Any) -> tuple[bytes, str]:
    """Return an answer as it is sent, and its kind."""
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    return _json(value), "application/json"


def _json(value: Any) -> bytes:
    """Return JSON; a number that is not finite becomes null, a broken character a mark."""
    try:  # what is plain already, in a third of the time
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError):
        text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)


def listen(port: int) -> socket.socket:
    """Return a socket on this machine's own address; port 0 takes a free one."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(("127.0.0.1", port))
        found.listen(64)  # a browser that is quicker than the server waits
    except OSError as error:
        found.close()
        raise ConfigError(
            f"port {port}: cannot be listened on ({error.strerror}); name another with --port, or "
            "leave it out"
        ) from None
    return found


async def serve(folders: Sequence[Path], port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until the task is cancelled; ``ready`` is given its address."""
    sys.setswitchinterval(QUICK_S)
    with contextlib.closing(listen(port)) as listening:
        page = Page(folders, listening.getsockname()[1])
        config = uvicorn.Config(
            page.guard, log_level="error", access_log=False, lifespan="off",
            timeout_graceful_shutdown=GRACE_S,
        )  # fmt: skip
        server = _Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        page.runs.begin()
        try:
            ready(page.address)
            await asyncio.shield(serving)
        finally:
            page.over.set()
            server.should_exit = True
            await serving
            page.runs.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave signals to the command."""
        yield
