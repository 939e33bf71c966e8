"""The projection into git: real repositories, whose commits are a function of the record."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cladogen.errors import RunError
from cladogen.git.commit_stream import CHUNK
from cladogen.git.keep_up import kept_up
from cladogen.git.projection import Projection
from cladogen.program import File, Program
from cladogen.proposal import Outcome
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.task import Propose

REFS = {"seed": 0, "best": 3, "elite/1": 3, "elite/2": 1}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def project(run: Path, refs=REFS) -> Projection:
    store = Store.open(run)
    projection = Projection(run)
    projection.catch_up(store, refs)
    store.close()
    return projection


def everything(run: Path) -> tuple[str, str]:
    """Return all refs and all reachable objects."""
    repository = run / "programs.git"
    return git(repository, "show-ref"), "".join(
        sorted(git(repository, "rev-list", "--all", "--objects"))
    )


def test_a_program_is_a_commit_whose_tree_is_its_id(small_run):
    commits = project(small_run).commits()
    store = Store.open(small_run)
    assert sorted(commits) == [0, 1, 2, 3, 4]
    for node in store.nodes():
        tree = git(
            small_run / "programs.git", "rev-parse", f"{commits[node.number]}^{{tree}}"
        ).strip()
        assert tree == node.program
        parents = git(
            small_run / "programs.git", "log", "-1", "--format=%P", commits[node.number]
        ).split()
        assert parents == [commits[parent] for parent in node.parents]
    store.close()
    git(small_run / "programs.git", "fsck", "--strict")


def test_log_diff_and_checkout_work_on_a_clone(small_run, tmp_path):
    project(small_run)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(small_run / "programs.git"), str(clone)], check=True)
    assert (clone / "a.py").read_text() == "def run(x):\n    return 3\n"  # HEAD is the best
    graph = git(clone, "log", "--graph", "--format=%s", "origin/best")
    assert "#3 cross: use both" in graph and "|" in graph
    assert "+    return 3" in git(clone, "diff", "origin/seed", "origin/best")
    git(clone, "checkout", "-q", "origin/elite/2")
    assert (clone / "a.py").read_text() == "def run(x):\n    return 4\n"
    told = git(
        clone, "log", "-1", "--format=%an|%cn|%(trailers:key=Score,valueonly)", "origin/best"
    ).strip()
    assert told == "cladogen|cladogen|excess=3, size=10"


def test_messages_carry_nothing_that_steers_a_terminal(small_run):
    project(small_run)
    assert "\x1b" not in git(small_run / "programs.git", "log", "--all")


def test_deleted_repository_comes_back_identical(small_run):
    project(small_run)
    before = everything(small_run)
    shutil.rmtree(small_run / "programs.git")
    project(small_run)
    assert everything(small_run) == before


def grow(made, count: int) -> None:
    for number in range(len(made.programs), count):
        made.child((max(0, number - 1 - number % 7),), {"a.py": f"x = {number}\n".encode()}, 9.0)


def test_catching_up_in_pieces_is_the_same_as_at_once(recorder):
    at_once, in_pieces = recorder("at_once"), recorder("in_pieces")
    ids = []
    for made in (at_once, in_pieces):
        made.seed(Program.of({"a.py": File(b"x = 0\n")}), 9.0)
    for stop in (1, 20, CHUNK, CHUNK + 3, 2 * CHUNK + 50):
        grow(in_pieces, stop)
        Projection(in_pieces.folder).catch_up(in_pieces.store, {"seed": 0})
        assert Projection(in_pieces.folder).catch_up(in_pieces.store, {"seed": 0}) == 0
    grow(at_once, 2 * CHUNK + 50)
    at_once.store.database.execute("ATTACH ? AS other", (str(in_pieces.folder / "run.db"),))
    at_once.store.database.execute(
        "UPDATE results SET at = (SELECT at FROM other.results o WHERE o.seq = main.results.seq)"
    )
    for made in (at_once, in_pieces):
        Projection(made.folder).catch_up(made.store, {"seed": 0})
        ids.append(everything(made.folder))
        made.store.close()
    assert ids[0] == ids[1]
    assert (
        git(at_once.folder / "programs.git", "rev-list", "--all").count("\n") == 2 * CHUNK + 50 + 3
    )


DAMAGE = pytest.mark.parametrize(
    "damage",
    [
        lambda repository: (repository / "cladogen.position").write_bytes(b"rubbish"),
        lambda repository: (repository / "cladogen.position").unlink(),
        lambda repository: [p.unlink() for p in (repository / "objects" / "pack").glob("*.pack")],
        lambda repository: [
            os.truncate(p, 40) for p in (repository / "objects" / "pack").glob("*.pack")
        ],
        lambda repository: (repository / "HEAD").unlink(),
        lambda repository: shutil.rmtree(repository / "refs"),
        lambda repository: (repository / "refs" / "cladogen" / "all").write_text("0" * 40 + "\n"),
        lambda repository: (repository / "refs" / "heads" / "best.lock").touch(),
    ],
    ids=[
        "position",
        "no position",
        "no pack",
        "short pack",
        "no HEAD",
        "no refs",
        "wrong ref",
        "lock left",
    ],
)


@DAMAGE
def test_damage_is_found_and_repaired(small_run, damage):
    projection = project(small_run)
    before = everything(small_run)
    for path in (projection.folder / "objects" / "pack").iterdir():
        path.chmod(0o644)
    damage(projection.folder)
    project(small_run)
    assert everything(small_run) == before


def own_work(repository: Path) -> dict[str, str]:
    """Do what a person may do in the repository: a branch, a commit on it, a light and an annotated tag."""
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    git(repository, "branch", "elite/mine", "seed")
    tree = git(repository, "rev-parse", "best^{tree}").strip()
    mine = git(repository, *who, "commit-tree", tree, "-p", "best", "-m", "my own").strip()
    git(repository, "update-ref", "refs/heads/topic/mine", mine)
    git(repository, "tag", "light", "elite/2")
    git(repository, *who, "tag", "-a", "-m", "kept", "weighty", mine)
    names = (
        "refs/heads/elite/mine",
        "refs/heads/topic/mine",
        "refs/tags/light",
        "refs/tags/weighty",
    )
    return {name: git(repository, "rev-parse", name).strip() for name in names}


@DAMAGE
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_branches_and_tags_of_a_person_outlive_a_repair(small_run, damage, packed):
    projection = project(small_run)
    own = own_work(projection.folder)
    if packed:
        git(projection.folder, "pack-refs", "--all")
        (projection.folder / "refs" / "cladogen").mkdir(exist_ok=True)
    for path in (projection.folder / "objects" / "pack").iterdir():
        path.chmod(0o644)
    damage(projection.folder)
    gone = (
        not packed and not (projection.folder / "refs").exists()
    )  # they went with the folder of refs
    projection = project(small_run)
    if not gone:
        assert {name: git(projection.folder, "rev-parse", name).strip() for name in own} == own
        assert (
            git(projection.folder, "cat-file", "-t", "weighty") == "tag\n" and projection.lost == []
        )
        assert git(projection.folder, "log", "-1", "--format=%s", "topic/mine") == "my own\n"
    git(projection.folder, "fsck", "--strict")
    assert not [path.name for path in small_run.glob("programs.git.*")]


def test_branch_whose_commit_is_damaged_is_named_and_its_repository_kept(small_run):
    projection = project(small_run)
    mine = own_work(projection.folder)["refs/heads/topic/mine"]
    path = projection.folder / "objects" / mine[:2] / mine[2:]
    path.chmod(0o644)
    path.write_bytes(b"")
    (projection.folder / "cladogen.position").unlink()
    projection = project(small_run)
    assert sorted(projection.lost) == ["refs/heads/topic/mine", "refs/tags/weighty"]
    assert (
        "refs/heads/topic/mine" in projection.words()
        and (small_run / "programs.git.damaged-1" / "HEAD").is_file()
    )
    assert git(projection.folder, "rev-parse", "light", "elite/mine").count("\n") == 2
    assert project(small_run).lost == []


def test_repair_that_is_killed_half_way_loses_no_branch(small_run):
    projection = project(small_run)
    own = own_work(projection.folder)
    for half_made in (False, True):
        projection.folder.rename(small_run / "programs.git.old")
        if half_made:
            subprocess.run(["git", "init", "-q", "--bare", str(projection.folder)], check=True)
        project(small_run)
        assert {name: git(projection.folder, "rev-parse", name).strip() for name in own} == own


def test_import_that_is_killed_leaves_nothing_behind(recorder):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 9.0)
    projection = Projection(made.folder)
    projection.catch_up(made.store, {"seed": 0})
    stream = projection._git("fast-import", "--quiet", "--done")
    killed = subprocess.run(
        stream, input=b"commit refs/heads/half\n", capture_output=True, check=False
    )
    assert killed.returncode and list(projection.folder.glob("fast_import_crash_*"))
    (projection.folder / "objects" / "pack" / "tmp_pack_half").write_bytes(b"half")
    grow(made, 3)
    assert projection.catch_up(made.store, {"seed": 0}) == 2
    left = [
        path.name
        for path in projection.folder.rglob("*")
        if "crash" in path.name or "tmp" in path.name
    ]
    assert left == []


def test_program_told_later_than_its_number_is_projected_when_told(recorder):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 9.0)
    waiting = made.programs[0].replace({"a.py": b"x = 1\n"})
    made.store.add_program(waiting, type(next(made.store.nodes()))(1, waiting.id, (0,), 99))
    made.programs.append(waiting)
    made.child((0,), {"a.py": b"x = 2\n"}, 8.0)
    projection = Projection(made.folder)
    assert projection.catch_up(made.store, {}) == 2
    assert sorted(projection.commits()) == [0, 2]
    made.store.add_result(Result(Propose(99), Outcome.ACCEPTED, 1), 0, Standing.NEW)
    assert projection.catch_up(made.store, {}) == 1
    assert sorted(projection.commits()) == [0, 1, 2]
    made.store.close()


def test_settings_of_the_user_change_nothing(small_run, tmp_path, monkeypatch):
    project(small_run)
    before = everything(small_run)
    (tmp_path / "config").write_text(
        "[user]\n name = somebody\n[init]\n defaultObjectFormat = sha256\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    shutil.rmtree(small_run / "programs.git")
    project(small_run)
    monkeypatch.undo()
    assert everything(small_run) == before


async def test_run_is_brought_level_when_it_ends(small_run):
    notices = []
    async with kept_up(small_run, lambda: REFS, notices.append):
        await asyncio.sleep(0)
    assert notices == []
    assert (
        git(small_run / "programs.git", "log", "-1", "--format=%s", "best")
        == "#3 cross: use both\n"
    )


async def test_run_goes_on_while_its_projection_is_kept_up(recorder):
    made, notices = recorder(), []
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 9.0)
    grow(made, CHUNK)
    async with kept_up(made.folder, lambda: {"seed": 0}, notices.append, interval_s=0.01):
        async with asyncio.timeout(60):
            while not Projection(made.folder).commits():  # noqa: ASYNC110  (the thread is on its way)
                await asyncio.sleep(0)
    assert notices == [] and len(Projection(made.folder).commits()) == CHUNK


async def test_run_without_git_ends_with_one_notice(small_run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    notices = []
    async with kept_up(small_run, dict, notices.append):
        await asyncio.sleep(0)
    assert len(notices) == 1 and "no git on this machine" in notices[0]


def test_no_git_is_one_clear_line(small_run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RunError, match="no git on this machine"):
        project(small_run)
