"""What the scorer said of a case stands once in a whole prompt, with the name of that case."""

from dataclasses import replace

import numpy as np
import pytest
from small_record import AROUND, SmallRecord, small_problem

from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.prompts.operators import plan
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.task import Propose

SHORT = "the left half of {} stays empty"
LONG = "the left half of {} stays empty: " + "shelf after shelf " * 40 + "to the end of {}"
LINES = "shelves of {}\n  1: empty\n  2: full"


def prompt_with(words: str, cases: list[str]) -> str:
    """Return the whole prompt of a program of which the scorer said words on each case."""
    record = SmallRecord(small_problem())
    (row, *_) = record._rows[1]
    record._rows[1] = [
        replace(
            row, case=case, metrics={"bins": 10.0 + at, "size": 9.0}, output=f"out {case}",
            feedback=words.format(case, case),
        )
        for at, case in enumerate(cases)
    ]  # fmt: skip
    around = replace(AROUND, train=tuple(cases), inputs={case: f"in {case}" for case in cases})
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), around)
    context = prompter.context(record)
    made = plan("diff", Propose(20, (1,)), context, prompter.texts, np.random.default_rng(0))
    return "\n".join(each.text for each in prompter.messages(made, context, Model("m"), "diff"))


@pytest.mark.parametrize("words", [SHORT, LONG, LINES], ids=["short", "long", "lines"])
@pytest.mark.parametrize("count", [1, 2, 3, 12, 20])
def test_words_on_a_case_stand_once_in_a_prompt_and_name_it(words, count):
    cases = [f"case-{chr(97 + at)}" for at in range(count)]
    prompt = prompt_with(words, cases)
    for case in cases[-3:]:  # the worst, which are shown in full
        head = " ".join(words.format(case, case).split("\n")[0][:40].split())
        assert prompt.count(head) == 1
        if words == LONG:
            assert f"to the end of {case}" in prompt
    if count > 1:
        where = [prompt.index(f"| {case} | ") for case in cases[::-1]] if count <= 12 else []
        assert where == sorted(where)  # the order of the list of cases


def test_the_same_words_of_two_cases_stand_once_and_both_are_named():
    prompt = prompt_with("nothing fits: " + "shelf after shelf " * 40, ["north", "south"])
    assert prompt.count("nothing fits: ") == 1
    assert prompt.count("(below, at south)") == 2
