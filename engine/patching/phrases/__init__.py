"""What replies say about their edits, in the languages that models answer in.

Each pattern is read in one line or clause of prose, with inline code taken out and the names of
options ("option B", "方案二") written as ⟦2⟧.
"""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return one pattern for several, letter case apart."""
    return re.compile("|".join(patterns), re.IGNORECASE)
