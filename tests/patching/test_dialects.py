"""Edits as models' templates and editors write them, with the tokens that a server left around them."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = 'LIMIT = 10\nEND = "<|im_end|>"\n\n\ndef f(x):\n    return x + LIMIT\n\n\ndef g(x):\n    return f(x) * 2\n'
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(b"LIMIT = 10\n")})
MADE = A.replace("LIMIT = 10", "LIMIT = 12")
GIVEN = {"path": "a.py", "old_str": "LIMIT = 10", "new_str": "LIMIT = 12"}
CALL = json.dumps(GIVEN)
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-LIMIT = 10\n+LIMIT = 12\n```"

DIALECTS = {
    "a sign of Llama's": f'<|python_tag|>{{"name": "edit", "parameters": {CALL}}}<|eom_id|>',
    "Mistral's, with a name": f"[TOOL_CALLS]edit[ARGS]{CALL}</s>",
    "DeepSeek's": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>edit\n```json\n"
    f"{CALL}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>",
    "Kimi's": "<|tool_calls_section_begin|><|tool_call_begin|>functions.edit:0<|tool_call_argument_begin|>"
    f"{CALL}<|tool_call_end|><|tool_calls_section_end|>",
    "GLM's": "<tool_call>edit\n"
    + "".join(f"<arg_key>{k}</arg_key>\n<arg_value>{v}</arg_value>\n" for k, v in GIVEN.items())
    + "</tool_call>",
    "gpt-oss's channels": "<|channel|>analysis<|message|>Set LIMIT = 99.<|end|><|start|>assistant"
    f"<|channel|>final<|message|>{DIFF}<|return|>",
    "an end of ChatML": f"{DIFF}<|im_end|>",
    "an end of a turn": f"Here:\n\n{DIFF}\n<end_of_turn>",
    "JSON and then words": f"{CALL}\n\nThis raises the limit.",
    "words and then JSON": f"Here is my edit:\n\n{CALL}\n",
    "chunks of one file": json.dumps(
        {
            "TargetFile": "file:///work/a.py",
            "ReplacementChunks": [
                {"TargetContent": "LIMIT = 10\n", "ReplacementContent": "LIMIT = 12\n"}
            ],
        }
    ),
    "a cell that writes a file": f"```python\n%%writefile a.py\n{MADE}```\n",
    "a value above a remark for the rest": "```python:a.py\nLIMIT = 12\n\n# ... existing code ...\n```\n",
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_edit_is_read_in_the_dialect(dialect: str) -> None:
    program = apply_reply(PROGRAM, DIALECTS[dialect]).program
    assert program.text("a.py") == MADE
    assert program.text("b.py") == "LIMIT = 10\n"


def test_token_that_a_program_holds_stays() -> None:
    whole = MADE.replace("<|im_end|>", "<|im_start|>")
    assert (
        apply_reply(PROGRAM, f"a.py\n```python\n{whole}```<|im_end|>").program.text("a.py") == whole
    )


def test_json_among_words_that_is_no_edit_is_none() -> None:
    reply = f'Measured:\n\n{{"score": 1.5, "path": "a.py"}}\n\n{DIFF}\n'
    assert apply_reply(PROGRAM, reply).program.text("a.py") == MADE


def test_json_that_breaks_off_is_cut_short() -> None:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(PROGRAM, CALL[:-9])
    assert caught.value.code == "truncated-reply"


@pytest.mark.parametrize(
    "told",
    ["Also set `LIMIT` to 30.", "Additionally, raise LIMIT from 10 to 30.", "2. Set LIMIT to 30"],
)
def test_value_that_the_prose_tells_to_set_and_no_edit_does_is_refused(told: str) -> None:
    edit = "```diff\n--- a/a.py\n+++ b/a.py\n@@ def g(x):\n-    return f(x) * 2\n+    return f(x) * 3\n```\n"
    with pytest.raises(PatchRefused, match="LIMIT"):
        apply_reply(PROGRAM, f"{edit}\n{told}\n")
    for idle in (
        "I left `LIMIT` at 10.",
        "You can set `LIMIT` to 30.",
        "Set LIMIT to 30 if it stalls.",
    ):
        assert "* 3" in apply_reply(PROGRAM, f"{edit}\n{idle}\n").program.text("a.py")


def test_code_that_is_not_to_be_written_so_is_no_edit() -> None:
    wrong = "```python\ndef f(x):\n    return x + LIMIT * 2\n```\n"
    reply = f"{DIFF}\n\nDon't write it like this:\n\n{wrong}"
    assert apply_reply(PROGRAM, reply).program.text("a.py") == MADE
