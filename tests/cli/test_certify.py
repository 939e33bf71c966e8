"""A solution from anywhere is scored as data, and never executed."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cladogen.cli.main import main
from cladogen.problem.solution_file import LARGEST

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "tests" / "data" / "constructions"
CIRCLES = ROOT / "problems" / "circle_packing"


def certify(*words):
    return main(["certify", *map(str, words), "--sandbox", "local"])


def test_published_solution_is_certified_with_slack_and_distance_to_the_best_known(capsys):
    file = PUBLISHED / "circles_square_n26_certified_best.json"
    key = "values" if "values" in json.loads(file.read_text()) else "points"
    assert certify(CIRCLES, file, "--key", key) == 0
    out = capsys.readouterr().out
    assert "certified radii 2.6359830849176" in out and "slack" in out and "known" in out


def test_table_that_is_no_solution_says_how_to_name_its_entry(tmp_path, capsys):
    file = tmp_path / "table.json"
    file.write_text(json.dumps({"n": 26, "circles": [[0.5, 0.5, 0.1]] * 26}))
    assert certify(CIRCLES, file) == 3
    assert "one of n, circles: --entry NAME" in capsys.readouterr().out
    assert certify(CIRCLES, file, "--entry", "circles") == 0
    assert "--entry" not in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["json", "npy", "npz", "py", "txt"])
def test_every_form_of_file_gives_the_same(tmp_path, capsys, suffix):
    circles = np.array([[0.1 + 0.15 * (k % 6), 0.1 + 0.15 * (k // 6), 0.05] for k in range(26)])
    file, key = tmp_path / f"solution.{suffix}", []
    if suffix == "npy":
        np.save(file, circles)
    elif suffix == "npz":
        np.savez(file, circles=circles)
        key = ["--key", "circles"]
    else:
        text = json.dumps(circles.tolist())
        file.write_text(f"circles = {text}" if suffix == "py" else text)
    assert certify(CIRCLES, file, "--json", *key) == 0
    (found,) = json.loads(capsys.readouterr().out)["cases"]
    assert found["valid"] and found["value"] == pytest.approx(1.3)


def test_code_in_a_file_is_not_run(tmp_path, capsys):
    trap = tmp_path / "ran"
    file = tmp_path / "solution.py"
    file.write_text(f"import pathlib\nx = pathlib.Path({str(trap)!r}).touch()\n")
    assert certify(CIRCLES, file) == 2
    assert not trap.exists() and "code is not run here" in capsys.readouterr().err


def test_pickle_in_a_numpy_file_is_refused(tmp_path, capsys):
    np.save(tmp_path / "solution.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert certify(CIRCLES, tmp_path / "solution.npy") == 2
    assert "not a NumPy file of numbers" in capsys.readouterr().err


def numpy_file(shape, body=b""):
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + head.ljust(117) + b"\n" + body


def test_numpy_file_that_says_it_is_larger_than_any_memory_is_refused_in_a_line(tmp_path, capsys):
    file = tmp_path / "s.npy"
    for shape in ((10**13, 3), (10**30,), (7,)):
        file.write_bytes(numpy_file(shape))
        assert certify(CIRCLES, file) == 2
        said = capsys.readouterr().err
        assert "s.npy: not a NumPy file of numbers" in said and said.count("\n") == 1


def test_packed_numpy_file_that_is_broken_or_unpacks_to_much_is_refused_in_a_line(tmp_path, capsys):
    file = tmp_path / "s.npz"
    file.write_bytes(b"PK\x03\x04 and no more")
    assert certify(CIRCLES, file) == 2
    assert "s.npz: not a NumPy file of numbers" in capsys.readouterr().err
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("circles.npy", bytes(LARGEST + 1))
    assert file.stat().st_size < 1 << 20
    assert certify(CIRCLES, file) == 2
    assert "unpacks to more than 256 MiB" in capsys.readouterr().err


def test_device_is_no_solution(capsys):
    assert certify(CIRCLES, Path("/dev/zero")) == 2
    assert "/dev/zero: a device" in capsys.readouterr().err


def test_what_is_not_valid_says_why_and_exits_3(tmp_path, capsys):
    (tmp_path / "s.json").write_text("[[1, 2, 3]]")
    assert certify(CIRCLES, tmp_path / "s.json") == 3
    assert "NOT VALID: the packing has shape 1 x 3" in capsys.readouterr().out


def test_large_step_functions_can_be_expressed(tmp_path, capsys):
    np.save(tmp_path / "s.npy", np.ones(50_000))
    assert certify(ROOT / "problems" / "autocorrelation", tmp_path / "s.npy") == 0
    assert "certified bound 2.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("s.json", '{"circles": [[0.5, 0.5, NaN]]}', "['circles'][0][2] is not a number (NaN); a solution"),
        ("s.json", "[[0.5], [1e999]]", "[1][0] is infinite; a solution"),
        ("s.json", "-Infinity", "it is infinite; a solution"),
        ("s.py", "x = [{1, 2}]", "[0] is of the kind set; a solution"),
        ("s.txt", "[1, 2j]", "[1] is of the kind complex; a solution"),
    ],
)  # fmt: skip
def test_value_that_no_scorer_can_be_handed_is_named_with_its_position(
    tmp_path, capsys, name, text, words
):
    (tmp_path / name).write_text(text)
    assert certify(CIRCLES, tmp_path / name) == 2
    assert words in capsys.readouterr().err


def test_text_that_begins_with_a_byte_order_mark_is_read(tmp_path, capsys):
    file = tmp_path / "solution.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps([[0.5, 0.5, 0.0]] * 26).encode())
    assert certify(CIRCLES, file) == 0
    assert "radii" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("points.csv", b"0.5,0.5,0.1\n0.2,0.2,0.1\n"),
        ("points.csv", b"x,y,r\n0.5,0.5,0.1\n"),
        ("points.txt", b"0.5 0.5 0.1\n0.2 0.2 0.1\n"),
        ("points.json", b"0.5,0.5"),
        ("points.txt", "[[1]]".encode("utf-16")),
    ],
)
def test_file_of_another_format_is_told_which_are_read(tmp_path, capsys, name, data):
    (tmp_path / name).write_bytes(data)
    assert certify(CIRCLES, tmp_path / name) == 2
    assert "read are JSON, NumPy's .npy and .npz, and Python literals" in capsys.readouterr().err
