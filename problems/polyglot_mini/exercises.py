"""The exercises, four in each language: what is asked, inputs drawn at random, and the answers."""

from collections.abc import Callable
from dataclasses import dataclass

import drawing
import numbers_and_tables
import structures_and_states
import texts

Answer = Callable[[str], str]


@dataclass(frozen=True)
class Exercise:
    name: str
    language: str
    statement: str
    answer: Answer
    draw: Callable[..., str]


def _of(language: str, module, *names: str) -> list[Exercise]:
    found = []
    for name in names:
        answer = getattr(module, name)
        statement = " ".join(answer.__doc__.split())
        found.append(Exercise(name, language, statement, answer, getattr(drawing, name)))
    return found


EXERCISES = [
    *_of("python", texts, "mirrored_words", "ledger"),
    *_of("python", structures_and_states, "bracket_depth", "free_slots"),
    *_of("cpp", numbers_and_tables, "lower_medians", "other_base"),
    *_of("cpp", structures_and_states, "islands", "small_cache"),
    *_of("rust", texts, "word_tally", "runs"),
    *_of("rust", numbers_and_tables, "postfix", "primes_between"),
    *_of("javascript", texts, "quoted_column"),
    *_of("javascript", structures_and_states, "leaf_paths", "turnstile"),
    *_of("javascript", numbers_and_tables, "days_apart"),
    *_of("go", structures_and_states, "build_order", "counters"),
    *_of("go", numbers_and_tables, "spiral"),
    *_of("go", texts, "wrapped"),
    *_of("shell", numbers_and_tables, "column_sums"),
    *_of("shell", texts, "first_seen", "levels", "longest_line"),
]
(CANARY,) = _of("python", texts, "swapped_ends")
