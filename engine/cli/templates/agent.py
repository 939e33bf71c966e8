"""A problem whose programs are agents that improve themselves, with a model or without."""

from __future__ import annotations

PROBLEM = """\
name = "NAME"

[program]
editable = ["agent/**", "meta/**"]
entry = "run.py:run"                  # the solver
improver = "meta/improve.py:main"     # what makes a program's children

[objective]
metric = "right"

[metrics.right]
low = 0.0
high = 1.0
about = "the share of questions answered right"

[limits]
time_s = 20.0

[defaults]
archive = "clade"
proposer = "self_improve"
"""
STATEMENT = """\
The agent answers small questions about a text. What it can do is in `agent/skills.json`: for each
kind of question, a Python expression of `text`. The improver, in `meta/`, changes these, and may
change itself.
"""
SCORER = '''\
"""Ask questions, and compare the answers."""

from cladogen.scoring import Case, Invalid

ANSWERS = {
    "reverse": lambda text: text[::-1],
    "shout": lambda text: text.upper() + "!",
    "count": lambda text: str(len(text.split())),
    "first": lambda text: text.split()[0],
    "longest": lambda text: max(text.split(), key=len),
}
TEXTS = ("a small red fox", "nine birds sing")
HELD_OUT = "what nobody has seen yet"


def cases(parameters):
    shown = [(ask, text, "train") for ask in ANSWERS for text in TEXTS]
    hidden = [(ask, HELD_OUT, "heldout") for ask in ANSWERS]
    return [
        Case(f"{ask} {number}", {"ask": ask, "text": text}, split, ANSWERS[ask](text))
        for number, (ask, text, split) in enumerate(shown + hidden)
    ]


def score(case, output):
    if not isinstance(output, str):
        raise Invalid("an answer is a text")
    return float(output == case.answer)
'''
RUN = '''\
"""What is measured: a question in, an answer out."""

import json
from pathlib import Path


def run(case):
    skills = json.loads(Path(__file__).with_name("agent").joinpath("skills.json").read_text())
    return str(eval(skills.get(case["ask"], "''"), {"text": case["text"]}))
'''
IMPROVE = '''\
"""The improver: change one skill that the evidence shows to be wrong, and note what was done."""

import json
import os
import urllib.request
from pathlib import Path
from random import Random

from meta.ideas import IDEAS

SKILLS, NOTES = Path("agent/skills.json"), Path("meta/notes.json")


def main(task):
    """Edit the working copy; ``task`` is what a model would be told."""
    rng = Random(read("EVIDENCE/run.json")["seed"])
    failed = sorted(
        {row["case"].split()[0] for row in read("EVIDENCE/results.json") if not right(row)}
    )
    skill = rng.choice(failed or ["reverse", "shout", "count", "first", "longest"])
    notes = read(NOTES) if NOTES.is_file() else {}
    known = notes.setdefault(skill, [])
    new = [idea for idea in IDEAS if idea not in known]
    expression = asked(skill, task) or rng.choice(new or IDEAS)
    known.append(expression)
    NOTES.write_text(json.dumps(notes, indent=1))
    SKILLS.write_text(json.dumps({**read(SKILLS), skill: expression}, indent=1))
    print(f"Idea: {skill} is {expression}")
    print("Expect: right +0.2")


def right(row):
    return row["metrics"].get("right") == 1.0


def read(path):
    return json.loads(Path(path).read_text())


def asked(skill, task):
    """Return what a model says, where there is one (evolve run --model NAME); else ""."""
    url = os.environ.get("OPENAI_BASE_URL")
    if not url:
        return ""
    model = ask(url + "/models")["data"][0]["id"]
    wanted = f"Answer with one Python expression of `text` for the skill {skill!r}, alone."
    words = f"{task}\\n\\n{wanted}"
    body = {"model": model, "messages": [{"role": "user", "content": words}]}
    reply = ask(url + "/chat/completions", body)["choices"][0]["message"]["content"]
    return reply.strip().strip("`")


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)
'''
IDEAS = '''\
"""What the improver tries without a model."""

IDEAS = [
    "text[::-1]",
    "text.upper() + '!'",
    "text.title()",
    "len(text)",
    "len(text.split())",
    "text.split()[0]",
    "text.split()[-1]",
    "max(text.split(), key=len)",
    "min(text.split(), key=len)",
]
'''
AGENT = {
    "agent": {
        "problem.toml": PROBLEM,
        "statement.md": STATEMENT,
        "scorer.py": SCORER,
        "seed/run.py": RUN,
        "seed/agent/skills.json": '{"reverse": "text"}\n',
        "seed/meta/improve.py": IMPROVE,
        "seed/meta/ideas.py": IDEAS,
    }
}
