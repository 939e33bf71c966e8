"""What mechanisms of prompts can gain at most: a model that heeds all that they show, at equal calls.

    python tests/benchmarks/bench_model_mechanisms.py [--seeds 20] [--calls 60] [--only NAME] [--jobs N]

The world is that of `bench_mechanisms.py`: twelve numbers, each with a hidden best value, of which each of four cases
looks at three. A scripted model answers real prompts of the real proposer through HTTP on loopback. It moves one number
of the program that it is to change, by chance, and likelier so as what the prompt says speaks for: what was tried, the
case that it is to work on, the siblings that it is shown, principles, the size that a wording asks for, the outcome of
its own try. It knows nothing else of the world, but as a judge, who is right four times in five. So a row says what a
mechanism is worth to a model that takes all of it in; what it is worth to a real one, no row says.

Each arm is paired by random seed with the run without the mechanism. All calls count: those that judge, try, or write
notes and wordings. The table goes to docs/mechanisms.md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from bench_mechanisms import CASES, NUMBERS, ROOT, Numbers
from page import difference, write_part

sys.path.append(str(ROOT / "tests"))
from model_world import model_run, searched
from provider.acts import Answer, Seen
from provider.server import FakeProvider
from toy_world import Caps, opened, problem

from cladogen.problem import Metric
from cladogen.program import File, Program

HEADING = "With a scripted model: measured"
ALONE = "rewrite=0,cross=0,revise=0,refine=0,transfer=0,paradigm=0"
ARMS = {
    "candidates, the first look ranks (`candidates=3`)": {"candidates": 3},
    "candidates, a surrogate ranks (`rank=surrogate`)": {"candidates": 3, "rank": "surrogate"},
    "candidates, a judge ranks (`rank=judge`)": {"candidates": 3, "rank": "judge"},
    "two siblings and where they part (`contrast`)": {"contrast": True},
    "textual gradients (operator `gradient`)": {"operators": f"diff=1,gradient=1,{ALONE}"},
    "a checklist (operator `checklist`)": {"operators": f"diff=1,checklist=1,{ALONE}"},
    "a memory of principles (`memory`)": {"memory": True, "notes_every": 10},
    "a memory whose options are learnt (`memory_learn`)": {"memory": True, "memory_learn": True, "notes_every": 10},
    "wordings that a model writes (`evolve`)": {"evolve": True},
    "a try before answering (`tries=1`)": {"tries": 1},
}  # fmt: skip
PLAIN = {"operators": f"diff=1,{ALONE}", "form": "whole"}

STEP = 1.5  # the usual size of a change
HEEDED, IN_VAIN = 5.0, 0.3  # how much likelier a move becomes by what speaks for it, or against
RIGHT = 0.8  # how often a judge is right
SIZES = {"small": 0.5, "large": 3.0}  # what wordings may ask for
LINE = re.compile(r"^([ +-]?)x(\d+) = (-?[\d.e-]+)$", re.MULTILINE)
TRIED = re.compile(r"#?(\d*) ?\(\w+ on #\d+\) (Raise|Lower) x(\d+)\..*?(better|worse|no change)")
TRIED_IDEA = re.compile(r"\(\w+ on #\d+\) (Raise|Lower) x(\d+)\..*?(better|worse|no change)")
PRINCIPLE = re.compile(r"(Raise|Lower) x(\d+), it (helps|harms)")
WORKED_ON = re.compile(r"^(?:Loss 1: |\[ \] )case (\w)", re.MULTILINE)
OUTCOME = re.compile(r"Case \w: closeness (-?[\d.]+) \(the parent has (-?[\d.]+)\)")

Move = tuple[int, float]  # a number, and the sign of its change


@dataclass
class Guesser:
    """Answers prompts about the world whose best values are ``wanted``, which only the judge knows."""

    seed: int
    wanted: np.ndarray
    asked: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def __call__(self, seen: Seen) -> Answer:
        rng = random.Random(f"{self.seed}/{self.asked}")
        self.asked += 1
        for opening, answer in (
            ("You keep the memory", self.principles),
            ("You improve the instruction", self.wording),
            ("You judge two changes", self.judgement),
        ):
            if seen.prompt.lstrip().startswith(opening):
                self.kinds[opening] = self.kinds.get(opening, 0) + 1
                return Answer(answer(seen.prompt, rng))
        return Answer(self.proposal(seen, rng))

    def proposal(self, seen: Seen, rng: random.Random) -> str:
        """Return a change of the program, three where candidates are asked for, or a try of one."""
        prompt = seen.prompt
        parent = values_of(prompt.partition("the one to change")[2])
        weights = self.weights(prompt)
        tried = self.outcome(seen)
        if tried is not None:  # what helped is answered as it was; what did not is left
            text, better = tried
            return text if better else self.change(parent, weights, prompt, rng)
        if "Give 3 such answers" in prompt:
            texts = [self.change(parent, weights, prompt, rng) for _ in range(3)]
            return "\n\n".join(f"Candidate {at}\n\n{text}" for at, text in enumerate(texts, 1))
        change = self.change(parent, weights, prompt, rng)
        return f"Try:\n\n{change}" if "try_change" in prompt else change

    def weights(self, prompt: str) -> dict[Move, float]:
        """Return how likely each move is, by what a prompt says."""
        moves = [(at, sign) for at in range(NUMBERS) for sign in (1.0, -1.0)]
        tried = prompt.partition("## What was tried")[2].partition("\n## ")[0]
        found = {
            move: weight(self.votes(TRIED_IDEA.findall(tried), "better"), move) for move in moves
        }
        votes = self.votes(PRINCIPLE.findall(prompt), "helps")
        siblings = prompt.partition("## Two children of one program")[2].partition("\n## ")[0]
        lines = LINE.findall(siblings)
        worse = {int(at): float(value) for sign, at, value in lines if sign == "-"}
        for sign, at, value in lines:
            if sign == "+" and int(at) in worse:
                votes[int(at), 1.0 if float(value) > worse[int(at)] else -1.0] = 1
        cases = [CASES.index(case) for case in WORKED_ON.findall(prompt)[:1]]
        for at, sign in moves:
            found[at, sign] *= weight(votes, (at, sign))
            found[at, sign] *= HEEDED if at % len(CASES) in cases else 1.0
        return found

    def votes(self, said: list[tuple[str, str, str]], good: str) -> dict[Move, int]:
        """Return how much more often each move is said to help than not."""
        found: dict[Move, int] = {}
        for way, at, came in said:
            move = (int(at), 1.0 if way == "Raise" else -1.0)
            found[move] = found.get(move, 0) + (1 if came == good else -1)
        return found

    def change(
        self, parent: list[float], weights: dict[Move, float], prompt: str, rng: random.Random
    ) -> str:
        """Return a move as the whole file, with an idea that names it."""
        at, sign = rng.choices(list(weights), list(weights.values()))[0]
        task = prompt.rpartition("## Task")[2]
        scale = next((size for word, size in SIZES.items() if f"a {word} step" in task), STEP)
        values = [*parent]
        values[at] = round(values[at] + sign * abs(rng.gauss(0.0, scale)), 4)
        way = "Raise" if sign > 0 else "Lower"
        return f"Idea: {way} x{at}.\nExpect: closeness +0.1 on all\n\nx.py\n```\n{as_text(values)}```\n"

    def outcome(self, seen: Seen) -> tuple[str, bool] | None:
        """Return the change that was tried and whether it helped; None where none was."""
        messages = seen.body.get("messages", [])
        if len(messages) < 3 or messages[-1]["role"] != "user":
            return None
        came = OUTCOME.findall(str(messages[-1]["content"]))
        if not came:
            return None
        change = str(messages[-2]["content"]).partition("Try:\n\n")[2]
        gain = sum(float(now) - float(before) for now, before in came)
        return change, gain > 0

    def principles(self, prompt: str, rng: random.Random) -> str:
        """Return a memory: what helped and what harmed, with the programs that show it."""
        shown: dict[tuple[str, str, bool], set[str]] = {}
        for number, way, at, came in TRIED.findall(prompt):
            shown.setdefault((way, at, came == "better"), set()).add(number or "1")
        old = [line for line in prompt.splitlines() if re.match(r"[PG]\d+: ", line)]
        new = [
            f"{'P' if helps else 'G'}: {way} x{at}, it {'helps' if helps else 'harms'} (#{', #'.join(sorted(of)[:3])})"
            for (way, at, helps), of in shown.items()
        ]
        return "\n".join([*new[:10], *old[:6]])

    def wording(self, prompt: str, rng: random.Random) -> str:
        words = re.search(r"each with its dollar sign: (.*)\.", prompt)
        size = rng.choice(list(SIZES))
        return f"Take a {size} step. These count: {words[1] if words else ''}."

    def judgement(self, prompt: str, rng: random.Random) -> str:
        """Return which of two changes leads nearer to the best values, wrong one time in five."""
        one, other = (
            self.nearer(part)
            for part in re.split(r"^## Change [AB]", prompt, flags=re.MULTILINE)[1:3]
        )
        right = "A" if one >= other else "B"
        said = right if rng.random() < RIGHT else "AB"[right == "A"]
        return f"It looks so.\nBetter: {said}"

    def nearer(self, text: str) -> float:
        """Return by how much the change in a diff comes nearer to the best values."""
        gain = 0.0
        for sign, at, value in LINE.findall(text):
            error = (float(value) - self.wanted[int(at)]) ** 2
            gain += {"+": -error, "-": error}.get(sign, 0.0)
        return gain


def weight(votes: dict[Move, int], move: Move) -> float:
    """Return how much likelier a move becomes by what is said of it and of its opposite."""
    said = votes.get(move, 0) - votes.get((move[0], -move[1]), 0)
    return 1.0 if said == 0 else HEEDED if said > 0 else IN_VAIN


def values_of(text: str) -> list[float]:
    """Return the numbers of the first program in a text."""
    return [float(value) for _, _, value in LINE.findall(text)[:NUMBERS]]


def as_text(values: list[float]) -> str:
    return "".join(f"x{at} = {value}\n" for at, value in enumerate(values))


def search(options: dict, seed: int, calls: int) -> tuple[float, int]:
    """Return the fitness of the best program of one run, and how many proposals the calls made."""
    start = Program.of({"x.py": File(as_text([1.0] * NUMBERS).encode())})
    metric = Metric("closeness")
    goal = replace(problem((start,)), editable=("x.py",), objective=metric, metrics=(metric,))
    evaluator = Numbers(seed)
    model = Guesser(seed, evaluator.wanted)
    with tempfile.TemporaryDirectory() as folder, FakeProvider(model) as provider:
        store = opened(Path(folder) / "run")
        given = {**PLAIN, **options}
        run = model_run(
            store, provider.url, Caps(calls=calls, failing=None), seed=seed, problem_=goal,
            evaluator=evaluator, **given,
        )  # fmt: skip
        asyncio.run(searched(run))
        found = run.record.score(run.record.best()[0]).fitness
        made = sum(1 for _ in store.proposals())
        store.close()
    return found, made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    asked = parser.parse_args()
    arms = {"": {}} | {name: options for name, options in ARMS.items() if asked.only in name}
    work = [(name, seed) for seed in range(asked.seeds) for name in arms]
    found: dict[str, list[float]] = {}
    made: dict[str, list[int]] = {}
    with ProcessPoolExecutor(asked.jobs) as pool:
        given = ([arms[name] for name, _ in work], [seed for _, seed in work])
        for (name, seed), (fitness, count) in zip(
            work, pool.map(search, *given, [asked.calls] * len(work)), strict=True
        ):
            found.setdefault(name, []).append(fitness)
            made.setdefault(name, []).append(count)
            print(f"seed {seed}: {name or 'without'}: {fitness:.3f}", file=sys.stderr, flush=True)
    rows = [
        f"| {name} | {np.mean(made[name]):.0f} | {np.mean(found[name]):.2f} | {np.mean(found['']):.2f} "
        f"| {difference(found[name], found[''])} |"
        for name in arms
        if name
    ]
    text = "\n".join([
        f"{asked.seeds} random seeds, {asked.calls} calls each, the best program's fitness (0 at most) in the world of",
        "`tests/benchmarks/bench_model_mechanisms.py`: a scripted model moves one of twelve numbers by chance, likelier so as what it is",
        "shown speaks for. It heeds all that a mechanism shows, so a row says what there is to gain, not what a real model gains.",
        f"Without any of them the calls make {np.mean(made['']):.0f} proposals. The difference is paired by seed, with its 95 % interval.",
        "",
        "| mechanism | proposals | with it | without | difference |",
        "|---|--:|--:|--:|--:|",
        *rows,
    ])  # fmt: skip
    print(text)
    if not asked.only:
        write_part(HEADING, text, ROOT / "docs" / "mechanisms.md")


if __name__ == "__main__":
    main()
