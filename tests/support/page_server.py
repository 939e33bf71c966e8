"""The real `evolve view`, as a process of its own, and a client that sends what a test wants."""

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np


def unpacked(body: bytes) -> dict:
    """Read columns back, as static/unpack.js does."""
    length = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + length])
    at = 4 + length
    for name, kind, many in head["columns"]:
        head[name] = np.frombuffer(body, f"<{kind}", many, at).tolist()
        at += -(-many * int(kind[1]) // 8) * 8
    assert at == len(body)
    return head


class PageServer:
    """Serve runs while the block runs."""

    def __init__(self, *folders: Path, port: int = 0) -> None:
        self.folders, self._port = folders, port

    def __enter__(self) -> "PageServer":
        command = [
            sys.executable,
            "-m",
            "cladogen.cli.main",
            "view",
            "--no-open",
            "--port",
            str(self._port),
        ]
        self.process = subprocess.Popen(
            [*command, *map(str, self.folders)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        found = urlsplit(self.address)
        self.port, self.path = found.port, f"/?{found.query}"
        self.token = parse_qs(found.query)["token"][0]
        self.base = f"http://127.0.0.1:{self.port}"
        self.cookie = self.ask(self.path, cookie="")[1]["set-cookie"].partition(";")[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        cookie: str | None = None,
        body: str | None = None,
        **headers: str,
    ):
        """Return status, headers in lower case, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Cookie": self.cookie if cookie is None else cookie, **headers}
        connection.request(method, path, body=body, headers=given)
        answer = connection.getresponse()
        found = (
            answer.status,
            {key.lower(): value for key, value in answer.getheaders()},
            answer.read(),
        )
        connection.close()
        return found

    def json(self, path: str):
        status, _, body = self.ask(path)
        assert status == 200, body
        return json.loads(body)

    def columns(self, key: str, since: int = 0) -> dict:
        """Return the programs of a run as a browser unpacks them: lists by name."""
        status, _, body = self.ask(f"/api/run/{key}/programs?since={since}")
        assert status == 200, body
        return unpacked(body)

    def whole(self, key: str) -> dict:
        """Return the summary of a run once all of it is read."""
        heard = self.events(key)
        found = next(each for each in heard if each["read"] == 1)
        heard.close()
        return found

    def post(self, path: str, value: object):
        status, _, body = self.ask(
            path,
            method="POST",
            body=json.dumps(value),
            Origin=self.base,
            **{"Content-Type": "application/json"},
        )
        return status, json.loads(body)

    def events(self, key: str):
        """Yield the summaries that the stream of a run sends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/api/run/{key}/events", headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        try:
            for line in answer:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()
