import json

TOOLS = {}


def tool(function):
    TOOLS[function.__name__] = function
    return function


@tool
def add(a, b):
    return a + b


@tool
def search(text, words):
    return [line for line in text.splitlines() if all(word in line for word in words)]


def call(reply):
    name, _, rest = reply.partition(" ")
    if name not in TOOLS:
        return f"no tool named {name}; there are {', '.join(TOOLS)}"
    return str(TOOLS[name](**json.loads(rest)))
