"""The parts of a search: seeds, judging, budget, workers, the final choice."""
