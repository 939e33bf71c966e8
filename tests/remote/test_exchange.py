"""Several engines, one search: elites go through a git repository that nobody serves."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cladogen.errors import ProblemError
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.record.store import Store
from cladogen.remote.exchange import place_of
from cladogen.remote.shared_place import PlaceAway, SharedPlace

TOML = """
name = "digits"
[program]
editable = ["x.txt"]
[evaluator]
class = "digits.py:Judge"
[objective]
metric = "value"
[metrics.value]
"""

# Each engine can set one of three digits only: 999 takes what all three found.
DIGITS = """
import asyncio

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.patch import make_diff
from cladogen.program import File, Program
from cladogen.proposal import Proposal


class Judge:
    train, heldout = ("a",), ()

    def __init__(self, problem):
        pass

    async def evaluate(self, program, cases=None, *, seed=0, fresh=False, known=None):
        await asyncio.sleep(0.05)
        value = float(program.text("x.txt").split()[0])
        return (Evaluation(program.id, "a", seed, Status.OK, {"value": value}, output=program.id,
                           usage=Usage(0.01)),)

    async def trials(self, base, variants, *, seed=0):
        return ()


class OneDigit:
    def __init__(self, problem, which="0"):
        self.which = int(which)

    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        digits = list(parent.text("x.txt").split()[0])
        digits[self.which] = "9"
        text = "".join(digits) + f" {self.which} {task.ticket}\\n"
        child = Program.of({"x.txt": File(text.encode())})
        return Proposal(task.ticket, "digit", task.parents, make_diff(parent, child))

    async def repair(self, proposal, failure, record, rng):
        return None

    def tell(self, proposal, result):
        pass
"""


@pytest.fixture
def problem(tmp_path):
    folder = tmp_path / "digits"
    (folder / "seed").mkdir(parents=True)
    (folder / "problem.toml").write_text(TOML)
    (folder / "digits.py").write_text(DIGITS)
    (folder / "seed" / "x.txt").write_text("000\n")
    return folder


@pytest.fixture
def bare(tmp_path):
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "bare.git")], check=True)
    return tmp_path / "bare.git"


@pytest.fixture
def begin(problem):
    """Begin a run in a process of its own; whatever is left of it at the end is killed."""
    begun = []

    def started(*arguments):
        begun.append(_begin(problem, *arguments))
        return begun[-1]

    yield started
    for process in begun:
        process.kill()
        process.communicate()


def _begin(problem: Path, run: str, which: int, *options: str) -> subprocess.Popen:
    evolve = shutil.which("evolve", path=str(Path(sys.executable).parent))
    command = [
        evolve, "run", problem, "--run", problem.parent / run, "--json", "--workers", "1",
        "--proposer", "digits.py:OneDigit",
        "--proposer-option", f"which={which}", "--max-seconds", "200", *options,
    ]  # fmt: skip
    with (problem.parent / f"{run}.errors").open("w") as errors:
        return subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=errors, text=True
        )


def lines(process: subprocess.Popen) -> list[dict]:
    """Return the lines that are left."""
    return [json.loads(line) for line in process.stdout]


def read_until(process: subprocess.Popen, fits) -> dict:
    for line in process.stdout:
        if fits(event := json.loads(line)):
            return event
    raise AssertionError(f"the run ended before, with exit code {process.wait()}")


def program(text: str) -> Program:
    return Program.of({"x.txt": File(text.encode())})


@pytest.mark.slow
def test_three_engines_find_together_what_none_finds_alone_and_one_is_killed(problem, bare, begin):
    share = ("--share", str(bare), "--share-every", "0.3")
    first = begin("run0", 0, *share)
    others = [begin(f"run{at}", at, *share, "--target", "999") for at in (1, 2)]
    read_until(
        others[0],
        lambda event: event.get("operator") == "shared" and event["metrics"]["value"] >= 900,
    )
    first.kill()
    for process in others:
        (end,) = [line for line in lines(process) if line["event"] == "end"]
        assert process.wait() == 0
        assert end["stop"]["kind"] == "target"
    log = subprocess.run(
        ["git", "-C", bare, "for-each-ref", "--format=%(refname)", "refs/heads/cladogen"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert len(log) == 3

    store = Store.open(problem.parent / "run1")
    offered = [each.summary for each in store.proposals() if each.operator == "shared"]
    store.close()
    assert offered  # what came from elsewhere is a recorded proposal, and was measured here
    assert len(set(offered)) == len(offered)


@pytest.mark.slow
def test_run_that_never_hears_from_the_others_goes_on_and_says_so_once(tmp_path, begin):
    nowhere = tmp_path / "no" / "such.git"
    share = ("--share", str(nowhere), "--share-every", "0.1", "--max-proposals", "40")
    process = begin("run", 0, *share)
    told = lines(process)
    assert process.wait() == 0
    (said,) = [line["text"] for line in told if "such.git" in line.get("text", "")]
    assert "the run goes on by itself meanwhile" in said
    assert told[-1]["stop"]["kind"] == "proposals"


async def test_what_one_engine_adds_another_reads_whole(tmp_path, bare):
    one = SharedPlace(str(bare), tmp_path / "one.git", "p", "one")
    two = SharedPlace(str(bare), tmp_path / "two.git", "p", "two")
    files = {"a b/ü.py": File(b"x\r\n\0", True), 'q"\\.txt': File(b"")}
    given = [(Program.of(files), "first\n"), (program("2"), "second\n")]
    await one.add(given)
    await one.push()
    elites = await two.look(set())
    assert [elite.engine for elite in elites] == ["one", "one"]
    assert [await two.program(elite) for elite in elites] == [each for each, _ in given]
    assert dict((await two.program(elites[0])).files) == files
    assert await two.look({elites[0].tree}) == elites[1:]
    assert await one.look(set()) == []  # its own are not from elsewhere
    assert await one.given() == {elite.tree for elite in elites}


async def test_searches_of_other_problems_are_not_heard(tmp_path, bare):
    one = SharedPlace(str(bare), tmp_path / "one.git", "p", "one")
    await one.add([(program("1"), "first\n")])
    await one.push()
    assert await SharedPlace(str(bare), tmp_path / "two.git", "q", "two").look(set()) == []


async def test_engine_that_lost_its_own_repository_goes_on_with_its_branch(tmp_path, bare):
    one = SharedPlace(str(bare), tmp_path / "one.git", "p", "one")
    await one.add([(program("1"), "first\n")])
    await one.push()
    shutil.rmtree(tmp_path / "one.git")
    again = SharedPlace(str(bare), tmp_path / "one.git", "p", "one")
    await again.look(set())
    await again.add([(program("2"), "second\n")])
    await again.push()
    two = SharedPlace(str(bare), tmp_path / "two.git", "p", "two")
    assert len(await two.look(set())) == 2


@pytest.fixture
def link_in(tmp_path, bare):
    """Somebody left a link where programs are looked for."""
    work = tmp_path / "work"
    for command in (
        ["git", "init", "--quiet", str(work)],
        ["ln", "-s", "/etc/passwd", str(work / "x.txt")],
        ["git", "-C", str(work), "add", "x.txt"],
        ["git", "-C", str(work), "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "x"],
        ["git", "-C", str(work), "push", "-q", str(bare), "HEAD:refs/heads/cladogen/p/evil"],
    ):
        subprocess.run(command, check=True)
    return bare


async def test_link_that_somebody_left_is_no_program(tmp_path, link_in):
    two = SharedPlace(str(link_in), tmp_path / "two.git", "p", "two")
    (elite,) = await two.look(set())
    with pytest.raises(ProblemError, match="link or a submodule"):
        await two.program(elite)


async def test_place_that_does_not_answer_is_said_in_git_s_words(tmp_path):
    place = SharedPlace(str(tmp_path / "none.git"), tmp_path / "one.git", "p", "one")
    with pytest.raises(PlaceAway, match="does not appear to be a git repository"):
        await place.look(set())


async def test_remote_that_would_run_a_command_is_refused_by_git(tmp_path):
    place = SharedPlace("ext::sleep 100", tmp_path / "one.git", "p", "one")
    with pytest.raises(PlaceAway, match="not allowed"):
        await asyncio.wait_for(place.look(set()), 60)


def test_branch_is_named_so_that_two_runs_never_share_one(problem, tmp_path):
    read = load(problem)
    one, two = (place_of(tmp_path / name, "x", read) for name in ("a b", "c"))
    assert one.engine != two.engine
    assert " " not in one.engine
