"""What the checkout of a Python project says of itself, without being built: where its packages
lie, what they need, and the file with its version that a build would write.
"""

from __future__ import annotations

import configparser
import posixpath
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from cladogen.program import File
from cladogen.tasks.task_folder import Files

ROOTS = ("src", "lib")


def package_roots(files: Files) -> tuple[str, ...]:
    """Return the folders below which a project keeps its packages, beside the checkout itself."""
    return tuple(
        root
        for root in ROOTS
        if f"{root}/__init__.py" not in files
        and any(re.fullmatch(rf"{root}/\w+/__init__\.py", path) for path in files)
    )


def needs(files: Files) -> tuple[str, ...]:
    """Return what a project requires, by pyproject.toml or setup.cfg; setup.py is not run."""
    text = _setup_cfg(files, "options", "install_requires")
    both = [*_stated_needs(files), *text.splitlines()]
    return tuple(each.partition(";")[0].strip() for each in both if each.strip())


def _stated_needs(files: Files) -> list[str]:
    """Return the dependencies in pyproject.toml."""
    stated = _table(_pyproject(files), "project").get("dependencies", [])
    return [each for each in stated if isinstance(each, str)] if isinstance(stated, list) else []


def version_file(files: Files, version: str) -> dict[str, File]:
    """Return the file that setuptools-scm writes when it builds, where a project asks for one and
    imports it; the repository's tags are not looked at.
    """
    scm = _table(_table(_pyproject(files), "tool"), "setuptools_scm")
    path = scm.get("version_file") or scm.get("write_to")
    if not isinstance(path, str) or path in files or not _is_inside(path):
        return {}
    return {posixpath.normpath(path): File(_version_lines(version).encode())}


def _version_lines(version: str) -> str:
    numbers = re.findall(r"\d+", version)[:3] or ["0"]
    text = ".".join([*numbers, "0", "0"][:3])
    parts = text.replace(".", ", ")
    return f'version = __version__ = "{text}"\nversion_tuple = __version_tuple__ = ({parts})\n'


def _is_inside(path: str) -> bool:
    """Whether a path names a Python file in the checkout."""
    return path.endswith(".py") and not posixpath.isabs(path) and ".." not in path.split("/")


def _pyproject(files: Files) -> Mapping[str, Any]:
    try:
        return tomllib.loads(files["pyproject.toml"].data.decode())
    except (KeyError, ValueError):
        return {}


def _setup_cfg(files: Files, section: str, name: str) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(files["setup.cfg"].data.decode())
        return parser.get(section, name)
    except (KeyError, ValueError, configparser.Error):
        return ""


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
