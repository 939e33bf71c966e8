"""A problem without a seed program: the first programs are asked for, and the best that runs is #0."""

import shutil
from pathlib import Path

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

import cladogen
from cladogen.by_hand.desk import Desk
from cladogen.cli.main import main
from cladogen.errors import CladogenError, ProblemError
from cladogen.problem import load
from cladogen.record.store import Store
from cladogen.run_folder import create_run
from cladogen.settings import Settings
from cladogen.view.run_reader import RunReader

TOML = """
name = "closeness"
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "closeness"
"""
SCORER = """
from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", {"offset": 41})]


def score(case, output):
    return Scored({"closeness": -abs(float(output) - 3.0)})
"""
RUNS = {"sandbox": "local", "models": [["m", 1.0]], "noise_repeats": 1}


@pytest.fixture
def problem(tmp_path) -> Path:
    folder = tmp_path / "problem"
    folder.mkdir()
    (folder / "problem.toml").write_text(TOML)
    (folder / "statement.md").write_text("Return a number close to 3.\n")
    (folder / "scorer.py").write_text(SCORER)
    return folder


def whole(body: str) -> str:
    return f"Idea: begin\n\nx.py\n```python\ndef run(case):\n    {body}\n```\n"


def writer(*bodies: str):
    """Answer requests for first programs with these bodies in turn, and every other with nothing of use."""
    asked = iter(bodies)

    def act(seen) -> Answer:
        first = "There is no program yet" in seen.prompt and "refused" not in seen.prompt
        return Answer(whole(next(asked)) if first else "I have no idea.")

    return act


def searched(problem, provider, tmp_path, **options):
    options = {"first_programs": 3, "workers": 1, "max_calls": 12, "max_failing": 2, **options}
    options["proposer_options"] = {"price": "m=1,4", "output": 400, "notes_every": 0, "polish": 0}
    return cladogen.evolve(problem, run=tmp_path / "run", api_base=provider.url, **RUNS, **options)


def values(tmp_path) -> list[float]:
    with RunReader(tmp_path / "run") as reader:
        return [reader.score(number).fitness for number in range(reader.size)]


def test_best_of_the_first_programs_that_run_is_program_0(problem, tmp_path):
    with FakeProvider(writer("return 1.0", "return 2.5", "return 9.0")) as provider:
        searched(problem, provider, tmp_path)
    assert values(tmp_path)[:3] == [-0.5, -2.0, -6.0]
    assert "return 2.5" in (tmp_path / "run" / "seeds" / "0" / "x.py").read_text()


def test_first_programs_are_asked_for_with_statement_entry_and_an_example_case(problem, tmp_path):
    with FakeProvider(writer("return 1.0")) as provider:
        searched(problem, provider, tmp_path, first_programs=1)
    prompt = provider.seen[0].prompt
    for words in (
        "Return a number close to 3.",
        "x.py:run",
        "offset: 41",
        "There is no program yet",
    ):
        assert words in prompt, words


def test_first_program_that_crashes_is_repaired(problem, tmp_path):
    def act(seen) -> Answer:
        return Answer(whole("return 3.0" if "NameError" in seen.prompt else "return three"))

    with FakeProvider(act) as provider:
        searched(problem, provider, tmp_path, first_programs=1)
    assert values(tmp_path)[0] == 0.0


def test_run_in_which_no_first_program_works_says_every_reason_in_one_line(problem, tmp_path):
    script = writer("return three", "return 'x'")
    with FakeProvider(script) as provider, pytest.raises(ProblemError) as failure:
        searched(problem, provider, tmp_path, first_programs=2)
    said = str(failure.value)
    assert "none of 2 first programs runs" in said and "\n" not in said
    assert "1: crash" in said and "2: " in said


def test_reason_for_which_no_first_program_works_is_said_once(problem, tmp_path):
    with (
        FakeProvider(writer(*["return three"] * 6)) as provider,
        pytest.raises(ProblemError) as failure,
    ):
        searched(problem, provider, tmp_path, first_programs=2)
    said = str(failure.value)
    assert (
        said.count("NameError") == 1 and "none of 2 first programs runs: crash: NameError" in said
    )


def test_replies_are_not_paid_for_twice_and_the_next_programs_are_others(problem, tmp_path):
    with FakeProvider(
        writer("return three", "return four", "return 2.0", "return 1.0")
    ) as provider:
        with pytest.raises(ProblemError):
            searched(problem, provider, tmp_path, first_programs=2)
        failed = len(provider.seen)
        searched(problem, provider, tmp_path, first_programs=2, max_calls=30)
    assert failed and values(tmp_path)[:2] == [-1.0, -2.0]
    store = Store.open(tmp_path / "run")
    assert [event.body["evaluations"] for event in store.events("first")][-1] == 2
    store.close()


def test_killed_after_a_reply_the_same_command_asks_nobody_again(problem, tmp_path):
    with FakeProvider(writer("return 1.0", "return 2.0")) as provider:
        searched(problem, provider, tmp_path, first_programs=2)
        asked = len([seen for seen in provider.seen if "There is no program yet" in seen.prompt])
        shutil.rmtree(tmp_path / "run" / "seeds")  # as it was before the first programs were kept
        store = Store.open(tmp_path / "run", write=True)
        for table in ("results", "tasks", "programs", "evaluations", "events", "proposals"):
            store.database.execute(f"DELETE FROM {table}")
        store.close()
        searched(problem, provider, tmp_path, first_programs=2)
        again = len([seen for seen in provider.seen if "There is no program yet" in seen.prompt])
    assert again == asked and values(tmp_path)[:2] == [-1.0, -2.0]


def test_evaluations_of_first_programs_count_against_the_cap(problem, tmp_path):
    with FakeProvider(writer("return 1.0", "return 2.0")) as provider:
        found = searched(problem, provider, tmp_path, first_programs=2, max_evaluations=4)
    assert "4 evaluations" in found.ending.stop.text


@pytest.mark.parametrize("seed", [None, "", "\n"])
def test_without_a_model_one_line_says_how_a_first_program_comes_about(
    seed, problem, tmp_path, capsys
):
    if seed is not None:
        (problem / "seed").mkdir()
        (problem / "seed" / "x.py").write_text(seed)
    run = tmp_path / "run"
    assert main(["run", str(problem), "--sandbox", "local", "--run", str(run)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "no seed program" in said and "--model NAME" in said
    assert not run.exists()


@pytest.mark.parametrize("command", ["check", "evaluate"])
def test_commands_that_need_a_seed_program_say_that_there_is_none(command, problem, capsys):
    words = [command, str(problem), *(["seed"] if command == "evaluate" else [])]
    assert main([*words, "--sandbox", "local"]) == 2
    assert "no seed program; write one there" in capsys.readouterr().err


def test_program_is_evaluated_by_hand_where_there_is_no_seed(problem, tmp_path, capsys):
    (tmp_path / "x.py").write_text("def run(case):\n    return 2.0\n")
    assert main(["evaluate", str(problem), str(tmp_path / "x.py"), "--sandbox", "local"]) == 0
    assert "closeness -1" in capsys.readouterr().out


def test_read_only_files_of_a_seed_that_has_nothing_else_stay(problem):
    (problem / "seed").mkdir()
    (problem / "seed" / "help.py").write_text("LIMIT = 4\n")
    (problem / "seed" / "x.py").write_text("")
    blank = load(problem).blank
    assert blank is not None and sorted(blank) == ["help.py", "x.py"]


def test_seed_folder_in_which_nothing_may_change_is_still_a_mistake(problem):
    (problem / "seed").mkdir()
    (problem / "seed" / "y.py").write_text("def run(case):\n    return 1.0\n")
    with pytest.raises(ProblemError, match="matches no file of the seed"):
        load(problem)


async def test_person_or_agent_writes_the_first_program_through_ask_and_tell(problem, tmp_path):
    create_run(tmp_path / "run", problem, Settings(sandbox="local", noise_repeats=1)).close()
    desk = Desk(tmp_path / "run")
    task = await desk.ask("me")
    assert task.operator == "first" and "offset: 41" in task.prompt
    refused = await desk.tell(task.ticket, whole("return three"))
    assert refused.open and "NameError" in refused.reason
    receipt = await desk.tell(task.ticket, whole("return 2.0"))
    assert receipt.program == 0 and not receipt.open and receipt.metric == "closeness -1"
    after = await desk.ask("me")
    assert after.operator != "first" and after.parents == (0,)
    with pytest.raises(CladogenError):
        await desk.tell(99, whole("return 2.0"))


def test_task_of_a_first_program_names_no_parent(problem, tmp_path, capsys):
    create_run(tmp_path / "run", problem, Settings(sandbox="local", noise_repeats=1)).close()
    assert main(["ask", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out.split("\n")[0].endswith("run: the first program")


def test_agent_writes_the_first_program_into_an_empty_file(problem, tmp_path):
    (problem / "seed").mkdir()
    (problem / "seed" / "x.py").write_text("")
    (problem / "seed" / "agent.sh").write_text(
        "grep -q 'There is no program yet' TASK.md || exit 0\n"
        "printf 'def run(case):\\n    return 2.0\\n' > x.py\n"
    )
    options = {"command": "sh agent.sh", "sandbox": "local"}
    cladogen.evolve(
        problem, run=tmp_path / "run", sandbox="local", proposer="agent", proposer_options=options,
        first_programs=1, max_proposals=1, max_failing=1, noise_repeats=1,
    )  # fmt: skip
    assert values(tmp_path)[0] == -1.0
