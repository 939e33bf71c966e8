"""Folders in other projects' layouts run here, and what differs is said."""

import asyncio
import json
import textwrap
from dataclasses import fields
from pathlib import Path

import pytest

from cladogen.by_hand.desk import Desk
from cladogen.cli.ask import run_folder
from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.importing.folder import read_folder
from cladogen.importing.found import ImportOptions
from cladogen.importing.layouts import LAYOUTS
from cladogen.problem import load as load_problem
from cladogen.prompts.rules import read_only
from cladogen.run_folder import create_run
from cladogen.settings import Settings
from cladogen.view.run_folders import is_run

PROGRAM = """
    # EVOLVE-BLOCK-START
    def answer():
        return 3.0
    # EVOLVE-BLOCK-END
"""
LOAD = """
    import importlib.util
    def load(path):
        spec = importlib.util.spec_from_file_location("candidate", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(folder, **files):
    for name, text in files.items():
        path = Path(folder) / name.replace("__", "/").replace("_py", ".py").replace(
            "_yaml", ".yaml"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return Path(folder)


def evaluated(source, capsys, *words):
    """Import a folder, evaluate its seed, and return what came of it and what was said."""
    assert main(["import", str(source), "made", "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    main(["evaluate", "made", "seed", "--sandbox", "local", "--json"])
    return json.loads(capsys.readouterr().out), told


def openevolve(evaluator, config="{}"):
    return write("theirs", initial_program_py=PROGRAM, evaluator_py=textwrap.dedent(LOAD) + textwrap.dedent(evaluator), config_yaml=config)  # fmt: skip


SECRET = "def evaluate(path):\n    return {'combined_score': float(load(path).answer() == 41)}\n"


@pytest.mark.parametrize("message", ["Find the number.", ""])
def test_evaluator_is_in_no_prompt_where_a_statement_tells_the_task(message):
    source = openevolve(SECRET, json.dumps({"prompt": {"system_message": message}}))
    (source / "README.md").write_text("evaluator.py holds the number\n")
    assert main(["import", str(source), "made"]) == 0
    problem = load_problem(Path("made"))
    shown = read_only(problem, problem.seeds[0], 10_000).body
    assert ("== 41" in shown) == (not message)
    assert ("Never shown: evaluator/**" in shown) == bool(message)


def test_commands_take_a_folder_in_another_layout_as_it_is(capsys):
    source = openevolve(SECRET, "{}")
    assert main(["evaluate", str(source), "seed", "--sandbox", "local", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["status"] == "ok" and "imported as runs/imported/" in said.err
    run = run_folder(source)
    assert is_run(run) and run_folder(source) == run


def test_what_a_program_imports_of_its_evaluators_folder_is_shown():
    source = openevolve(SECRET, json.dumps({"prompt": {"system_message": "Find it."}}))
    program = source / "initial_program.py"
    program.write_text("from units import METRE\n" + program.read_text())
    (source / "units.py").write_text("METRE = 1\n")
    assert main(["import", str(source), "made"]) == 0
    problem = load_problem(Path("made"))
    shown = read_only(problem, problem.seeds[0], 10_000).body
    assert "METRE = 1" in shown and "== 41" not in shown
    assert "Never shown: the other files of evaluator/**." in shown


def test_what_the_size_of_an_imported_program_means_is_said(tmp_path):
    """A prompt called it a feature, and not what it counts."""
    source = openevolve("def evaluate(program_path):\n    return {'combined_score': 1.0}\n")
    assert main(["import", str(source), "made"]) == 0
    (axis,) = load_problem(tmp_path / "made").axes
    assert (axis.metric, axis.about) == ("size", "characters of initial_program.py")


def test_openevolve_evaluate_runs_and_artifacts_are_feedback(capsys):
    source = openevolve("""
        from openevolve.evaluation_result import EvaluationResult
        def evaluate(program_path):
            value = load(program_path).answer()
            return EvaluationResult({"combined_score": value}, {"note": "three"})
    """)
    found, told = evaluated(source, capsys)
    assert (found["status"], found["metrics"]["combined_score"]) == ("ok", 3.0)
    assert "note: three" in found["feedback"]
    assert any("reported, not certified" in line for line in told["notes"])


def test_openevolve_artifacts_inside_a_plain_table_are_feedback_too(capsys):
    source = openevolve("""
        def evaluate(path):
            return {"combined_score": 1.0, "artifacts": {"why": "nested"}}
    """)
    found, _ = evaluated(source, capsys)
    assert "why: nested" in found["feedback"]


def test_openevolve_stages_stop_below_the_threshold_without_a_score_of_another_scale(capsys):
    source = openevolve("""
        def evaluate_stage1(path):
            return {"runs": 0.2}
        def evaluate_stage2(path):
            raise RuntimeError("never reached")
        def evaluate(path):
            raise RuntimeError("never called, combined_score")
    """)
    found, _ = evaluated(source, capsys)
    assert found["status"] == "invalid" and "stopped at stage 1" in found["feedback"]


def test_openevolve_score_of_a_stage_says_that_the_stages_after_it_were_not_run(capsys):
    source = openevolve("""
        def evaluate_stage1(path):
            return {"combined_score": 0.2}
        def evaluate_stage2(path):
            raise RuntimeError("never reached")
    """)
    found, _ = evaluated(source, capsys)
    assert (found["status"], found["metrics"]["combined_score"]) == ("ok", 0.2)
    assert "stopped at stage 1, below its threshold of 0." in found["feedback"]
    assert "the stages after it were not run" in found["feedback"]


def test_openevolve_stages_that_pass_are_merged(capsys):
    source = openevolve("""
        def evaluate_stage1(path):
            return {"runs": 0.9, "kept": 7}
        def evaluate_stage2(path):
            return {"combined_score": 0.4}
    """)
    found, _ = evaluated(source, capsys)
    assert found["metrics"]["kept"] == 7 and found["metrics"]["combined_score"] == 0.4


@pytest.mark.parametrize(
    ("returned", "status", "words"),
    [
        ('{"combined_score": 0.0, "error": "no such thing"}', "invalid", "no such thing"),
        (
            '{"combined_score": 0.0, "artifacts": {"error": "no such thing"}}',
            "invalid",
            "no such thing",
        ),
        ('{"combined_score": 1.0, "artifacts": {"error": "a small one"}}', "ok", "a small one"),
        ('{"error": 0.0}', "invalid", "error without words"),
        ("None", "crash", "returned NoneType"),
        ('{"combined_score": float("nan")}', "invalid", "no combined_score"),
        ("0.5", "ok", ""),
    ],
)
def test_openevolve_failures_are_no_zero_scores(capsys, returned, status, words):
    found, _ = evaluated(openevolve(f"def evaluate(path):\n    return {returned}\n"
                                    "# combined_score"), capsys)  # fmt: skip
    assert found["status"] == status and words in found["feedback"]


SWALLOWED = """
    import sys, traceback
    def evaluate(path):
        try:
            return {{'combined_score': load(path).answer()}}
        except Exception as error:
            {kept}
            return {{'combined_score': 0.0, 'error': str(error), 'artifacts': {{{artifacts}}}}}
"""


@pytest.mark.parametrize(
    ("kept", "artifacts"),
    [
        ("pass", "'traceback': traceback.format_exc()"),
        ("traceback.print_exc()", ""),
        ("print(traceback.format_exc())", ""),
    ],
)
def test_openevolve_exception_that_its_evaluator_catches_is_shown_with_the_line_of_the_program(
    capsys, tmp_path, kept, artifacts
):
    source = openevolve(SWALLOWED.format(kept=kept, artifacts=artifacts))
    assert main(["import", str(source), "made"]) == 0
    settings = Settings(sandbox="local")
    create_run(tmp_path / "run", Path("made"), settings).close()
    desk = Desk(tmp_path / "run")
    task = asyncio.run(desk.ask("test"))
    reply = "Idea: Weigh it.\n\n```diff\n--- a/initial_program.py\n+++ b/initial_program.py\n@@\n def answer():\n-    return 3.0\n+    return (1, 2).weight\n```\n"
    receipt = asyncio.run(desk.tell(task.ticket, reply))
    said = "'tuple' object has no attribute 'weight' (initial_program.py:4: return (1, 2).weight)"
    assert receipt.reason == f"invalid: {said}"
    assert f"Case evaluate: invalid. {said}" in receipt.prompt
    # Whether it ran its evaluator alone knows; a traceback through it says more, as it is shown.
    assert "It runs, but what it returns is not acceptable" not in receipt.prompt
    assert "It fails:" in receipt.prompt
    assert ("It returns:" in receipt.prompt) == bool(artifacts)


def test_openevolve_failure_without_a_traceback_names_no_line(capsys):
    source = openevolve(
        "def evaluate(path):\n    return {'combined_score': 0, 'error': 'too short'}\n"
    )
    found, _ = evaluated(source, capsys)
    assert found["feedback"] == "too short"


def test_openevolve_async_evaluator_is_awaited(capsys):
    found, _ = evaluated(
        openevolve("async def evaluate(path):\n    return {'combined_score': 2}\n"), capsys
    )
    assert found["metrics"]["combined_score"] == 2


def test_openevolve_without_combined_score_says_that_the_mean_counts(capsys):
    source = openevolve("def evaluate(path):\n    return {'speed': 1.0, 'lag': 3.0}\n")
    found, told = evaluated(source, capsys)
    assert found["metrics"]["fitness"] == 2.0
    assert any("--objective NAME" in line for line in told["notes"])


def test_openevolve_objective_of_ones_own_and_its_direction(capsys):
    source = openevolve("def evaluate(path):\n    return {'speed': 1.0, 'lag': 3.0}\n")
    evaluated(source, capsys, "--objective", "lag", "--minimize")
    assert 'direction = "minimize"' in Path("made/problem.toml").read_text()


def test_openevolve_settings_are_taken_or_listed(capsys):
    config = """
        max_iterations: 30
        mystery: 1
        llm: {primary_model: m, api_base: "http://x/v1", api_key: "${UNSET_KEY}", temperature: 0.1}
        prompt: {system_message: "Do it well.", num_top_programs: 3}
        database: {feature_dimensions: [complexity, speed], feature_bins: 7}
        evaluator: {timeout: 12, cascade_thresholds: [0.1], memory_limit_mb: 3}
    """
    source = openevolve(
        "def evaluate(path):\n    return {'combined_score': 1, 'speed': 2}\n", config
    )
    found, told = evaluated(source, capsys)
    toml = Path("made/problem.toml").read_text()
    assert found["status"] == "ok"
    assert "time_s = 12.0" in toml and "max_proposals = 30" in toml and "bins = 7" in toml
    assert Path("made/statement.md").read_text() == "Do it well."
    unused = {
        "mystery",
        "llm.temperature",
        "prompt.num_top_programs",
        "evaluator.memory_limit_mb",
        "llm.api_key",
    }
    assert unused <= set(told["unused"])
    assert any("--model openai/m=1 --api-base http://x/v1" in line for line in told["notes"])


def test_openevolve_evaluator_that_reads_algotune_finds_the_checkout(capsys):
    write("checkout/AlgoTuneTasks/sums", sums_py=ALGOTUNE)
    evaluator = """
        import sys
        from pathlib import Path
        sys.path.insert(0, str(Path.home() / "github" / "AlgoTune"))
        from AlgoTuneTasks.base import TASK_REGISTRY
        from AlgoTuneTasks.sums.sums import Sums
        def evaluate(path):
            return {"combined_score": len(TASK_REGISTRY)}
    """
    found, _ = evaluated(openevolve(evaluator), capsys, "--with", "checkout")
    assert found["metrics"]["combined_score"] == 1


def test_run_of_a_foreign_folder_imports_it_says_so_and_reports(capfd):
    source = openevolve("""
        def evaluate(path):
            return {"combined_score": -abs(load(path).answer() - 10)}
    """)
    words = ["--sandbox", "local", "--max-proposals", "8", "--workers", "1", "--plain"]
    assert main(["run", str(source), *words]) == 0
    out, err = capfd.readouterr()
    assert "OpenEvolve: initial_program.py is evaluated by its own evaluator" in err
    assert "reported, not certified" in out
    assert main(["show", "best"]) == 0
    assert "reported, not certified" in capfd.readouterr().out
    assert main(["run", str(source), *words[:3], "12", *words[4:]]) == 0


def test_check_of_a_reported_problem_tells_how_to_split_it(capsys):
    source = openevolve("def evaluate(path):\n    return {'combined_score': 1.0}\n")
    assert main(["check", str(source), "--sandbox", "local", "--repeats", "2"]) == 0
    assert "To split them" in capsys.readouterr().out


SHINKA = """
    import argparse, os
    from shinka.core import run_shinka_eval
    def check(result):
        return (result < 5, "too large")
    def total(results):
        return {"combined_score": sum(results), "public": {"shown": "words", "count": len(results)}}
    parser = argparse.ArgumentParser()
    parser.add_argument("--program_path")
    parser.add_argument("--results_dir")
    args = parser.parse_args()
    run_shinka_eval(args.program_path, args.results_dir, "answer", 2, lambda at: {}, total, check)
"""


def test_shinka_command_writes_results_and_public_words_are_feedback(capsys):
    source = write("theirs", initial_py=PROGRAM, evaluate_py=SHINKA,
                   run_evo_py='task_sys_msg = "Climb."\njob = dict(time="00:01:30")\n')  # fmt: skip
    found, _ = evaluated(source, capsys)
    assert found["metrics"]["combined_score"] == 6.0 and "shown: words" in found["feedback"]
    assert "time_s = 90.0" in Path("made/problem.toml").read_text()
    assert Path("made/statement.md").read_text() == "Climb."


def test_shinka_result_that_is_not_correct_has_no_score(capsys):
    source = write("theirs", initial_py=PROGRAM.replace("3.0", "9.0"), evaluate_py=SHINKA)
    found, _ = evaluated(source, capsys)
    assert (found["status"], found["feedback"]) == ("invalid", "too large (in 2 of 2 runs)")


def test_shinka_without_results_is_a_crash(capsys):
    source = write("theirs", initial_py=PROGRAM, evaluate_py="raise SystemExit(0)\n")
    found, _ = evaluated(source, capsys)
    assert found["status"] == "crash" and "wrote no results" in found["feedback"]


SPECIFICATION = '''
    """Make it large."""
    import numpy as np
    @funsearch.run
    def evaluate(n: int) -> float:
        return float(sum(priority(each) for each in range(n)))
    class Kept:
        value = 2.0
    FACTOR = 3.0
    @funsearch.evolve
    def priority(each: int) -> float:
        """Better."""
        return Kept.value * FACTOR
    LAST = 1
'''


def test_funsearch_specification_keeps_what_stands_between_its_functions(capsys):
    source = write("theirs", specification_py=SPECIFICATION)
    found, _ = evaluated(source, capsys, "--inputs", "[2, 4]")
    assert found["metrics"]["score"] == 18.0
    text = Path("made/seed/specification.py").read_text()
    assert (
        text.index("@funsearch.run") < text.index("EVOLVE-BLOCK-START") < text.index("def priority")
    )
    assert text.index("return Kept") < text.index("EVOLVE-BLOCK-END") < text.index("LAST")


def test_funsearch_without_inputs_asks_for_them():
    source = write("theirs", specification_py=SPECIFICATION)
    with pytest.raises(ProblemError, match="--inputs"):
        read_folder(source, ImportOptions())


def test_llm4ad_class_is_given_the_function(capsys):
    source = write(
        "llm4ad/task/toy",
        evaluation_py="""
            from llm4ad.base import Evaluation
            from llm4ad.task.toy.template import template_program, task_description
            from llm4ad.task.toy.data import GOAL
            class Toy(Evaluation):
                def __init__(self, timeout_seconds=20, **kwargs):
                    super().__init__(template_program=template_program, task_description=task_description,
                                     timeout_seconds=timeout_seconds)
                def evaluate_program(self, program_str, callable_func, **kwargs):
                    return -abs(callable_func(2) - GOAL)
        """,
        template_py='template_program = """\ndef rise(x):\n    return x + 1\n"""\ntask_description = "Rise."\n',
        data_py="GOAL = 10\n",
    )  # fmt: skip
    found, _ = evaluated(source, capsys)
    assert found["metrics"]["score"] == -7.0
    assert "time_s = 20.0" in Path("made/problem.toml").read_text()


@pytest.mark.parametrize("value", ["[first, -0.5]", "(first, -0.5)", "np.array([first, -0.5])"])
def test_llm4ad_task_with_several_objectives_is_scored_by_the_first(capsys, value):
    source = write(
        "llm4ad/task/pair",
        evaluation_py=f"""
            import numpy as np
            from llm4ad.base import Evaluation
            from llm4ad.task.pair.template import template_program
            class Pair(Evaluation):
                def __init__(self, **kwargs):
                    super().__init__(template_program=template_program)
                def evaluate_program(self, program_str, callable_func):
                    first = callable_func(3)
                    return {value}
        """,
        template_py="template_program = 'def size(x):\\n    return x + 1\\n'\n",
    )
    found, _ = evaluated(source, capsys, "--objective", "score_2")
    assert (found["metrics"]["score"], found["metrics"]["score_2"]) == (4.0, -0.5), found
    assert 'metric = "score_2"' in Path("made/problem.toml").read_text()


def test_llm4ad_template_without_its_imports_gets_them(capsys):
    source = write(
        "llm4ad/task/group/toy",
        evaluation_py="""
            from llm4ad.base import Evaluation
            from llm4ad.task.group.other.data import GOAL
            class Toy(Evaluation):
                def evaluate_program(self, program_str, callable_func, **kwargs):
                    return sum(callable_func([GOAL]))
        """,
        template_py='template_program = """\ndef same(x: List[int]) -> List[int]:\n    return list(np.array(x))\n"""\n',
    )  # fmt: skip
    write("llm4ad/task/group/other", data_py="GOAL = 4\n")
    found, told = evaluated(source, capsys)
    assert found["metrics"]["score"] == 4
    assert any("from typing import List; import numpy as np" in line for line in told["notes"])


ALGOTUNE = """
    from AlgoTuneTasks.base import register_task, Task
    @register_task("sums")
    class Sums(Task):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
        def generate_problem(self, n, random_seed=1):
            return list(range(n * 2000))
        def solve(self, problem):
            total = 0
            for each in problem:
                total += each
            return total
        def is_solution(self, problem, solution):
            return solution == sum(problem)
"""


def test_algotune_reference_is_the_first_solver_and_is_timed_beside_it(capsys):
    source = write("sums", sums_py=ALGOTUNE)
    (source / "description.txt").write_text("Add them.")
    found, _ = evaluated(source, capsys, "--inputs", "[2]")
    text = Path("made/seed/solver.py").read_text()
    assert "class Solver" in text and "is_solution" not in text and "AlgoTuneTasks" not in text
    assert found["status"] == "ok" and found["metrics"]["problem_size"] == 2


def test_algotune_size_does_not_follow_from_a_first_call_that_is_slow(capsys):
    slow_once = ALGOTUNE.replace("total = 0", "total = first_call()")
    slow_once += """
    import time
    calls = []
    def first_call():
        calls.append(None if calls else time.sleep(0.05))
        return 0
    """
    source = write("sums", sums_py=slow_once)
    (source / "description.txt").write_text("Add them.")
    found, _ = evaluated(source, capsys)
    assert found["metrics"]["problem_size"] > 2


def test_kernelbench_declares_its_gpu(tmp_path):
    source = tmp_path / "1_relu.py"
    source.write_text(
        "class Model: pass\ndef get_inputs(): return []\ndef get_init_inputs(): return []\n"
    )
    assert main(["import", str(source), "made"]) == 0
    assert 'gpus = "1"' in Path("made/problem.toml").read_text()
    assert "class ModelNew" in Path("made/seed/model.py").read_text()


def test_galapagos_card_is_read_with_its_own_thresholds(capsys):
    source = write("theirs", start_py=PROGRAM, card_yaml="name: toy\ncomponents: {initial_program: start.py}\n",
                   evaluator_py="def evaluate(path):\n    return {'combined_score': 0.5, 'validity': 0}\n")  # fmt: skip
    found, told = evaluated(source, capsys)
    assert told["layout"] == "Galapagos card"
    assert found["status"] == "invalid" and "validity 0" in found["feedback"]


GEPA = """
    import gepa.optimize_anything as oa
    from gepa.optimize_anything import GEPAConfig, optimize_anything
    SEED = "def answer():\\n    return 3.0\\n"
    def evaluate(candidate):
        space = {}
        exec(candidate, space)
        oa.log("looked at it")
        return RETURNED
    if __name__ == "__main__":
        optimize_anything(seed_candidate=SEED, evaluator=evaluate, objective="Answer much.",
                          config=GEPAConfig(engine=None))
"""


def test_gepa_script_is_run_up_to_its_call_and_side_information_is_feedback(capsys):
    source = write(
        "theirs", script_py=GEPA.replace("RETURNED", '(space["answer"](), {"why": "just so"})')
    )
    found, told = evaluated(source, capsys)
    assert (found["status"], found["metrics"]["score"]) == ("ok", 3.0)
    assert "just so" in found["feedback"] and "looked at it" in found["feedback"]
    assert told["layout"] == "GEPA optimize_anything" and told["unused"] == ["config"]
    assert Path("made/seed/candidate.py").is_file()
    assert "Answer much." in Path("made/statement.md").read_text()


@pytest.mark.parametrize("returned", ["'much'", "None", "[1.0]", "{}", "True"])
def test_gepa_evaluator_that_returns_no_number_gives_no_score(returned, capsys):
    found, _ = evaluated(write("theirs", script_py=GEPA.replace("RETURNED", returned)), capsys)
    assert found["status"] == "invalid" and "which is no score" in found["feedback"]


def test_gepa_examples_are_averaged_and_a_table_of_texts_is_one_file(capsys):
    source = write("theirs", script_py="""
        from gepa.optimize_anything import optimize_anything
        def judge(candidate, example, opt_state=None):
            return float(len(candidate["system"]) + example), {"example": example}
        optimize_anything({"system": "abc", "user": "x"}, evaluator=judge, dataset=[1, 2, 6], valset=[9])
    """)  # fmt: skip
    found, told = evaluated(source, capsys)
    assert found["metrics"]["score"] == 6.0 and "example 2: 9" in found["feedback"]
    assert json.loads(Path("made/seed/candidate.json").read_text()) == {
        "system": "abc",
        "user": "x",
    }
    assert told["unused"] == ["valset"]


def test_gepa_candidate_that_is_computed_is_asked_for_in_a_file(capsys):
    text = GEPA.replace("seed_candidate=SEED", "seed_candidate=open('x').read()").replace(
        "RETURNED", "len(candidate)"
    )
    source = write("theirs", script_py=text, mine_py="one = 1\n")
    with pytest.raises(ProblemError, match="--program FILE"):
        read_folder(source)
    assert (
        read_folder(source, ImportOptions(program="mine.py")).seed["candidate.txt"] == b"one = 1\n"
    )


def test_unknown_layout_is_said_in_one_line(tmp_path):
    with pytest.raises(ProblemError, match=r"neither a problem .* nor a layout"):
        read_folder(tmp_path, ImportOptions())


def test_folder_that_holds_problems_further_down_names_some_of_them(capsys):
    for name in "abcde":
        write(f"checkout/tasks/{name}", evaluator_py="", initial_program_py="")
    write("checkout/alone", evaluator_py="")
    write("checkout/.git", evaluator_py="")
    write("checkout/tasks/run", evaluator_py="", run="").joinpath("run").rename(
        "checkout/tasks/run/run.db"
    )
    named = "below it are 6 that can be run, such as tasks/a, tasks/b, tasks/c: name one of them"
    for command in ("import", "run"):
        assert main([command, "checkout"]) == 2
        said = capsys.readouterr().err
        assert named in said and said.count("\n") == 1
    assert main(["run", "checkout/tasks/.."]) == 2
    write("few/one", problem_toml="").joinpath("problem_toml").rename("few/one/problem.toml")
    assert main(["run", "few"]) == 2
    assert "below it are one: name one of them" in capsys.readouterr().err


def test_settings_that_are_no_yaml_are_said_in_one_line():
    source = openevolve("def evaluate(path):\n    return {}\n", "a: [1\n")
    with pytest.raises(ProblemError, match="not readable as YAML"):
        read_folder(source, ImportOptions())


def test_gepa_script_finds_the_modules_of_its_own_folder_by_the_names_it_imports(capsys):
    source = write(
        "examples/packing",
        main_py="""
            import argparse
            from examples.packing.utils import size, BACK
            from gepa.optimize_anything import optimize_anything as search
            START = "abc"
            TABLE = {"program": START}
            def judge(candidate):
                return size(candidate["program"])
            if __name__ == "__main__":
                given = argparse.ArgumentParser()
                given.add_argument("--model", required=True)
                given.parse_args()
                search(seed_candidate=TABLE, evaluator=judge, background=BACK)
        """,
        utils_py='BACK = "words"\ndef size(text):\n    return float(len(text))\n',
    )
    found, told = evaluated(source, capsys, "--arguments", "--model 'x y'")
    assert found["metrics"]["score"] == 3.0
    assert told["requirements"] == [] and Path("made/seed/candidate.json").is_file()


@pytest.mark.parametrize("alone", [True, False])
def test_gepa_script_whose_modules_name_its_folders_finds_them_and_asks_pypi_for_none(
    capsys, alone
):
    source = write(
        "examples/deep/packing",
        main_py="""
            from utils.size import size
            from gepa.optimize_anything import optimize_anything
            optimize_anything(seed_candidate="abc", evaluator=lambda candidate: size(candidate))
        """,
        utils____init___py="",
        utils__size_py="""
            def size(text):
                from examples.deep.packing.utils.more import longer
                return float(longer(text))
        """,
        utils__more_py="longer = len\n",
    )
    found, told = evaluated(source / "main.py" if alone else source, capsys)
    assert found["metrics"]["score"] == 3.0 and told["requirements"] == []


def test_module_that_a_call_imports_is_brought_with_the_packages_that_it_needs(capsys):
    source = write(
        "examples/packing",
        main_py="""
            import importlib
            from gepa.optimize_anything import optimize_anything
            far = importlib.import_module("examples.packing.far.size")
            near = __import__("near")
            optimize_anything(seed_candidate="abc", evaluator=lambda candidate: far.size(candidate))
        """,
        far__size_py="import scipy\nsize = len\n",
        near_py="",
        other_py="import torch",
    )
    found = read_folder(source / "main.py")
    assert found.requirements == ["gepa", "scipy"] or found.requirements == ["scipy", "gepa"]
    assert {path for path in found.seed if path.startswith("evaluator/")} == {
        f"evaluator/examples/packing/{name}" for name in ("main.py", "far/size.py", "near.py")
    }


def test_packages_are_named_as_pypi_has_them_and_not_by_what_is_imported():
    judge = "from google import genai\nimport google.protobuf.text_format, git, jwt, ot, pysat.solvers\n"
    source = write("one", evaluator_py=f"{judge}def evaluate(path):\n    return {{}}\n",
                   initial_program_py=PROGRAM)  # fmt: skip
    assert read_folder(source).requirements == [
        "gitpython", "google-genai", "pot", "protobuf", "pyjwt", "python-sat",
    ]  # fmt: skip


def test_folder_with_several_gepa_scripts_asks_for_one(tmp_path):
    one = 'import gepa\ngepa.optimize(seed_candidate={"a": "b"}, trainset=[], adapter=len)\n'
    source = write("theirs", first_py=one, second_py=one)
    with pytest.raises(ProblemError, match=r"2 scripts \(first.py, second.py\); name one"):
        read_folder(source, ImportOptions())
    assert read_folder(source / "second.py", ImportOptions()).layout == "GEPA optimize"


def test_gepa_script_that_uses_more_of_the_package_needs_the_package(tmp_path):
    source = write("theirs", script_py=GEPA.replace("import gepa.optimize_anything as oa",
        "import gepa.optimize_anything as oa\n    from gepa.utils.code_execution import execute_code"))  # fmt: skip
    found = read_folder(source, ImportOptions())
    assert found.requirements == ["gepa"] and not found.stand_ins


ADAPTED = """
    import gepa
    from gepa import EvaluationBatch, GEPAAdapter
    class Length(GEPAAdapter):
        propose_new_texts = None
        def evaluate(self, batch, candidate, capture_traces=False):
            scores = [len(candidate["system"]) / each for each in batch]
            return EvaluationBatch(outputs=list(batch), scores=scores, trajectories=list(batch))
        def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
            return {name: [{"Feedback": "make it longer"}] for name in components_to_update}
    gepa.optimize(seed_candidate={"system": "abcd"}, trainset=[1, 2], valset=[3], adapter=Length(),
                  reflection_lm="openai/gpt-5", max_metric_calls=10)
"""


@pytest.mark.slow
def test_gepa_adapter_of_the_real_package_is_the_evaluator(capsys):
    """Installs gepa from PyPI into the sandbox."""
    source = write("theirs", script_py=ADAPTED)
    assert main(["import", str(source), "made", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["requirements"] == ["gepa"] and "valset" in told["unused"]
    main(["evaluate", "made", "seed", "--sandbox", "bubblewrap", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["metrics"]["score"] == 3.0, found["feedback"]
    assert "make it longer" in found["feedback"]


GEPA_ITSELF = """
    class EvaluationBatch:
        def __init__(self, outputs, scores, trajectories):
            self.scores = scores
    def optimize(*given, **named):
        raise SystemExit("the script was run past its call")
    optimize_anything = optimize
"""
ADAPTED_BESIDE = ADAPTED.replace("GEPAAdapter\n", "optimize\n").replace("(GEPAAdapter)", "")


def test_gepa_call_by_position_keeps_its_examples_and_its_adapter(capsys):
    before, _, _ = ADAPTED_BESIDE.partition("    gepa.optimize(")
    call = (
        '    gepa.optimize({"system": "abcd"}, [1, 2], [3], Length(), None, None, "openai/gpt-5")\n'
    )
    source = write("theirs", script_py=before + call, gepa_py=GEPA_ITSELF)
    found, told = evaluated(source, capsys)
    assert found["metrics"]["score"] == 3.0, found["feedback"]
    assert "valset" in told["unused"] and "reflection_lm" in told["unused"]


ASKS_A_MODEL = """
    import gepa
    def judge(candidate, *given):
        return 1.0
    WORDS = {"task_lm": "openai/gpt-5", "evaluator": judge}
    gepa.optimize(GIVEN)
"""


@pytest.mark.parametrize(
    "given", ["task_lm='m', evaluator=judge", "[], [], None, 'm', judge", "adapter=None, **WORDS"]
)
def test_gepa_script_whose_program_asks_a_task_lm_is_refused_in_one_line(given):
    call = f'{{"a": "b"}}, {given}' if given[0] == "[" else f'seed_candidate={{"a": "b"}}, {given}'
    with pytest.raises(ProblemError, match=r"without an adapter.*task_lm") as refused:
        read_folder(write("theirs", script_py=ASKS_A_MODEL.replace("GIVEN", call)))
    assert "\n" not in str(refused.value)


def test_gepa_evaluator_of_optimize_is_never_called_as_that_of_optimize_anything(capsys):
    text = ASKS_A_MODEL.replace("GIVEN", 'seed_candidate={"a": "b"}, **WORDS')
    found, _ = evaluated(write("theirs", script_py=text, gepa_py=GEPA_ITSELF), capsys)
    assert "gives no evaluator and no adapter" in found["feedback"] and not found["metrics"]


def test_script_named_alone_leaves_the_rest_of_its_folder(tmp_path):
    source = write("home", script_py=GEPA.replace("SEED =", "from near.mine import x; SEED ="),
                   near__mine_py="x = 1\n", near__data_yaml="a: 1\n", other_py="secret = 1\n", far__else_py="")  # fmt: skip
    found = read_folder(source / "script.py", ImportOptions())
    assert sorted(path for path in found.seed if path.startswith("evaluator/")) == [
        "evaluator/near/data.yaml", "evaluator/near/mine.py", "evaluator/script.py"
    ]  # fmt: skip


def test_script_named_alone_brings_the_files_and_folders_that_it_names(tmp_path):
    reads = (
        'HERE = __file__; NAMES = [f"{HERE}/words.txt", "data", "../up.txt", "/etc", "."]; SEED ='
    )
    source = write("home/examples", script_py=GEPA.replace("SEED =", f"from own import x; {reads}"),
                   own_py="open('more.csv'); x = 1\n", other_py="", data__deep__a_yaml="a: 1\n")  # fmt: skip
    for name in ("words.txt", "more.csv", "left.txt", "../up.txt"):
        (source / name).write_text("text")
    with (source / "large.bin").open("wb") as file:
        file.truncate(9 << 20)
    found = read_folder(source / "script.py", ImportOptions())
    assert sorted(path for path in found.seed if path.startswith("evaluator/")) == [
        "evaluator/data/deep/a.yaml", "evaluator/more.csv", "evaluator/own.py", "evaluator/script.py",
        "evaluator/words.txt",
    ]  # fmt: skip
    assert not any(
        "left out" in note for note in found.notes
    )  # what is not needed is not looked at


def test_folder_that_is_too_large_to_copy_is_said_in_one_line():
    source = write("theirs", script_py=GEPA, node_modules__a_py="", far__away__b_py="")
    for at in range(17):
        with (source / f"data-{at}.bin").open("wb") as file:
            file.truncate(8 << 20)
    with pytest.raises(ProblemError, match="more than 128 MiB, and each program") as refused:
        read_folder(source)
    assert "\n" not in str(refused.value)
    for at in range(5001):
        (source / f"{at}.txt").touch()
    with pytest.raises(ProblemError, match="more than 5000 files"):
        read_folder(source)
    assert read_folder(source / "script.py").program == "candidate.py"


@pytest.mark.parametrize(
    "seed",
    [
        'Path(__file__).parent / "start.py"',
        'Path(__file__).resolve().parent.joinpath("start.py")',
        'Path(__file__).with_name("start.py")',
        'Path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py"))',
        'HERE / "start.py"',
    ],
)
@pytest.mark.parametrize("read", ["({}).read_text()", "open({}).read().strip()"])
def test_gepa_candidate_that_is_read_from_a_file_beside_the_script_is_that_file(seed, read):
    text = "import os; from pathlib import Path; HERE = Path(__file__).parent; SEED ="
    text = GEPA.replace('SEED = "def answer():\\n    return 3.0\\n"', f"{text} {read.format(seed)}")
    source = write("theirs", script_py=text, start_py="def answer():\n    return 4.0")
    assert read_folder(source).seed["candidate.py"] == b"def answer():\n    return 4.0"
    (source / "start.py").unlink()
    with pytest.raises(ProblemError, match="--program FILE"):
        read_folder(source)


@pytest.mark.parametrize(
    "path", ['"../secret.txt"', '"/etc/hostname"', "(HERE / HERE / '..' / 'x')"]
)
def test_gepa_candidate_is_read_from_no_file_outside_the_scripts_folder(path):
    text = GEPA.replace("seed_candidate=SEED", f"seed_candidate=open({path}).read()")
    source = write("home/theirs", script_py=text)
    (source / "../secret.txt").write_text("secret")
    with pytest.raises(ProblemError, match="--program FILE"):
        read_folder(source)


def test_evaluators_own_packages_of_modules_are_not_asked_of_pypi_and_what_they_import_is():
    judge = "from pathlib import Path\nfrom lib.judge import compare\n"
    files = {"lib__judge_py": "import scipy\nfrom lib import deep\ncompare = max\n",
             "lib__deep__more_py": "import torch\n", "lib__deep____init___py": ""}  # fmt: skip
    one = write("one", evaluator_py=f"{judge}def evaluate(path):\n    return {{}}\n",
                initial_program_py=PROGRAM, **files)  # fmt: skip
    two = write("two", evaluate_py=judge, initial_py=PROGRAM, **files)
    for source in (one, two):
        assert read_folder(source).requirements == ["scipy"]


def test_settings_of_which_all_means_something_list_nothing():
    source = openevolve("def evaluate(path):\n    return {}\n", "llm: {primary_model: gpt-5}\n")
    assert read_folder(source).unused == []


def test_llm4ad_task_imports_its_template_by_its_own_name(capsys):
    source = write("theirs", template_py="template_program = 'def f(x):\\n    return x'\n", evaluation_py="""
        from llm4ad.base import Evaluation
        from template import template_program
        class Mine(Evaluation):
            def __init__(self):
                super().__init__(template_program=template_program)
            def evaluate_program(self, program_str, callable_func):
                return callable_func(3)
    """)  # fmt: skip
    found, told = evaluated(source, capsys)
    assert found["metrics"]["score"] == 3.0 and told["requirements"] == [], found["feedback"]


def test_eoh_task_is_made_as_its_script_says_and_its_template_is_the_program(capsys):
    source = write("theirs", get_instance_py="def items(n):\n    return list(range(n))\n", prob_py="""
        import os
        import sys
        sys.path.insert(0, os.path.dirname(__file__))
        from eoh import BaseProblem
        from get_instance import items
        class Mine(BaseProblem):
            template_program = '''
        def weigh(item: float) -> float:
            return np.abs(item) + 1.0
        '''
            task_description = ("Make the sum "
                                "small.")
            def __init__(self, n=2, timeout=7, n_processes=1):
                super().__init__(timeout=timeout, n_processes=n_processes)
                self.items = items(n)
            def evaluate_program(self, program_str, callable_func):
                return sum(map(callable_func, self.items))
    """, runEoH_py="""
        from eoh import EoH, LLMConfig
        from prob import Mine
        task = Mine(n=4, timeout=60, n_processes=4)
        EoH(llm=LLMConfig(api_key="sk"), problem=task, pop_size=4, operators=["e1"]).run()
    """)  # fmt: skip
    found, told = evaluated(source, capsys)
    assert found["metrics"]["fitness"] == 10.0, found["feedback"]
    assert told["layout"] == "EoH" and told["requirements"] == []
    assert told["unused"] == ["EoH pop_size", "EoH operators"]
    assert not list(Path("made").rglob("runEoH.py"))  # which holds a key
    text = Path("made/problem.toml").read_text()
    assert 'direction = "minimize"' in text and "time_s = 60.0" in text
    assert Path("made/statement.md").read_text() == "Make the sum small."


def test_option_that_a_layout_does_not_read_is_refused_in_one_line():
    write(
        "cards",
        initial_program_py=PROGRAM,
        evaluator_py="def evaluate(path): return {'score': 1.0}",
    )
    said = "--inputs and --arguments: a folder of OpenEvolve has no use for it"
    with pytest.raises(ProblemError, match=said):
        read_folder(Path("cards"), ImportOptions(inputs=(3,), arguments="--fast"))
    assert read_folder(Path("cards"), ImportOptions(objective="score")).objective == "score"


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_takes_only_options_that_there_are(name):
    assert set(LAYOUTS[name].takes) <= {each.name for each in fields(ImportOptions)}
