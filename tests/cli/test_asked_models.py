"""`evolve evaluate` and `evolve transfer` of programs that ask models: answered, counted, capped, said."""

import json
import shutil

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
AGENT = """
import json, os, urllib.request
def ask(words):
    body = {"model": "small", "messages": [{"role": "user", "content": words}]}
    url, head = os.environ["OPENAI_BASE_URL"] + "/chat/completions", {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), head), timeout=60) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]
def run(case):
    return [GUESS, ask(f"solve {case}")]
"""
SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    return [Case(word, word, split) for word, split in (("one", "train"), ("two", "train"), ("three", "heldout"))]
def score(case, output):
    return {"right": output[0] * (output[1] == f"{case.input} solved")}
"""
TOML = """
[program]
editable = ["agent.py"]
entry = "agent.py:run"
[objective]
metric = "right"
[models.evaluation]
calls = 3
[limits]
time_s = 60
"""


def reply(seen) -> Answer:
    return Answer(f"{seen.prompt.removeprefix('solve ')} solved")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, guess in (("mine", 1.0), ("other", 0.5)):
        (tmp_path / name / "seed").mkdir(parents=True)
        (tmp_path / name / "problem.toml").write_text(TOML)
        (tmp_path / name / "scorer.py").write_text(SCORER)
        (tmp_path / name / "seed" / "agent.py").write_text(AGENT.replace("GUESS", str(guess)))
    return tmp_path


def options(provider, *words):
    return [
        "--model",
        "small",
        "--api-base",
        provider.url,
        "--price",
        "small=1,4",
        "--sandbox",
        "bubblewrap",
        *words,
    ]


def test_program_that_asks_a_model_is_evaluated_and_what_it_spent_is_said(folder, capsys):
    with FakeProvider(reply) as provider:
        assert (
            main(["evaluate", "mine", "seed", *options(provider, "--split", "all", "--json")]) == 0
        )
        told = json.loads(capsys.readouterr().out)
        assert main(["evaluate", "mine", "seed", *options(provider)]) == 0
        assert "spent     2 model calls" in capsys.readouterr().out
        charged = provider.charged_usd
    assert [case["metrics"]["right"] for case in told["cases"]] == [1.0, 1.0, 1.0]
    assert told["spent"]["calls"] == 3 and 0 < told["spent"]["usd"] < charged


def test_cap_on_calls_ends_an_evaluation_as_the_worlds_failure(folder, capsys):
    with FakeProvider(reply) as provider:
        assert main(["evaluate", "mine", "seed", *options(provider, "--max-calls", "1")]) == 2
        assert provider.count() == 1 and "--max-calls" in capsys.readouterr().out


def test_best_programs_are_measured_on_another_problem_with_another_model(folder, capsys):
    with FakeProvider(reply) as provider:
        words = [
            "--run",
            "r",
            "--proposer",
            "mutate",
            "--max-proposals",
            "4",
            "--workers",
            "1",
            "--plain",
        ]
        assert main(["run", "mine", *options(provider, *words)]) == 0
        capsys.readouterr()
        assert main(["transfer", "r", "#0", "--to", "other", *options(provider, "--json")]) == 0
        told = json.loads(capsys.readouterr().out)
    assert told["result"]["seed"] == 0.5 and told["result"]["rows"][0]["mean"] == 1.0
    assert told["models"] == ["small"] and told["spent"]["calls"] == 6


def test_models_that_do_not_go_with_the_problem_are_one_line(folder, capsys):
    assert main(["evaluate", "mine", "seed", "--sandbox", "bubblewrap"]) == 2
    assert "its programs ask models; name one with --model" in capsys.readouterr().err
    toml = folder / "mine" / "problem.toml"
    toml.write_text(TOML.replace("[models.evaluation]\ncalls = 3\n", ""))
    assert main(["evaluate", "mine", "seed", "--model", "small", "--sandbox", "bubblewrap"]) == 2
    assert "its programs ask no models" in capsys.readouterr().err


def test_check_lets_a_seed_program_ask_where_it_may_call(folder, capsys):
    with FakeProvider(reply) as provider:
        words = ["check", "mine", *options(provider), "--faults", "0", "--repeats", "2", "--json"]
        main(words)
        assert json.loads(capsys.readouterr().out)["seeds"][0]["status"] == "crash"
        assert provider.count() == 0, "nothing is paid without --call"
        main([*words, "--call"])
        told = capsys.readouterr()
        assert json.loads(told.out)["seeds"][0]["status"] == "ok"
        asked = int(told.err.split("programs spent ")[1].split()[0])
        assert 4 < asked == provider.count() - 1, "and one call is the command's own"
        main([*words, "--call", "--max-calls", "1"])
        assert provider.count() - 1 - asked == 2
