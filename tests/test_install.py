"""The development install: what an editor and a type checker find on the path, and what a new file takes."""

import runpy
from importlib.machinery import PathFinder
from pathlib import Path

import cladogen

ROOT = Path(__file__).parent.parent
lay_out = runpy.run_path(str(ROOT / ".ci" / "links.py"))["lay_out"]


def found_on_the_path(name):
    """Find a module as tools that read paths do: with no import hook."""
    parent, _, _ = name.rpartition(".")
    where = found_on_the_path(parent).submodule_search_locations if parent else None
    return PathFinder.find_spec(name, where)


def test_go_to_definition_finds_every_folder_of_the_package_without_an_import_hook():
    for name in ("cladogen", "cladogen.run", "cladogen.evaluators.evaluator"):
        assert found_on_the_path(name) is not None, name
    found = Path(found_on_the_path("cladogen.sandboxes.inside.supervisor").origin)
    assert found.samefile(ROOT / "sandboxes" / "inside" / "supervisor.py")
    assert Path(cladogen.__file__).samefile(ROOT / "engine" / "__init__.py")


def clone(folder):
    for name in ("engine/archives", "engine/__pycache__", "evaluators", "sandboxes", "problems"):
        (folder / name).mkdir(parents=True)
    for name in ("engine/run.py", "engine/archives/base.py"):
        (folder / name).write_text("")
    return folder


def test_new_file_of_the_engine_is_in_the_package_after_make_and_a_removed_one_is_not(tmp_path):
    root = clone(tmp_path)
    package = lay_out(root) / "cladogen"
    (root / "engine" / "later.py").write_text("")
    (root / "engine" / "run.py").unlink()
    (root / "engine" / "archives" / "later.py").write_text("")
    assert (package / "archives" / "later.py").is_file()
    lay_out(root)
    assert (package / "later.py").is_file()
    assert not (package / "run.py").is_symlink()


def test_built_kernels_stay_when_the_links_are_laid_out_again(tmp_path):
    root = clone(tmp_path)
    package = lay_out(root) / "cladogen"
    (package / "_kernels.so").write_text("built")
    (root / "engine" / "_kernels.so").write_text("of an install before")
    lay_out(root)
    assert (package / "_kernels.so").read_text() == "built"
    assert sorted(each.name for each in package.iterdir() if each.is_symlink()) == [
        "archives",
        "evaluators",
        "problems",
        "run.py",
        "sandboxes",
    ]


def test_what_the_schedule_runs_is_a_target_of_the_makefile():
    lines = (ROOT / ".ci" / "schedule").read_text().splitlines()
    commands = [line.split(maxsplit=5)[5] for line in lines if line and not line.startswith("#")]
    targets = (ROOT / "Makefile").read_text().splitlines()
    assert commands
    for command in commands:
        make, target = command.split()
        assert make == "make" and any(line.startswith(f"{target}:") for line in targets)
