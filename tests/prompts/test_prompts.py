"""Whole prompts, as texts in tests/golden.

``python tests/prompts/test_prompts.py`` writes them anew, to read in the diff.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if __name__ == "__main__":
    sys.path += [str(Path(__file__).parents[1] / "support")]
from small_record import AROUND, SmallRecord, small_problem

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.models.calls import MemoryLog, Message, Request
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts import code, operators
from cladogen.prompts.context import Context
from cladogen.prompts.notes import Background, RunNotes
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.others import Other
from cladogen.prompts.prompter import Failed, Prompter
from cladogen.prompts.rules import rules
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    assemble,
    brief,
    clip,
    count_tokens,
    fenced,
    plain,
)
from cladogen.proposal import Outcome, Proposal
from cladogen.task import Propose

GOLDEN = Path(__file__).parents[1] / "golden"
MODEL = Model("m", output=2000)
TASKS = {
    "diff": Propose(20, (1,)),
    "rewrite": Propose(20, (1,)),
    "cross": Propose(20, (2, 1)),
    "revise": Propose(20, (1,)),
    "refine": Propose(20, (1,)),
    "transfer": Propose(20, (2,)),
    "paradigm": Propose(20, (2,), inspirations=(0,)),
}
ALONE = Propose(20, (2,), alone=True)


def prompt(
    operator: str,
    form: str = "",
    problem: Problem | None = None,
    task: Propose | None = None,
    **options: int,
) -> str:
    record = SmallRecord(problem or small_problem())
    prompter = Prompter(record.problem, ModelOptions(**options), MemoryLog(), AROUND)
    context = prompter.context(record)
    asked = task or TASKS[operator]
    plan = operators.plan(operator, asked, context, prompter.texts, np.random.default_rng(0))
    form = form or prompter.form_for(plan, context, MODEL)
    return shown(prompter.messages(plan, context, MODEL, form))


def shown(messages) -> str:
    return "\n".join(f"<<{message.role}>>\n{message.text}" for message in messages)


def repair(code: str = "", status: Status | None = None) -> str:
    record, log = SmallRecord(), MemoryLog()
    log.begin(
        Request(20, 0, "diff", "m", (Message("system", "(system)"), Message("user", "(prompt)"))),
        0,
        None,
    )
    made = Proposal(
        20, "diff", (1,), code=code, reason="why it was refused", model="m", reply="(the reply)"
    )
    parents = (3,) if status is not None else (1,)
    result = Result(Propose(20, (1,)), Outcome.REFUSED, parents[0], (1,), reason="why it failed")
    again = replace(made, operator="repair", parents=parents, form="diff")
    prompter = Prompter(record.problem, ModelOptions(), log, AROUND)
    about = Failed(made, result, status)
    return shown(prompter.repair_messages(about, again, prompter.context(record), MODEL))


def notes() -> str:
    record, kept = SmallRecord(), RunNotes()
    for made, result in record.latest(10):
        kept.tell(made, result)
    context = Context(record.problem, record, AROUND)
    return shown(kept.request(30, MODEL, PromptTexts(), context).messages)


PROMPTS = {
    **{f"prompt_{operator}": (lambda operator=operator: prompt(operator)) for operator in TASKS},
    "prompt_of_a_baseline": lambda: prompt("diff", task=ALONE),
    "prompt_diff_as_blocks": lambda: prompt("diff", "blocks"),
    "prompt_diff_as_whole_files": lambda: prompt("diff", "whole"),
    "prompt_for_three_candidates": lambda: prompt("diff", candidates=3),
    "repair_of_a_patch": lambda: repair("removed-lines-not-found"),
    "repair_of_a_cut_reply": lambda: repair("truncated-reply"),
    "repair_of_a_protected_file": lambda: repair("protected-file"),
    "repair_of_a_change_outside_the_blocks": lambda: repair("outside-evolve-block"),
    "repair_of_a_crash": lambda: repair(status=Status.CRASH),
    "repair_of_a_timeout": lambda: repair(status=Status.TIMEOUT),
    "notes": notes,
}


@pytest.mark.parametrize("name", PROMPTS)
def test_prompt_is_the_golden_text(name):
    assert PROMPTS[name]() + "\n" == (GOLDEN / f"{name}.md").read_text()


def test_every_operator_has_a_golden_prompt_and_every_text_is_used():
    assert set(TASKS) == set(operators.ODDS)
    shipped = {path.stem for path in (Path(operators.__file__).parent).glob("*.md")} - {"README"}
    codes = ("", "cut-reply", "no-op", "near-duplicate", "symlink", "outside-evolve-block")
    kinds = {operators.repair_text(code, None) for code in codes}
    kinds |= {operators.repair_text("", status) for status in Status}
    forms = {f"format_{form}" for form in ("diff", "blocks", "whole")}
    forms |= {f"answer_{form}" for form in ("diff", "blocks", "whole")}
    assert shipped == {"system", "notes", "answer_candidates"} | kinds | forms | {
        f"operator_{name}" for name in operators.ODDS
    }


def test_users_file_takes_the_place_of_a_shipped_text(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "operator_diff.md").write_text("Do as $parent does, at $5 a line.")
    assert "Do as 1 does, at $5 a line." in prompt("diff", problem=small_problem(tmp_path))


def test_users_notes_are_found_by_their_words(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.md").write_text(
        "Bins of equal size are easier.\n\nThe moon is made of cheese.\n"
    )
    (tmp_path / "notes" / "paper.txt").write_text("Sorting items before they go into bins helps.\n")
    text = prompt("diff", problem=small_problem(tmp_path))
    assert "Sorting items" in text and "equal size" in text and "cheese" not in text
    assert Background([]).section("anything", 100).body == ""


def test_instructions_are_never_trimmed_and_too_small_a_window_is_said():
    fixed, free = (
        Section("Task", "do it"),
        Section("Log", "\n".join(f"line {n}" for n in range(5000)), 0.5),
    )
    text = assemble([fixed, free], 400)
    assert "do it" in text and "lines are left out here" in text and count_tokens(text) <= 400
    assert "line 0\n" in text and "line 4999" in text
    with pytest.raises(ConfigError, match="larger window"):
        assemble([Section("Task", "word " * 1000)], 400)


def test_model_too_small_for_the_instructions_is_refused_before_the_start():
    prompter = Prompter(small_problem(), ModelOptions(), MemoryLog())
    prompter.check_fits(MODEL)
    with pytest.raises(ConfigError, match="tiny: the instructions alone need"):
        prompter.check_fits(replace(MODEL, name="tiny", window=2500))


@pytest.mark.parametrize("tokens", [700, 900, 1200, 2000, 5000])
def test_prompt_stays_within_its_budget(tokens):
    record = SmallRecord()
    prompter = Prompter(record.problem, ModelOptions(context=tokens + 900), MemoryLog())
    other = Other(2, "Another program, #2", "It is shorter.")
    plan = operators.Plan("diff", (1,), (other,), "Do it.")
    messages = prompter.messages(plan, prompter.context(record), MODEL, "diff")
    assert sum(count_tokens(message.text) for message in messages) <= tokens + 900
    assert "Do it." in messages[-1].text and "git diff" in messages[0].text


def test_long_texts_keep_head_and_tail_and_controls_are_gone():
    assert (
        clip("a\n" * 10_000, 50).startswith("a\n") and count_tokens(clip("a\n" * 10_000, 50)) <= 50
    )
    assert plain("a\x1b[31mb\x00\u202ec\td\n") == "abc\td\n"
    assert fenced("```\nx\n```") == "````\n```\nx\n```\n````"


def test_rules_name_the_files_with_blocks_and_a_long_file_is_shown_by_its_blocks():
    text = (
        "KEPT = 1\n" * 400
        + "# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
        + "KEPT = 2\n" * 400
    )
    problem = replace(
        small_problem(),
        seeds=(Program.of({"a.py": File(text.encode()), "b.py": File(b"y = 1\n")}),),
    )
    problem = replace(problem, editable=("*.py",))
    assert (
        "- In a.py only what lies between the lines EVOLVE-BLOCK-START"
        in rules(problem, problem.seeds[0], AROUND).body
    )
    shown = code.files(problem.seeds[0], ["a.py", "b.py"], 200)
    assert "a.py, in part\n```\n# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n```" in shown


def test_short_form_of_a_long_text_ends_with_a_sentence_or_a_word_and_says_that_it_goes_on():
    assert brief("Use the\n gap,  squared.", 40) == "Use the gap, squared."
    assert brief("Prefer tight bins. Then break ties by age.", 24) == "Prefer tight bins. …"
    assert brief("penalise leftover capacity quadratically", 30) == "penalise leftover capacity…"
    assert brief("a" * 50, 10) == "a" * 9 + "…"
    for width in range(1, 60):
        short = brief("One two, three. Four five; six seven eight nine! Ten eleven twelve", width)
        assert len(short) <= width + 1
        assert (
            short.rstrip("… ")
            in "One two, three. Four five; six seven eight nine! Ten eleven twelve"
        )


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for title, make in PROMPTS.items():
        (GOLDEN / f"{title}.md").write_text(make() + "\n")
