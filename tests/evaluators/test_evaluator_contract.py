"""The contract of evaluators, kept by one without a sandbox and by one that waits for the world."""

from toy_world import ToyEvaluator, number

from cladogen.evaluation import Status
from cladogen.evaluators.contract import EvaluatorContract
from cladogen.search.world import WorldWatch, made_patient


def toy() -> ToyEvaluator:
    return ToyEvaluator(lambda x: Status.CRASH if x > 5 else Status.OK)


class TestToy(EvaluatorContract):
    programs = (number(1.0), number(9.0))

    def make(self):
        return toy()


class TestPatient(TestToy):
    def make(self):
        return made_patient(toy(), WorldWatch())
