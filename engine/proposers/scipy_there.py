"""Whether programs find SciPy where they run, as the operator `polish` needs: in Docker it is there
only where a problem's requirements name it, and every child would crash.
"""

from __future__ import annotations

from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.program import Program
from cladogen.proposers.offer import trials_allowed

IMPORT = "import scipy.optimize\n"
MISSING = "No module named 'scipy"
NEEDED_BY = "polish"


class SciPyThere:
    """Told by one trial of a program that imports it, once; taken to be there until then, and
    where no trial can be had.
    """

    def __init__(self, trials: Evaluator | None, budget: Ledger | None) -> None:
        self._trials, self._budget = trials, budget
        self._asked = False
        self.missing = False

    async def ask(self, program: Program, paths: list[str], ticket: int) -> int:
        """Find out, where nobody has; returns how many trials that took. The program's Python files
        among ``paths`` import it.
        """
        files = {path: (IMPORT + program.text(path)).encode("utf-8", "surrogateescape")
                 for path in paths if path.endswith(".py")}  # fmt: skip
        if self._asked or self._trials is None or not files:
            return 0
        if not trials_allowed(ticket, 1, self._budget, self._trials):
            return 0
        self._asked = True
        (score,) = await self._trials.trials(program, [program.replace(files)])
        self.missing = MISSING in score.feedback
        return 1
