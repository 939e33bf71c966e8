"""Which packages an imported evaluator and program need, by their imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from cladogen.importing.found import parsed

# Names under which packages are installed, where they are imported under others.
INSTALLED_AS = {
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "skimage": "scikit-image",
    "Crypto": "pycryptodome",
    "attr": "attrs",
    "docx": "python-docx",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.auth": "google-auth",
    "google.cloud.storage": "google-cloud-storage",
    "google.genai": "google-genai",
    "google.generativeai": "google-generativeai",
    "google.protobuf": "protobuf",
    "Bio": "biopython",
    "community": "python-louvain",
    "jwt": "pyjwt",
    "mpl_toolkits": "matplotlib",
    "nacl": "pynacl",
    "ot": "pot",
    "pysat": "python-sat",
    "pywt": "pywavelets",
    "serial": "pyserial",
    "umap": "umap-learn",
    "zmq": "pyzmq",
}


Read = Callable[[str], bytes]


def packages_around(
    files: Mapping[str, bytes], evaluator: str, programs: Mapping[str, bytes], given: Iterable[str]
) -> list[str]:
    """Return what an evaluator needs with what it imports of the ``files`` of its folder, and what
    the programs need.
    """
    imported = {path: files[path] for path in imports_of(files, evaluator, files.__getitem__)}
    return packages_of({**imported, **programs}, [*tops(files), *given])


def packages_of(files: Mapping[str, bytes], given: Iterable[str] = ()) -> list[str]:
    """Return what the Python files import at their top and is neither Python's, nor among the
    files, nor ``given``.
    """
    own = set[str]().union(*map(_parts, files))
    known = own | set(given) | sys.stdlib_module_names | {"numpy"}  # which every sandbox has
    imported = (_imported(parsed(files[path])) for path in filter(_python, files))
    found = set[str]().union(*imported)
    return sorted({_installed_as(name) for name in found if name.split(".")[0] not in known})


def _parts(path: str) -> list[str]:
    return path.removesuffix(".py").split("/")


def _installed_as(module: str) -> str:
    """Return the package that brings a module, by the longest part of its name that is known: what
    lies below ``google`` is of several packages.
    """
    parts = module.split(".")
    parents = (".".join(parts[:depth]) for depth in range(len(parts), 0, -1))
    return next((INSTALLED_AS[each] for each in parents if each in INSTALLED_AS), parts[0])


def as_installed(packages: Iterable[str]) -> list[str]:
    """Return packages as requirements, each in the version that is installed here, if it is."""
    return [f"{each}=={known}" if (known := _version(each)) else each for each in packages]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _imported(tree: ast.Module | None) -> Iterable[str]:
    """Yield the modules that a file cannot do without: imports in a ``try`` are not among them."""
    waiting: list[ast.AST] = [] if tree is None else list(tree.body)
    while waiting:
        node = waiting.pop()
        yield from _by_call(node)
        yield from _by_name(node)
        if isinstance(node, ast.Try):
            waiting += [*node.orelse, *node.finalbody]
        else:
            waiting += ast.iter_child_nodes(node)


def _by_name(node: ast.AST) -> Iterable[str]:
    """Yield the modules that a statement imports; a relative import is of the folder's own."""
    match node:
        case ast.Import(names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(str(module), names, 0):
            yield from (f"{module}.{alias.name}" for alias in names)


def tops(files: Mapping[str, bytes]) -> list[str]:
    """Return the names that can be imported of what stands beside a script."""
    return sorted(set[str]().union(*map(_parts, filter(_python, files))))


def imports_of(paths: Collection[str], script: str, read: Read) -> list[str]:
    """Return the script, and what it imports of its own folder, and so on."""
    found, waiting = [], [script]
    known = {path.removesuffix(".py").replace("/", "."): path for path in filter(_python, paths)}
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        for name in modules(parsed(read(path))):
            waiting += (known[own] for own in known if _is_named(own, name))
    return found


def _is_named(own: str, name: str) -> bool:
    """Whether an import of ``name`` may mean a module of the folder."""
    return own in (name, f"{name}.__init__") or own.endswith(f".{name}")


def _python(path: str) -> bool:
    return path.endswith(".py")


def modules(tree: ast.Module | None) -> set[str]:
    """Return the modules that a file imports, and the names that it imports from them."""
    nodes: Iterable[ast.AST] = ast.walk(tree) if tree is not None else ()
    return set(chain.from_iterable(map(_in_import, nodes)))


def _in_import(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Import(aliases):
            yield from (each.name for each in aliases)
        case ast.ImportFrom(str(module), aliases):
            yield module
            yield from (f"{module}.{each.name}" for each in aliases)
        case ast.Call():
            yield from _by_call(node)


def _by_call(node: ast.AST) -> Iterable[str]:
    """Yield the module that ``importlib.import_module("a.b")`` or ``__import__("a")`` imports."""
    match node:
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name),
            args=[ast.Constant(value=str(module)), *_],
        ) if name in ("import_module", "__import__") and not module.startswith("."):
            yield module
