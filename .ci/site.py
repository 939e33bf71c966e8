"""What `make docs` adds to the pages of docs/: the first page from the README, the commands from
their --help, the Python names from their docstrings.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    pages = {
        "index.md": (ROOT / "README.md").read_text(encoding="utf-8"),
        "reference/commands.md": commands(),
        "reference/python.md": names(),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Turn links as they are in the repository into links of the site."""
    known = {file.src_uri for file in files}
    here = PurePosixPath(page.file.src_uri).parent
    return LINK.sub(lambda found: _link(found, here, known, page.file.src_uri), markdown)


def _link(found: re.Match[str], here: PurePosixPath, known: set[str], page: str) -> str:
    """Return a link; one to a file that is no page of the site becomes its text."""
    picture, text, target, anchor = found.groups()
    if not target or "://" in target:
        return found[0]
    if page == "index.md":
        target = target.removeprefix("docs/")
    path = str(_resolved(here / target))
    if path in known:
        return f"{picture}[{text}]({target}{anchor or ''})"
    return text if (ROOT / "docs" / here / target).exists() or page == "index.md" else found[0]


def _resolved(path: PurePosixPath) -> PurePosixPath:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def commands() -> str:
    """Return the --help of every command as a page."""
    from cladogen.cli.main import COMMANDS

    found = [
        "# Commands",
        "",
        "What `evolve COMMAND --help` says of each.",
        "",
    ]
    for heading, group in COMMANDS.items():
        found += [f"## {heading.strip().rstrip(':').capitalize()}", ""]
        for name, (module, _) in group.items():
            found += [f"### evolve {name}", "", "```text", _help(module, name), "```", ""]
    return "\n".join(found)


def _help(module: str, name: str) -> str:
    parser = argparse.ArgumentParser(prog="evolve", formatter_class=_Wide)
    made = parser.add_subparsers()
    importlib.import_module(f"cladogen.cli.{module}").add_parser(made)
    own = made.choices[name]
    own.formatter_class = _Wide
    return own.format_help().rstrip()


class _Wide(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96, max_help_position=30)


def names() -> str:
    """Return what ``import cladogen`` gives, with docstrings and public methods, as a page."""
    import cladogen

    found = ["# Python", "", "The names of `import cladogen`, from their docstrings.", ""]
    for name in sorted(cladogen.__all__, key=lambda each: (each[:1].isupper(), each)):
        value = getattr(cladogen, name)
        if not callable(value):
            found += [] if name.startswith("_") else [f"## {name}", "", f"`{value}`", ""]
            continue
        found += [f"## {name}", "", *_described(name, value), ""]
        methods = inspect.getmembers(value, _is_method) if inspect.isclass(value) else []
        for inside, method in methods:
            if not inside.startswith("_") and method.__doc__:
                found += [f"### {name}.{inside}", "", *_described(inside, method), ""]
    return "\n".join(found)


def _is_method(value: Any) -> bool:
    return inspect.isfunction(value) or inspect.ismethod(value)


def _described(name: str, value: Any) -> list[str]:
    try:
        signature = f"{name}{inspect.signature(value)}"
    except (TypeError, ValueError):
        signature = name
    text = inspect.getdoc(value) or ""
    return ["```python", signature, "```", "", "```text", text, "```"]
