"""How may a line be wrong?"""

import re

from agent.config import STEPS


def constants(line):
    """Return the line with each number a little changed."""
    for match in re.finditer(r"\d+", line):
        for step in STEPS:
            yield line[: match.start()] + str(int(match.group()) + step) + line[match.end() :]


STRATEGIES = [constants]
