"""Runs as files: read back by other programs, with text that tries to be more than text."""

import csv
import json
import re
import subprocess
from contextlib import closing

import networkx
import pytest
from large_run import large_run

from cladogen.cli.main import main
from cladogen.program import File, Program
from cladogen.view.run_reader import RunReader

HOSTILE = (
    '=HYPERLINK("http://x") </script><script>alert(1)</script> "quoted\\" \x00 \u202e new\nline'
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return large_run(tmp_path_factory.mktemp("exports") / "runs" / "tour", 60)


@pytest.fixture
def hostile(recorder):
    made = recorder("steps")
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    how = {
        "operator": HOSTILE,
        "model": HOSTILE,
        "summary": HOSTILE,
        "prompt": HOSTILE,
        "reply": HOSTILE,
    }
    made.child((0,), {"a.py": HOSTILE.encode()}, 3.0, **how)
    made.store.close()
    return made.folder


def test_csv_and_json_have_a_row_for_each_program(run, tmp_path, capsys):
    assert (
        main(
            [
                "export",
                str(run),
                "--csv",
                str(tmp_path / "t.csv"),
                "--rows",
                str(tmp_path / "t.json"),
            ]
        )
        == 0
    )
    assert "60 programs" in capsys.readouterr().out
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    objects = json.loads((tmp_path / "t.json").read_text())
    with RunReader(run) as reader:
        for entry, row, each in zip(reader.entries, rows, objects, strict=True):
            assert int(row["number"]) == each["number"] == entry.number
            assert each["fitness"] == entry.score.fitness
            assert each["metric.length"] == entry.score.metrics.get("length")
            assert row["parents"].split() == [str(parent) for parent in entry.node.parents]


def test_parquet_reads_back_or_names_what_is_missing(run, tmp_path, capsys):
    path = tmp_path / "t.parquet"
    code = main(["export", str(run), "--parquet", str(path)])
    try:
        import pyarrow.parquet
    except ImportError:
        assert code == 2 and "pip install pyarrow" in capsys.readouterr().err
        assert not path.exists()
        return
    assert pyarrow.parquet.read_table(path).num_rows == 60


def test_spreadsheet_computes_nothing_of_what_a_model_wrote(hostile, tmp_path):
    assert main(["export", str(hostile), "--csv", str(tmp_path / "t.csv")]) == 0
    with (tmp_path / "t.csv").open(newline="") as file:
        row = list(csv.DictReader(file))[1]
    assert row["summary"].startswith("'=") and "\x00" not in row["summary"]


def test_graphs_hold_every_program_and_edge(run, hostile, tmp_path):
    assert (
        main(["export", str(run), "--graphml", str(tmp_path / "g"), "--dot", str(tmp_path / "d")])
        == 0
    )
    graph = networkx.read_graphml(tmp_path / "g")
    text = (tmp_path / "d").read_text()
    with RunReader(run) as reader:
        edges = {(parent, row.number) for row in reader.entries for parent in row.node.parents}
    assert {(int(a), int(b)) for a, b in graph.edges} == edges
    assert {(int(a), int(b)) for a, b in re.findall(r"p(\d+) -> p(\d+);", text)} == edges
    assert main(["export", str(hostile), "--dot", str(tmp_path / "h")]) == 0
    lines = (tmp_path / "h").read_text().splitlines()
    assert (
        len(
            [
                line
                for line in lines
                if re.fullmatch(r'  p\d \[label="(?:[^"\\]|\\.)*"(, penwidth=3)?\];', line)
            ]
        )
        == 2
    )


def test_trace_has_messages_and_the_gain_over_the_parent_as_reward(run, tmp_path):
    assert main(["export", str(run), "--trace", str(tmp_path / "t.jsonl")]) == 0
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    with RunReader(run) as reader:
        assert len(rows) == sum(1 for row in reader.results() if row.proposal is not None)
        for row in rows:
            assert [each["role"] for each in row["messages"]] == ["user", "assistant"]
            if row["reward"] is None:
                continue
            parent = reader.entries[row["program"]].node.parents[0]
            assert row["reward"] == reader.fitness(row["program"]) - reader.fitness(parent)
    assert {row["outcome"] for row in rows} == {"accepted", "refused"}


def test_patch_turns_the_seed_into_the_program(run, tmp_path):
    patch, target = tmp_path / "p.diff", tmp_path / "files"
    assert main(["export", str(run), "best", "--patch", str(patch)]) == 0
    assert main(["checkout", str(run), "seed", "--to", str(target)]) == 0
    subprocess.run(["git", "apply", str(patch)], cwd=target, check=True)
    with closing(RunReader(run)) as reader:
        assert Program.read(target) == reader.program(reader.best)


def test_page_in_one_file_holds_no_text_of_a_program_as_markup_and_loads_nothing(hostile, tmp_path):
    path = tmp_path / "run.html"
    assert main(["export", str(hostile), "--html", str(path)]) == 0
    text = path.read_text()
    assert "alert(1)" not in text
    assert "default-src 'none'" in text and "unsafe-inline" not in text
    outside = re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*\"", text.partition("</style>")[0])
    assert outside == []


def test_nothing_to_write_is_said_in_a_line_and_a_failed_export_leaves_no_file(
    run, tmp_path, capsys
):
    assert main(["export", str(run)]) == 2
    assert "--html" in capsys.readouterr().err
    assert main(["export", str(run), "#999", "--patch", str(tmp_path / "p")]) == 2
    assert list(tmp_path.iterdir()) == []
