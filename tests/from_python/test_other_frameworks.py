"""Programs of DSPy and adapters of GEPA, as their users have them, evolved here; with the real packages, from PyPI."""

import shutil
import subprocess
import sys
import sysconfig
import textwrap

import pytest
from provider.acts import Answer
from provider.server import FakeProvider

from cladogen import ConfigError, evolve
from cladogen.sandboxes.packages import made_cache_folder, package_folders

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
]
PACKAGES = ("dspy>=3.0,<4", "gepa>=0.1,<0.2")


@pytest.fixture(scope="module")
def python():
    """An environment of a user's, kept between runs: these packages, and this one as it is installed here."""
    installed = next(iter(package_folders(PACKAGES).values())).parent
    place = made_cache_folder("tests") / f"user-{installed.name}"
    if not (place / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        shutil.copytree(installed, site_of(place), dirs_exist_ok=True, symlinks=True)
        (place / "complete").touch()
    line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    (site_of(place) / "this.pth").write_text(line)
    return place / "bin" / "python"


def site_of(place):
    (found,) = place.glob("lib/python*/site-packages")
    return found


def ran(script, python, tmp_path, *words):
    """Run a user's script, and return what it wrote."""
    (tmp_path / "mine.py").write_text(textwrap.dedent(script))
    done = subprocess.run([python, "mine.py", *words], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=280)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


DSPY = """
    import sys
    import cladogen, dspy
    def exact(example, prediction, trace=None):
        return dspy.Prediction(score=float(example.answer == prediction.answer), feedback="be " + example.answer)
    train = [dspy.Example(question=f"q{k}", answer="42").with_inputs("question") for k in range(3)]
    if __name__ == "__main__":
        found = cladogen.evolve(dspy.ChainOfThought("question -> answer"), exact, cases=train[:1], heldout=train[1:2],
                                sandbox="bubblewrap", models=["small"], api_base=sys.argv[1], max_proposals=1,
                                max_calls=40, noise_repeats=1, run="run")
        print(found.seed_score, found.score, found.certified, sorted(found.files))
        print(found.diff)
"""


def plays(seen):
    """Solve the question where the instruction says 42; else propose that instruction."""
    if "SEARCH" in seen.prompt or "diff" in seen.prompt.lower():
        return Answer(
            "instructions/predict.md\n```\n<<<<<<< SEARCH\nGiven the fields `question`, produce the fields `answer`.\n"
            "=======\nAlways answer with the number of everything.\n>>>>>>> REPLACE\n```\n"
        )
    right = "number of everything" in seen.prompt
    return Answer(
        f"[[ ## reasoning ## ]]\nwell\n\n[[ ## answer ## ]]\n{42 if right else 41}\n\n[[ ## completed ## ]]"
    )


def test_dspy_module_is_evolved_and_its_metric_is_certified(python, tmp_path):
    with FakeProvider(plays) as provider:
        said = ran(DSPY, python, tmp_path, provider.url)
    assert "0.0 1.0 True" in said, said
    assert "instructions/predict.md" in said and "+Always answer" in said


REFUSED = """
    import cladogen, dspy
    class Needs(dspy.Module):
        def __init__(self, client):
            super().__init__()
        def forward(self, question):
            return None
    class Two(dspy.Module):
        def __init__(self):
            super().__init__()
            self.a = [dspy.Predict("q -> a")]
            setattr(self, "a_0", dspy.Predict("q -> a"))
        def forward(self, q):
            return self.a[0](q=q)
    def metric(example, prediction, trace=None):
        return True
    def of_one(prediction):
        return 1.0
    known = dspy.Example(q="1", a="2").with_inputs("q")
    plain = dspy.Predict("q -> a")
    for program, judge, cases in (
        (Needs, metric, [known]), (Needs(1), metric, [known]), (plain, of_one, [known]), (plain, metric, None),
        (plain, metric, [dspy.Example(q="1", a="2")]), (dspy.ReAct("q -> a", tools=[]), metric, [known]),
    ):
        try:
            cladogen.evolve(program, judge, cases=cases, run="run")
        except cladogen.ConfigError as error:
            print(error)
    from cladogen.from_python.evolve_options import EvolveOptions
    from cladogen.from_python.dspy_program import write_module
    print(write_module(Two, metric, EvolveOptions(cases=[known]))[0]["program"]["editable"])
    from dspy.utils import DummyLM
    from pathlib import Path
    import sys
    table, files = write_module(plain, metric, EvolveOptions(cases=[known]))
    for path, data in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    Path("seed/instructions/self.md").write_text("Say it twice.")
    sys.path.insert(0, "seed")
    import driver
    dspy.configure(lm=DummyLM([{"a": "11"}]))
    print(table["program"]["editable"], driver.run({"q": "1"}), dspy.settings.lm.history[-1]["messages"][0]["content"][-13:])
"""


def test_module_that_cannot_be_taken_is_refused_in_one_line(python, tmp_path):
    lines = ran(REFUSED, python, tmp_path).splitlines()
    words = (
        "Needs: it is made anew", "Needs: it is made anew", "of_one: the metric of a DSPy module takes",
        "needs examples: cases=trainset", "that knows its inputs", "dspy.ReAct: give a function that makes it",
        "['instructions/a_0.0.md', 'instructions/a_0.1.md', 'demos.json']",
        "['instructions/self.md', 'demos.json'] {'a': '11'} Say it twice.",
    )  # fmt: skip
    assert len(lines) == len(words) and all(a in b for a, b in zip(words, lines, strict=True)), (
        lines
    )


ADAPTER = """
    import cladogen
    from gepa import EvaluationBatch
    class Length:
        propose_new_texts = None
        def evaluate(self, batch, candidate, capture_traces=False):
            scores = [float(sum(map(int, candidate["numbers"].split())) - each) for each in batch]
            return EvaluationBatch(outputs=list(batch), scores=scores, trajectories=list(batch))
        def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
            return {name: [{"Feedback": "more"}] for name in components_to_update}
    def make():
        return Length()
    if __name__ == "__main__":
        for k, (which, extra) in enumerate([(Length, {}), (Length(), {}), (make, {"takes": "adapter"})]):
            found = cladogen.evolve({"numbers": "1 2 3"}, which, cases=[1, 2], heldout=[3], sandbox="bubblewrap",
                                    max_proposals=2, run=f"run{k}", **extra)
            print(found.seed_score, found.certified, sorted(found.files))
"""


def test_gepa_adapter_as_object_class_or_function_judges_each_example(python, tmp_path):
    said = ran(ADAPTER, python, tmp_path)
    assert said.count("4.5 False ['numbers.txt']") == 3, said


class NeedsAClient:
    def __init__(self, client):
        self.client = client

    def evaluate(self, batch, candidate, capture_traces=False): ...

    def make_reflective_dataset(self, candidate, eval_batch, components_to_update): ...


@pytest.mark.parametrize(
    ("program", "adapter", "options", "words"),
    [
        ({"a": "b"}, NeedsAClient(1), {"cases": [1]}, "give a function that makes it, with takes='adapter'"),
        ({"a": "b"}, NeedsAClient, {"cases": [1]}, "give a function that makes it, with takes='adapter'"),
        ("text", lambda: None, {"cases": [1], "takes": "adapter"}, "a dict of texts"),
        ({"a": "b"}, lambda: None, {"takes": "adapter"}, "needs examples: cases=trainset"),
        ({"a": "b"}, lambda: None, {"cases": [{1}], "takes": "adapter"}, "not plain data"),
    ],
)  # fmt: skip
def test_adapter_that_cannot_be_taken_is_refused_in_one_line(
    program, adapter, options, words, tmp_path
):
    with pytest.raises(ConfigError, match=words):
        evolve(program, adapter, run=tmp_path / "run", **options)
