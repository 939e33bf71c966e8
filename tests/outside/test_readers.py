"""Exports, read by the programs that people read them with: pandas, Arrow, Graphviz, matplotlib."""

import shutil
import subprocess

import pytest
from large_run import large_run
from needed import needed

import cladogen
from cladogen.cli.main import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return large_run(tmp_path_factory.mktemp("outside") / "runs" / "tour", 60)


def test_pandas_reads_the_same_table_from_csv_rows_and_parquet(run, tmp_path):
    pandas = needed("pandas")
    needed("pyarrow")
    names = ("csv", "rows", "parquet")
    words = [word for name in names for word in (f"--{name}", str(tmp_path / name))]
    assert main(["export", str(run), *words]) == 0
    tables = (
        pandas.read_csv(tmp_path / "csv"),
        pandas.read_json(tmp_path / "rows"),
        pandas.read_parquet(tmp_path / "parquet"),
    )
    for table in tables:
        assert table["number"].tolist() == list(range(60))
        # A metric is as measured, a fitness without its rounding noise.
        lengths = -table["fitness"].dropna()
        assert table["metric.length"].dropna().tolist() == pytest.approx(
            lengths.tolist(), rel=1e-10
        )
        assert (table["status"] == "crash").sum() == table["fitness"].isna().sum() > 0


def test_frame_of_a_run_has_a_row_for_each_program(run):
    needed("pandas")
    frame = cladogen.load_run(str(run)).frame()
    assert len(frame) == 60
    assert frame["fitness"].max() == pytest.approx(-frame["length"].min(), rel=1e-10)


def test_arrow_reads_the_trace_as_chats_with_a_reward_that_is_a_number(run, tmp_path):
    """As the loaders of trainers' data sets do: one type for each column over all lines."""
    needed("pyarrow")
    import pyarrow.json

    path = tmp_path / "t.jsonl"
    assert main(["export", str(run), "--trace", str(path)]) == 0
    table = pyarrow.json.read_json(path)
    assert str(table.schema.field("reward").type) == "double"
    for messages in table["messages"].to_pylist():
        assert [set(each) for each in messages] == [{"role", "content"}] * len(messages)
        assert messages[-1]["role"] == "assistant" and messages[-1]["content"]


def test_graphviz_draws_the_lineage(run, tmp_path):
    if shutil.which("dot") is None:
        pytest.skip("no dot (Debian: apt-get install graphviz)")
    assert main(["export", str(run), "--dot", str(tmp_path / "d")]) == 0
    drawn = subprocess.run(
        ["dot", "-Tsvg", tmp_path / "d"], capture_output=True, text=True, check=True
    )
    assert drawn.stdout.count('class="node"') == 60 and drawn.stderr == ""


def test_matplotlib_draws_the_curve(run, tmp_path):
    needed("matplotlib")
    path = tmp_path / "c.png"
    assert main(["plot", str(run), "--to", str(path)]) == 0
    assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000
