"""Every template of `evolve init` makes a problem that works, where its tools are."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from provider.acts import by_step
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.cli.templates import TEMPLATES
from cladogen.patch import apply_reply
from cladogen.problem import load
from cladogen.record.store import Store
from cladogen.sandboxes.devices import present

TOOLS = {"cpp": "g++", "rust": "rustc", "javascript": "node"}
ON_A_GPU = {"cuda", "triton"}
SANDBOX = "bubblewrap" if shutil.which("bwrap") else "local"


def works(tool: str) -> bool:
    """Tell whether a tool is here and starts: a launcher without what it launches does not."""
    found = shutil.which(tool)
    if found is None:
        return False
    started = subprocess.run([found, "--version"], capture_output=True, check=False)
    return started.returncode == 0


@pytest.fixture
def made(tmp_path, request):
    """The problem folder of the template that the test names."""
    name = request.param
    if name in TOOLS and not works(TOOLS[name]):
        pytest.skip(f"no {TOOLS[name]} on this machine")
    assert main(["init", str(tmp_path / name), "--template", name]) == 0
    return tmp_path / name


TOURS = sorted(set(TEMPLATES) - ON_A_GPU - {"agent"})
on_this_machine = pytest.mark.parametrize("made", TOURS, indirect=True)
on_a_gpu = pytest.mark.parametrize("made", sorted(ON_A_GPU), indirect=True)


@on_this_machine
def test_seed_program_of_a_template_is_built_and_scored(made, capsys):
    assert (
        main(["evaluate", str(made), "seed", "--sandbox", SANDBOX, "--json", "--split", "all"]) == 0
    )
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["status"] == "ok", found
    problem = load(made)
    size = next(axis for axis in problem.axes if axis.metric == "size")
    assert size.low < found["metrics"]["size"] < size.high and problem.name == made.name
    assert 0.7 < found["metrics"]["length"] < 1.3


@pytest.mark.parametrize("made", ["python", "repository"], indirect=True)
def test_template_is_searched_from_the_command_line(made, tmp_path):
    run = str(tmp_path / "run")
    words = ["run", str(made), "--sandbox", "local", "--run", run, "--max-proposals", "2"]
    assert main([*words, "--workers", "1", "--plain"]) == 0


@pytest.mark.parametrize("made", ["repository"], indirect=True)
def test_template_of_a_repository_lets_new_files_in_and_leaves_its_runner(made):
    problem = load(made)
    parent = problem.seeds[0]
    reply = "Idea: more\n\ntour/more.py\n```python\nMORE = 1\n```\n"
    assert "tour/more.py" in apply_reply(parent, reply, problem.policy, ended=True).program
    with pytest.raises(Exception, match=r"run\.py"):
        apply_reply(parent, reply.replace("tour/more.py", "run.py"), problem.policy, ended=True)


@pytest.mark.parametrize("made", ["agent"], indirect=True)
def test_agent_of_a_template_improves_itself_without_a_model(made, tmp_path, capsys):
    run = str(tmp_path / "run")
    words = ["run", str(made), "--sandbox", SANDBOX, "--run", run, "--max-proposals", "8"]
    assert main([*words, "--workers", "1", "--plain"]) == 0
    capsys.readouterr()
    assert main(["tree", run, "--json"]) == 0
    told = capsys.readouterr().out
    assert main(["best", run, "--json"]) == 0
    best = json.loads(capsys.readouterr().out)
    assert best["number"] > 0 and '"parents"' in told
    assert main(["show", run, "best"]) == 0
    shown = capsys.readouterr().out
    assert "meta/notes.json" in shown and "agent/skills.json" in shown and "self_improve" in shown


@pytest.mark.parametrize("made", ["agent"], indirect=True)
def test_agent_of_a_template_asks_a_model_where_one_is_named(made, tmp_path, capsys):
    run = str(tmp_path / "run")
    with FakeProvider(by_step("`text[::-1]`")) as provider:
        words = ["run", str(made), "--sandbox", SANDBOX, "--run", run, "--max-proposals", "1"]
        asked = ["--model", "small", "--api-base", provider.url, "--price", "small=1,4"]
        done = main([*words, *asked, "--workers", "1", "--plain"])
        assert done == 0, capsys.readouterr().out
        assert provider.count() >= 2  # the expansion, and the check of the child
    store = Store.open(Path(run))
    skills = json.loads(store.program(1).text("agent/skills.json"))
    store.close()
    assert "text[::-1]" in skills.values()


@on_a_gpu
def test_template_for_a_gpu_asks_for_one_and_says_where_there_is_none(made, capsys):
    problem = load(made)
    assert problem.sandbox.gpus == "1" and problem.sandbox.exclusive
    assert main(["check", str(made), "--sandbox", "bubblewrap"]) == 2
    assert "GPU, which only docker can give" in capsys.readouterr().err


@on_a_gpu
def test_scorer_of_a_template_for_a_gpu_takes_the_right_counts_only(made, tmp_path, capsys):
    """The scorer counts by itself; what a program returns is read as data."""
    sys.path.insert(0, str(made))
    try:
        import scorer

        case = scorer.cases({"numbers": 5000, "rounds": 1})[0]
        right = np.bincount(scorer.drawn(case.input["seed"], 5000), minlength=256).tolist()
        assert scorer.score(case, right).metrics["right"] == 1.0
        with pytest.raises(Exception, match="1 of 256 counts"):
            scorer.score(case, [right[0] + 1, *right[1:]])
    finally:
        sys.path.remove(str(made))
        sys.modules.pop("scorer", None)


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="no nvcc on this machine")
@pytest.mark.parametrize("made", ["cuda"], indirect=True)
def test_cuda_template_compiles(made, tmp_path):
    build = load(made).build
    done = subprocess.run(
        build, cwd=made / "seed", capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not present(), reason="no GPU on this machine")
@on_a_gpu
def test_template_for_a_gpu_is_scored(made, capsys):
    assert main(["evaluate", str(made), "seed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["status"] == "ok"


def test_files_of_all_templates_end_with_a_line_and_name_the_folder():
    for name, files in TEMPLATES.items():
        assert 'name = "NAME"' in files["problem.toml"], name
        assert all(
            text.endswith("\n") and not Path(path).is_absolute() for path, text in files.items()
        )


@pytest.mark.slow
@pytest.mark.parametrize("made", [*TOURS, "agent"], indirect=True)
def test_check_finds_nothing_wrong_with_a_template(made, capsys):
    code = main(["check", str(made), "--sandbox", SANDBOX, "--repeats", "2"])
    said = capsys.readouterr()
    assert code == 0, said.out + said.err
