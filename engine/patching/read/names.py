"""File names: as replies write them, and the file of the program they mean."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from posixpath import basename, normpath

from cladogen.errors import PatchRefused

_PREFIXES = ("a", "b", "i", "w", "c", "o", "old", "new", "original", "modified", "orig")
_SUFFIX = re.compile(r"(?:\t.*|(?<!\s)\s+\(.*\)|(?<!\s)\s+\d{4}-\d\d-\d\d[ T].*)$")
_REMARK = re.compile(  # behind a name: "(new file)", "- updated"
    r"(?:\s+\([^()]*\)|\s+[-–—]+\s+(?:new|created?|added|modified|updated|changed|unchanged)\b[^.]*)"
    r"[\s:*]*$"
)
_LONGEST_LINE = 1000  # a longer one names no file, and would take long to look through
_DECORATION = " \t`*_\"'#:()[]<>=-•"
_BULLET = re.compile(r"^\s*(?:\d+[.)]|[-*+])\s+")
_FILE = re.compile(
    r"(?i)\b(?:file(?:name|path)?|path|in|update|edit|modify|create|new "
    r"file|add|rewrite|complete)\b\s*[:=]?\s*"
)
_MADE = re.compile(
    r"(?i)^[^`]*\b(?:new|create|creates|adds?|additional|separate)\b[^`]*"
    r"(?<!\bto )(?<!\bin )(?<!\binto )(?<!\bfrom )(?<!\bof )[`*]+([\w./-]+\.\w+)[`*]+\s*"
    r"(?:\([^)]*\)\s*)?[:.]?\s*$"
)
_ABSOLUTE = re.compile(r"[/~]|[A-Za-z]:[\\/]")
_PATH = re.compile(r"^[\w.@+~-][\w .@+~/\\-]*$")
_TOKEN = re.compile(r"[\w@+~./\\-]*\w")
_ENDINGS = frozenset(
    [
        "py",
        "pyi",
        "pyx",
        "c",
        "cc",
        "cpp",
        "cxx",
        "cu",
        "cuh",
        "h",
        "hh",
        "hpp",
        "rs",
        "go",
        "js",
        "mjs",
        "ts",
        "jsx",
        "tsx",
        "java",
        "kt",
        "scala",
        "jl",
        "lua",
        "rb",
        "pl",
        "r",
        "m",
        "f90",
        "f95",
        "zig",
        "nim",
        "hs",
        "ml",
        "ex",
        "exs",
        "erl",
        "clj",
        "cs",
        "fs",
        "swift",
        "sh",
        "bash",
        "sql",
        "md",
        "rst",
        "txt",
        "tex",
        "html",
        "css",
        "json",
        "jsonl",
        "toml",
        "yaml",
        "yml",
        "cfg",
        "ini",
        "csv",
        "tsv",
        "xml",
        "cmake",
        "mk",
        "patch",
        "lean",
        "v",
        "sv",
        "vhd",
        "asm",
        "s",
        "wat",
        "proto",
    ]
)
_COMMENT = re.compile(
    r"^\s*(?:#+|//+|--|;+|%+|/\*+|<!--|\"\"\"|REM)\s*(.*?)\s*(?:\*/|-->|\"\"\")?\s*$"
)


def unquoted(name: str) -> str:
    """Return a name out of a diff header: without quotes, git's escapes, time stamps and
    remarks.
    """
    name = name.strip()
    if name.startswith('"') and '"' in name[1:]:
        inside = name[1 : name.index('"', 1)] if "\\" not in name else name[1 : name.rindex('"')]
        return _unescape(inside)
    return _SUFFIX.sub("", name).strip(" `'\"*")


def _unescape(name: str) -> str:
    simple = {
        "n": b"\n",
        "t": b"\t",
        "r": b"\r",
        '"': b'"',
        "\\": b"\\",
        "a": b"\a",
        "b": b"\b",
        "v": b"\v",
        "f": b"\f",
    }

    def plain(match: re.Match[bytes]) -> bytes:
        code = match.group(1).decode("ascii")
        return simple[code] if code in simple else bytes([int(code, 8) & 0xFF])

    data = name.encode("utf-8", "surrogateescape")
    return re.sub(rb'\\([0-3][0-7]{2}|[ntrabvf"\\])', plain, data).decode(
        "utf-8", "surrogateescape"
    )


def resolve(name: str, known: Collection[str], creating: bool = False) -> str:
    """Return the path ``name`` means: a file of the tree, or a new path when there is none.

    A name that is not in the tree but has the base name of exactly one file means that file. Raises
    PatchRefused for a path that leaves the tree.
    """
    name = name.strip().replace("\0", "")
    plain = _spellings(name)
    _check_inside(name, plain)
    for spelling in plain:
        if spelling in known:
            return spelling
    alike = "" if creating else _alike(plain[-1], known)
    return alike or _new_path(name, plain)


def _check_inside(name: str, spellings: list[str]) -> None:
    if any(spelling.split("/")[0] == ".." for spelling in spellings):
        raise PatchRefused(
            "path-outside-tree",
            f"{name} lies outside the program's tree; name a file of the program",
        )


def _new_path(name: str, spellings: list[str]) -> str:
    """Return the path of a file that the tree does not have; raises PatchRefused for one that is
    none of a program.
    """
    if _ABSOLUTE.match(name):
        raise PatchRefused(
            "path-outside-tree",
            f"{name} is an absolute path; name a file inside the program's tree",
        )
    path = _without_prefix(name, spellings)
    if path in (".", "") or ".git" in path.lower().split("/"):
        raise PatchRefused("path-outside-tree", f"{name} is not a path a program may have")
    return path


def _spellings(name: str) -> list[str]:
    found = []
    for form in dict.fromkeys((name, name.replace("\\", "/"))):
        found.append(normpath(form))
        first, slash, rest = form.removeprefix("./").partition("/")
        if slash and first in _PREFIXES:
            found.append(normpath(rest))
    return found


def _without_prefix(name: str, spellings: list[str]) -> str:
    prefixed = spellings[0].split("/")[0] in ("a", "b") or "\\" in name
    return spellings[1] if len(spellings) > 1 and prefixed else spellings[0]


def _alike(path: str, known: Collection[str]) -> str:
    """Return the one file that ``path`` can mean: by the longest common tail, by base name, or by
    letter case; "" for none.
    """
    base = basename(path)
    for same in (
        lambda one: path.endswith("/" + one),
        lambda one: basename(one) == base,
        lambda one: basename(one).lower() == base.lower(),
    ):
        if found := only(list(filter(same, known))):
            return found
    return ""


def named_by(line: str, known: Collection[str]) -> str:
    """Return the file name a line of prose consists of (a heading, bold text, "File: x"), or ""."""
    text = line.strip()
    if len(text) > _LONGEST_LINE:
        return ""
    comment = _COMMENT.match(text)
    for given in (text, comment.group(1) if comment else ""):
        if name := _bare_name(given, known):
            return name
    return _made_by(text, known)


def _bare_name(given: str, known: Collection[str]) -> str:
    """Return the file name that is left of words without their signs and remarks, "" for none."""
    form = _REMARK.sub("", given)
    bare = _BULLET.sub("", form).strip(_DECORATION)
    if bare in known:
        return bare
    if ":" in form or " " in bare:
        bare = _FILE.sub("", bare, count=1).strip(_DECORATION)
    bare = _SUFFIX.sub("", bare).strip(_DECORATION)
    return bare if _is_name(bare, known) else ""


def _made_by(text: str, known: Collection[str]) -> str:
    """Return the name of the new file that a line says is made, "" for none."""
    made = _MADE.match(text)
    name = made[1] if made else ""
    return name if name and not same_file(name, known) and _is_name(name, known) else ""


def mentioned(line: str, known: Collection[str]) -> str:
    """Return the one known file that a line of prose speaks of, or ""."""
    tokens = set(_TOKEN.findall(line[:_LONGEST_LINE]))
    tokens |= {token.strip("./") for token in tokens}
    return only([path for path in known if not tokens.isdisjoint((path, basename(path)))])


def hinted(before: Sequence[str], known: Collection[str]) -> str:
    """Return the file that the last two lines of prose name or mention, or ""."""
    names = (named_by(line, known) or mentioned(line, known) for line in reversed(before[-2:]))
    return next(filter(None, names), "")


def only(names: Collection[str]) -> str:
    """Return a name that is the only one, "" where there are none or several."""
    return next(iter(names)) if len(names) == 1 else ""


def same_file(name: str, known: Collection[str]) -> str:
    """Return the file of the program with this path or, if it is the only one, base name; or ""."""
    if name in known:
        return name
    base = basename(name)
    return only([path for path in known if basename(path) == base])


def _is_name(text: str, known: Collection[str]) -> bool:
    if len(text) > 200 or not _PATH.match(text):
        return False
    is_known = text in known or any(basename(path) == text for path in known)
    return is_known or _has_an_ending(text)


def _has_an_ending(text: str) -> bool:
    """Whether a text ends as files do, and holds no blank."""
    ending = re.search(r"[\w-]\.([A-Za-z]\w{0,9})$", text)
    return " " not in text and ending is not None and ending.group(1).lower() in _ENDINGS
