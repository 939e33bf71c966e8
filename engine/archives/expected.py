"""How many proposals a run can expect, from its caps: what selection paces itself by.

Known before the run begins and the same when it is resumed under the same caps. What a call takes
is a round number, right within a factor of two or three, which is all that a pace needs.
"""

from __future__ import annotations

from cladogen.ledger import Caps

CALL_PROMPT, CALL_REPLY = 8_000, 2_000  # tokens
CALL_SECONDS = 30.0
CALLS_EACH = 1.2  # calls for a proposal: some are repairs, some write notes
BY_HAND = 100  # proposals of a run that a person or an agent answers, where no cap says more


def expected_proposals(
    caps: Caps,
    *,
    evaluations_each: int,
    workers: int = 1,
    asks_models: bool = False,
    usd_each: float | None = None,
) -> int | None:
    """Return how many proposals the caps can pay for; None when no cap says.

    ``evaluations_each`` is what measuring a program takes, ``usd_each`` what a call costs, None
    when its price is not known. Time says nothing of proposals that no model makes: they take
    milliseconds or minutes.
    """
    counts = [caps.proposals, _whole(caps.evaluations, evaluations_each)]
    if asks_models:
        each_s = CALL_SECONDS * CALLS_EACH / workers
        counts += [
            _whole(caps.calls, CALLS_EACH),
            _whole(caps.tokens, CALLS_EACH * (CALL_PROMPT + CALL_REPLY)),
            _whole(caps.seconds, each_s),
            _whole(caps.usd, CALLS_EACH * usd_each if usd_each else None),
        ]
    known = [count for count in counts if count is not None]
    return max(1, min(known)) if known else None


def _whole(cap: float | None, each: float | None) -> int | None:
    return None if cap is None or not each else int(cap / each)
