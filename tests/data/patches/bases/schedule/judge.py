"""Score an order."""
from schedule import solve


def score(jobs):
    order = solve(jobs)
    assert sorted(order) == list(range(len(jobs)))
    return sum(jobs[k][0] for k in order)
