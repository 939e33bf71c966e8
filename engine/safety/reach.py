"""What a program reaches for beyond itself, as its text says: modules, commands, hosts, the system.

Read from the text alone, without running it. What is put together at run time is not seen; a
command that is no literal is named "(computed)".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

from cladogen.program import Program
from cladogen.source.python import python_tree

COMPUTED = "(computed)"
_RUNNERS = {
    "os": ("system", "popen", "execv", "execve", "execvp", "execl", "execlp", "posix_spawn"),
    "subprocess": ("run", "Popen", "call", "check_call", "check_output", "getoutput"),
    "asyncio": ("create_subprocess_exec", "create_subprocess_shell"),
}
_IMPORTS = {
    ".js": r"(?:\bfrom\s+|\brequire\(\s*|\bimport\s+)['\"]([^'\"]+)['\"]",
    ".c": r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]",
    ".rs": r"^\s*(?:pub\s+)?(?:use|extern\s+crate)\s+([A-Za-z_]\w*)",
    ".go": r"^\s*(?:import\s+)?(?:[\w.]+\s+)?\"([\w./-]+)\"\s*$",
    ".java": r"^\s*import\s+(?:static\s+)?([\w.]+)",
}
_KINDS = {
    ".ts": ".js", ".mjs": ".js", ".cjs": ".js", ".jsx": ".js", ".tsx": ".js", ".h": ".c",
    ".cc": ".c", ".cpp": ".c", ".hpp": ".c", ".cu": ".c",
}  # fmt: skip
_COMMANDS = re.compile(
    r"(?:Command::new|exec\.Command|\bspawn(?:Sync)?|\bexec(?:File)?(?:Sync)?|\bsystem)"
    r"\(\s*[\"'`]([^\"'`\s]+)"
)
_SHELL_WORD = re.compile(r"(?:^|[;&|]\s*|\$\(\s*)([A-Za-z_][\w./+-]*)(?=\s|$|;)")
_SHELL_OWN = (  # words of the shell itself
    *("if", "then", "else", "elif", "fi", "for", "do", "done", "while", "case", "esac", "in"),
    *("function", "return", "exit", "set", "export", "local", "echo", "cd", "read", "shift"),
    *("test", "true", "false", "trap", "eval", "exec", "source", "unset", "break", "continue"),
)
# Modules of Python that hand calls on to the kernel, what of them asks nothing of it, and the
# functions of C that do, of those that a heuristic has no use for.
_SYSTEM = frozenset(
    ("os", "socket", "signal", "mmap", "fcntl", "resource", "ctypes", "select", "pty", "posix")
)
_HARMLESS = frozenset(("fspath", "fsencode", "fsdecode", "getenv", "c_double", "c_int", "sizeof"))
_CALLS = re.compile(
    r"\b(syscall|fork|vfork|clone|execve|execvp|ptrace|mmap|mprotect|socket|connect|bind|openat"
    r"|open|unlink|rename|chmod|kill|signal|sigaction|setrlimit|ioctl|dup2|pipe|mount|prctl)\s*\("
)
_HOST = re.compile(
    r"\b(?:https?|wss?|ftp|ssh|git)://(?:[^\s/@'\"]+@)?([A-Za-z0-9.-]+(?::\d+)?)"
    r"|\b((?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|localhost(?::\d+)?)\b"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The modules, commands, hosts and system calls that a program's text names, each in order."""

    imports: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    def beyond(self, other: Reach) -> Reach:
        """Return what this one names and another does not."""
        return Reach(
            _less(self.imports, other.imports),
            _less(self.commands, other.commands),
            _less(self.hosts, other.hosts),
            _less(self.calls, other.calls),
        )

    def __bool__(self) -> bool:
        return bool(self.imports or self.commands or self.hosts or self.calls)


def _less(names: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - set(other)))


def reach(program: Program) -> Reach:
    """Return what a program's text files name."""
    parts = [_of_file(path, program) for path in program if b"\0" not in program.files[path].data]

    def every(kind: str) -> tuple[str, ...]:
        return tuple(name for part in parts for name in getattr(part, kind))

    whole = Reach(every("imports"), every("commands"), every("hosts"), every("calls"))
    return whole.beyond(Reach(imports=_own_modules(program)))


def _own_modules(program: Program) -> tuple[str, ...]:
    """Return the names under which a program's own files are imported."""
    paths = list(map(PurePosixPath, program))
    return (*(path.parts[0] for path in paths), *(path.stem for path in paths))


def _of_file(path: str, program: Program) -> Reach:
    text, suffix = program.text(path), PurePosixPath(path).suffix
    hosts = tuple(one or other for one, other in _HOST.findall(text))
    first = text.partition("\n")[0]
    if _is_python(suffix, first):
        return _of_python(text, hosts)
    if _is_shell(suffix, first):
        return Reach(commands=tuple(_shell_commands(text)), hosts=hosts)
    pattern = _IMPORTS.get(_KINDS.get(suffix, suffix))
    if pattern is None:
        return Reach(hosts=hosts)
    names = re.findall(pattern, text, re.MULTILINE)
    calls = tuple(_CALLS.findall(text))
    return Reach(tuple(names), tuple(_COMMANDS.findall(text)), hosts, calls)


def _is_python(suffix: str, first: str) -> bool:
    return suffix == ".py" or (first.startswith("#!") and "python" in first)


def _is_shell(suffix: str, first: str) -> bool:
    of_shell = first.startswith("#!") and first.rstrip().endswith("sh")
    return suffix in (".sh", ".bash") or of_shell


def _of_python(text: str, hosts: tuple[str, ...]) -> Reach:
    try:
        tree = python_tree(text.encode("utf-8", "surrogateescape"))
    except SyntaxError:
        return Reach(hosts=hosts)
    nodes = list(ast.walk(tree))
    imports = tuple(chain.from_iterable(map(_imported, nodes)))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    asked = tuple(chain.from_iterable(map(_asked_of_the_system, nodes)))
    return Reach(imports, tuple(filter(None, map(_run_by, calls))), hosts, asked)


def _asked_of_the_system(node: ast.AST) -> Iterator[str]:
    """Yield a call of one of the modules that hand calls on to the kernel: "os.fork"."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    owner, name = node.func.value, node.func.attr
    if isinstance(owner, ast.Name) and owner.id in _SYSTEM and name not in _HARMLESS:
        yield f"{owner.id}.{name}"


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(module=str(module), level=0):
            yield module.partition(".")[0]
        case ast.Call() if _called(node) in ("__import__", "import_module"):
            yield _literal(node).partition(".")[0] or COMPUTED


def _literal(call: ast.Call) -> str:
    """Return the first argument of a call where it is a text, or a list that begins with one; else
    "".
    """
    first = call.args[0] if call.args else None
    if isinstance(first, ast.List | ast.Tuple) and first.elts:
        first = first.elts[0]
    text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if text else ""  # type: ignore[union-attr]


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _run_by(call: ast.Call) -> str:
    """Return the command that a call starts, "" when it starts none."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    if function.attr not in _RUNNERS.get(function.value.id, ()) or not call.args:
        return ""
    words = _literal(call).split()
    return words[0] if words else COMPUTED


def _shell_commands(text: str) -> Iterator[str]:
    for line in text.splitlines():
        bare = line.strip()
        if not bare.startswith("#"):
            yield from (word for word in _SHELL_WORD.findall(bare) if word not in _SHELL_OWN)
