"""Bytes as the lines of a diff, and what both sides of the strict pair write alike."""

from __future__ import annotations

OPEN = "\\ No newline at end of file"
LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # of a line of a binary patch


def lines_of(data: bytes) -> list[str]:
    """Return lines with their line feeds; only the last may lack one."""
    *closed, last = data.decode("utf-8", "surrogateescape").split("\n")
    lines = [line + "\n" for line in closed]
    return [*lines, last] if last else lines


def bytes_of(lines: list[str]) -> bytes:
    return "".join(lines).encode("utf-8", "surrogateescape")
