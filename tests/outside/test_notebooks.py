"""Notebooks, run by the programs that people run them with, in which an event loop runs already."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from needed import needed

pytestmark = pytest.mark.timeout(600)
NOTEBOOK = Path(__file__).parents[2] / "docs" / "quickstart.ipynb"
MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    import cladogen
    program = "def heights():\\n    return [3.0, 2.0]\\n"
    def evaluate(output):
        return -abs(sum(output) - 10)
    return cladogen, evaluate, program

@app.cell
def _(cladogen, evaluate, program):
    found = cladogen.evolve(program, evaluate, "plain", max_proposals=5, sandbox="local")
    found
    return (found,)

@app.cell
async def _(cladogen, evaluate, program):
    other = await cladogen.aevolve(program, evaluate, "awaited", max_proposals=5, sandbox="local")
    other
    return (other,)
"""


def test_kernel_of_jupyter_runs_the_quickstart_and_shows_a_curve(tmp_path):
    needed("nbclient")
    needed("ipykernel")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, 4)
    NotebookClient(
        notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [output["data"]["text/html"] for output in outputs if "html" in str(output.get("data"))]
    assert len(shown) == 1 and "<svg" in shown[0]


def test_marimo_runs_a_search_in_its_own_event_loop_and_shows_a_curve(tmp_path):
    needed("marimo")
    (tmp_path / "book.py").write_text(MARIMO)
    done = subprocess.run(
        [sys.executable, "-m", "marimo", "export", "html", "book.py", "-o", "book.html", "--no-sandbox"],
        cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "book.html").read_text()
    for name in ("plain", "awaited"):
        assert json.dumps(f"<strong>{name}</strong>")[1:-1] in page.replace("\\u003C", "<").replace(
            "\\u003E", ">"
        )
    assert page.count("svg xmlns") >= 2
