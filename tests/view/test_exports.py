"""Runs as files: read back by other programs, with text that tries to be more than text."""

import base64
import csv
import gzip
import json
import re
import subprocess
from contextlib import closing

import networkx
import pytest
from large_run import Writer, large_run

from cladogen.cli.main import main
from cladogen.program import File, Program
from cladogen.view.run_reader import RunReader

HOSTILE = '=HYPERLINK("http://x") </script><script>alert(1)</script> "quoted\\" \x00 \uffff \u202e new\nline'


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
        "prompt": f"{HOSTILE} \udcff",  # a byte that is no text
        "reply": f"{HOSTILE} \udcff",
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


def test_hostile_text_leaves_graphs_and_traces_that_other_programs_read(hostile, tmp_path):
    graph, trace = tmp_path / "g.graphml", tmp_path / "t.jsonl"
    assert main(["export", str(hostile), "--graphml", str(graph), "--trace", str(trace)]) == 0
    nodes = networkx.read_graphml(graph).nodes
    assert nodes["1"]["operator"].startswith("=HYPERLINK") and "\uffff" not in graph.read_text()
    (line,) = trace.read_text().splitlines()
    assert not re.search(r"\\ud[89a-f]", line) and json.loads(line)["reward"] == 2.0
    for ending in ("gexf", "json"):
        path = tmp_path / f"g.{ending}"
        assert main(["tree", str(hostile), "--all", "--graph", str(path)]) == 0
    assert len(networkx.read_gexf(tmp_path / "g.gexf").nodes) == 2


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


def test_json_writes_the_rows_or_prints_them(run, tmp_path, capsys):
    path = tmp_path / "t.json"
    assert main(["export", str(run), "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] == "60 programs"
    assert main(["export", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(path.read_text())


def test_patch_of_the_seed_program_is_refused_and_leaves_no_empty_file(run, tmp_path, capsys):
    """git apply takes no empty patch."""
    path = tmp_path / "p.diff"
    assert main(["export", str(run), "seed", "--patch", str(path)]) == 2
    assert "#0 is the seed program" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


class Wordy(Writer):
    """As models are really asked: 15 KB a prompt, of which a third is new each time, and 3 KB a reply."""

    def prompt(self, number):
        return "Make the tour shorter.\n" * 400 + self._words(5000)

    def reply(self, number):
        return self._words(3000)

    def _words(self, size):
        words = self.rng.choice(
            ["city", "leg", "swap", "shorter", "near", "far", "insert"], size // 5
        )
        return " ".join(words)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Writer, Wordy])
def test_file_of_a_thousand_programs_is_at_most_ten_megabytes_with_their_prompts(tmp_path, kind):
    writer = kind(tmp_path / "runs" / "tour")
    writer.write(1000)
    writer.store.close()
    path = tmp_path / "run.html"
    assert main(["export", str(writer.store.folder), "--html", str(path)]) == 0
    assert path.stat().st_size <= 10_000_000
    kept = re.search(r'id="record">([^<]+)<', path.read_text())[1]
    record = json.loads(gzip.decompress(base64.b64decode(kept)))
    assert len([each for each in record if re.search(r"/program/\d+$", each)]) == 1000
    assert record["/api/run/run/program/999"]["proposal"]["prompt"].startswith("Make the tour")


class Wordy(Writer):
    """A run whose prompts no compression makes small."""

    def prompt(self, number):
        return self.rng.bytes(200_000).hex()


def test_page_in_one_file_leaves_prompts_out_where_it_would_be_too_large(tmp_path, capsys):
    writer = Wordy(tmp_path / "runs" / "tour")
    writer.write(60)
    writer.store.close()
    assert main(["export", str(writer.store.folder), "--html", str(tmp_path / "r.html")]) == 0
    text = (tmp_path / "r.html").read_text()
    packed = re.search(r'id="record">([^<]*)<', text)
    kept = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    made = [
        value["proposal"]
        for value in kept.values()
        if isinstance(value, dict) and value.get("proposal")
    ]
    assert len(text) < 1_000_000 and len(made) > 50
    assert {each["prompt"] for each in made} == {""} and all(each["patch"] for each in made)


@pytest.mark.parametrize("words", [
    ["export", "--html"], ["export", "--csv"], ["export", "--trace"], ["export", "--patch"],
    ["export", "--json"], ["report", "--to"], ["plot", "--to"], ["tree", "--graph"],
    ["show", "--picture"],
])  # fmt: skip
def test_file_that_cannot_be_there_is_one_line_before_the_work(small_run, tmp_path, capsys, words):
    command, option = words
    for target, said in (
        (tmp_path / "no" / "x.json", "there is no folder"),
        (tmp_path, "is a folder"),
    ):
        if option == "--json" and target == tmp_path:
            continue  # a run, then
        assert main([command, str(small_run), option, str(target)]) == 2
        assert said in (line := capsys.readouterr().err) and line.count("\n") == 1
    assert not (tmp_path / "no").exists()
