"""The command's frame: exit codes, one-line errors, quick start, nothing heavy imported."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

from cladogen.cli.main import COMMANDS, TABLE, main
from cladogen.errors import PatchRefused, RunError

EVOLVE = (sys.executable, "-m", "cladogen.cli.main")


def evolve(*argv: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EVOLVE, *argv], capture_output=True, text=True, check=False, **options)


@pytest.fixture
def command(request):
    """A command `try` whose module does what the test says."""

    def install(behaviour):
        module = types.ModuleType("a_command_of_a_test")

        def add_parser(subparsers):
            parser = subparsers.add_parser("try")
            parser.add_argument("words", nargs="*")
            parser.add_argument("--json", action="store_true")
            parser.add_argument("--max-usd", type=float)

        module.add_parser, module.run = add_parser, behaviour
        sys.modules[module.__name__] = module
        request.addfinalizer(lambda: sys.modules.pop(module.__name__, None))
        return lambda *argv: main(["try", *argv], {"try": (module.__name__, "")})

    return install


def test_help_lists_every_command_and_imports_nothing_heavy():
    script = (
        "import sys; from cladogen.cli.main import main; code = main(['--help']);"
        "heavy = {'litellm', 'docker', 'numpy', 'rich', 'git', 'sqlite3'} & set(sys.modules);"
        "sys.exit(code or str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for group in COMMANDS.values():
        for name, (_, text) in group.items():
            assert f"  {name:<10} {text}" in done.stdout


def test_version_is_one_line():
    done = evolve("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "evolve")


def test_misspelt_command_names_the_nearest():
    done = evolve("lst")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "did you mean 'list'?" in done.stderr


def test_misspelt_option_names_the_nearest(command, capsys):
    assert command(lambda args: 0)("--max-us=3") == 2
    assert "did you mean '--max-usd'?" in capsys.readouterr().err


def test_wrong_value_is_one_line(command, capsys):
    assert command(lambda args: 0)("--max-usd", "much") == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["check", ""], ["run", "x", "--run", ""], ["run", "x", "--run="]]
)
def test_empty_path_is_not_the_folder_we_are_in(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "it is empty; is a variable of the shell unset?" in said


def test_options_may_stand_between_arguments(command):
    seen = []
    assert command(lambda args: seen.append(args) or 0)("runs/x", "--json", "#12") == 0
    assert seen[0].words == ["runs/x", "#12"] and seen[0].json and seen[0].command == "try"


def test_own_errors_are_one_line_with_their_exit_code(command, capsys):
    def refuse(args):
        raise PatchRefused("no_match", "a.py, hunk 2") if args.json else RunError("here: no run")

    assert command(refuse)() == 2
    assert capsys.readouterr().err == "evolve: here: no run\n"
    assert command(refuse)("--json") == 3


def test_defect_prints_a_traceback_and_exits_70(command, capsys):
    assert command(lambda args: 1 // 0)() == 70
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_machine_that_gives_no_more_threads_is_one_line_not_a_traceback(command, capsys):
    def start(args):
        raise RuntimeError("can't start new thread")

    assert command(start)() == 2
    assert capsys.readouterr().err.startswith("evolve: no more threads or processes")


def test_full_disk_is_one_line_not_a_traceback(command, capsys):
    def write(args):
        with Path("/dev/full").open("w") as full:
            full.write("x")

    assert command(write)() == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_ctrl_c_exits_130(command):
    def interrupted(args):
        raise KeyboardInterrupt

    assert command(interrupted)() == 130


def test_reader_that_leaves_early_is_no_error():
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(EVOLVE)} --help | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "" and done.stdout.strip() in ("0", "141")


@pytest.mark.parametrize("name", list(TABLE))
def test_every_command_says_what_it_is_for(name, capsys):
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: evolve {name}") and len(shown.splitlines()) > 4


def test_folder_that_cannot_be_written_is_said_in_words(tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    done = evolve("init", str(place / "below"))
    assert done.returncode == 2
    assert done.stderr == f"evolve: {place / 'below'}: Not a directory\n"


def test_output_without_a_descriptor_is_written_to_as_any_other(monkeypatch):
    """As a script's own stream in place of standard output, one that keeps a copy."""

    class Kept:
        encoding, text = "utf-8", ""

        def write(self, text):
            self.text += text
            return len(text)

        def flush(self): ...

        def isatty(self):
            return False

    kept = Kept()
    monkeypatch.setattr(sys, "stdout", kept)
    assert main(["problems"]) == 0 and "cap_set" in kept.text


def test_run_without_a_model_loads_no_reader_of_replies():
    code = "import sys, cladogen.run, cladogen.session; print('cladogen.patch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_search_without_models_and_machines_loads_none_of_what_asks_them():
    parts = (
        "session",
        "session.assemble",
        "session.proposer",
        "proposers.mutate",
        "proposers.tune",
    )
    asks = ("models.asking", "proposers.case_writer", "remote.parcel")
    code = (
        "import importlib, sys\n"
        f"for name in {parts!r}: importlib.import_module(f'cladogen.{{name}}')\n"
        f"print([name for name in {asks!r} if f'cladogen.{{name}}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
