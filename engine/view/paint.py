"""Colours for a terminal; plain text elsewhere."""

from __future__ import annotations

from cladogen.formatting import printable

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
HEADS = ("+++", "---", "diff ", "index ")
STYLES = {"+": ("green",), "-": ("red",), "@": ("cyan",)}


class Paint:
    """Colour text with the styles in `CODES` when ``on``; leave it as it is when not."""

    def __init__(self, *, on: bool = False) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not text or not styles:
            return text
        return f"\x1b[{';'.join(CODES[style] for style in styles)}m{text}\x1b[0m"

    def good(self, text: str, good: bool) -> str:
        """Colour a status: green when it is good, red when not."""
        return self(text, "bold", "green" if good else "red")

    def patch(self, text: str) -> str:
        """Return a diff with its lines coloured, and nothing in it that steers a terminal."""
        return "\n".join(self(line, *_style(line)) for line in printable(text).split("\n"))


PLAIN = Paint()


def _style(line: str) -> tuple[str, ...]:
    return ("bold",) if line.startswith(HEADS) else STYLES.get(line[:1], ())
