"""Two operators: a step along textual gradients, and a checklist of what is unmet along a program's line."""

from dataclasses import replace

from small_record import AROUND, SmallRecord

from cladogen.models.calls import MemoryLog
from cladogen.problem.values import Constraint
from cladogen.prompts.checklist import checklist, checklist_words
from cladogen.prompts.gradient import gradient_words, has_losses
from cladogen.prompts.operators import ODDS, possible
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.task import Propose


def around(record):
    return Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND).context(record)


def line():
    """#5 does worse on "easy" than its parent #4 did, and better on "hard"."""
    record = SmallRecord()
    text = record.program(1).text("pack.py")
    for at, bins in enumerate(({"easy": 8.0, "hard": 20.0}, {"easy": 11.0, "hard": 9.0})):
        child = record.program(1).replace({"pack.py": f"{text}# {at}\n".encode()})
        record._enter(child, (1 if at == 0 else 4,), bins)
    return record


def test_gradient_names_the_losses_of_a_program_the_largest_first():
    losses = str(gradient_words(around(line()), 4)["losses"]).splitlines()
    assert losses[0] == "Loss 1: case hard: bins 20"
    assert [row.partition(":")[0] for row in losses] == ["Loss 1", "Loss 2"]


def test_gradient_needs_something_better_somewhere():
    record = line()
    assert has_losses(around(record), 5)
    best = replace(record.problem.objective, low=None)
    record.problem = replace(record.problem, objective=best)
    record._rows[5] = [replace(row, metrics={"bins": 1.0, "size": 9.0}) for row in record._rows[5]]
    assert not has_losses(around(record), 5)


def test_checklist_puts_what_an_ancestor_met_and_the_program_lost_first():
    record = line()
    first, *rest = checklist(around(record), 5)
    assert (first.met, first.lost) == (False, 4)
    assert first.text == "case easy: bins 8, as #4 has (now 11)"
    assert all(each.met for each in rest if "case hard" in each.text)
    said = str(checklist_words(around(record), 5)["checklist"])
    assert said.startswith("[ ] case easy: bins 8, as #4 has (now 11) (#4 of this line met it)")
    assert said.endswith("requirements met, to be kept")


def test_checklist_names_no_ancestor_that_did_better_and_did_not_meet_the_requirement():
    record = line()  # the best on "easy" is 7 then, its parent has 8 there
    text = record.program(0).text("pack.py")
    record._enter(
        record.program(0).replace({"pack.py": f"{text}# 7\n".encode()}),
        (0,),
        {"easy": 7.0, "hard": 30.0},
    )
    (easy,) = [each for each in checklist(around(record), 5) if "case easy" in each.text]
    assert (easy.text, easy.met, easy.lost) == (
        "case easy: bins 7, as #6 has (now 11)",
        False,
        None,
    )


def test_checklist_holds_bounds_and_failures():
    record = line()
    bound = Constraint("size", high=3.0)
    record.problem = replace(record.problem, constraints=(bound,))
    texts = [each.text for each in checklist(around(record), 5) if not each.met]
    assert any(text.startswith("size at most 3 (now") for text in texts)
    crash = checklist(around(record), 3)[0]
    assert crash.text == "case easy gives a result, not crash" and crash.lost == 1


def test_both_are_asked_for_only_where_they_are_given_odds():
    context, task = around(line()), Propose(9, (5,))
    assert ODDS["gradient"] == ODDS["checklist"] == 0.0
    assert not {"gradient", "checklist"} & set(possible(task, context, False))
    odds = ModelOptions(operators="gradient=1,checklist=2").operator_odds(ODDS)
    assert {"gradient", "checklist"} <= set(possible(task, context, False, odds))
