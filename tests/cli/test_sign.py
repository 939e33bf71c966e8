"""A signed report says what a run found; anybody can check it and measure again."""

import json
import stat

import pytest

from cladogen import evolve
from cladogen.cli.main import main
from cladogen.problem import load
from cladogen.problem.shipped import SHIPPED
from cladogen.signing.comparison import compared
from cladogen.signing.report import hashes


def heights():
    first = 3.0
    return [first, 2.0]


def near_ten(output):
    return -abs(sum(output) - 10)


@pytest.fixture
def signed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    evolve(heights, near_ten, run="run", sandbox="local", workers=1, max_proposals=12)
    assert main(["sign", "run", "--out", "report.json"]) == 0
    capsys.readouterr()
    return tmp_path / "report.json"


def verify(*words):
    return main(["verify", *map(str, words), "--problem", "run", "--sandbox", "local"])


def test_report_is_small_names_everything_by_hash_and_its_key_is_private(signed, tmp_path):
    content = json.loads(signed.read_text())
    report = content["report"]
    assert signed.stat().st_size < 4000 and str(tmp_path) not in signed.read_text()
    assert len(report["program"]["tree"]) == 40 and len(report["problem"]["scorer_sha256"]) == 64
    assert report["results"]["train"] and report["certified"] is True
    (key,) = (tmp_path / "settings").rglob("*.pem")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not list((tmp_path / "run").rglob("*.pem"))


def test_report_of_the_program_agrees_when_measured_again(signed, capsys):
    assert verify(signed, "ships") == 0
    out = capsys.readouterr().out
    assert "good, by" in out and "DIFFERS" not in out


def test_another_program_does_not_agree(signed, tmp_path, capsys):
    assert verify(signed, "seed") == 3
    assert "DIFFERS: " in capsys.readouterr().out


def test_changed_report_is_refused(signed, capsys):
    signed.write_text(signed.read_text().replace('"number": ', '"number": 1'))
    assert verify(signed, "ships") == 2
    assert "it was changed" in capsys.readouterr().err


def test_what_stands_beside_a_report_and_is_not_signed_is_refused(signed, capsys):
    content = json.loads(signed.read_text())
    signed.write_text(json.dumps({**content, "verdict": "the best ever"}))
    assert verify(signed) == 2
    assert "verdict: not signed; take it out" in capsys.readouterr().err


def test_report_that_a_key_names_twice_is_refused(signed, capsys):
    signed.write_text(signed.read_text().replace('"seed": ', '"seed": 7, "seed": ', 1))
    assert verify(signed) == 2
    assert "not a signed report" in capsys.readouterr().err


def test_report_by_another_key_is_refused(signed, capsys):
    assert verify(signed, "ships", "--key", "00" * 32) == 2
    assert "not by 0000" in capsys.readouterr().err


def test_what_is_no_report_is_said_in_one_line(signed, capsys):
    signed.write_text("[]")
    assert verify(signed, "ships") == 2
    assert "not a signed report" in capsys.readouterr().err


def test_report_alone_is_checked_by_its_signature_and_says_that_nothing_was_measured(
    signed, capsys
):
    assert main(["verify", str(signed)]) == 0
    out = capsys.readouterr().out
    assert "good, by" in out and "give the PROGRAM" in out and "the mean over 1 case" in out
    assert main(["verify", str(signed), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checks"] == []


def test_program_of_a_run_is_measured_on_that_runs_problem(signed, capsys):
    assert main(["verify", str(signed), "run@ships", "--sandbox", "local"]) == 0
    assert "DIFFERS" not in capsys.readouterr().out


def test_program_whose_problem_nobody_knows_is_one_line(signed, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    assert main(["verify", str(signed), "mine", "--sandbox", "local"]) == 2
    assert "name its folder with --problem DIR" in capsys.readouterr().err


def test_report_that_cannot_be_measured_now_is_not_said_to_differ(tmp_path, monkeypatch, capsys):
    """On a machine that is too busy, say; a scorer that ends stands for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    broken = tmp_path / "broken"
    source = f"import os\nif os.path.exists({str(broken)!r}): os._exit(1)\nreturn float(output)"
    write_problem(tmp_path / "problem", source)
    words = ["--run", "run", "--sandbox", "local", "--max-proposals", "2"]
    assert main(["run", "problem", *words]) == 0
    assert main(["sign", "run", "--out", "report.json"]) == 0
    broken.touch()
    assert verify("report.json", "ships") == 2
    assert "nothing is said of the report, verify again" in capsys.readouterr().err


def write_problem(folder, body):
    (folder / "seed").mkdir(parents=True)
    (folder / "seed" / "main.py").write_text("def run(case):\n    return 3.0\n")
    (folder / "scorer.py").write_text(
        "from cladogen.scoring import Case\ndef cases(parameters):\n    return [Case('a')]\n"
        f"def score(case, output):\n    {body.replace(chr(10), chr(10) + '    ')}\n"
    )
    (folder / "problem.toml").write_text(
        'name = "small"\n[program]\neditable = ["main.py"]\nentry = "main.py:run"\n'
        '[objective]\nmetric = "height"\n[metrics.height]\ndirection = "maximize"\n'
    )


def test_noise_of_a_values_last_bits_is_no_difference():
    problem = load(SHIPPED / "minmax_ratio")
    said = {"a": 0.9545369364331867, "b": 3.0, "c": None}
    report = {
        "problem": hashes(problem), "program": {"tree": problem.seeds[0].id}, "results": {"train": said},
    }  # fmt: skip
    found = {**said, "a": 0.9545369364331868}
    checks = compared(report, problem, problem.seeds[0], {"train": found})
    assert all(each.agrees for each in checks)
    for other in ({"a": 0.954536937}, {"b": 3.0000001}, {"c": 1.0}, {"b": None}):
        (*_, last) = compared(report, problem, problem.seeds[0], {"train": said | other})
        assert not last.agrees and last.words.startswith("1 of 3 cases differ")
