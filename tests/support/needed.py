"""Packages of other projects that a test cannot do without: left out, or where they must be there, failed."""

import os

import pytest

MUST = "CLADOGEN_OUTSIDE"  # set by `make outside`, which installs them


def needed(name: str):
    """Import a package; skip the test where it is not installed and need not be."""
    if os.environ.get(MUST):
        return __import__(name)
    return pytest.importorskip(name)
