"""What a run has learnt is a fold over its results: one by one while it goes on, many at once when
it is taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.archives import base as archives
from cladogen.archives.base import take_up
from cladogen.formatting import plural
from cladogen.proposal import Proposal
from cladogen.proposers import base as proposers
from cladogen.record.fold import Folded, recorded, uncollected
from cladogen.record.recorded import RecordedResult
from cladogen.result import Result
from cladogen.search.parts import RunParts


class RunFold(RunParts):
    """The parts of a run that results are folded into: record, archive, budget, proposer, cases."""

    def learn(self, result: Result, round_: int, proposal: Proposal | None) -> Result:
        """Fold a result, live or recorded, into record, budget and proposer; return it with its
        program's score.
        """
        result = self.record.absorb(result, round_, proposal)
        self.budget.tell(result, trials=self.judge.trials(proposal), detail=result.reason)
        self.cases.tell(result)
        if proposal is not None:
            self.proposer.tell(proposal, result)
        return result

    def learn_all(self, results: Sequence[RecordedResult]) -> None:
        """Fold recorded results, many at once, into all that `learn` and `tell` fold one into."""
        self.record.absorb_all(results)
        self.budget.tell_all(results, len(self.evaluator.train))
        self.cases.tell_all(results)
        proposers.tell_all(self.proposer, results)
        archives.tell_all(self.archive, results)

    def resume(self) -> None:
        """Fold the recorded results, in order, into record, archive, budget and proposer."""
        with uncollected():
            after = self.checkpoints.take_up()
            for some in recorded(self.store, self.record, after):
                if isinstance(some, Folded):
                    result = self.learn(*some)
                    self.archive.tell(result)
                    self.checkpoints.note((result,))
                else:
                    self.learn_all(some)
                    self.checkpoints.note(some)
            self.checkpoints.write_when_due()
        self.store.heal_scores(self.record.score)
        self.store.heal_tally(self.problem.score)
        for task, asker, _ in self.store.open_tasks():
            made = self.store.pending_evaluations(task.ticket)  # recorded, without a result
            self.budget.evaluations.charge(task.ticket, made)
            if asker:
                take_up(self.archive, task)
        self.cases.resume()
        self.budget.begin_anew()
        self.steering.take_up()
        if self.record.size():
            programs = plural(self.record.size(), "program")
            left = plural(len(self.store.unfinished()), "task")
            self.announce.notice(f"resumed: {programs}, {left} to finish")
