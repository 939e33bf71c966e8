"""A selection rule as a text: run in a sandbox, under a floor, and left out when it gives no weights."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cladogen.archives import make_archive
from cladogen.archives.base import Archive, Space
from cladogen.archives.contract import SPACES, ArchiveContract, World, played
from cladogen.archives.rule_calls import RuleCalls, RuleError
from cladogen.archives.written_rule import FLOOR, MOST_FAULTS, WrittenRule, checked
from cladogen.errors import ConfigError, SandboxError
from cladogen.evaluation import Status
from cladogen.sandboxes.base import Execution, Job, Sandbox
from cladogen.sandboxes.choose import open_sandbox

BEST = """
def choose(scores, visits, parents, gains):
    best = max(range(len(scores)), key=scores.__getitem__)
    return [float(at == best) for at in range(len(scores))]
"""
GIVEN = """
def choose(scores, visits, parents, gains):
    assert len(scores) == len(visits) == len(parents) == len(gains)
    assert all(up < at for at, up in enumerate(parents))
    assert all(score - gain == scores[up] or abs(score - gain - scores[up]) < 1e-9
               for score, up, gain in zip(scores, parents, gains) if up >= 0)
    return [1 + made for made in visits]
"""


def made(rule: str, space: Space | None = None) -> WrittenRule:
    archive = make_archive("written_rule", space or SPACES[0], {"rule": rule, "sandbox": "local"})
    assert isinstance(archive, WrittenRule)
    return archive


@pytest.fixture
def archive() -> Iterator[list[WrittenRule]]:
    kept: list[WrittenRule] = []
    yield kept
    for each in kept:
        each.close()


@pytest.fixture(scope="module")
def calls() -> Iterator[RuleCalls]:
    shared = RuleCalls(GIVEN, "local")  # one sandbox for all archives of the contract
    yield shared
    shared.close()


class TestWithARule(ArchiveContract):
    steps = 6

    @pytest.fixture(autouse=True)
    def _sandbox(self, calls: RuleCalls) -> None:
        self.calls = calls

    def make(self, space: Space) -> Archive:
        archive = made(GIVEN, space)
        archive.calls = self.calls
        return archive


def parents(archive: WrittenRule, steps: int) -> tuple[list[int], World]:
    world = World(archive.space)
    return [task.parents[0] for task, _ in played(archive, world, steps)], world  # type: ignore[union-attr]


def test_a_tenth_of_the_turns_are_anybodys(archive: list[WrittenRule]) -> None:
    rule = made(BEST)
    archive.append(rule)
    parents(rule, 30)
    best = rule.population.best
    drawn = [rule.choose(100 + at, np.random.default_rng((9, at))).parents[0] for at in range(100)]
    others = sum(each != best for each in drawn) / len(drawn)
    assert 0.2 * FLOOR < others < 2.5 * FLOOR  # of 100 draws


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    return scores[1:]", "weights"),
        ("    return [-1.0 for each in scores]", "not negative"),
        ("    return [0 for each in scores]", "not all 0"),
        ("    return ['a' for each in scores]", "no numbers"),
        ("    return [10 ** 400 for each in scores]", ""),
        ("    return [1e308 * 10 for each in scores]", ""),
        ("    return 'x' * 5_000_000", ""),
        ("    return {}", "dict"),
        ("    raise RuntimeError('\\x1b[31mred')", "red"),
        ("    import os; os._exit(0)", ""),
        ("    import time; time.sleep(60)", "timeout"),
        ("    while True: pass", "timeout"),
    ],
)
def test_a_rule_that_gives_no_weights_leaves_the_choice_to_chance_and_says_so_once(
    archive: list[WrittenRule], body: str, words: str
) -> None:
    rule = made(f"def choose(scores, visits, parents, gains):\n{body}\n")
    archive.append(rule)
    chosen, _ = parents(rule, 25)
    assert len(chosen) == 25 and len(set(chosen)) > 3
    said = rule.said()
    assert said.startswith("the selection rule gives no weights") and words in said
    assert "\x1b" not in said and len(said.splitlines()) == 1
    assert rule.said() == ""
    assert rule.faults == MOST_FAULTS  # and it is not called any more


class Failing:
    """A sandbox that fails as each of ``fails`` says: "" works, "infra" and "error" do not."""

    def __init__(self, inner: Sandbox, fails: list[str]) -> None:
        self.inner, self.fails = inner, fails

    async def run(self, job: Job) -> tuple[Execution, ...]:
        kind = self.fails.pop(0) if self.fails else ""
        if kind == "error":
            raise SandboxError("the daemon is away")
        if kind == "infra":
            return (Execution(Status.INFRA, detail="the daemon is away"),)
        return await self.inner.run(job)


@pytest.mark.parametrize("kind", ["infra", "error"])
def test_a_sandbox_that_fails_twice_is_said_once_and_chance_chooses_meanwhile(
    archive: list[WrittenRule], kind: str
) -> None:
    fails = ["", kind, kind, "", kind, kind, kind]

    @asynccontextmanager
    async def opening(*named: str, **asked: Any) -> AsyncIterator[Any]:
        async with open_sandbox(*named, **asked) as inner:
            yield Failing(inner, fails)

    rule = made(BEST)
    archive.append(rule)
    rule.calls = RuleCalls(rule.source, "local", opening=opening)
    said = {}  # by how many failures were left then
    for _ in played(rule, World(rule.space), 40):
        if text := rule.said():
            said.setdefault(len(fails), []).append(text)
    away = ["the selection rule gives no weights, so chance chooses: the daemon is away"]
    assert said == {5: away, 2: away}  # at the first failure of each row of them
    assert not fails and rule.faults == 0  # they count against no rule


@pytest.mark.parametrize("where", ["opening", "run"])
def test_a_sandbox_that_never_answers_is_left_and_what_waits_for_it_ended(where: str) -> None:
    hangs, ended = threading.Event(), threading.Event()

    async def hang() -> None:
        hangs.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    class Hanging:
        async def run(self, job: Job) -> tuple[Execution, ...]:
            await hang()
            return ()

    @asynccontextmanager
    async def opening(*named: str, **asked: Any) -> AsyncIterator[Any]:
        if where == "opening":
            await hang()
        yield Hanging()

    calls = RuleCalls(BEST, "local", opening=opening, wait_s=0.2)
    while not hangs.is_set():  # on a busy machine not even that comes in time
        with pytest.raises((SandboxError, RuleError), match=r"did not answer within 0\.2 s"):
            calls.call({})
    assert ended.wait(60.0)
    calls.close()


def test_weights_are_read_as_hostile() -> None:
    assert checked([1, 2.0], 2).tolist() == [0.5, 1.0]
    assert checked([1e308, 1e308], 2).tolist() == [1.0, 1.0]  # whose sum is no number
    for wrong in (None, [1.0], [True, 1], [float("nan"), 1], np.ones((2, 2))):
        with pytest.raises(RuleError):
            checked(wrong, 2)


def test_a_rule_is_a_text_or_a_file_of_the_problem(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(BEST)
    assert made("rule.py", Space(folder=tmp_path)).source == BEST
    with pytest.raises(ConfigError, match="no such file"):
        made("other.py", Space(folder=tmp_path))
    with pytest.raises(ConfigError, match="no file of the problem"):
        made("../rule.py", Space(folder=tmp_path / "below"))
    with pytest.raises(ConfigError, match="must define choose"):
        made("def pick(scores):\n    return scores\n")
