"""Who may read the page: nobody without the token, no other site, no other name for this machine."""

import http.client
import json
import re

import pytest
from page_server import PageServer

SAME = object()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from large_run import large_run

    folder = tmp_path_factory.mktemp("page")
    with PageServer(large_run(folder / "runs" / "tour", 40)) as found:
        yield found


def test_page_without_the_token_shows_nothing(server):
    for path in (
        "/",
        "/?token=",
        "/?token=wrong",
        "/page.js",
        "/api/runs",
        "/api/run/tour/programs",
    ):
        status, _, body = server.ask(path, cookie="")
        assert status == 401, path
        assert b"tour" not in body


def test_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use(server):
    status, headers, _ = server.ask(server.path, cookie="")
    assert (status, headers["location"]) == (303, "/")
    assert server.token not in headers["set-cookie"]
    assert {"httponly", "samesite=strict"} <= set(re.split("; *", headers["set-cookie"].lower()))
    assert server.ask("/")[0] == 200
    assert json.loads(server.ask("/api/runs")[2])[0]["key"] == "tour"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:{port}", "0.0.0.0:{port}", ""]
)
def test_name_of_another_site_that_leads_to_this_machine_is_refused(server, host):
    assert server.ask("/api/runs", Host=host.format(port=server.port))[0] in (400, 403)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"]
)
def test_request_of_another_site_is_refused_even_with_the_cookie(server, origin):
    assert server.ask("/api/runs", Origin=origin)[0] == 403
    assert server.ask("/api/run/tour/steer", method="POST", Origin=origin, body="{}")[0] == 403


def test_request_that_changes_something_needs_an_origin(server):
    assert server.ask("/api/run/tour/steer", method="POST", body="{}")[0] == 403


def test_every_answer_forbids_scripts_of_others_and_frames(server):
    for path in ("/", "/page.js", "/api/runs", "/nowhere", "/?token=wrong"):
        headers = server.ask(path)[1]
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_page_has_no_script_or_style_in_its_markup_and_nothing_from_elsewhere(server):
    text = server.ask("/")[2].decode()
    assert not re.search(r"<script(?![^>]*\bsrc=\"/(page|start)\.js\")", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", text)


@pytest.mark.parametrize(
    "path",
    [
        "/server.py",
        "/static/main.js",
        "/../server.py",
        "/%2e%2e/server.py",
        "/..%2fguard.py",
        "//etc/passwd",
    ],
)
def test_files_beside_the_page_are_not_served(server, path):
    status, _, body = server.ask(path)
    assert status == 404 and b"import" not in body


def test_server_listens_on_this_machine_only(server):
    import socket

    others = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        if address.startswith("127."):
            continue
        with pytest.raises(OSError):
            http.client.HTTPConnection(address, server.port, timeout=60).request("GET", "/")
