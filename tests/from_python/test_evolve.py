"""One call from Python: any program, any evaluation, and what comes back."""

import asyncio
import subprocess
import sys
import textwrap

import pytest

from cladogen import CladogenError, ConfigError, FinishedRun, ProblemError, aevolve, evolve
from cladogen.from_python.evolve_options import EvolveOptions
from cladogen.from_python.folder import write_problem
from cladogen.run_folder import open_run
from cladogen.settings import Settings

PROGRAM = "def heights():\n    return [3.0, 2.0]\n"
FAST = {"sandbox": "local", "workers": 1, "max_proposals": 12}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def near_ten(output):
    return -abs(sum(output) - 10)


def near_ten_by_path(program_path):
    import runpy

    return {"score": -abs(sum(runpy.run_path(program_path)["heights"]()) - 10), "note": "so far"}


def near_ten_by_function(function):
    return -abs(sum(function()) - 10), {"hint": "more"}


def heights():
    first = 3.0
    return [first, 2.0]


def score(output):
    return -abs(sum(output) - 10)


def cases(output):
    return -abs(sum(output) - 10)


@pytest.mark.parametrize(
    ("name", "evaluate"), [("run", near_ten), ("program", near_ten), ("f", score), ("f", cases)]
)
def test_functions_may_have_the_names_that_a_problem_gives_its_own(name, evaluate):
    program = PROGRAM.replace("heights", name)
    assert evolve(program, evaluate, **FAST | {"max_proposals": 1}).seed_score == -5


def test_source_text_and_a_function_of_the_output_are_certified():
    found = evolve(PROGRAM, near_ten, **FAST)
    assert found.certified and found.score > found.seed_score == -5
    assert found.stop.kind == "proposals" and found.verdict
    assert found.lineage[0] == 0 and found.diff.startswith("diff --git")
    assert found.cost_usd == 0 and len(found.rows()) > 1
    again = FinishedRun.read(found.folder)
    assert again.score == found.score and str(again) == str(found)
    assert (again.stop, again.shipped, again.seed) == (found.stop, found.shipped, found.seed)


@pytest.mark.parametrize("evaluate", [near_ten_by_path, near_ten_by_function])
def test_function_of_the_path_or_of_the_function_runs_in_the_sandbox_and_is_reported(evaluate):
    found = evolve(heights, evaluate, **FAST)
    assert not found.certified and found.score > -5
    assert "reported" in str(found)


def test_text_evaluation_takes_the_text():
    found = evolve({"prompt.txt": "one two"}, lambda candidate: len(candidate) + 0, **FAST)
    assert found.seed_score == 7


def test_program_from_a_file_and_a_folder(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "mine.py").write_text(PROGRAM)
    for program in (tmp_path / "old" / "mine.py", "old", str(tmp_path / "old" / "mine.py")):
        assert evolve(program, near_ten, **FAST).seed_score == -5


def test_cases_are_arguments_and_held_out_ones_decide():
    def summed(output, case):
        return output - case[0]

    found = evolve(
        "def add(a, b):\n    return a + b * 0.5\n", summed,
        cases=[(1, 2), (3, 4)], heldout={"last": (5, 6)}, entry="add", **FAST,
    )  # fmt: skip
    assert found.seed_score == 1.5
    assert "held" in found.verdict


def test_same_call_goes_on_with_the_same_run():
    first = evolve(PROGRAM, near_ten, **FAST)
    again = evolve(PROGRAM, near_ten, **{**FAST, "max_proposals": 20})
    assert again.folder == first.folder
    assert (first.stop.text[-3:], again.stop.text[-3:]) == (" 12", " 20")


def test_inside_a_running_event_loop_it_works_too():
    async def notebook():
        found = evolve(PROGRAM, near_ten, **FAST)
        other = await aevolve(PROGRAM, near_ten, run="other", **FAST)
        third = await evolve(PROGRAM, near_ten, run="third", asynchronous=True, **FAST)
        return found.score, other.score, third.score

    first, *others = asyncio.run(notebook())
    assert others == [first, first]


def test_evaluation_that_raises_for_the_seed_says_so():
    with pytest.raises(ProblemError, match="the first is invalid: <lambda> raised TypeError"):
        evolve(PROGRAM, lambda output: output["nothing"], **FAST)


def test_export_writes_what_may_change(tmp_path):
    found = evolve(PROGRAM, near_ten, **FAST)
    found.export(tmp_path / "best.py")
    found.export(tmp_path / "folder")
    texts = {(tmp_path / name).read_text() for name in ("best.py", "folder/program.py")}
    assert texts == {found.text}


@pytest.mark.parametrize(
    ("program", "options", "words"),
    [
        ("def a():\n    return 1\ndef b():\n    return 2\n", {}, "which function is called.*a, b"),
        (PROGRAM, {"max_proposal": 3}, "unknown option 'max_proposal'; did you mean"),
        ("missing.py", {}, "no such file"),
        (3, {}, "the program is a int"),
        (PROGRAM, {"takes": "outputs"}, "not one of output"),
        ({}, {}, "empty"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_in_one_line(program, options, words):
    with pytest.raises(ConfigError, match=words):
        evolve(program, near_ten, **options)


def test_script_without_a_main_guard_runs_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import helper
        import cladogen
        print("once")
        def evaluate(output):
            return helper.score(output)
        found = cladogen.evolve("def f():\\n    return 2.0\\n", evaluate, sandbox="local", max_proposals=3)
        print(found.seed_score)
    """))  # fmt: skip
    (tmp_path / "helper.py").write_text("def score(output):\n    return output + 0.5\n")
    done = subprocess.run(
        [sys.executable, script],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert done.stdout == "once\n2.5\n", done.stderr


def test_an_evaluation_that_compares_counts_true_as_one():
    found = evolve(
        "def f():\n    return [4]\n", lambda output: output == [4], run="compared", **FAST
    )
    assert found.seed_score == 1.0


def test_program_in_a_file_that_is_no_name_and_one_that_is_a_coroutine():
    dashed = {
        "01-my.py": "async def f():\n    async def ten():\n        return 10.0\n    return [await ten()]\n"
    }
    assert evolve(dashed, near_ten, run="dashed", **FAST).score == 0.0


@pytest.mark.parametrize(
    ("program", "options", "words"),
    [
        ("", {}, "the program is empty"),
        (dict.fromkeys(("a.py", "b.py"), PROGRAM), {"entry": "heights"}, "a.py:heights, b.py:heig"),
        ({"../scorer.py": "def f():\n    return 1\n"}, {}, "named by its path in the program's"),
        ({"/etc/a.py": "def f():\n    return 1\n"}, {}, "named by its path in the program's"),
        (PROGRAM, {"cases": []}, "cases is empty"),
        (PROGRAM, {"cases": {"odd": object()}}, "the input of odd: cannot encode"),
        (PROGRAM, {"cases": [float("nan")]}, "the input of case-0: NaN or infinity"),
        (PROGRAM, {"limits": {"time": 5}}, r"^evolve\(\): \[limits\]: unknown key 'time'"),
    ],
)
def test_what_is_wrong_with_a_program_or_its_cases_is_said_before_a_run(program, options, words):
    with pytest.raises(CladogenError, match=words):
        evolve(program, near_ten, **options)


def test_a_run_that_was_stopped_before_its_seed_had_a_score_can_be_read(tmp_path):
    write_problem(tmp_path / "problem", PROGRAM, near_ten, EvolveOptions(name="heights"))
    store, _ = open_run(tmp_path / "stopped", tmp_path / "problem", Settings())
    store.close()
    found = FinishedRun.read(tmp_path / "stopped")
    assert (found.seed_score, found.score, found.rows()) == (None, None, [])
    assert "score None" in str(found)


def test_shipped_problem_that_was_misspelled_is_named():
    with pytest.raises(ConfigError, match="did you mean the shipped problem 'cap_set'"):
        evolve("cap_st", run="run")


def test_table_of_texts_is_evaluated_as_gepa_does():
    def long_enough(candidate: dict[str, str]):
        return len(candidate["system"]) == 5

    one = evolve({"system": "hello"}, long_enough, run="one", **FAST | {"max_proposals": 1})
    assert one.seed_score == 1.0 and not one.certified
    two = evolve(
        {"system": "hello", "user": "{question}"}, lambda candidate: {"score": len(candidate)},
        run="two", **FAST | {"max_proposals": 1},
    )  # fmt: skip
    assert two.seed_score == 2.0


def test_evaluation_beside_the_program_is_called_for_each_case():
    def found_in(candidate, example):
        return float(example["word"] in candidate), f"wanted {example['word']}"

    words = [{"word": each} for each in ("hello", "bye", "there")]
    found = evolve(
        {"prompt.txt": "hello there"}, found_in, cases=words[:2], heldout=words[2:],
        **FAST | {"max_proposals": 2},
    )  # fmt: skip
    assert found.seed_score == 0.5 and found.verdict


def test_cases_for_an_evaluation_that_takes_none_are_refused():
    with pytest.raises(ConfigError, match="takes a case as its second parameter"):
        evolve({"prompt.txt": "x"}, lambda candidate: 1.0, cases=[1])


INTERRUPTED = """
import asyncio, os, signal, threading
import cladogen
from cladogen.events import Silent
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
class Interrupts(Silent):
    sent = False
    def told(self, event, progress):
        if not self.sent:
            self.sent = True
            interrupt()
class InterruptsTheStart(Silent):
    def begin(self, header):
        interrupt()
def evaluate(output):
    return -abs(sum(output) - 10)
def search(observer, run=None):
    found = cladogen.evolve("def heights():\\n    return [3.0]\\n", evaluate, sandbox="local",
                            workers=1, max_proposals=30, max_seconds=600, observer=observer, run=run)
    print(found.stop.kind, flush=True)
async def main():
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("search(Interrupts())", ["interrupted\n"]),
        ("search(Interrupts(), 'a'); search(Silent(), 'b')", ["interrupted\nproposals\n"]),
        ("interrupt(); search(Silent())", [""]),
        ("search(InterruptsTheStart())", ["", "interrupted\n"]),  # as fast as the start is
    ],
)
def test_one_ctrl_c_inside_of_asyncio_run_ends_the_search_or_its_start(tmp_path, body, said):
    script = f"{INTERRUPTED}    {body}\nasyncio.run(main())\n"
    done = interrupted(tmp_path, script)
    assert done.stdout in said, done.stderr
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_ctrl_c_in_a_notebook_leaves_no_search_that_goes_on_behind_it(tmp_path):
    script = f"""{INTERRUPTED}
    try:
        search(InterruptsTheStart())
    except KeyboardInterrupt:
        print("interrupted")
    print(threading.active_count())
asyncio.new_event_loop().run_until_complete(main())
"""
    done = interrupted(tmp_path, script)
    assert done.stdout == "interrupted\n1\n", done.stderr


def interrupted(folder, script):
    (folder / "mine.py").write_text(script)
    return subprocess.run(
        [sys.executable, "mine.py"], check=False, capture_output=True, text=True, cwd=folder,
        timeout=120,
    )  # fmt: skip
