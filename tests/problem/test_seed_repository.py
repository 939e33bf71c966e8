"""Seed programs out of repositories as people set them up."""

import shutil

import pytest
from git_set_ups import EXPLICIT, SEED, commit_all, git, pointer, repository, store_large

from cladogen.errors import ProblemError
from cladogen.problem.read import _seed
from cladogen.problem.seed_repository import read_commit


@pytest.mark.parametrize("path", ["lib", "lib/", "./lib"[2:]])
def test_seed_is_read_from_a_repository_with_sha256_ids(tmp_path, path):
    made = repository(tmp_path / "theirs", "--object-format=sha256")
    assert read_commit(str(made), "main", path) == SEED


def test_seed_is_read_from_a_worktree_whose_checkout_is_sparse(tmp_path):
    made = repository(tmp_path / "theirs")
    git("-C", made, "worktree", "add", "-q", "-b", "other", tmp_path / "tree")
    git("-C", tmp_path / "tree", "sparse-checkout", "set", "--cone", "nothing")
    assert not (tmp_path / "tree" / "lib").exists()
    assert read_commit(str(tmp_path / "tree"), "HEAD", "lib") == SEED


def test_seed_is_read_where_bare_repositories_must_be_named(tmp_path, monkeypatch):
    made = repository(tmp_path / "theirs")
    git("clone", "-q", "--bare", made, tmp_path / "bare.git")
    for name, value in EXPLICIT.items():
        monkeypatch.setenv(name, value)
    assert read_commit(str(tmp_path / "bare.git"), "main", "lib") == SEED
    assert read_commit(f"file://{made}", "main", "lib") == SEED  # cloned, bare


def test_seed_is_read_from_a_partial_clone(tmp_path):
    made = repository(tmp_path / "theirs")
    git("-C", made, "config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{made}", tmp_path / "part")
    assert read_commit(str(tmp_path / "part"), "main", "lib") == SEED


def test_variables_of_a_hook_name_no_other_repository(tmp_path, monkeypatch):
    made = repository(tmp_path / "theirs")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert read_commit(str(made), "main", "lib") == SEED


@pytest.fixture
def with_submodule(tmp_path):
    inner = repository(tmp_path / "inner")
    made = repository(tmp_path / "theirs")
    git("-C", made, "submodule", "add", "-q", inner, "lib/vendor")
    commit_all(made)
    return made


def test_submodule_that_is_there_is_a_folder_at_its_commit(with_submodule):
    (with_submodule / "lib" / "vendor" / "README").write_text("later\n")
    commit_all(with_submodule / "lib" / "vendor")  # not what the outer commit names
    seed = read_commit(str(with_submodule), "main", "lib")
    assert seed.text("vendor/README") == "mine\n" and seed.text("vendor/lib/a.py") == "a = 1\n"
    assert set(SEED) < set(seed)


def test_submodule_that_is_not_there_is_one_line(with_submodule, tmp_path):
    git("clone", "-q", with_submodule, tmp_path / "clone")
    with pytest.raises(ProblemError, match=r"lib/vendor is a submodule.*submodule update --init"):
        read_commit(str(tmp_path / "clone"), "main", "lib")
    with pytest.raises(ProblemError, match="lib/vendor is a submodule"):
        read_commit(f"file://{with_submodule}", "main", "lib")


def test_large_file_is_read_where_lfs_keeps_it_and_named_where_it_is_not(tmp_path):
    data = b"weights" * 1000
    made = repository(tmp_path / "theirs", files={"lib/model.bin": pointer(data)})
    with pytest.raises(ProblemError, match=r"model.bin: a pointer of Git LFS.*git lfs pull"):
        read_commit(str(made), "main", "lib")
    store_large(made, data)
    assert read_commit(str(made), "main", "lib").files["model.bin"].data == data


def test_large_file_that_was_not_pulled_is_named_in_a_seed_folder_too(tmp_path):
    SEED.write(tmp_path / "seed")
    (tmp_path / "seed" / "model.bin").write_bytes(pointer(b"weights"))
    with pytest.raises(ProblemError, match=r"seed: model.bin: a pointer"):
        _seed(tmp_path / "seed")


def test_link_is_refused_with_its_place(tmp_path):
    made = repository(tmp_path / "theirs")
    (made / "lib" / "link").symlink_to("a.py")
    commit_all(made)
    with pytest.raises(ProblemError, match="lib/link is a link"):
        read_commit(str(made), "main", "lib")


def test_damaged_repository_is_one_line_with_gits_words(tmp_path):
    made = repository(tmp_path / "theirs")
    (made / ".git" / "HEAD").write_text("nothing")
    with pytest.raises(ProblemError, match="git could not read the seed: fatal"):
        read_commit(str(made), "main", "lib")
    shutil.rmtree(made / ".git")
    with pytest.raises(ProblemError, match="not a git repository"):
        read_commit(str(made), "main", "lib")
