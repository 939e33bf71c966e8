"""Speed as a score: measured by the sandbox, and only for right results."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import load
from cladogen.sandboxes.choose import open_sandbox
from cladogen.scoring import Case

PROBLEMS = Path(__file__).parents[2] / "problems"
FASTER = "for (int i = 0; i < n * n; ++i) c[i] = 0; for (int i = 0; i < n; ++i) for (int k = 0; k < n; ++k) for (int j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];"  # fmt: skip


def kernel(body):
    return f'extern "C" void matmul(const double *a, const double *b, double *c, int n) {{ {body} }}'.encode()


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
async def test_kernel_is_timed_from_outside_and_only_when_every_bit_is_right():
    problem = load(PROBLEMS / "cpp_kernels").with_seed(0)
    seed = problem.seeds[0]
    async with open_sandbox("local", limits=problem.limits, build=problem.build) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()

            async def judged(body):
                return problem.score(
                    await evaluator.evaluate(seed.replace({"kernel.cpp": kernel(body)}))
                )

            rows = await evaluator.evaluate(seed)
            slow = problem.score(rows)
            fast = await judged(FASTER)
            unwritten = await judged("")
            wrong = await judged(FASTER + "c[n] += 1;")
            broken = await judged("this is not C++")
        finally:
            await evaluator.close()
    assert fast.fitness > slow.fitness
    for row in rows:  # a model sees what is the kernel's, and what nobody can change
        shares = re.fullmatch(r"CPU time of the kernel's process (\S+) s, of .* (\S+) s\n", row.log)
        parts = [float(share) for share in shares.groups()]
        assert min(parts) > 0 and sum(parts) < row.usage.cpu_s * 1.05 + 0.002
    assert (unwritten.status, wrong.status, broken.status) == (
        Status.INVALID,
        Status.INVALID,
        Status.CRASH,
    )
    assert "1 of 147456 numbers are wrong" not in unwritten.feedback
    assert (
        "4 of 147456 numbers are wrong, the first in round 0 at row 1, column 0" in wrong.feedback
    )


ELSEWHERE = {
    "the interpreter, which is not in its process": (
        """#include <dlfcn.h>
        extern "C" void matmul(const double *a, const double *b, double *c, int n) {
          auto run = (int (*)(const char *))dlsym(RTLD_DEFAULT, "PyRun_SimpleString");
          run("pass");
        }"""
    ),
    "another program": (
        """#include <cstdlib>
        extern "C" void matmul(const double *a, const double *b, double *c, int n) {
          if (std::system("python3 -c 'import numpy'")) std::abort();
        }"""
    ),
    "a library": (
        """#include <fcntl.h>
        #include <cstdlib>
        extern "C" void matmul(const double *a, const double *b, double *c, int n) {
          if (open("/proc/self/exe", O_RDONLY) < 0) std::abort();
        }"""
    ),
    "its host's output": (
        """#include <unistd.h>
        #include <cstdlib>
        extern "C" void matmul(const double *a, const double *b, double *c, int n) {
          if (write(1, "[[[1]]]", 7) == 7) _exit(0);
        }"""
    ),
}


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
async def test_a_kernel_that_has_the_work_done_elsewhere_has_no_score():
    problem = load(PROBLEMS / "cpp_kernels").with_seed(0)
    seed = problem.seeds[0]
    async with open_sandbox("local", limits=problem.limits, build=problem.build) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            for text in ELSEWHERE.values():
                program = seed.replace({"kernel.cpp": text.encode()})
                score = problem.score(await evaluator.evaluate(program))
                assert score.status in (Status.CRASH, Status.INVALID), score
        finally:
            await evaluator.close()


@pytest.mark.parametrize("task", ["close_pairs", "edit_distance", "polynomial", "components"])
def test_the_scorer_has_the_seed_programs_answers(scorer, task):
    module = scorer("code_speed")
    names = {}
    exec((PROBLEMS / "code_speed" / task / "solve.py").read_text(), names)
    for case in module.cases({"task": task, "seed": 5}):
        assert np.array_equal(np.asarray(names["solve"](**case.input)), case.answer)


def test_one_wrong_integer_is_named(scorer):
    module = scorer("code_speed")
    case = Case("x", {}, answer=np.array([3, 4, 5]))
    with pytest.raises(Exception, match=r"1 of 3 numbers are wrong, the first at 1: 7$"):
        module.score(case, [3, 7, 5])
