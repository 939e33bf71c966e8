"""A run from its settings: the same command continues, and what must not change is refused by name."""

import json
import shutil
import sqlite3
from pathlib import Path

import git
import pytest

from cladogen import evolve
from cladogen.cli.main import main
from cladogen.errors import CladogenError, ConfigError, ProblemError, RunError, ScorerError
from cladogen.models.calls import Message, Request
from cladogen.proposal import Outcome
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.search.budget import Caps
from cladogen.settings import DEFAULT_SECONDS, DEFAULT_TOKENS, Settings

PLAIN = """
name = "mine"
[program]
editable = ["x.py"]
entry = "x.py:run"
[scorer]
file = "scorer.py"
[objective]
metric = "height"
[metrics.height]
"""

SCORER = """
from cladogen.scoring import Case, Invalid
def cases(parameters):
    return [Case("a", 1), Case("b", 2), Case("c", 3, split="heldout")]
def score(case, output):
    if not isinstance(output, (int, float)) or isinstance(output, bool):
        raise Invalid("not a number")
    return float(min(output, 10))
"""

PROGRAM = "def run(value):\n    return value * 0 + 1.5\n"


@pytest.fixture
def problem(tmp_path):
    folder = tmp_path / "mine"
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(PLAIN)
    (folder / "scorer.py").write_text(SCORER)
    (folder / "seed" / "x.py").write_text(PROGRAM)
    return folder


def search(problem, run, **settings):
    return evolve(problem, run, **{"sandbox": "local", "workers": 1, **settings})


def test_search_through_a_real_sandbox_improves_and_ships_by_heldout_cases(problem, tmp_path):
    ending = search(problem, tmp_path / "run", max_proposals=40)
    assert ending.stop.kind == "proposals"
    assert ending.final is not None and ending.final.sentence
    store = Store.open(tmp_path / "run")
    heldout = {row[4].case for row in store.evaluations(split="heldout")}
    train = {row[4].case for row in store.evaluations(split="train")}
    store.close()
    assert (heldout, train) == ({"c"}, {"a", "b"})


def test_same_command_continues_where_it_stopped(problem, tmp_path):
    search(problem, tmp_path / "run", max_proposals=5)
    search(problem, tmp_path / "run", max_proposals=9)
    store = Store.open(tmp_path / "run")
    outcomes = [row.outcome for row in store.results() if row.ticket]
    store.close()
    # a proposer that has nothing to say has made no proposal
    assert len([each for each in outcomes if each is not Outcome.NO_REPLY]) == 9


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seed": 1}, "seed 0, not 1"), ({"archive": "greedy"}, "archive 'map_elites', not 'greedy'")],
)
def test_continuing_with_what_decides_the_tree_changed_is_refused(problem, tmp_path, change, words):
    search(problem, tmp_path / "run", max_proposals=2)
    with pytest.raises(RunError, match=words):
        search(problem, tmp_path / "run", max_proposals=4, **change)
    search(problem, tmp_path / "run", max_proposals=4)


def test_problem_that_changed_since_the_run_began_is_refused(problem, tmp_path):
    search(problem, tmp_path / "run", max_proposals=2)
    (problem / "scorer.py").write_text(SCORER.replace("10", "11"))
    with pytest.raises(RunError, match="has changed since this run began"):
        search(problem, tmp_path / "run", max_proposals=4)


def test_seed_from_a_repository_is_kept_in_the_run(problem, tmp_path):
    repository = tmp_path / "theirs"
    repository.mkdir()
    shutil.copy(problem / "seed" / "x.py", repository)
    with git.Repo.init(repository) as repo:
        repo.git.add(all=True)
        author = git.Actor("a", "a@example.org")
        commit = repo.index.commit("first", author=author, committer=author).hexsha
    text = f'[seeds.git]\nrepository = "{repository}"\ncommit = "{commit}"\n'
    (problem / "problem.toml").write_text(PLAIN + text)
    search(problem, tmp_path / "run", max_proposals=2)
    shutil.rmtree(repository)
    assert main(["run", "--resume", str(tmp_path / "run"), "--max-proposals", "4", "--plain"]) == 0


def test_the_header_says_which_hosts_the_programs_may_reach(problem, tmp_path, capsys):
    (problem / "problem.toml").write_text(PLAIN + '[sandbox]\nnetwork = ["api.example.com"]\n')
    words = [
        "--sandbox",
        "local",
        "--max-proposals",
        "1",
        "--plain",
        "--run",
        str(tmp_path / "run"),
    ]
    assert main(["run", str(problem), *words]) == 0
    text = capsys.readouterr().out
    assert (
        "network   OPEN to every host this machine reaches: local does not hold programs to api"
        in text
    )


def test_run_without_a_budget_gets_one():
    assert Settings().bounded().caps.seconds == DEFAULT_SECONDS
    assert Settings(caps=Caps(proposals=3)).bounded().caps == Caps(proposals=3)
    assert Settings(models=(("m", 1.0),)).bounded().caps == Caps(tokens=DEFAULT_TOKENS)
    assert Settings(models=(("m", 1.0),), caps=Caps(usd=1.0)).bounded().caps == Caps(usd=1.0)


def test_run_folder_inside_the_problem_is_refused_where_it_would_become_part_of_it(problem):
    for inside in (problem, problem / "mine"):
        with pytest.raises(RunError, match="lies in the problem's own folder"):
            search(problem, inside, max_proposals=1)
    assert search(problem, problem / "runs" / "mine", max_proposals=1).stop.kind == "proposals"


def test_misspelt_setting_names_the_nearest(problem, tmp_path):
    with pytest.raises(ConfigError, match=r"max_proposal.*did you mean 'max_proposals'"):
        search(problem, tmp_path / "run", max_proposal=2)
    assert not (tmp_path / "run").exists()


def test_misspelt_default_of_a_problem_names_the_nearest(problem, tmp_path):
    (problem / "problem.toml").write_text(PLAIN + "[defaults]\nworker = 3\n")
    with pytest.raises(ProblemError, match=r"worker.*did you mean 'workers'"):
        search(problem, tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "name a problem folder"),
        (["run", "nowhere"], "nowhere"),
        (["run", "--resume", "nowhere"], "no run here"),
        (["run", "mine", "--archive", "map_elite"], "did you mean 'map_elites'"),
        (["run", "mine", "--proposer", "ofline"], "did you mean 'offline'"),
        (["run", "mine", "--archive-option", "islands"], "write KEY=VALUE"),
        (["run", "mine", "--max-evaluations", "many"], "invalid int value"),
        (["run", "mine", "--workers", "0"], "workers"),
    ],
)
def test_mistake_is_one_line_and_exit_2(problem, tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, *(["--sandbox", "local"] if "mine" in arguments else [])]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and words in lines[0]


def test_scorer_that_raises_is_told_as_the_scorers_fault(problem, tmp_path, monkeypatch, capsys):
    (problem / "scorer.py").write_text(
        SCORER.replace("return float(min(output, 10))", "return nonsense")
    )
    assert (
        main(["run", str(problem), "--run", str(tmp_path / "run"), "--sandbox", "local", "--plain"])
        != 0
    )
    assert "nonsense" in "".join(capsys.readouterr())


def test_time_of_a_sitting_that_was_killed_is_counted(tmp_path):
    store = Store.create(tmp_path / "run", {})
    for kind, at in (("begin", 100.0), ("flag", 130.0), ("begin", 1000.0), ("flag", 1007.0)):
        store.database.execute(
            "INSERT INTO events (at, kind, body) VALUES (?, ?, '{}')", (at, kind)
        )
    assert store.seconds() == 37.0
    store.close()


def test_time_of_a_start_is_no_time_of_the_search_but_for_what_was_counted(tmp_path):
    store = Store.create(tmp_path / "run", {})
    rows = (("begin", 100.0, 0), ("search", 120.0, 3.5), ("flag", 130.0, 0))
    for kind, at, counted in (*rows, ("begin", 1000.0, 0), ("search", 1007.0, 0.0)):
        store.database.execute(
            "INSERT INTO events (at, kind, body) VALUES (?, ?, ?)",
            (at, kind, json.dumps({"counted_s": counted})),
        )
    assert store.seconds() == 13.5
    store.close()


def test_damaged_run_is_one_line(problem, tmp_path, capsys):
    search(problem, tmp_path / "run", max_proposals=2)
    path = Path(tmp_path / "run" / "run.db")
    path.write_bytes(b"x" * 5000)
    assert main(["run", str(problem), "--run", str(tmp_path / "run"), "--sandbox", "local"]) == 2
    assert "run.db" in capsys.readouterr().err


def test_run_folder_can_be_read_with_any_sqlite(problem, tmp_path):
    search(problem, tmp_path / "run", max_proposals=3)
    database = sqlite3.connect(tmp_path / "run" / "run.db")
    assert database.execute("SELECT COUNT(*) FROM proposals").fetchone() == (3,)
    database.close()


def test_run_killed_while_it_was_made_is_made_by_the_same_command(problem, tmp_path):
    folder = tmp_path / "run"
    (folder / "problem").mkdir(parents=True)
    (folder / "problem" / "scorer.py").write_text("half a sco")
    (folder / "run.db.part").write_bytes(b"half a database")
    ending = search(problem, folder, max_proposals=1)
    assert ending.stop.kind == "proposals"
    assert not (folder / "run.db.part").exists()
    assert (folder / "problem" / "scorer.py").read_text() == SCORER


@pytest.mark.docker
def test_the_image_that_programs_ran_in_is_in_the_record(problem, tmp_path):
    search(problem, tmp_path / "run", sandbox="docker", max_proposals=1)
    store = Store.open(tmp_path / "run")
    ((_, _, begin),) = store.events("begin")
    store.close()
    assert begin["image"].startswith("cladogen/sandbox:")
    assert begin["digest"].startswith("sha256:")


def test_a_start_that_failed_does_not_stand_in_the_way_of_the_corrected_command(problem, tmp_path):
    with pytest.raises(ConfigError, match="unknown archive 'mapelites'"):
        search(problem, tmp_path / "run", archive="mapelites", max_proposals=2)
    (problem / "scorer.py").write_text(
        SCORER.replace("    return [", "    raise ValueError('not yet')\n    return [")
    )
    with pytest.raises(ScorerError, match="not yet"):
        search(problem, tmp_path / "run", max_proposals=2)
    (problem / "scorer.py").write_text(SCORER)
    assert search(problem, tmp_path / "run", max_proposals=2).stop.kind == "proposals"
    with pytest.raises(
        RunError, match="was started with archive 'map_elites'"
    ):  # there is something to lose now
        search(problem, tmp_path / "run", archive="greedy", max_proposals=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"archive": "map_elite"}, "did you mean 'map_elites'"),
        ({"proposer": "offlin"}, "did you mean 'offline'"),
        ({"proposer": "mutate"}, "was started with proposer 'offline', not 'mutate'"),
    ],
)
def test_misspelt_name_for_a_run_that_is_there_is_said_as_that(problem, tmp_path, wrong, said):
    search(problem, tmp_path / "run", max_proposals=1)
    with pytest.raises(CladogenError, match=said):
        search(problem, tmp_path / "run", max_proposals=1, **wrong)


def test_one_price_on_the_command_line_keeps_the_problems_other_options():
    settings = Settings().over(
        {"proposer_options": {"temperature": 0.3, "price": "b=1,2"}}, "defaults"
    )
    asked = settings.over({"proposer_options": {"price": "a=3,4"}}, "evolve run")
    assert asked.proposer_options == {"temperature": 0.3, "price": "b=1,2;a=3,4"}
    other = settings.over({"proposer": "mutate", "proposer_options": {}}, "evolve run")
    assert other.proposer_options == {}


def test_price_and_silence_may_be_given_when_a_run_goes_on():
    before = Settings(proposer_options={"temperature": 0.3, "price": "m=1,2"})
    asked = Settings(proposer_options={"temperature": 0.3, "silence": 30})
    assert before.continued(asked, "r").proposer_options == {
        "temperature": 0.3, "price": "m=1,2", "silence": 30,
    }  # fmt: skip
    with pytest.raises(RunError, match="temperature"):
        before.continued(Settings(proposer_options={"temperature": 0.9}), "r")


def test_call_in_flight_at_a_kill_is_said_at_resume_and_can_be_released(problem, tmp_path, capsys):
    run = tmp_path / "run"
    search(problem, run, max_proposals=2)
    store = Store.open(run, write=True)
    StoredCalls(store).begin(Request(9, 0, "diff", "m", (Message("user", "?"),)), 0, 0.05)
    store.close()
    words = ["run", "--resume", str(run), "--max-proposals", "3", "--plain"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert (
        "1 model call had not ended when the run was killed: up to $0.0500 stays reserved" in said
    )
    assert main([*words, "--release-reserved"]) == 0
    said = capsys.readouterr().out
    assert "released what was reserved for 1 model call" in said and "stays reserved" not in said
    store = Store.open(run)
    (call,) = StoredCalls(store).all()
    store.close()
    assert call.cost.usd == 0.0 and "released by hand" in call.reply.error


def test_first_lines_say_how_many_proposals_the_caps_buy(problem, tmp_path, capsys):
    from cladogen.cli.main import main

    how = ["--run", str(tmp_path / "run"), "--sandbox", "local", "--max-evaluations", "12"]
    assert main(["run", str(problem), *how]) == 0
    said = capsys.readouterr().out
    assert "evaluations 12" in said and "buys      about 6 proposals" in said


def test_settings_read_back_from_a_record_are_those_that_were_written():
    """Or every run is "started with" something else when the same command continues it."""
    asked = Settings()
    recorded = Settings.from_json(json.loads(json.dumps(asked.to_json())))
    assert recorded == asked
    assert recorded.continued(asked, "runs/x") == asked
