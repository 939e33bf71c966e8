"""A scorer that is a URL: what it answers is read, and what goes wrong on the way is no verdict."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError, WorldAway
from cladogen.evaluation import Status
from cladogen.evaluators.contract import EvaluatorContract
from cladogen.evaluators.over_http import HttpEvaluator
from cladogen.problem import load
from cladogen.program import File, Program

GOOD = Program.of({"solve.py": File(b"x = 3\n"), "data.bin": File(b"\xff\x00")})
BROKEN = Program.of({"solve.py": File(b"broken\n")})


def judged(request):
    """Judge a program as the service does: its digits are its value."""
    (text,) = (
        each["content"] for each in request["content"]["files"] if each["path"] == "solve.py"
    )
    if "broken" in text:
        return {"status": "crash", "feedback": "it does not run"}
    value = sum(int(each) for each in text if each.isdigit())
    return {"metrics": {"value": value}, "feedback": f"{request['case']}: {value}"}


class Service:
    """A service on the loopback that plays its acts in order, then judges; ``requests`` are what
    came.
    """

    def __init__(self, *acts) -> None:
        self.acts, self.requests, self.headers = list(acts), [], []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.requests.append(request)
                service.headers.append(dict(self.headers))
                act = service.acts.pop(0) if service.acts else judged(request)
                if callable(act):
                    act = act()
                status, body = act if isinstance(act, tuple) else (200, act)
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                if status == 429:
                    self.send_header("retry-after", "7")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/judge"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def problem(folder, url, more=""):
    folder.mkdir(exist_ok=True)
    (folder / "seed").mkdir(exist_ok=True)
    (folder / "seed/solve.py").write_text("x = 3\n")
    (folder / "judge.py").write_text(
        "from cladogen.evaluators.over_http import HttpEvaluator as Judge\n"
    )
    (folder / "problem.toml").write_text(
        'name = "far"\n[program]\neditable = ["solve.py"]\n[evaluator]\nclass = "judge.py:Judge"\n'
        f"[metrics.value]\n[parameters]\nurl = {json.dumps(url)}\n{more}"
    )
    return folder


def evaluator(tmp_path, url, more=""):
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    made = HttpEvaluator(load(problem(tmp_path / "far", url, more)), pause=pause)
    return made, pauses


def asked(made, program=GOOD, **how):
    return asyncio.run(made.evaluate(program, **how))


class TestHttpEvaluator(EvaluatorContract):
    programs = (GOOD, BROKEN)

    @pytest.fixture(autouse=True)
    def service(self, tmp_path):
        with Service() as self.running:
            self.folder = tmp_path
            yield

    def make(self):
        more = 'cases = ["a", "b"]\nheldout = ["c"]\n'
        return evaluator(self.folder, self.running.url, more)[0]


def test_program_is_sent_whole_with_its_case_and_seed(tmp_path):
    with Service() as service:
        (row,) = asked(evaluator(tmp_path, service.url)[0], seed=5)
    assert (row.status, dict(row.metrics), row.feedback) == (Status.OK, {"value": 3}, "evaluate: 3")
    (request,) = service.requests
    assert (request["case"], request["seed"], request["program"]) == ("evaluate", 5, GOOD.id)
    assert request["content"]["files"] == [
        {"path": "data.bin", "content": "/wA=", "encoding": "base64"},
        {"path": "solve.py", "content": "x = 3\n"},
    ]


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ({"status": "timeout", "metrics": {"value": 1}}, Status.TIMEOUT, ""),
        ({"status": "what"}, Status.INVALID, "status 'what' is none of ok, invalid, crash"),
        ({"metrics": {"other": 1}}, Status.INVALID, "no value among the numbers"),
        ({"metrics": {"value": None}}, Status.INVALID, "value = None is no finite number"),
        ({"metrics": {"value": True}}, Status.INVALID, "value = True is no finite number"),
        (b'{"metrics": {"value": NaN}}', Status.INVALID, "value = nan is no finite number"),
        ({"scores": {"scores": [{"metric": "value", "score": 2}]},
          "insights": {"insights": [{"label": "why", "text": "so"}]}}, Status.OK, "why: so"),
        ({"scores": {"scores": [{"metric": "value", "score": None}]}}, Status.INVALID, "value ="),
        ({"scores": 5}, Status.INVALID, "no value among the numbers"),
    ],
)  # fmt: skip
def test_answer_is_read_and_only_numbers_are_a_score(tmp_path, answer, status, words):
    with Service(answer) as service:
        (row,) = asked(evaluator(tmp_path, service.url)[0])
    assert row.status is status and words in row.feedback
    assert bool(row.metrics) is (status is Status.OK)


def test_service_that_is_busy_is_asked_again_when_it_says(tmp_path):
    busy = [(503, b"<title>down</title>"), (429, {"error": "slow"}), (200, b"not json")]
    with Service(*busy) as service:
        made, pauses = evaluator(tmp_path, service.url)
        (row,) = asked(made)
    assert row.status is Status.OK and len(service.requests) == 4
    assert pauses == [1.0, 7.0, 4.0]


def test_service_that_stays_away_is_the_worlds_failure_and_no_verdict(tmp_path):
    with Service(*[(503, {"error": "down"})] * 3) as service:
        made, pauses = evaluator(tmp_path, service.url, "retries = 2\n")
        with pytest.raises(WorldAway, match="down"):
            asked(made)
    assert len(service.requests) == 3 and pauses == [1.0, 2.0]
    with pytest.raises(WorldAway):  # nobody listens any more
        asked(made)


def test_answer_that_does_not_come_in_time_judges_nothing(tmp_path):
    gone = threading.Event()
    with Service(lambda: {"late": gone.wait(20)}) as service:
        made, _ = evaluator(tmp_path, service.url, "time_s = 0.3\nretries = 0\n")
        (row,) = asked(made)
        gone.set()
    assert row.status is Status.INFRA and "no answer within 0.3 s" in row.feedback


def test_key_comes_from_the_environment_and_is_in_no_message(tmp_path, monkeypatch):
    more = 'key = "FAR_API_KEY"\nretries = 0\n'
    with Service({"metrics": {"value": 1}}, (401, {"error": "bad key s3cret-token-x"})) as service:
        made, _ = evaluator(tmp_path, service.url, more)
        monkeypatch.delenv("FAR_API_KEY", raising=False)
        with pytest.raises(ProblemError, match="set FAR_API_KEY in the environment"):
            asked(made)
        monkeypatch.setenv("FAR_API_KEY", "s3cret-token-x")
        asked(made)
        assert service.headers[0]["authorization"] == "Bearer s3cret-token-x"
        with pytest.raises(ProblemError, match="is FAR_API_KEY right") as refused:
            asked(made)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("ftp://x/y", "", "must be an address"),
        ("", "", "must be an address"),
        ("http://far.example/", 'key = "K"\n', "over https only"),
        ("http://localhost/", "time_s = 0\n", "time_s = 0 must be"),
        ("http://localhost/", "retries = -1\n", "retries = -1 must be"),
        ("http://localhost/", 'cases = "a"\n', "must be a list of names"),
        ("http://localhost/", "cases = []\n", "cases must name one"),
        ("http://localhost/", 'heldout = ["evaluate"]\n', "none of heldout"),
        ("http://localhost/", "tries = 3\n", "tries is none of url, key"),
    ],
)
def test_mistake_in_the_parameters_is_one_line(tmp_path, url, more, words):
    with pytest.raises(ProblemError, match=words):
        evaluator(tmp_path, url, more)


def test_run_is_judged_by_a_service(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with Service() as service:
        folder = problem(tmp_path / "far", service.url)
        command = ["run", str(folder), "--max-proposals", "12", "--workers", "1", "--plain"]
        assert main(command) == 0
    out = capsys.readouterr().out
    assert "better" in out and len(service.requests) > 5


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ((404, b"nothing here"), "404: nothing here"),
        ((503, b"busy"), "503: busy"),
        (b"<html>Sign in</html>", "a web page came in place of a reply"),
        (b"", "not JSON: ''"),
    ],
)
def test_what_goes_wrong_on_the_way_names_the_service(tmp_path, capsys, act, words):
    with Service(*[act] * 5) as service:
        folder = problem(tmp_path / "p", service.url, "retries = 0\n")
        assert main(["evaluate", str(folder), "seed"]) == 2
        said = capsys.readouterr().err
        assert f"evolve: {service.url}: " in said and words in said


def test_time_of_a_service_is_no_cpu_time_of_a_program(tmp_path, capsys):
    with Service() as service:
        folder = problem(tmp_path / "p", service.url)
        assert main(["evaluate", str(folder), "seed"]) == 0
    said = capsys.readouterr().out
    assert "CPU" not in said and "MiB" not in said
