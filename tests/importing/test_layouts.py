"""Folders in other projects' layouts run here, and what differs is said."""

import json
import textwrap
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.importing.folder import read_folder
from cladogen.importing.found import Choice

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
    assert (found["status"], found["feedback"]) == ("invalid", "too large; too large")


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
        read_folder(source, Choice())


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


def test_unknown_layout_is_said_in_one_line(tmp_path):
    with pytest.raises(ProblemError, match=r"neither a problem .* nor a layout"):
        read_folder(tmp_path, Choice())


def test_settings_that_are_no_yaml_are_said_in_one_line():
    source = openevolve("def evaluate(path):\n    return {}\n", "a: [1\n")
    with pytest.raises(ProblemError, match="not readable as YAML"):
        read_folder(source, Choice())
