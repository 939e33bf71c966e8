"""The shape of the package, held: import direction, one name per module, what importing costs."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "engine": "cladogen",
    "evaluators": "cladogen.evaluators",
    "sandboxes": "cladogen.sandboxes",
}

# Folders of the package, and the files beside them. Lower layers never import higher ones; beside
# one another, folders may import each other one way only.
LAYERS = [
    "errors program evaluation task proposal expectation result ledger final kernels source outputs scoring "
    "drawing journal state",
    "problem archives sandboxes patch patching models record importing tasks",
    "prompts proposers evaluators gateway git events formatting safety",
    "search",
    "settings first_lines run_folder opening remote run session",
    "view display trackers by_hand replay api from_python signing",
    "bench meta cli",
]


def modules():
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            name = ".".join([package, *[part for part in parts if part != "__init__"]])
            yield name, path


@cache
def statements(path):
    """Return the statements of a file, those within others, too."""
    return list(statements_within(ast.parse(path.read_text())))


def statements_within(node):
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.stmt):
            yield each
        if isinstance(each, ast.stmt | ast.excepthandler | ast.match_case):
            yield from statements_within(each)


def folder_of(name):
    return [*name.split("."), ""][1]


def imports(path, names):
    """Yield the cladogen modules that a file imports: at once, inside a function, for types only."""
    for node in statements(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cladogen"):
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in names else node.module for name in whole)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("cladogen"))


@cache
def graph():
    """Return the modules that each module imports."""
    paths = dict(modules())
    return {name: set(imports(path, paths)) - {name, "cladogen"} for name, path in paths.items()}


def layer(name):
    top = folder_of(name)
    return next((number for number, names in enumerate(LAYERS) if top in names.split()), None)


def test_lower_layers_do_not_import_higher_ones():
    found = [
        f"{name} imports {other}"
        for name, others in graph().items()
        for other in others
        if None not in (layer(name), layer(other)) and layer(other) > layer(name)
    ]
    assert found == []


def circle(links):
    """Return one circle of a graph, [] when there is none."""
    done, line = set(), []

    def follow(name):
        if name in line:
            return [*line[line.index(name) :], name]
        if name in done:
            return []
        line.append(name)
        found = next(filter(None, map(follow, sorted(links.get(name, ())))), [])
        line.pop()
        done.add(name)
        return found

    return next(filter(None, map(follow, sorted(links))), [])


def test_no_modules_import_one_another_in_a_circle():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle(graph()) == []


def test_no_folders_import_one_another_in_a_circle():
    links = {}
    for name, others in graph().items():
        links.setdefault(folder_of(name), set()).update(map(folder_of, others))
    links.pop("", None)  # the package itself, which names everything that is public
    assert circle({name: others - {name, ""} for name, others in links.items()}) == []


def test_every_module_has_its_layer():
    tops = {folder_of(name) for name, _ in modules()} - {""}
    assert tops == {name for names in LAYERS for name in names.split()}


def test_only_one_file_imports_litellm():
    found = [
        path.name
        for _, path in modules()
        if re.search(r"^\s*(import|from) litellm", path.read_text(), re.M)
    ]
    assert found in ([], ["client_litellm.py"])


def test_no_file_names_the_package_by_its_folders():
    pattern = re.compile(r"^\s*(from|import) (engine|evaluators|sandboxes)\b", re.M)
    assert not [path for _, path in modules() if pattern.search(path.read_text())]


def test_nobody_draws_random_numbers_without_a_stream():
    pattern = re.compile(
        r"^\s*import random\b|np\.random\.(?!Generator|Philox|default_rng)\w+\(", re.M
    )
    # What runs beside a candidate seeds the candidate's own generators, and a contract holds candidates as text.
    theirs = re.compile(r"sandboxes/(inside/|contract)")
    texts = {path: path.read_text() for _, path in modules() if not theirs.search(path.as_posix())}
    assert not [path for path, text in texts.items() if pattern.search(text)]


def test_no_pickle_anywhere():
    pattern = re.compile(r"^\s*(import|from) (pickle|cloudpickle|dill|shelve|marshal)\b", re.M)
    assert not [path for _, path in modules() if pattern.search(path.read_text())]


@pytest.mark.parametrize("command", [["--help"], ["tree", "--help"], ["run", "--help"]])
def test_help_loads_neither_litellm_nor_docker_nor_numpy(command):
    code = (
        "import sys; from cladogen.cli.main import main\n"
        f"try: main({command!r})\nexcept SystemExit: pass\n"
        "print([name for name in ('litellm', 'docker', 'numpy', 'scipy', 'git', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_process_of_a_scorer_loads_numpy_for_one_that_checks_arrays_only():
    code = (
        "import sys, cladogen.evaluators.scorer_service\nfrom cladogen.scoring import Case, Invalid, Scored\n"
        "found = [name for name in ('numpy', 'cladogen.problem.problem') if name in sys.modules]\n"
        "from cladogen.scoring import array, integers, number\nprint(found, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[] True"


def test_importing_the_package_prints_nothing_and_starts_nothing():
    code = "import threading, cladogen; assert threading.active_count() == 1"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, timeout=60
    )
    assert done.stdout == done.stderr == b""


READMES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("README.md"))


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_readme_of_a_folder_is_short_and_names_files_that_are_there(path):
    """What lives here, in which order to read it, what not to do."""
    text = path.read_text()
    assert len(text.splitlines()) <= 20
    cells = [line.split("|")[-2] for line in text.splitlines() if line.startswith("| ")]
    named = re.findall(r"`([a-z_/]+(?:\.\w+)?)`", " ".join(cells))
    named += re.findall(r"`([\w/]+\.py)`", text)
    places = (path.parent, path.parent.parent, ROOT / "engine", ROOT)
    gone = [
        name
        for name in named
        if not any((place / each).exists() for place in places for each in (name, f"{name}.py"))
    ]
    assert gone == []


def test_every_folder_has_a_readme():
    rooms = {path.parent.relative_to(ROOT) for _, path in modules() if path.name != "__init__.py"}
    missing = {room.as_posix() for room in rooms if not (ROOT / room / "README.md").exists()}
    assert missing == set()


def functions():
    for name, path in modules():
        for node in statements(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", node


def test_no_function_is_longer_than_sixty_lines():
    lengths = {name: node.end_lineno - node.lineno + 1 for name, node in functions()}
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}


def test_no_file_is_longer_than_four_hundred_lines_and_the_loop_is_one_page():
    lengths = {name: len(path.read_text().splitlines()) for name, path in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    assert lengths["cladogen.run"] <= 160


def conditionals(statement):
    """Count the conditional expressions of a statement, without those of statements within it."""
    parts = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
    return isinstance(statement, ast.IfExp) + sum(map(conditionals, parts))


def test_no_statement_holds_two_conditional_expressions():
    """How much a function branches ruff holds (C901); it does not count these."""
    two = ast.parse("x = (1 if a else 2 if b else 3)\nif c:\n    y = 1 if d else 2\n").body
    assert list(map(conditionals, two)) == [2, 0]
    found = [
        f"{name}, line {statement.lineno}"
        for name, path in modules()
        for statement in statements(path)
        if isinstance(statement, ast.stmt) and conditionals(statement) > 1
    ]
    assert found == []


def test_no_two_classes_have_one_name():
    """One word, one thing. Stand-ins bear the names of what they stand in for."""
    where = defaultdict(list)
    for name, path in modules():
        if path.stem.startswith("stand_in_"):
            continue
        for node in statements(path):
            if isinstance(node, ast.ClassDef):
                where[node.name].append(name)
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
