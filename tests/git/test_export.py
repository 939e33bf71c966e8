"""Programs put on branches of repositories as people set them up."""

import pytest
from git_set_ups import CHILD, EXPLICIT, SEED, commit_all, git, pointer, repository, store_large

from cladogen.errors import ConfigError
from cladogen.git.export import ExportedChange, export
from cladogen.problem.seed_repository import read_commit

CHANGED = ["lib/a.py", "lib/deep/b.py", "lib/deep/c.py"]


def exported(where, program=CHILD, seed=SEED):
    return export(
        where, ExportedChange(program, seed, "lib"), branch="evolved", message="a champion\n"
    )


def check(where, *at):
    """The branch holds the child, and nothing else was changed on it."""
    assert git(*at, "diff", "--name-only", "main", "evolved").split() == CHANGED
    assert git(*at, "show", "evolved:README") == "mine"
    assert read_commit(str(where), "evolved", "lib") == CHILD


def test_program_is_exported_to_a_repository_with_sha256_ids(tmp_path):
    made = repository(tmp_path / "theirs", "--object-format=sha256")
    assert len(exported(made)) == 64
    check(made, "-C", made)
    git("-C", made, "fsck", "--strict")


def test_program_is_exported_to_a_sparse_worktree(tmp_path):
    made = repository(tmp_path / "theirs")
    git("-C", made, "worktree", "add", "-q", "-b", "other", tmp_path / "tree")
    git("-C", tmp_path / "tree", "sparse-checkout", "set", "--cone", "--sparse-index", "nothing")
    exported(tmp_path / "tree")
    check(made, "-C", made)
    assert git("-C", tmp_path / "tree", "status", "--porcelain") == ""


def test_branch_that_another_worktree_is_on_is_not_moved(tmp_path):
    made = repository(tmp_path / "theirs")
    git("-C", made, "worktree", "add", "-q", "-b", "evolved", tmp_path / "tree")
    with pytest.raises(ConfigError, match="checked out"):
        export(made, ExportedChange(CHILD, SEED, "lib"), branch="evolved", message="x", force=True)


def test_program_is_exported_where_bare_repositories_must_be_named(tmp_path, monkeypatch):
    made = repository(tmp_path / "theirs")
    git("clone", "-q", "--bare", made, tmp_path / "bare.git")
    for name, value in EXPLICIT.items():
        monkeypatch.setenv(name, value)
    exported(tmp_path / "bare.git")
    check(tmp_path / "bare.git", f"--git-dir={tmp_path / 'bare.git'}")


def test_program_is_exported_to_a_partial_clone_whose_remote_is_away(tmp_path):
    made = repository(tmp_path / "theirs", files={"large": b"not here"})
    git("-C", made, "config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--filter=blob:none", "--sparse", f"file://{made}", tmp_path / "part")
    read_commit(str(tmp_path / "part"), "HEAD", "lib")  # what is replaced was fetched
    made.rename(tmp_path / "away")
    commit = exported(tmp_path / "part")
    listed = git("-C", tmp_path / "part", "ls-tree", "-r", "--name-only", commit).split()
    assert listed == ["README", "large", "lib/a.py", "lib/deep/c.py"]


def test_pointer_of_a_large_file_stays_one(tmp_path):
    data = b"weights" * 1000
    made = repository(tmp_path / "theirs", files={"lib/model.bin": pointer(data)})
    store_large(made, data)
    seed = read_commit(str(made), "main", "lib")
    exported(made, seed.replace({"a.py": b"a = 2\n"}), seed)
    assert git("-C", made, "diff", "--name-only", "main", "evolved") == "lib/a.py"


def test_submodule_stays_one_and_a_change_in_it_is_refused(tmp_path):
    made = repository(tmp_path / "theirs")
    git("-C", made, "submodule", "add", "-q", repository(tmp_path / "inner"), "lib/vendor")
    commit_all(made)
    seed = read_commit(str(made), "main", "lib")
    exported(made, seed.replace({"a.py": b"a = 2\n"}), seed)
    assert git("-C", made, "diff", "--name-only", "main", "evolved") == "lib/a.py"
    with pytest.raises(ConfigError, match="lib/vendor is a submodule and lib/vendor/README"):
        export(
            made, ExportedChange(seed.replace({"vendor/README": b"x"}), seed, "lib"), branch="other",
            message="x",
        )  # fmt: skip


def test_signing_and_variables_of_the_user_change_nothing(tmp_path, monkeypatch):
    made = repository(tmp_path / "theirs")
    git("-C", made, "config", "commit.gpgSign", "true")
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "another"))
    exported(made)
    check(made, "-C", made)
    assert not (tmp_path / "another").exists()
