"""Which run `evolve run` means: by a run folder, by problem.toml, and after the problem was edited."""

import json

import pytest

from cladogen.cli.main import main
from cladogen.record.store import Store

LAST = ("--sandbox", "local", "--workers", "1", "--json")


@pytest.fixture
def evolve(tmp_path, steps_problem, monkeypatch, capsys):
    """Run `evolve run` in the folder above the problem; return the exit code, the last object and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, proposals: int = 2):
        code = main(["run", *argv, *LAST, "--max-proposals", str(proposals)])
        printed = capsys.readouterr()
        objects = [json.loads(line) for line in printed.out.splitlines()]
        notices = [each["text"] for each in objects if each["event"] == "notice"]
        return code, objects[-1] if objects else {}, "\n".join([*notices, printed.err])

    return run


def events(folder, kind: str) -> list[dict]:
    store = Store.open(folder)
    try:
        return [body for _, _, body in store.events(kind)]
    finally:
        store.close()


def edit(path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_run_folder_and_problem_toml_are_understood(evolve):
    assert evolve("steps/problem.toml")[1]["run"] == "runs/steps"
    code, last, _ = evolve("runs/steps", proposals=4)
    assert (code, last["run"], last["spend"]["proposals"]) == (0, "runs/steps", 4)
    assert evolve("steps/scorer.py")[0] == 2


def test_problem_and_resume_together_are_refused(evolve):
    code, _, said = evolve("steps", "--resume", "runs/steps")
    assert code == 2 and "name one of them" in said


def test_edited_scorer_begins_another_run_and_the_same_command_continues_that(
    evolve, steps_problem, tmp_path
):
    assert evolve("steps")[1]["run"] == "runs/steps"
    edit(steps_problem / "scorer.py", "float(output)", "float(output) + 1")
    code, last, said = evolve("steps")
    assert (code, last["run"]) == (0, "runs/steps-2")
    assert "runs/steps is of the problem before it was edited (scorer.py has changed)" in said
    code, last, said = evolve("steps", proposals=5)
    assert (last["run"], last["spend"]["proposals"], "edited" in said) == ("runs/steps-2", 5, False)
    edit(steps_problem / "scorer.py", "float(output) + 1", "float(output)")
    assert evolve("steps", proposals=3)[1]["run"] == "runs/steps"


def test_edits_that_change_no_score_are_taken_over_as_an_event(evolve, steps_problem, tmp_path):
    evolve("steps")
    (steps_problem / "statement.md").write_text("Make it small.")
    (steps_problem / "prompts").mkdir()
    (steps_problem / "prompts" / "diff.md").write_text("Change one line.")
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n[limits]\ntime_s = 20.0\n")
    code, last, _ = evolve("steps", proposals=4)
    assert (code, last["run"], last["spend"]["proposals"]) == (0, "runs/steps", 4)
    (taken,) = events(tmp_path / "runs/steps", "edited")
    assert taken["paths"] == ["problem.toml", "prompts/diff.md", "statement.md"]
    assert (tmp_path / "runs/steps/problem/statement.md").read_text() == "Make it small."
    assert evolve("steps", proposals=5)[1]["run"] == "runs/steps"
    assert len(events(tmp_path / "runs/steps", "edited")) == 1


@pytest.mark.parametrize(
    "more", ["[limits]\nmemory_mb = 512\n", "[limits]\ntime_s = 1.0\n", "[parameters]\nn = 3\n"]
)
def test_other_edits_of_the_settings_begin_another_run(evolve, steps_problem, more):
    evolve("steps")
    with (steps_problem / "problem.toml").open("a") as file:
        file.write("\n" + more)
    assert evolve("steps")[1]["run"] == "runs/steps-2"


def test_run_in_which_no_seed_had_a_score_is_begun_anew_after_the_mend(evolve, steps_problem):
    (steps_problem / "seed" / "a.py").write_text("def run(x):\n    return 1 / 0\n")
    code, _, said = evolve("steps")
    assert code == 2 and "no seed program has a score" in said
    assert "evolve show runs/steps seed" in said
    assert evolve("steps")[0] == 2  # measured again, for the world may be another one now
    (steps_problem / "seed" / "a.py").write_text("def run(x):\n    return 5\n")
    code, last, said = evolve("steps")
    assert (code, last["run"]) == (0, "runs/steps") and "begun anew" in said


def test_log_of_a_seed_that_fails_is_shown_by_the_command_that_is_printed(
    evolve, steps_problem, capsys
):
    (steps_problem / "seed" / "a.py").write_text(
        "import sys\n\n\ndef run(x):\n    print('so it was', file=sys.stderr)\n    return 1 / 0\n"
    )
    said = evolve("steps")[2]
    command = said[said.index("evolve show") :].split("\n")[0].split()[1:4]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "so it was" in shown and "ZeroDivisionError" in shown


@pytest.mark.parametrize(
    "options",
    [
        ("--archive", "map_elite"),
        ("--archive-option", "islnds=2"),
        ("--proposer", "ofline"),
        ("--proposer-option", "x=2"),
        ("--max-evaluations", "1"),
    ],
)
def test_refused_option_leaves_no_folder(evolve, tmp_path, options):
    assert evolve("steps", *options)[0] == 2
    assert not (tmp_path / "runs").exists()


def test_refused_option_removes_no_run_that_was_there(evolve, tmp_path):
    evolve("steps")
    assert evolve("steps", "--archive", "map_elite")[0] == 2
    assert (tmp_path / "runs/steps/run.db").exists()


def test_errors_name_the_file_that_the_user_edits(evolve, steps_problem):
    edit(steps_problem / "scorer.py", "def cases", "def cases_of_old")
    code, _, said = evolve("steps")
    assert code == 2 and "runs/steps/problem" not in said and "steps/scorer.py" in said


def test_start_with_nobody_to_ask_leaves_a_run_that_says_why_and_is_begun_anew(evolve, tmp_path):
    code, _, said = evolve(
        "steps", "--proposer", "agent", "--proposer-option", "command=no-such-agent {task}"
    )
    assert code == 2 and "no-such-agent: not in the" in said
    (ended,) = events(tmp_path / "runs/steps", "end")
    assert ended["kind"] == "failing" and "no-such-agent" in ended["text"]
    code, last, _ = evolve("steps")
    assert (code, last["run"], last["spend"]["proposals"]) == (0, "runs/steps", 2)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["best", "elsewhere"], "elsewhere: no run here"),
        (["stats", "steps"], "did you mean runs/steps?"),
        (["blame", "0"], ""),
        (["show", "elsewhere"], "'elsewhere'"),
    ],
)
def test_word_that_names_no_run_is_said_to_be_none(evolve, capsys, command, expected):
    evolve("steps")
    code = main(command)
    said = capsys.readouterr().err
    assert (code, expected in said) == (2 if expected else 0, True), said


@pytest.mark.parametrize("command", ["show", "diff", "tree", "blame"])
def test_run_that_is_not_there_is_named_where_there_is_no_other(
    tmp_path, monkeypatch, capsys, command
):
    monkeypatch.chdir(tmp_path)
    assert main([command, "elsewhere"]) == 2
    assert capsys.readouterr().err.startswith("evolve: elsewhere: no run here (no run.db), and no")
    assert main(["show", "12"]) == 2
    assert capsys.readouterr().err.startswith("evolve: no run in ./runs")
