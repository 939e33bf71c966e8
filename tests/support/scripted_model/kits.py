"""The scripted model's kits for four problems."""

from __future__ import annotations

from pathlib import Path

from scripted_model.kit import Kit, Part

PROBLEMS = Path(__file__).parents[3] / "problems"


def several(before: str, after: str, *values: object) -> tuple[str, ...]:
    """Return one version for each value between two texts; the first is the seed's."""
    return tuple(f"{before}{value}{after}" for value in values)


CIRCLES = Kit(
    PROBLEMS / "circle_packing",
    (
        Part("steps", "packing.py", several("for step in range(", "):", 400, 100, 200, 600, 800, 1000, 1200, 1500),
             ordered=True, signs=(" of 10 s",)),
        Part("scale", "packing.py", several("np.clip(centres + ", " * ", 0.01, 0.002, 0.004, 0.007, 0.015, 0.02, 0.03),
             ordered=True),
        Part("decay", "packing.py", several("* ", "**step * ", 0.995, 0.98, 0.99, 0.993, 0.997, 0.998, 0.999),
             ordered=True),
        Part("moved", "packing.py", (
            "rng.normal(size=(n, 2)), 0.0, 1.0)",
            *several("rng.normal(size=(n, 2)) * (rng.random((n, 1)) < ", "), 0.0, 1.0)", 0.02, 0.05, 0.1, 0.2, 0.4, 0.6),
            "rng.normal(size=(n, 2)) * (np.arange(n) == step % n)[:, None], 0.0, 1.0)",
            "rng.uniform(-2.0, 2.0, size=(n, 2)), 0.0, 1.0)",
            "rng.laplace(size=(n, 2)), 0.0, 1.0)",
        )),
        Part("draws", "packing.py", several("default_rng(", ")", *range(9))),
        Part("rows", "packing.py", several("count = ", "\n", "round(n**0.5)", "round(n**0.5) + 1", "round(n**0.5) - 1",
                                           "int(n**0.5) + 2")),
        Part("stagger", "packing.py", several("+ 0.5 + ", " * (ranks % 2 - 0.5))", 0.2, 0.0, 0.1, 0.3, 0.4, 0.5, 0.7, 1.0),
             ordered=True),
        Part("width", "packing.py", several("/ (lengths + ", ")", 0.1, 0.0, 0.05, 0.2, 0.3, 0.4, 0.5), ordered=True),
        Part("ranks", "packing.py", several("ranks = ", "\n", "np.arange(n) * count // n",
                                            "np.minimum(np.arange(n) // count, count - 1)",
                                            "(count - 1) - np.arange(n)[::-1] * count // n")),
        Part("order", "packing.py", several("for k in np.argsort(", "):", "-wall", "wall", "radius", "-radius",
                                            "-distance.min(axis=1)", "distance.min(axis=1)", "wall - radius")),
        Part("start", "packing.py", several("radius = np.minimum(wall, ", " * distance.min(axis=1))", 0.5, 0.3, 0.4, 0.45,
                                            0.48), ordered=True),
        Part("accept", "packing.py", several("if grown.sum() > ", ":", "radius.sum()", "radius.sum() - 1e-4 * 0.98**step",
                                             "radius.sum() - 1e-3 * 0.98**step", "radius.sum() - 1e-3 * 0.99**step")),
    ),
)  # fmt: skip

GAP = "    gap = remaining - item\n"
PACKING = Kit(
    PROBLEMS / "online_bin_packing",
    (
        Part("form", "priority.py", several("    return ", "\n", "-gap", "-(gap**2)", "-np.sqrt(np.abs(gap))",
                                            "-gap / remaining", "-gap * remaining", "-(np.abs(gap) ** 1.5)", "gap - 150",
                                            "-gap + 0.05 * item")),
        *(Part(f"rest to {high}", "priority.py", ("", *several(
            "    gap = gap + ", f" * ((remaining - item > {low}) & (remaining - item < {high}))\n",
            2, 5, 10, 20, 40, 80, -5)), after=GAP, ordered=True, signs=("rest",))
          for low, high in ((0, 5), (4, 10), (9, 15), (14, 20), (19, 25), (24, 30), (29, 40))),
        Part("exact", "priority.py", ("", *several("    gap = gap - ", " * (remaining == item)\n", 1, 5, 20, 60)),
             after=GAP, ordered=True),
        Part("empty", "priority.py", ("", *several("    gap = gap + ", " * (remaining == remaining.max())\n", -20, -40, 10,
                                                   20, 40)), after=GAP, ordered=True),
        *(Part(f"items over {size}", "priority.py", ("", *several(
            "    gap = gap + ", f" * ((item > {size}) & (remaining - item < {size // 2}))\n", 3, 10, 30, -10)),
            after=GAP, ordered=True)
          for size in (40, 60, 75)),
    ),
)  # fmt: skip


STRATEGY, REPAIR = "agent/strategies.py", "agent/repair.py"
LIST = "STRATEGIES = [constants]\n"


def strategy(name: str, body: str) -> str:
    """Return a function that makes patches of a line, put into the list."""
    return f"\n\ndef {name}(line):\n{body}\n\nSTRATEGIES.append({name})\n"


SAID = {
    "<": "less", "<=": "at most", ">": "more", ">=": "at least", "==": "equal", "!=": "unequal", "+": "plus", "-": "minus",
    "*": "times", "//": "over", "%": "modulo",
}  # fmt: skip


def swap(symbol: str, other: str, pattern: str) -> Part:
    """Return the strategy that puts one symbol in the place of another, wherever that is a whole one."""
    name = f"{SAID.get(symbol, symbol)} to {SAID.get(other, other)}"
    made = strategy(name.replace(" ", "_"), (
        f"    for match in re.finditer(r\"{pattern}\", line):\n"
        f"        if match.group() == \"{symbol}\":\n"
        f"            yield line[: match.start()] + \"{other}\" + line[match.end() :]\n"
    ))  # fmt: skip
    return Part(name, STRATEGY, ("", made), after=LIST, signs=(f" {symbol} ",))


def names_of(kind: str, where: str, words: str) -> Part:
    """Return the edits that try other names in one kind of place: those that stand above, or all of the function."""
    body = (
        "    import re\n\n"
        f"    for number, line in enumerate(lines, 1):  # {kind}, {{reach}}\n"
        f"        for match in re.finditer(r\"\\b[a-z_]+\\b\", line) if {where} else ():\n"
        f"            for name in sorted(set(re.findall(r\"\\b[a-z_]+\\b\", {{text}})) - set(\"{words}\".split())):\n"
        "                if name != match.group() and number > 1:\n"
        "                    patches.append([number, line[: match.start()] + name + line[match.end() :]])\n"
    )  # fmt: skip
    above = body.format(reach="names above", text='"\\n".join(lines[:number])')
    return Part(
        f"names in {kind}",
        REPAIR,
        ("", above, body.format(reach="all names", text="source")),
        after=BEGUN,
    )


NAMES = strategy("names", (
    "    for match in re.finditer(r\"[a-z_]+\", line):\n"
    "        for name in sorted(set(re.findall(r\"[a-z_]+\", line))):\n"
    "            if name != match.group():\n"
    "                yield line[: match.start()] + name + line[match.end() :]\n"
))  # fmt: skip
RUN = "    return range(1, len(source.splitlines()) + 1)\n"
CUT = "    return patches[: min(tries, MOST_PATCHES)]\n"
TRY = (
    "    from minilang import Failure, call, parse\n\n"
    "    def works(patch):\n"
    "        changed = [*lines]\n"
    "        changed[patch[0] - 1] = patch[1]\n"
    "        try:\n"
    "            function = parse(\"\\n\".join(changed) + \"\\n\")\n"
    "            return all(call(function, test[\"args\"]) == test[\"expected\"] for test in tests{some})\n"
    "        except Failure:\n"
    "            return False\n\n"
    "    patches.sort(key=works, reverse=True)\n"
)  # fmt: skip
WORDS = "def while for in if elif else return range len abs append pop and or not min max"
BEGUN = "    patches = []\n"
# Small steps, so that sixty calls do not come to the end of them: with whole families of symbols in one edit, an
# engine that came there after 22 calls could not be told from one that took 47.
REPAIRS = Kit(
    PROBLEMS / "repair_agent",
    (
        *(swap(one, other, pattern)
          for symbols, pattern in (
            ("< <= > >=", "[<>]=?"), ("== !=", "[=!]="), ("+ -", "[-+]"), ("* // %", r"//|[*%]"),
            ("and or", r"\b(?:and|or)\b"), ("min max", r"\b(?:min|max)\b"),
        ) for one in symbols.split() for other in symbols.split() if one != other),
        Part("names", STRATEGY, ("", NAMES), after=LIST, signs=("= ",)),
        names_of("conditions", 'line.lstrip().startswith(("if ", "elif ", "while "))', WORDS),
        names_of("results", 'line.lstrip().startswith("return ")', WORDS),
        names_of("loops", 'line.lstrip().startswith("for ")', WORDS),
        names_of("assignments", '" = " in line', WORDS),
        names_of("steps", '"+= " in line or "-= " in line', WORDS),
        names_of("calls", '".append(" in line', WORDS),
        Part("numbers", "agent/config.py", several("STEPS = ", "\n", "(1, -1)", "(-1, 1)", "(1, -1, 2)", "(1, -1, 2, -2)")),
        Part("lines", "agent/localise.py", (
            RUN, "    return range(len(source.splitlines()), 0, -1)\n", "    return range(2, len(source.splitlines()) + 1)\n",
            "    return sorted(range(2, len(source.splitlines()) + 1), key=lambda at: -len(source.splitlines()[at - 1]))\n",
        )),
        Part("tested", REPAIR, (CUT, TRY.format(some="[:1]") + CUT, TRY.format(some="[:3]") + CUT,
                                TRY.format(some="") + CUT), signs=("passes the visible tests",)),
        Part("kept", REPAIR, ("                patches.append([number, text])\n",
                              "                if [number, text] not in patches:\n"
                              "                    patches.append([number, text])\n")),
    ),
)  # fmt: skip

FOUND = "    found = a + b + c\n"
TERMS = {
    "squares": "a**2 + b**2 + c**2",
    "cubes": "a**3 + b**3 + c**3",
    "sines": "np.sin(a) + np.sin(b) + np.sin(c)",
    "cosines": "np.cos(a) + np.cos(b) + np.cos(c)",
    "exponentials": "np.exp(-a) + np.exp(-b) + np.exp(-c)",
    "growth": "np.exp(a) + np.exp(b) + np.exp(c)",
    "halves": "np.exp(-0.5 * a) + np.exp(-0.5 * b) + np.exp(-0.5 * c)",
    "doubles": "np.sin(2 * a) + np.sin(2 * b) + np.sin(2 * c)",
    "thirds": "np.sin(3 * a) + np.sin(3 * b) + np.sin(3 * c)",
    "inverses": "1 / (1 + a**2) + 1 / (1 + b**2) + 1 / (1 + c**2)",
    "damped": "np.exp(-a) * np.sin(a) + np.exp(-b) * np.sin(b) + np.exp(-c) * np.sin(c)",
    "bells": "np.exp(-(a**2)) + np.exp(-(b**2)) + np.exp(-(c**2))",
    "pairs": "a * b + a * c + b * c",
    "swung": "a * np.sin(b) + b * np.sin(c) + c * np.sin(a)",
    "swung round": "a * np.cos(b) + b * np.cos(c) + c * np.cos(a)",
    "faded": "a * np.exp(-b) + b * np.exp(-c) + c * np.exp(-a)",
    "tripled": "a * b**2 + b * c**2 + c * a**2",
    "sizes": "a * np.abs(a) + b * np.abs(b) + c * np.abs(c)",
}
LAWS = Kit(
    PROBLEMS / "symbolic_regression",
    (
        *(Part(name, "model.py", ("", f"    found = found + {terms}\n"), after=FOUND)
          for name, terms in TERMS.items()),
        Part("straight", "model.py", (FOUND, "    found = 0.0 * a\n")),
    ),
)  # fmt: skip

KITS = {kit.folder.name: kit for kit in (CIRCLES, REPAIRS, PACKING, LAWS)}
