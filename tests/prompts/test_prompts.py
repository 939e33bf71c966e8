"""Whole prompts, as texts in tests/golden.

``python tests/prompts/test_prompts.py`` writes them anew, to read in the diff.
"""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if __name__ == "__main__":
    sys.path += [str(Path(__file__).parents[1] / "support")]
from small_record import AROUND, BROKEN, FIRST_FIT, SORTED, SmallRecord, small_problem

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.ledger import Unlimited
from cladogen.models.calls import MemoryLog, Message, Request
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.problem.space import Axis
from cladogen.problem.values import Metric
from cladogen.program import File, Program
from cladogen.prompts import code, operators
from cladogen.prompts.context import Context
from cladogen.prompts.in_full import examples
from cladogen.prompts.notes import Background, RunNotes
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.others import Other
from cladogen.prompts.prompter import Failed, Prompter
from cladogen.prompts.rules import read_only, rules
from cladogen.prompts.scores import cases as by_case
from cladogen.prompts.scores import scores
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
from cladogen.prompts.tried import tried
from cladogen.proposal import Expectation, Outcome, Proposal
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
    "gradient": Propose(20, (2,)),
    "checklist": Propose(20, (2,)),
}
ALONE = Propose(20, (2,), alone=True)
BUDGET = Unlimited()
BUDGET.proposals_made, BUDGET.proposals_expected = 5, 40


def prompt(
    operator: str,
    form: str = "",
    problem: Problem | None = None,
    task: Propose | None = None,
    **options: int,
) -> str:
    record = SmallRecord(problem or small_problem())
    prompter = Prompter(record.problem, ModelOptions(**options), MemoryLog(), AROUND, BUDGET)
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
    "prompt_first": lambda: prompt("first", task=Propose(-1, (0,), hint="first")),
    "prompt_of_a_baseline": lambda: prompt("diff", task=ALONE),
    "prompt_diff_as_blocks": lambda: prompt("diff", "blocks"),
    "prompt_diff_as_whole_files": lambda: prompt("diff", "whole"),
    "prompt_for_three_candidates": lambda: prompt("diff", candidates=3),
    "repair_of_a_patch": lambda: repair("removed-lines-not-found"),
    "repair_of_a_cut_reply": lambda: repair("cut-reply"),
    "repair_of_a_part": lambda: repair("truncated-reply"),
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
    codes = (
        "",
        "cut-reply",
        "truncated-reply",
        "no-op",
        "near-duplicate",
        "symlink",
        "outside-evolve-block",
    )
    kinds = {operators.repair_text(code, None) for code in codes}
    kinds |= {operators.repair_text("", status) for status in Status}
    forms = {f"format_{form}" for form in ("diff", "blocks", "whole")}
    forms |= {f"answer_{form}" for form in ("diff", "blocks", "whole", "either")}
    alone = {"system", "notes", "answer_candidates", "answer_first", "operator_first"}
    alone |= {
        "wording",
        "operator_diff_2",
        "operator_rewrite_2",
        "tries",
        "tries_over",
        "memory",
        "judge",
        "cases",
        "best_there_can_be",
    }
    assert shipped == alone | kinds | forms | {f"operator_{name}" for name in operators.ODDS}


def test_short_program_may_be_answered_whole_where_a_diff_would_be_the_longer_answer():
    assert 'in the form "whole"' in prompt("diff").rpartition("## Task")[2]
    assert 'in the form "whole"' not in prompt("diff", "blocks").rpartition("## Task")[2]


def test_task_names_what_was_reached_elsewhere_until_the_search_is_there():
    known = replace(small_problem(), best_known=9.5)
    assert "Elsewhere 9.5 was reached." in prompt("diff", problem=known)
    assert "Elsewhere" not in prompt("diff", problem=replace(known, best_known=20.0))


def test_task_after_the_best_score_there_is_asks_for_what_holds_for_other_cases():
    record = SmallRecord()
    record._propose(1, SORTED, "diff", {"easy": 0.0, "hard": 0.0})
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    context, rng = prompter.context(record), np.random.default_rng(0)
    for parent in (1, record.size() - 1):
        plan = operators.plan("diff", Propose(20, (parent,)), context, prompter.texts, rng)
        done = shown(prompter.messages(plan, context, MODEL, "diff"))
        said = "judged on 3 other cases: look for what works on the training cases by chance"
        assert said in done and "Elsewhere" not in done
    assert "No score" not in prompt("diff")


def test_repair_of_a_failure_has_its_idea_and_the_best_program_and_a_baselines_has_no_other():
    record = SmallRecord()
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    made = Proposal(12, "diff", (1,), summary="use a heap", model="m")
    again = replace(made, operator="repair", parents=(3,), form="diff")
    texts = []
    for alone in (False, True):
        result = Result(Propose(12, (1,), alone=alone), Outcome.ACCEPTED, 3, (1,), reason="crash")
        failed = Failed(made, result, Status.CRASH)
        asked = prompter.repair_messages(failed, again, prompter.context(record), MODEL)
        texts.append(shown(asked))
    assert all("The idea was: Use a heap." in text for text in texts)
    assert "## The best program, #1" in texts[0]
    assert "## The best program" not in texts[1]


def test_repair_of_a_program_that_needs_an_absent_package_says_to_do_without_it():
    record = SmallRecord()
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    made = Proposal(12, "diff", (1,), summary="use a heap", model="m")
    again = replace(made, operator="repair", parents=(3,), form="diff")
    own = next(path for path in record.program(3) if path.endswith(".py")).removesuffix(".py")
    asked = {}
    for name in ("scipy", "scipy.optimize", own):
        reason = f"crash: ModuleNotFoundError: No module named '{name}' (pack.py:4)"
        failed = Failed(
            made, Result(Propose(12, (1,)), Outcome.ACCEPTED, 3, (1,), reason=reason), Status.CRASH
        )
        messages = prompter.repair_messages(failed, again, prompter.context(record), MODEL)
        asked[name] = shown(messages)
    said = "The idea was: Use a heap. There is no scipy where the program runs, so do it without."
    assert said in asked["scipy"] and said in asked["scipy.optimize"]
    assert "where the program runs" not in asked[own]


def test_what_was_tried_is_named_beyond_what_is_told_of_in_full_and_the_rest_is_counted():
    record = SmallRecord()
    for at in range(60):
        record._propose(0, SORTED, "diff", {"easy": 13.0 + at, "hard": 29.0})
    body = tried(Context(record.problem, record, AROUND), 0).body
    vain = body.partition("These did not:")[2]
    told, _, named = vain.partition("\n\nNor did these, in short:\n")
    assert told.count("\n- ") == 12 and told.count("Got bins") == 12
    lines = named.partition("\n\n")[0].splitlines()
    assert lines[0] == "- #51 (diff on #0) Largest first. (worse)" and len(lines) == 41
    assert re.fullmatch(r"- \(not shown: \d+ worse(, \d+ [\w ]+)*\)", lines[-1])


@pytest.mark.parametrize(
    ("bins", "lag", "said"),
    [
        (20.0, 2.0, "Got bins 13 -> 20, lag 4 -> 2, error 1 -> 1.5: worse."),
        (20.0, 3.95, "Got bins 13 -> 20: worse."),  # a little is nothing that was paid for
        (20.0, 5.0, "Got bins 13 -> 20: worse."),  # nothing got better
        (12.0, 2.0, "Got bins 13 -> 12, lag 4 -> 2, error 1 -> 1.5: better."),
    ],
)
def test_what_got_worse_or_better_says_in_the_whole_prompt_what_other_metrics_did(bins, lag, said):
    record = SmallRecord()
    record._propose(1, SORTED, "diff", {"easy": bins, "hard": bins})
    last = record.size() - 1
    for number in range(last + 1):
        lag_error = (lag, 1.5) if number == last else (4.0, 1.0)
        more = dict(zip(("lag", "error"), lag_error, strict=True)) | {"size": 9.0 + 9.0 * number}
        record._rows[number] = [
            replace(row, metrics=row.metrics | more if row.metrics else row.metrics)
            for row in record._rows[number]
        ]
    metrics = (Metric("lag", "minimize"), Metric("error", "minimize"))
    record.problem = replace(record.problem, metrics=(*record.problem.metrics, *metrics))
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND, BUDGET)
    context = prompter.context(record)
    plan = operators.plan(
        "diff", Propose(40, (1,)), context, prompter.texts, np.random.default_rng(0)
    )
    text = shown(prompter.messages(plan, context, MODEL, "diff"))
    assert f"- #{last} (diff on #1) Largest first. {said}" in text


def test_crossover_that_was_tried_names_its_partner_in_the_whole_prompt():
    record = SmallRecord()
    record._propose(1, SORTED, "cross", {"easy": 9.0, "hard": 28.0}, 2)
    for _ in range(14):
        record._propose(0, FIRST_FIT, "diff", {"easy": 12.0, "hard": 30.0})
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND, BUDGET)
    context = prompter.context(record)
    for number, line in (
        (1, "- #4 (cross on #1 with #2) Largest first. Got bins 13 -> 18.5: worse."),
        (0, "- #4 (cross on #1 with #2) Largest first. (worse)"),
    ):
        plan = operators.plan(
            "diff", Propose(40, (number,)), context, prompter.texts, np.random.default_rng(0)
        )
        text = shown(prompter.messages(plan, context, MODEL, "diff"))
        assert line in text.splitlines()


@pytest.mark.parametrize(
    ("values", "words", "said"),
    [
        ({"easy": 10.0, "hard": 50.0}, "50 bins, 25 of them full", "50 bins, 25 of them full"),
        ({"easy": 10.0, "hard": 17.0}, "one item lies in two bins", "one item lies in two bins"),
        ({"easy": 10.0, "hard": 17.0}, "17 bins, 8.5 of them full", ""),  # other numbers alone
        ({"easy": 10.0, "hard": 15.0}, "one item lies in two bins", ""),  # it is better
    ],
)
def test_what_got_worse_has_what_the_scorer_said_of_it(values, words, said):
    record = SmallRecord()
    record._propose(1, SORTED, "diff", values)
    last = record.size() - 1
    record._rows[last] = tuple(
        replace(row, feedback=words) if row.case == "hard" else row for row in record._rows[last]
    )
    body = tried(Context(record.problem, record, AROUND), 1).body
    line = next(line for line in body.splitlines() if line.startswith(f"- #{last} "))
    assert (f": worse; the scorer said of hard: {said}." in line) == bool(said)
    assert ("the scorer said" in line) == bool(said)


def test_no_other_method_is_asked_of_a_program_that_just_got_better():
    record = SmallRecord()

    def can(parent):
        context = Context(record.problem, record, AROUND)
        return "rewrite" in operators.possible(Propose(20, (parent,)), context, False)

    assert can(0) and can(1) and not can(2)  # changes of #1 were in vain, of #2 none was made
    record._propose(2, BROKEN, "diff", None)
    assert can(2)
    alone = {"rewrite": 1.0}
    record._propose(1, SORTED, "diff", {"easy": 8.0, "hard": 14.0})
    last, context = record.size() - 1, Context(record.problem, record, AROUND)
    assert not can(last)
    assert "rewrite" in operators.possible(Propose(20, (last,)), context, False, alone)


@pytest.mark.parametrize(("bins", "done"), [(0.0, True), (0.5, False), (-0.5, False)])
def test_nothing_better_is_asked_of_a_program_with_the_best_value_that_there_can_be(bins, done):
    """The objective goes from 0; a value beyond it shows that this is no bound."""
    record = SmallRecord()
    record._propose(1, SORTED, "diff", {"easy": bins, "hard": bins})
    task = Propose(20, (record.size() - 1,), inspirations=(2,))
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    context = prompter.context(record)
    assert (operators.possible(task, context, True) == ("diff", "refine")) is done
    plan = operators.plan("diff", task, context, prompter.texts, np.random.default_rng(0))
    assert ("so that bins gets better" in plan.instruction) is plan.worded is not done
    assert ("No score on the training cases can be better." in plan.instruction) is done
    assert ("judged on 3 other cases" in plan.instruction) is done


def test_what_runs_an_imported_evaluator_is_not_shown_and_the_evaluator_is():
    texts = {
        "pack.py": "x = 1\n",
        "evolve_bridge/bridge.py": "PLUMBING = 'plan.json'\n",
        "evolve_bridge/plan.json": '{"evaluator": "evaluator.py", "plumbing": 1}\n',
        "evolve_bridge/kind_python.py": "PLUMBING = 2\n",
        "evolve_bridge/task.py": "THEIRS = 1\n",
        "evaluator/evaluator.py": "import task\n\ndef evaluate(path):\n    return 1\n",
    }
    seed = Program.of({path: File(text.encode()) for path, text in texts.items()})
    problem = replace(small_problem(), seeds=(seed,), entry="evolve_bridge/bridge.py:run")
    body = read_only(problem, seed, 2000).body
    assert "def evaluate(path)" in body and "lumbing" not in body.lower()
    assert "evolve_bridge/ runs the evaluator on the program; it is not shown." in body
    assert "evolve_bridge/task.py" in body
    both = replace(problem, hidden=("evaluator/**", "evolve_bridge/**"))
    assert read_only(both, seed, 2000).body == "Never shown: evaluator/**."
    called = rules(problem, seed, AROUND).body
    assert "- The program is run by its evaluator for each case, with" in called
    kept = Program.of({"pack.py": File(b"x = 1\n"), "driver.py": File(b"import pack\n")})
    assert "evolve_bridge" not in read_only(small_problem(), kept, 2000).body


@pytest.mark.parametrize(
    ("judge", "named"),
    [
        ("def evaluate(path):\n    return load(path).pack(3)\n", "pack"),
        ("import pack\n\nPLAN = pack.spread()\nx = pack.pack(1)\n", ""),  # a module of its own
        ("from program import spread\n", "spread"),
        ('run_eval(experiment_fn_name="pack")\n', "pack"),
        ("CODE = 'print(program.pack(3))'\nhasattr(program, 'Grid')\n", "pack, Grid"),
        ("KEYS = ['pack', 'spread']\nanswers = {'Grid': 2.5}\nsecret(3.75)\n", ""),
        ("def broken(:\n", ""),
    ],
)
def test_names_that_a_hidden_evaluator_uses_are_said_and_nothing_else_of_it(judge, named):
    texts = {
        "program.py": "def pack(n):\n    return n\n\n\ndef spread():\n    pass\n\n\nclass Grid:\n    pass\n",
        "evaluator/evaluator.py": judge,
        "evaluator/pack.py": "def pack(n):\n    return 7.25\n",
    }
    seed = Program.of({path: File(text.encode()) for path, text in texts.items()})
    problem = replace(
        small_problem(), seeds=(seed,), editable=("program.py",), hidden=("evaluator/**",)
    )
    said = rules(problem, seed, AROUND).body
    line = f"- Its evaluator, which is not shown, uses {named} of the program."
    assert (line in said) if named else ("Its evaluator" not in said)
    assert "3.75" not in said and "7.25" not in said


def test_metric_that_does_not_decide_has_no_digits_for_rounding():
    record = SmallRecord()
    context = Context(record.problem, record, AROUND)
    for number, value in ((0, 0.96954098275871), (1, 0.96954098275893)):
        rows = record._rows[number]
        record._rows[number] = tuple(
            replace(row, metrics={**row.metrics, "speed": value}) for row in rows
        )
    assert (
        "0.9695 |" in scores(context, 1, [0]).body and "0.96954" not in scores(context, 1, [0]).body
    )


def test_objective_over_all_cases_is_said_once():
    record = SmallRecord()
    made, result = record._tried[0]
    goal = record.problem.objective.name
    for cases, twice in ((("easy", "hard"), False), (("hard",), True)):
        expected = Expectation(goal, -1.0, cases, "", 5.0)
        record._tried[0] = (replace(made, expectation=expected), result)
        text = tried(Context(record.problem, record, AROUND), 1).body
        assert f"Expected {goal} -1 on {', '.join(cases)}; got {goal}" in text
        assert (f", {goal} on {', '.join(cases)} 5 -> " in text) == twice


def test_expectation_of_what_is_under_repair_is_not_counted_yet():
    record = SmallRecord()
    said = Expectation(record.problem.objective.name, -1.0, (), "", 5.0)
    record._tried = [(replace(made, expectation=said), result) for made, result in record._tried]
    context = Context(record.problem, record, AROUND)
    assert context.failed(3) is not None
    at_one, at_three = (
        re.search(r"Of (\d+) expectations", tried(context, number).body) for number in (1, 3)
    )
    assert at_one[1] == "3" and at_three is None  # too few to tell


def test_what_does_not_fit_is_shown_at_length_of_the_worst_case_alone():
    record = SmallRecord()
    long = f"signal: [{'0.125, ' * 60} ... (900 characters left out) ... 0.5, 0.25]"
    around = replace(AROUND, inputs={"easy": f"{long}\nn: 4", "hard": f"{long}\nn: 7"})
    text = examples(Context(record.problem, record, around), 1).body
    first, second = text.split("\n\nCase ")
    assert long in first and long not in second
    head = "signal: [" + "0.125, " * 60
    assert f"{head[:160]} ... (" in second and re.search(r"^n: [47]$", second, re.M)


def test_gain_by_rounding_alone_is_no_change():
    record = SmallRecord()
    context = Context(record.problem, record, AROUND)
    assert not context.apart(2.615632964539784, 2.6156329645397833)
    assert context.apart(2.6156, 2.6157) and context.apart(0.0, 1e-9)


def test_prompt_says_what_is_left_of_the_budget_and_how_long_nothing_was_better():
    text = prompt("diff")
    assert "This search has made 5 of about 40 proposals that its budget allows." in text
    assert "The last 3 changes made nothing better than #1." in text  # those after #1's own
    assert "This search has made" not in prompt("diff", task=ALONE)


def test_revision_of_a_program_on_which_nothing_failed_yet_is_a_plain_change():
    text = prompt("revise", task=Propose(20, (2,)))
    assert "changes tried on program" not in text and "Change program #2 so that" in text


def test_program_that_failed_is_repaired_by_a_diff_also_where_it_was_written_whole():
    record = SmallRecord()
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog(), AROUND)
    made = Proposal(12, "rewrite", (1,), form="whole", model="m")
    result = Result(Propose(12, (1,)), Outcome.ACCEPTED, 3, (1,))
    assert prompter.repair_form(Failed(made, result, Status.CRASH)) == "diff"
    assert prompter.repair_form(Failed(made, result, None)) == "whole"
    named = Prompter(record.problem, ModelOptions(form="whole"), MemoryLog(), AROUND)
    assert named.repair_form(Failed(made, result, Status.CRASH)) == "whole"


def test_idea_of_a_repaired_change_says_what_the_repair_made_of_it():
    record = SmallRecord()
    made, result = record._tried[0]
    twice = replace(made, summary="Twice as many starts, 90 in all")
    halved = replace(made, repairs=1, summary="90 starts, each with half of the steps")
    again = replace(halved, summary="Twice as many starts, 90 starts in all")
    for last, said in (
        (halved, "As repaired: 90 starts, each with half of the steps."),
        (again, ""),
    ):
        record._tried[0] = (twice, replace(result, outcome=Outcome.REFUSED, program=None))
        record._tried.insert(1, (last, result))
        text = str(tried(Context(record.problem, record, AROUND), 1))
        assert f"Twice as many starts, 90 in all. {said}".strip() in text
        assert ("As repaired" in text) == bool(said)
        del record._tried[1]


def test_of_many_cases_those_that_cannot_be_better_stand_in_one_line_without_words():
    record = SmallRecord()
    bins = {f"c{number}": 0.0 if number % 2 else 20.0 + number for number in range(14)}
    made = record._enter(record.problem.seeds[0], (0,), bins)
    context = Context(record.problem, record, AROUND)
    lines = by_case(context, made).body.splitlines()
    assert lines[2] == "- 32 (1 case: c12): 32 bins, 16 of them full"
    assert lines[-1] == "- 0 (7 cases: c1, c3, c5, c7, c9, c11, c13)"


def test_cases_that_differ_a_little_are_told_apart_where_worst_first_is_said():
    record = SmallRecord()
    made = record._enter(record.problem.seeds[0], (0,), {"easy": 19.18747, "hard": 19.18921})
    lines = by_case(Context(record.problem, record, AROUND), made).body.splitlines()
    assert lines[2].startswith("| hard | 19.189 |") and lines[3].startswith("| easy | 19.187 |")


def test_rules_say_what_a_feature_means_that_is_no_metric():
    axes = (Axis("depth", about="the longest chain of calls"), Axis("size"), Axis("width"))
    said = rules(replace(small_problem(), axes=axes), SmallRecord().program(0), AROUND).body
    kept = "does not decide; programs that differ in it are kept"
    assert f"- depth, {kept}: the longest chain of calls\n- width, {kept}\n" in said


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
    plan = operators.PromptPlan("diff", (1,), (other,), "Do it.")
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
