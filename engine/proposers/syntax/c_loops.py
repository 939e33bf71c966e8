"""Operators on the loops of a text in C or C++: the order of a nest, tiles, several rounds at once,
and what the compiler is told.

They are the usual transformations of an optimising compiler (Allen, Kennedy: Optimizing Compilers
for Modern Architectures, 2001, chapters 5, 8 and 9) without its proof that they are allowed: a
child whose results became wrong is refused by the scorer, as any other.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from cladogen.patching.evolve_blocks import has_markers
from cladogen.proposers.syntax.c_nest import (
    Loop,
    blanked,
    is_named,
    loops,
    statements,
    with_value,
)
from cladogen.proposers.syntax.pick import NothingToDo, pick

TILES = (8, 16, 32, 64, 128)
ROUNDS = (2, 3, 4, 6, 8)
PARTED = 0.25  # how often a nest is parted and keeps its order
AROUND = 0.6  # how often a loop around another is jammed: what the inner one reads is read once
FLAGS = (
    "O3",
    "O3,unroll-loops",
    "O3,fast-math",
    "O3,fast-math,unroll-loops",
    "O2,tree-vectorize",
    "O3,prefetch-loop-arrays",
)
_OPTIMIZE = re.compile(r'^#pragma GCC optimize\("([^"\n]*)"\)\n', re.M)
_UNROLL = re.compile(r"#pragma GCC unroll (\d+)\n[ \t]*$")
_POINTER = re.compile(r"(?<=[\w>])\s*\*\s*(?=[A-Za-z_]\w*\s*[,)])")
_REDUCTION = re.compile(
    r"(?:[A-Za-z_][\w:]*\s+)+([A-Za-z_]\w*)\s*(?:=\s*([^;]+?)|\{\s*([^;}]*)\})\s*;"
)


def nest(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Change the order of two loops, one inside the other; now and then only part them.

    What else the outer loop does goes into loops of its own, before and behind (distribution); a
    sum that is kept in a variable is kept where it is written to in the end (scalar expansion).
    """
    pairs = [pair for loop in loops(text) for pair in _pairs(loop)]
    outer, before, inner, behind = pick(pairs, rng)
    heads = [inner.head, outer.head]
    if (before or behind) and rng.random() < PARTED:
        heads.reverse()
    swapped = f"for ({heads[0]}) {{\nfor ({heads[1]}) {{\n{_block(inner.body)}\n}}\n}}"
    parts = [_alone(outer, before), swapped, _alone(outer, behind)]
    return _put(text, outer, "\n".join(filter(None, parts)))


def tile(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Cut a loop's range into pieces of one length: a loop over pieces, and one inside a piece."""
    loop, size = pick(loops(text), rng), pick(TILES, rng)
    kind, start = loop.kind.removeprefix("const "), _fresh(text, loop.variable)
    limit, name = loop.limit_text, loop.variable
    pieces = f"for ({kind} {start} = {loop.first}; {start} < {limit}; {start} += {size})"
    end = f"({start} + {size} < {limit} ? {start} + {size} : {limit})"
    # The piece's own loop counts by one, so that other operators find it.
    piece = f"for ({kind} {name} = {start}; {name} < {end}; ++{name})"
    return _put(text, loop, f"{pieces} {{\n{piece} {{\n{_block(loop.body)}\n}}\n}}")


def jam(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Do several rounds of a loop in one; loops inside do theirs together (unroll and jam)."""
    found = loops(text)
    around = [loop for loop in found if loops(loop.body)]
    loop = pick(around if around and rng.random() < AROUND else found, rng)
    count = pick(ROUNDS, rng)
    name, kind = loop.variable, loop.kind.removeprefix("const ")
    body = _jammed(loop.body, name, count)
    last = f"{name} + {count - 1}"
    return _put(text, _with_its_directive(text, loop), (
        f"{{\n{kind} {name} = {loop.first};\n"
        f"for (; {last} < {loop.limit_text}; {name} += {count}) {{\n{body}\n}}\n"
        f"for (; {name} < {loop.limit_text}; ++{name}) {{\n{_block(loop.body)}\n}}\n}}"
    ))  # fmt: skip


def _with_its_directive(text: str, loop: Loop) -> Loop:
    """Return a loop that begins with the directive to unroll it, which wants a loop behind it."""
    known = _UNROLL.search(text[: loop.start])
    return loop if known is None else replace(loop, start=known.start())


def compiler(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Tell the compiler more: how to optimise, how often to unroll a loop, that pointers do not
    share memory.
    """
    way = pick((_told_to_optimize, _told_to_unroll, _told_restrict), rng)
    return way(text, rng)


def _told_to_optimize(text: str, rng: np.random.Generator) -> str:
    if has_markers(text):
        raise NothingToDo  # the head of the file may not change
    known = _OPTIMIZE.search(text)
    others = [flags for flags in FLAGS if known is None or flags != known[1]]
    line = f'#pragma GCC optimize("{pick(others, rng)}")\n'
    if known is None:
        return line + text
    return text[: known.start()] + line + text[known.end() :]


def _told_to_unroll(text: str, rng: np.random.Generator) -> str:
    loop, count = pick(loops(text), rng), pick(ROUNDS, rng)
    known = _UNROLL.search(text[: loop.start])
    start = loop.start if known is None else known.start()
    margin = text[text.rfind("\n", 0, loop.start) + 1 : loop.start]
    if margin.strip():
        raise NothingToDo  # a directive has a line to itself
    return f"{text[:start]}#pragma GCC unroll {count}\n{margin}{text[loop.start :]}"


def _told_restrict(text: str, rng: np.random.Generator) -> str:
    """Say of all pointers that a function takes that they share no memory: of one alone it is of
    little use.
    """
    plain = blanked(text)
    found = [match for match in _POINTER.finditer(plain) if _is_parameter(plain, match.start())]
    opened = plain.rfind("(", 0, pick(found, rng).start())
    closed = plain.find(")", opened)
    return text[:opened] + _restricted(plain, text, opened, closed) + text[closed:]


def _restricted(plain: str, text: str, opened: int, closed: int) -> str:
    """Return the parameters between two brackets with their pointers told apart."""
    parts, at = [], opened
    for match in _POINTER.finditer(plain, opened, closed + 1):
        parts += [text[at : match.start()], " *__restrict "]
        at = match.end()
    return "".join((*parts, text[at:closed]))


def _is_parameter(plain: str, at: int) -> bool:
    """Tell whether a position lies in the brackets of a function that is defined here."""
    opened = plain.rfind("(", 0, at)
    closed = plain.find(")", at)
    if opened < 0 or ")" in plain[opened:at]:
        return False
    return plain[closed + 1 :].lstrip()[:1] == "{" and plain[:opened].rstrip()[-1:].isidentifier()


def _pairs(outer: Loop) -> list[tuple[Loop, list[str], Loop, list[str]]]:
    """Return, for each loop right inside one whose order with it can change: the outer loop, what
    it does before, the loop inside, and what it does behind.
    """
    does = statements(outer.body)
    pairs = []
    for at, each in enumerate(does):
        found = _only_loop(each)
        if found is None:
            continue
        inner, before, behind = _expanded(found, does[:at], does[at + 1 :])
        tied = inner.mentions(outer.variable) or outer.mentions(inner.variable)
        if not tied and not _declares(before):
            pairs.append((outer, before, inner, behind))
    return pairs


def _only_loop(statement: str) -> Loop | None:
    """Return the loop that is all of a statement, None where there is more or none."""
    found = next(iter(loops(statement)), None)
    if found is None or found.end != len(statement):
        return None
    return None if blanked(statement[: found.start]).strip() else found


def _expanded(
    inner: Loop, before: list[str], behind: list[str]
) -> tuple[Loop, list[str], list[str]]:
    """Return the three parts with a sum kept where it is written to behind the loop, where there is
    such a sum.
    """
    begun = _REDUCTION.fullmatch(before[-1]) if before else None
    if begun is None or not behind:
        return inner, before, behind
    name, first = begun[1], begun[2] or begun[3] or "0"
    place = _written_to(name, behind)
    if not place:
        return inner, before, behind
    body = with_value(inner.body, name, place)
    return replace(inner, body=body), [*before[:-1], f"{place} = {first};"], behind[1:]


def _written_to(name: str, behind: list[str]) -> str:
    """Return where the first statement writes a sum that no other mentions, "" for nowhere."""
    written = re.fullmatch(rf"([^=;]+?)\s*=\s*{re.escape(name)}\s*;", behind[0])
    if written is None or any(is_named(name, each) for each in behind[1:]):
        return ""
    return written[1]


def _declares(code: list[str]) -> bool:
    """Tell whether a statement declares a variable, which would not be known elsewhere."""
    return any(_REDUCTION.match(blanked(each).strip()) for each in code)


def _alone(outer: Loop, does: list[str]) -> str:
    return f"for ({outer.head}) {{\n{_block(chr(10).join(does))}\n}}" if does else ""


def _jammed(body: str, name: str, count: int) -> str:
    """Return a body for several values of a variable at once: statements one after the other, and
    those of a loop inside together.
    """
    does = statements(body)
    found = loops(does[0]) if len(does) == 1 else []
    inner = _whole_loop(found, does, name)
    if inner is not None:
        return f"for ({inner.head}) {{\n{_jammed(inner.body, name, count)}\n}}"
    rounds = [body] + [with_value(body, name, f"({name} + {k})") for k in range(1, count)]
    if _needs_braces(does, found):
        return "\n".join(f"{{\n{_block(each)}\n}}" for each in rounds)
    return "\n".join(map(_block, rounds))


def _needs_braces(does: list[str], found: list[Loop]) -> bool:
    """Whether statements cannot stand beside the same ones for another value as they are."""
    return len(does) != 1 or bool(found) or _declares(does)


def _whole_loop(found: list[Loop], does: list[str], name: str) -> Loop | None:
    """Return the loop that is all of a statement and does not mention a name, None for none."""
    if found and _is_all_of(found[0], does[0]) and not found[0].mentions(name):
        return found[0]
    return None


def _is_all_of(loop: Loop, statement: str) -> bool:
    return loop.end == len(statement) and not statement[: loop.start].strip()


def _block(body: str) -> str:
    return body.strip("\n").rstrip()


def _fresh(text: str, name: str) -> str:
    """Return a name for where a tile begins that the text does not have."""
    k = 1
    while is_named(f"{name}_{k}", text):
        k += 1
    return f"{name}_{k}"


def _put(text: str, loop: Loop, code: str) -> str:
    """Return the text with other code where a loop stood, set in as its braces say."""
    line = text.rfind("\n", 0, loop.start) + 1
    margin = text[line : loop.start]
    depth, rows = (len(margin) if margin.isspace() or not margin else 0), []
    for line_of_code in code.splitlines():
        row = line_of_code.strip()
        plain = blanked(row)
        opening = depth - 2 * (plain.startswith("}"))
        rows.append(" " * max(0, opening) + row if row else "")
        depth += 2 * (plain.count("{") - plain.count("}"))
    return text[: loop.start] + "\n".join(rows).lstrip() + text[loop.end :]
