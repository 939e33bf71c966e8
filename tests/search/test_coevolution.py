"""Cases that evolve against programs: checked, kept diverse, frozen; and the race pays nothing by itself."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.problem import load
from cladogen.problem.coevolution import Gene, is_evolved
from cladogen.problem.values import Metric
from cladogen.record.store import Store
from cladogen.search.generators import (
    APART,
    Generator,
    child,
    distance,
    drawn,
    kept,
    quality,
    verdict,
)

TOML = """
name = "line"
[program]
editable = ["line.py"]
entry = "line.py:run"
[objective]
metric = "share"
[metrics.share]
direction = "maximize"
low = 0.0
high = 1.0
[coevolution]
every = 4
population = 4
each = 1
champions = 2
[coevolution.genes]
x = [-8, 8]
[defaults]
sandbox = "local"
workers = 1
"""
SCORER = '''
from cladogen.scoring import Case, Invalid, Scored


def cases(parameters):
    return [Case("one", 1.0), Case("two", 2.0), *(Case(f"held-{n}", n / 3, "heldout") for n in range(6))]


def generate(genes, parameters):
    return genes["x"]


def admit(data, parameters):
    if data == 0:
        raise Invalid("nought is no case")
    return Case("", float(data))


def score(case, output):
    """Right is 3 x + 2; a case at 8 is beyond everybody."""
    if case.input == 8.0:
        return 0.0
    return 1.0 / (1.0 + abs(float(output) - 3.0 * case.input - 2.0))
'''
SEED = "def run(x):\n    return 1.5 * x + 1.0\n"


def written(folder, toml=TOML, scorer=SCORER, seed=SEED):
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(toml)
    (folder / "scorer.py").write_text(scorer)
    (folder / "seed" / "line.py").write_text(seed)
    return folder


@pytest.fixture
def problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "problem")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A problem and a run of it, to be read."""
    folder = tmp_path_factory.mktemp("recorded")
    assert search(written(folder / "problem"), folder / "run") == 0
    return folder


def search(folder, run, *more, proposals=14):
    return main(
        ["run", str(folder), "--run", str(run), "--coevolve", "--max-proposals", str(proposals),
         "--max-failing", "500", *more]
    )  # fmt: skip


def rows_of(run):
    """Return generations, and each program's evaluations of the search, by number."""
    with closing(Store.open(Path(run))) as store:
        found = {}
        for each in store.evaluations(split="train"):
            found.setdefault(each.program, []).append(each.evaluation)
        tree = [(node.program, node.parents) for node in store.nodes()]
        return [event.body for event in store.events("cases")], found, tree


# -- one case


def test_case_that_all_solve_none_solves_or_the_seed_fails_on_is_not_kept():
    share = Metric("share", low=0.0, high=1.0)
    assert verdict(share, {0: 1.0, 1: 1.0, 2: 1.0}) == "all solve it"
    assert verdict(share, {0: 0.0, 1: 0.0, 2: 0.0}) == "none solves it"
    assert verdict(share, {0: None, 1: 1.0, 2: 0.0}) == "the seed program fails"
    assert verdict(Metric("bins", "minimize"), {0: -4.0, 1: -4.0}) == "tells nothing"
    assert verdict(share, {0: 0.2, 1: 0.9}) == ""


def test_case_at_which_the_leader_is_beaten_tells_more_than_one_that_it_wins():
    assert quality({0: 0.1, 1: 0.3, 2: 0.9}, leader=1) > quality({0: 0.1, 1: 0.9, 2: 0.3}, leader=1)


GENES = (Gene("length", 1.0, 10.0, True), Gene("skew", 0.0, 1.0, False))


def test_children_of_generators_stay_within_their_bounds_and_whole():
    rng = np.random.default_rng(0)
    parents = [drawn(GENES, rng) for _ in range(4)]
    for _ in range(300):
        made = child(GENES, parents, rng)
        assert 1 <= made["length"] <= 10 and isinstance(made["length"], int)
        assert 0.0 <= made["skew"] <= 1.0 and made["seed"] >= 0
        parents[int(rng.integers(4))] = made


def test_generators_that_are_kept_are_apart():
    rng = np.random.default_rng(1)
    judged = [
        Generator(f"evolved-0-{at}", drawn(GENES, rng), values={0: 0.0}, quality=float(at))
        for at in range(60)
    ]
    found = kept(GENES, judged, 5)
    assert found[0].name == "evolved-0-59", "the one that tells most"
    pairs = [(a, b) for a in found for b in found if a is not b]
    assert len(found) == 5 and all(distance(GENES, a, b) >= APART for a, b in pairs)


# -- the score


def test_gain_on_champions_counts_by_its_share_and_metrics_are_of_fixed_cases_alone(problem):
    rules = load(problem)
    fixed = [Evaluation("p", case, 0, Status.OK, {"share": 0.5}) for case in ("one", "two")]
    met = Evaluation("p", "evolved-0-1", 0, Status.OK, {"share": 0.9, "of_seed": 0.3})
    alone, both = rules.score(fixed), rules.score([*fixed, met])
    assert alone.fitness == 0.5
    assert both.fitness == pytest.approx(0.5 + 0.5 * 0.6 / 2), "share 0.5, two champions at most"
    assert both.metrics["share"] == 0.5 and set(both.cases) == {"one", "two"}
    failed = Evaluation("p", "evolved-0-1", 0, Status.CRASH)
    assert rules.score([*fixed, failed]).fitness is None


# -- a run


def test_children_are_measured_on_champions_and_what_ships_is_chosen_on_fixed_cases(recorded):
    generations, rows, _ = rows_of(recorded / "run")
    champions = [name for body in generations for name in body["champions"]]
    assert len(champions) == 2, "there are no more than the problem says"
    last = max(rows)
    assert {row.case for row in rows[last]} >= {"one", "two", *champions} or not all(
        row.status is Status.OK for row in rows[last]
    )
    judged = [each for body in generations for each in body["judged"]]
    assert all(each["values"] for each in judged if not each["verdict"])
    for name in champions:
        first = next(each for each in judged if each["name"] == name)
        assert len(set(first["values"].values())) > 1, "a champion tells programs apart"
    with closing(Store.open(recorded / "run")) as store:
        held = {each.evaluation.case for each in store.evaluations(split="heldout")}
    assert held == {f"held-{n}" for n in range(6)}


def test_best_programs_are_measured_on_new_champions_once(recorded):
    generations, rows, _ = rows_of(recorded / "run")
    for body in generations:
        for number in body["measure"]:
            met = [row for row in rows[number] if row.case in body["champions"]]
            assert len(met) == len(body["champions"]), "not run again on what the panel ran it on"


def test_replay_judges_the_same_generations_byte_for_byte(recorded, tmp_path):
    assert main(["replay", str(recorded / "run"), "--out", str(tmp_path / "again")]) == 0
    first, second = rows_of(recorded / "run"), rows_of(tmp_path / "again")
    assert first[0] == second[0] and first[0] and first[2] == second[2]
    assert [
        (n, r.case, r.seed, r.metrics) for n in first[1] for r in first[1][n]
    ] == [(n, r.case, r.seed, r.metrics) for n in second[1] for r in second[1][n]]  # fmt: skip


def test_run_killed_after_a_generation_goes_on_as_the_unbroken_one(recorded, problem):
    command = [sys.executable, "-m", "cladogen.cli.main", "run", str(problem), "--run", "cut", "--coevolve",
               "--max-proposals", "14", "--max-failing", "500"]  # fmt: skip
    engine = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not generations_in(Path("cut") / "run.db"):
        assert engine.poll() is None and time.monotonic() < deadline
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    assert search(problem, "cut") == 0, "the same command goes on"
    assert rows_of("cut")[0] == rows_of(recorded / "run")[0]
    assert rows_of("cut")[2] == rows_of(recorded / "run")[2]


def generations_in(path):
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM events WHERE kind = 'cases'").fetchone()[
                0
            ]
    except sqlite3.OperationalError:
        return 0


def test_cap_on_evaluations_holds_with_what_judges_cases(problem, capsys):
    assert search(problem, "run", "--max-evaluations", "60", proposals=500) == 0
    generations, rows, _ = rows_of("run")
    made = sum(map(len, rows.values())) + sum(body["evaluations"] for body in generations)
    assert generations and made <= 60


def test_header_says_how_cases_evolve(problem, capsys):
    assert search(problem, "run", proposals=1) == 0
    said = capsys.readouterr()
    assert "evolve against the programs: 4 generators (x) every 4 proposals" in said.out + said.err


def test_stats_and_show_tell_of_cases_that_evolved(recorded, capsys):
    run = str(recorded / "run")
    assert main(["stats", run, "--cases"]) == 0
    table = capsys.readouterr().out
    assert "champion" in table and "evolved-0-" in table
    assert main(["stats", run, "--cases", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert sum(row["champion"] for row in rows) == 2 and rows[0]["champion"]
    number = max(number for body in rows_of(run)[0] for number in body["measure"])
    assert main(["show", run, f"#{number}", "--cases"]) == 0
    assert "evolved-" in capsys.readouterr().out


# -- bad input


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x = [-8, 8]", "x = [8, -8]", "must rise"),
        ("x = [-8, 8]", "x = [1]", "two numbers"),
        ("x = [-8, 8]", "seed = [1, 2]", "name the gene otherwise"),
        ("x = [-8, 8]", "", "genes] is empty"),
        ("champions = 2", "champions = 0", "at least 1"),
        ("champions = 2", "champion = 2", "unknown key"),
        ("[defaults]", '[proxy]\ncases = ["one"]\n[defaults]', "means nothing beside [proxy]"),
    ],
)
def test_table_that_means_nothing_is_one_line(tmp_path, old, new, words):
    folder = written(tmp_path / "problem", TOML.replace(old, new))
    with pytest.raises(ProblemError) as caught:
        load(folder)
    assert words in str(caught.value) and "coevolution" in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "scorer", "more", "words"),
    [
        (
            TOML.split("[coevolution]", maxsplit=1)[0] + '[defaults]\nsandbox = "local"\n',
            SCORER,
            (),
            "no [coevolution]",
        ),
        (TOML, SCORER.replace('"heldout"', '"train"'), (), "no held-out cases"),
        (TOML, SCORER, ("--archive", "clade"), "measures case by case"),
    ],
)
def test_option_that_a_problem_cannot_use_is_one_line_that_says_why(
    tmp_path, monkeypatch, capsys, toml, scorer, more, words
):
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem", toml, scorer)
    assert search(folder, "run", *more) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1] and "--coevolve" in said[-1]


def test_scorer_without_a_generator_is_one_line_that_names_what_is_missing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem", scorer=SCORER.replace("def admit", "def other"))
    assert search(folder, "run") != 0
    assert "no function 'admit'" in capsys.readouterr().err


def test_name_of_a_case_that_evolved_is_told_from_others():
    assert is_evolved("evolved-0-1") and not is_evolved("train-0")


def test_model_is_shown_what_its_program_does_on_champions(tmp_path, monkeypatch):
    def act(seen):
        slope = 1.5 + seen.step % 7 / 4
        return Answer(
            f"Idea: {slope}\n\nline.py\n```python\ndef run(x):\n    return {slope} * x + 1.0\n```\n"
        )

    monkeypatch.chdir(tmp_path)
    folder = written(tmp_path / "problem")
    with FakeProvider(act) as provider:
        done = search(folder, "run", "--model", "own", "--api-base", provider.url, "--price", "own=1,4",
                      "--workers", "1", "--proposer-option", "form=whole")  # fmt: skip
        prompts = [seen.prompt for seen in provider.seen]
    assert done == 0
    assert any("evolved-" in prompt for prompt in prompts), "a champion is a case like others"
    assert not any("of_seed" in prompt for prompt in prompts)
