"""Where a rule of the reader ends: what it must leave alone, and the seldom half of what it takes."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

FENCE = "```"
CODE = """\
import math


def f(x):
    y = x + 1

    return y


def g(x):
    return x
"""
ALIKE = "".join(f"def f{k}(x):\n    t = x\n    t += 1\n    return t\n\n\n" for k in range(6))
NESTED = "def f(x):\n    if x:\n        y = 1\n        z = 2\n    return x\n"
LETTERS = "a = 1\nb = 2\nq = 0\nb = 2\ne = 5\n"
BLOCKS = """\
a = 0
# EVOLVE-BLOCK-START
x = 1
# EVOLVE-BLOCK-END
b = 0
# EVOLVE-BLOCK-START
y = 1
# EVOLVE-BLOCK-END
"""
STUB = "def f(x):\n    ...\n\n\nclass A:\n    pass\n\n\ndef g(x):\n    return x\n"
PAIR = {
    "a.py": CODE,
    "b.py": "def h(x):\n    z = x * 2\n    return z\n\n\ndef k(x):\n    return x - 1\n",
}
PROSE = "a\nthe first line of it\nthe second line of it\n"
BODY = "        t = x\n\n        t += 1\n        return t\n"
CLASSES = f"class A:\n    def run(self, x):\n{BODY}\n\nclass B:\n    def run(self, x, y):\n{BODY}"
METHODS = f"class A:\n    def run(self, x):\n{BODY}\n    def walk(self, x):\n{BODY}"
SHORT = "def f(x):\n    t = x\n    return t\n\n\ndef f2(x):\n    t = x\n    return t\n"
IN_C = "".join(f"int f{k}(int x)\n{{\n    x += 1;\n    return x;\n}}\n\n" for k in range(2))
SIGNS = (
    "int f(int x)\n{\n    if (x) {\n        g();\n    }\n}\n\nint h(int x)\n{\n    return g();\n}\n"
)
FAR = "a = 1\nb = 2\n" + "".join(f"x{k} = {k}\n" for k in range(198)) + "a = 1\nb = 2\n"
MANUAL = f"# Use\n\n{FENCE}\nrun\n{FENCE}\n\nend\n"


def in_function_1(number: int) -> str:
    """Return a diff for one of six places that are alike, with its function and a line number."""
    return (
        f"{FENCE}diff\n--- a/a.py\n+++ b/a.py\n@@ -{number},3 +{number},3 @@ def f1(x):\n"
        f"     t = x\n-    t += 1\n+    t += 2\n     return t\n{FENCE}\n"
    )


def change(old: str, new: str, gone: str, comes: str) -> str:
    """Return a diff that changes the first line of a file, maybe under another name."""
    return f"{FENCE}diff\n--- a/{old}\n+++ b/{new}\n@@ -1,2 +1,2 @@\n-{gone}\n+{comes}\n b = 2\n{FENCE}\n"


def fenced(name: str, text: str) -> str:
    return f"{name}\n{FENCE}\n{text}{FENCE}\n"


def line_of(name: str, gone: str, comes: str) -> str:
    """Return a diff of one line without context."""
    return f"{FENCE}diff\n--- a/{name}\n+++ b/{name}\n@@\n-{gone}\n+{comes}\n{FENCE}\n"


def hunk(name: str, head: str, rows: str) -> str:
    """Return a diff of one hunk with ``head`` behind its first @@."""
    return f"{FENCE}diff\n--- a/{name}\n+++ b/{name}\n@@{head}\n{rows}{FENCE}\n"


def python(text: str) -> str:
    return f"{FENCE}python\n{text}{FENCE}\n"


OF_G = line_of("a.py", "    return x", "    return 2 * x")
WITH_G = PAIR | {"a.py": CODE.replace("    return x\n", "    return 2 * x\n")}
LONGER = PAIR["b.py"].replace("x - 1", "x") + "\n\ndef new(x):\n    return -x\n"
OF_F3 = line_of("a.py", "def f3(x):", "def f3(x, y=0):")
WITH_F3 = ALIKE.replace("def f3(x):", "def f3(x, y=0):")
SLIP = ALIKE.replace("def f5(x):", "def f5(x, *_):")
OF_METHOD = "         t += 1\n-        return t\n+        return t + 1\n"
WITH_Z = SIGNS.replace("    }\n}\n", "    }\n}\nint z;\n")
OTHER = "def f(x):\n    return 3 * x\n\n\ndef g(x):\n    return f(x)\n"
SECOND_OF_ALIKE = ALIKE.replace("f1(x):\n    t = x\n    t += 1", "f1(x):\n    t = x\n    t += 2")
READ = {
    "a part of a line in JSON that names no file": (
        {"a.py": CODE},
        json.dumps({"old_str": "x + 1", "new_str": "x + 2"}),
        {"a.py": CODE.replace("x + 1", "x + 2")},
    ),
    "an edit within code in JSON": (
        {"a.py": CODE},
        json.dumps(
            {"code": "<<<<<<< SEARCH\n    y = x + 1\n=======\n    y = 7\n>>>>>>> REPLACE\n"}
        ),
        {"a.py": CODE.replace("x + 1", "7")},
    ),
    "indented code with a blank line in it": (
        {"a.py": CODE},
        "In a.py, replace:\n\n    y = x + 1\n\n    return y\n\nwith:\n\n    y = x\n\n    return y\n",
        {"a.py": CODE.replace("x + 1", "x")},
    ),
    "a stub that was one before": (
        {"a.py": STUB},
        fenced("a.py", STUB.replace("pass", "...").replace("return x", "return 1")),
        {"a.py": STUB.replace("pass", "...").replace("return x", "return 1")},
    ),
    "a table whose rows begin with numbers": (
        {"d.csv": "1|a\n2|b\n"},
        fenced("d.csv", "3|a\n7|b\n8|c\n"),
        {"d.csv": "3|a\n7|b\n8|c\n"},
    ),
    "numbered lines with a blank one between": (
        {"a.py": "x = 1\n\ny = 2\n"},
        fenced("a.py", "1 | x = 1\n\n2 | y = 4\n"),
        {"a.py": "x = 1\n\ny = 4\n"},
    ),
    "a fence that is the file's own": (
        {"r.md": MANUAL},
        f"r.md\n<<<<<<< SEARCH\n{FENCE}\nrun\n{FENCE}\n=======\n{FENCE}\nrun it\n{FENCE}\n"
        ">>>>>>> REPLACE\n",
        {"r.md": MANUAL.replace("run\n", "run it\n")},
    ),
    "a function's name beside a number of no place": (
        {"a.py": ALIKE},
        in_function_1(400),
        {"a.py": SECOND_OF_ALIKE},
    ),
    "a function's name beside a number a few lines off": (
        {"a.py": ALIKE},
        in_function_1(14),
        {"a.py": SECOND_OF_ALIKE},
    ),
    "steps of two blanks in a file of four": (
        {"a.py": NESTED},
        "a.py\n<<<<<<< SEARCH\n  if x:\n    y = 1\n=======\n  if x:\n    y = 1\n    if y:\n"
        "      y = 2\n>>>>>>> REPLACE\n",
        {"a.py": NESTED.replace("y = 1\n", "y = 1\n        if y:\n            y = 2\n")},
    ),
    "exchanged lines that stand together, one of them twice in the file": (
        {"a.py": LETTERS},
        f"{FENCE}diff\n--- a/a.py\n+++ b/a.py\n@@\n-a = 1\n+a = 9\n-b = 2\n+b = 8\n{FENCE}\n",
        {"a.py": LETTERS.replace("a = 1\nb = 2", "a = 9\nb = 8")},
    ),
    "an entity that the page means": (
        {"i.html": "<p>a & b</p>\n"},
        fenced("i.html", "<p>a &copy; b</p>\n"),
        {"i.html": "<p>a &copy; b</p>\n"},
    ),
    "a remark above code that is there": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("    y = x + 1", "    # unchanged\n    y = x + 2")),
        {"a.py": CODE.replace("    y = x + 1", "    # unchanged\n    y = x + 2")},
    ),
    "a remark behind the last line of a body": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("return y", "return y + 1\n    # as before")),
        {"a.py": CODE.replace("return y", "return y + 1\n    # as before")},
    ),
    "an edit on top of an edit": (
        {"a.py": LETTERS},
        change("a.py", "a.py", "a = 1", "a = 2")
        + "Then:\n"
        + change("a.py", "a.py", "a = 2", "a = 3"),
        {"a.py": LETTERS.replace("a = 1", "a = 3")},
    ),
    "an edit, and how to undo it": (
        {"a.py": LETTERS},
        change("a.py", "a.py", "a = 1", "a = 2")
        + "To undo:\n"
        + change("a.py", "a.py", "a = 2", "a = 1"),
        {"a.py": LETTERS.replace("a = 1", "a = 2")},
    ),
    **{
        f"{name} changed as {new}": (
            {name: LETTERS},
            change(name, new, "a = 1", "a = 2"),
            {kept: LETTERS.replace("a = 1", "a = 2")},
        )
        for name, new, kept in [
            ("p.py", "p_new.py", "p.py"),
            ("p.py", "p.py.new", "p.py"),
            ("p.py", "q_new.py", "q_new.py"),
            ("p.py", "p_fast.py", "p_fast.py"),
            ("Makefile", "Makefile.new", "Makefile"),
            ("Makefile", "Makefile_new", "Makefile"),
            ("Makefile", "Makefile.linux", "Makefile.linux"),
        ]
    },
    "a whole file that has one function more, beside an edit": (
        PAIR,
        OF_G + fenced("b.py", LONGER),
        WITH_G | {"b.py": LONGER},
    ),
    "the file of an edit, shown around it": (
        PAIR,
        OF_G + fenced("a.py", "def f(x):\n    ...\n\n\ndef g(x):\n    return 2 * x\n"),
        WITH_G,
    ),
    "a function of the file of an edit": (
        PAIR,
        OF_G + fenced("a.py", "def f(x):\n    y = x + 5\n\n    return y\n"),
        WITH_G | {"a.py": WITH_G["a.py"].replace("x + 1", "x + 5")},
    ),
    "a function of a file that the prose mentions, beside an edit": (
        PAIR,
        OF_G + "and in `b.py` as well:\n" + python("def k(x):\n    return x - 9\n"),
        WITH_G | {"b.py": PAIR["b.py"].replace("x - 1", "x - 9")},
    ),
    "a caller that the prose mentions, in part": (
        PAIR,
        OF_G
        + "and `b.py` goes on to call it so:\n"
        + python("def k(x):\n    # ...\n    return a.g(x)\n"),
        WITH_G,
    ),
    "an original of which nothing is shown": (
        PAIR,
        OF_G + "The original:\n" + python("# ... rest unchanged ...\n"),
        WITH_G,
    ),
    "an original with a slip": (
        {"a.py": ALIKE},
        "The original:\n" + python(SLIP) + "The change:\n" + OF_F3,
        {"a.py": WITH_F3},
    ),
    "code for reference with a slip": (
        {"a.py": ALIKE},
        f"For reference only, not to be applied:\n\n{python(SLIP)}\nThe change:\n{OF_F3}",
        {"a.py": WITH_F3},
    ),
    "the original, changed": (
        {"a.py": ALIKE},
        "The original file with the fix, changed in one line:\n" + python(WITH_F3),
        {"a.py": WITH_F3},
    ),
    "other code under the original's name": (
        {"a.py": CODE},
        "With the original name, a.py:\n" + python(OTHER),
        {"a.py": f"import math\n\n\n{OTHER}"},
    ),
    "a function, and its use": (
        {"a.py": CODE},
        "The new f:\n"
        + python("def f(x):\n    y = x + 5\n\n    return y\n")
        + "Use it so:\n"
        + python("from a import f\n\nprint(f(2))\n"),
        {"a.py": CODE.replace("x + 1", "x + 5")},
    ),
    "a part, and then the whole": (
        {"a.py": CODE},
        "The heart of it:\n"
        + python("def f(x):\n    y = x + 5\n    # ...\n")
        + "The whole file:\n"
        + python(CODE.replace("x + 1", "x + 5")),
        {"a.py": CODE.replace("x + 1", "x + 5")},
    ),
    "a text, and what a program prints": (
        {"n.txt": PROSE},
        f"The new text:\n{FENCE}text\n{PROSE.replace('second', 'last')}{FENCE}\nIt prints:\n"
        f"{FENCE}text\na\n42 in the end\n{FENCE}\n",
        {"n.txt": PROSE.replace("second", "last")},
    ),
    "a method that is named as the text after @@ has it": (
        {"a.py": CLASSES},
        hunk("a.py", " @@ def run(self, x):", OF_METHOD),
        {"a.py": CLASSES.replace("return t", "return t + 1", 1)},
    ),
    "the first of two methods of a class": (
        {"a.py": METHODS},
        hunk("a.py", " @@ def run(self, x):", OF_METHOD),
        {"a.py": METHODS.replace("return t", "return t + 1", 1)},
    ),
    "a short name that another one begins with": (
        {"a.py": SHORT},
        hunk("a.py", " @@ def f", "     t = x\n-    return t\n+    return t + 1\n"),
        {"a.py": SHORT.replace("return t", "return t + 1", 1)},
    ),
    "a function whose brace has a line of its own": (
        {"a.c": IN_C},
        hunk("a.c", " @@ int f0(int x)", "     x += 1;\n-    return x;\n+    return x + 1;\n"),
        {"a.c": IN_C.replace("return x", "return x + 1", 1)},
    ),
    "braces that fit, and another function's name": (
        {"a.c": SIGNS},
        hunk("a.c", " -5,2 +5,3 @@ int h(int x)", "     }\n }\n+int z;\n"),
        {"a.c": WITH_Z},
    ),
    "braces that nearly fit, and no name": (
        {"a.c": SIGNS},
        hunk("a.c", "", "   }\n }\n+int z;\n"),
        {"a.c": WITH_Z},
    ),
    "braces that nearly fit in the function that is named": (
        {"a.c": SIGNS},
        hunk("a.c", " @@ int f(int x)", "   }\n }\n+int z;\n"),
        {"a.c": WITH_Z},
    ),
    "an indented diff of which one line lost its margin": (
        {"a.py": CODE},
        "    --- a/a.py\n    +++ b/a.py\n    @@ -4,2 +4,2 @@\n     def f(x):\n  -    y = x + 1\n"
        "    +    y = x + 5\n",
        {"a.py": CODE.replace("x + 1", "x + 5")},
    ),
}
REFUSED = {
    "a number nearer to one of two places, and near to none": (
        {"a.py": FAR},
        hunk("a.py", " -30,2 +30,2 @@", " a = 1\n-b = 2\n+b = 3\n"),
        "ambiguous-context",
    ),
    "braces that nearly fit, and another function's name": (
        {"a.c": SIGNS},
        hunk("a.c", " @@ int h(int x)", "   }\n }\n+int z;\n"),
        "ambiguous-context",
    ),
    "a file beside an edit, of which a part is left out": (
        PAIR,
        OF_G + fenced("b.py", "def h(x):\n    # ... as before\n\n\ndef k(x):\n    return x - 9\n"),
        "truncated-reply",
    ),
    "a part of a line in JSON, and several files": (
        {"a.py": "y = x + 1\n", "b.py": "z = 3\n"},
        json.dumps({"old_str": "x + 1", "new_str": "x + 2"}),
        "removed-lines-not-found",
    ),
    "indented code that nothing says is replaced": (
        {"a.py": CODE},
        "Here is how it is in a.py:\n\n        y = x + 1\n\nwith:\n\n        y = x + 3\n",
        "no-op",
    ),
    "indented code with nothing below": (
        {"a.py": CODE},
        "In a.py, replace:\n\n        y = x + 1\n\nwith:\n\ny = x + 3\n",
        "no-op",
    ),
    "before and after below other code": (
        {"a.py": CODE},
        f"{FENCE}python\nimport os\n# Before\n    y = x + 1\n# After\n    y = x + 3\n{FENCE}\n",
        "truncated-reply",
    ),
    "before and after of code that no file has": (
        {"a.py": CODE},
        f"{FENCE}python\n# Before\n    y = q + 1\n# After\n    y = x + 3\n{FENCE}\n",
        "removed-lines-not-found",
    ),
    "one evolve block where the file has two": (
        {"a.py": BLOCKS},
        f"{FENCE}python\n# EVOLVE-BLOCK-START\nx = 2\n# EVOLVE-BLOCK-END\n{FENCE}\n",
        "evolve-marker-changed",
    ),
    "two evolve blocks where the file has one": (
        {"a.py": "".join(BLOCKS.splitlines(True)[:5])},
        f"{FENCE}python\n{''.join(BLOCKS.splitlines(True)[1:])}{FENCE}\n",
        "evolve-marker-changed",
    ),
    "a side in a fence that is closed by another": (
        {"a.py": CODE},
        f"a.py\n<<<<<<< SEARCH\n{FENCE}`\n    y = x + 1\n{FENCE}\n=======\n    y = 3\n"
        ">>>>>>> REPLACE\n",
        "removed-lines-not-found",
    ),
    "a function's name beside the number of another place": (
        {"a.py": ALIKE},
        in_function_1(20),
        "ambiguous-context",
    ),
    "a new file in a fence that is cut at once": (
        {"a.py": CODE},
        f"The new module:\n\nb.py\n{FENCE}python\n",
        "truncated-reply",
    ),
    "a body that a remark stands for, behind a blank line": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("    y = x + 1\n\n    return y", "\n    # as before")),
        "truncated-reply",
    ),
    "a last body that a remark stands for": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("x + 1", "x").replace("    return x\n", "    # unchanged\n")),
        "truncated-reply",
    ),
    "a body of pass below a remark": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("    y = x + 1\n\n    return y", "    # as before\n    pass")),
        "truncated-reply",
    ),
}


def of(files: dict[str, str]) -> Program:
    return Program.of({path: File(text.encode()) for path, text in files.items()})


@pytest.mark.parametrize(("base", "reply", "wanted"), READ.values(), ids=READ.keys())
def test_seldom_half_of_a_rule_is_read(
    base: dict[str, str], reply: str, wanted: dict[str, str]
) -> None:
    assert dict(apply_reply(of(base), reply).program.files) == dict(of(wanted).files)


@pytest.mark.parametrize(("base", "reply", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_rule_ends_where_it_would_be_a_guess(base: dict[str, str], reply: str, code: str) -> None:
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(of(base), reply)
    assert refusal.value.code == code
