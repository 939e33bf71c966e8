"""What needs neither a sandbox nor a model to be refused is refused before a run's first line."""

import pytest

from cladogen.cli.main import main

REFUSED = {
    ("--archive", "greddy"): "did you mean 'greedy'",
    ("--archive", "clade", "--archive-option", "zork=1"): "unknown option 'zork'",
    ("--archive", "clade", "--archive-option", "alpha=abc"): "wanted float",
    ("--archive", "clade", "--archive-option", "alpha=-3"): "must be",
    ("--archive-option", "zork=1"): "archive map_elites: unknown option 'zork'",
    ("--archive", "nowhere.py:Rule"): "no such file",
    ("--workers", "rya"): "did you mean 'ray'",
    ("--workers", "ray:x"): "write ray, or ray:N for at most N evaluations at once",
    ("--workers", "ray:0"): "must be at least 1",
    ("--ray-address", "10.0.0.5:6379"): "evaluated on this machine; say --workers ray too",
    ("--workers", "2", "--ray-address", "10.0.0.5:6379"): "say --workers ray too",
    ("--workers", "slurm", "--ray-address", "10.0.0.5:6379"): "as jobs of slurm",
    ("--proposer", "tuen"): "did you mean 'tune'",
    ("--proposer-option", "zork=1"): "proposer offline: unknown option 'zork'",
    ("--proposer", "tune", "--proposer-option", "variants=many"): "wanted int",
    ("--proposer-option", "arrays=x"): "wanted a table",
    ("--proposer-option", "weights=[1]"): "wanted a table",
    ("--model", "openai/nobody-knows-it", "--max-usd", "1"): "--max-usd needs a price",
    ("--model", "openai/gpt-4o", "--price", "gpt-4o=1,4"): "did you mean 'openai/gpt-4o'?",
    ("--model", "openai/gpt-4o", "--max-calls", "1", "--proposer-option", "zork=1"): "'zork'",
    ("--model", "openai/gpt-4o", "--max-calls", "1", "--proposer-option", "form=x"): "form",
}


@pytest.mark.parametrize("options", REFUSED)
def test_refusal_comes_before_the_header_and_leaves_no_folder(
    options, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    code = main(["run", "minmax_ratio", "--sandbox", "local", "--max-seconds", "5", *options])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("evolve") and err.count("\n") == 1
    assert REFUSED[options] in err
    assert list(tmp_path.iterdir()) == []
