"""From inside a sandbox: ordinary clients work unchanged, and nothing but the own socket can be reached."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from provider.acts import by_step
from provider.server import FakeProvider

from cladogen.errors import SandboxError
from cladogen.evaluation import Status
from cladogen.gateway.access import Access
from cladogen.gateway.caller import Caller
from cladogen.gateway.gateway import Gateway
from cladogen.ledger import NO_LIMITS, Unlimited
from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model, Price
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds
from cladogen.sandboxes.choose import open_sandbox

LIMITS = Limits(time_s=60.0, cpu_s=60.0, memory_mb=1024, files_mb=64)
NAMES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
    "local",
]
CONTAINED = NAMES[:2]
PLAIN = """
import http.client, json, os, socket, urllib.parse

class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ["CLADOGEN_MODELS_SOCKET"])

def ask(line, path, word):
    body = {"model": "small", "messages": [{"role": "user", "content": word}]}
    line.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = line.getresponse()
    told = json.loads(answer.read())
    if "error" in told:
        return f"{answer.status} {told['error']['message']}"
    return told["choices"][0]["message"]["content"]

def run(word):
    url = urllib.parse.urlsplit(os.environ["OPENAI_BASE_URL"])
    tcp = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    keys = [name for name, value in os.environ.items() if "KEY" in name and value != "none"]
    return [ask(tcp, url.path + "/chat/completions", word), ask(Unix("models"), "/v1/chat/completions", word), keys]
"""
PACKAGE = """
import openai

def run(word):
    client = openai.OpenAI(timeout=30)
    asked = {"model": "small", "messages": [{"role": "user", "content": word}]}
    chat = client.chat.completions.create(**asked).choices[0].message.content
    stream = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    streamed = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    tool = {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {}}}
    response = client.responses.create(model="small", instructions="Be short.", input=word, tools=[tool])
    with client.responses.stream(model="small", input=[{"role": "user", "content": word}]) as events:
        kinds = [event.type for event in events]
        last = events.get_final_response()
    try:
        client.chat.completions.create(**{**asked, "model": "large"})
    except openai.NotFoundError as error:
        refused = str(error)
    return {
        "chat": chat, "streamed": streamed, "usage": chunks[-1].usage.total_tokens, "response": response.output_text,
        "events": kinds, "last": last.output_text, "used": last.usage.total_tokens, "refused": refused,
        "models": [model.id for model in client.models.list()],
    }
"""


@contextlib.asynccontextmanager
async def inside(name: str, tmp_path, *packages: str, **needs) -> AsyncIterator[Sandbox]:
    (tmp_path / "requirements.txt").write_text("\n".join(packages))
    wanted = SandboxNeeds(requirements="requirements.txt", models=True, **needs)
    wanted = wanted if name != "local" else SandboxNeeds(models=True)
    async with open_sandbox(name, wanted, folder=tmp_path, limits=LIMITS, slots=2) as sandbox:
        yield sandbox


def gateway_to(provider: FakeProvider) -> Gateway:
    asked = Model("small", api_base=provider.url, price=Price(1.0, 4.0), output=100)
    return Gateway([asked], MemoryLog(), Unlimited())


def job(code: str, access: Access | None, word: str = "hello", entry="p.py:run") -> Job:
    files = {"p.py": File(code.encode())}
    return Job(files, entry, (Call(wire.encode(word)),), LIMITS, models=access)


def access_to(gateway: Gateway, program: str = "p1") -> Access:
    return Access(gateway, Caller("evaluate", 1, program), NO_LIMITS, "this evaluation")


def value(execution: Execution):
    assert execution.status is Status.OK, execution.detail + execution.log
    return wire.decode(execution.output)


@pytest.mark.parametrize("name", NAMES)
async def test_program_asks_over_its_port_and_over_its_socket_and_sees_no_key(
    tmp_path, name, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    with FakeProvider(by_step("one", "two", "three", "four")) as provider:
        gateway = gateway_to(provider)
        async with inside(name, tmp_path) as sandbox:
            (first,) = await sandbox.run(job(PLAIN, access_to(gateway)))
            (second,) = await sandbox.run(job(PLAIN, access_to(gateway)))
        await gateway.close()
    assert value(first) == ["one", "two", []] and value(second) == ["three", "four", []]


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_left_of_the_sockets_when_a_sandbox_is_closed(tmp_path, name, monkeypatch):
    short = tempfile.TemporaryDirectory(prefix="t-")  # a socket's path has 107 bytes at most
    with short as text, FakeProvider(by_step("one", "two")) as provider:
        place, gateway = Path(text), gateway_to(provider)
        monkeypatch.setattr(tempfile, "tempdir", text)
        async with inside(name, tmp_path) as sandbox:
            assert list(place.glob("cladogen-models-*/*/socket"))
            await sandbox.run(job(PLAIN, access_to(gateway)))
        await gateway.close()
        assert not list(place.glob("cladogen-models-*"))


async def test_temporary_folder_too_deep_for_a_socket_is_one_line_that_says_what_to_do(
    tmp_path, monkeypatch
):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(SandboxError, match="set TMPDIR to a shorter one"):
        async with inside("local", tmp_path):
            pass


@pytest.mark.parametrize("name", NAMES)
async def test_openai_package_works_unchanged(tmp_path, name):
    if name == "local":
        pytest.importorskip("openai")
    with FakeProvider(by_step("It is 4.")) as provider:
        gateway = gateway_to(provider)
        async with inside(name, tmp_path, "openai") as sandbox:
            (execution,) = await sandbox.run(job(PACKAGE, access_to(gateway)))
        await gateway.close()
    told = value(execution)
    assert [told[at] for at in ("chat", "streamed", "response", "last")] == ["It is 4."] * 4
    assert told["usage"] > 0 and told["used"] > 0 and told["models"] == ["small"]
    assert told["events"][0] == "response.created" and told["events"][-1] == "response.completed"
    assert "no model 'large'" in told["refused"] and provider.count() == 4


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bwrap"), reason="no curl")
async def test_curl_over_the_socket_works_unchanged(tmp_path):
    asked = json.dumps({"model": "small", "messages": [{"role": "user", "content": "hi"}]})
    line = (
        'curl -s --unix-socket "$CLADOGEN_MODELS_SOCKET" http://models/v1/chat/completions '
        f"-H 'content-type: application/json' -d '{asked}'"
    )
    with FakeProvider(by_step("curled")) as provider:
        gateway = gateway_to(provider)
        async with inside("bubblewrap", tmp_path) as sandbox:
            command = job("", access_to(gateway), entry=("sh", "-c", line))
            (execution,) = await sandbox.run(command)
        await gateway.close()
    assert value(execution)["choices"][0]["message"]["content"] == "curled"


SPIES = """
import glob, os, socket
def run(word):
    found = []
    for port in range(3100, 3200):
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            with socket.socket() as line:
                line.settimeout(0.2)
                if line.connect_ex((host, port)) == 0:
                    found.append(f"{host}:{port}")
    return [found, sorted(glob.glob("/run/cladogen*/**", recursive=True)), sorted(glob.glob("/tmp/cladogen-models*"))]
"""


@pytest.mark.parametrize("name", CONTAINED)
async def test_program_finds_its_own_socket_and_no_other(tmp_path, name):
    with FakeProvider(by_step("x")) as provider:
        gateway = gateway_to(provider)
        async with inside(name, tmp_path) as sandbox:
            spying = sandbox.run(job(SPIES, access_to(gateway, "spy")))
            other = sandbox.run(job(PLAIN, access_to(gateway, "other")))
            (seen,), _ = await spying, await other
        await gateway.close()
    ports, mounted, folders = value(seen)
    assert ports == ["127.0.0.2:3129"] and folders == []
    assert mounted == ["/run/cladogen-models/", "/run/cladogen-models/socket"]


@pytest.mark.parametrize("name", CONTAINED)
async def test_job_without_a_way_to_models_is_refused_at_once(tmp_path, name):
    refused = PLAIN.replace("return [ask", "return [bool(tcp.connect()), ask")
    async with inside(name, tmp_path) as sandbox:
        (execution,) = await sandbox.run(job(refused, None))
    assert execution.status is Status.CRASH and "refused" in execution.log.lower()


@pytest.mark.parametrize("name", CONTAINED)
async def test_reply_that_a_program_forges_is_seen_by_nobody_else(tmp_path, name):
    forges = """
import os, socket
def run(word):
    try:
        os.unlink(os.environ["CLADOGEN_MODELS_SOCKET"])
        return "removed"
    except OSError as error:
        pass
    try:
        with socket.socket() as line:
            line.bind(("127.0.0.2", 3129))
        return "bound"
    except OSError:
        return "held"
"""
    with FakeProvider(by_step("true", "true")) as provider:
        gateway = gateway_to(provider)
        async with inside(name, tmp_path) as sandbox:
            (first,) = await sandbox.run(job(forges, access_to(gateway, "forger")))
            (second,) = await sandbox.run(job(PLAIN, access_to(gateway, "other")))
        await gateway.close()
    assert value(first) == "held" and value(second)[:2] == ["true", "true"]


@pytest.mark.parametrize("name", CONTAINED)
async def test_models_and_listed_hosts_can_be_reached_beside_one_another(tmp_path, name):
    fetches = PLAIN.replace("import http.client", "import urllib.request, http.client").replace(
        "    return [ask(tcp",
        """
    with urllib.request.urlopen(word, timeout=20) as page:
        return [json.loads(page.read())["object"], ask(tcp, url.path + "/chat/completions", "hi"), keys]
    return [ask(tcp""",
    )
    with FakeProvider(by_step("model"), listed=({"id": "small"},)) as provider:
        port = provider.url.split(":")[2].split("/")[0]
        gateway = gateway_to(provider)
        async with inside(name, tmp_path, network=(f"localhost:{port}",)) as sandbox:
            page = f"http://localhost:{port}/v1/models"
            (execution,) = await sandbox.run(job(fetches, access_to(gateway), page))
        await gateway.close()
    assert value(execution) == ["list", "model", []]


async def test_tool_call_survives_the_responses_api_both_ways():
    from cladogen.gateway.responses import as_chat, as_response

    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    message = {"role": "assistant", "content": "Adding.", "tool_calls": [call]}
    told = {"id": "7", "model": "small", "choices": [{"message": message}]}
    response = as_response(told, {})
    said, called = response["output"]
    assert said["content"][0]["text"] == "Adding." and called["call_id"] == "c1"
    result = {"type": "function_call_output", "call_id": "c1", "output": "3"}
    chat = as_chat(
        {"model": "small", "input": [{"role": "user", "content": "1 + 2?"}, said, called, result]}
    )
    assert [each["role"] for each in chat["messages"]] == ["user", "assistant", "tool"]
    assert chat["messages"][1]["tool_calls"] == [call]
