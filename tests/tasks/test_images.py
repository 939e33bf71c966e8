"""What a task's image would have: files copied and made, folders outside the working one, packages,
and what a checkout that nobody builds says of itself.
"""

import json
import subprocess

import pytest

from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluators.tasks import verdict
from cladogen.program import File
from cladogen.tasks.checkout import needs, package_roots, version_file
from cladogen.tasks.formats import read_tasks
from cladogen.tasks.image_recipe import read_recipe
from cladogen.tasks.installs import python_packages, system_packages
from cladogen.tasks.instructions import instructions
from cladogen.tasks.reading import moved_text
from cladogen.tasks.task_folder import TaskFolder

TASK = {
    "task.yaml": "instruction: Sum the numbers below /data and write them into /app/sum.txt.\n",
    "run-tests.sh": "uv pip install pytest==8.4.1 pandas\nuv run pytest $TEST_DIR/test_outputs.py\n",
    "solution.sh": "python check.py\ncat /data/in/*.txt | paste -sd+ | bc > /dev/null\n"
    "python -c \"import pathlib; print(sum(int(p.read_text()) for p in pathlib.Path('/data/in').glob('*')))\" > /app/sum.txt\n",
    "tests/test_outputs.py": "def test_sum():\n    assert open('/app/sum.txt').read().strip() == '5'\n",
    "client/Dockerfile": "FROM python:3.13 AS base\nWORKDIR /app\nCOPY in /data/in\n"
    "FROM base\n# made in the image\nRUN apt-get update && apt-get install -y curl jq \\\n  # a comment between\n  && pip install numpy==2.1\n"
    "COPY make.py check.py ./\nRUN python3 /app/make.py && rm /app/make.py\nRUN mkdir -p /data/out\n",
    "client/in/two.txt": "2\n",
    "client/make.py": "open('/data/in/three.txt', 'w').write('3')\n",
    "client/check.py": "import os\nassert not os.path.exists('/app/make.py')\n",
    "docker-compose.yaml": "services:\n  client:\n    build: {context: client}\n  server:\n    image: nginx\n",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_files_that_an_image_copies_outside_its_working_folder_or_makes_are_there(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        write(tmp_path / "theirs" / name, TASK)
    task = read_tasks(tmp_path / "theirs")[0]
    assert sorted(task.files) == [".root/data/in/two.txt", "check.py", "make.py"]
    assert task.statement == "Sum the numbers below .root/data and write them into ./sum.txt."
    assert main(["import", "theirs", "ours"]) == 0
    out = capsys.readouterr().out
    assert "one, two: services that stand beside it there are not here: server" in out
    assert "it installs pip numpy==2.1; apt jq" in out and out.count("is not built") == 1
    wanted = (tmp_path / "ours" / "requirements.txt").read_text()
    assert wanted == "pytest\n# numpy  # one ==2.1, two ==2.1\n# pandas  # one, two\n"
    assert main(["check", "ours", "--sandbox", "local"]) == 0, capsys.readouterr().out
    assert "2 tasks have a solution that passes" in capsys.readouterr().out


def test_solver_finds_what_the_image_made_and_not_what_made_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "theirs" / "one", TASK)
    write(
        tmp_path / "agent",
        {
            "run.py": "import pathlib\n\ndef run(task):\n    here = pathlib.Path(task['folder'])\n"
            "    seen = sorted(str(p.relative_to(here)) for p in here.rglob('*') if p.is_file())\n"
            "    assert seen == ['.root/data/in/three.txt', '.root/data/in/two.txt', '.root/data/out/.keep', 'check.py'], seen\n"
            "    (here / 'sum.txt').write_text('5')\n"
        },
    )
    assert main(["import", "theirs", "ours", "--program", "agent"]) == 0
    assert main(["evaluate", "ours", "ours/seed", "--sandbox", "local", "--json"]) == 0, (
        capsys.readouterr().out
    )
    assert '"solved": 1.0' in capsys.readouterr().out


def test_script_of_pytest_that_counts_a_reward_of_its_own_is_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    harbor = {
        "task.toml": '[environment]\nmemory = "2G"\n',
        "instruction.md": "Write 5 into /app/work/answer.txt",
        "environment/Dockerfile": "FROM python:3.13\nWORKDIR /app\nCOPY environment/work/. /app/work\nCOPY tests/. /tests\n",
        "environment/work/answer.txt": "4",
        "tests/test.sh": "pytest /tests/test_outputs.py || true  # with --ctrf\npython /tests/score.py\n",
        "tests/test_outputs.py": "def test_file():\n    assert open('/app/work/answer.txt')\n",
        "tests/score.py": "value = int(open('/app/work/answer.txt').read()) / 5\n"
        "open('/logs/verifier/reward.txt', 'w').write(str(value))\n",
        "solution/solve.sh": "cp /solution/right.txt /app/work/answer.txt\n",
        "solution/right.txt": "5",
    }
    harbor["tests/test.sh"] += "test -f /logs/verifier/reward.txt\n"
    write(tmp_path / "theirs" / "one", harbor)
    (task,) = read_tasks(tmp_path / "theirs")
    assert task.memory_mb == 2048 and list(task.files) == ["work/answer.txt"]
    assert task.reward and not any("test" in path for path in task.files)
    assert main(["import", "theirs", "ours"]) == 0
    assert (tmp_path / "ours" / "requirements.txt").read_text() == "pytest\npytest-json-ctrf\n"
    (tmp_path / "ours" / "requirements.txt").write_text("pytest\n")  # the other is not here
    capsys.readouterr()
    assert main(["check", "ours", "--sandbox", "local", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (found["untouched"], found["reference"]) == (0.8, 1.0)


def test_recipe_is_read_by_its_last_stage_and_the_stages_that_it_stands_on(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text(
        "FROM a AS base\nWORKDIR /app\nCOPY x ./\nFROM b AS other\nCOPY y /y\nFROM base\n"
        "COPY --from=other /y /app/y\nRUN cat > /app/z <<'EOF'\nFROM nowhere\nEOF\nRUN [\"make\"]\n"
    )
    recipe = read_recipe(path)
    assert [sources for sources, _, _ in recipe.copies] == [("x",)]
    assert recipe.commands == ("cat > /app/z <<'EOF'\nFROM nowhere\nEOF",)
    assert "FROM a)" in recipe.note and "1 COPY lines from other stages" in recipe.note
    assert [word for word, _ in instructions(path.read_text())].count("FROM") == 3


@pytest.mark.parametrize(
    ("script", "python", "system"),
    [
        ("uv venv t\nuv pip install pytest==8 'pandas>=2' -r more.txt", ("pytest==8", "pandas>=2"), ()),
        ("uvx -p 3.13 -w pytest==8.4.1 -w pytest-json-ctrf pytest /tests", ("pytest==8.4.1", "pytest-json-ctrf"), ()),
        ("apt-get update && apt-get install -y --no-install-recommends tmux jq \\\n gcc", (), ("jq", "gcc")),
        ("# pip install no\npython -m pip install 'x[y]==1' https://z/w.whl && rm -rf /x", ("x[y]==1",), ()),
        ("echo 'pip install", (), ()),
    ],
)  # fmt: skip
def test_packages_that_a_script_installs_are_named(script, python, system):
    assert (python_packages(script), system_packages(script)) == (python, system)


def test_build_outside_a_tasks_folder_is_refused(tmp_path):
    compose = "services: {client: {build: {context: ../..}}}\n"
    write(tmp_path / "theirs" / "one", {**TASK, "docker-compose.yaml": compose})
    with pytest.raises(ProblemError, match="outside the task's folder"):
        read_tasks(tmp_path / "theirs")


def test_row_of_a_project_with_a_src_folder_is_tested_on_its_own_files(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    clone = tmp_path / "rows" / "repositories" / "ada__lib"
    write(
        clone,
        {
            "src/lib/__init__.py": "from lib.built import version\n\ndef two():\n    return 3\n",
            "pyproject.toml": '[project]\ndependencies = ["attrs>=20"]\n'
            '[tool.setuptools_scm]\nwrite_to = "src/lib/built.py"\n',
            "tests/test_lib.py": "x = 1\n",
        },
    )
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(git, cwd=clone, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
    )
    row = {
        "instance_id": "ada__lib-1",
        "repo": "ada/lib",
        "version": "1.2",
        "base_commit": head.stdout.strip(),
        "problem_statement": "two() is wrong",
        "patch": "diff --git a/src/lib/__init__.py b/src/lib/__init__.py\n--- a/src/lib/__init__.py\n+++ b/src/lib/__init__.py\n@@ -3,2 +3,2 @@\n def two():\n-    return 3\n+    return 2\n",
        "test_patch": "diff --git a/tests/test_lib.py b/tests/test_lib.py\n--- a/tests/test_lib.py\n+++ b/tests/test_lib.py\n@@ -1 +1,5 @@\n-x = 1\n+import lib\n+\n+\n+def test_two():\n+    assert lib.two() == 2 and lib.version == '1.2.0'\n",
        "FAIL_TO_PASS": ["test_two"],  # as rows of SymPy name them
    }
    (tmp_path / "rows" / "rows.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["import", "rows/rows.jsonl", "ours"]) == 0
    out = capsys.readouterr().out
    assert "src/lib/built.py, which a build writes, is written here" in out and "1 task " in out
    assert "# attrs  # ada__lib-1 >=20" in (tmp_path / "ours" / "requirements.txt").read_text()
    assert main(["check", "ours", "--sandbox", "local"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("D=${D:-/app}; cd '/app/x' >/tests/log", "D=${D:-.}; cd './x' >T/log"),
        ("`/app`, /app. /app.py /apple x/app $HOME/app ${X}/tests ~/app", "`.`, .. /app.py /apple x/app $HOME/app ${X}/tests ~/app"),
    ],
)  # fmt: skip
def test_paths_of_a_container_are_moved_whole_and_no_parts_of_others(text, wanted):
    assert moved_text(text, {"/app": ".", "/tests": "T"}) == wanted


@pytest.mark.parametrize("path", ["/etc/v.py", "../v.py", "v.txt", "there.py", 5])
def test_version_file_is_written_only_where_a_project_lacks_it(path):
    text = f"[tool.setuptools_scm]\nversion_file = {json.dumps(path)}\n"
    files = {"pyproject.toml": File(text.encode()), "there.py": File(b"")}
    assert version_file(files, "1.0") == {}
    assert package_roots({"src/__init__.py": File(b""), "src/a/__init__.py": File(b"")}) == ()
    assert needs({"setup.cfg": File(b"[options]\ninstall_requires =\n  a>=1;x\n  b\n")}) == (
        "a>=1",
        "b",
    )
    assert (
        needs({"setup.cfg": File(b"no"), "pyproject.toml": File(b"[project]\ndependencies = 5")})
        == ()
    )


def test_tests_named_by_their_function_alone_count_where_only_one_has_it():
    task = TaskFolder("t", "", {}, {}, (), passing=("test_a", "test_b"))
    log = "PASSED x.py::test_a\nPASSED x.py::test_b\nPASSED y.py::test_b\n"
    share, words = verdict(task, {".outcome.log": File(log.encode())})
    assert share == 0.5 and "not test_b" in words


def test_names_that_rows_cut_at_a_blank_count_where_all_that_begin_so_pass():
    task = TaskFolder("t", "", {}, {}, (), passing=("x.py::test_a[b", "x.py::test_c[d"))
    log = "PASSED x.py::test_a[b c]\nPASSED x.py::test_a[b d]\nFAILED x.py::test_c[d e] - no\nPASSED x.py::test_c[d f]\n"
    share, words = verdict(task, {".outcome.log": File(log.encode())})
    assert share == 0.5 and "not x.py::test_c[d" in words


def test_parameters_of_which_rows_keep_the_last_part_of_a_path_count():
    task = TaskFolder("t", "", {}, {}, (), passing=("x.py::test_a[/end]", "x.py::test_a[/]"))
    log = "PASSED x.py::test_a[/here/at/the/end]\nPASSED x.py::test_a[/]\n"
    assert verdict(task, {".outcome.log": File(log.encode())})[0] == 1.0


def test_tests_that_are_a_package_and_folders_that_an_image_makes_empty_are_there(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    task = {
        "task.yaml": "instruction: Write 5 into /app/out/answer.txt\n",
        "run-tests.sh": "uv run pytest $TEST_DIR/test_outputs.py\n",
        "Dockerfile": "FROM python:3.13\nWORKDIR /app\nRUN mkdir -p /app/out\n",
        "solution.sh": "echo 5 > /app/out/answer.txt\n",
        "tests/__init__.py": "",
        "tests/wanted.py": "WANTED = '5'\n",
        "tests/test_outputs.py": "from pathlib import Path\nfrom .wanted import WANTED\n\n\ndef test_it():\n"
        "    assert open('/app/out/answer.txt').read().strip() == WANTED\n"
        "    assert len(list(Path('/app/out').iterdir())) == 1\n",
    }
    write(tmp_path / "theirs" / "one", task)
    assert main(["import", "theirs", "ours"]) == 0
    assert main(["check", "ours", "--sandbox", "local"]) == 0, capsys.readouterr().out
