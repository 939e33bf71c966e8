"""Order jobs on one machine so that the weighted completion time is small."""
import math
import random

PATIENCE = 50


def cost(order, jobs):
    clock = total = 0
    for k in order:
        clock += jobs[k][0]
        total += clock * jobs[k][1]
    return total


def by_ratio(jobs):
    # Smith's rule: short and heavy jobs first.
    return sorted(range(len(jobs)), key=lambda k: jobs[k][0] / jobs[k][1])


def swapped(order, i, j):
    new = list(order)
    new[i], new[j] = new[j], new[i]
    return new


class Search:
    """Local search with restarts."""

    def __init__(self, jobs, seed=0):
        self.jobs = jobs
        self.rng = random.Random(seed)

    def step(self, order):
        i = self.rng.randrange(len(order))
        j = self.rng.randrange(len(order))
        return swapped(order, i, j)

    def run(self, steps=1000):
        best = by_ratio(self.jobs)
        value = cost(best, self.jobs)
        for _ in range(steps):
            new = self.step(best)
            other = cost(new, self.jobs)
            if other < value:
                best, value = new, other
        return best


def solve(jobs):
    if len(jobs) < 2:
        return list(range(len(jobs)))
    return Search(jobs).run(200 * len(jobs))
