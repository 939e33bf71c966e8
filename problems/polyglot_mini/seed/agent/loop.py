"""The loop: the model says which tools to use, and is told what they gave, until it submits."""

import json

from agent.model import NoMoreCalls
from agent.tools import TOOLS

MOST_TURNS = 12


def work(model, workspace, system, task):
    """Work on a task; return whether the model submitted."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": task}]
    for _ in range(MOST_TURNS):
        try:
            said = model.reply(messages, TOOLS)
        except NoMoreCalls:
            return False
        messages.append(said)
        calls = said.get("tool_calls") or []
        if not calls:
            messages.append({"role": "user", "content": "Use a tool; submit when you are done."})
        for call in calls:
            name, given = call["function"]["name"], arguments(call)
            if name == "submit":
                return True
            result = workspace.use(name, given)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return False


def arguments(call):
    """Return what a tool is called with, {} where that is not JSON."""
    try:
        given = json.loads(call["function"]["arguments"] or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
