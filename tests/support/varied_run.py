"""A search of the toy world with results of every kind, and what two records of it must agree in."""

import asyncio

from toy_world import Stepper, number

from cladogen.evaluation import Status
from cladogen.patch import make_diff
from cladogen.proposal import Cost, Proposal

KINDS = ("mutate", "step+swap", "tune", "shorten")


class Various(Stepper):
    """Steps under several names, some in vain, to few numbers: some children are known already."""

    async def propose(self, task, record, rng):
        await asyncio.sleep(0)
        parent = record.program(task.parents[0])
        child = number(round(float(parent.text("x.txt")) + float(rng.normal(0.0, 0.7)), 1))
        score = record.score(task.parents[0])
        return Proposal(
            task.ticket, KINDS[task.ticket % 4], task.parents,
            make_diff(parent, child) if child != parent else "", trials=task.ticket % 3,
            cost=Cost(0.25, 1, 2, 0, 1), operators=("number", "swap")[: task.ticket % 3],
            in_vain="tune" if task.ticket % 5 == 0 else "",
            parent_fitness=None if score is None else score.fitness,
        )  # fmt: skip


class Forgetful(Various):
    """The same, and it learns nothing."""

    def state(self):
        return None

    def restore(self, state):
        """There is nothing to restore."""


def crashing(value: float) -> Status:
    return Status.CRASH if value < -1.0 or round(10 * value) % 7 == 3 else Status.OK


def same_knowledge(one, many):
    assert many.size() == one.size() > 20
    for program in range(one.size()):
        assert many.node(program) == one.node(program)
        assert many.score(program) == one.score(program)
        assert many.evaluations(program) == one.evaluations(program)
        assert list(many.children(program)) == list(one.children(program))
        assert many.proposals(program) == one.proposals(program)
        assert many.behaves_like(many.evaluations(program)) == one.behaves_like(
            one.evaluations(program)
        )
    assert many.latest(1000) == one.latest(1000)
    assert many.best(100) == one.best(100)
