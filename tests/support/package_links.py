"""Links to what is new in ``engine/`` itself, laid out before the package is imported, as make does it."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
if (ROOT / "build" / "editable").is_dir():
    runpy.run_path(str(ROOT / ".ci" / "links.py"))["lay_out"]()
