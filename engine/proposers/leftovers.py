"""Leftovers: files that agents and their tools leave beside their work, by name."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.program import File, Program, matches

AGENTS = (".claude", ".claude.json", ".codex", ".cursor", ".cursorrules", ".gemini", ".aider*",
          ".continue", ".roo", ".cline*", ".windsurf*", ".opencode", ".crush*", ".goose*", ".amp",
          ".kilocode", ".qwen", ".copilot", ".agents", ".mcp.json")  # fmt: skip
TOOLS = (".git", ".hg", ".svn", ".idea", ".vscode", ".vs", ".cache", ".local", ".npm", ".venv",
         "venv", "node_modules", ".tox", ".nox", ".eggs", "*.egg-info", "__pycache__", "*.py[co]",
         ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
         ".coverage", ".env", ".DS_Store", "Thumbs.db", "nohup.out", ".*_history")  # fmt: skip
SCRAPS = ("*.orig", "*.rej", "*.bak", "*.swp", "*.swo", "*~", "*.patch", "*.diff", "*.tmp", "*.log")
LEFTOVERS = (*AGENTS, *TOOLS, *SCRAPS)


def patterns(shipped: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns of leftovers: those that are shipped and the user's; ``!NAME`` takes one
    out.
    """
    kept = {name.removeprefix("!") for name in given if name.startswith("!")}
    more = [name for name in given if not name.startswith("!")]
    return tuple(name for name in (*shipped, *more) if name not in kept)


def without_hidden(
    files: dict[str, File], parent: Program, editable: Sequence[str]
) -> tuple[dict[str, File], list[str]]:
    """Return the files without new hidden ones that are not editable, and the names of these: some
    agent's own, whatever it is called.
    """
    hidden = [
        path
        for path in files
        if path not in parent.files and _is_hidden(path) and not matches(path, editable)
    ]
    return {path: file for path, file in files.items() if path not in hidden}, hidden


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))
