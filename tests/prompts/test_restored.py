"""A prompt says when the line of programs that it changes goes in circles, and else says nothing."""

import numpy as np
import pytest
from small_record import AROUND, SmallRecord

from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.prompts import operators
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.task import Propose

MODEL = Model("m", output=2000)
BLOCK = "".join(f"    value_{at} = {at}\n" for at in range(30))
TITLE = "This line of programs goes in circles"


def prompt(steps: int) -> str:
    """The prompt for the last program of a line that turns a block on and off ``steps`` times."""
    record, parent = SmallRecord(), 0
    text = record.program(0).text("pack.py")
    for step in range(steps):
        body = f"{text}{'' if step % 2 else BLOCK}    step_number = {step}\n"
        child = record.program(0).replace({"pack.py": body.encode()})
        parent = record._enter(child, (parent,), {"easy": 9.0, "hard": 9.0})
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    context, task = prompter.context(record), Propose(20, (parent,))
    plan = operators.plan("diff", task, context, prompter.texts, np.random.default_rng(0))
    return prompter.messages(plan, context, MODEL, "diff")[-1].text


def test_prompt_says_of_a_line_that_goes_in_circles_how_many_lines_came_back():
    said = prompt(6)
    assert TITLE in said
    # the block is new once and comes back twice; each step adds a line of its own
    assert "Of the 96 lines that were added in the last steps to #9, 60 had been" in said


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_prompt_says_nothing_of_circles_where_there_are_none(steps):
    assert TITLE not in prompt(steps)
