"""Judging through a station far away gives what judging here gives."""

import contextlib
from dataclasses import replace

import far_world
import pytest

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.opening import open_here
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.remote.base import Offer
from cladogen.remote.evaluator import RemoteEvaluator
from cladogen.remote.machines import make
from cladogen.remote.messages import EvaluationRequest, pack_request, read_offer, read_request
from cladogen.remote.parcel import Parcel
from cladogen.remote.share import MIB, Share
from cladogen.remote.station import Station
from cladogen.settings import Settings

SETTINGS = Settings(sandbox="local")


class OneStation:
    """A station in this process, as machines."""

    slots, where = 1, "here"

    def __init__(self, parcel: bytes) -> None:
        self.station = Station(parcel, 2)
        self.requests = []

    async def call(self, request, most_s):
        self.requests.append(read_request(request))
        return await self.station.answer(request)


@contextlib.asynccontextmanager
async def far(problem):
    machines = OneStation(Parcel(problem, SETTINGS, "run", 200).pack())
    offer = read_offer(await machines.station.open())
    try:
        yield RemoteEvaluator(problem, machines, offer)
    finally:
        await machines.station.close()


def without_usage(rows):
    return [replace(row, usage=type(row.usage)()) for row in rows]


def program(text: str) -> Program:
    return Program.of({"a.py": File(text.encode())})


PROGRAMS = [
    "def run(x):\n    return x * 0 + 4.5\n",
    "def run(x):\n    return 1 / 0\n",
    "def run(x):\n    return 'words \\udcff'\n",
]


@pytest.mark.parametrize("text", PROGRAMS)
async def test_rows_from_afar_are_the_rows_from_here(steps_problem, text):
    problem = load(steps_problem)
    async with far(problem) as there, open_here(problem, SETTINGS, "r", print, preview=200) as here:
        assert (there.train, there.heldout) == (here[0].train, here[0].heldout)
        rows = await there.evaluate(program(text))
        assert without_usage(rows) == without_usage(await here[0].evaluate(program(text)))
        held = await there.evaluate(program(text), there.heldout, seed=2, fresh=True)
        assert [(row.case, row.seed) for row in held] == [("three", 2)]


async def test_variants_are_scored_afar(steps_problem):
    problem = load(steps_problem)
    variants = [program(f"def run(x):\n    return {value}\n") for value in (2.0, 7.0)]
    async with far(problem) as there:
        scores = await there.trials(variants[0], variants)
    assert [score.fitness for score in scores] == [-2.0, -7.0]


async def test_known_behaviour_ends_after_the_first_stage_afar_too(steps_problem):
    toml = steps_problem / "problem.toml"
    toml.write_text(toml.read_text() + '\n[[stages]]\nname = "cheap"\ncases = ["one"]\n')
    problem = load(steps_problem)
    async with far(problem) as there:
        rows = await there.evaluate(program(PROGRAMS[0]), known=lambda rows: True)
        assert [row.case for row in rows] == ["one"]
        rows = await there.evaluate(program(PROGRAMS[0]), known=lambda rows: False)
        assert [row.case for row in rows] == ["one", "two"]


async def test_limit_learnt_from_the_seed_on_one_machine_holds_on_the_others(steps_problem):
    problem = load(steps_problem)
    async with far(problem) as there:
        await there.evaluate(problem.seeds[0])
        await there.evaluate(program(PROGRAMS[0]))
        assert there.machines.requests[-1].output_mb == 1.0


async def test_wrong_answer_of_a_machine_counts_neither_for_nor_against(steps_problem):
    problem = load(steps_problem)
    async with far(problem) as there:
        rows = await there.evaluate(program(PROGRAMS[0]), ("no such case",))
    assert [row.status for row in rows] == [Status.INFRA]
    assert "no such case" in rows[0].feedback


def test_request_comes_out_as_it_went_in():
    files = {"a b.py": File(bytes(range(256)), True), "x/y": File(b"")}
    request = EvaluationRequest((Program.of(files),), ("c",), 3, True, output_mb=2.5)
    again = read_request(pack_request(request))
    assert again == request
    assert dict(again.programs[0].files) == files


def test_parcel_takes_the_problem_its_seeds_and_its_parameters(tmp_path):
    problem = load(far_world.write_problem(tmp_path)).with_seed(7)
    (problem.folder / "runs").mkdir()
    (problem.folder / "runs" / "old").write_text("not for others")
    data = Parcel(problem, Settings(seed=7), "run").pack()
    again = Parcel.unpack(data, tmp_path / "there")
    assert again.problem.seeds == problem.seeds
    assert again.problem.parameters == problem.parameters
    assert again.settings == Settings(seed=7)
    assert not (tmp_path / "there" / "problem" / "runs").exists()


@pytest.mark.parametrize(
    ("share", "resources", "slots"),
    [
        (Share(), {"CPU": 4.0, "memory": 64e9}, 4),
        (Share(cpus=0.5), {"CPU": 4.0, "memory": 64e9}, 8),
        (Share(cpus=8), {"CPU": 4.0, "memory": 64e9}, 0),
        (Share(memory_mb=1024), {"CPU": 4.0, "memory": 2.5 * 1024 * MIB}, 2),
        (Share(gpus="2"), {"CPU": 64.0, "memory": 64e9, "GPU": 5.0}, 2),
        (Share(gpus="all"), {"CPU": 64.0, "memory": 64e9}, 0),
        (Share(exclusive=True), {"CPU": 64.0, "memory": 64e9}, 1),
        (Share(), {}, 0),
    ],
)
def test_as_many_evaluations_as_fit_on_a_machine(share, resources, slots):
    assert share.fits(resources) == slots


@pytest.mark.parametrize(
    ("name", "words"),
    [("rai", "did you mean"), ("x.y:Nothing", "No module named"), ("ray:0", "at least 1")],
)
def test_machines_that_nobody_knows_are_refused_in_one_line(tmp_path, name, words):
    problem = load(far_world.write_problem(tmp_path))
    with pytest.raises(ConfigError, match=words) as caught:
        make(Parcel(problem, Settings(machines=name), "run"), print)
    assert len(str(caught.value).splitlines()) == 1


def test_machine_of_another_version_or_with_other_cases_is_told_why_it_is_not_used():
    first = Offer("1.0", "local", ("a",), ())
    assert first.unfit("1.0", None) == ""
    assert "it has cladogen 1.0, and this is 1.1" in first.unfit("1.1", None)
    assert "other cases" in replace(first, train=("b",)).unfit("1.0", first)


def test_command_line_takes_a_number_or_machines():
    from cladogen.cli.run_options import _workers

    assert _workers("3") == {"workers": 3, "machines": "", "ray_address": ""}
    assert _workers("ray:8") == {"machines": "ray:8"}
    assert _workers("slurm:8") == {"machines": "slurm:8", "ray_address": ""}
