"""Several proposers in one run: whose turn it is, what each may change, and a model beside tuning, end to end."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from page_server import PageServer
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.cli.main import main
from cladogen.errors import ConfigError
from cladogen.patch import make_diff
from cladogen.problem.specialist import Specialist, parse_specialist
from cladogen.program import File, Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Extras, Proposer
from cladogen.proposers.contract import ProposerContract, ProposerWorld, problem
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.specialists import Member, Specialists, confined
from cladogen.proposers.tune import Tune
from cladogen.record.choices import StoredChoices
from cladogen.record.credit import Credit, Tally
from cladogen.record.store import Store
from cladogen.result import Result
from cladogen.search.streams import stream
from cladogen.settings import Settings
from cladogen.task import Propose
from cladogen.view.reports.credit import credit_rows, credit_table


def draw(ticket: int) -> np.random.Generator:
    return stream(0, "specialists", ticket)


class TestSpecialists(ProposerContract):
    def make(self, problem, trials) -> Proposer:
        members = [
            Member("changes", Mutate(problem, trials)),
            Member("numbers", Tune(problem, trials, variants=20), ("curve.py",), 0.3),
        ]
        return Specialists(problem, members, draw)


class Writes(Extras):
    """Puts a text at the end of a file, whatever it may change."""

    def __init__(self, path: str, text: str = "x = 1\n", **what) -> None:
        self.path, self.text, self.told = path, text, []
        for name, value in what.items():
            setattr(self, name, value)

    async def propose(self, task, record, rng) -> Proposal:
        parent = record.program(task.parents[0])
        before = parent.files[self.path].data if self.path in parent.files else b""
        text = before + f"# {task.ticket}\n{self.text}".encode()
        patch = make_diff(parent, parent.replace({self.path: text}))
        return Proposal(task.ticket, "write", task.parents, patch)

    async def repair(self, proposal, failure, record, rng) -> Proposal | None:
        return None

    def tell(self, proposal, result) -> None:
        self.told.append(proposal)


def asked(proposer, world, ticket=1, hint="") -> Proposal:
    task = Propose(ticket, (0,), hint=hint)
    return asyncio.run(proposer.propose(task, world, np.random.default_rng(ticket)))


def test_proposal_that_leaves_its_globs_is_refused_with_the_line_that_does():
    rules = problem()
    mine = Specialists(rules, [Member("notes", Writes("curve.py"), ("notes/*",))], draw)
    proposal = asked(mine, ProposerWorld(rules), ticket=4)
    assert (proposal.patch, proposal.code, proposal.specialist) == ("", "outside-globs", "notes")
    end = len(rules.seeds[0].text("curve.py").split("\n"))
    assert proposal.reason == (
        f"specialist notes may change notes/* only: curve.py, line {end}: '# 4'"
    )


def test_what_a_task_hints_at_goes_to_who_knows_it():
    rules = problem()
    members = [
        Member("one", Writes("curve.py")),
        Member("two", Writes("curve.py", hints=("shorten",))),
        Member("three", Writes("curve.py", writes_first=True)),
    ]
    mine = Specialists(rules, members, draw)
    world = ProposerWorld(rules)
    for ticket in range(1, 6):
        assert asked(mine, world, ticket, "shorten").specialist == "two"
        assert asked(mine, world, ticket, "first").specialist == "three"
    assert mine.hints == ("shorten",) and mine.writes_first


def test_who_gains_has_more_turns_and_only_who_proposed_learns():
    rules, world = problem(), ProposerWorld(problem())
    good, bad = Writes("curve.py"), Writes("curve.py")
    mine = Specialists(rules, [Member("good", good), Member("bad", bad)], draw)
    better = replace(world.scores[0], fitness=0.0)
    for ticket in range(1, 60):
        proposal = replace(asked(mine, world, ticket), parent_fitness=-1.0)
        score = better if proposal.specialist == "good" else world.scores[0]
        score = replace(score, fitness=(score.fitness or 0.0) + 1e-3 * ticket)
        mine.tell(proposal, replace(world.take(Propose(ticket, (0,)), proposal), score=score))
    assert len(good.told) > 1.5 * len(bad.told) > 0
    assert {each.specialist for each in good.told} == {"good"}
    mine.tell(
        Proposal(99, "exchange", (0,)), Result(Propose(99, (0,)), "accepted")
    )  # from elsewhere
    assert len(good.told) + len(bad.told) == 59


def test_task_of_a_killed_run_goes_to_whom_it_was_given(tmp_path):
    rules, store = problem(), Store.create(tmp_path / "run", {})

    def made(weight: float) -> Specialists:
        members = [Member("one", Writes("curve.py")), Member("two", Writes("curve.py"), (), weight)]
        return Specialists(rules, members, draw, StoredChoices(store).entry)

    first = [asked(made(1e-9), ProposerWorld(rules), ticket).specialist for ticket in (1, 2, 3)]
    again = [asked(made(1e9), ProposerWorld(rules), ticket).specialist for ticket in (1, 2, 3)]
    other = asked(made(1e9), ProposerWorld(rules), 4).specialist
    store.close()
    assert first == again == ["one"] * 3 and other == "two"


def test_one_that_is_confined_sees_only_its_globs_as_editable():
    seed = Program.of({name: File(b"x = 1\n") for name in ("a/x.py", "a/run.py", "b.py")})
    rules = replace(problem(), seeds=(seed,), editable=("a/x.py", "b.py"))
    mine = confined(rules, "a", ("a/*",))
    assert mine.may_change("a/x.py") and mine.may_change("a/new.py")
    assert not mine.may_change("a/run.py") and not mine.may_change("b.py")
    with pytest.raises(ConfigError, match=r"specialist r: only = a/run.py: no file of the seed"):
        confined(rules, "r", ("a/run.py",))


def test_command_line_is_read_as_words_of_a_shell():
    text = (
        "agent name=fixer only=kernels/*,tests/** weight=2 command='python3 meta.py' network=h:80"
    )
    assert parse_specialist(text) == {
        "kind": "agent", "name": "fixer", "only": ["kernels/*", "tests/**"], "weight": 2.0,
        "options": {"command": "python3 meta.py", "network": "h:80"},
    }  # fmt: skip


# -- whole runs: a model for one file, tuning and mutation for the other

TOML = """
[program]
editable = ["kernels/*", "words.py"]
entry = "run.py:run"
[objective]
metric = "near"
[[defaults.specialists]]
kind = "offline"
only = ["kernels/*"]
[[defaults.specialists]]
kind = "model"
name = "writer"
only = ["words.py"]
"""
SCORER = """
from cladogen.scoring import Case
def cases(parameters):
    return [Case("a", 2.0), Case("b", 3.0)]
def score(case, output):
    return {"near": -abs(output[0] - 7.5 * case.input) + len(output[1])}
"""
FILES = {
    "run.py": "from kernels.scale import scale\nfrom words import WORD\ndef run(case):\n    return [scale(case), WORD]\n",
    "kernels/scale.py": "def scale(x):\n    return x * 1.0 + 0.5\n",
    "words.py": 'WORD = "a"\n',
}


def reply(seen) -> Answer:
    """Make the word longer; every third time change the kernel, too."""
    word = "b" * (2 + seen.step)
    said = f'Idea: more\n\nwords.py\n```python\nWORD = "{word}"\n```\n'
    if seen.step % 3 == 2:
        said += "\nkernels/scale.py\n```python\ndef scale(x):\n    return x * 2.0\n```\n"
    return Answer(said)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / "mine" / "seed" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / "seed" / name).write_text(text)
    (tmp_path / "mine" / "problem.toml").write_text(TOML)
    (tmp_path / "mine" / "scorer.py").write_text(SCORER)
    return tmp_path / "mine"


def test_model_and_tuning_share_a_run_each_in_its_files(folder, capsys):
    with FakeProvider(reply) as provider:
        options = [
            "--model", "small", "--api-base", provider.url, "--price", "small=1,4", "--sandbox", "local", "--workers",
            "1", "--plain", "--run", "r", "--max-proposals",
        ]  # fmt: skip
        assert main(["run", str(folder), *options, "12"]) == 0
        said = capsys.readouterr().out
        assert "offline only kernels/*; writer (model) only words.py; small x1" in said
        asked_before = provider.count()
        assert (
            main(["run", str(folder), *options, "16"]) == 0
        )  # goes on, and pays for nothing twice
        asked_at_all = provider.count()
    assert main(["stats", "r", "--by", "specialist", "--json"]) == 0
    rows = {row["specialist"]: row for row in json.loads(capsys.readouterr().out.splitlines()[-1])}
    assert set(rows) == {"offline", "writer"} and min(row["kept"] for row in rows.values()) > 0
    assert {name: row["only"] for name, row in rows.items()} == {
        "offline": "kernels/*",
        "writer": "words.py",
    }
    with PageServer(folder.parent / "r") as server:
        headings, *shown = server.json("/api/run/r/operators")["tables"]["specialist"]
    assert headings[:2] == ["specialist", "may change"] and {"applied", "gain"} < set(headings)
    assert {tuple(row[:2]) for row in shown} == {
        ("offline", "kernels/*"), ("writer", "words.py"), ("all", ""),
    }  # fmt: skip
    store = Store.open(folder.parent / "r")
    proposals = list(store.proposals())
    assert len(store.events("specialist")) == len({each.ticket for each in proposals}) > 12
    for each in proposals:
        paths = {line[6:] for line in each.patch.splitlines() if line.startswith("+++ b/")}
        assert paths <= {{"offline": "kernels/scale.py", "writer": "words.py"}[each.specialist]}
    refused = [each for each in proposals if each.code == "outside-globs"]
    assert refused and all(
        "kernels/scale.py, line 2: 'return x * 2.0'" in e.reason for e in refused
    )
    calls = [each.cost.calls for each in proposals]
    assert sum(calls) == asked_at_all > asked_before > 0
    store.close()
    assert main(["replay", "r", "--sandbox", "local"]) == 0
    assert "the same tree" in capsys.readouterr().out


def test_specialist_that_was_not_asked_yet_has_a_row_too():
    waiting = Specialist("tune", "later", only=("a/*", "b.py"))
    rows = credit_rows(Tally(), "specialist", (waiting, Specialist("offline", "offline")))
    _, *lines = credit_table(rows, Credit())
    assert [line[:3] for line in lines] == [
        ("later", "a/*, b.py", "0"), ("offline", "all that may", "0"), ("all", "", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--specialist", "tune only"], "write KIND KEY=VALUE"),
        (["--specialist", "tune", "--specialist", "tune"], "two specialists are called 'tune'"),
        (["--specialist", "tune", "--proposer", "tune"], "name one proposer, or several specialists"),
        (["--specialist", "tune weight=0"], "weight = 0 must be above 0"),
        (["--specialist", "tune weight=x"], "weight=x is no number"),
        (["--specialist", "tuna"], "unknown proposer 'tuna'; did you mean 'tune'?"),
        (["--specialist", "tune variants=many"], "proposer tune: variants = 'many': wanted int"),
        (["--specialist", "tune models=large"], "models = large: not named with --model (none)"),
        (["--specialist", "tune only=run.py"], "no file of the seed that may change"),
        (["--specialist", "tune", "--proposer-option", "foo=1"], "no specialist takes the proposer option 'foo'"),
    ],
)  # fmt: skip
def test_specialist_that_cannot_be_is_one_line(folder, capsys, words, said):
    assert main(["run", str(folder), "--run", "r", "--sandbox", "local", *words]) == 2
    found = capsys.readouterr()
    assert said in found.err and found.err.count("\n") == 1 and not (folder.parent / "r").exists()


def test_proposer_named_on_the_command_line_goes_over_a_problems_specialists(folder, capsys):
    words = ["--run", "r", "--sandbox", "local", "--proposer", "mutate", "--max-proposals", "2"]
    assert main(["run", str(folder), "--plain", *words]) == 0
    assert "mutate (no model)" in capsys.readouterr().out


def test_run_without_specialists_goes_on_by_the_same_command(folder, capsys):
    words = [
        "run",
        str(folder),
        "--run",
        "r",
        "--sandbox",
        "local",
        "--proposer",
        "mutate",
        "--plain",
    ]
    assert main([*words, "--max-proposals", "1"]) == 0
    assert main([*words, "--max-proposals", "2"]) == 0, capsys.readouterr().err
    given = Settings(models=(("a", 1.0),), specialists=(Specialist("tune", "t", ("x",)),))
    assert Settings.from_json(json.loads(json.dumps(given.to_json()))) == given
    assert Settings.from_json(json.loads(json.dumps(Settings().to_json()))) == Settings()
