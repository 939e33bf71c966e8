"""The strict pair for the engine's own diffs: `make_diff` writes what `git diff` writes,
`apply_diff` reads it back.

Both work on bytes shown as text (undecodable bytes as surrogates), with three lines of context and
exact places.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

from cladogen.errors import PatchRefused
from cladogen.patching.difference import Code, opcodes
from cladogen.patching.read.names import unquoted
from cladogen.program import File, Program, blob_hash

_CONTEXT = 3
_NONE = "0" * 40
_RANGE = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_OPEN = "\\ No newline at end of file"


def make_diff(old: Program, new: Program) -> str:
    """Return the git diff from ``old`` to ``new``; `git apply` accepts it."""
    gone = [path for path in old if path not in new.files]
    came = [path for path in new if path not in old.files]
    parts = []
    for path in list(came):
        source = next(
            (
                one
                for one in gone
                if old.files[one].data == new.files[path].data and new.files[path].data
            ),
            None,
        )
        if source is not None:
            gone.remove(source)
            came.remove(path)
            parts.append((path, _rename(source, path, old.files[source], new.files[path])))
    parts += [(path, _file(path, old.files[path], None)) for path in gone]
    parts += [(path, _file(path, None, new.files[path])) for path in came]
    parts += [
        (p, _file(p, old.files[p], new.files[p]))
        for p in old
        if p in new.files and old.files[p] != new.files[p]
    ]
    return "".join(text for _, text in sorted(parts))


def _rename(source: str, path: str, old: File, new: File) -> str:
    head = f"diff --git {_quoted('a/' + source)} {_quoted('b/' + path)}\n"
    if old.executable != new.executable:
        head += f"old mode {_mode(old)}\nnew mode {_mode(new)}\n"
    return (
        head + f"similarity index 100%\nrename from {_quoted(source)}\nrename to {_quoted(path)}\n"
    )


def _file(path: str, old: File | None, new: File | None) -> str:
    head = f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n"
    if old is None and new is not None:
        head += f"new file mode {_mode(new)}\n"
    elif new is None and old is not None:
        head += f"deleted file mode {_mode(old)}\n"
    elif old is not None and new is not None and old.executable != new.executable:
        head += f"old mode {_mode(old)}\nnew mode {_mode(new)}\n"
    before, after = (b"" if file is None else file.data for file in (old, new))
    if before == after and old is not None and new is not None:
        return head
    ids = [_NONE if file is None else blob_hash(file.data) for file in (old, new)]
    head += f"index {ids[0]}..{ids[1]}" + (
        f" {_mode(new)}" if old and new and old.executable == new.executable else ""
    )
    if b"\0" in before or b"\0" in after:
        return f"{head}\nGIT binary patch\n{_literal(after)}{_literal(before)}"
    if before == after:
        return head + "\n"
    names = (
        "/dev/null" if old is None else _quoted("a/" + path, True),
        "/dev/null" if new is None else _quoted("b/" + path, True),
    )
    return f"{head}\n--- {names[0]}\n+++ {names[1]}\n" + "".join(
        _hunks(_lines(before), _lines(after))
    )


def _lines(data: bytes) -> list[str]:
    """Return lines with their line feeds; only the last may lack one."""
    *closed, last = data.decode("utf-8", "surrogateescape").split("\n")
    lines = [line + "\n" for line in closed]
    return [*lines, last] if last else lines


def _mode(file: File) -> str:
    return "100755" if file.executable else "100644"


def _quoted(name: str, timed: bool = False) -> str:
    """Quote a name as git does; after a name with blanks, header lines carry a tab."""
    if all(" " <= sign < "\x7f" and sign not in '"\\' for sign in name):
        return name + ("\t" if timed and " " in name else "")
    signs = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}
    data = name.encode("utf-8", "surrogateescape")
    return (
        '"'
        + "".join(signs.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data)
        + '"'
    )


def _literal(data: bytes) -> str:
    packed = zlib.compress(data)
    rows = [packed[k : k + 52] for k in range(0, len(packed), 52)]
    lengths = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = "".join(
        f"{lengths[len(row) - 1]}{base64.b85encode(row, pad=True).decode()}\n" for row in rows
    )
    return f"literal {len(data)}\n{body}\n"


# -- writing hunks


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    for group in _grouped(opcodes(old, new)):
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@\n"
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from _signed(" ", old[i:i_end])
            else:
                yield from _signed("-", old[i:i_end])
                yield from _signed("+", new[j:j_end])


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line if line.endswith("\n") else f"{sign}{line}\n{_OPEN}\n"


def _grouped(codes: list[Code]) -> Iterator[list[Code]]:
    """Cut opcodes into hunks with three lines of context."""
    group: list[Code] = []
    for number, (tag, i, i_end, j, j_end) in enumerate(codes, 1):
        if tag != "equal":
            group.append((tag, i, i_end, j, j_end))
            continue
        if not group:
            keep = min(_CONTEXT, i_end - i)
            group = [(tag, i_end - keep, i_end, j_end - keep, j_end)]
        elif number == len(codes) or i_end - i > 2 * _CONTEXT:
            keep = min(_CONTEXT, i_end - i)
            yield [*group, (tag, i, i + keep, j, j + keep)]
            group = [(tag, i_end - keep, i_end, j_end - keep, j_end)]
        else:
            group.append((tag, i, i_end, j, j_end))
    if any(tag != "equal" for tag, *_ in group):
        yield group


def _span(start: int, end: int) -> str:
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


# -- reading them back


def apply_diff(base: Program, diff: str) -> Program:
    """Return ``base`` after a diff that `make_diff` or `git diff` made against it; raises
    PatchRefused when it is not one for this program.
    """
    files = dict(base.files)
    lines = diff.split("\n")
    place = 0
    while place < len(lines):
        if lines[place].startswith("diff --git "):
            place = _apply_file(base, files, lines, place)
        elif lines[place]:
            raise PatchRefused(
                "removed-lines-not-found",
                f"diff line {place + 1}: no file header: {lines[place][:80]!r}",
            )
        else:
            place += 1
    return Program.of(files)


def _apply_file(base: Program, files: dict[str, File], lines: list[str], place: int) -> int:
    old, new = _header_names(lines[place])
    head: dict[str, str] = {}
    place += 1
    while place < len(lines) and not lines[place].startswith(
        ("@@ ", "diff --git ", "GIT binary patch")
    ):
        for key in (
            "new file mode ",
            "deleted file mode ",
            "new mode ",
            "rename from ",
            "rename to ",
            "copy from ",
            "copy to ",
        ):
            if lines[place].startswith(key):
                head[key.strip()] = lines[place][len(key) :]
        place += 1
    old = unquoted(head.get("rename from", head.get("copy from", ""))) or old
    new = unquoted(head.get("rename to", head.get("copy to", ""))) or new
    made, gone = "new file mode" in head, "deleted file mode" in head
    if not made and old not in base.files:
        raise PatchRefused("removed-lines-not-found", f"{old} is not a file of the program")
    data = b"" if made else base.files[old].data
    data, place = _content(data, lines, place, old)
    if gone or "rename from" in head:
        files.pop(old, None)
    if not gone:
        mode = head.get("new file mode", head.get("new mode", ""))
        executable = mode == "100755" if mode else old in base.files and base.files[old].executable
        files[new] = File(data, executable)
    return place


def _header_names(line: str) -> tuple[str, str]:
    rest = line[len("diff --git ") :]
    if rest.startswith('"'):
        end = re.match(r'"(?:[^"\\]|\\.)*"', rest)
        cut = end.end() if end else len(rest)
        return unquoted(rest[:cut])[2:], unquoted(rest[cut + 1 :])[2:]
    if rest.endswith('"'):
        cut = rest.index(' "')
        return rest[2:cut], unquoted(rest[cut + 1 :])[2:]
    half = len(rest) // 2
    if rest[2:half] == rest[half + 3 :]:
        return rest[2:half], rest[half + 3 :]
    cut = rest.index(" b/")
    return rest[2:cut], rest[cut + 3 :]


def _content(data: bytes, lines: list[str], place: int, name: str) -> tuple[bytes, int]:
    if place < len(lines) and lines[place] == "GIT binary patch":
        return _read_literal(lines, place + 1)
    if place >= len(lines) or not lines[place].startswith("@@ "):
        return data, place
    old = _lines(data)
    done: list[str] = []
    at = 0
    while place < len(lines) and (span := _RANGE.match(lines[place])):
        start, count = int(span.group(1)), int(span.group(2) or "1")
        first = start - 1 if count else start
        done += old[at:first]
        at, place = _hunk(
            old, first, lines, place + 1, (count, int(span.group(3) or "1")), done, name
        )
    done += old[at:]
    return "".join(done).encode("utf-8", "surrogateescape"), place


def _hunk(
    old: list[str],
    at: int,
    lines: list[str],
    place: int,
    counts: tuple[int, int],
    done: list[str],
    name: str,
) -> tuple[int, int]:
    """Copy one hunk to ``done``; return how far the old file and the diff are read."""
    left, right = counts
    while left > 0 or right > 0:
        if place >= len(lines):
            raise PatchRefused("truncated-reply", f"{name}: the diff ends inside a hunk")
        sign, text = lines[place][:1], lines[place][1:]
        place += 1
        if place < len(lines) and lines[place].startswith("\\"):
            place += 1
        else:
            text += "\n"
        if sign in (" ", "-"):
            if at >= len(old) or old[at] != text:
                raise PatchRefused(
                    "removed-lines-not-found", f"{name}: line {at + 1} is not {text.rstrip()!r}"
                )
            at, left = at + 1, left - 1
        if sign in (" ", "+"):
            done.append(text)
            right -= 1
    return at, place


def _read_literal(lines: list[str], place: int) -> tuple[bytes, int]:
    lengths = {
        sign: k + 1 for k, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    }
    packed: list[bytes] = []
    place += 1
    while lines[place]:
        packed.append(base64.b85decode(lines[place][1:])[: lengths[lines[place][0]]])
        place += 1
    while place < len(lines) and not lines[place].startswith("diff --git "):
        place += 1
    return zlib.decompress(b"".join(packed)), place
