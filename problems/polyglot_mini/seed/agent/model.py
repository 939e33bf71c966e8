"""The model: OpenAI's protocol at the address that the sandbox names."""

import json
import os
import urllib.error
import urllib.request


class NoMoreCalls(Exception):
    """A call that is refused, or that no model answers."""


class Model:
    """The first model that is listed."""

    def __init__(self):
        self.url = os.environ.get("OPENAI_BASE_URL", "")
        if not self.url:
            raise NoMoreCalls("no model here: evolve run ... --model NAME")
        self.name = self.ask("/models")["data"][0]["id"]

    def reply(self, messages, tools):
        """Return the model's next message."""
        body = {"model": self.name, "messages": messages, "tools": tools}
        message = self.ask("/chat/completions", body)["choices"][0]["message"]
        kept = ("role", "content", "tool_calls")
        return {name: message[name] for name in kept if message.get(name) is not None}

    def ask(self, path, body=None):
        """Return the JSON of an answer; raises NoMoreCalls with the server's words."""
        data = None if body is None else json.dumps(body).encode()
        head = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data, head)
        try:
            with urllib.request.urlopen(request, timeout=250) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise NoMoreCalls(f"{error.code}: {error.read(500).decode(errors='replace')}") from None
