#!/usr/bin/env bash
# litellm 1.110.2: a reply that its provider broke off arrives with finish_reason "stop", as one that
# ended well.
#
# "insufficient_system_resource" (DeepSeek: interrupted by the service) and "model_length" (Mistral:
# the window is full) become "stop", streamed or not; only litellm's log says so. "error" (OpenRouter:
# the upstream failed) becomes "stop" too in a reply that is not streamed, and the log is silent. Who
# looks at the reason alone takes half a reply for a whole one. Seen with Python 3.11.
# Output seen:
#     length: length, streamed length
#     insufficient_system_resource: stop, streamed stop
#     model_length: stop, streamed stop
#     error: stop
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "litellm==1.110.2"
cat > "$place/try.py" <<'PYTHON'
import json
import logging
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm  # noqa: E402  (reads the environment)

logging.disable(logging.CRITICAL)
WORDS = ("length", "insufficient_system_resource", "model_length", "error")


class Provider(BaseHTTPRequestHandler):
    """Speaks the protocol of OpenAI; the model's name is the reason with which replies end."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        base = {"id": "r", "created": 1, "model": asked["model"]}
        if asked.get("stream"):
            delta = {"role": "assistant", "content": "half a"}
            choices = [{"index": 0, "delta": delta, "finish_reason": None}]
            last = [{"index": 0, "delta": {}, "finish_reason": asked["model"]}]
            parts = [{**base, "object": "chat.completion.chunk", "choices": c} for c in (choices, last)]
            body = "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + "data: [DONE]\n\n"
        else:
            message = {"role": "assistant", "content": "half a"}
            choices = [{"index": 0, "message": message, "finish_reason": asked["model"]}]
            usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
            body = json.dumps({**base, "object": "chat.completion", "choices": choices, "usage": usage})
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if asked.get("stream") else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
for word in WORDS:
    ask = {
        "model": f"openai/{word}",
        "api_base": f"http://127.0.0.1:{server.server_port}/v1",
        "api_key": "none",
        "messages": [{"role": "user", "content": "a story"}],
    }
    whole = litellm.completion(**ask).choices[0].finish_reason
    if word == "error":
        print(f"{word}: {whole}")
        continue
    *_, last = litellm.completion(**ask, stream=True)
    print(f"{word}: {whole}, streamed {last.choices[0].finish_reason}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py")
echo "$found"
expected="length: length, streamed length
insufficient_system_resource: stop, streamed stop
model_length: stop, streamed stop
error: stop"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
