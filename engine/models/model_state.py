"""What is known of one model in a session: whether it answers, what it takes, how it counts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from cladogen.models.model import Model
from cladogen.models.routes import Route
from cladogen.models.terms import Terms
from cladogen.models.usage import TokenUsage

GIVE_UP_AFTER = 3  # requests in a row that came to nothing, before anything ever worked
LOSE_HOPE_AFTER = 12  # the same, after something did
READ_TOO_LITTLE = 0.08  # tokens per byte; a prompt of which so few were read was cut
EQUAL_COUNTS = 3  # of prompts of so many lengths are no chance
LONG_PROMPT = 6_000  # bytes; the count of a shorter prompt says nothing


@dataclass(slots=True)
class ModelState:
    """Where a model stands. ``gone`` says why it is asked no more, ``resting_until`` when its quota
    is reset (seconds of the monotonic clock).
    """

    model: Model
    route: Route
    terms: Terms = field(default_factory=Terms)
    answered: int = 0
    failed_in_a_row: int = 0
    gone: str = ""
    resting_until: float = 0.0
    why_resting: str = ""
    tried_bare: bool = False
    said: set[str] = field(default_factory=set)
    _tokens_per_byte: list[float] = field(default_factory=list)
    _counts: list[tuple[int, int]] = field(default_factory=list)  # of long prompts: tokens, bytes

    @property
    def rests_s(self) -> float:
        """For how long it is of no use to ask, in seconds."""
        return max(0.0, self.resting_until - time.monotonic())

    @property
    def usable(self) -> bool:
        return not self.gone and not self.rests_s

    @property
    def patience_spent(self) -> bool:
        """Whether it has failed so often that it is given up."""
        return self.failed_in_a_row >= (LOSE_HOPE_AFTER if self.answered else GIVE_UP_AFTER)

    @property
    def densest(self) -> float:
        """A bound on tokens per byte of prompt: one, until this model has given its count a few
        times.
        """
        ratios = self._tokens_per_byte
        return min(1.0, 1.5 * max(ratios)) if len(ratios) >= 3 else 1.0

    def worked(self) -> None:
        """Note that a request was answered."""
        self.answered += 1
        self.failed_in_a_row = 0

    def once(self, topic: str) -> bool:
        """Return whether this is the first time that something is to be said."""
        first = topic not in self.said
        self.said.add(topic)
        return first

    def _counts_alike(self, tokens: int, size: int) -> bool:
        """Whether prompts of several lengths, one after the other, had the very same count."""
        self._counts = [*self._counts, (tokens, size)][-EQUAL_COUNTS:]
        counts, sizes = zip(*self._counts, strict=True)
        far = max(sizes) - min(sizes) > 0.02 * size
        return far and len(set(sizes)) == EQUAL_COUNTS and len(set(counts)) == 1

    def learn(self, usage: TokenUsage, size: int) -> str:
        """Take in how many tokens a prompt of ``size`` bytes had; return a line for the user when
        the model cannot have read all of it.
        """
        self.terms.largest_reply = max(self.terms.largest_reply, usage.completion)
        if not size or not usage.prompt:
            return ""
        density = usage.prompt / size
        line = self._read_too_little(usage, size, density) if size >= LONG_PROMPT else ""
        if not line:
            self._tokens_per_byte.append(density)
            del self._tokens_per_byte[:-100]
        return line

    def _read_too_little(self, usage: TokenUsage, size: int, density: float) -> str:
        """Return the line that says why not all of a long prompt was read, "" where it was."""
        if density < READ_TOO_LITTLE:
            return (
                f"{self.model.name} says that it read {usage.prompt:,} tokens of a prompt of "
                f"{size:,} bytes: its window seems to be smaller than {self.model.window:,} "
                "tokens; set it larger there, or give --proposer-option window="
            )
        if self._counts_alike(usage.prompt, size):
            return (
                f"{self.model.name} says of prompts of {EQUAL_COUNTS} lengths that it read "
                f"{usage.prompt:,} tokens of each: its window seems to end there; set it larger, "
                "or give --proposer-option window="
            )
        return ""
