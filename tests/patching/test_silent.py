"""Replies that were applied otherwise than they say, or refused for a reason that is not true."""

import re

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.patching.parts.definitions import definitions, every
from cladogen.patching.parts.languages import language_of
from cladogen.program import File, Program

SOLVER = """import math
from dataclasses import dataclass

LIMIT = 10
RATE = 0.5


@dataclass
class Item:
    size: int
    value: float


def score(items):
    total = 0.0
    for item in items:
        total += item.value
    return total


def helper(x):
    return math.sqrt(x) * RATE


def solve(items, room):
    best = items[:room]
    if helper(score(best)) > LIMIT:
        return best
    return best
"""
F = "```"
TWO = f"""### Option 1: small
{F}python
RATE = 0.6
{F}

### Option 2: large
{F}python
RATE = 0.7
{F}
"""


def after(reply: str, path: str = "solver.py") -> str:
    base = Program.of({"solver.py": File(SOLVER.encode())})
    return apply_reply(base, reply, Policy(), ended=True).program.text(path)


def refusal(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return str(caught.value)


def block(search: str, replace: str) -> str:
    return f"{F}python\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n{F}\n"


@pytest.mark.parametrize(
    "words",
    [
        "I would go with Option 1.",
        "Option 2 is slower in my experience, so please use the first one.",
        "Try Option 1 first; if it fails, use Option 2.",
        "Apply the former.",
        "Don't use Option 2; Option 1 is what you want.",
    ],
)
def test_option_that_the_words_below_choose_is_applied(words):
    assert "RATE = 0.6" in after(f"{TWO}\n{words}\n")


@pytest.mark.parametrize("words", ["A is the safer choice.", "A should be applied.", "A wins."])
def test_option_that_is_a_mere_letter_is_not_taken_for_an_article(words):
    reply = TWO.replace("Option 1", "Option A").replace("Option 2", "Option B")
    assert "so it is not clear which" in refusal(f"{reply}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    ["The parent tried caching, which did not help.", "No gain is expected for small rooms."],
)
def test_words_about_the_program_cast_no_doubt_on_its_edits(words):
    edits = f"{F}python\nLIMIT = 12\n{F}\n\nand\n\n{F}python\nRATE = 0.6\n{F}\n"
    for reply in (f"{words}\n\n{edits}", f"{edits}\n{words}\n"):
        assert "LIMIT = 12\nRATE = 0.6" in after(reply)


IDEAS = (
    "Rank what passes first, since the only unsolved case has a wrong patch first.",
    "The parent uses the wrong approach for small rooms; raise the limit.",
    "Avoid this overflow by a higher limit.",
    "Ignore the following zeros, which only slow it down.",
    "Leave it out of the sum: the seed counts twice.",
    "Items that should not be taken are skipped.",
    "I decided against a second pass over the items; one with a higher limit does as well.",
    "I decided not to sort the items first.",
    "The last two ideas turned out worse, so go back to the limit of the best program.",
    "Only if the room is large does the sort pay, so skip it else.",
    "Never take the first item twice.",
)


@pytest.mark.parametrize("idea", IDEAS)
def test_line_that_states_the_idea_is_no_verdict_on_the_edits_below_it(idea):
    two = f"{F}python\nLIMIT = 12\n{F}\n\nand\n\n{F}python\nRATE = 0.6\n{F}\n"
    bare = "--- a/solver.py\n+++ b/solver.py\n@@\n-LIMIT = 10\n+LIMIT = 12\n RATE = 0.5\n"
    for edits in (two, bare):
        assert "LIMIT = 12" in after(f"**Idea:** {idea}\nExpect: value +0.1 on all\n\n{edits}")


def test_idea_that_chooses_an_option_and_a_label_below_an_idea_count():
    assert "RATE = 0.7" in after(f"Idea: I recommend Option 2, it is faster.\n\n{TWO}")
    wrong = f"Idea: raise the limit\nWrong:\n{F}python\nLIMIT = 12\n{F}\n"
    assert "not to be made" in refusal(wrong)


@pytest.mark.parametrize(
    "words",
    [
        "Wrong version:",
        "This is a bad idea:",
        "Avoid this pattern:",
        "Avoid doing this.",
        "Ignore the following.",
        "Here is the wrong way:",
        "I decided against this.",
        "A version that I decided not to take:",
        "This should not be used.",
        "The version that should not be taken:",
    ],
)
def test_words_against_the_edit_below_them_still_refuse_it(words):
    assert "not to be made" in refusal(f"{words}\n\n{F}python\nLIMIT = 12\n{F}\n")


@pytest.mark.parametrize("words", IDEAS[:8])
def test_words_like_those_against_an_edit_that_are_about_the_program_refuse_nothing(words):
    assert "LIMIT = 12" in after(f"{words}\n\n{F}python\nLIMIT = 12\n{F}\n")


@pytest.mark.parametrize(
    "words",
    [
        "Option 2 is slower.",
        "Version 2 turned out worse.",
        "The former scored higher in my tests.",
        "Reverting to version 1.",
    ],
)
def test_words_about_options_that_choose_none_for_certain_are_refused(words):
    assert "so it is not clear which of its edits" in refusal(f"{TWO}\n{words}\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Plan A:", "Plan B:"),
        ("Option 1", "Option 2"),
        ("Version 1 (simple)", "Version 2 (fast)"),
        ("Either this:", "or this:"),
        ("One way:", "Alternatively:"),
        ("A first variant:", "Another way to do it:"),
        ("Entweder so:", "Oder aber so:"),
    ],
)
def test_alternatives_of_which_none_is_preferred_are_refused(first, second):
    reply = f"{first}\n{F}python\nRATE = 0.6\n{F}\n{second}\n{F}python\nRATE = 0.7\n{F}\n"
    assert "changed twice, in two ways" in refusal(reply)


@pytest.mark.parametrize("second", ["Better:", "Use this instead:", "Corrected:", "Final version:"])
def test_edit_that_is_preferred_to_the_one_above_counts(second):
    reply = f"First:\n{F}python\nRATE = 0.6\n{F}\n{second}\n{F}python\nRATE = 0.7\n{F}\n"
    assert "RATE = 0.7" in after(reply)


def test_alternative_for_another_case_is_not_applied():
    reply = (
        f"{F}python\nRATE = 0.6\n{F}\n\nAlternatively, if speed matters more:\n\n"
        f"{F}python\nRATE = 0.7\n{F}\n"
    )
    assert "RATE = 0.6" in after(reply)


@pytest.mark.parametrize(
    "words", ["but measured no gain.", "but it did not help.", "which turned out slower."]
)
def test_idea_that_was_tried_in_vain_is_not_applied_beside_the_one_that_helps(words):
    reply = (
        f"I first considered\n\n{F}python\nRATE = 0.6\n{F}\n\n{words} What helps:\n\n"
        f"{F}python\nLIMIT = 12\n{F}\n"
    )
    assert "not clear which of its edits" in refusal(reply)


def test_edit_of_a_function_that_another_edit_deletes_is_refused_at_its_own_line():
    deleted = block("def helper(x):\n    return math.sqrt(x) * RATE\n\n", "")
    edited = block("    return math.sqrt(x) * RATE", "    return math.sqrt(x) * 2 * RATE")
    line = SOLVER.split("\n").index("    return math.sqrt(x) * RATE") + 1
    assert f"line {line} is changed twice" in refusal(deleted + "\n" + edited)


@pytest.mark.parametrize(
    "body",
    [
        "    best = items[:2]\n    ...\n    return best[:3]",
        "    ...\n    return best[:3]",
        "    ...",
    ],
)
def test_function_given_with_dots_for_its_body_does_not_lose_it(body):
    reply = f"{F}python\ndef solve(items, room):\n{body}\n{F}\n"
    assert '"..." stands for code that is not given' in refusal(reply)


@pytest.mark.parametrize(
    "stub",
    [
        '    """Same as before."""\n    pass',
        "    raise NotImplementedError  # unchanged",
        "    # same as original",
        "    # same as the current implementation\n    pass",
        "    return None  # as before",
        "    for k in range(3): ...\n    return x",
    ],
)
def test_function_given_as_a_stub_that_says_it_stays_does_not_lose_its_body(stub):
    reply = (
        f"{F}python\ndef helper(x):\n{stub}\n\n\ndef solve(items, room):\n    return items\n{F}\n"
    )
    assert "stands for code that is not given" in refusal(reply)


@pytest.mark.parametrize("dots", ["    ...", "    # ... rest of the function stays the same ..."])
def test_dots_in_the_place_of_code_are_not_put_in(dots):
    search = "    best = items[:room]\n    if helper(score(best)) > LIMIT:\n        return best"
    reply = block(search, f"    best = items[:2]\n{dots}\n    return best")
    assert "stands for code that is not given" in refusal(reply)


def test_dots_that_are_code_or_end_a_remark_are_applied():
    stub = "class Rule:\n    def score(self, items):\n        ...\n\n    def room(self):\n        ...\n"
    assert stub in after(block("LIMIT = 10", f"{stub}\n\nLIMIT = 10"))
    assert "# try the other code first...\n" in after(
        block("    best = items[:room]", "    # try the other code first...\n    best = items[:2]")
    )


KERNEL = 'int helper(int x) {\n    return x;\n}\n\nextern "C" int solve(int x) {\n    return helper(x);\n}\n'


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("int helper(int x) {\n    ...\n}", '"..." stands for code'),
        ("int solve(int x) {\n    return 2 * helper(x);\n}", 'lacks the file\'s line "extern "C"'),
    ],
)
def test_function_in_braces_loses_neither_its_body_nor_its_extern(part, words):
    base = Program.of({"kernel.cpp": File(KERNEL.encode())})
    with pytest.raises(PatchRefused, match=re.escape(words)):
        apply_reply(base, f"{F}cpp\n{part}\n{F}\n", Policy(), ended=True)


ATTRIBUTED = 'extern "C" __attribute__((optimize("O3"))) void matmul(const double *a, int n) {\n  n = 0;\n}\n'
TILED = (
    "// Tiles in registers.\ntypedef double vec __attribute__((vector_size(32)));\n\n"
    'extern "C" void matmul(const double *a, int n) {\n  vec s[4] = {};\n}\n'
)


def test_whole_file_stands_for_one_whose_function_has_an_attribute():
    base = Program.of({"kernel.cpp": File(ATTRIBUTED.encode())})
    reply = f"kernel.cpp\n{F}\n{TILED}{F}\n"
    assert apply_reply(base, reply, Policy(), ended=True).program.text("kernel.cpp") == TILED


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.cpp", ATTRIBUTED, ["matmul"]),
        ("a.cpp", "struct __attribute__((packed)) Pair {\n  int x;\n};\n", ["Pair"]),
        ("a.cpp", '[[deprecated("use g")]] int f(int x) noexcept(true) {\n}\n', ["f"]),
        (
            "a.cpp",
            "struct alignas(32) Vec {\n  explicit(true) Vec(int n) : x() {}\n};\n",
            ["Vec", "Vec"],
        ),
        ("a.cpp", "auto g(int x) -> decltype(f(x)) {\n  return f(x);\n}\n", ["g"]),
        ("a.cu", "__global__ void __launch_bounds__(256, 2) scale(float *x) {\n}\n", ["scale"]),
        ("A.java", 'class A {\n  @SuppressWarnings("x")\n  int f(int x) {\n  }\n}\n', ["A", "f"]),
    ],
)
def test_attribute_or_annotation_is_not_taken_for_the_name_of_what_it_stands_beside(
    path, text, names
):
    found = every(definitions(text, language_of(path)))
    assert [one.name for _, one in found] == names


def test_class_given_without_its_decorator_does_not_lose_it():
    reply = (
        f"{F}python\nclass Item:\n    size: int\n    value: float\n    weight: float = 1.0\n{F}\n"
    )
    assert 'its Item lacks the file\'s line "@dataclass"' in refusal(reply)


def test_decorator_that_changes_is_changed():
    reply = (
        f"{F}python\n@dataclass(frozen=True)\nclass Item:\n    size: int\n    value: float\n{F}\n"
    )
    assert "@dataclass(frozen=True)\nclass Item" in after(reply)


@pytest.mark.parametrize(
    "words", ["And a new file `heuristics.py`:", "Then I create **heuristics.py** (small):"]
)
def test_file_that_the_words_above_its_fence_call_new_is_made(words):
    reply = (
        f"`solver.py`:\n\n{F}python\n{SOLVER.replace('import math', 'import heuristics, math')}{F}\n\n"
        f"{words}\n\n{F}python\ndef greedy(items, room):\n    return items[:room]\n{F}\n"
    )
    assert after(reply, "heuristics.py").startswith("def greedy")


def test_function_that_comes_from_a_module_now_is_not_called_missing():
    whole = SOLVER.replace(
        "from dataclasses import dataclass",
        "from dataclasses import dataclass\nfrom fast import helper",
    )
    whole = whole.replace("def helper(x):\n    return math.sqrt(x) * RATE\n\n\n", "")
    assert after(f"`solver.py`:\n\n{F}python\n{whole}{F}\n") == whole


def test_function_in_blanks_takes_the_tabs_of_its_file():
    text = "package main\n\nfunc Put(x int) int {\n\tif x > 1 {\n\t\treturn 0\n\t}\n\treturn x\n}\n\nfunc main() {\n\tPut(2)\n}\n"
    base = Program.of({"main.go": File(text.encode())})
    part = "func Put(x int) int {\n    if x > 2 {\n        return 0\n    }\n    return x\n}"
    made = apply_reply(base, f"{F}go\n{part}\n{F}\n", Policy(), ended=True).program
    assert made.text("main.go") == text.replace("x > 1", "x > 2")


def test_document_whose_name_stands_in_a_sentence_is_a_whole_file():
    text = "# Tool\n\n```bash\ntool run\n```\n\nLast words.\n"
    base = Program.of({"README.md": File(text.encode())})
    whole = text.replace("tool run", "tool run --all")
    reply = f"Here is the new README.md:\n\n````markdown\n{whole}````\n"
    assert apply_reply(base, reply, Policy(), ended=True).program.text("README.md") == whole


def test_line_of_a_notebook_whose_code_lost_its_indentation_is_refused():
    text = '{\n "source": [\n  "def f(a):\\n",\n  "    return a * 2"\n ]\n}\n'
    base = Program.of({"nb.ipynb": File(text.encode())})
    lost = f'{F}diff\n@@\n-  "return a * 2"\n+  "return a * 3"\n{F}\n'
    with pytest.raises(PatchRefused, match="do not stand together"):
        apply_reply(base, lost, Policy(), ended=True)
    kept = f'{F}diff\n@@\n-"    return a * 2"\n+"    return a * 3"\n{F}\n'
    made = apply_reply(base, kept, Policy(), ended=True).program.text("nb.ipynb")
    assert made == text.replace("a * 2", "a * 3")
