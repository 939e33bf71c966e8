"""Where the rules for code in replies end: what is left out, what is needed, and how deep it is."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

FENCE = "```"
CODE = "import math\n\n\ndef f(x):\n    y = x + 1\n\n    return y\n\n\ndef g(x):\n    return x\n"
PAIRED = "# before\nx = 1\n# after\ny = 1\n"
METHODS = (
    "class A:\n    def run(self):\n        return 1\n\n    def walk(self):\n        return 2\n"
)
STUB = "def m():\n    pass\n\n\ndef g(x):\n    return x\n"
ERROR = "class E(Exception):\n    pass\n\n\ndef g(x):\n    return x\n"
TOLD = 'def f(x):\n    """Add one."""\n    return x + 1\n\n\ndef g(x):\n    return x\n'
BRACES = "void f()\n{\n    if (a) {\n        b();\n    }\n}\n"
SAME = {"a.py": "x = 1\n", "b.py": "x = 1\n"}


def fenced(name: str, text: str) -> str:
    return f"{name}\n{FENCE}\n{text}{FENCE}\n"


def python(text: str) -> str:
    return f"{FENCE}python\n{text}{FENCE}\n"


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def in_fence(old: str, new: str, rows: str) -> str:
    return f"{FENCE}diff\n--- {old}\n+++ {new}\n@@\n{rows}{FENCE}\n"


def rows(*lines: str) -> str:
    """Return a diff of a.py."""
    return in_fence("a/a.py", "b/a.py", "".join(f"{line}\n" for line in lines))


def with_return(what: str, *imports: str) -> str:
    """Return the code with other lines below its import, and another value at its end."""
    top = "".join(f"{line}\n" for line in ("import math", *imports))
    return CODE.replace("import math\n", top).replace("    return x\n", f"    return {what}\n")


NEEDED = {
    "code of its own": (
        {"a.py": CODE},
        rows("-    return x", "+    return 2 * x")
        + "To see what it does:\n"
        + python("import os\n\n\ndef show():\n    print(os.name)\n"),
        {"a.py": with_return("2 * x")},
    ),
    "an import that an edit brings": (
        {"a.py": CODE},
        rows(" import math", "+import os")
        + rows("-    return x", "+    return os.sep")
        + "which needs:\n"
        + python("import os\n"),
        {"a.py": with_return("os.sep", "import os")},
    ),
    "an import over several lines that an edit brings": (
        {"a.py": CODE},
        rows(" import math", "+from os import (", "+    sep,", "+)")
        + rows("-    return x", "+    return sep")
        + "as in\n"
        + python("from os import sep\n\nprint(sep)\n"),
        {"a.py": with_return("sep", "from os import (", "    sep,", ")")},
    ),
    "a value that an edit brings": (
        {"a.py": CODE},
        rows(" import math", "+SCALE = 2")
        + rows("-    return x", "+    return SCALE * x")
        + "where it is\n"
        + python("SCALE = 2\nprint(SCALE)\n"),
        {"a.py": with_return("SCALE * x", "SCALE = 2")},
    ),
}
LEFT_OUT = {
    "comments that say before and after, in a file": (
        {"a.py": PAIRED},
        fenced("a.py", PAIRED.replace("1", "2")),
        {"a.py": PAIRED.replace("1", "2")},
    ),
    "before and after, with blank lines around": (
        {"a.py": CODE},
        "In a.py:\n" + python("# Before\n\n    y = x + 1\n\n# After\n\n    y = x + 2\n\n"),
        {"a.py": CODE.replace("x + 1", "x + 2")},
    ),
    "a new stub in a whole file": (
        {"a.py": CODE},
        fenced("a.py", f"{CODE}\n\ndef later(x):\n    ...\n"),
        {"a.py": f"{CODE}\n\ndef later(x):\n    ...\n"},
    ),
    "a stub that had another form": (
        {"a.py": STUB},
        fenced("a.py", STUB.replace("pass", "...").replace("return x", "return -x")),
        {"a.py": STUB.replace("pass", "...").replace("return x", "return -x")},
    ),
    "a remark above other lines of a body": (
        {"a.py": CODE},
        fenced("a.py", CODE.replace("    y = x", "    # as before\n\n    y = 2 * x")),
        {"a.py": CODE.replace("    y = x", "    # as before\n\n    y = 2 * x")},
    ),
    "dots below a docstring": (
        {"a.py": ERROR},
        fenced(
            "a.py", ERROR.replace("    pass", '    """No way."""\n    ...').replace("x\n", "-x\n")
        ),
        {"a.py": ERROR.replace("    pass", '    """No way."""\n    ...').replace("x\n", "-x\n")},
    ),
}
MARGINS = {
    "a line that comes less deep": (
        {"a.c": BRACES},
        "a.c\n" + block("        b();", "    c();"),
        {"a.c": BRACES.replace("        b();", "    c();")},
    ),
    "lines without a margin, for lines of two": (
        {"a.c": BRACES},
        "a.c\n" + block("        b();\n    }", "c();\n}"),
        {"a.c": BRACES.replace("        b();\n    }", "c();\n}")},
    ),
    "a brace without a margin": (
        {"a.c": BRACES},
        "a.c\n" + block("        b();", "}\nc();"),
        {"a.c": BRACES.replace("        b();", "}\nc();")},
    ),
    "a line whose margin both sides lost": (
        {"a.c": BRACES},
        "a.c\n" + block("b();", "c();"),
        {"a.c": BRACES.replace("b();", "c();")},
    ),
    "a function in place of a last line": (
        {"a.py": CODE},
        "a.py\n" + block("    return y", "def h(x):\n    return x"),
        {"a.py": CODE.replace("    return y", "def h(x):\n    return x")},
    ),
    "a block in a fence that names one of two files": (
        SAME,
        f"{FENCE}python a.py\n{block('x = 1', 'x = 2')}{FENCE}\n",
        SAME | {"a.py": "x = 2\n"},
    ),
    "an entity in a file that has others": (
        {"n.txt": "a &lt; b\nc\n"},
        in_fence("a/n.txt", "b/n.txt", " c\n+d &lt; e\n"),
        {"n.txt": "a &lt; b\nc\nd &lt; e\n"},
    ),
}
NAMES = {
    "a path that ends as one of two files does": (
        {"src/a.py": "x = 1\n", "lib/a.py": "x = 1\n"},
        in_fence("here/src/a.py", "here/src/a.py", "-x = 1\n+x = 2\n"),
        {"src/a.py": "x = 2\n", "lib/a.py": "x = 1\n"},
    ),
    "a new file in a folder of one letter": (
        {"c/a.py": "x = 1\n"},
        fenced("c/new.py", "y = 1\n"),
        {"c/a.py": "x = 1\n", "c/new.py": "y = 1\n"},
    ),
    "a new file whose folders are parted as on another system": (
        {"c/a.py": "x = 1\n"},
        in_fence("/dev/null", "c\\new.py", "+y = 1\n"),
        {"c/a.py": "x = 1\n", "c/new.py": "y = 1\n"},
    ),
}
READ = NEEDED | LEFT_OUT | MARGINS | NAMES
REFUSED = {
    "an import that an edit uses, in other code": (
        {"a.py": CODE},
        rows("-    return x", "+    return os.sep")
        + "as in\n"
        + python("import os\n\nprint(os.sep)\n"),
        "ambiguous-context",
    ),
    "a word of a sentence that stands twice in a line": (
        {"a.py": "a = b + b\n"},
        "In `a.py`, replace `b` with `c`.\n",
        "ambiguous-context",
    ),
    "a word of a sentence that stands in two lines": (
        {"a.py": "a = b\nc = b\n"},
        "In `a.py`, replace `b` with `c`.\n",
        "ambiguous-context",
    ),
    "a stub as before, below its docstring": (
        {"a.py": TOLD},
        fenced("a.py", TOLD.replace("return x + 1", "pass  # as before").replace("x\n", "-x\n")),
        "truncated-reply",
    ),
    "dots above a method": (
        {"a.py": METHODS},
        fenced("a.py", "class A:\n    ...\n\n    def walk(self):\n        return 3\n"),
        "truncated-reply",
    ),
    "dots below a method": (
        {"a.py": METHODS},
        fenced("a.py", "class A:\n    def run(self):\n        return 3\n\n    ...\n"),
        "truncated-reply",
    ),
    "dots for a body, below a new method": (
        {"a.py": METHODS},
        fenced(
            "a.py",
            "class A:\n    def fresh(self):\n        return 0\n\n    def walk(self):\n        ...\n\n"
            "    def run(self):\n        return 1\n",
        ),
        "truncated-reply",
    ),
    "dots for a body, behind a blank line": (
        {"a.py": METHODS},
        fenced("a.py", METHODS.replace("        return 2", "\n        ...").replace("1", "3")),
        "truncated-reply",
    ),
    "a file below .git": (
        SAME,
        in_fence("/dev/null", "b/x/.git/notes.txt", "+y\n"),
        "path-outside-tree",
    ),
    "a file on a drive": (
        SAME,
        in_fence("/dev/null", "C:\\work\\new.py", "+y = 1\n"),
        "path-outside-tree",
    ),
}


def of(files: dict[str, str]) -> Program:
    return Program.of({path: File(text.encode()) for path, text in files.items()})


@pytest.mark.parametrize(("base", "reply", "wanted"), READ.values(), ids=READ.keys())
def test_code_is_read(base: dict[str, str], reply: str, wanted: dict[str, str]) -> None:
    assert dict(apply_reply(of(base), reply).program.files) == dict(of(wanted).files)


@pytest.mark.parametrize(("base", "reply", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_code_that_would_be_a_guess_is_refused(base: dict[str, str], reply: str, code: str) -> None:
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(of(base), reply)
    assert refusal.value.code == code
