"""The one tally: what each operator and model has done, live and from the record."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from toy_world import Stepper, opened, tally, toy_run

from cladogen.archives.base import Result, Standing
from cladogen.display.whole_tally import WholeTally
from cladogen.evaluation import Score, Status
from cladogen.events import Told
from cladogen.program import File, Program
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.credit import Credit, Maker, NamedBest, Tally
from cladogen.search.budget import Caps
from cladogen.task import Measure, Propose
from cladogen.view.recorded_events import tally_of
from cladogen.view.reports.credit import CreditRow, credit_lines, credit_table, tuning_line
from cladogen.view.run_reader import RunReader


class Repeater(Stepper):
    """Propose the same child of the seed program again and again."""

    async def propose(self, task, record, rng):
        self.first = getattr(self, "first", None) or await super().propose(task, record, rng)
        patch, parents = self.first.patch, self.first.parents
        return Proposal(
            task.ticket, "step", parents, patch, model="m", reply="x", cost=Cost(calls=1)
        )


def told(number: int, fitness: float | None, **how) -> Told:
    """A new program under the seed program, or a failed proposal when an outcome is given."""
    outcome = how.pop("outcome", Outcome.ACCEPTED)
    status = Status.CRASH if fitness is None else Status.OK
    score = Score(status, fitness) if outcome is Outcome.ACCEPTED else None
    proposal = Proposal(number, **{"operator": "diff", "parents": (0,), "model": "m", **how})
    program = number if outcome is Outcome.ACCEPTED else None
    result = Result(Propose(number, (0,)), outcome, program, (0,), score)
    return Told(result, Standing.NEW, proposal, best=False)


async def test_duplicates_are_not_counted_as_programs_that_ran(tmp_path):
    store = opened(tmp_path / "run")
    run = toy_run(store, Caps(proposals=3, failing=None), proposer=Repeater())
    await run.search()
    total, lines = tally(run).total(), credit_lines(tally(run))
    store.close()
    assert (total.proposals, total.applied, total.duplicates, total.scored) == (3, 3, 2, 1)
    assert "3 of 3 replies applied, 1 scored, 2 known already" in lines[0]


def test_rates_are_of_replies_and_not_of_calls_that_got_none():
    failed = [told(each, None, outcome=Outcome.NO_REPLY, cost=Cost(calls=1)) for each in (2, 3, 4)]
    refused = told(5, None, outcome=Outcome.REFUSED, code="context", cost=Cost(calls=1))
    counts = Tally([told(1, 1.0, cost=Cost(calls=1)), *failed, refused]).by_model()["m"]
    assert (counts.proposals, counts.replied, counts.applied, counts.scored) == (5, 2, 1, 1)


def test_turn_in_which_nobody_was_asked_is_no_proposal():
    asked, turned_away = told(1, 1.0, cost=Cost(calls=1)), told(2, None, outcome=Outcome.NO_REPLY)
    assert Tally([asked, turned_away]).by_model()["m"].proposals == 1


def test_turn_that_the_budget_does_not_pay_for_is_no_failure():
    away = told(2, None, outcome=Outcome.NO_REPLY)
    spent = "budget: what is left of --max-calls does not pay for another call"
    over = replace(away, result=replace(away.result, reason=spent))
    assert Tally([told(1, 1.0), over]).causes == {}
    assert Tally([told(1, 1.0), away]).causes == {"no_reply": 1}


def test_gain_is_how_far_the_best_was_raised_in_the_objectives_own_unit(small_run):
    with RunReader(small_run) as run:
        tallied = tally_of(run)
    assert tallied.total().gain == 2.0  # from 5 % to 3 %
    assert {name: row.gain for name, row in tallied.by_operator().items()} == {
        "mutate": 1.0,
        "constant": 0.0,
        "cross": 1.0,
    }
    assert "gain 1 %" in credit_lines(tallied, "%")[0]


def test_display_of_a_resumed_run_counts_what_was_done_before(recorder):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    whole = WholeTally()

    def now():
        return SimpleNamespace(folder=made.folder)

    for number, excess in enumerate((4.0, None, 3.0), start=1):
        made.child((0,), {"a.py": f"x = {number}\n".encode()}, excess)
    whole.add(told(3, -3.0, operator="mutate", model="", seconds=0.5), now)
    made.child((0,), {"a.py": b"x = 4\n"}, 2.0)
    whole.add(told(4, -2.0, operator="mutate", model="", seconds=0.5), now)
    with RunReader(made.folder) as run:
        assert whole.tally(now()).total() == tally_of(run).total()
    assert whole.tally(now()).causes == {"crash": 1}


def test_operator_without_a_model_has_no_replies_to_count():
    told = Credit(proposals=2, replied=1, applied=1, scored=1)
    asked = Credit(proposals=2, replied=1, applied=1, scored=1, calls=2)
    for credit, replies in ((told, "-"), (asked, "1")):
        head, row, _ = credit_table([CreditRow("shorten", "", credit)], credit)
        assert (dict(zip(head, row, strict=True)).get("replies", "-")) == replies


def test_tuning_beside_models_says_what_it_took_in_vain_too_and_what_it_earned():
    tuned = {"operator": "tune", "model": ""}
    counts = Tally([
        told(1, 1.0), told(2, 2.0, cost=Cost(calls=1)),
        told(3, 3.0, trials=40, seconds=6.0, **tuned),
        told(4, 2.0, trials=20, in_vain="tune", vain_s=4.0, cost=Cost(calls=1)),
    ])  # fmt: skip
    assert tuning_line(counts, 100.0) == "60 trials in 10 s (10% of the time), 50% of the gain"
    assert counts.total().trials == 60 and counts.by_operator()["diff"].trials == 0
    assert tuning_line(Tally([told(1, 1.0, trials=9, **tuned)]), 9.0) == ""
    assert tuning_line(Tally([told(1, 1.0)]), 9.0) == ""


def measured(number: int, fitness: float, best: int, before: int, operator: str = "") -> Told:
    """One more case of a program, after which ``best`` is the best, made by an operator."""
    score = Score(Status.OK, fitness)
    result = Result(Measure(50, number, ("a",)), Outcome.MEASURED, number, score=score)
    named = NamedBest(best, before, Maker(operator))
    return Told(result, Standing.NOTED, None, best=False, named=named)


def test_lead_that_later_measurements_find_is_credited_to_who_made_the_program():
    made = told(1, 1.0)  # of its first case: not the best yet
    counts = Tally([
        measured(0, 0.4, 0, -1),
        replace(made, named=NamedBest(0, 0, Maker())),
        measured(1, 0.75, 1, 0, "diff"),
    ])  # fmt: skip
    assert (counts.total().records, counts.total().gain) == (1, 0.35)


def test_lead_that_later_measurements_take_back_is_no_gain():
    counts = Tally([
        measured(0, 0.4, 0, -1),
        measured(1, 0.9, 1, 0, "diff"),
        measured(2, 0.95, 2, 1, "wrap"),
        measured(2, 0.3, 1, 2, "diff"),
        measured(1, 0.6, 1, 1, "diff"),
    ])  # fmt: skip
    assert counts.bests == [0, 1]
    assert counts.total().gain == pytest.approx(0.2) and counts.by_operator().keys() == {"diff"}
