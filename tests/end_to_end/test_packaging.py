"""The wheel and the source archive both install and run outside the clone, with a compiler and without one."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
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
        command, check=True, timeout=600, capture_output=True, env={**os.environ, **environment}
    )


def evolve(target, *arguments, cwd=None, **environment):
    """Run the installed command away from the clone, and return what it printed."""
    # A development install answers for whatever the installed package lacks, so it is taken out of the way.
    code = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'ditable' not in repr(each)];"
        f"import cladogen; assert cladogen.__file__.startswith({str(target)!r}), cladogen.__file__;"
        "from cladogen.cli.main import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd or target, env={**os.environ, "PYTHONPATH": str(target), **environment},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def contents(folder):
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def sources(folder):
    found = contents(folder)
    return {path: found[path] for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True, timeout=600, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.tar.gz"))


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_wheel_made_from_the_source_archive_installs_and_runs_outside_the_clone(tmp_path, sdist):
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, sdist)
    wheel = next(tmp_path.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "cladogen/py.typed" in names and any(
        name.startswith("cladogen/_kernels") for name in names
    )
    assert not [name for name in names if name.split("/")[0] not in ("cladogen", wheel.name.split("-")[0])
                and ".dist-info" not in name]  # fmt: skip
    target, elsewhere, home = tmp_path / "target", tmp_path / "elsewhere", tmp_path / "home"
    pip("install", "--no-deps", "--target", target, wheel)
    elsewhere.mkdir()
    home.mkdir()
    installed = contents(target)

    def command(*words):
        return evolve(target, *words, cwd=elsewhere, HOME=str(home))

    listed = command("problems")
    assert "online_bin_packing   Online bin packing: minimize excess" in listed
    assert len(listed.splitlines()) == len(list((ROOT / "problems").glob("*/problem.toml")))
    few = ("--sandbox", "local", "--max-evaluations", "80", "--plain")
    assert "evolve run --resume runs/online_bin_packing" in command(
        "run", "online_bin_packing", *few
    )
    command("init", "mine")
    assert "evolve run --resume" in command(
        "run", "mine", *few[:2], "--max-evaluations", "24", "--plain"
    )
    command("init", "caps", "--template", "cap_set")
    assert contents(elsewhere / "caps") == sources(ROOT / "problems" / "cap_set")
    assert "cap 256 vectors" in command("evaluate", "cap_set", "seed", "--sandbox", "local")
    assert contents(target) == installed


@pytest.mark.slow
@pytest.mark.timeout(1500)
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
    out = evolve(target, "run", "mine", "--sandbox", "local", "--max-evaluations", "80", "--plain")
    assert "numpy" in out
    assert "numpy" in evolve(
        target, "run", "cap_set", "--sandbox", "local", "--max-evaluations", "9", "--plain"
    )


def test_wheels_are_configured_for_every_python_from_3_11_to_3_14_on_manylinux():
    done = subprocess.run(
        [sys.executable, "-m", "cibuildwheel", "--platform", "linux", "--archs", "x86_64",
         "--print-build-identifiers", str(ROOT)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [f"cp3{minor}-manylinux_x86_64" for minor in (11, 12, 13, 14)]


def test_extras_that_the_documents_name_are_there():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    named = {
        name for page in pages for name in re.findall(r"cladogen\[([\w,]+)\]", page.read_text())
    }
    assert {each for name in named for each in name.split(",")} <= set(extras)
    assert {"view", "ray", "trackers", "import", "slurm"} <= named
    assert set(extras["trackers"]) == {*extras["mlflow"], *extras["tensorboard"], *extras["wandb"]}
