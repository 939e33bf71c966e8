"""The hot paths. Each module is a kernel's NumPy reference, its meaning; where the C++ was built,
the same name is fast.

``CLADOGEN_KERNELS=numpy`` forces the references.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

native: Any = None
if os.environ.get("CLADOGEN_KERNELS") != "numpy":
    try:
        native = importlib.import_module("cladogen._kernels")
    except ImportError:
        native = None


def implementation() -> str:
    """Return "c++" or "numpy": which one is in use."""
    return "numpy" if native is None else "c++"
