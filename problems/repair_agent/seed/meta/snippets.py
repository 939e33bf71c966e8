"""Texts that changes put into the agent."""

SWAP = '''
def {name}(line):
    """Return the line with one of these symbols in place of another."""
    symbols = {symbols!r}
    pattern = r"[A-Za-z_]\\w*|[<>=!]=|//|[-+*%<>]"
    for match in re.finditer(pattern, line):
        for other in symbols:
            if match.group() in symbols and other != match.group():
                yield line[: match.start()] + other + line[match.end() :]
'''

NAMES = '''
def names(line):
    """Return the line with another name in place of each; "?" stands for the others."""
    for match in re.finditer(r"[A-Za-z_]\\w*", line):
        yield line[: match.start()] + "?" + line[match.end() :]
'''

TOP = '''"""Which lines are suspicious?"""
'''

ORDERS = {
    "from the top": TOP
    + '''

def suspicious(source, tests):
    """Return the numbers of the lines to look at, most suspicious first."""
    return range(1, len(source.splitlines()) + 1)
''',
    "from the bottom": TOP
    + '''

def suspicious(source, tests):
    """Return the numbers of the lines to look at, most suspicious first."""
    return range(len(source.splitlines()), 0, -1)
''',
    "below the first": TOP
    + '''

def suspicious(source, tests):
    """Return the numbers of the lines to look at, most suspicious first."""
    return range(2, len(source.splitlines()) + 1)
''',
    "run by failing tests": TOP
    + '''
from minilang import Failure, call, parse


def suspicious(source, tests):
    """Return the numbers of the lines to look at: first those that failing tests run through most,
    and others least.
    """
    function = parse(source)
    weight = dict.fromkeys(range(1, len(source.splitlines()) + 1), 0.0)
    for test in tests:
        lines = set()
        try:
            right = call(function, test["args"], lines) == test["expected"]
        except Failure:
            right = False
        for number in lines:
            weight[number] += -0.5 if right else 1.0
    return sorted(weight, key=lambda number: -weight[number])
''',
}

HEAD = '''"""Put the agent together: suspicious lines first, every strategy on each."""

import re

from agent.config import MOST_PATCHES
from agent.localise import suspicious
from agent.strategies import STRATEGIES
'''

FILLED = '''

def filled(text, source):
    """Return the texts that a "?" may mean: each name of the function in its place."""
    if "?" not in text:
        return [text]
    names = sorted(set(re.findall(r"[A-Za-z_]\\w*", source)))
    return [text.replace("?", name) for name in names]
'''

ALL_OF_LINE = '''

def repair(name, source, tests, tries):
    """Return patches [line, text] in the order in which to try them."""
    lines = source.splitlines()
    patches = []
    for number in suspicious(source, tests):
        for strategy in STRATEGIES:
            for text in strategy(lines[number - 1]):
                patches += [[number, each] for each in filled(text, source)]
    return patches[: min(tries, MOST_PATCHES)]
'''

BY_STRATEGY = '''

def repair(name, source, tests, tries):
    """Return patches [line, text] in the order in which to try them: one strategy after another."""
    lines = source.splitlines()
    patches = []
    for strategy in STRATEGIES:
        for number in suspicious(source, tests):
            for text in strategy(lines[number - 1]):
                patches += [[number, each] for each in filled(text, source)]
    return patches[: min(tries, MOST_PATCHES)]
'''

TESTED = '''

def repair(name, source, tests, tries):
    """Return patches [line, text] in the order in which to try them: those that pass the tests."""
    lines = source.splitlines()
    patches = []
    for number in suspicious(source, tests):
        for strategy in STRATEGIES:
            for text in strategy(lines[number - 1]):
                for each in filled(text, source):
                    changed = [*lines[: number - 1], each, *lines[number:]]
                    if passes("\\n".join(changed) + "\\n", tests):
                        patches.append([number, each])
    return patches[: min(tries, MOST_PATCHES)]


def passes(source, tests):
    """Tell whether a function passes the tests."""
    try:
        function = parse(source)
        return all(call(function, test["args"]) == test["expected"] for test in tests)
    except Failure:
        return False
'''

LOOPS = {
    "line by line": HEAD + FILLED + ALL_OF_LINE,
    "strategy by strategy": HEAD + FILLED + BY_STRATEGY,
    "only what passes": HEAD + "from minilang import Failure, call, parse\n" + FILLED + TESTED,
}
