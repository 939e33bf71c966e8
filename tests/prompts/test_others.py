"""Which programs stand beside the one to be changed, and who may be crossed with whom: over many random runs."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_record import small_problem

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.models.calls import MemoryLog
from cladogen.models.model import Model
from cladogen.problem.aggregate import score
from cladogen.program import File, Node, Program
from cladogen.prompts import code
from cladogen.prompts.context import Context
from cladogen.prompts.in_full import examples
from cladogen.prompts.operators import ODDS, donors, plan, possible
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.others import (
    another_kind,
    better_cases,
    fell_back,
    gives,
    others,
    partners,
)
from cladogen.prompts.prompter import Prompter
from cladogen.prompts.resource_use import may_wait, resources
from cladogen.prompts.run_facts import RunFacts
from cladogen.prompts.scores import cases as by_case
from cladogen.prompts.scores import failure, how_far
from cladogen.prompts.sections import PromptTexts
from cladogen.prompts.surroundings import Surroundings
from cladogen.task import Propose

CASES = ("easy", "hard")


@dataclass
class Grown:
    """A record of programs with given values on two cases; no proposals."""

    rows: list = field(default_factory=list)
    nodes: list = field(default_factory=list)
    programs: list = field(default_factory=list)
    rescored = 0

    def __post_init__(self):
        self.problem = small_problem()

    def add(self, easy, hard, *parents, size=5.0, output="", repeats=1):
        number = len(self.nodes)
        common = [f"line {n} of all" for n in range(8)]  # none is written anew
        text = "\n".join([f"x = {number}", *common, *(f"line {n} of {number}" for n in range(6))])
        made = Program.of({"pack.py": File(text.encode())})
        values = {"easy": easy, "hard": hard}
        self.programs.append(made)
        self.nodes.append(Node(number, made.id, parents, number))
        self.rows.append([
            Evaluation(made.id, case, seed, Status.OK if value is not None else Status.CRASH,
                       {"bins": value + 0.1 * seed, "size": size} if value is not None else {},
                       output=f"{output or number}/{case}")
            for case, value in values.items() for seed in range(repeats)
        ])  # fmt: skip
        return number

    def score(self, number):
        return score(self.problem, self.rows[number])

    def node(self, number):
        return self.nodes[number]

    def program(self, number):
        return self.programs[number]

    def evaluations(self, number):
        return self.rows[number]

    def latest(self, count):
        return []

    def proposals(self, parent):
        return []

    def size(self):
        return len(self.nodes)

    def best(self, count=1):
        scored = [n for n in range(self.size()) if self.score(n).fitness is not None]
        return sorted(scored, key=lambda n: (-self.score(n).fitness, n))[:count]


def grown(seed, programs=30):
    """Return a random run: parents of any kind, some crossovers, some failures, equal values among them."""
    rng, record = np.random.default_rng(seed), Grown()
    record.add(20.0, 20.0, repeats=int(rng.integers(1, 3)))
    for number in range(1, programs):
        parents = rng.choice(number, size=int(rng.integers(1, 3)), replace=True)
        values = (rng.integers(8, 24, 2) / 2).tolist() if rng.random() > 0.1 else (None, None)
        record.add(*values, *dict.fromkeys(map(int, parents)), size=float(rng.integers(1, 9)),
                   output="same" if rng.random() < 0.2 else "")  # fmt: skip
    return record, rng


def context(record):
    return Context(record.problem, record)


def test_words_kept_from_prompt_to_prompt_are_those_of_a_prompt_that_keeps_none():
    record = Grown()
    record.add(20.0, 20.0)
    record.add(7.123456789, 7.0, 0)
    facts, said = RunFacts(record.problem, record), set()
    for step in range(9):  # each is nearer to the one before, so that it takes more digits
        record.add(4.0 - 2.0 * 10.0**-step, 4.0, 0)
        kept = Context(record.problem, record, kept=facts)
        for numbers in ((0, 1), (1,), (2, record.best()[0])):
            assert kept.shown(*numbers) == context(record).shown(*numbers)
            said.add(tuple(kept.shown(1)))
    assert len(said) > 1, "the words of a program that stays the same changed with the best"


def lines(record, number):
    """Return a program with all its ancestors, the plain way."""
    return {number}.union(*(lines(record, parent) for parent in record.nodes[number].parents))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_the_best_and_the_best_of_another_line_are_always_shown(seed):
    record, rng = grown(seed)
    around, parent = context(record), int(rng.integers(record.size()))
    shown = [each.number for each in others(around, parent, tuple(rng.integers(0, 30, 4).tolist()))]
    best = record.best()[0]
    assert best == parent or shown[0] == best
    kind = another_kind(around)
    assert kind in (None, parent) or kind in shown
    assert parent not in shown and len(set(shown)) == len(shown) <= 4


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_another_line_is_no_relative_of_the_best_and_no_beaten_seed(seed):
    record, _ = grown(seed)
    around = context(record)
    kind, best = another_kind(around), record.best()[0]
    apart = [
        n for n in record.best(24)[1:]
        if best not in lines(record, n) and n not in lines(record, best)
        and record.score(n).signature != record.score(best).signature
        and not (n == 0 and record.score(best).fitness - record.score(0).fitness > around.noise)
        and not (record.score(best).fitness - record.score(0).fitness > around.noise
                 and record.score(n).fitness - record.score(0).fitness <= around.noise
                 and not better_cases(around, best, n))
    ]  # fmt: skip
    assert (kind in apart) if apart else kind is None


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_whoever_is_crossed_is_no_relative_and_has_something_to_give(seed):
    record, rng = grown(seed)
    around, parent = context(record), int(rng.integers(record.size()))
    mine = record.score(parent)
    for mate in partners(around, parent, tuple(rng.integers(0, 30, 4).tolist())):
        its = record.score(mate)
        assert mate not in lines(record, parent) and parent not in lines(record, mate)
        better = mine.fitness is None or its.fitness > mine.fitness
        better |= any(its.cases[case] > mine.cases.get(case, 99) for case in CASES)
        equal = mine.fitness is not None and abs(its.fitness - mine.fitness) <= around.noise
        assert better or (equal and its.signature != mine.signature)
        back = mine.fitness is not None and mine.fitness > its.fitness
        back |= any(mine.cases.get(case, -99) > its.cases[case] for case in CASES)
        assert back or (equal and its.signature != mine.signature)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_donors_made_their_program_better_and_a_change_is_worth_less_far_from_the_best(seed):
    record, rng = grown(seed)
    around, parent = context(record), int(rng.integers(record.size()))
    top = record.score(record.best()[0]).fitness
    for donor in donors(around, parent):
        gain = record.score(donor.number).fitness - record.score(donor.parent).fitness
        assert gain > around.noise and 0 < donor.worth <= gain
        assert donor.worth == pytest.approx(
            gain**2 / (gain + top - record.score(donor.number).fitness)
        )
        assert parent not in lines(record, donor.number) and donor.number not in lines(
            record, parent
        )


def test_shorter_alone_is_no_reason_to_be_shown():
    record = Grown()
    record.add(20.0, 20.0)
    parent = record.add(10.0, 10.0, 0, size=50.0)
    shorter = record.add(11.0, 11.0, 0, size=1.0)
    elsewhere = record.add(9.0, 14.0, 0)
    around = context(record)
    assert not gives(around, parent, shorter) and not gives(around, parent, 0)
    assert gives(around, parent, elsewhere) and better_cases(around, parent, elsewhere) == ["easy"]


def test_same_score_with_another_behaviour_gives_something_and_with_the_same_one_nothing():
    record = Grown()
    record.add(20.0, 20.0)
    parent = record.add(10.0, 10.0, 0, output="a")
    same, other = record.add(10.0, 10.0, 0, output="a"), record.add(10.0, 10.0, 0, output="b")
    assert not gives(context(record), parent, same) and gives(context(record), parent, other)


def test_failed_child_of_the_best_is_no_partner_for_another_of_its_failed_children():
    record = Grown()
    record.add(20.0, 20.0)
    best = record.add(10.0, 10.0, 0)
    one, other = record.add(12.0, 12.0, best), record.add(11.0, 11.0, best)
    around = context(record)
    assert partners(around, one, (other,)) == []
    assert [each.number for each in others(around, one, (other,))][:1] == [best]
    specialist = record.add(8.0, 13.0, best)  # worse on the whole, better on one case
    elsewhere = record.add(14.0, 9.0, 0)
    assert partners(context(record), elsewhere, (one, other)) == [specialist, best]
    assert partners(context(record), one, ()) == []  # it has nothing that its parent has not


def test_nothing_is_crossed_whose_partner_is_as_good_on_every_case():
    record = Grown()
    record.add(20.0, 20.0)
    behind, best = record.add(12.0, 12.0, 0), record.add(10.0, 11.0, 0)
    asked = Propose(9, (behind, best))
    assert partners(context(record), behind, (best,)) == []
    assert "cross" not in possible(asked, context(record), False)
    other = record.add(13.0, 9.0, 0)
    assert partners(context(record), behind, (best, other)) == [other]
    assert possible(asked, context(record), False) == ("cross",)  # on hard it is behind the other


def test_partner_that_has_most_of_what_a_program_lacks_comes_first():
    """Most weak programs are better on some case; a cross with the first of them is a turn lost."""
    record = Grown()
    record.add(20.0, 20.0)
    best = record.add(10.0, 10.0, 0)
    little, much = record.add(11.0, 9.0, 0), record.add(14.0, 5.0, 0)
    equal = record.add(10.0, 10.0, 0, output="another way")
    around = context(record)
    assert partners(around, best, (equal, little, much)) == [much, little, equal]
    assert partners(around, best, ()) == [much, little, equal]


def test_line_that_fell_behind_its_own_seed_is_the_other_one_only_where_there_is_no_better():
    record = Grown()
    record.add(20.0, 20.0)
    behind = record.add(21.0, 20.0, 0)
    record.add(5.0, 25.0, 0)
    assert another_kind(context(record)) == behind
    forward = record.add(19.0, 19.0, 0)
    record.add(19.5, 19.5, forward)
    assert another_kind(context(record)) == forward


def test_program_no_better_than_the_seed_is_no_other_line_but_where_it_has_a_case():
    record = Grown()
    record.add(20.0, 20.0)
    record.add(20.0, 20.0, 0)
    record.add(21.0, 21.0, 0)
    best = record.add(10.0, 10.0, 0)
    assert another_kind(context(record)) is None
    assert [each.number for each in others(context(record), 0, ())] == [best]
    assert others(context(record), best, ()) == []
    good_at_one = record.add(35.0, 9.0, 0)
    assert another_kind(context(record)) == good_at_one


def test_small_change_in_vain_of_the_best_is_no_other_line():
    record = Grown()
    record.add(20.0, 20.0)
    origin = record.add(12.0, 12.0, 0)
    best, vain = record.add(8.0, 8.0, origin), record.add(13.0, 13.0, origin)
    text = record.programs[best].text("pack.py").replace("x = ", "y = ")
    record.programs[vain] = Program.of({"pack.py": File(text.encode())})
    record.programs[best] = Program.of({"pack.py": File((text + "\n# x" * 9).encode())})
    assert another_kind(context(record)) is None
    assert [each.number for each in others(context(record), origin, ())] == [best]


def test_noise_is_no_gain():
    record = Grown()
    record.add(20.0, 20.0, repeats=3)
    parent = record.add(10.0, 10.0, 0)
    near, better = record.add(9.95, 10.0, 0, output="1/easy"), record.add(9.7, 10.0, 0)
    around = context(record)
    assert around.noise == pytest.approx(0.1)
    assert better_cases(around, parent, near) == [] and better_cases(around, parent, better) == [
        "easy"
    ]


def test_seed_gives_nothing_once_it_is_beaten_and_is_a_partner_before():
    record = Grown()
    record.add(12.0, 8.0)
    other = record.add(8.0, 12.0, 0, output="o")
    assert gives(context(record), other, 0)
    record.add(7.0, 7.0, 0)
    assert not gives(context(record), other, 0)


def test_refine_is_for_programs_within_noise_of_the_best():
    record = Grown()
    record.add(20.0, 20.0, repeats=3)
    best = record.add(10.0, 10.0, 0)
    near, far = record.add(10.0, 10.1, 0), record.add(11.0, 11.0, 0)
    around = context(record)
    can = {
        number: "refine" in possible(Propose(9, (number,)), around, False)
        for number in (0, best, near, far)
    }
    assert can == {0: False, best: True, near: True, far: False}


def test_relatives_are_not_crossed_even_when_the_archive_asks_for_it():
    record = Grown()
    record.add(20.0, 20.0)
    parent = record.add(12.0, 12.0, 0)
    child = record.add(10.0, 10.0, parent)
    assert "cross" not in possible(Propose(9, (parent, child)), context(record), False)
    cousin = record.add(11.0, 13.0, 0)
    assert possible(Propose(9, (parent, cousin)), context(record), False) == ("cross",)


def test_ancestor_that_a_shown_program_came_of_is_not_shown_again_unless_it_is_better_on_a_case():
    record = Grown()
    record.add(20.0, 20.0)
    one = record.add(12.0, 12.0, 0)
    worse = record.add(14.0, 14.0, one)
    best = record.add(8.0, 13.0, one)
    shown = [each.number for each in others(context(record), worse, (one,))]
    assert shown == [best, one]  # 12 on "hard", where the best needs 13
    best = record.add(7.0, 7.0, best)
    assert one not in [each.number for each in others(context(record), worse, (one,))]


def test_files_that_are_as_in_the_program_to_change_are_named_and_not_repeated():
    record = Grown()
    for number, (first, second) in enumerate(
        [("x = 1\n" * 9, "same\n" * 9), ("y = 2\n" * 9, "same\n" * 9)]
    ):
        record.add(20.0, 20.0)
        record.programs[number] = Program.of(
            {"pack.py": File(first.encode()), "rule.py": File(second.encode())}
        )
    record.problem = replace(record.problem, editable=("*.py",))
    shown = code.other(context(record), 0, 1, 1000)
    assert "y = 2" in shown and "same\n" not in shown and shown.endswith("As in #0: rule.py.")


@given(
    st.sampled_from(["x.py", "a/long/path/of/a/file/indeed.py"]),
    st.lists(st.sampled_from(["a = 1", "b = 2", "c = 3"]), max_size=30),
    st.lists(st.sampled_from(["a = 1", "b = 2", "d = 4"]), min_size=1, max_size=30),
)
def test_another_program_is_a_difference_exactly_where_that_is_much_shorter(path, before, after):
    record = Grown()
    record.problem = replace(record.problem, editable=("*.py", "a/*"))
    for number, lines in enumerate((before, after)):
        record.add(20.0, 20.0)
        files = {path: File("\n".join(lines).encode())} if lines else {"y.py": File(b"")}
        record.programs[number] = Program.of(files)
    made = [record.program(number) for number in (0, 1)]
    change = code.difference(*made)
    unlike = [path] if made[0].files.get(path) != made[1].files[path] else []
    whole = code.files(made[1], unlike, 9000)
    shown = code.other(context(record), 0, 1, 9000)
    shorter = bool(change) and len(change) <= code.SHORTER * len(whole)
    assert ("As a difference" in shown) == shorter


def test_program_that_fell_behind_its_parent_has_something_to_give_once_it_is_better():
    record = Grown()
    record.add(20.0, 20.0)
    parent = record.add(12.0, 12.0, 0)
    child = record.add(14.0, 14.0, parent)
    facts = RunFacts(record.problem, record)
    assert fell_back(replace(context(record), kept=facts), child)
    record.rows[child] = record.rows[record.add(11.0, 14.0, parent)]
    record.rescored += 1
    assert not fell_back(replace(context(record), kept=facts), child)


@pytest.mark.parametrize(("high", "worst"), [(None, {"hard", "easy"}), (1.0, {"hard"})])
def test_case_that_is_as_good_as_it_can_be_is_no_worst_case(high, worst):
    record = Grown()
    record.add(1.0, 0.0)
    goal = replace(record.problem.objective, direction="maximize", high=high)
    record.problem = replace(
        record.problem, objective=goal, metrics=(goal, record.problem.metrics[1])
    )
    around = Surroundings(CASES, 0, {"easy": "1", "hard": "2"})
    record.rows[0] = [replace(row, feedback=row.case, output="") for row in record.rows[0]]
    text = str(examples(Context(record.problem, record, around), 0))
    assert {case for case in CASES if f"Case {case}" in text} == worst
    record.rows[0] = [
        replace(row, metrics={**row.metrics, goal.name: 1.0}) for row in record.rows[0]
    ]
    text = str(examples(Context(record.problem, record, around), 0))
    assert ("One of the cases, in full" in text) == (high is not None)


@pytest.mark.parametrize(
    ("why", "said"), [("build failed: no", ""), ("no", "; on easy it used CPU time 1 s")]
)
def test_what_a_compiler_used_is_not_said_of_a_case(why, said):
    record = Grown()
    record.add(None, None)
    usage = Usage(3.0, 1.0, 60.0)
    rows = record.rows[0]
    record.rows[0] = [replace(row, feedback=why, usage=usage, output="") for row in rows]
    around = Context(record.problem, record, Surroundings(CASES, 0, {"easy": "1", "hard": "2"}))
    assert how_far(around, 0).startswith(f"0 of 2 cases gave a result{said or '.'}")
    assert bool(said) == bool(examples(around, 0).body)
    assert resources(around, [0]).body == ""  # that is said where the failure is
    alone = replace(around, surroundings=Surroundings(("easy",), 0, {"easy": "1"}), _once={})
    assert bool(said) == bool(resources(alone, [0]).body)


@pytest.mark.parametrize(
    ("limits", "wall_s", "cpu_s", "said"),
    [
        ({}, 3.0, 1.0, ""),
        ({"cpus": 4.0}, 3.0, 1.0, ""),
        ({"cpus": 4.0}, 3.0, 2.0, ", by the clock 3 s"),
        ({"cpus": 4.0}, 3.0, 9.0, ", by the clock 3 s"),
        ({"cpus": 4.0}, 8.8, 5.0, ""),
        ({"cpus": 4.0}, 0.0003, 0.002, ""),
    ],
    ids=[
        "one CPU, and busy",
        "several, and busy",
        "several",
        "at once",
        "longer than its time",
        "begun before",
    ],
)
def test_time_by_the_clock_is_said_where_it_is_the_programs_own_doing(limits, wall_s, cpu_s, said):
    record = Grown()
    record.add(None, None)
    record.add(9.0, 9.0)
    usage = Usage(wall_s, cpu_s, 60.0)
    record.rows = [[replace(row, usage=usage) for row in rows] for rows in record.rows]
    limits = replace(record.problem.limits, time_s=5.0, **limits)
    record.problem = replace(record.problem, limits=limits)
    around = Context(record.problem, record, Surroundings(CASES))
    spent = [how_far(around, 0), resources(around, [1]).body]
    assert all(said in text and text.count("by the clock") == bool(said) for text in spent)
    assert spent[0].endswith(f"on easy it used CPU time {cpu_s:.2g} s{said}, memory 60 MiB.")


@pytest.mark.parametrize(
    ("needs", "waits"),
    [({}, False), ({"gpus": "1"}, True), ({"network": ("example.org",)}, True)],
)
def test_programs_that_ask_something_outside_may_wait(needs, waits):
    problem = small_problem()
    assert may_wait(replace(problem, sandbox=replace(problem.sandbox, **needs))) is waits
    assert may_wait(replace(problem, entry=""))


def test_output_is_not_shown_where_the_sandbox_measures_what_decides():
    record = Grown()
    record.add(3.0, 2.0, output="o")
    record.returned = lambda _: "[1, 2, 3]"
    around = Surroundings(CASES, 0, {"easy": "n: 1", "hard": "n: 2"})
    assert "It returns" in examples(Context(record.problem, record, around), 0).body
    record.problem = replace(
        record.problem, objective=replace(record.problem.objective, name="cpu_s")
    )
    record.rows[0] = [
        replace(row, metrics={"bins": 1.0, "cpu_s": 1.0, "size": 1.0}) for row in record.rows[0]
    ]
    shown = examples(Context(record.problem, record, around), 0).body
    assert "The program gets" in shown and "It returns" not in shown
    record.rows[0][0] = replace(record.rows[0][0], status=Status.INVALID, metrics={})
    assert "It returns" in examples(Context(record.problem, record, around), 0).body


def test_one_of_several_cases_that_is_shown_in_full_is_called_one():
    record = Grown()
    record.add(3.0, 2.0, output="o")
    record.returned = lambda _: "[1]"
    around = Surroundings(CASES, 0, {"easy": "1", "hard": "2"})
    alone = examples(Context(record.problem, record, around), 0)
    assert alone.title == "The worst case, in full"
    record.rows[0][1] = replace(record.rows[0][1], feedback="other words")
    both = examples(Context(record.problem, record, around), 0)
    assert both.title == "The worst cases, in full"


@pytest.mark.parametrize(
    ("made", "odds", "anew"),
    [(89, ODDS, True), (90, ODDS, False), (None, ODDS, True), (99, {"rewrite": 1.0}, True)],
)
def test_nothing_is_begun_anew_with_the_last_of_the_budget(made, odds, anew):
    record = Grown()
    record.add(20.0, 20.0)
    around = replace(context(record), made=made, expected=100)
    can = possible(Propose(9, (0,)), around, True, odds)
    assert ("rewrite" in can) is ("paradigm" in can) is anew


def test_one_case_that_failed_has_what_it_used_said_once():
    record = Grown()
    record.add(None, None)
    record.rows[0] = [replace(row, usage=Usage(3.0, 1.0, 60.0)) for row in record.rows[0][:1]]
    around = Context(record.problem, record, Surroundings(("easy",)))
    assert "CPU time" in resources(around, [0]).body and "CPU" not in failure(around, 0).body
    assert "it used CPU time 1 s" in how_far(around, 0)  # of what was tried nothing else says so


def test_output_that_differs_from_measurement_to_measurement_is_said_to_be_one_of_them():
    record = Grown()
    record.add(5.0, 6.0, repeats=3)  # the seed program, whose noise is measured
    record.returned = lambda key: key
    around = Context(record.problem, record, Surroundings(CASES, 0, {"easy": "null"}))
    assert "It returns, in one of 3 measurements:" in examples(around, 0).body
    record.add(5.0, 6.0)
    assert "It returns:" in examples(around, 1).body


def test_case_that_gives_the_program_nothing_shows_no_input():
    record = Grown()
    record.add(5.0, 6.0)
    record.returned = lambda key: key
    around = Context(record.problem, record, Surroundings(CASES, 0, {"easy": "null", "hard": "2"}))
    text = examples(around, 0).body
    assert text.count("The program gets:") == 1 and "null" not in text


def test_report_of_an_evaluator_beside_the_program_is_not_shown_beside_its_scores_and_words():
    record = Grown()
    record.add(5.0, 6.0)
    said = "found: 3\nsuccess rate: 100 %"
    record.rows[0] = [replace(row, feedback=said) for row in record.rows[0]]
    record.returned = lambda key: "metrics: {}\nfeedback:\n    found: 3"
    problem = replace(record.problem, reported=True)
    around = Context(problem, record, Surroundings(CASES, 0, {"easy": "1", "hard": "2"}))
    text = examples(around, 0).body
    assert "It returns" not in text and text.count("found: 3") == 1
    record.rows[0] = [replace(row, feedback="") for row in record.rows[0]]
    assert "The scorer says" not in examples(Context(problem, record, around.surroundings), 0).body


def test_report_on_a_program_that_failed_does_not_say_again_how_it_failed():
    why = "NameError(\"name 'time' is not defined\")"
    quoted = why.replace('"', '\\"')
    numbers = 'metrics: {"score": 0}'
    short = f'{numbers}\nfeedback: "error: {quoted}"\nfailed: "{quoted}"'
    long = f'{numbers}\nfeedback:\n    error: {why}\n    where: instance 3\nfailed: "{quoted}"'
    for returned, shown in ((short, False), (long, True)):
        record = Grown()
        record.add(5.0, 6.0)
        record.add(None, None, 0)
        record.rows[1] = [
            replace(row, status=Status.INVALID, feedback=why) for row in record.rows[1]
        ]
        record.returned = lambda key, returned=returned: returned
        problem = replace(record.problem, reported=True)
        text = examples(Context(problem, record, Surroundings(CASES, 0, {"easy": "1"})), 1).body
        assert "NameError" not in text and ("where: instance 3" in text) is shown
        assert (numbers in text) is shown


def test_case_that_some_other_program_does_better_on_says_which_and_how_well():
    record = Grown()
    record.add(20.0, 20.0)
    best, specialist = record.add(10.0, 10.0, 0), record.add(8.0, 15.0, 0)
    weak = record.add(14.0, 12.0, 0)
    table = by_case(context(record), weak).body.splitlines()
    assert table[0] == f"| case, worst first | bins of #{weak} | of #{best} | better still |"
    assert [line.split("|")[-2].strip() for line in table[2:]] == [f"8 (#{specialist})", "-"]
    assert "better still" not in by_case(context(record), specialist).body
    alone = Context(record.problem, record, alone=True)
    assert "better still" not in by_case(alone, weak).body


def test_many_cases_name_those_that_other_programs_do_better_on():
    record = Grown()
    many = [f"c{number}" for number in range(14)]

    def add(values, *parents):
        number = record.add(1.0, 1.0, *parents)
        record.rows[number] = [
            Evaluation(record.programs[number].id, case, 0, Status.OK,
                       {"bins": value, "size": 1.0}, output=f"{number}/{case}")
            for case, value in zip(many, values, strict=True)
        ]  # fmt: skip
        return number

    add([20.0] * 14)
    best = add([5.0] * 14, 0)
    other = add([20.0] * 12 + [4.0, 1.0], 0)
    text = by_case(context(record), best).body
    assert f"Done better by other programs: c13 (1, #{other}), c12 (4, #{other})." in text
    assert "Done better" not in by_case(Context(record.problem, record, alone=True), best).body


def two_alike(*values):
    """Return a record whose #3 is written like the best, #2, but for one line, and has values."""
    record = Grown()
    record.add(20.0, 20.0)
    record.add(10.0, 10.0, 0)
    record.add(8.0, 11.0, 0)
    record.add(*values, 2)
    lines = [f"step {n} of the best" for n in range(30)]
    for number, last in ((2, "the end"), (3, "another end")):
        text = "\n".join([*lines, last])
        record.programs[number] = Program.of({"pack.py": File(text.encode())})
    return record


def beside_the_parent(record, wanted):
    """Return the whole prompt that asks for a change of #1."""
    prompter = Prompter(record.problem, ModelOptions(), MemoryLog())
    task = Propose(20, (1,), inspirations=wanted)
    made = plan("diff", task, context(record), prompter.texts, np.random.default_rng(0))
    return prompter.messages(made, context(record), Model("m"), "diff")[-1].text


def test_a_program_much_like_another_that_is_shown_is_a_difference_from_that_one():
    prompt = beside_the_parent(two_alike(9.0, 10.5), (3,))
    shown = prompt[prompt.index("## Another program, #3") :]
    assert "As a difference from #2:" in shown and "+another end" in shown
    assert prompt.count("step 3 of the best") == 1


def test_a_program_much_like_another_that_is_shown_and_better_on_no_case_is_left_out():
    assert "Another program, #3" not in beside_the_parent(two_alike(9.0, 11.5), (3,))


def anew(record, number):
    """Write a program of a record so that it shares no line with others."""
    text = "\n".join(f"step {n} of {number} alone" for n in range(20))
    record.programs[number] = Program.of({"pack.py": File(text.encode())})


def rewritten():
    """Return a record whose best, #3, came of #2 and is written anew; #2 is better on one case."""
    record = Grown()
    record.add(20.0, 20.0)
    record.add(13.0, 16.0, 0)
    record.add(12.0, 11.0, 0)
    record.add(7.0, 12.0, 2)
    record.add(8.0, 15.0, 3)
    return record


def test_what_the_best_came_of_is_another_line_where_the_best_is_written_anew():
    record = rewritten()
    assert another_kind(context(record)) == 1
    anew(record, 3)
    shown = others(context(record), 3, ())
    assert [each.number for each in shown] == [2]
    assert shown[0].why.startswith(
        "The best, #3, came of it, but is written anew. bins 11.5, #3 has"
    )


def test_a_program_may_be_crossed_with_what_it_came_of_where_it_is_written_anew():
    record = rewritten()
    assert partners(context(record), 3, ()) == []
    anew(record, 3)
    assert partners(context(record), 3, ()) == [2]
    made = plan(
        "cross", Propose(20, (3,)), context(record), PromptTexts(), np.random.default_rng(0)
    )
    assert made.parents == (3, 2)
    assert made.instruction.startswith(
        "Program #2 does something better than #3, and #3 came of #2, but is written anew."
    )


def test_a_program_written_anew_is_no_change_that_another_could_take_over():
    record = rewritten()
    assert 3 in [donor.number for donor in donors(context(record), 1)]
    anew(record, 3)
    assert 3 not in [donor.number for donor in donors(context(record), 1)]


def test_search_of_few_proposals_asks_for_nothing_that_only_simplifies():
    record = rewritten()
    for expected, asked in ((60, False), (199, False), (200, True), (None, True)):
        around = replace(context(record), made=20, expected=expected)
        assert ("refine" in possible(Propose(9, (3,)), around, False)) == asked
    around = replace(context(record), made=20, expected=60)
    assert "refine" in possible(Propose(9, (3,)), around, False, {**ODDS, "refine": 1.0})


def test_approach_of_its_own_is_shown_before_a_better_sibling_that_differs_in_some_lines():
    record = rewritten()
    sibling = record.add(9.0, 11.5, 2)
    lines = record.programs[3].text("pack.py").splitlines()
    text = "\n".join([*lines[:11], *(f"line {n} of the sibling" for n in range(3))])
    record.programs[sibling] = Program.of({"pack.py": File(text.encode())})
    assert another_kind(context(record)) == 1
    record.programs[1] = record.programs[3]  # is no approach of its own
    assert another_kind(context(record)) == sibling
