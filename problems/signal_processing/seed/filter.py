"""A filter: the mean of the last samples."""

from collections import deque


class Filter:
    """Says what the clean signal is, sample by sample."""

    def __init__(self):
        self.last = deque(maxlen=8)

    def step(self, sample):
        """Return the clean signal's value now."""
        self.last.append(sample)
        return sum(self.last) / len(self.last)
