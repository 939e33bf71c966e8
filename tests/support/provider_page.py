"""The tables of docs/providers.md, from the messages and replies in tests/data/providers/.

``python tests/support/provider_page.py`` writes them into the page anew.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data" / "providers"
PAGE = ROOT / "docs" / "providers.md"
DONE = {
    "limit": "asked again with so many tokens",
    "window": "prompt and reply are kept to the window",
    "parameter": "left out from then on",
    "key": "the model is asked no more",
    "model": "the model is asked no more",
    "memory": "Ollama is asked for half the window; another model is asked no more",
    "money": "the model is asked no more",
    "quota": "waited for if it is reset soon, else the model rests",
    "rate": "waited for",
    "busy": "waited for",
    "filter": "this proposal is lost, no more",
    "broken": "asked again, a few times",
    "refused": "tried once with the prompt alone, and said in full",
}


def tables() -> dict[str, str]:
    """Return the page's tables by their names."""
    return {"refusals": refusals(), "replies": replies()}


def refusals() -> str:
    rows = [
        "| provider | version | date | status | says | is | then |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in json.loads((DATA / "refusals.json").read_text()):
        told = [
            f"{name} {row[name]}"
            for name in ("name", "most", "window", "prompt", "wait")
            if name in row
        ]
        kind = f"{row['kind']} ({', '.join(told)})" if told else row["kind"]
        status = "-" if row["status"] is None else row["status"]
        cells = (
            row["provider"],
            row["version"],
            row["date"],
            status,
            short(row["says"]),
            kind,
            DONE[row["kind"]],
        )
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(rows)


def replies() -> str:
    rows = ["| provider | version | date | what comes | becomes |", "|---|---|---|---|---|"]
    for row in json.loads((DATA / "replies.json").read_text()):
        told = row["becomes"]
        parts = [told["status"]]
        parts += [
            f"{name} {told[name]}" for name in ("prompt", "completion", "cached") if name in told
        ]
        if "usd" in told:
            parts.append("cost unknown" if told["usd"] is None else f"${told['usd']:.7g}")
        if told.get("error"):
            parts.append(f'"{short(told["error"])}"')
        cells = (row["provider"], row["version"], row["date"], row["what"], ", ".join(parts))
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def short(text: str) -> str:
    """Return a text that fits a cell."""
    text = text if len(text) <= 150 else f"{text[:147]}..."
    return text.replace("|", "\\|")


def written(page: str) -> str:
    """Return the page with its tables anew."""
    for name, table in tables().items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.S)
        page = block.sub(lambda found, table=table: f"{found[1]}{table}{found[2]}", page)
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
