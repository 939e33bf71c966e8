"""The page that benchmarks write their tables to, part by part: each script owns the parts with its headings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def write_part(heading: str, text: str, page: Path = PAGE) -> None:
    """Put a part under ``# heading`` in the page, in place of the one with that heading or at the end."""
    part = f"# {heading}\n\n{text.strip()}\n"
    parts = split(page.read_text(encoding="utf-8"))
    headings = [each.partition("\n")[0] for each in parts]
    if f"# {heading}" in headings:
        parts[headings.index(f"# {heading}")] = part
    else:
        parts.append(part)
    page.write_text("\n".join(each.strip() + "\n" for each in parts), encoding="utf-8")


def difference(values: Sequence[float], base: Sequence[float]) -> str:
    """Return the mean difference of pairs with its 95 % interval, by 2,000 bootstrap draws."""
    pairs = np.array(values) - np.array(base)
    draws = np.random.default_rng(0).choice(pairs, (2000, len(pairs))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{pairs.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def split(text: str) -> list[str]:
    """Return the parts of a page, each with its first-level heading."""
    starts = [
        at
        for at in range(len(text))
        if text.startswith("# ", at) and text[at - 1 : at] in ("", "\n")
    ]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
