"""Improve this repository without a model: make a few of the changes in `meta.changes`.

What was tried on the lineage and in the run, and what it gained, says which changes are worth more;
what was learned is written to meta/notes.json, which a child inherits.
"""

import json
import random
from pathlib import Path

from meta import changes
from meta.config import CHANGES, CURIOSITY, FORGETTING, NEED

NOTES = Path("meta/notes.json")
EVIDENCE = Path("EVIDENCE")
MOST_TRIES = 20  # at a change, of which some find nothing to do


def main(task):
    """Edit the working copy; print what was done, and what is expected of it."""
    rng = random.Random(read("run")["seed"])
    notes, needs = learned(), needed()
    done = {}
    for _ in range(MOST_TRIES):
        name = choose(sorted(changes.ALL), notes, needs, rng)
        said = changes.ALL[name](rng)
        if said:
            done[name] = said
        if len(done) >= CHANGES:
            break
    NOTES.write_text(json.dumps(notes, indent=1, sort_keys=True) + "\n")
    print("Idea: " + "; ".join(f"{name}: {said}" for name, said in done.items()))
    print(f"Expect: solved {sum(gain_of(name, notes) for name in done):+.3f}")


def gain_of(name, notes):
    """Return what a change gained on the mean."""
    made, gained = notes.get(name, (0.0, 0.0))
    return gained / (made + 1.0)


def choose(names, notes, needs, rng):
    """Return the name of a change: its mean gain, what is needed, and a draw that shrinks with how
    often it was made.
    """

    def worth(name):
        made = notes.get(name, (0.0, 0.0))[0]
        known = gain_of(name, notes) + needs.get(name, 0.0)
        return known + CURIOSITY * rng.gauss(0.0, 0.15) / (made + 1.0) ** 0.5

    return max(names, key=worth)


def needed():
    """Return what the results ask for: where no patch passes the tests, more kinds of patches, and
    more of them tried; where a wrong one does, another order.
    """
    said = [row["feedback"] for row in read("results")]
    missed = sum(text.startswith("none of") for text in said) / max(1, len(said))
    wrong = sum(text.endswith("fails hidden ones") for text in said) / max(1, len(said))
    more = dict.fromkeys(("symbols", "names", "constants", "loop"), NEED * missed)
    return more | {"lines": NEED * wrong}


def learned():
    """Return for each change how often it was made, older ones counting less, and what it
    gained.
    """
    notes = {}
    seen = {each["task"]: each for each in read("latest") + read("tried")}
    for task in sorted(seen):
        notes = {name: [FORGETTING**0.2 * value for value in pair] for name, pair in notes.items()}
        gain = seen[task].get("gain") or 0.0
        parts = [part.partition(": ")[0] for part in seen[task]["summary"].split("; ")]
        for name in (part for part in parts if part in changes.ALL):
            made, gained = notes.get(name, (0.0, 0.0))
            notes[name] = [made + 1.0, gained + gain / len(parts)]
    return notes


def read(name):
    """Return one table of the evidence."""
    return json.loads((EVIDENCE / f"{name}.json").read_text())
