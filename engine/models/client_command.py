"""A command as a model (``cli:COMMAND``): text in, text out, for coding agents with a login.

The prompt goes to the command's standard input, or where ``{prompt}`` or ``{file}`` stands in it;
what it prints is the reply. It runs on this machine with the user's own environment, for it needs
its login, in an empty folder that is removed afterwards. What it costs is unknown, unless it prints
JSON that says so (`cladogen.models.command_output`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cladogen.models.base import Outgoing, Relayed, sendable
from cladogen.models.command_output import read_output, without_codes
from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.http import silent
from cladogen.models.reply_stream import ReplyStream

PROMPT, FILE = "{prompt}", "{file}"
MOST_ARGUMENT = 120_000  # bytes; Linux refuses an argument of 128 KiB
MOST_ANSWER = 4_000_000  # characters of an answer that is sent on
SHELLS = ("|", "||", "&&", "&", ";", ">", ">>", "<", "2>", "2>&1", "2>/dev/null", "&>")
LAST_WORDS = 800  # characters of an error that are kept


class CommandClient:
    """Ask commands. Each call is one process, in a session of its own, ended whole."""

    async def chat(self, call: Outgoing, stream: ReplyStream) -> None:
        text = conversation_text(call)
        with tempfile.TemporaryDirectory(prefix="cladogen-cli-") as folder:
            words, given = _command(call.route.name, text, Path(folder))
            async with _running(words, Path(folder)) as process:
                said = await _talk(process, given, call, stream)
        output = stream.text
        if stream.too_long:
            return
        if process.returncode:
            raise _ended_badly(stream, words[0], process.returncode, output, said)
        stream.end("exit 0")
        read_output(stream, output)
        if not stream.text.strip():
            reason = " ".join(said.split())[-LAST_WORDS:]
            raise CallFailed(Complaint(f"{words[0]} printed nothing: {reason or 'no words'}"))
        stream.closed = True

    async def relay(self, call: Outgoing, body: Mapping[str, Any]) -> Relayed:
        if body.get("tools"):
            text = "a command (cli:...) takes no tools; name a model that does"
            raise CallFailed(Complaint(text, 400, sent=False), FailureKind.MODEL)
        stream = ReplyStream(limit=MOST_ANSWER)
        await self.chat(call, stream)
        message = {"role": "assistant", "content": stream.text}
        answer: dict[str, Any] = {
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}]
        }
        if stream.usage is not None:
            usage = stream.usage
            answer["usage"] = {
                "prompt_tokens": usage.prompt,
                "completion_tokens": usage.completion,
                "total_tokens": usage.prompt + usage.completion,
            }
        usd = stream.reported_usd if stream.usage is None else stream.usage.reported_usd
        return Relayed(answer, usd)

    async def embed(self, call: Outgoing, stream: ReplyStream) -> Sequence[Sequence[float]]:
        raise CallFailed(Complaint("a command makes no embeddings", sent=False), FailureKind.MODEL)

    async def about(self, call: Outgoing) -> Mapping[str, Any] | None:
        _found(_split(call.route.name))
        return {}

    async def close(self) -> None:
        """Nothing is kept open: each process ends with its call."""


def conversation_text(call: Outgoing) -> str:
    """Return a conversation as one text: what was said before is labelled, the last part is not."""
    parts = []
    for number, message in enumerate(call.messages):
        last = number == len(call.messages) - 1
        before = {"assistant": "Your earlier answer", "user": "Asked before"}.get(message.role)
        heading = f"## {before}\n\n" if before and not last and len(call.messages) > 2 else ""
        parts.append(heading + sendable(message.text))
    return "\n\n".join(parts)


def _ended_badly(
    stream: ReplyStream, program: str, code: int, output: str, said: str
) -> CallFailed:
    """Return the failure of a command with an exit code, in the words of its JSON, if it printed
    any, which may also say what the call cost.
    """
    body: Any = None
    try:
        read_output(stream, output)
        words = said or output
    except CallFailed as told:
        words, body = told.complaint.text, told.complaint.body
    stream.replace("", "")
    how = f"exit code {code}" if code > 0 else f"ended by a signal ({signal.strsignal(-code)})"
    reason = " ".join(without_codes(words).split())[-LAST_WORDS:]
    return CallFailed(Complaint(f"{program}: {how}: {reason or 'no words'}", body=body))


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise _no_command(f"cli:{command}: {error}") from None
    if not words:
        raise _no_command("cli: names no command; write cli:COMMAND, as in 'cli:claude -p'")
    operator = next(filter(SHELLS.__contains__, words), "")
    if operator:
        raise _no_command(
            f"cli:{command}: {operator} is a shell's, and no shell runs a command; write "
            f"cli:sh -c '...'"
        )
    return [
        _here(_at_home(words[0]), first=True),
        *(_here(word, first=False) for word in words[1:]),
    ]


def _at_home(word: str) -> str:
    """Return a command with its variables and its ``~`` in full."""
    full = os.path.expandvars(word)
    return str(Path(full).expanduser()) if full.startswith("~") else full


def _here(word: str, *, first: bool) -> str:
    """Return a file's whole path, where a word names one of the folder that evolve runs in: the
    command itself runs in another.
    """
    named = "/" in word or (not first and Path(word).suffix)
    return str(Path.cwd() / word) if named and _is_file(word) else word


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # no name of a file
        return False


def _found(words: list[str]) -> None:
    if shutil.which(words[0]) is None:
        setting = re.match(r"[A-Za-z_]\w*=", words[0]) is not None
        what = "write cli:env NAME=VALUE COMMAND" if setting else (
            "install it, or give its whole path")  # fmt: skip
        raise _no_command(f"{words[0]}: not found on PATH; {what}")


def _no_command(text: str) -> CallFailed:
    return CallFailed(Complaint(text, sent=False), FailureKind.MODEL)


def _command(command: str, text: str, folder: Path) -> tuple[list[str], bytes]:
    """Return the words to run and what goes to standard input."""
    words = _split(command)
    _found(words)
    given = text.encode()
    if _stands_in(PROMPT, words):
        _check_fits(given, words[0])
        return [word.replace(PROMPT, text) for word in words], b""
    if _stands_in(FILE, words):
        path = folder / "prompt.md"
        path.write_bytes(given)
        return [word.replace(FILE, str(path)) for word in words], b""
    return words, given


def _check_fits(given: bytes, program: str) -> None:
    if len(given) > MOST_ARGUMENT:
        raise _no_command(
            f"{program}: a prompt of {len(given):,} bytes is too long for an argument; leave "
            f"{PROMPT} out (standard input), or write {FILE}"
        )


def _stands_in(mark: str, words: Sequence[str]) -> bool:
    return any(mark in word for word in words)


@contextlib.asynccontextmanager
async def _running(words: list[str], folder: Path) -> AsyncIterator[Process]:
    """Start a process in a session of its own; on the way out nothing of it is left."""
    work = folder / "work"
    work.mkdir()
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=work, start_new_session=True
        )
    except OSError as error:
        raise _no_command(f"{words[0]}: {error.strerror}") from None
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # Before the wait: a pipe that nobody reads, or a grandchild holds, would never end. Closing
        # the transport would ask after the process, which may take its exit status away.
        for number in range(3):
            pipe = process._transport.get_pipe_transport(number)  # type: ignore[attr-defined]
            if pipe is not None:
                pipe.close()
        await process.wait()


async def _talk(process: Process, given: bytes, call: Outgoing, stream: ReplyStream) -> str:
    """Give the prompt, read the reply into ``stream`` and wait for the end; return what was said on
    standard error.
    """
    errors = bytearray()
    heard = asyncio.Event()

    async def write() -> None:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(given)
            await process.stdin.drain()
        process.stdin.close()

    async def read_errors() -> None:
        assert process.stderr is not None
        while data := await process.stderr.read(1 << 16):
            heard.set()
            errors.extend(data)
            del errors[:-1_000_000]

    async def read_reply() -> None:
        assert process.stdout is not None
        data = bytearray()
        while part := await process.stdout.read(1 << 16):
            heard.set()
            data += part
            if len(data) > stream.limit * 4:
                break
        stream.say(data.decode("utf-8", "replace"))

    whole = asyncio.gather(write(), read_errors(), read_reply(), process.wait())
    try:
        while not whole.done():
            heard.clear()
            waiting = asyncio.ensure_future(heard.wait())
            both: set[asyncio.Future[Any]] = {whole, waiting}
            done, _ = await asyncio.wait(
                both, timeout=call.silence_s, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if not done:
                raise silent(call.route.provider, call.silence_s)
            if stream.too_long:
                break
    finally:
        whole.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await whole
    return errors.decode("utf-8", "replace")
