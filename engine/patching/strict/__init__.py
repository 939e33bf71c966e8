"""The strict pair for the engine's own diffs: `make_diff` writes what `git diff` writes,
`apply_diff` reads it back.

Both work on bytes shown as text (undecodable bytes as surrogates), with three lines of context and
exact places.
"""

from cladogen.patching.strict.apply import apply_diff
from cladogen.patching.strict.write import make_diff

__all__ = ["apply_diff", "make_diff"]
