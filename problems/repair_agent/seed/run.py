"""Hand a bug to the agent. Not editable."""

from agent.repair import repair


def run(case):
    """Return the agent's patches, in order."""
    return repair(case["name"], case["source"], case["tests"], case["tries"])
