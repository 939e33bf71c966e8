"""Other machines: evaluations on a Ray cluster or through a queue."""
