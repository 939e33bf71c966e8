"""What the report of a proposal says."""

from __future__ import annotations

import pytest

from cladogen.proposal import Expectation, Proposal
from cladogen.view.reports.proposal_text import expected_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Expect: cost -0.4 on all", "cost -0.4 on all"),
        ("**Expect:** cost -0.4 on train-1, for it waits", "cost -0.4 on train-1, for it waits"),
        ("expected: -0.4 cost", "-0.4 cost"),
        ("", "cost -0.4"),
    ],
)
def test_what_a_proposal_expects_is_said_once(text: str, words: str) -> None:
    proposal = Proposal(1, "diff", (0,), expectation=Expectation("cost", -0.4, (), text))
    assert expected_words(proposal) == words
