"""What a program finds where it runs, asked in the sandbox."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from cladogen.evaluators.installed import installed
from cladogen.problem import load
from cladogen.sandboxes.choose import open_sandbox


async def said(problem, sandbox):
    async with open_sandbox(
        sandbox, problem.sandbox, folder=problem.folder, limits=problem.limits
    ) as opened:
        return await installed(problem, opened)


@pytest.mark.parametrize(
    "sandbox", ["local", "bubblewrap", pytest.param("docker", marks=pytest.mark.docker)]
)
async def test_python_and_its_packages_are_named(sandbox):
    words = await said(load("problems/cap_set"), sandbox)
    assert words.startswith(f"Python {sys.version_info[0]}.{sys.version_info[1]}.")
    assert f"numpy {np.__version__}" in words
    assert "scipy" in words


async def test_compiler_and_its_flags_are_named():
    words = await said(load("problems/courier"), "local")
    assert words.startswith("g++") and words.endswith("flags -std=c++17 -O2")


async def test_compiler_that_a_script_of_the_build_calls_is_named_and_what_native_means_there():
    words = await said(load("problems/cpp_kernels"), "local")
    assert words.startswith("g++")
    assert re.search(
        r"; -march=native means \w[\w-]*(, with (fma|avx2|avx512f)(, \w+)*)?$", words
    ), words


async def test_command_that_is_no_compiler_says_nothing():
    problem = replace(load("problems/courier"), build=(), entry=("./solve",))
    assert await said(problem, "local") == ""
