"""A program whose own improver makes its children: what it is shown, when it is asked, who can be a parent."""

import json
import sys
from dataclasses import replace

import pytest
from toy_world import ToyEvaluator, number, opened, problem, toy_run

from cladogen.errors import ConfigError
from cladogen.evaluation import Score, Status
from cladogen.program import File, Program
from cladogen.proposers.evidence import FOLDER, gain
from cladogen.proposers.self_improve import STAGNANT, SelfImprove
from cladogen.record.model_calls import StoredCalls
from cladogen.search.budget import Caps

IMPROVER = """
import json, pathlib
seen = {path.stem: json.loads(path.read_text()) for path in pathlib.Path("EVIDENCE").glob("*.json")}
assert {row["case"] for row in seen["results"]} == {"a", "b"}, "what the cases gave is not there"
path = pathlib.Path("x.txt")
path.write_text(repr(float(path.read_text()) + 1.0) + "\\n")
notes = pathlib.Path("notes.txt")
notes.write_text((notes.read_text() if notes.exists() else "") + f"{len(seen['lineage'])}\\n")
pathlib.Path("EVIDENCE/results.json").write_text("[]")
pathlib.Path("EVIDENCE/mine.txt").write_text("left")
print("Idea: one more")
print("Expect: closeness +5")
"""
STOPS_AT = """
import pathlib, sys
path = pathlib.Path("x.txt")
value = float(path.read_text())
%s
path.write_text(repr(value + 1.0) + "\\n")
"""


def world(improver: str = IMPROVER):
    seed = Program.of({**number(0.0).files, "meta.py": File(improver.encode())})
    editable = ("x.txt", "meta.py", "notes.txt")
    command = (sys.executable, "meta.py")
    return replace(problem((seed,)), editable=editable, improver=command, entry=("true",))


async def improve(
    folder, proposals: int, improver: str = IMPROVER, *, time_s=20.0, caps=None, **options
):
    made, notices = world(improver), []
    store = opened(folder)
    run = toy_run(
        store,
        caps or Caps(proposals=proposals),
        problem=made,
        evaluator=ToyEvaluator(),
        proposer=None,
    )
    run.proposer = SelfImprove(
        made, budget=run.budget, calls=StoredCalls(store), time_s=time_s, sandbox="local",
        notify=notices.append, **options,
    )  # fmt: skip
    try:
        await run.search()
    finally:
        await run.proposer.close()
    return run, notices


async def test_improvers_notes_are_inherited_and_the_evidence_is_no_part_of_the_child(tmp_path):
    run, _ = await improve(tmp_path / "run", 3)
    child = run.record.program(1)
    assert set(child.files) == {"x.txt", "meta.py", "notes.txt"}
    assert child.text("notes.txt") == "1\n"
    grandchildren = [n for n in range(run.record.size()) if run.record.node(n).parents == (1,)]
    assert all(run.record.program(n).text("notes.txt") == "1\n2\n" for n in grandchildren)
    proposal = run.store.proposal(1)
    assert proposal.operator == "self_improve" and proposal.summary == "one more"
    assert proposal.expectation.change == 5 and proposal.expectation.before == -9.0
    assert run.budget.spend.unpriced == 0  # no network, so nothing can have been paid
    run.store.close()


async def test_child_that_only_changes_its_improver_is_a_program_of_its_own(tmp_path):
    learns = "open('notes.txt', 'a').write('learned\\n')"
    run, _ = await improve(tmp_path / "run", 3, learns)
    assert run.record.size() == 2 and run.record.program(1).text("x.txt") == "0.0\n"
    run.store.close()


async def test_child_that_cannot_improve_any_more_is_a_leaf_and_its_parent_is_asked(tmp_path):
    leaf = STOPS_AT % "if value >= 1.0: sys.exit(3)"
    run, notices = await improve(tmp_path / "run", 4, leaf)
    assert {run.record.node(n).parents for n in range(1, run.record.size())} == {(0,)}
    assert any("is a leaf: its improver ended with crash" in line for line in notices)
    assert all(proposal.parents == (0,) for proposal in run.store.proposals())
    run.store.close()


async def test_improver_that_changes_nothing_three_times_ends_the_run_and_says_so(tmp_path):
    run, _ = await improve(tmp_path / "run", 30, "print('Idea: nothing to do')")
    reasons = [row.reason for row in run.store.results() if row.ticket]
    assert reasons[:3] == ["the improver changed nothing"] * 3
    assert "no program of this lineage" in run.store.events("end")[-1].body["text"]
    assert run.record.size() == 1
    run.store.close()


@pytest.mark.parametrize(
    "harm, reason",
    [
        ("import os; os.unlink('meta.py')", "is a leaf: its improver"),
        ("import pathlib; pathlib.Path('other.txt').write_text('x')", "other.txt"),
        ("import os; os.symlink('/etc/passwd', 'link')", "link"),
        ("import sys; [sys.stdout.write('x' * 65536) for _ in range(1000)]", "the improver"),
        ("while True: pass", "timeout"),
        ("import os; os.mkdir('sub'); open('sub/.git', 'w').write('gitdir: ../x')", "sub/.git"),
        ("open('.gitmodules', 'w').write('path = s')", "gitmodules"),
        ("[open(f'f{n}.txt', 'w').close() for n in range(100_000)]", "the improver"),
        ("import os; os.makedirs('s/.git'); open('s/.git/HEAD', 'w').write('x')", "changed nothing"),
    ],
)  # fmt: skip
async def test_improver_that_does_harm_is_one_line_and_nothing_is_lost(tmp_path, harm, reason):
    run, notices = await improve(tmp_path / "run", 1, harm, time_s=1.0)
    rows = [row for row in run.store.results() if row.ticket]
    fitness = run.record.score(0).fitness
    run.store.close()
    said = " ".join([row.reason for row in rows] + notices)
    assert rows and not [row for row in rows if "\n" in row.reason]
    assert reason in said
    assert fitness == -9.0


async def test_improver_that_leaves_too_many_files_is_told_so_and_nothing_is_taken(tmp_path):
    harm = "[open(f'f{n}.txt', 'w').close() for n in range(20_002)]"
    run, _ = await improve(tmp_path / "run", 1, harm, time_s=60.0)
    (reason, *_) = [row.reason for row in run.store.results() if row.ticket]
    run.store.close()
    assert "left more than 2000" in reason and "\n" not in reason


def test_problem_without_an_improver_is_a_mistake():
    with pytest.raises(ConfigError, match=r"names no improver; say in problem\.toml"):
        SelfImprove(problem())


def test_seed_with_a_file_where_evidence_goes_is_a_mistake():
    seed = Program.of({**number(0.0).files, f"{FOLDER}/x": File(b"")})
    with pytest.raises(ConfigError, match="EVIDENCE/x, where evidence is laid"):
        SelfImprove(replace(problem((seed,)), improver=("true",)))


async def test_heldout_results_are_not_in_the_evidence(tmp_path):
    from cladogen.proposers.evidence import evidence

    run, _ = await improve(tmp_path / "run", 1)
    files = evidence(run.problem, run.record, 0, 1)
    rows = json.loads(files[f"{FOLDER}/results.json"].data)
    assert {row["case"] for row in rows} == set(run.evaluator.train)
    run.store.close()


def test_gain_counts_only_cases_that_both_were_measured_on():
    from cladogen.evaluation import Score, Status

    before = Score(Status.OK, utilities={"a": 0.0, "b": 1.0})
    after = Score(Status.OK, utilities={"b": 0.5, "c": 1.0})
    assert gain(before, after) == -0.5 and gain(None, after) is None


PAYS = """
import pathlib
path = pathlib.Path("x.txt")
path.write_text(repr(float(path.read_text()) + 1.0) + "\\n")
print('{"cost_usd": 0.25}')
"""


async def test_check_of_a_child_is_charged_what_its_improver_cost(tmp_path):
    run, _ = await improve(
        tmp_path / "run",
        1,
        PAYS,
        caps=Caps(proposals=1, usd=5.0),
        network="localhost:9",
        usd_each=1.0,
    )
    spend = run.budget.spend
    assert spend.usd == pytest.approx(0.5) and spend.calls == 2 and not spend.unpriced
    run.store.close()


async def test_check_that_the_cap_does_not_pay_for_is_left_and_said(tmp_path):
    run, notices = await improve(
        tmp_path / "run",
        1,
        PAYS,
        caps=Caps(proposals=1, usd=1.0),
        network="localhost:9",
        usd_each=1.0,
    )
    assert run.budget.spend.usd == pytest.approx(0.25)
    assert any("is not checked: budget" in line for line in notices)
    run.store.close()


REGRESSES = """
import pathlib
path = pathlib.Path("x.txt")
value = float(path.read_text())
path.write_text(repr(value + 1.0 if value < 2.0 else 40.0 + value) + "\\n")
"""


@pytest.mark.parametrize(("revert", "parents"), [(False, [0, 1, 2, 3]), (True, [0, 1, 2, 2])])
async def test_program_that_regressed_gives_its_turn_to_its_parent_where_that_is_asked_for(
    tmp_path, revert, parents
):
    made, store = world(REGRESSES), opened(tmp_path / "run")
    parts = {"problem": made, "evaluator": ToyEvaluator(), "proposer": None}
    run = toy_run(store, Caps(proposals=4), archive="sequential", **parts)
    run.proposer = SelfImprove(
        made, budget=run.budget, calls=StoredCalls(store), sandbox="local", revert=revert
    )
    try:
        await run.search()
    finally:
        await run.proposer.close()
    assert [proposal.parents[0] for proposal in store.proposals()] == parents
    store.close()


async def test_other_programs_have_their_turn_when_nothing_got_better_for_long(tmp_path):
    made, store = world(REGRESSES), opened(tmp_path / "run")
    parts = {"problem": made, "evaluator": ToyEvaluator(), "proposer": None}
    run = toy_run(store, Caps(proposals=STAGNANT + 6), archive="sequential", **parts)
    run.proposer = SelfImprove(
        made, budget=run.budget, calls=StoredCalls(store), sandbox="local", revert="true"
    )
    try:
        await run.search()
    finally:
        await run.proposer.close()
    asked = [proposal.parents[0] for proposal in store.proposals()]
    assert set(asked[4:STAGNANT]) == {2} and {0, 1} & set(asked[STAGNANT:])
    store.close()


def test_gain_of_an_objective_without_a_range_is_in_its_own_unit():
    """Utilities of such an objective are all 0, and say nothing."""

    def scored(value: float) -> Score:
        return Score(
            Status.OK, value, cases={"a": value, "b": value}, utilities={"a": 0.0, "b": 0.0}
        )

    failed = Score(Status.CRASH, utilities={"a": 0.0, "b": 0.0})
    assert gain(scored(2.0), scored(3.5)) == 1.5
    assert gain(scored(2.0), failed) is None
