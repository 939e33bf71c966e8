"""Write the diff that git would write between two programs."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from cladogen.patching.difference import Code, opcodes
from cladogen.patching.strict.lines import LENGTHS, OPEN, lines_of
from cladogen.program import File, Program, blob_hash

_CONTEXT = 3
_NONE = "0" * 40
_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}


def make_diff(old: Program, new: Program) -> str:
    """Return the git diff from ``old`` to ``new``; `git apply` accepts it."""
    moved = _moved(old, new)
    parts = {path: _rename(old, new, source, path) for path, source in moved.items()}
    known = {*moved, *moved.values()}
    for path in (old.files.keys() | new.files.keys()) - known:
        before, after = old.files.get(path), new.files.get(path)
        if before != after:
            parts[path] = _file(path, before, after)
    return "".join(parts[path] for path in sorted(parts))


def _moved(old: Program, new: Program) -> dict[str, str]:
    """Return the new paths that hold all that an old path held, each with that old path."""
    gone = {path: old.files[path] for path in _only_in(old, new)}
    found: dict[str, str] = {}
    for path in _only_in(new, old):
        source = _path_of(new.files[path].data, gone)
        if source is not None:
            found[path] = source
            del gone[source]
    return found


def _only_in(one: Program, other: Program) -> list[str]:
    """Return the paths that another program does not have."""
    return [path for path in one if path not in other.files]


def _path_of(data: bytes, files: Mapping[str, File]) -> str | None:
    """Return the first path with some bytes, None where there are none."""
    if not data:
        return None
    return next((path for path, file in files.items() if file.data == data), None)


def _rename(old: Program, new: Program, source: str, path: str) -> str:
    names = f"rename from {_quoted(source)}\nrename to {_quoted(path)}\n"
    mode = _mode_change(old.files[source], new.files[path])
    return f"{_header(source, path)}{mode}similarity index 100%\n{names}"


def _file(path: str, old: File | None, new: File | None) -> str:
    head = _header(path, path) + _kind(old, new)
    if old is not None and new is not None and old.data == new.data:
        return head
    return f"{head}{_index(old, new)}\n{_body(path, old, new)}"


def _header(old: str, new: str) -> str:
    return f"diff --git {_quoted('a/' + old)} {_quoted('b/' + new)}\n"


def _kind(old: File | None, new: File | None) -> str:
    """Return the line that says that a file comes or goes, or which mode it takes."""
    if old is not None and new is not None:
        return _mode_change(old, new)
    if new is not None:
        return f"new file mode {_mode(new)}\n"
    return "" if old is None else f"deleted file mode {_mode(old)}\n"


def _mode_change(old: File, new: File) -> str:
    if old.executable == new.executable:
        return ""
    return f"old mode {_mode(old)}\nnew mode {_mode(new)}\n"


def _mode(file: File) -> str:
    return "100755" if file.executable else "100644"


def _index(old: File | None, new: File | None) -> str:
    same = old is not None and new is not None and old.executable == new.executable
    mode = f" {_mode(new)}" if same and new is not None else ""
    return f"index {_id(old)}..{_id(new)}{mode}"


def _id(file: File | None) -> str:
    return _NONE if file is None else blob_hash(file.data)


def _body(path: str, old: File | None, new: File | None) -> str:
    before, after = map(_data, (old, new))
    if b"\0" in before + after:
        return f"GIT binary patch\n{_literal(after)}{_literal(before)}"
    if before == after:
        return ""
    left = "/dev/null" if old is None else _timed("a/" + path)
    right = "/dev/null" if new is None else _timed("b/" + path)
    hunks = "".join(_hunks(lines_of(before), lines_of(after)))
    return f"--- {left}\n+++ {right}\n{hunks}"


def _data(file: File | None) -> bytes:
    return b"" if file is None else file.data


def _timed(name: str) -> str:
    """Return a name as a header line has it: one with blanks is followed by a tab."""
    quoted = _quoted(name)
    return quoted + "\t" if quoted == name and " " in name else quoted


@lru_cache(maxsize=1024)  # each of a diff's files is named four times
def _quoted(name: str) -> str:
    """Return a name in quotes where git gives it some."""
    if all(" " <= sign < "\x7f" and sign not in '"\\' for sign in name):
        return name
    return f'"{"".join(map(_escaped, name.encode("utf-8", "surrogateescape")))}"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def _literal(data: bytes) -> str:
    packed = zlib.compress(data)
    rows = [packed[k : k + 52] for k in range(0, len(packed), 52)]
    body = "".join(
        f"{LENGTHS[len(row) - 1]}{base64.b85encode(row, pad=True).decode()}\n" for row in rows
    )
    return f"literal {len(data)}\n{body}\n"


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    matcher = SequenceMatcher(None, "", "")
    matcher.opcodes = opcodes(old, new)  # type: ignore[attr-defined]  # what its grouping reads
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@\n"
        for code in group:
            yield from _rows(code, old, new)


def _rows(code: Code, old: list[str], new: list[str]) -> Iterator[str]:
    tag, i, i_end, j, j_end = code
    if tag == "equal":
        yield from (_signed(" ", line) for line in old[i:i_end])
        return
    yield from (_signed("-", line) for line in old[i:i_end])
    yield from (_signed("+", line) for line in new[j:j_end])


def _signed(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n{OPEN}\n"


def _span(start: int, end: int) -> str:
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"
