"""`evolve check` of every shipped problem, as a user types it: nothing is found wrong with any."""

import json
from pathlib import Path

import pytest

from cladogen.cli.main import main

SHIPPED = sorted(path.parent for path in Path(__file__).parents[2].glob("problems/*/problem.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("problem", SHIPPED, ids=lambda path: path.name)
def test_check_finds_nothing_wrong_with_a_shipped_problem(problem, capsys):
    code = main(["check", str(problem), "--sandbox", "local", "--repeats", "2", "--json"])
    said = capsys.readouterr()
    assert code == 0, said.err + said.out
    found = json.loads(said.out)
    assert found["faults"] == 0 and found["training_cases"] > 0
    assert [seed["status"] for seed in found["seeds"]] == ["ok"] * len(found["seeds"])
    assert all(seed["deterministic"] for seed in found["seeds"])
    assert found["tried"] > 20 or problem.name == "latent_tree"
