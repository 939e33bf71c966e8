"""What was tried, kept from prompt to prompt: the same as worked out anew, and as quick after a long run."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from toy_world import problem

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.program import Node
from cladogen.prompts.attempts import attempts
from cladogen.prompts.context import Context
from cladogen.prompts.run_facts import RunFacts
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result
from cladogen.task import Propose

WINDOW = 12


class Growing:
    """A record that grows, by rounds of tasks; a program may be scored again."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Proposal, Result]] = []
        self.scores: dict[int, Score] = {0: Score(Status.OK, 0.0)}
        self.rows: list[Evaluation] = []
        self.looked = self.rescored = 0

    def add(self, ticket: int, parent: int, fitness: float | None, outcome: Outcome) -> None:
        number = len(self.scores) if outcome is Outcome.ACCEPTED else None
        if number is not None:
            status = Status.CRASH if fitness is None else Status.OK
            self.scores[number] = Score(status, fitness)
        proposal = Proposal(ticket, "diff", (parent,), summary=f"idea {len(self.pairs)}")
        self.pairs.append((proposal, Result(Propose(ticket), outcome, number, (parent,))))

    def latest(self, count: int) -> list[tuple[Proposal, Result]]:
        return self.pairs[-count:]

    def score(self, number: int) -> Score | None:
        self.looked += 1
        return self.scores.get(number)

    def evaluations(self, number: int) -> list[Evaluation]:
        return self.rows

    def size(self) -> int:
        return len(self.scores)


steps = st.lists(
    st.tuples(
        st.sampled_from(["new", "repair", "again", "noise"]),
        st.integers(0, 30),
        st.sampled_from([None, 0.0, 0.5, 1.0, 2.0]),
        st.sampled_from([Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED, Outcome.NO_REPLY]),
    ),
    max_size=80,
)


@given(steps, st.integers(1, 4))
def test_attempts_that_are_kept_are_those_that_are_worked_out_anew(steps, every):
    record, ticket = Growing(), 0
    kept = RunFacts(problem(), record)
    for at, (kind, which, fitness, outcome) in enumerate(steps):
        if kind == "again":
            number = which % len(record.scores)
            record.scores[number] = Score(Status.OK, fitness or 3.0)
            record.rescored += 1
        elif kind == "noise":
            row = {"closeness": float(which)}
            record.rows = [*record.rows, Evaluation("", "a", at, Status.OK, row)]
        else:
            ticket += kind == "new"
            record.add(ticket, which % len(record.scores), fitness, outcome)
        if at % every == 0:
            found = attempts(Context(problem(), record, kept=kept), WINDOW)
            assert found == attempts(Context(problem(), record), WINDOW)


def test_a_prompt_works_out_only_what_is_new():
    record = Growing()
    kept = RunFacts(problem(), record)
    for ticket in range(400):
        record.add(ticket, 0, float(ticket), Outcome.ACCEPTED)
    first = attempts(Context(problem(), record, kept=kept), 400)
    record.add(400, 0, 1.0, Outcome.ACCEPTED)
    record.looked = 0
    second = attempts(Context(problem(), record, kept=kept), 400)
    assert [one is other for one, other in zip(first[1:], second, strict=False)] == [True] * 399
    assert record.looked <= 8  # scores: of the new attempt, and of no other


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=60), st.randoms())
def test_lines_of_descent_are_those_of_the_programs(drawn, random):
    nodes = [Node(0, "", (), 0)]
    for number, pair in enumerate(drawn, start=1):
        parents = tuple(dict.fromkeys(each % number for each in pair))
        nodes.append(Node(number, "", parents, number))
    facts = RunFacts(problem(), SimpleNamespace(node=lambda number: nodes[number]))

    above: list[set[int]] = []
    for node in nodes:
        above.append({node.number}.union(*(above[parent] for parent in node.parents)))
    for number in random.sample(range(len(nodes)), min(8, len(nodes))):
        line = facts.ancestors(number)
        assert {each for each in range(len(nodes) + 3) if each in line} == above[number]
