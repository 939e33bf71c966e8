"""Runs that an earlier version wrote are listed, shown, continued, replayed and exported by this one."""

import json
import zipfile
from contextlib import closing
from pathlib import Path

import git
import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.record.store import Store

RUNS = Path(__file__).parent / "data" / "runs"
PROGRAMS = {"offline": 25, "model": 16}


@pytest.fixture(params=sorted(PROGRAMS))
def old(request, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return unpacked(request.param, tmp_path)


@pytest.fixture
def of_model(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    return unpacked("model", tmp_path)


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(RUNS / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return folder / name


def said(capsys, *words) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_old_run_is_listed_and_its_programs_are_shown(old, capsys):
    listed = json.loads(said(capsys, "list", old.parent, "--json"))
    (run,) = listed if isinstance(listed, list) else listed["runs"]
    assert run["programs"] == PROGRAMS[old.name] and "proposals" in run.values()
    for number in range(PROGRAMS[old.name]):
        assert f"#{number}" in said(capsys, "show", old, number)
    assert said(capsys, "list", old, "--proposals", "--json")
    assert said(capsys, "stats", old) and said(capsys, "tree", old, "--all")


def test_best_program_and_verdict_of_an_old_run_are_what_they_were(old, capsys):
    best = said(capsys, "best", old)
    assert {"offline": "#1", "model": "#4"}[old.name] in best
    assert {"offline": "-0.003406", "model": "-0.01446"}[old.name] in best
    assert "return base *" in said(capsys, "diff", old)


def test_old_run_replays_to_the_same_tree(old, capsys):
    assert main(["replay", str(old), "--json"]) in (0, 1)  # 1: something came out differently
    report = json.loads(capsys.readouterr().out)
    # Which of several equal programs stands in the short list may be chosen better than then.
    assert [d for d in report["differences"] if not d.startswith("the short list")] == []
    assert report["programs"] == PROGRAMS[old.name] - 1
    with closing(Store.open(old)) as then, closing(Store.open(Path(f"{old}-replay"))) as now:
        assert list(then.nodes()) == list(now.nodes())


def test_old_run_is_exported_to_a_repository_and_as_commits(old, capsys, tmp_path):
    with git.Repo.init(tmp_path / "theirs", initial_branch="main") as repo:
        author = git.Actor("a", "a@example.org")
        (tmp_path / "theirs" / "x.py").write_text("def run(case):\n    return 0\n")
        repo.git.add(all=True)
        repo.index.commit("first", author=author, committer=author)
        said(capsys, "export", old, tmp_path / "theirs", "--branch", "evolved")
        assert "return base *" in repo.git.show("evolved:x.py")
    said(capsys, "git", old)
    with git.Repo(old / "programs.git") as projected:
        assert len(list(projected.iter_commits("--all"))) >= PROGRAMS[old.name]


def test_old_run_without_a_model_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    old = unpacked("offline", tmp_path)
    with closing(Store.open(old)) as store:
        before = list(store.nodes())
    said(capsys, "run", "--resume", old, "--max-proposals", 28, "--plain")
    with closing(Store.open(old)) as store:
        assert len(list(store.proposals())) == 28
        assert list(store.nodes())[: len(before)] == before


def test_reply_that_an_old_run_had_paid_for_is_used_and_not_asked_for_again(of_model, capsys):
    killed_after_the_last_reply(of_model)
    with FakeProvider(lambda seen: Answer("nothing")) as provider:
        said(capsys, "run", "--resume", of_model, "--api-base", provider.url, "--plain")
        assert provider.count() == 0
    with closing(Store.open(of_model)) as store:
        assert len(list(store.nodes())) == PROGRAMS["model"]
        assert store.open_tasks() == []


def test_old_run_with_a_model_goes_on_where_it_stopped(of_model, capsys):
    def act(seen):
        value = 1 + seen.step
        return Answer(
            f"Idea: {value}\n\nx.py\n```python\ndef run(case):\n    return {value}\n```\n"
        )

    with FakeProvider(act) as provider:
        words = ("--api-base", provider.url, "--max-proposals", 21, "--plain")
        said(capsys, "run", "--resume", of_model, *words)
        assert provider.count() >= 3
    with closing(Store.open(of_model)) as store:
        assert len(list(store.proposals())) == 21


def killed_after_the_last_reply(run: Path) -> None:
    """Take back what came after the last reply, as ``kill -9`` at that moment would have left it."""
    with closing(Store.open(run, write=True)) as store, store.transaction():
        (number,) = store.database.execute("SELECT MAX(number) FROM programs").fetchone()
        for table, column in (
            ("programs", "number"),
            ("evaluations", "program"),
            ("results", "program"),
        ):
            store.database.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
        store.database.execute("DELETE FROM events WHERE kind IN ('end', 'final')")
