"""The command evolve patch: the whole tree, or exit 3 and nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cladogen.cli.main import main
from cladogen.program import Program

CORPUS = Path(__file__).parents[1] / "data" / "patches"


def arguments(case: str, *more: str) -> list[str]:
    folder = CORPUS / case
    return ["patch", "--base", str(folder / "base"), "--reply", str(folder / "reply.md"), *more]


def test_reply_is_applied_to_a_new_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "tree"
    assert (
        main(
            arguments(
                "039-new-file",
                "--out",
                str(out),
                "--policy",
                str(CORPUS / "039-new-file" / "meta.json"),
            )
        )
        == 0
    )
    assert Program.read(out).id == Program.read(CORPUS / "039-new-file" / "expect").id
    assert capsys.readouterr().out.startswith("diff --git a/fft_impl.py b/fft_impl.py\n")
    assert [path.name for path in out.parent.iterdir()] == ["tree"]


def test_refused_reply_exits_3_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tree"
    assert main(arguments("033-ambiguous-undecidable", "--out", str(out))) == 3
    captured = capsys.readouterr()
    assert captured.err.startswith("ambiguous-context: layers.py") and not captured.out
    assert not list(tmp_path.iterdir())


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments("060-deletes-evolve-marker", "--json")) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "evolve-marker-changed"
    assert main(arguments("005-binpack-dead-zone", "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["applied"] and "+    gap = np.asarray" in said["patch"]


def test_bare_policy_object(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"protected": ["heuristic.py"]}')
    assert main(arguments("005-binpack-dead-zone", "--policy", str(policy))) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--policy", "{missing}"], "No such file"),
        (["--policy", "{broken}"], "not JSON"),
        (["--policy", "{listed}"], "not a JSON object"),
        (["--policy", "{unknown}"], "is not known"),
        (["--out", "{full}"], "not empty"),
    ],
)
def test_mistakes_exit_2_with_one_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken").write_text("{")
    (tmp_path / "listed").write_text("[]")
    (tmp_path / "unknown").write_text('{"allow_all": true}')
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    names = {
        name: str(tmp_path / name) for name in ("missing", "broken", "listed", "unknown", "full")
    }
    assert main(arguments("005-binpack-dead-zone", *(word.format(**names) for word in words))) == 2
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1


def test_reply_file_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    base = str(CORPUS / "005-binpack-dead-zone" / "base")
    assert main(["patch", "--base", base, "--reply", "/nowhere/reply.md"]) == 2
    assert main(["patch", "--base", "/nowhere", "--reply", "-"]) == 2
