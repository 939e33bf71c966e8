"""The wheel and the source archive both install and run outside the clone, with a compiler and without one."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def pip(*arguments, **environment):
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        *map(str, arguments),
    ]
    subprocess.run(
        command, check=True, timeout=280, capture_output=True, env={**os.environ, **environment}
    )


def evolve(target, *arguments, **environment):
    """Run the installed command away from the clone, and return what it printed."""
    # A development install answers for whatever the installed package lacks, so it is taken out of the way.
    code = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'ditable' not in repr(each)];"
        f"import cladogen; assert cladogen.__file__.startswith({str(target)!r}), cladogen.__file__;"
        "from cladogen.cli.main import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=target, env={**os.environ, "PYTHONPATH": str(target), **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True, timeout=280, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.tar.gz"))


@pytest.mark.slow
def test_wheel_made_from_the_source_archive_installs_and_runs_outside_the_clone(tmp_path, sdist):
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, sdist)
    wheel = next(tmp_path.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "cladogen/py.typed" in names and any(
        name.startswith("cladogen/_kernels") for name in names
    )
    assert not [name for name in names if name.split("/")[0] not in ("cladogen", wheel.name.split("-")[0])
                and ".dist-info" not in name]  # fmt: skip
    target = tmp_path / "target"
    pip("install", "--no-deps", "--target", target, wheel)
    evolve(target, "init", "mine")
    out = evolve(target, "run", "mine", "--sandbox", "local", "--max-proposals", "5", "--plain")
    assert "evolve run --resume" in out


@pytest.mark.slow
def test_install_without_a_compiler_runs_on_the_numpy_references(tmp_path, sdist):
    pip(
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        tmp_path,
        sdist,
        CC="false",
        CXX="false",
    )
    target = tmp_path / "target"
    pip("install", "--no-deps", "--target", target, next(tmp_path.glob("*.whl")))
    assert not list((target / "cladogen").glob("_kernels*"))
    evolve(target, "init", "mine")
    out = evolve(target, "run", "mine", "--sandbox", "local", "--max-proposals", "5", "--plain")
    assert "numpy" in out
