"""A search of GEPA: python gepa_side.py URL PROGRAMS WORKERS. It makes one program after the other."""

import itertools
import sys

import gepa
from gepa.core.adapter import EvaluationBatch

programs = int(sys.argv[2])


class Null:
    """An evaluation that costs nothing; every later candidate is better."""

    propose_new_texts = None

    def evaluate(self, batch, candidate, capture_traces=False):
        number = candidate["x"].split("=")[-1].strip().strip("`")
        score = min(0.99, float(number))
        return EvaluationBatch(
            [score] * len(batch),
            [score] * len(batch),
            [{}] * len(batch) if capture_traces else None,
        )

    def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
        rows = [
            {"Inputs": "x", "Generated Outputs": str(score), "Feedback": "go up"}
            for score in eval_batch.scores
        ]
        return dict.fromkeys(components_to_update, rows)


calls = itertools.count(1)
gepa.optimize(
    seed_candidate={"x": "x = 0.0"}, trainset=[1], valset=[1], adapter=Null(), reflection_lm="openai/fake",
    reflection_minibatch_size=1, stop_callbacks=lambda state: next(calls) > programs, raise_on_exception=True,
)  # fmt: skip
