"""Put the agent together: suspicious lines first, every strategy on each."""

from agent.config import MOST_PATCHES
from agent.localise import suspicious
from agent.strategies import STRATEGIES


def repair(name, source, tests, tries):
    """Return patches [line, text] in the order in which to try them."""
    lines = source.splitlines()
    patches = []
    for number in suspicious(source, tests):
        for strategy in STRATEGIES:
            for text in strategy(lines[number - 1]):
                patches.append([number, text])
    return patches[: min(tries, MOST_PATCHES)]
