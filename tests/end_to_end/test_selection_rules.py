"""Selection rules in the world without a model, through the real engine: who wins, and by how much.

Forty seeds in every run of the suite. The large comparison, 250 seeds of every rule and the null world, is run when
CLADOGEN_NIGHTLY is set (ten minutes on two cores).
"""

import json
import os
from pathlib import Path

import pytest

from cladogen.cli.main import main

WORLD = str(Path(__file__).parents[2] / "problems" / "latent_tree")
OWN = "clade:counts=own"


def means(capsys, out, problem, arms, seeds):
    """Return the mean true quality of what each arm ships after 800 evaluations."""
    arguments = [
        "bench",
        problem,
        "--arms",
        arms,
        "--only",
        "--baseline",
        arms.split(",")[0],
        "--out",
        str(out),
    ]
    arguments += [
        "--seeds",
        str(seeds),
        "--max-evaluations",
        "800",
        "--points",
        "0",
        "--jobs",
        "2",
        "--json",
    ]
    assert main(arguments) == 0
    rows = json.loads(capsys.readouterr().out.strip().splitlines()[-1])["arms"]
    assert all(row["seeds"] == seeds and row["evaluations"] <= 800 for row in rows)
    return {row["arm"]: row["mean"] for row in rows}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_clade_archive_ships_better_agents_than_darwin_godel_machine_and_that_than_greedy(
    capsys, tmp_path
):
    mean = means(capsys, tmp_path, WORLD, "greedy,dgm,clade", 40)
    assert mean["greedy"] + 0.05 < mean["dgm"]
    assert mean["dgm"] + 0.10 < mean["clade"]


nightly = pytest.mark.skipif(
    not os.environ.get("CLADOGEN_NIGHTLY"), reason="set CLADOGEN_NIGHTLY=1 to run it"
)


@nightly
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_large_comparison_comes_to_the_known_values(capsys, tmp_path):
    mean = means(capsys, tmp_path, WORLD, f"greedy,dgm,hyperagents,clade,{OWN}", 250)
    wanted = {"greedy": 0.49, "dgm": 0.63, "hyperagents": 0.58, OWN: 0.83, "clade": 0.88}
    assert mean == pytest.approx(wanted, abs=0.04)
    assert mean["clade"] > mean[OWN]


@nightly
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_clade_and_own_counts_do_not_differ_where_a_lineage_tells_nothing(capsys, tmp_path):
    mean = means(capsys, tmp_path, f"{WORLD}:null", f"clade,{OWN}", 250)
    assert abs(mean["clade"] - mean[OWN]) < 0.06
