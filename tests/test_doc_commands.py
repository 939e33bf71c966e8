"""Every command in the documents works: each block of commands is run in order, in a small world, and what is not run
says why. Commands within sentences are parsed."""

import importlib
import re
import shlex
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from git_set_ups import commit_all, git
from provider.acts import by_step
from provider.server import FakeProvider

from cladogen.cli.main import TABLE, main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^(?:    )?(?:\$ )?((?:[A-Z_]+=\S+ )?evolve .*)$")

# What a reader puts in place of these words.
PLACES = {"DIR": "theirs/circle", "FOLDER": "runs/bins", "NAME": "small", "OTHER": "large", "NAME=3": "small=3", "OTHER=1": "large=1"}  # fmt: skip
# Options that keep a command of the documents small; of two, the last counts.
SMALL = {
    "run": "--max-proposals 2 --max-evaluations 80 --sandbox local --plain --max-seconds 100",
    "bench": "--seeds 1 --jobs 1 --max-evaluations 70 --points 0 --sandbox local --max-seconds 100",
    "check": "--sandbox local --repeats 2 --faults 1",
    "evaluate": "--sandbox local",
    "transfer": "--sandbox local --programs 1",
}
# What is not run here, by its beginning, and why.
NOT_RUN = {
    "evolve view": "serves until somebody ends it; tests/view/page and tests/browser run it",
    "evolve run problems/mine --workers ray": "needs a Ray cluster; tests/remote runs it on one of this machine",
    "SBATCH_PARTITION=cpu evolve run": "needs Slurm; tests/remote runs it with a Slurm that is played",
    "evolve run problems/mine --run runs/a --share": "needs a repository on another machine; tests/git shares by a folder",
    "evolve run problems/mine --run runs/b --share": "as the one above",
    "evolve run problems/online_bin_packing --model ollama/": "needs an Ollama; tests/models plays one",
    "evolve run problems/online_bin_packing --model 'cli:claude": "needs that command; tests/models runs others of the kind",
    "evolve run PROBLEM --proposer agent": "needs an agent; tests/proposers/test_agent.py plays one",
    "evolve run PROBLEM --model gpt-5-mini --specialist": "needs an agent; tests/proposers/test_specialists.py runs specialists",
    "evolve run PROBLEM --proposer self_improve": "a program that is an improver; tests/end_to_end runs it with a model",
    "evolve run polyglot_mini": "minutes of a model that is played; tests/problems/test_polyglot_mini.py runs it",
    "evolve run problems/repair_agent": "minutes; tests/problems runs it with few evaluations",
    "evolve meta": "minutes; tests/meta runs it with few evaluations",
    "evolve run cap_set --config": "the file that evolve meta wrote; tests/meta runs it",
    "evolve ask": "its task is one of a model's run; tests/cli/test_skill.py and tests/test_desk.py ask and tell",
    "evolve tell": "as evolve ask",
    "evolve sign": "makes a key; SKILL.md's is run by tests/cli/test_skill.py",
    "evolve verify": "as evolve sign",
}


@dataclass(frozen=True)
class Block:
    """Commands that stand together, in the order in which a reader types them."""

    page: str
    line: int
    commands: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Return the blocks of all pages: in fences, or indented by four."""
    found: list[Block] = []
    for page in PAGES:
        together: list[str] = []
        first, fenced = 0, False
        for number, line in enumerate([*page.read_text().splitlines(), ""], 1):
            fence = line.startswith("```")
            if fence or not (fenced or line.startswith("    ")):
                if together:
                    found.append(Block(page.name, first, tuple(together)))
                together = []
                fenced ^= fence
                continue
            if together and together[-1].endswith("\\"):
                together[-1] = f"{together[-1][:-1]} {line.strip()}"
            elif made := COMMAND.match(line):
                first = first if together else number
                together.append(made[1])
    return found


def reason(command: str) -> str:
    """Return why a command is not run, "" for one that is."""
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), "")


def run(block: Block) -> list[str]:
    return [command for command in block.commands if not reason(command)]


IN_ORDER = (
    "tutorial.md"  # its blocks go on from one another: tests/test_doc_examples.py runs them all
)
BLOCKS = [block for block in blocks() if run(block) and block.page != IN_ORDER]
MIND = """
from cladogen import Proposal, make_diff


class Oracle:
    def __init__(self, problem):
        pass

    async def propose(self, task, record, rng):
        parent = record.program(task.parents[0])
        path = next(iter(parent.files))
        child = parent.replace({path: parent.files[path].data + b"# %d\\n" % task.ticket})
        return Proposal(task.ticket, "oracle", task.parents, make_diff(parent, child))

    async def repair(self, proposal, failure, record, rng):
        return None

    def tell(self, proposal, result):
        pass
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder as the documents suppose one: problems, a run, a package of the reader's, a program."""
    folder = tmp_path_factory.mktemp("world") / "here"
    (folder / "problems").mkdir(parents=True)
    for problem in (ROOT / "problems").iterdir():
        (folder / "problems" / problem.name).symlink_to(problem)
    assert main(["init", str(folder / "problems" / "mine")]) == 0
    bins = folder / "problems" / "online_bin_packing"
    words = [
        "--run",
        str(folder / "runs" / "bins"),
        "--max-proposals",
        "20",
        "--workers",
        "1",
        "--sandbox",
        "local",
        "--plain",
    ]
    assert main(["run", str(bins), *words]) == 0
    shutil.copytree(bins / "seed", folder / "my_program")
    (folder / "mypackage").mkdir()
    (folder / "mypackage" / "rules.py").write_text(_code("archives.md", "class Newest"))
    (folder / "mypackage" / "minds.py").write_text(MIND)
    (folder / "theirs" / "circle").mkdir(parents=True)
    (folder / "theirs" / "circle" / "initial_program.py").write_text("def run():\n    return 1.0\n")
    (folder / "theirs" / "circle" / "evaluator.py").write_text(
        "def evaluate(path):\n    return {'combined_score': 1.0}\n"
    )
    (folder / "theirs" / "circle" / "config.yaml").write_text("max_iterations: 3\n")
    return folder


def _code(page: str, holds: str) -> str:
    text = (ROOT / "docs" / page).read_text()
    return next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if holds in block)


@pytest.fixture
def here(world, tmp_path, monkeypatch):
    """A copy of the world, to work in, with a repository beside it."""
    shutil.copytree(world, tmp_path / "here", symlinks=True)
    (tmp_path / "my-repository").mkdir()
    git("init", "-q", tmp_path / "my-repository")
    (tmp_path / "my-repository" / "README").write_text("mine\n")
    commit_all(tmp_path / "my-repository")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.syspath_prepend(str(tmp_path / "here"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "played")
    return tmp_path / "here"


def words_of(command: str, provider: FakeProvider) -> list[str]:
    """Return a command's words as this test has them run."""
    named = [word.strip("[]") for word in shlex.split(command, comments=True)[1:]]
    filled = [PLACES.get(word, word) for word in named if word not in ("PROGRAM", "PROBLEM")]
    name = filled[0]
    filled += SMALL.get(name, "").split()
    if "--model" in filled:
        filled += ["--api-base", provider.url, "--max-calls", "2"]
        asked = [model for option, model in pairwise(filled) if option == "--model"]
        for model in asked:
            filled += ["--price", model.partition("=")[0] + "=1,4"]
    return filled


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_commands_of_a_block_work_one_after_the_other(here, capsys, block):
    text = "\n".join(block.commands)
    if re.search(r"\bmine\b", text) and "init mine" not in text:
        shutil.copytree(here / "problems" / "mine", here / "mine")
    with FakeProvider(by_step("Idea: none")) as provider:
        for command in run(block):
            code = main(words_of(command, provider))
            said = capsys.readouterr()
            assert code == 0, f"{command}\n{said.out}\n{said.err}"


def test_every_reason_not_to_run_a_command_is_needed():
    every = [command for block in blocks() for command in block.commands]
    assert len(every) > 60
    unused = [start for start in NOT_RUN if not any(each.startswith(start) for each in every)]
    assert unused == []
    assert len([each for each in every if not reason(each)]) > len(every) / 2


def test_commands_within_sentences_have_only_options_that_there_are():
    """``evolve run --approve all`` in a sentence: the option is one of the command's."""
    wrong = []
    for page in [*PAGES, *(ROOT / "docs" / "skills").rglob("*.md"), ROOT / "CHANGELOG.md"]:
        for text in re.findall(r"`evolve ([^`]+)`", page.read_text()):
            name, *words = text.split()
            if name not in TABLE:
                if name.islower() and name.isalpha():
                    wrong.append(f"{page.name}: evolve {text}: no such command")
                continue
            known = options(name)
            asked = re.findall(r"(?<![\w-])(--[a-z][\w-]*)", " ".join(words))
            wrong += [f"{page.name}: evolve {text}: {each}" for each in asked if each not in known]
    assert wrong == []


def options(name: str) -> set[str]:
    """Return the options of a command, as its parser has them."""
    from cladogen.cli.main import Parser

    module = importlib.import_module(TABLE[name][0])
    subparsers = Parser(prog="evolve").add_subparsers(parser_class=Parser)
    module.add_parser(subparsers)
    return set(subparsers.choices[name]._option_string_actions)
