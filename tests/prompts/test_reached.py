"""Files in a prompt: those that the program or the statement uses; of others the names."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from small_record import small_problem

from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.prompts.reached import reached
from cladogen.prompts.rules import read_only

PROBLEMS = Path(__file__).parents[2] / "problems"
AROUND = {
    "run.py": "import agent.core\n",
    "agent/__init__.py": "",
    "agent/core.py": "from . import table\nDATA = open('data/rows.csv')\n",
    "agent/table.py": "from shared.units import metre\n",
    "shared/__init__.py": "",
    "shared/units.py": "metre = 1\n",
    "data/rows.csv": "1,2\n",
    "tools/improve.py": "import agent.core\n",
    "tools/rows.txt": "3\n",
}


def test_tools_beside_the_program_are_named_and_not_shown():
    problem = load(PROBLEMS / "repair_agent")
    section = read_only(problem, problem.seeds[0], 10_000).body
    assert "minilang.py (read-only)" in section and "run.py (read-only)" in section
    assert "def needed" not in section and "meta/improve.py" in section


@pytest.mark.parametrize("entry", ["run.py:run", ("python", "run.py")])
def test_imports_packages_and_named_data_are_used_and_what_uses_them_is_not(entry, tmp_path):
    problem = _problem(tmp_path, entry)
    program = Program.of({path: File(text.encode()) for path, text in AROUND.items()})
    assert set(program) - reached(program, problem) == {"tools/improve.py", "tools/rows.txt"}


def test_hidden_files_are_shown_only_where_what_may_change_imports_them(tmp_path):
    problem = replace(
        _problem(tmp_path, "run.py:run"), editable=("agent/*",), hidden=("shared/**", "data/**")
    )
    program = Program.of({path: File(text.encode()) for path, text in AROUND.items()})
    section = read_only(problem, program, 10_000).body
    assert "shared/units.py (read-only)" in section and "metre = 1" in section
    assert "1,2" not in section and "data/rows.csv" not in section
    assert "Never shown: the other files of shared/**, data/**." in section


def test_file_that_cannot_be_parsed_uses_what_it_names(tmp_path):
    files = {"run.py": b"print 'rows.csv'\n", "rows.csv": b"1\n", "other.csv": b"2\n"}
    program = Program.of({path: File(data) for path, data in files.items()})
    assert reached(program, _problem(tmp_path, "run.py:run")) == {"run.py", "rows.csv"}


def _problem(tmp_path, entry):
    return replace(small_problem(tmp_path), entry=entry, editable=("nothing",), build=())
