"""Where the rules for edits in JSON end: what is an edit, what a file, and what neither."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

CODE = "import math\n\n\ndef f(x):\n    y = x + 1\n\n    return y\n\n\ndef g(x):\n    return x\n"
CHANGED = CODE.replace("x + 1", "x + 2")
EDIT = {"old_str": "    y = x + 1", "new_str": "    y = x + 2"}
BODY = "    y = x + 1\n\n    return y\n"
CALL = "m = max(1)\n"


def edit(old: str, new: str, **more: Any) -> str:
    return json.dumps({"path": "a.py", "old_str": old, "new_str": new, **more})


READ = {
    "an object a line, with a blank line between": (
        {"a.py": CODE},
        f"{json.dumps(EDIT)}\n\n{edit('import math', 'import cmath')}",
        {"a.py": CHANGED.replace("import math", "import cmath")},
    ),
    "a name with a capital": (
        {"Makefile": "all:\n\techo 1\n"},
        json.dumps({"Makefile": "all:\n\techo 2\n"}),
        {"Makefile": "all:\n\techo 2\n"},
    ),
    "a word for a program, beside its files": (
        {"a.py": CODE},
        json.dumps({"program": "faster f", "a.py": CHANGED}),
        {"a.py": CHANGED},
    ),
    "an object with the code, under its file's name": (
        {"a.py": CODE},
        json.dumps({"a.py": {"code": CHANGED}}),
        {"a.py": CHANGED},
    ),
    "a file of JSON": (
        {"c.json": '{"a": 1}\n'},
        json.dumps({"c.json": '{"a": 2}\n'}),
        {"c.json": '{"a": 2}\n'},
    ),
    "edits as a text, under their file's name": (
        {"a.py": CODE},
        json.dumps({"a.py": json.dumps([EDIT])}),
        {"a.py": CHANGED},
    ),
    "edits as a list, under code": (
        {"a.py": CODE},
        json.dumps({"code": [EDIT]}),
        {"a.py": CHANGED},
    ),
    "edits of a path, with a word on them": (
        {"a.py": CODE},
        json.dumps({"path": "a.py", "why": "faster", "edits": [EDIT]}),
        {"a.py": CHANGED},
    ),
    "lines to be replaced wherever they stand": (
        {"a.py": CODE},
        edit(BODY, "    return x + 1\n", replace_all=True),
        {"a.py": CODE.replace(BODY, "    return x + 1\n")},
    ),
}
REFUSED = {
    "an old text without a new one": (
        {"a.py": CODE},
        json.dumps({"path": "a.py", "old_str": "x + 1"}),
        "no-op",
    ),
    "a new text without an old one": (
        {"a.py": CODE},
        json.dumps({"new_str": "x + 1"}),
        "no-op",
    ),
    "a line to insert behind, and nothing that comes": (
        {"a.py": CODE},
        json.dumps({"path": "a.py", "insert_line": 3}),
        "no-op",
    ),
    "a line to insert behind, in no file": (
        {"a.py": CODE},
        json.dumps({"path": "z.py", "insert_line": 3, "new_str": "x"}),
        "no-op",
    ),
    "an empty list of lines to be found": (
        {"a.py": CODE},
        json.dumps({"path": "a.py", "old_str": [], "new_str": "x"}),
        "no-op",
    ),
    "a text for a path that is none": (
        {"a.py": CODE},
        json.dumps({"path": "the loop of f", "content": "x = 1\n"}),
        "no-op",
    ),
    "what stands nowhere, wherever it stands": (
        {"a.py": CODE},
        edit("zz", "y", replace_all=True),
        "removed-lines-not-found",
    ),
    "a word that is also a part of another": (
        {"a.py": "xy = 1\na = x + 1\n"},
        edit("x", "z"),
        "removed-lines-not-found",
    ),
    "a call that is cut in its JSON": (
        {"a.py": CODE},
        '<tool_call>\n{"path": "a.py", "content": "import',
        "truncated-reply",
    ),
    "a call that is cut in a parameter": (
        {"a.py": CODE},
        'So:\n<invoke name="edit">\n<parameter name="path">a.py</parameter>\n<parameter name="new',
        "truncated-reply",
    ),
    "a call of another form": (
        {"a.py": CODE},
        "<tool_call>edit\n<arg_key>path</arg_key>\n</tool_call>\n",
        "no-op",
    ),
    "the end of a word": ({"a.py": CALL}, edit("x(1)", "y(1)"), "removed-lines-not-found"),
    "the beginning of a word": (
        {"a.py": CALL},
        edit("m = ma", "m = mi"),
        "removed-lines-not-found",
    ),
}


def of(files: dict[str, str]) -> Program:
    return Program.of({path: File(text.encode()) for path, text in files.items()})


@pytest.mark.parametrize(("base", "reply", "wanted"), READ.values(), ids=READ.keys())
def test_json_is_read(base: dict[str, str], reply: str, wanted: dict[str, str]) -> None:
    assert dict(apply_reply(of(base), reply).program.files) == dict(of(wanted).files)


@pytest.mark.parametrize(("base", "reply", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_json_that_is_no_edit_is_refused(base: dict[str, str], reply: str, code: str) -> None:
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(of(base), reply)
    assert refusal.value.code == code
