"""Case generators that a model writes: what of a reply counts, and what a run makes of it."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from provider.acts import Answer
from provider.server import FakeProvider
from search.test_coevolution import TOML, rows_of, search, written

from cladogen.cli.main import main
from cladogen.problem.coevolution import Gene
from cladogen.proposers.case_writer import PURPOSE, as_text
from cladogen.proposers.case_writer import written as read
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store

GENES = (Gene("x", -8.0, 8.0, False), Gene("n", 1.0, 5.0, True))
KEPT = ({"x": 1.0, "n": 2, "seed": 5},)
FAR = [{"x": 7}, {"x": -7}]


def reply(tables):
    return f"They are far out.\n\ncases.json\n```\n{json.dumps(tables)}\n```\n"


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ([{"x": 1, "n": 2}, {"x": 3, "n": 4}], ({"x": 3.0, "n": 4},)),
        ([{"x": 3, "n": 4}, {"x": 3.0, "n": 4, "seed": 9}], ({"x": 3.0, "n": 4},)),  # once
        ([{"x": 9, "n": 2}], ()),  # out of bounds
        ([{"x": 3}], ()),
        ([{"x": True, "n": 2}, {"x": "1", "n": 2}, {"x": float("nan"), "n": 2}, 5, None], ()),
        ({"x": 3, "n": 4}, ()),
    ],
)
def test_tables_that_are_new_whole_and_within_bounds_are_taken(tables, wanted):
    assert read(reply(tables), KEPT, GENES) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "none", "cases.json\n```\n[{\n```\n", "other.json\n```\n[]\n```\n", "[" * 100_000],
)
def test_reply_that_is_no_change_of_the_file_gives_no_table(text):
    assert read(text, KEPT, GENES) == ()


def test_a_diff_of_the_file_is_as_good_as_its_whole_text():
    text = as_text(KEPT)
    line = text.splitlines()[1]
    diff = (
        f"```diff\n--- a/cases.json\n+++ b/cases.json\n@@ -1,3 +1,4 @@\n [\n-{line}\n+{line},\n"
        '+  {"x": 2.0, "n": 3}\n ]\n```\n'
    )
    assert read(diff, KEPT, GENES) == ({"x": 2.0, "n": 3},)


def run_with(act, folder, run, *more, proposals=14):
    """Run a search with a scripted model; return its exit status and the prompts for cases."""
    with FakeProvider(act) as provider:
        done = search(
            folder, run, "--model", "own", "--api-base", provider.url, "--price", "own=1,4",
            "--workers", "1", "--proposer-option", "form=whole", *more, proposals=proposals,
        )  # fmt: skip
        return done, [
            seen.prompt for seen in provider.seen if "You write hard cases" in seen.prompt
        ]


def far_out(seen):
    """Answer with programs of other slopes, and with cases far out."""
    if "You write hard cases" in seen.prompt:
        return Answer(reply(FAR))
    slope = 1.5 + seen.step % 7 / 4
    return Answer(
        f"Idea: {slope}\n\nline.py\n```python\ndef run(x):\n    return {slope} * x + 1.0\n```\n"
    )


def test_cases_that_a_model_writes_are_judged_like_others_and_replayed(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem")
    done, prompts = run_with(far_out, folder, "run", "--proposer-option", "cases=0.3")
    assert done == 0 and prompts
    assert "- x: a whole number from -8 to 8" in prompts[0] and "def run(x)" in prompts[0]
    assert "held-" not in "".join(prompts)
    generations = rows_of("run")[0]
    made = [each for body in generations for each in body["judged"] if each.get("by")]
    assert {each["genes"]["x"] for each in made} == {7, -7}
    assert all(each["values"] for each in made), "a panel of programs has run on them"
    said = capsys.readouterr()
    assert "that a model wrote)" in said.out + said.err
    with closing(Store.open(Path("run"))) as store:
        calls = StoredCalls(store).all()
    of_cases = [call for call in calls if call.request.purpose == PURPOSE]
    assert len(of_cases) == len(prompts) <= 0.3 * len(calls)
    assert main(["stats", "run", "--cases"]) == 0
    assert "written by a model" in capsys.readouterr().out
    assert main(["replay", "run", "--out", "again"]) == 0
    assert rows_of("again")[0] == generations


def test_model_that_writes_nothing_of_use_costs_no_generation(tmp_path, monkeypatch):
    def idle(seen):
        hard = "You write hard cases" in seen.prompt
        return Answer("I cannot.") if hard else far_out(seen)

    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem")
    done, prompts = run_with(idle, folder, "run", "--proposer-option", "cases=0.5")
    assert done == 0 and prompts
    judged = [each for body in rows_of("run")[0] for each in body["judged"]]
    assert len(judged) >= 4 and not any(each.get("by") for each in judged)


def test_option_for_cases_in_a_run_where_none_evolve_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem")
    words = ["--model", "own", "--api-base", "http://127.0.0.1:9", "--price", "own=1,4"]
    more = ["--sandbox", "local", "--plain", "--proposer-option", "cases=0.1"]
    assert main(["run", str(folder), "--run", "run", *words, *more]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert (
        len(said) == 1 and "option cases: no cases evolve in this run; give --coevolve" in said[0]
    )
    assert not Path("run").exists()


def test_without_the_option_no_call_writes_cases(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem", TOML)
    assert run_with(far_out, folder, "run", proposals=8) == (0, [])
