"""The notebook of the documents runs, cell by cell, inside a running event loop as notebooks do."""

import ast
import json
import linecache
from pathlib import Path

NOTEBOOK = Path(__file__).parent.parent / "docs" / "quickstart.ipynb"


def run_cell(source: str, number: int, names: dict) -> object:
    """Run a cell as IPython does: its source can be looked up, its last expression is its value."""
    name = f"<cell-{number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), names)


async def test_every_cell_of_the_quickstart_runs_and_finds_something_better(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    names: dict = {"__name__": "__main__"}
    shown = [
        run_cell("".join(cell["source"]), number, names)
        for number, cell in enumerate(cells)
        if cell["cell_type"] == "code"
    ]
    assert names["found"].score > names["found"].seed_score
    assert "<svg" in shown[2]._repr_html_()
    assert shown[-1][0] > 1


def test_notebook_holds_no_outputs_and_no_paths():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert not any(cell.get("outputs") for cell in cells)
