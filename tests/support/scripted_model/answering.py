"""What the scripted model replies: one real edit, or a few, on the best program whose code it sees."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provider.acts import Answer, Seen

from scripted_model.kit import Choice, Kit, Part
from scripted_model.reading import IDEA, Reading, helped, read

HEEDS = 0.85  # how often it goes on from the best program that it sees, and not from the parent
IN_VAIN, GAINED, POINTED = (
    0.02,
    6.0,
    4.0,
)  # how much likelier an edit becomes by what the prompt says of it


@dataclass
class ScriptedModel:
    """Answers prompts about one problem. ``heard`` keeps every prompt, in order; ``before`` is how
    many were answered in earlier sessions of the run.
    """

    kit: Kit
    objective: str
    sign: float
    seed: int
    before: int = 0

    def __post_init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, seen: Seen) -> Answer:
        rng = random.Random(f"{self.seed}/{self.before + len(self.heard)}")
        self.heard.append(seen.prompt)
        if "## Form of the answer" not in seen.prompt:
            return Answer(notes(seen.prompt))
        return Answer(self.reply(read(seen.prompt, self.objective), rng))

    def reply(self, reading: Reading, rng: random.Random) -> str:
        """Return the reply to a prompt."""
        parent = self.kit.choice(reading.shown.get(reading.parent, {}))
        best = self.kit.choice(reading.shown.get(reading.best_shown(self.sign), {}))
        if parent is None:
            return "I cannot make sense of this program."
        base = best if best is not None and rng.random() < HEEDS else parent
        made, ideas = self.changed(base, reading, rng)
        return self.words(reading, made, ideas)

    def changed(
        self, base: Choice, reading: Reading, rng: random.Random
    ) -> tuple[Choice, list[tuple[str, int]]]:
        """Return a choice some edits away, and the edits."""
        made, ideas = dict(base), []
        if reading.operator == "refine":
            held = [part for part in self.kit.parts if made[part.name]]
            if held:
                part = rng.choice(held)
                made[part.name] = 0
                return made, [(part.name, 0)]
        if reading.operator == "cross":
            made, ideas = self.crossed(made, reading, rng)
        count = 3 if reading.operator in ("rewrite", "paradigm") else 1
        for _ in range(count if not ideas else 0):
            part, version = self.edit(made, reading, rng)
            made[part.name] = version
            ideas.append((part.name, version))
        return made, ideas

    def crossed(
        self, base: Choice, reading: Reading, rng: random.Random
    ) -> tuple[Choice, list[tuple[str, int]]]:
        """Take some of what another program has."""
        others = [
            made
            for files in reading.shown.values()
            if (made := self.kit.choice(files)) and made != base
        ]
        if not others:
            return base, []
        other, made, ideas = others[0], dict(base), []
        for part in self.kit.parts:
            if other[part.name] != base[part.name] and rng.random() < 0.5:
                made[part.name] = other[part.name]
                ideas.append((part.name, other[part.name]))
        return made, ideas

    def edit(self, base: Choice, reading: Reading, rng: random.Random) -> tuple[Part, int]:
        """Draw an edit, likelier what the prompt speaks for."""
        edits = [(part, version) for part in self.kit.parts for version in range(len(part.versions))
                 if version != base[part.name]]  # fmt: skip
        weights = [self.weight(part, version, base, reading) for part, version in edits]
        return rng.choices(edits, weights)[0]

    def weight(self, part: Part, version: int, base: Choice, reading: Reading) -> float:
        """Return how likely an edit is made; an engine that shows nothing gets what a guess is worth."""
        weight = 1.0 / len(part.versions)
        if part.ordered:
            weight *= 2.0 if abs(version - base[part.name]) <= 2 else 0.7
        if any(sign in reading.words for sign in part.signs):
            weight *= POINTED
        helped = reading.tried.get((part.name, version))
        return weight * (1.0 if helped is None else GAINED if helped else IN_VAIN)

    def words(self, reading: Reading, made: Choice, ideas: list[tuple[str, int]]) -> str:
        """Return a reply in the form that is asked for."""
        before = {
            path: reading.shown[reading.parent].get(path, text)
            for path, text in self.kit.texts({}).items()
        }
        after = self.kit.texts(made)
        edits = " ".join(f"Put version {version} of {name}." for name, version in ideas)
        change = "+0.01" if self.sign > 0 else "-0.01"
        head = f"Idea: {edits}\nExpect: {self.objective} {change} on all\n\n"
        return head + FORMS[reading.form](before, after)


def notes(prompt: str) -> str:
    """Return notes: the ideas that the prompt says helped, and those that did not."""
    lines = [
        line
        for line in prompt.splitlines()
        if (idea := IDEA.search(line)) and helped(line[idea.end() :]) is not None
    ]
    return "\n".join(line[:200] for line in lines[-12:]) or "Nothing is known yet."


def as_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return one git diff of all files."""
    parts = []
    for path, old in before.items():
        if old != after[path]:
            lines = difflib.unified_diff(
                old.splitlines(),
                after[path].splitlines(),
                f"a/{path}",
                f"b/{path}",
                lineterm="",
                n=3,
            )
            parts.append("\n".join([f"diff --git a/{path} b/{path}", *lines]))
    return "```diff\n" + "\n".join(parts) + "\n```\n"


def as_whole(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return the changed files, whole."""
    return "\n".join(
        f"{path}\n```\n{text}```\n" for path, text in after.items() if text != before[path]
    )


def as_blocks(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return one block that replaces all of each changed file."""
    return "\n".join(
        f"{path}\n```\n<<<<<<< SEARCH\n{before[path]}=======\n{text}>>>>>>> REPLACE\n```\n"
        for path, text in after.items() if text != before[path]
    )  # fmt: skip


FORMS: dict[str, Callable[[Mapping[str, str], Mapping[str, str]], str]] = {
    "diff": as_diff, "whole": as_whole, "blocks": as_blocks,
}  # fmt: skip
