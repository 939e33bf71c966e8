"""The evaluator with a real sandbox and a real scorer: what is run, what is scored, what each failure is called."""

import asyncio
import contextlib
import os
from dataclasses import replace

import pytest

from cladogen.errors import ConfigError, ProblemError, SandboxError, ScorerError
from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.sandboxes.choose import open_sandbox

TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[metrics.value]
low = 0.0
high = 10.0
[limits]
time_s = 2.0
[scorer]
time_s = 3.0
"""
SCORER = """
from cladogen.scoring import Case, Invalid, Scored, number
def cases(parameters):
    return [Case("a", 1), Case("b", 1), Case("c", 2), Case("h", 3, "heldout")]
def score(case, output):
    return {"value": number(output)}
"""
SOLVE = "def run(case):\n    return case\n"


class Counting:
    """A sandbox that hands on and remembers its jobs."""

    def __init__(self, sandbox):
        self.sandbox, self.jobs = sandbox, []

    async def run(self, job):
        self.jobs.append(job)
        return await self.sandbox.run(job)

    async def serve(self, service):
        return await self.sandbox.serve(service)


@pytest.fixture
def problem(tmp_path):
    def make(scorer=SCORER, solve=SOLVE, toml=TOML):
        (tmp_path / "seed").mkdir(exist_ok=True)
        (tmp_path / "seed" / "solve.py").write_text(solve)
        (tmp_path / "seed" / "frozen.txt").write_text("kept")
        (tmp_path / "scorer.py").write_text(scorer)
        (tmp_path / "problem.toml").write_text(toml)
        return load(tmp_path)

    return make


@contextlib.asynccontextmanager
async def evaluating(problem, preview=0):
    async with open_sandbox("local", limits=problem.limits) as sandbox:
        evaluator = ProblemEvaluator(problem, Counting(sandbox), preview=preview)
        try:
            await evaluator.start()
            yield evaluator
        finally:
            await evaluator.close()


async def evaluated(problem, cases=None):
    async with evaluating(problem) as evaluator:
        return await evaluator.evaluate(problem.seeds[0], cases)


@pytest.mark.parametrize("end", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.abort()"])
async def test_scorer_that_ends_its_process_while_it_gives_its_cases_is_named(problem, end):
    scorer = SCORER.replace(
        "def cases(parameters):", f"def cases(parameters):\n    import os; {end}"
    )
    with pytest.raises(SandboxError, match=r"scorer\.py: asked for its cases: .* ended"):
        async with evaluating(problem(scorer)):
            pass


async def test_training_cases_are_run_once_for_each_different_input(problem):
    asked = problem()
    async with evaluating(asked) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0])
        assert evaluator.train == ("a", "b", "c")
        assert evaluator.heldout == ("h",)
        assert [len(job.calls) for job in evaluator.sandbox.jobs] == [2]
    assert [(row.case, row.status, row.metrics["value"]) for row in rows] == [
        ("a", "ok", 1),
        ("b", "ok", 1),
        ("c", "ok", 2),
    ]
    assert rows[0].output == rows[1].output != rows[2].output
    assert asked.score(rows).utilities["c"] == pytest.approx(0.2)


async def test_what_a_program_returned_is_kept_of_training_cases_where_somebody_will_read_it(
    problem,
):
    asked = problem()
    async with evaluating(asked, preview=50) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0], ["a", "c", "h"])
        again = await evaluator.evaluate(asked.seeds[0], ["c"])
    assert [row.returned for row in rows] == ["1", "2", ""]
    assert [row.returned for row in again] == ["2"]
    assert [row.returned for row in await evaluated(asked)] == ["", "", ""]


async def test_heldout_case_is_run_only_when_named(problem):
    rows = await evaluated(problem(), ["h"])
    assert [(row.case, row.metrics["value"]) for row in rows] == [("h", 3)]


async def test_unknown_case_is_a_mistake_that_names_the_nearest(problem):
    with pytest.raises(ConfigError, match="no case 'x'; known: a, b, c, h"):
        await evaluated(problem(), ["x"])


async def test_equal_outputs_are_scored_once(problem):
    counting = (
        SCORER
        + "\nseen = []\ndef score(case, output):\n    seen.append(1)\n    return float(len(seen))\n"
    )
    asked = problem(counting)
    async with evaluating(asked) as evaluator:
        first = await evaluator.evaluate(asked.seeds[0])
        other = asked.seeds[0].replace({"solve.py": b"def run(case):\n    return 0 + case\n"})
        second = await evaluator.evaluate(other)
    assert (
        [row.metrics["value"] for row in first]
        == [row.metrics["value"] for row in second]
        == [1.0, 2.0, 3.0]
    )


async def test_metrics_of_the_text_are_added_for_each_program(problem):
    scorer = SCORER + "\ndef describe(texts):\n    return {'length': len(texts['solve.py'])}\n"
    asked = problem(scorer, toml=TOML + '[[features]]\nmetric = "length"\n')
    async with evaluating(asked) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0])
    assert asked.score(rows).features == (float(len(SOLVE)),)


@pytest.mark.parametrize(
    ("solve", "status", "words"),
    [
        ("def run(case):\n    raise KeyError('gone')\n", Status.CRASH, "gone"),
        ("def run(case):\n    while True: pass\n", Status.TIMEOUT, ""),
        ("import os\ndef run(case):\n    os._exit(0)\n", Status.CRASH, ""),
        ("def run(case):\n    return float('nan')\n", Status.INVALID, ""),
        ("def run(case):\n    return 'text'\n", Status.INVALID, "must"),
        ("def run(case):\n    return None\n", Status.INVALID, "must"),
        ("def run(case:\n", Status.CRASH, "SyntaxError"),
    ],
)
async def test_failure_of_the_program_has_a_status_and_no_number(problem, solve, status, words):
    asked = problem(solve=solve, toml=TOML.replace("time_s = 2.0", "time_s = 0.5"))
    rows = await evaluated(asked)
    assert {row.status for row in rows} == {status}
    assert not any(row.metrics for row in rows)
    assert words in rows[0].feedback
    assert asked.score(rows).fitness is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "return 1 / 0",
            "scorer.py, line 6: score of case 'a' raised ZeroDivisionError: division by zero",
        ),
        ("return float('nan')", "score of case 'a' returned nan; a metric is a finite number"),
        ("return {'value': float('inf')}", "returned value = inf; a metric is a finite number"),
        ("return True", "returned True; a metric is a finite number"),
        ("return None", "returned None"),
        (
            "return {'valeu': 1.0}",
            "no metric 'value', which problem.toml names; the scorer gave valeu",
        ),
        ("raise SystemExit(0)", "called sys.exit"),
        ("while True: pass", "scorer.py"),
        ("import os; os._exit(0)", "scorer.py"),
        ("import os; os._exit(3)", "ended with exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9 (SIGKILL)"),
        ('raise RuntimeError("can\'t start new thread")', "no more threads or processes can be"),
        ("raise BlockingIOError(11, 'fork')", "no more threads or processes can be"),
    ],
)
async def test_failure_of_the_scorer_is_one_line_and_counts_against_no_program(
    problem, body, words
):
    scorer = SCORER.replace('return {"value": number(output)}', body)
    asked = problem(
        scorer, toml=TOML.replace("time_s = 3.0", "time_s = 1.0") + '[[stages]]\ncases = ["a"]\n'
    )
    rows = await evaluated(asked)
    assert [(row.case, row.status) for row in rows] == [("a", Status.INFRA)]
    assert words in rows[0].feedback
    assert "\n" not in rows[0].feedback


async def test_scorer_that_died_is_started_anew(problem):
    dying = SCORER.replace("return {", "import os\n    if output == 2: os._exit(1)\n    return {")
    asked = problem(dying)
    async with evaluating(asked) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0])
        again = await evaluator.evaluate(asked.seeds[0], ["a"])
    assert [row.status for row in rows] == [Status.OK, Status.OK, Status.INFRA]
    assert [row.status for row in again] == [Status.OK]


async def test_refusal_of_the_scorer_is_feedback(problem):
    rows = await evaluated(
        problem(SCORER.replace("return {", "raise Invalid('two rows\\noverlap')\n    return {"))
    )
    assert {(row.status, row.feedback) for row in rows} == {(Status.INVALID, "two rows overlap")}


@pytest.mark.parametrize(
    ("scorer", "words"),
    [
        ("import nothing_like_this", "importing it raised ModuleNotFoundError"),
        ("def cases(parameters:", "SyntaxError"),
        ("cases = 3", "no function 'cases'"),
        (
            "def cases(p): return []\ndef score(c, o): return 1",
            "must return a list of cladogen.scoring.Case",
        ),
        (SCORER.replace('Case("b"', 'Case("a"'), "two cases have one name"),
        (SCORER.replace('Case("b"', 'Case("b\\ud800"'), "case 'b\\ud800' cannot have that name"),
        (SCORER.replace('Case("b"', 'Case("b\\n"'), "case 'b\\n' cannot have that name"),
        (SCORER.replace('Case("b"', "Case(3"), "case 3 cannot have that name"),
        (SCORER.replace('Case("a", 1), Case("b", 1), Case("c", 2), ', ""), "no training case"),
        (SCORER.replace('Case("a", 1)', 'Case("a", {1})'), "the input of case 'a' raised"),
        (
            SCORER.replace("return [", "return parameters['n'], ["),
            "cases(parameters) raised KeyError: 'n'",
        ),
    ],
)
async def test_scorer_that_cannot_start_is_one_line(problem, scorer, words):
    with pytest.raises(ScorerError) as caught:
        await evaluated(problem(scorer))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_program_below_a_stage_is_not_run_on_the_next(problem):
    stages = '[[stages]]\nname = "quick"\ncases = ["a"]\nat_least = {}\n'
    asked = problem(toml=TOML + stages.format(5))
    assert [row.case for row in await evaluated(asked)] == ["a"]
    asked = problem(toml=TOML + stages.format(1))
    async with evaluating(asked) as evaluator:
        assert [row.case for row in await evaluator.evaluate(asked.seeds[0])] == ["a", "b", "c"]
        # Case b has the input of case a, so only c is run.
        assert [len(job.calls) for job in evaluator.sandbox.jobs] == [1, 1]
        known = await evaluator.evaluate(asked.seeds[0], known=lambda rows: True)
        assert [row.case for row in known] == ["a"]


async def test_stage_that_names_no_training_case_is_a_mistake(problem):
    with pytest.raises(ProblemError, match="no training case 'h'"):
        await evaluated(problem(toml=TOML + '[[stages]]\ncases = ["h"]\n'))


async def test_change_outside_what_may_change_is_refused_unrun(problem):
    asked = problem()
    async with evaluating(asked) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0].replace({"frozen.txt": b"new"}))
        assert not evaluator.sandbox.jobs
    assert {(row.status, row.feedback) for row in rows} == {
        (Status.REFUSED, "frozen.txt: outside what may change (solve.py)")
    }


async def test_repeats_have_seeds_of_their_own(problem):
    asked = replace(problem(), repeats=2)
    async with evaluating(asked) as evaluator:
        rows = await evaluator.evaluate(asked.seeds[0], ["a"], seed=3)
    assert [row.seed for row in rows] == [6, 7]


async def test_smoke_run_of_variants_on_one_case_is_one_job_and_says_how_each_ends(problem):
    asked = problem()
    bodies = ["return case", "return 'x'", "raise ValueError"]
    variants = [
        asked.seeds[0].replace({"solve.py": f"def run(case):\n    {body}\n".encode()})
        for body in bodies
    ]
    async with evaluating(asked) as evaluator:
        found = await evaluator.smoke(asked.seeds[0], variants, "a")
        assert len(evaluator.sandbox.jobs) == 1
    assert found == (Status.OK, Status.INVALID, Status.CRASH)


async def test_trials_score_variants_in_two_jobs_and_run_one_that_fails_on_no_other_case(problem):
    asked = problem()
    bodies = ["return case", "return 5", "return 'x'", "raise ValueError"]
    variants = [
        asked.seeds[0].replace({"solve.py": f"def run(case):\n    {body}\n".encode()})
        for body in bodies
    ]
    async with evaluating(asked) as evaluator:
        scores = await evaluator.trials(asked.seeds[0], variants)
        assert [len(job.calls) for job in evaluator.sandbox.jobs] == [4, 3]
    assert [score.status for score in scores] == [
        Status.OK,
        Status.OK,
        Status.INVALID,
        Status.CRASH,
    ]
    assert [score.fitness for score in scores[:2]] == [pytest.approx(4 / 3), 5.0]


async def test_trial_of_a_variant_that_loops_takes_its_time_on_one_case_only(problem):
    asked = problem()
    loop = {"solve.py": b"def run(case):\n    while True:\n        pass\n"}
    variants = [asked.seeds[0].replace(loop), asked.seeds[0]]
    async with evaluating(asked) as evaluator:
        scores = await evaluator.trials(asked.seeds[0], variants)
        assert [len(job.calls) for job in evaluator.sandbox.jobs] == [2, 1]
    assert [score.status for score in scores] == [Status.TIMEOUT, Status.OK]


async def test_variants_of_a_program_that_is_built_are_built(problem):
    build = 'build = ["cp", "solve.py", "made.py"]\ncommand = ["python3", "made.py"]'
    asked = problem(toml=TOML.replace('entry = "solve.py:run"', build))
    variants = [
        asked.seeds[0].replace({"solve.py": f"print({value})\n".encode()}) for value in (5, 7)
    ]
    async with evaluating(asked) as evaluator:
        scores = await evaluator.trials(asked.seeds[0], variants)
    assert [score.fitness for score in scores] == [5.0, 7.0]


async def test_command_reads_json_and_writes_json(problem):
    solve = "import json, sys\njson.dump(json.load(sys.stdin) + 1, sys.stdout)\n"
    asked = problem(
        solve=solve,
        toml=TOML.replace('entry = "solve.py:run"', 'command = ["python3", "solve.py"]'),
    )
    assert [row.metrics.get("value") for row in await evaluated(asked)] == [2, 2, 3]


async def test_program_that_remembers_its_answers_starts_each_repeat_anew(problem):
    solve = "seen = []\ndef run(case):\n    seen.append(case)\n    return seen.count(case)\n"
    rows = await evaluated(problem(solve=solve, toml="repeats = 3\n" + TOML), ["a"])
    assert [row.metrics["value"] for row in rows] == [1.0, 1.0, 1.0]


async def test_program_that_deletes_a_described_file_is_invalid_not_the_scorers_fault(problem):
    scorer = SCORER + "\ndef describe(texts):\n    return {'length': len(texts['more.py'])}\n"
    rows = await evaluated(problem(scorer), ["a"])
    assert [(row.status, row.feedback) for row in rows] == [
        (Status.INVALID, "the program has no file more.py")
    ]


async def test_scorer_may_hold_dataclasses_with_postponed_annotations(problem):
    scorer = "from __future__ import annotations\nfrom dataclasses import dataclass\n" + SCORER
    rows = await evaluated(problem(scorer + "\n@dataclass\nclass Pair:\n    left: int\n"), ["a"])
    assert [row.status for row in rows] == [Status.OK]


async def test_words_that_no_encoding_can_say_do_not_reach_the_record(problem):
    scorer = SCORER.replace('{"value": number(output)}', 'Scored({"value": 1.0}, "half \\ud800")')
    rows = await evaluated(problem(scorer), ["a"])
    assert [row.feedback for row in rows] == ["half ?"]


FORGED = """
import sys
sys.modules["cladogen.sandboxes.wire"].encode = lambda value: (
    b"[" + b",".join([b'{"":1e9}'] * 300_000) + b"," + b"1" * 300 + b"]"
)
def run(case):
    return 1
"""


async def test_an_answer_that_takes_longer_to_read_than_to_make_is_invalid(problem):
    async with evaluating(problem()) as evaluator:
        forger = Program.of({"solve.py": File(FORGED.encode()), "frozen.txt": File(b"kept")})
        (row, *_) = await evaluator.evaluate(forger, ["a"])
    assert row.status is Status.INVALID
    assert "more to read than the program worked for" in row.feedback


async def test_answers_are_measured_by_a_seed_programs_where_the_problem_states_no_limit(problem):
    solve = "def run(case):\n    return 'x' * (3 << 20) if case == 3 else case\n"
    async with evaluating(problem()) as evaluator:
        large = Program.of({"solve.py": File(solve.encode()), "frozen.txt": File(b"kept")})
        assert evaluator.limits.answer_mb == 16.0
        await evaluator.evaluate(evaluator.problem.seeds[0])
        (row,) = await evaluator.evaluate(large, ["h"])
    assert row.status is Status.INVALID
    assert "the limit is 1" in row.feedback


SLOW = """
import time
from cladogen.scoring import Case, number
def cases(parameters):
    return [Case(str(k), k) for k in range(3)]
def score(case, output):
    if output == 0:
        while True: pass
    return {"value": number(output)}
"""


async def test_one_slow_output_holds_up_no_other_and_takes_no_other_along(problem):
    asked = problem(SLOW, toml=TOML.replace("time_s = 3.0", "time_s = 6.0"))
    async with evaluating(asked) as evaluator:
        seed = asked.seeds[0]
        slow = asyncio.create_task(evaluator.evaluate(seed, ["0"]))
        await evaluator.evaluate(seed, ["1"])
        (quick,) = await evaluator.evaluate(seed, ["2"])
        still = not slow.done()
        ((late,),) = await asyncio.gather(slow)
        channel = evaluator.scorer._channel
        (after,) = await evaluator.evaluate(seed, ["1"])
        assert evaluator.scorer._channel is channel
    assert quick.status is Status.OK
    assert still or (os.cpu_count() or 1) == 1
    assert late.status is Status.INFRA
    assert "did not answer within 6 s" in late.feedback
    assert after.status is Status.OK


async def test_the_outputs_of_a_program_are_scored_in_one_exchange(problem):
    asked = problem()
    async with evaluating(asked) as evaluator:
        await evaluator.evaluate(asked.seeds[0])
        channel, sent = evaluator.scorer._channel, []

        class Counted:
            broken = ""

            async def request(self, frame, timeout_s):
                sent.append(frame)
                return await channel.request(frame, timeout_s)

            async def close(self):
                await channel.close()

        evaluator.scorer._channel = Counted()
        evaluator.scorer._known.clear()
        rows = await evaluator.evaluate(asked.seeds[0])
    assert [row.status for row in rows] == [Status.OK] * 3
    assert len(sent) == 1
