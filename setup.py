"""Build the C++ kernels when a compiler is there; NumPy does the same work when it is not.

An editable install is one folder on the path, laid out by ``.ci/links.py``.
"""

import runpy
from pathlib import Path

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup
from setuptools.command.editable_wheel import editable_wheel


class EditableByLinks(editable_wheel):
    """Install one plain folder that holds the package: setuptools then writes one ``.pth`` line."""

    def finalize_options(self) -> None:
        folder = runpy.run_path(".ci/links.py")["lay_out"]()
        self.distribution.package_dir = {"": str(folder.relative_to(Path.cwd()))}
        super().finalize_options()


def packages() -> list[str]:
    """Return every folder of the package that has an ``__init__.py``, by its dotted name."""
    tops = {
        "engine": "cladogen",
        **{name: f"cladogen.{name}" for name in ("evaluators", "sandboxes")},
    }
    found = []
    for folder, top in tops.items():
        for path in Path(folder).rglob("__init__.py"):
            found.append(".".join([top, *path.parent.relative_to(folder).parts]))
    return sorted([*found, "cladogen.problems"])  # data: folders that are read, never imported


sources = sorted(str(path) for path in Path("csrc").glob("*.cpp"))
kernels = Pybind11Extension(
    "cladogen._kernels",
    sources,
    depends=sorted(str(path) for path in Path("csrc").glob("*.hpp")),
    cxx_std=17,
    extra_compile_args=["-O3", "-fvisibility=hidden"],
    optional=True,
)
setup(packages=packages(), ext_modules=[kernels], cmdclass={"editable_wheel": EditableByLinks})
