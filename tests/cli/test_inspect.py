"""The commands that look at runs, on real run folders, through the command's own entry."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.git.projection import Projection
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.proposal import Expectation
from cladogen.view.archive_choice import shortlist
from cladogen.view.run_reader import RunReader


@pytest.fixture
def evolve(capsys, tmp_path, monkeypatch):
    """Run a command in the folder above ./runs; return its standard output, or its error line."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, code: int = 0) -> str:
        assert main([str(word) for word in argv]) == code
        written = capsys.readouterr()
        return written.out if code == 0 else written.err

    return run


# -- list -----------------------------------------------------------------------------------------------------------


def test_list_shows_each_run_with_best_gain_programs_and_spend(small_run, evolve):
    heading, row = evolve("list").splitlines()
    assert heading.split() == [
        "run",
        "problem",
        "status",
        "best",
        "gain",
        "programs",
        "spend",
        "age",
    ]
    assert (
        row.split()[:7] == ["runs/steps", "steps", "stopped", "3", "%", "+2", "5"]
        and "$0.01" in row
    )


def test_list_says_running_while_the_run_is_written(recorder, steps_problem, evolve):
    made = recorder()
    made.seed(Program.read(steps_problem / "seed"), 5.0)
    assert json.loads(evolve("list", "--json"))[0]["status"] == "running"
    assert "#0" in evolve("tree") and "5 %" in evolve("show", "seed")


def test_list_keeps_an_unreadable_run_to_its_own_row(small_run, evolve, tmp_path):
    broken = tmp_path / "runs" / "broken"
    broken.mkdir()
    (broken / "run.db").write_bytes(b"rubbish" * 1000)
    rows = {row["run"]: row["status"] for row in json.loads(evolve("list", "--json"))}
    assert rows == {"runs/steps": "stopped", "runs/broken": "unreadable"}
    assert "unreadable" in evolve("list")


def test_list_without_runs_says_how_to_start_one(evolve):
    assert "evolve run PROBLEM" in evolve("list")


def test_proposals_that_failed_are_listed_with_their_cause(small_run, evolve):
    lines = evolve("list", "--proposals").splitlines()
    assert len(lines) == 1 + 9
    assert lines[4].split()[0] == "3" and "refused" in lines[4] and "no such lines" in lines[4]
    failed = json.loads(evolve("list", "runs/steps", "--failed", "--json"))
    assert [row["outcome"] for row in failed] == ["accepted", "refused", "duplicate", "no_reply"]
    assert evolve("list", "--outcome", "no_reply").count("\n") == 2


def test_damaged_record_is_one_line(small_run, evolve):
    with RunReader(small_run) as past:
        (page,) = past.store.database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'evaluations'"
        ).fetchone()
        (size,) = past.store.database.execute("PRAGMA page_size").fetchone()
    with (small_run / "run.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    error = evolve("tree", code=2)
    assert error.count("\n") == 1 and "malformed" in error


# -- tree -----------------------------------------------------------------------------------------------------------


def test_tree_draws_the_lineage_as_git_does(small_run, evolve):
    assert [line.split("#")[0].rstrip() for line in evolve("tree", "--all").splitlines()] == [
        "o", "*", "├─╮", "* │", "├─╯", "│ x", "├─╯", "o",
    ]  # fmt: skip
    shown = evolve("tree")
    assert "#3" in shown and "best" in shown and "use both" in shown and "#2" not in shown
    assert "\x1b" not in shown
    assert evolve("tree", "--best", "--depth", "1").count("#") == 3


def test_tree_of_many_programs_collapses_chains_and_stops_at_its_limit(recorder, evolve):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 50.0)
    for number in range(1, 41):
        made.child((number - 1,), {"a.py": f"x = {number}\n".encode()}, 50.0 - number)
    shown = evolve("tree")
    assert "35 programs in a row" in shown and shown.count("#") == 6
    assert evolve("tree", "--long").count("#") == 41
    assert "older programs" in evolve("tree", "--long", "--max", "5")
    assert len(json.loads(evolve("tree", "--all", "--json"))) == 41


def test_tree_starts_without_heavy_imports(small_run, tmp_path):
    script = (
        "import sys; from cladogen.cli.main import main; code = main(['tree']);"
        "heavy = {'litellm', 'docker', 'numpy', 'rich', 'git', 'scipy', 'asyncio'} & set(sys.modules);"
        "sys.exit(code or str(heavy) if heavy else 0)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# -- show -----------------------------------------------------------------------------------------------------------


def test_show_says_scores_against_the_seed_patch_cost_and_lineage(small_run, evolve):
    shown = evolve("show", "best")
    for part in ("#3 cross: use both  [best, ships]", "excess    3 %, seed 5; better by 2 %", "big/model", "$0.0125",
                 "900 tokens in", "#0 5 % -> #1 4 % -> #3 3 %", "case      one: 3 %", "flagged", "+++ b"):  # fmt: skip
        assert part in shown, part
    assert "Make it" not in shown and "\x1b" not in shown
    assert "Make it better" in evolve("show", "best", "--prompt") and "Here it is" in evolve(
        "show", "--reply"
    )


def test_show_says_why_a_program_failed_with_its_log(small_run, evolve):
    shown = evolve("show", "#2")
    for part in ("status    crash, not kept", "ZeroDivisionError", "Traceback", "red"):
        assert part in shown
    assert "\x1b" not in shown


def test_show_of_a_proposal_that_made_no_program(small_run, evolve):
    shown = evolve("show", "runs/steps", "task:3", "--reply")
    assert "refused" in shown and "hunk 1: no such lines" in shown and "rubbish" in shown
    assert json.loads(evolve("show", "task:6", "--json"))["results"][0]["outcome"] == "no_reply"
    assert "measure #3 again" in evolve("show", "task:8")
    assert "no task 99" in evolve("show", "task:99", code=2)


def test_json_of_a_program_is_one_object(small_run, evolve):
    found = json.loads(evolve("show", "3", "--json"))
    assert (found["number"], found["status"], found["metrics"]) == (
        3,
        "ok",
        {"excess": 3.0, "size": 10.0},
    )
    assert (
        found["proposal"]["prompt"] == "Make it \x1b[31mbetter" and len(found["evaluations"]) == 3
    )


def test_number_is_answered_for_program_and_task_alike(small_run, evolve):
    shown = evolve("show", "3", "--no-patch")
    assert (
        shown.startswith("#3 cross")
        and "task 3" in shown
        and "evolve show runs/steps task:3" in shown
    )
    assert "task 3" not in evolve("show", "#3")
    assert evolve("show", "7").startswith("task 7: a child of #3")  # no program has that number
    assert "program #4" in evolve("show", "7")
    both = json.loads(evolve("show", "3", "--json"))
    assert (both["number"], both["task"]["ticket"]) == (3, 3)
    assert json.loads(evolve("show", "7", "--json"))["ticket"] == 7
    assert evolve("show", "ticket:3") == evolve("show", "task:3")


def test_program_that_crashed_is_not_called_accepted(small_run, evolve):
    (line,) = [row for row in evolve("list", "--proposals").splitlines() if "ZeroDivision" in row]
    assert line.split()[2] == "crash" and "accepted" not in line
    assert "accepted" not in evolve("show", "task:2") and "crash, program #2" in evolve(
        "show", "task:2"
    )
    assert evolve("list", "--outcome", "crash").count("\n") == 2
    assert "crash" not in evolve("list", "--outcome", "accepted")


def test_best_and_ships_are_two_things(recorder, evolve):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.child((0,), {"a.py": b"x = 1\n"}, 4.0)
    assert "not chosen yet" in evolve("show", "ships", code=2)
    assert "+x = 1" in evolve("diff")
    made.store.add_event(
        "final", {"number": 0, "sentence": "no significant improvement", "shortlist": [1]}
    )
    made.store.close()
    assert evolve("show").startswith("#0 seed  [ships]")
    assert evolve("show", "best").startswith("#1 mutate: swap operands  [best]")
    assert "the seed program: no significant improvement" in evolve("best")
    assert "x = 1" in evolve("best") and evolve("diff") == ""
    assert "+x = 1" in evolve("diff", "best")
    row = json.loads(evolve("list", "--json"))[0]
    assert (row["best"], row["ships"]) == (1, 0)
    marks = [line for line in evolve("tree").splitlines() if "#" in line]
    assert "best" in marks[0] and "ships" in marks[1]
    heads = json.loads(evolve("git", "--json"))["heads"]
    assert heads["ships"] == heads["seed"] != heads["best"]


def test_archive_of_the_problems_folder_is_found_by_the_commands_that_look(
    recorder, evolve, steps_problem
):
    (steps_problem / "rules.py").write_text(
        "from cladogen.archives.clade import Clade\n\n\nclass Mine(Clade):\n    pass\n"
    )
    made = recorder(archive="rules.py:Mine")
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.child((0,), {"a.py": b"x = 1\n"}, 4.0)
    made.measured(1, 4.0)
    made.store.close()
    with RunReader(made.folder) as run:
        assert list(shortlist(run, 5))
    gone = recorder("gone", archive="rules.py:Gone")
    gone.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    gone.store.close()
    said = []
    with RunReader(gone.folder, warn=said.append) as run:
        assert run.best == 0
    assert len(said) == 1 and "no class 'Gone'" in said[0] and "ranked by training score" in said[0]


# -- stats ----------------------------------------------------------------------------------------------------------


def test_stats_count_what_each_operator_and_model_did(small_run, evolve):
    rows = {(row["operator"], row["model"]): row for row in json.loads(evolve("stats", "--json"))}
    assert list(rows) == [("mutate", ""), ("cross", "big/model"), ("constant", "")]
    cross, mutate = rows["cross", "big/model"], rows["mutate", ""]
    assert (cross["records"], cross["gain"], cross["tokens"], cross["usd"]) == (1, 1.0, 980, 0.0125)
    counted = ("proposals", "replied", "applied", "duplicates", "scored", "better")
    assert [mutate[name] for name in counted] == [4, 4, 3, 1, 2, 1]
    assert "$0.0125" in evolve("stats")
    assert "75%" in evolve("stats", "--by", "operator")  # three of four replies applied


def test_combined_operators_make_one_row_each_and_the_total_counts_every_proposal_once(
    recorder, evolve
):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    for number, (operator, excess) in enumerate(
        (("wrap+hoist", 4.0), ("hoist+wrap+hoist", 3.0), ("wrap", 2.0))
    ):
        made.child((0,), {"a.py": f"x = {number + 1}\n".encode()}, excess, operator=operator)
    rows = {row["operator"]: row for row in json.loads(evolve("stats", "--json"))}
    assert set(rows) == {"wrap", "hoist"}
    assert (rows["wrap"]["proposals"], rows["hoist"]["proposals"]) == (3, 2)
    assert rows["wrap"]["gain"] + rows["hoist"]["gain"] == pytest.approx(3.0)
    assert rows["hoist"]["gain"] == pytest.approx(1 / 2 + 2 / 3)
    assert evolve("stats").splitlines()[-1].split()[:2] == ["all", "3"]


def test_tuning_in_vain_is_seen_where_it_was_done(recorder, evolve):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.child((0,), {"a.py": b"x = 1\n"}, 4.0, operator="wrap", trials=40, in_vain="tune")
    made.child((0,), {"a.py": b"x = 2\n"}, 4.5, operator="diff", model="m", trials=8,
               in_vain="tune")  # fmt: skip
    rows = {row["operator"]: row for row in json.loads(evolve("stats", "--json"))}
    assert (rows["tune"]["trials"], rows["tune"]["vain"], rows["tune"]["proposals"]) == (48, 2, 0)
    assert rows["wrap"]["trials"] == rows["diff"]["trials"] == 0
    assert "48" in evolve("stats").splitlines()[-1].split()


def test_expectations_are_checked_against_what_came(recorder, evolve):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    for number, excess in enumerate((3.0, 6.0), start=1):
        expects = {"expectation": Expectation("excess", -2.0, before=5.0)}
        made.child(
            (0,),
            {"a.py": f"x = {number}\n".encode()},
            excess,
            operator="diff",
            model="m",
            **expects,
        )
    row = json.loads(evolve("stats", "--json"))[0]
    assert (row["expected"], row["expected_held"]) == (2, 1)
    assert "1 of 2" in evolve("stats")


# -- names ----------------------------------------------------------------------------------------------------------


def test_programs_are_found_by_number_tree_and_commit(small_run, evolve):
    with RunReader(small_run) as past:
        Projection(small_run).catch_up(past.store, past.heads())
        tree, commit = past.entries[1].node.program, past.commits[1]
    for name in ("1", "#1", tree[:7], tree, commit[:9], commit.upper()):
        assert json.loads(evolve("show", name, "--json"))["number"] == 1
    with RunReader(small_run) as past:
        assert past.find("seed") == 0 and past.find("best") == 3


@pytest.mark.parametrize("name", ["#99", "zzzz", "abc", "ffffffff", ""])
def test_unknown_program_is_one_line_that_says_what_there_is(small_run, evolve, name):
    error = evolve("show", "runs/steps", name, code=2)
    assert error.count("\n") == 1 and "#0 to #4" in error


def test_run_that_is_not_there_is_one_line(evolve, tmp_path):
    assert "no run in ./runs" in evolve("show", code=2)
    assert "no run here" in evolve("show", str(tmp_path / "nothing" / "x"), code=2)


def test_latest_run_is_taken_when_none_is_named(recorder, small_run, evolve, steps_problem):
    made = recorder("later")
    made.seed(Program.read(steps_problem / "seed"), 5.0)
    made.store.close()
    assert "#0" in evolve("tree") and "#3" not in evolve("tree")
    assert "#3" in evolve("tree", "runs/steps")


def test_commit_is_found_before_the_projection_was_made(small_run, evolve, tmp_path):
    folder = evolve("git").strip()
    commit = git(tmp_path / folder, "rev-parse", "elite/2").strip()
    shutil.rmtree(tmp_path / folder)
    assert json.loads(evolve("show", commit[:10], "--json"))["number"] == 1


def test_git_prints_a_repository_that_is_level_with_the_record(small_run, evolve, tmp_path):
    folder = evolve("git").strip()
    assert folder == "runs/steps/programs.git"
    assert git(tmp_path / folder, "log", "-1", "--format=%s", "best") == "#3 cross: use both\n"
    assert json.loads(evolve("git", "--json"))["added"] == 0


# -- diff, best, checkout -------------------------------------------------------------------------------------------


def test_diff_is_of_the_best_from_the_seed_by_default(small_run, evolve):
    shown = evolve("diff")
    assert "-    return 5" in shown and "+    return 3" in shown and "new file" in shown
    assert evolve("diff", "#1") == evolve("diff", "seed", "#1")
    assert "-    return 4" in evolve("diff", "best", "--parent")
    assert evolve("diff", "#3", "#4", "--stat").splitlines() == [
        "a.py: +1 -1",
        "deep: +1 -0",
        "deep/b c.py: +0 -1",
    ]
    assert evolve("diff", "seed", "seed") == ""


def test_best_prints_the_program_its_score_and_where_it_is(small_run, evolve):
    shown = evolve("best")
    for part in (
        "def run(x):\n    return 3\n",
        "seed 5; better by 2 %",
        "p = 0.01",
        "evolve checkout",
    ):
        assert part in shown
    assert json.loads(evolve("best", "--json"))["files"]["a.py"] == "def run(x):\n    return 3\n"


def test_checkout_writes_a_program_and_never_over_something(small_run, evolve, tmp_path):
    evolve("checkout", "best", "there")
    assert (tmp_path / "there" / "a.py").read_text() == "def run(x):\n    return 3\n"
    assert "exists already" in evolve("checkout", "seed", "there", code=2)
    evolve("checkout", "#4")
    with RunReader(small_run) as past:
        assert Program.read(tmp_path / "steps-4").id == past.entries[4].node.program
    evolve("checkout", "elsewhere")
    assert Program.read(tmp_path / "elsewhere").id == Program.read(tmp_path / "there").id


# -- export ---------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    own = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *own, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, steps_problem: Path) -> Path:
    """A person's repository: the seed below lib/, a file of their own, and a change not committed."""
    folder = tmp_path / "mine"
    (folder / "lib").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "lib" / "a.py").write_bytes((steps_problem / "seed" / "a.py").read_bytes())
    (folder / "README").write_text("mine\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "README").write_text("changed, not committed\n")
    return folder


def test_export_makes_a_branch_and_touches_nothing_else(small_run, evolve, repository):
    said = evolve("export", "best", "--branch", "evolved", str(repository), "--path", "lib")
    assert "on branch evolved" in said
    assert git(repository, "diff", "--name-status", "main", "evolved").split("\n")[:2] == [
        "M\tlib/a.py", "A\tlib/deep/b c.py",
    ]  # fmt: skip
    assert (
        git(repository, "log", "-1", "--format=%s|%an", "evolved")
        == "#3 cross: use both|cladogen\n"
    )
    assert git(repository, "rev-parse", "evolved^") == git(repository, "rev-parse", "main")
    assert git(repository, "status", "--porcelain") == " M README\n"
    assert git(repository, "branch", "--show-current") == "main\n"
    git(repository, "fsck", "--strict")


def test_export_refuses_a_branch_that_exists(small_run, evolve, repository):
    evolve("export", "--branch", "evolved", str(repository))
    assert "exists already" in evolve("export", "--branch", "evolved", str(repository), code=2)
    evolve("export", "seed", "--branch", "evolved", str(repository), "--force")
    assert "checked out" in evolve("export", "--branch", "main", "--force", str(repository), code=2)
    assert "not a name" in evolve("export", "--branch", "no..good", str(repository), code=2)
    assert "not a git repository" in evolve(
        "export", "--branch", "x", str(repository / "lib"), code=2
    )


def test_export_into_an_empty_repository_is_its_first_commit(small_run, evolve, tmp_path):
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q")
    evolve("export", "#4", "--branch", "x", "empty")
    with RunReader(small_run) as past:
        assert (
            git(tmp_path / "empty", "rev-parse", "x^{tree}").strip() == past.entries[4].node.program
        )


def test_seed_from_a_repository_goes_back_to_where_it_came_from(
    recorder, evolve, repository, steps_problem
):
    came_from = git(repository, "rev-parse", "HEAD").strip()
    git(repository, "commit", "-q", "-a", "-m", "later")
    with (steps_problem / "problem.toml").open("a") as file:
        file.write(f'\n[seeds.git]\nrepository = "../mine"\ncommit = "{came_from}"\npath = "lib"\n')
    made = recorder("theirs")
    made.seed(load(steps_problem).seeds[0], 5.0)
    made.child((0,), {"a.py": b"def run(x):\n    return 1\n"}, 1.0)
    made.store.close()
    evolve("export", "--branch", "evolved", str(repository))
    assert git(repository, "rev-parse", "evolved^").strip() == came_from
    assert git(repository, "show", "evolved:lib/a.py") == "def run(x):\n    return 1\n"


@pytest.mark.parametrize("ending", ["graphml", "gexf", "json"])
def test_tree_writes_the_lineage_as_a_graph(small_run, evolve, tmp_path, ending):
    import networkx

    path = tmp_path / f"lineage.{ending}"
    evolve("tree", str(small_run), "--all", "--graph", str(path))
    read = {
        "graphml": lambda: networkx.read_graphml(path, node_type=int),
        "gexf": lambda: networkx.read_gexf(path, node_type=int),
        "json": lambda: networkx.node_link_graph(json.loads(path.read_text()), edges="edges"),
    }[ending]
    graph = read()
    assert set(graph.edges) == {(0, 1), (0, 2), (1, 3), (0, 3), (3, 4)}
    assert graph.nodes[3]["best"] and graph.nodes[2]["status"] == "crash"
    assert networkx.is_directed_acyclic_graph(graph)


def test_tree_names_the_graph_formats_it_knows(small_run, capsys):
    assert main(["tree", str(small_run), "--graph", "lineage.png"]) == 2
    assert ".graphml, .gexf, .json" in capsys.readouterr().err
