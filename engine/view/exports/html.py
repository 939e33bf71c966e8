"""The page in one file: the same views, from answers that are in the file, without a server.

Modules and record are packed as base64, so nothing that a program wrote can end a script; the
policy of the file lets it load nothing and send nothing.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from cladogen.view.followed import FollowedRun
from cladogen.view.page import columns, details
from cladogen.view.page.operators import operators
from cladogen.view.page.summary import summary
from cladogen.view.page.timeline import timeline
from cladogen.view.reports.plain import plain

STATIC = Path(__file__).parent.parent / "page" / "static"
LARGEST = 10_000_000  # bytes; a larger file leaves prompts and replies out
KEY = "run"


def write_html(folder: Path, path: Path) -> int:
    """Write a run as one HTML file; return its size in bytes."""
    run = FollowedRun(folder)
    try:
        run.refresh()
        text = page(answers(run))
        if len(text) > LARGEST:
            text = page(answers(run, texts=False))
    finally:
        run.close()
    path.write_text(text, encoding="utf-8")
    return len(text)


def answers(run: FollowedRun, *, texts: bool = True) -> dict[str, Any]:
    """Return what the page asks for, by path; ``texts`` False leaves prompts and replies out."""
    reader, base = run.reader, f"/api/run/{KEY}"
    found: dict[str, Any] = {
        "/api/runs": [{"key": KEY, "folder": run.folder.name}],
        f"{base}/summary": summary(run, KEY) | {"running": False, "paused": False},
        f"{base}/programs?since=0": columns.columns(run, 0),
        f"{base}/features": columns.features(run),
        f"{base}/operators": operators(run),
        f"{base}/timeline": timeline(run),
        f"{base}/proposals": columns.came(run, word="", before=-1, most=len(run.came))["rows"],
    }
    for entry in reader.entries:
        at = f"{base}/program/{entry.number}"
        found[at] = _without(details.program(reader, entry.number), texts)
        found[f"{at}/files"] = details.files(reader, entry.number)
        for before in dict.fromkeys((*entry.node.parents[:1], 0)):
            found[f"{at}/diff#{before}"] = details.difference(reader, before, entry.number)
    made = {entry.node.ticket for entry in reader.entries}
    for row in run.came:
        if row.ticket not in made:
            found[f"{base}/task/{row.ticket}"] = _without(details.task(reader, row.ticket), texts)
    return found


def page(kept: dict[str, Any]) -> str:
    """Return the file's text."""
    data = json.dumps(plain(kept), ensure_ascii=False, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(data.encode("utf-8", "replace"), 9)).decode()
    modules = {path.name: _module(path) for path in sorted(STATIC.glob("*.js"))}
    imports = json.dumps({"imports": modules})
    starts = ['import "main.js";']
    plain_scripts = [(STATIC / name).read_text() for name in ("theme.js", "vendor/uplot.js")]
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in [imports, *plain_scripts, *starts])
    styles = "\n".join((STATIC / name).read_text() for name in ("vendor/uplot.css", "page.css"))
    policy = (
        f"default-src 'none'; script-src {hashes} data:; style-src 'sha256-{_digest(styles)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    body = (STATIC / "index.html").read_text().partition("<body>")[2]
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>cladogen</title>\n<style>{styles}</style>",
            *(f"<script>{text}</script>" for text in plain_scripts),
            f'<script type="importmap">{imports}</script>\n</head>\n<body>',
            f'<script type="text/plain" id="record">{packed}</script>',
            body.partition("</body>")[0],
            f'<script type="module">{starts[0]}</script>\n</body>\n</html>\n',
        )
    )


def _module(path: Path) -> str:
    """Return a module as an address; its imports are names, which the file maps."""
    text = re.sub(r'(from|import) "\./([a-z_]+\.js)"', r'\1 "\2"', path.read_text())
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _without(value: dict[str, Any], texts: bool) -> dict[str, Any]:
    """Return an answer without its prompts and replies, unless ``texts``."""
    if texts:
        return value
    for made in [value.get("proposal"), *value.get("proposals", ())]:
        if made is not None:
            made["prompt"] = made["reply"] = ""
    return value
