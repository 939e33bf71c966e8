"""Which programs are kept and what to do next: one selection rule per file, each named for its
paper's words.

``NAMES`` says where each named rule lives; an import path (``package.module:Class``) is a name too.
"""

from __future__ import annotations

from cladogen.archives.names import CASE_BY_CASE, NAMES
from cladogen.archives.options import make_archive

__all__ = ["CASE_BY_CASE", "NAMES", "make_archive"]
