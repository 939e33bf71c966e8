"""Servers on people's own machines as they are found: addresses, protocols, the room they have."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from asked import QUICK, request

from cladogen.errors import ModelError
from cladogen.models.asking import Models
from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.search.budget import Budget

SHOWN = {"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 262_144}}
ANSWER = {
    "choices": [{"message": {"content": "a change"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 20, "completion_tokens": 10},
}
NOWHERE = (404, "404 page not found")


def told(text="a change", **last):
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 2000, "eval_count": 20} | last
    rows = [{"message": {"content": text}, "done": False}, {"message": {"content": ""}, **end}]
    return "".join(json.dumps(row) + "\n" for row in rows)


def ollama(shown=SHOWN, chat=None, names=("qwen3:latest",)):
    """An Ollama server's answers. ``shown``, ``chat``: an answer, or what makes one of a body."""
    rows = [{"id": name, "object": "model", "owned_by": "library"} for name in names]
    at = {
        "/api/show": shown,
        "/api/chat": chat or told(),
        "/v1/models": {"object": "list", "data": rows},
        "/v1/chat/completions": ANSWER,
    }
    return lambda path, body: at.get(path, NOWHERE)


@contextlib.contextmanager
def serving(act):
    """Serve what ``act`` says of (path, body): JSON, a text, or (status, either)."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            self.give(None)

        def do_POST(self):
            self.give(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def give(self, body):
            seen.append((self.path, body))
            answer = act(self.path, body)
            answer = answer(body) if callable(answer) else answer
            status, value = answer if isinstance(answer, tuple) else (200, answer)
            text = value if isinstance(value, str) else json.dumps(value)
            self.send_response(status)
            self.send_header("content-type", "text/plain" if text is value else "application/json")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield SimpleNamespace(root=root, port=server.server_address[1], seen=seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def asked(server, name="ollama/qwen3", texts=("improve this",), **changes):
    """Prepare and ask; return the last call, the model as it is then, the notices."""
    notices = []
    models = Models(
        [Model(name, **changes)], MemoryLog(), Budget(), patience=QUICK, notify=notices.append
    )
    try:
        await models.prepare()
        for ticket, text in enumerate(texts):
            call = await models.ask(request(ticket, text, model=name))
    finally:
        await models.close()
    return call, models.models[name], notices


@pytest.fixture
def at(monkeypatch):
    for name in ("OLLAMA_API_BASE", "OLLAMA_BASE_URL", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    return lambda server: monkeypatch.setenv("OLLAMA_API_BASE", server.root)


# -- addresses


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OLLAMA_HOST", "0.0.0.0:{port}"),
        ("OLLAMA_HOST", ":{port}"),
        ("OLLAMA_HOST", "127.0.0.1:{port}"),
        ("OLLAMA_HOST", "http://127.0.0.1:{port}/"),
        ("OLLAMA_API_BASE", "{root}/v1"),
        ("OLLAMA_API_BASE", "{root}/api"),
        ("OLLAMA_BASE_URL", "{root}"),
    ],
)
async def test_address_of_ollama_is_read_from_every_variable_that_people_set(
    variable, value, at, monkeypatch
):
    with serving(ollama()) as server:
        monkeypatch.setenv(variable, value.format(root=server.root, port=server.port))
        call, model, _ = await asked(server)
    assert call.reply.text == "a change" and model.window == 32_768


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("box", "http://box:11434"),
        ("box:8080", "http://box:8080"),
        ("http://box", "http://box"),
        ("https://ollama.com", "https://ollama.com"),
        ("https://box/ollama/", "https://box/ollama"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::]:9000", "http://127.0.0.1:9000"),
    ],
)
def test_host_is_read_as_ollama_itself_reads_it(host, url, at, monkeypatch):
    from cladogen.models.routes import route_of

    monkeypatch.setenv("OLLAMA_HOST", host)
    assert route_of(Model("ollama/qwen3")).url == url


@pytest.mark.parametrize("name", ["ollama/qwen3", "ollama_chat/qwen3", "openai/qwen3", "qwen3"])
@pytest.mark.parametrize("path", ["", "/", "/v1", "/api"])
async def test_ollama_by_its_address_is_asked_in_its_own_protocol(name, path, at):
    with serving(ollama()) as server:
        call, model, _ = await asked(server, name, api_base=server.root + path)
        assert server.seen[-1][0] == "/api/chat" and server.seen[-1][1]["model"] == "qwen3"
    assert call.reply.text == "a change" and model.window == 32_768


async def test_gateway_that_has_a_model_with_ollamas_prefix_is_asked_as_a_gateway(at):
    listed = {"data": [{"id": "ollama/qwen3"}]}
    answers = {"/v1/models": listed, "/v1/chat/completions": ANSWER}
    with serving(lambda path, body: answers.get(path, NOWHERE)) as server:
        call, _, _ = await asked(server, api_base=f"{server.root}/v1")
        assert server.seen[-1][1]["model"] == "ollama/qwen3"
    assert call.reply.text == "a change"


async def test_server_that_has_its_models_at_v1_is_asked_there_and_its_window_found():
    listed = {"data": [{"id": "Org/Name", "owned_by": "vllm", "max_model_len": 8192}]}
    answers = {"/v1/models": listed, "/v1/chat/completions": ANSWER}
    with serving(lambda path, body: answers.get(path, NOWHERE)) as server:
        for name in ("Org/Name", "openai/Org/Name"):
            call, model, notices = await asked(server, name, api_base=server.root)
            assert server.seen[-1][1]["model"] == "Org/Name" and model.window == 8192
            assert call.reply.text == "a change" and f"{server.root}/v1" in notices[0]


# -- windows


@pytest.mark.parametrize(
    ("shown", "window"),
    [
        ({**SHOWN, "parameters": 'num_ctx                8192\nstop  "<|im_end|>"'}, 8192),
        ({**SHOWN, "parameters": "num_ctx 65536"}, 65_536),
        ({"model_info": {"general.architecture": "g", "g.context_length": 8192,
                         "g.vision.context_length": 131_072}}, 8192),
        ({"model_info": {"q.context_length": 4096.0}}, 4096),
        ({"model_info": {"q.context_length": "4096"}}, 4096),
        ({"model_info": None}, 32_768),
        ((405, {"detail": "Method Not Allowed"}), 32_768),
        (NOWHERE, 32_768),
        ((500, {"error": "something"}), 32_768),
    ],
    ids=["Modelfile", "larger in the Modelfile", "of the text's part", "float", "text", "nothing told", "not allowed",
         "not there", "error"],
)  # fmt: skip
async def test_window_asked_of_ollama_is_the_models_and_never_a_cloud_models(shown, window, at):
    with serving(ollama(shown)) as server:
        at(server)
        _, model, notices = await asked(server)
        assert server.seen[-1][1]["options"]["num_ctx"] == model.window == window
    assert any("as its Modelfile says" in line for line in notices) == ("parameters" in shown)


async def test_window_of_the_users_own_counts_over_the_modelfiles(at):
    with serving(ollama({**SHOWN, "parameters": "num_ctx 8192"})) as server:
        at(server)
        _, model, notices = await asked(server, window=16_000, output=4000, window_given=True)
    assert model.window == 16_000 and not notices


@pytest.mark.parametrize(
    "words",
    [
        "model requires more system memory (12.5 GiB) than is available (8.1 GiB)",
        "llama runner process has terminated: cudaMalloc failed: out of memory",
    ],
)
async def test_window_that_memory_has_no_room_for_is_halved_until_it_has(words, at):
    def chat(body):
        return (500, {"error": words}) if body["options"]["num_ctx"] > 8192 else told()

    with serving(ollama(chat=chat)) as server:
        at(server)
        call, model, notices = await asked(server)
    assert call.reply.text == "a change" and model.window == 8192
    assert "no memory for a window of 32,768 tokens; one of 16,384" in notices[0]


async def test_model_that_no_window_makes_small_enough_is_given_up(at):
    with serving(ollama(chat=(500, {"error": "model requires more system memory"}))) as server:
        at(server)
        call, _, notices = await asked(server)
        chats = [path for path, _ in server.seen if path == "/api/chat"]
    assert "more system memory" in call.reply.error and "asked no more" in notices[-1]
    assert len(chats) == 4  # 32,768, 16,384, 8,192, 4,096


async def test_prompts_of_several_lengths_with_one_count_are_said_to_be_cut(at):
    texts = ["every point is visited once. " * (2000 + 100 * more) for more in range(4)]
    with serving(ollama(chat=told(prompt_eval_count=8194))) as server:
        at(server)
        _, _, notices = await asked(server, texts=texts)
    assert len([line for line in notices if "read 8,194 tokens of each" in line]) == 1


async def test_reply_as_long_as_its_limit_is_cut_where_ollama_does_not_say_how_it_ended(at):
    def chat(body):
        return told("half", done_reason=None, eval_count=body["options"]["num_predict"])

    with serving(ollama(chat=chat)) as server:
        at(server)
        call, _, _ = await asked(server)
    assert call.reply.status == "cut"


@pytest.mark.parametrize(
    ("row", "path", "told"),
    [
        ({"id": "m", "owned_by": "organization_owner"}, "/api/v0/models",
         {"data": [{"id": "m", "max_context_length": 131_072, "loaded_context_length": 4096}]}),
        ({"id": "/models/m.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}}, "/props",
         {"default_generation_settings": {"n_ctx": 4096}}),
    ],
    ids=["LM Studio", "llama.cpp"],
)  # fmt: skip
async def test_window_a_local_server_was_started_with_counts_over_the_models(row, path, told):
    answers = {"/v1/models": {"data": [row]}, path: told, "/v1/chat/completions": ANSWER}
    with serving(lambda asked, body: answers.get(asked, NOWHERE)) as server:
        _, model, _ = await asked(server, "m", api_base=f"{server.root}/v1")
    assert model.window == 4096


async def test_older_local_server_that_does_not_tell_its_window_is_asked_all_the_same():
    answers = {
        "/v1/models": {"data": [{"id": "m", "owned_by": "llamacpp"}]},
        "/v1/chat/completions": ANSWER,
    }
    with serving(lambda asked, body: answers.get(asked, NOWHERE)) as server:
        call, _, _ = await asked(server, "m", api_base=f"{server.root}/v1")
    assert call.reply.text == "a change"


async def test_server_that_is_not_there_at_all_is_one_line():
    with serving(ollama()) as server:
        gone = server.root
    with pytest.raises(ModelError, match="Connection refused"):
        await asked(None, "m", api_base=gone)
