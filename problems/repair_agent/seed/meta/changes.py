"""Changes of the repository. Each takes a random generator, edits files in place, and returns what
it did, "" when there was nothing to do.

None knows a bug or a function: the symbols come from the language's own tables, the rest are ways
to look for faults that hold for any program.
"""

import ast
import re
from pathlib import Path

from meta import snippets

STRATEGIES, CONFIG = Path("agent/strategies.py"), Path("agent/config.py")
LOCALISE, REPAIR = Path("agent/localise.py"), Path("agent/repair.py")
META, LANGUAGE = Path("meta/config.py"), Path("minilang.py")


def symbols(rng):
    """Let a line be wrong in a symbol: any of some operators or built-in names of one table."""
    group = rng.choice(tables())
    chosen = sorted(rng.sample(group, rng.randint(2, len(group))))
    name = "swap_" + "_".join(re.sub(r"\W", "", ascii_name(each)) for each in chosen)
    return add_strategy(name, snippets.SWAP.format(name=name, symbols=chosen), " ".join(chosen))


def names(rng):
    """Let a line be wrong in a name: any other name of the function may stand there."""
    return add_strategy("names", snippets.NAMES, "names for names")


def constants(rng):
    """Change which steps constants are moved by."""
    step = rng.choice([-2, -1, 1, 2, 3, 10])
    text = CONFIG.read_text()
    steps = ast.literal_eval(re.search(r"STEPS = (\(.*\))", text).group(1))
    steps = tuple(each for each in steps if each != step) if step in steps else (*steps, step)
    CONFIG.write_text(re.sub(r"STEPS = \(.*\)", f"STEPS = {steps!r}", text))
    return f"steps {steps}"


def drop(rng):
    """Take a strategy out."""
    text = STRATEGIES.read_text()
    known = re.search(r"STRATEGIES = \[(.*)\]", text).group(1).split(", ")
    if len(known) < 2:
        return ""
    known.remove(rng.choice(known))
    STRATEGIES.write_text(
        re.sub(r"STRATEGIES = \[.*\]", f"STRATEGIES = [{', '.join(known)}]", text)
    )
    return f"{len(known)} strategies left"


def budget(rng):
    """Change how many patches are handed out."""
    most = rng.choice([5, 10, 20, 30])
    CONFIG.write_text(re.sub(r"MOST_PATCHES = \d+", f"MOST_PATCHES = {most}", CONFIG.read_text()))
    return f"{most} patches"


def lines(rng):
    """Look at lines in another order."""
    name = rng.choice(sorted(snippets.ORDERS))
    if LOCALISE.read_text() == snippets.ORDERS[name]:
        return ""
    LOCALISE.write_text(snippets.ORDERS[name])
    return name


def loop(rng):
    """Put patches together in another way."""
    name = rng.choice(sorted(snippets.LOOPS))
    if REPAIR.read_text() == snippets.LOOPS[name]:
        return ""
    REPAIR.write_text(snippets.LOOPS[name])
    return name


def improver(rng):
    """Change a number of the improver's own."""
    name, value = rng.choice(
        [("CHANGES", rng.randint(1, 4)), ("CURIOSITY", rng.choice([0.25, 0.5, 1.0, 2.0])),
         ("FORGETTING", rng.choice([0.5, 0.8, 0.9, 1.0])), ("NEED", rng.choice([0.1, 0.2, 0.4]))]
    )  # fmt: skip
    META.write_text(re.sub(rf"{name} = [\d.]+", f"{name} = {value}", META.read_text()))
    return f"{name} {value}"


ALL = {
    "symbols": symbols,
    "names": names,
    "constants": constants,
    "drop": drop,
    "budget": budget,
    "lines": lines,
    "loop": loop,
    "improver": improver,
}


def tables():
    """Return the groups of symbols that the language has: arithmetic, comparison, logic, names."""
    text = LANGUAGE.read_text()
    names = {"Add": "+", "Sub": "-", "Mult": "*", "FloorDiv": "//", "Mod": "%", "Lt": "<",
             "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}  # fmt: skip
    groups = [["and", "or"]]
    for table in ("BINARY", "COMPARE"):
        body = re.search(rf"^{table} = \{{(.*?)^\}}", text, re.M | re.S).group(1)
        groups.append([names[found] for found in re.findall(r"ast\.(\w+):", body)])
    body = re.search(r"^BUILTINS = \{(.*?)\}", text, re.M | re.S).group(1)
    return [*groups, re.findall(r'"(\w+)"', body)]


def ascii_name(symbol):
    """Return a symbol as part of a name."""
    return "".join(f"{ord(each):x}" if not each.isalnum() else each for each in symbol)


def add_strategy(name, text, said):
    """Add a strategy to the agent's, unless it has it."""
    old = STRATEGIES.read_text()
    if f"def {name}(" in old and re.search(rf"STRATEGIES = \[.*\b{name}\b.*\]", old):
        return ""
    body, _, listed = old.partition("STRATEGIES = [")
    if f"def {name}(" not in body:
        body = f"{body.rstrip()}\n\n\n{text.strip()}\n\n\n"
    STRATEGIES.write_text(f"{body}STRATEGIES = [{name}, {listed}")
    return said
