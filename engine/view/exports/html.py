"""The page in one file: the same views, from answers that are in the file, without a server.

The record is packed as base64, so nothing that a program wrote can end a script; the policy of the
file lets it load nothing, send nothing, and run nothing but the page's own scripts.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cladogen.view.followed import FollowedRun
from cladogen.view.page import bundle, columns, details, maps
from cladogen.view.page.operators import notes, operators
from cladogen.view.reports.pictures import pictures
from cladogen.view.reports.plain import plain
from cladogen.view.summary import summary
from cladogen.view.timeline import timeline

LARGEST = 10_000_000  # bytes; a larger file leaves prompts, replies and pictures out
KEY = "run"


def write_html(folder: Path, path: Path, heard: Callable[[], object] = lambda: None) -> int:
    """Write a run as one HTML file; return its size in bytes. ``heard`` is called after each
    program.
    """
    run = FollowedRun(folder)
    try:
        run.refresh()
        found = answers(run, heard)
        data = page(found).encode()
        if len(data) > LARGEST:
            data = page({at: _without_texts(at, value) for at, value in found.items()}).encode()
    finally:
        run.close()
    path.write_bytes(data)
    return len(data)


def answers(run: FollowedRun, heard: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Return what the page asks for, by path; ``heard`` is called after each program."""
    reader, base = run.reader, f"/api/run/{KEY}"
    found: dict[str, Any] = {
        "/api/runs": [{"key": KEY, "folder": run.folder.name}],
        f"{base}/summary": summary(run, KEY) | {"running": False, "paused": False},
        f"{base}/programs?since=0": base64.b64encode(columns.columns(run, 0)).decode(),
        f"{base}/map": maps.maps(run),
        f"{base}/operators": operators(run),
        f"{base}/timeline": timeline(run),
        f"{base}/notes": notes(run),
        f"{base}/proposals": columns.came(run, word="", before=-1, most=len(run.came))["rows"],
    }
    for kind in found[f"{base}/map"]["kinds"]:
        found[f"{base}/map/{kind}"] = maps.KINDS[kind](run)
    for entry in reader.entries:
        at = f"{base}/program/{entry.number}"
        found[at] = details.program(reader, entry.number)
        drawn = list(pictures(reader, entry.number).items())[:1]  # there is nobody to fetch more
        found[at]["pictures"] = [{"case": case, "url": url} for case, url in drawn]
        found[f"{at}/files"] = details.files(reader, entry.number)
        for before in dict.fromkeys((*entry.node.parents[:1], 0)):
            found[f"{at}/diff#{before}"] = details.difference(reader, before, entry.number)
        heard()
    made = {entry.node.ticket for entry in reader.entries}
    for row in run.came:
        if row.ticket not in made:
            found[f"{base}/task/{row.ticket}"] = details.task(reader, row.ticket)
    return found


def page(kept: dict[str, Any]) -> str:
    """Return the file's text."""
    data = json.dumps(plain(kept), ensure_ascii=False, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(data.encode("utf-8", "replace"), 9)).decode()
    start = (bundle.STATIC / "start.js").read_text(encoding="utf-8")
    scripts, style = (start, bundle.script()), bundle.style()
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'sha256-{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    body = (bundle.STATIC / "index.html").read_text(encoding="utf-8").partition("<body>")[2]
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>cladogen</title>\n<style>{style}</style>",
            f"<script>{scripts[0]}</script>\n</head>\n<body>",
            f'<script type="text/plain" id="record">{packed}</script>',
            body.partition("</body>")[0],
            f"<script>{scripts[1]}</script>\n</body>\n</html>\n",
        )
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _without_texts(path: str, value: Any) -> Any:
    """Return an answer without its prompts, replies and pictures, which programs and tasks have."""
    if "/program/" not in path and "/task/" not in path:
        return value
    made = [] if isinstance(value, list) else [value.get("proposal"), *value.get("proposals", ())]
    for each in filter(None, made):
        each["prompt"] = each["reply"] = ""
    return value if isinstance(value, list) else {**value, **_no_pictures(value)}


def _no_pictures(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"pictures": []} if "pictures" in value else {}
