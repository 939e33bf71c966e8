"""Problem folders: what is read, and the one line a mistake gets."""

import shutil
from pathlib import Path

import pytest

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.problem import load
from cladogen.problem.edits import Edits, edits
from cladogen.program import Program, matches

PROBLEMS = Path(__file__).parents[2] / "problems"
PLAIN = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[metrics.value]
low = 0.0
high = 10.0
[metrics.size]
direction = "minimize"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "solve.py").write_text("def run(case):\n    return 1\n")
    (tmp_path / "seed" / "frozen.py").write_text("KEPT = True\n")
    (tmp_path / "scorer.py").write_text("")
    (tmp_path / "problem.toml").write_text(PLAIN)
    return tmp_path


def refused(folder, text):
    (folder / "problem.toml").write_text(text)
    with pytest.raises(ProblemError) as caught:
        load(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in PROBLEMS.glob("*/problem.toml"))
)
def test_shipped_problems_and_their_variants_load(name):
    problem = load(PROBLEMS / name)
    assert problem.name == name
    assert problem.statement
    for variant in problem.variants:
        assert load(PROBLEMS / name, variant).variant == variant


def test_problem_file_that_an_editor_wrote_with_a_byte_order_mark_is_read(folder):
    (folder / "problem.toml").write_bytes(b"\xef\xbb\xbf" + PLAIN.encode())
    assert load(folder).objective.name == "value"


def test_metric_says_what_it_means(folder):
    (folder / "problem.toml").write_text(
        PLAIN.replace("high = 10.0", 'high = 10.0\nabout = "how much\\n of it"')
    )
    assert load(folder).objective.about == "how much of it"
    wrong = PLAIN.replace("high = 10.0", "high = 10.0\nabout = 3")
    assert "about" in refused(folder, wrong)


def test_words_about_a_feature_are_read_and_change_no_score(folder, tmp_path_factory):
    axis = '[[features]]\nmetric = "depth"\n'
    (folder / "problem.toml").write_text(PLAIN + axis)
    before = tmp_path_factory.mktemp("before") / folder.name
    shutil.copytree(folder, before)
    worded = PLAIN.replace("high = 10.0", 'high = 10.0\nabout = "how much"')
    (folder / "problem.toml").write_text(worded + axis + 'about = "how  deep"\n')
    assert load(folder).axes[0].about == "how deep"
    assert edits(before, folder) == Edits(("problem.toml",), "")


def test_plain_problem_is_read_whole(folder):
    problem = load(folder)
    assert problem.name == folder.name
    assert [metric.name for metric in problem.metrics] == ["value", "size"]
    assert problem.objective.direction == "maximize"
    assert problem.space().objectives == ("value", "size")
    assert problem.space().bounded
    assert list(problem.seeds[0]) == ["frozen.py", "solve.py"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("editable", "editabel", "unknown key 'editabel'; did you mean 'editable'?"),
        ("[objective]", "[objektive]", "unknown key 'objektive'; did you mean 'objective'?"),
        ('metric = "value"', 'metric = "valeu"', "no [metrics.valeu]; did you mean 'value'?"),
        (
            '"solve.py:run"',
            '"slove.py:run"',
            "entry names 'slove.py', which the seed does not have",
        ),
        ('entry = "solve.py:run"', "", 'give either entry = "file.py:function" or command'),
        ('"solve.py:run"', '"solve.py"', 'must be "file.py:function"'),
        ('["solve.py"]', '["other.py"]', "matches no file of the seed"),
        ('"minimize"', '"minimise"', "direction = 'minimise' is not one of maximize, minimize"),
        ("low = 0.0", "low = 20.0", "low = 20 must be below high = 10"),
        ("low = 0.0", 'low = "0"', "low must be a number, not '0'"),
        ("[program]", "[[stages]]\n[program]", "cases is missing"),
        ("[program]", '[[stages]]\ncases=["a"]\nat_most=1\n[program]', "use at_least"),
        ("[program]", "[limits]\ntime_s = 0\n[program]", "time_s = 0 must be above 0"),
        ("[program]", "[limits]\ncpus = nan\n[program]", "cpus = nan must be a number between"),
        ("low = 0.0", "low = -inf", "low = -inf must be a number between"),
        ("[program]", "[scorer]\nmemory_mb = -1\n[program]", "memory_mb = -1 must be above 0"),
        (
            "[program]",
            "[limits]\ntime = 3\n[program]",
            "unknown key 'time'; did you mean 'time_s'?",
        ),
        (
            "[program]",
            '[sandbox]\nnetwork = ["https://a.com"]\n[program]',
            "'https://a.com': leave the scheme out",
        ),
        (
            "[program]",
            '[sandbox]\nnetwork = ["a.com", "A.com:443"]\n[program]',
            "'A.com:443' is there twice",
        ),
        (
            "[program]",
            '[sandbox]\nnetwork = "*"\n[program]',
            "a wildcard stands for whole names in front",
        ),
        ("[program]", "seeds = []\n[program]", "seeds is empty"),
        ("[program]", 'seeds = ["sead"]\n[program]', "no seed program; make this folder"),
        ("[program]", "[program", "not readable as TOML"),
        (
            "[program]",
            'statement = "text.md"\n[program]',
            "no such file; the statement must be there",
        ),
    ],
)
def test_mistake_gets_one_line_that_says_what_to_do(folder, old, new, message):
    assert old in PLAIN
    assert message in refused(folder, PLAIN.replace(old, new, 1))


def test_missing_folder_scorer_and_variant_are_named(folder):
    with pytest.raises(ProblemError, match=r"problem\.toml: no such file; a problem is a folder"):
        load(folder / "nowhere")
    with pytest.raises(ProblemError, match="no variant 'hard'"):
        load(folder, "hard")
    (folder / "scorer.py").unlink()
    with pytest.raises(ProblemError, match="the scorer must be there"):
        load(folder)


def test_variant_merges_tables_and_replaces_values(folder):
    (folder / "problem.toml").write_text(
        PLAIN + "[parameters]\nn = 3\nm = 4\n[variants.big.parameters]\nn = 30\n"
    )
    assert dict(load(folder).parameters) == {"n": 3, "m": 4}
    assert dict(load(folder, "big").parameters) == {"n": 30, "m": 4}
    assert load(folder).variants == ("big",)


def test_seed_of_the_run_does_not_override_a_seed_in_the_file(folder):
    assert load(folder).with_seed(7).parameters["seed"] == 7
    (folder / "problem.toml").write_text(PLAIN + "[parameters]\nseed = 1\n")
    assert load(folder).with_seed(7).parameters["seed"] == 1


def test_seed_program_from_a_repository_is_the_tree_at_the_commit(folder, tmp_path):
    git = pytest.importorskip("git")
    with git.Repo.init(tmp_path / "repository") as repository:
        inside = tmp_path / "repository" / "code"
        inside.mkdir()
        (inside / "solve.py").write_text("first\n")
        repository.git.add(all=True)
        author = git.Actor("A Person", "person@example.org")
        commit = repository.index.commit("first", author=author, committer=author).hexsha
        (inside / "solve.py").write_text("second\n")
        repository.git.add(all=True)
        repository.index.commit("second", author=author, committer=author)
    text = PLAIN + f'[seeds.git]\nrepository = "repository"\ncommit = "{commit}"\npath = "code"\n'
    (folder / "problem.toml").write_text(text)
    assert load(folder).seeds[0].text("solve.py") == "first\n"
    assert "no commit 'nothing'" in refused(folder, text.replace(commit, "nothing"))
    assert "not a git repository" in refused(folder, text.replace('"repository"', '"seed"'))
    assert "no 'cod'" in refused(folder, text.replace('"code"', '"cod"'))


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("a.py", "*.py", True),
        ("b/a.py", "*.py", False),
        ("b/a.py", "**/*.py", True),
        ("a.py", "**/*.py", True),
        ("b/c/a.py", "b/**", True),
        ("axpy", "a.py", False),
        ("b/c/a.py", "b", True),
        ("b/c/a.py", "b/", True),
    ],
)
def test_globs_stay_in_their_folder_unless_doubled(path, glob, expected):
    assert matches(path, [glob]) is expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def run(case):\n    return 1\n", "no EVOLVE-BLOCK-START and EVOLVE-BLOCK-END in it"),
        ("# EVOLVE-BLOCK-START\nx = 1\n", "line 1: no EVOLVE-BLOCK-END follows"),
        ("x = 1\n# EVOLVE-BLOCK-END\n", "line 2: EVOLVE-BLOCK-END closes nothing"),
        (
            "# EVOLVE-BLOCK-START\n# EVOLVE_BLOCK_START\n",
            "line 2: EVOLVE_BLOCK_START inside the block of line 1",
        ),
        ("# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n", ""),
    ],
)
def test_declared_evolve_blocks_are_there_and_in_pairs(folder, text, words):
    (folder / "seed" / "solve.py").write_text(text)
    declared = PLAIN.replace("[program]", '[program]\nevolve_blocks = ["*.py"]')
    if words:
        assert f"evolve_blocks names solve.py of the seed: {words}" in refused(folder, declared)
    else:
        (folder / "problem.toml").write_text(declared)
        assert load(folder).policy.evolve_blocks_in == ("*.py",)
    message = refused(
        folder, PLAIN.replace("[program]", '[program]\nevolve_blocks = ["frozen.py"]')
    )
    assert "matches no editable file of the seed" in message


def test_change_outside_editable_is_named(folder):
    problem = load(folder)
    seed = problem.seeds[0]
    assert problem.frozen(seed.replace({"solve.py": b"new"})) == ""
    assert (
        problem.frozen(seed.replace({"frozen.py": b"new"}))
        == "frozen.py: outside what may change (solve.py)"
    )
    missing = problem.frozen(seed.replace({"frozen.py": None}))
    assert missing == "frozen.py: missing, and outside what may change (solve.py)"
    assert problem.frozen(seed.replace({"more.py": b""})).startswith("more.py")


def row(case, value=None, status=Status.OK, seed=0, feedback=""):
    metrics = {} if value is None else {"value": value, "size": 3.0}
    return Evaluation("p", case, seed, status, metrics, feedback, output=f"{case}{value}")


def test_cases_count_once_whatever_their_repeats(folder):
    score = load(folder).score([row("a", 2.0), row("a", 4.0, seed=1), row("b", 9.0)])
    assert (score.status, score.fitness) == (Status.OK, 6.0)
    assert score.objectives == (6.0, -3.0)
    assert score.cases == {"a": 3.0, "b": 9.0}
    assert score.utilities == pytest.approx({"a": 0.3, "b": 0.9})


def test_failed_case_fails_the_program_and_keeps_its_utilities(folder):
    score = load(folder).score(
        [row("a", 2.0), row("b", status=Status.TIMEOUT, feedback="too slow")]
    )
    assert (score.status, score.fitness, score.feedback) == (Status.TIMEOUT, None, "too slow")
    assert score.utilities == pytest.approx({"a": 0.2, "b": 0.0})


def test_failure_of_the_world_counts_for_nothing(folder):
    problem = load(folder)
    assert problem.score([row("a", status=Status.INFRA)]).status is Status.INFRA
    assert problem.score([row("a", status=Status.INFRA), row("a", 5.0)]).fitness == 5.0


def test_losing_a_hard_case_to_the_world_gives_no_score_rather_than_a_better_one(folder):
    problem = load(folder)
    score = problem.score([row("hard", status=Status.INFRA), row("easy", 5.0)])
    assert (score.status, score.fitness) == (Status.INFRA, None)
    assert (
        problem.score([row("hard", status=Status.INFRA), row("easy", status=Status.CRASH)]).status
        is Status.CRASH
    )


def test_name_that_is_not_utf_8_is_refused_in_one_line(tmp_path):
    (tmp_path / "a\udcff.py").write_text("x")
    with pytest.raises(ProblemError, match="not UTF-8"):
        Program.read(tmp_path)


def test_broken_constraint_takes_the_score_away(folder):
    (folder / "problem.toml").write_text(PLAIN + '[[constraints]]\nmetric = "size"\nhigh = 2\n')
    score = load(folder).score([row("a", 2.0)])
    assert (score.status, score.fitness) == (Status.INVALID, None)
    assert score.feedback == "size = 3, above its bound 2"


def test_equal_outputs_have_equal_signatures(folder):
    problem = load(folder)
    assert (
        problem.score([row("a", 2.0), row("b", 3.0)]).signature
        == problem.score([row("b", 3.0), row("a", 2.0)]).signature
    )
    assert problem.score([row("a", 2.0)]).signature != problem.score([row("a", 3.0)]).signature
