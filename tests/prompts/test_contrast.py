"""A prompt may show two children of one program, one better than the other, and where they first part."""

from dataclasses import replace

import numpy as np
import pytest
from small_record import AROUND, SmallRecord

from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.problem.space import IslandPlan
from cladogen.prompts import operators
from cladogen.prompts.contrast import among, contrast
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.task import Propose

MODEL = Model("m", output=2000)
TITLE = "Two children of one program, one better than the other"


def family():
    """The small record with three more children of #0, of which #5 and #6 differ in one line."""
    record = SmallRecord()
    text = record.program(0).text("pack.py")
    for bins, line in ((14.0, "x = 1"), (28.0, "x = 2"), (28.0, "y = 3\n    z = 4")):
        body = text.replace("    bins = []\n", f"    bins = []\n    {line}\n")
        child = record.program(0).replace({"pack.py": body.encode()})
        record._enter(child, (0,), {"easy": bins, "hard": bins})
    return record


def context_of(record):
    return Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND).context(record)


def prompt(record, parent, **options):
    prompter = Prompter(record.problem, ModelOptions.read(options), MemoryLog(), AROUND)
    context, task = prompter.context(record), Propose(20, (parent,))
    plan = operators.plan("diff", task, context, prompter.texts, np.random.default_rng(0))
    return prompter.messages(plan, context, MODEL, "diff")[-1].text


def test_prompt_shows_a_better_and_a_worse_sibling_with_the_first_hunk_in_which_they_differ():
    record = family()
    record._programs[1] = record.program(2)  # first fit gone: #5 is the best of #0's children
    record._rows[1] = record._rows[2]
    said = prompt(record, 0, contrast="true")
    assert TITLE in said
    assert "#4 has bins 14, #5 has 28. From #5 to #4, the only hunk in which they differ" in said
    assert "-    x = 2\n+    x = 1\n" in said


def test_nothing_is_shown_of_siblings_unless_it_is_asked_for():
    assert TITLE not in prompt(family(), 0)


def test_of_the_worse_siblings_the_one_most_like_the_best_is_shown():
    record = family()
    found = among(context_of(record), 0)
    assert (found.better, found.parent) == (1, 0)
    assert found.worse == min(
        (number for number in (2, 4, 5, 6)),
        key=lambda n: (len_hunks(record, n), record.score(n).fitness),
    )


def len_hunks(record, number):
    from cladogen.patching.hunks import hunks

    return len(list(hunks(record.program(number), record.program(1), ["pack.py"])))


def test_program_without_children_is_told_of_its_own_siblings_unless_it_stands_alone():
    context = context_of(family())
    assert contrast(context, 4).parent == 0
    assert contrast(replace(context, alone=True), 4) is None


@pytest.mark.parametrize("number", [1, 3])
def test_no_contrast_where_one_child_alone_has_a_score(number):
    assert among(context_of(SmallRecord()), number) is None


def test_prompt_says_what_the_island_is_after_for_which_a_child_is_asked():
    record = family()
    plans = (IslandPlan("Prefer short programs."), IslandPlan(seeds=(0,)))
    problem = replace(record.problem, islands=plans)
    prompter = Prompter(problem, ModelOptions(), MemoryLog(), AROUND)
    said = []
    for island in range(3):
        context, task = prompter.context(record), Propose(20, (0,), island=island)
        plan = operators.plan("diff", task, context, prompter.texts, np.random.default_rng(0))
        said.append(prompter.messages(plan, context, MODEL, "diff")[-1].text)
    assert ["Prefer short programs." in text for text in said] == [True, False, True]
    assert "What this island of the search is after" not in said[1]
