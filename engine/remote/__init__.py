"""Other machines: evaluations on a Ray cluster or through a queue, elites of other runs."""
