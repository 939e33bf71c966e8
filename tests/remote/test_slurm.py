"""Evaluations as jobs of a queue: a fake Slurm on the path, real jobs in processes."""

import asyncio
import os
import sys

import far_world
import pytest

from cladogen import evolve
from cladogen.errors import SandboxError
from cladogen.events import Silent
from cladogen.problem import load
from cladogen.record.store import Store
from cladogen.remote.messages import EvaluationRequest, pack_request
from cladogen.remote.parcel import Parcel
from cladogen.remote.share import Share
from cladogen.settings import Settings

pytest.importorskip("submitit")

from cladogen.remote.slurm import Slurm

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:submitit")

# One file for all commands: jobs are folders with a number, a process group and an end.
FAKE = """#!{python}
import os, pathlib, signal, subprocess, sys
home, name, words = pathlib.Path({home!r}), pathlib.Path(sys.argv[0]).name, sys.argv[1:]
if name == "srun":
    command = words[next(at for at, word in enumerate(words) if not word.startswith("-") and at and
                         not words[at - 1] in ("--output", "--error")):]
    os.execvp(command[0], command)
elif name == "sbatch":
    number = len(list(home.glob("job-*"))) + 1
    job = home / f"job-{{number}}"
    job.mkdir()
    seen = {{"SLURM_JOB_ID": str(number), "SLURM_NTASKS": "1", "SLURM_PROCID": "0",
             "SLURM_LOCALID": "0", "SLURM_NODEID": "0", "SLURM_JOB_NUM_NODES": "1",
             "SLURM_JOB_NODELIST": "localhost", "SLURM_NODELIST": "localhost"}}
    (job / "script").write_text(pathlib.Path(words[-1]).read_text())
    if (home / f"lose-{{number}}").exists():
        (job / "end").write_text("NODE_FAIL")
    else:
        shell = f"bash {{job}}/script > {{job}}/out 2>&1; echo COMPLETED > {{job}}/end"
        process = subprocess.Popen(["bash", "-c", shell], env=os.environ | seen,
                                   start_new_session=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (job / "process").write_text(str(process.pid))
    if (home / "begun").exists():
        (home / "begun").write_text(str(number))  # somebody waits for it
    print("Submitted batch job", number)
elif name == "sacct":
    print("JobID|State|NodeList")
    for job in home.glob("job-*"):
        end = job / "end"
        state = end.read_text().strip() if end.exists() else "RUNNING"
        print(f"{{job.name[4:]}}|{{state}}|localhost")
elif name == "scancel":
    job = home / f"job-{{words[-1]}}"
    (job / "cancelled").touch()
    if not (job / "end").exists():
        os.killpg(int((job / "process").read_text()), signal.SIGKILL)
"""


class Lines(Silent):
    def __init__(self):
        self.notices, self.header = [], []

    def begin(self, header):
        self.header = header

    def notice(self, text):
        self.notices.append(text)


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A folder of jobs; a file ``lose-N`` there loses job N."""
    home = tmp_path / "slurm"
    (home / "bin").mkdir(parents=True)
    for name in ("sbatch", "srun", "sacct", "scancel"):
        path = home / "bin" / name
        path.write_text(FAKE.format(python=sys.executable, home=str(home)))
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home / 'bin'}:/usr/bin:/bin")
    return home


def search(problem, observer, **settings):
    given = {"machines": "slurm:2", "proposer": "count.py:Falling", "noise_repeats": 1, **settings}
    return evolve(problem, problem.parent / "run", observer=observer, **given)


@pytest.mark.slow
def test_evaluations_are_jobs_and_one_whose_node_fails_is_made_again(tmp_path, queue):
    (queue / "lose-3").touch()
    problem, lines = far_world.write_problem(tmp_path), Lines()
    ending = search(problem, lines, max_proposals=4, workers=1)
    assert ending.stop.kind == "proposals"
    store = Store.open(tmp_path / "run")
    assert sorted(result.ticket for result in store.results()) == list(range(5))
    rows = [(row.program, row.evaluation.case) for row in store.evaluations()]
    store.close()
    assert len(set(rows)) == len(rows) == 5 * 2
    assert len(list(queue.glob("job-*"))) == 7  # the offer, five programs, and one of them again
    assert [line for line in lines.notices if "job 3 ended" in line]
    assert "slurm, at most 2 jobs" in dict(lines.header)["sandbox"]
    assert not (tmp_path / "run" / "queue").exists()
    asked = (queue / "job-1" / "script").read_text()
    assert "--mem=1280M" in asked
    assert "--cpus-per-task=1" in asked


def test_machine_without_sbatch_is_told_so_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match="no sbatch on this machine"):
        search(far_world.write_problem(tmp_path), Silent(), max_proposals=1)


@pytest.mark.slow
def test_problem_that_no_node_can_judge_ends_with_the_reason(tmp_path, queue):
    problem = far_world.write_problem(tmp_path)
    (problem / "judge.py").write_text("class Other: pass\n")
    with pytest.raises(SandboxError, match="no class 'Judge'"):
        search(problem, Silent(), max_proposals=1)


@pytest.mark.slow
async def test_evaluation_that_is_given_up_is_cancelled_in_the_queue(tmp_path, queue):
    problem = load(far_world.write_problem(tmp_path, sleep_s=600))
    share = Share(folder=tmp_path, most=1)
    machines = Slurm(share, print, poll_s=0.05)
    await machines.start(Parcel(problem, Settings(), "run").pack())
    request = pack_request(EvaluationRequest(problem.seeds))
    os.mkfifo(queue / "begun")
    call = asyncio.ensure_future(machines.call(request, 1000.0))
    assert await asyncio.to_thread((queue / "begun").read_text) == "2"
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (queue / "job-2" / "cancelled").exists()
    await machines.close()
