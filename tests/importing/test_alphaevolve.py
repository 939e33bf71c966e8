"""Experiments of AlphaEvolve in their published form: read, run, and written again."""

import json
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.importing.folder import import_notes, read_folder

CONFIG = {
    "title": "Flat sums",
    "problemDescription": "Return a number near ten.",
    "programLanguage": "python",
    "runSettings": {"maxPrograms": 40, "concurrency": 3, "maxDuration": "90s"},
    "generationSettings": {"models": [{"name": "some-flash", "weight": 0.7}], "contextSize": 3},
    "evolutionSettings": {"islands": 4},
}
CODE = "# EVOLVE-BLOCK-START\ndef answer():\n    return 3.0\n# EVOLVE-BLOCK-END\n"
SCORES = {"scores": {"scores": [{"metric": "near", "score": -7.0}]}}
FIRST = {
    "name": "e/alphaEvolvePrograms/1",
    "content": {
        "files": [{"path": "helper.py", "content": "TEN = 10\n"},
                  {"path": "program.py", "content": CODE}]
    },
    "evaluation": SCORES,
}  # fmt: skip
CHILD = {**FIRST, "name": "e/alphaEvolvePrograms/2", "parentPrograms": [FIRST["name"]]}
EVALUATOR = """
from alpha_evolve import scoring
from alpha_evolve.models import (
    AlphaEvolveEvaluationInsight, AlphaEvolveEvaluationInsights, AlphaEvolveEvaluationScore,
    AlphaEvolveEvaluationScores, AlphaEvolveProgramEvaluation,
)

def near_evaluation(program):
    files = {each["path"]: each["content"] for each in program["content"]["files"]}
    space, insights = {}, []
    try:
        exec(files["program.py"], space)
        score = -abs(space["answer"]() - 10)
    except Exception as error:
        score = scoring.hard_penalty()
        insights = [AlphaEvolveEvaluationInsight(label="error", text=str(error))]
    return AlphaEvolveProgramEvaluation(
        scores=AlphaEvolveEvaluationScores(
            scores=[AlphaEvolveEvaluationScore(metric="near", score=score)]
        ),
        insights=AlphaEvolveEvaluationInsights(insights=insights),
    ).model_dump()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def theirs(experiment, programs, evaluator=EVALUATOR):
    folder = Path("theirs")
    folder.mkdir()
    (folder / "experiment.json").write_text(json.dumps(experiment))
    if programs is not None:
        (folder / "programs.json").write_text(json.dumps(programs))
    (folder / "evaluate.py").write_text(evaluator)
    return folder


EXPERIMENT = {"name": "e", "config": CONFIG, "initialAlphaEvolveProgram": FIRST["name"]}


def test_experiment_becomes_a_problem_that_runs(capsys):
    folder = theirs(EXPERIMENT, {"alphaEvolvePrograms": [CHILD, FIRST]})
    found = read_folder(folder)
    assert (found.name, found.program, found.objective) == ("Flat_sums", "program.py", "near")
    assert found.defaults == {"max_proposals": 39, "workers": 3, "max_seconds": 90.0}
    assert found.unused == ["evolutionSettings.islands", "generationSettings.contextSize"]
    assert "models: --model gemini/some-flash=0.7" in import_notes(found)
    assert main(["import", "theirs", "made"]) == 0
    capsys.readouterr()
    main(["evaluate", "made", "seed", "--sandbox", "local", "--json"])
    assert json.loads(capsys.readouterr().out)["metrics"]["near"] == -7.0


def test_program_that_got_the_penalty_has_no_score(capsys):
    theirs(EXPERIMENT, {"alphaEvolvePrograms": [FIRST]})
    assert main(["import", "theirs", "made"]) == 0
    Path("made/seed/program.py").write_text(CODE.replace("return 3.0", "return 1 / 0"))
    capsys.readouterr()
    main(["evaluate", "made", "seed", "--sandbox", "local", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "invalid" and "division by zero" in json.dumps(told)


def test_names_may_be_written_as_in_python():
    config = {"title": "t", "problem_description": "words", "run_settings": {"max_programs": 5}}
    found = read_folder(theirs(config, [{**FIRST, "name": "x"}]))
    assert found.statement == "words" and found.defaults == {"max_proposals": 4}


@pytest.mark.parametrize(
    ("programs", "evaluator", "words"),
    [
        ({"alphaEvolvePrograms": [CHILD]}, EVALUATOR, "no program that an experiment begins with"),
        ({"alphaEvolvePrograms": [{"name": "a"}]}, EVALUATOR, "has no files"),
        ([{"content": {"files": [{"path": "../../x", "content": ""}]}}], EVALUATOR, "no files"),
        ([FIRST], "def run(program):\n    return 1\n", "no function of one program"),
        ([{**FIRST, "evaluation": {}}], "def evaluate(x):\n    return 1\n", "--objective"),
    ],
)
def test_experiment_that_lacks_something_is_one_line(programs, evaluator, words):
    experiment = {"config": CONFIG}
    with pytest.raises(ProblemError, match=words):
        read_folder(theirs(experiment, programs, evaluator))


def test_file_that_is_no_json_is_one_line():
    folder = theirs(EXPERIMENT, [FIRST])
    (folder / "experiment.json").write_text("{")
    with pytest.raises(ProblemError, match=r"experiment.json: cannot be read as JSON"):
        read_folder(folder)


def test_run_is_written_as_an_experiment_and_read_again(capsys):
    assert main(["init", "mine"]) == 0
    run = ["run", "mine", "--run", "r", "--sandbox", "local", "--max-evaluations", "24", "--plain"]
    assert main(run) == 0
    folder = Path("theirs")
    folder.mkdir()
    assert main(["export", "r", "--alphaevolve", "theirs/experiment.json"]) == 0
    written = json.loads((folder / "experiment.json").read_text())
    programs = written["alphaEvolvePrograms"]
    assert written["experiment"]["config"]["programLanguage"] == "python"
    assert len(programs) > 1 and all(each["parentPrograms"] for each in programs[1:])
    scores = programs[0]["evaluation"]["scores"]["scores"]
    assert {each["metric"] for each in scores} and all(each["score"] <= 0 for each in scores[:1])
    (folder / "evaluate.py").write_text("def evaluate(program):\n    return {}\n")
    found = read_folder(folder)
    assert found.layout == "AlphaEvolve experiment" and found.program in found.seed
