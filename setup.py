"""Build the C++ kernels when a compiler is there; the NumPy twins serve when it is not."""

from pathlib import Path

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

sources = sorted(str(path) for path in Path("csrc").glob("*.cpp"))
kernels = Pybind11Extension(
    "cladogen._kernels",
    sources,
    depends=sorted(str(path) for path in Path("csrc").glob("*.hpp")),
    cxx_std=17,
    extra_compile_args=["-O3", "-fvisibility=hidden"],
    optional=True,
)
setup(ext_modules=[kernels])
