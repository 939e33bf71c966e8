"""Classes named by a user, loaded into this process and trusted as a scorer is: by a name that is
known, by import path, or, in a problem's own folder, as ``file.py:Class``. One look-up for archives
and proposers.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cladogen.errors import ConfigError, ProblemError
from cladogen.problem.spelling import meant, nearest


def find_class(kind: str, name: str, known: Mapping[str, str], folder: Path | None = None) -> Any:
    """Return the ``kind`` of class that is called ``name``: one of ``known`` (name to import path),
    ``file.py:Class`` of the problem's ``folder``, ``package.module:Class`` or
    ``package.module.Class``; ConfigError names what is nearest.
    """
    if folder is not None and in_folder(name):
        return folder_class(folder, name)
    module, attribute = _split(known.get(name, name))
    if not module:
        raise ConfigError(
            f"unknown {kind} {name!r}{meant(name, known)}; known: {', '.join(known)}, or an import "
            "path module:Class"
        )
    try:
        return import_class(module, attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{kind} {name!r}: cannot import it: {error}") from error
    except Exception as error:  # The border: the module is the user's, unless we know its name.
        if name in known:
            raise
        raise ConfigError(
            f"{kind} {name!r}: cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _split(path: str) -> tuple[str, str]:
    """Return the module of an import path, and the name in it."""
    module, _, attribute = path.partition(":") if ":" in path else path.rpartition(".")
    return module, attribute


def import_class(module: str, attribute: str) -> Any:
    """Return a class by its import path; raises ImportError or AttributeError.

    Modules in the working directory are found too, last of all, so that nothing there can shadow
    what is installed.
    """
    here = str(Path.cwd())
    if not module.startswith("cladogen.") and here not in sys.path:
        sys.path.append(here)
    return getattr(importlib.import_module(module), attribute)


def in_folder(name: str) -> bool:
    """Tell whether ``name`` means a class in the problem's folder: its part before the colon is a
    Python file.
    """
    file, colon, attribute = name.partition(":")
    return bool(colon) and file.endswith(".py") and attribute.isidentifier()


def folder_class(folder: Path, name: str) -> Any:
    """Return the class ``file.py:Class`` of ``folder``; raises ProblemError when there is none."""
    file, _, attribute = name.partition(":")
    path = folder / file
    if not in_folder(name):
        raise ProblemError(f'{folder}: {name!r} must be "file.py:Class"')
    if not path.is_file():
        raise ProblemError(f"{path}: no such file; {name!r} names a class in it")
    module = _module(path.resolve())
    if not hasattr(module, attribute):
        raise ProblemError(f"{path}: no class {attribute!r}{nearest(attribute, vars(module))}")
    return getattr(module, attribute)


def _module(path: Path) -> ModuleType:
    """Return the file as a module, the same one for every class that is asked of it."""
    name = f"cladogen_problem_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while it is being made
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # The border: the file is the user's, and whatever it raises is told.
        del sys.modules[name]
        raise ProblemError(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from error
    return module
